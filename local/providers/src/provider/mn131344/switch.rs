//! What a test turns on the server, where nothing is known.

use serde::{Deserialize, Serialize};

/// What `mn-131344` answers when it has taken a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SuccessBody {
    /// `OK`
    #[default]
    Ok,
    /// `SUCCESS`
    Success,
    /// `{"status":"success","id":"…"}`
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Behaviour {
    pub(super) success_body: SuccessBody,
    /// How long a number ending in 0001 keeps its caller waiting.
    pub(super) time_out_ms: u64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            success_body: SuccessBody::default(),
            time_out_ms: 60_000,
        }
    }
}
