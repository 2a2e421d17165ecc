//! What can be turned while the network runs.

use serde::{Deserialize, Serialize};

/// How the simulated network and its providers behave where AWS leaves room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether texts that AWS itself answers (`STOP`, `HELP`) also reach the two-way topic. No page of AWS says.
    pub publish_managed_keywords: bool,
    /// Milliseconds from a text's acceptance to its final receipt.
    pub receipt_delay_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            publish_managed_keywords: false,
            receipt_delay_ms: 100,
        }
    }
}
