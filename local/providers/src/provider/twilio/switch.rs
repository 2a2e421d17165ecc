//! What a test turns on the service, where accounts differ.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Behaviour {
    /// Twilio answers `STOP`, `START` and `HELP` itself and blocks texts to people who said `STOP`. It is on by default
    /// in accounts; here it is off, as in accounts that switched it off and answer themselves.
    pub(super) opt_out_handling: bool,
}
