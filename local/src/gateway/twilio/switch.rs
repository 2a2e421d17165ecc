//! What a test turns on the service, where accounts differ.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Behaviour {
    /// Twilio answers `STOP`, `START` and `HELP` itself and blocks texts to whoever said `STOP`. Accounts have it from the
    /// start; here it is off, as for those who have it switched off and answer themselves.
    pub(super) opt_out_handling: bool,
}
