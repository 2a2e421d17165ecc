//! What a test turns on the device, where the sources differ or say nothing.

use serde::{Deserialize, Serialize};

/// How the device answers to a user or password it does not know. No source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BadCredentials {
    /// HTTP 200 with `code` 401.
    #[default]
    Code,
    /// HTTP 401.
    Status,
    /// HTTP 200 with the login page of the web interface.
    LoginPage,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Behaviour {
    pub(super) bad_credentials: BadCredentials,
    /// Whether the content of a received text begins with `Sender:`, `Receiver:`, `SMSC:` and `SCTS:` lines.
    pub(super) header_block: bool,
    /// Whether the content of a received text ends in four NUL bytes.
    pub(super) trailing_nuls: bool,
    /// Ports in pushes as `1A` instead of `1.01`.
    pub(super) slot_letters: bool,
    /// Every number in a push in quotes.
    pub(super) numbers_as_strings: bool,
    /// `sms_num` and `rpt_num` in quotes, as the document's tables have them and its examples have not.
    pub(super) counts_as_strings: bool,
    /// The operator's receipt is pushed before the report that the text was sent.
    pub(super) receipt_before_report: bool,
    /// How long a text is on the air; tasks wait in the queue meanwhile.
    pub(super) air_time_ms: u64,
    /// Tasks that may wait; the next one is too many.
    pub(super) queue_capacity: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            bad_credentials: BadCredentials::default(),
            header_block: true,
            trailing_nuls: false,
            slot_letters: false,
            numbers_as_strings: false,
            counts_as_strings: false,
            receipt_before_report: false,
            air_time_ms: 0,
            queue_capacity: 10_000,
        }
    }
}
