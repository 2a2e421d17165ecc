//! What can be turned while the network runs.

use serde::{Deserialize, Serialize};

/// How the simulated network and its providers behave where AWS leaves room or sells different grades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether texts that AWS itself answers (`STOP`, `HELP`) also reach the two-way topic. No page of AWS says.
    pub publish_managed_keywords: bool,
    /// Message parts per second and origination number. AWS grants 1 to 100; the default is meant not to be met.
    pub parts_per_second: u32,
    /// USD a month; absent for no limit.
    pub monthly_spend_limit: Option<f64>,
    /// Milliseconds from a text's acceptance to its final receipt.
    pub receipt_delay_ms: u64,
    /// Calls at the same time; Connect's default quota is 10.
    pub maximum_active_calls: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            publish_managed_keywords: false,
            parts_per_second: 100_000,
            monthly_spend_limit: None,
            receipt_delay_ms: 100,
            maximum_active_calls: 10,
        }
    }
}
