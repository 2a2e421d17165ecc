//! Settings in Parameter Store, below one path: read at the first use, read again when they are old, and kept while the
//! store cannot be read.

use std::sync::Arc;
use std::time::Duration;

use application::port::Clock;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::error::DisplayErrorContext;
use jiff::{SignedDuration, Timestamp};
pub use messaging::Values;
use parking_lot::{Mutex, MutexGuard};

use crate::aws::AwsSettings;
use crate::clock::SystemClock;

/// Values are at most this old, so that a rotated credential or a switch takes effect without a deployment.
const MAXIMUM_AGE: SignedDuration = SignedDuration::from_secs(15);

/// The longest that rereading them may take, so that requests waiting for it are answered in time.
const LONGEST_READ: Duration = Duration::from_secs(4);

/// The most that one call answers.
const PAGE: i32 = 10;

/// The parameters below one path. Cheap to clone; all clones share what was read.
#[derive(Clone)]
pub struct ParameterStore {
    client: Client,
    path: Arc<str>,
    read: Arc<Mutex<Read>>,
}

#[derive(Default)]
struct Read {
    values: Arc<Values>,
    at: Option<Timestamp>,
}

impl std::fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParameterStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The parameters could not be read a first time, and without them nothing may be decided.
#[derive(Debug, thiserror::Error)]
#[error("the parameters below {path} cannot be read: {error}")]
pub struct ParametersError {
    path: String,
    error: String,
}

impl ParameterStore {
    /// Reads the parameters below `path`, such as `/shiftline/prod`. There may be none.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn open(aws: &AwsSettings, path: &str) -> Result<Self, ParametersError> {
        let store = Self {
            client: client(aws),
            path: path.trim_end_matches('/').into(),
            read: Arc::default(),
        };
        let asked_at = SystemClock.now();
        let values = store.fetch().await.map_err(|error| ParametersError {
            path: path.to_owned(),
            error,
        })?;
        store.keep(Arc::new(values), asked_at);
        Ok(store)
    }

    /// The values, at most fifteen seconds old. Where they cannot be read now: the last ones that could.
    pub async fn values(&self) -> Arc<Values> {
        let (known, at) = {
            let read = self.read();
            (Arc::clone(&read.values), read.at)
        };
        let asked_at = SystemClock.now();
        if at.is_some_and(|at| asked_at.duration_since(at) < MAXIMUM_AGE) {
            return known;
        }
        let read = tokio::time::timeout(LONGEST_READ, self.fetch()).await;
        match read.unwrap_or_else(|_| Err(format!("no answer within {LONGEST_READ:?}"))) {
            // The same values stay the same allocation, by which their users see that nothing has changed.
            Ok(values) if values == *known => {
                self.keep(Arc::clone(&known), asked_at);
                known
            }
            Ok(values) => {
                let values = Arc::new(values);
                self.keep(Arc::clone(&values), asked_at);
                values
            }
            Err(error) => {
                tracing::error!(error, "parameters cannot be read; the last ones that could are used");
                // Asked for again when they are as old again, so that an outage does not delay every event.
                self.keep(Arc::clone(&known), SystemClock.now());
                known
            }
        }
    }

    /// Keeps what was true at `at`, which is when it was asked for: an answer may be on its way for long.
    fn keep(&self, values: Arc<Values>, at: Timestamp) {
        *self.read() = Read { values, at: Some(at) };
    }

    async fn fetch(&self) -> Result<Values, String> {
        let mut pages = self
            .client
            .get_parameters_by_path()
            .path(&*self.path)
            .recursive(true)
            .with_decryption(true)
            .max_results(PAGE)
            .into_paginator()
            .send();
        let mut values = Values::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| DisplayErrorContext(error).to_string())?;
            for parameter in page.parameters.unwrap_or_default() {
                let (Some(name), Some(value)) = (parameter.name, parameter.value) else {
                    continue;
                };
                if let Some(name) = name.strip_prefix(&*self.path) {
                    values.insert(name.trim_start_matches('/').to_owned(), value);
                }
            }
        }
        Ok(values)
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock()
    }
}

fn client(aws: &AwsSettings) -> Client {
    let time_outs = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .build();
    Client::new(&aws.config(time_outs))
}
