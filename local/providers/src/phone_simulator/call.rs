//! The calls that the contact centre was asked for.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::clock;

/// A call back, with what it was asked with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Call {
    pub seq: u64,
    /// ISO 8601 with milliseconds, UTC.
    pub at: String,
    pub to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub contact_id: String,
    pub instance_id: String,
    pub contact_flow_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

/// Every call back asked for, oldest first.
#[derive(Debug, Default)]
pub struct CallRecord {
    calls: Vec<Call>,
    asked: u64,
    by_token: HashMap<String, String>,
}

impl CallRecord {
    #[must_use]
    pub fn all(&self) -> &[Call] {
        &self.calls
    }

    /// The contact that an earlier request with the same token made.
    #[must_use]
    pub fn contact_of(&self, client_token: &str) -> Option<&str> {
        self.by_token.get(client_token).map(String::as_str)
    }

    /// A phone rings.
    pub fn add(&mut self, mut call: Call) {
        self.asked += 1;
        call.seq = self.asked;
        call.at = clock::iso_millis(clock::now());
        if let Some(token) = &call.client_token {
            self.by_token.insert(token.clone(), call.contact_id.clone());
        }
        self.calls.push(call);
    }

    pub(super) fn clear(&mut self) {
        self.calls.clear();
    }
}
