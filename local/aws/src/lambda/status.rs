//! The functions' invocations so far: `GET /_local/functions` on the AWS endpoint.

use std::sync::atomic::Ordering;

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Deployed, Functions};

/// One function's processes and counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionStatus {
    pub name: String,
    pub logical_id: String,
    pub package: String,
    pub pids: Vec<u32>,
    /// What the requests of each process are signed with.
    pub sessions: Vec<String>,
    /// The most processes that there are at once.
    pub environments: usize,
    /// Attempts, retries among them.
    pub invocations: u64,
    pub errors: u64,
    /// Events, and records of streams, that were handed over and are neither served nor given up.
    pub under_way: u64,
}

impl Functions {
    /// `GET /_local/functions` answers `{"functions": [FunctionStatus]}`.
    pub fn router(&self) -> Router {
        let functions = self.clone();
        let answer = move || async move { Json::<Value>(json!({ "functions": functions.status() })) };
        Router::new().route("/_local/functions", get(answer))
    }
}

impl Deployed {
    pub(super) fn status(&self) -> FunctionStatus {
        let (pids, sessions) = self.processes.lock().values().cloned().unzip();
        FunctionStatus {
            name: self.function.name.clone(),
            logical_id: self.function.logical_id.clone(),
            package: self.function.package.clone(),
            pids,
            sessions,
            environments: self.slots,
            invocations: self.invocations.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            under_way: self.under_way.load(Ordering::Relaxed),
        }
    }
}
