//! The parameter store: named values.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use local_providers::clock;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterKind {
    String,
    /// Answered in clear only on request.
    SecureString,
}

/// A parameter's present version.
#[derive(Clone)]
pub struct Parameter {
    pub kind: ParameterKind,
    pub value: String,
    pub version: u64,
    pub modified_at: Timestamp,
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Every parameter of the account; cheap to clone, all clones are the same parameters.
#[derive(Clone, Debug)]
pub struct Parameters {
    arn_prefix: Arc<str>,
    parameters: Arc<Mutex<BTreeMap<String, Parameter>>>,
}

impl Parameters {
    #[must_use]
    pub fn new(region: &str, account: &str) -> Self {
        Self {
            arn_prefix: format!("arn:aws:ssm:{region}:{account}:parameter").into(),
            parameters: Arc::default(),
        }
    }

    /// Writes a new version and answers its number.
    pub fn put(&self, name: &str, value: &str, kind: ParameterKind) -> u64 {
        let mut parameters = self.parameters.lock();
        let version = parameters.get(name).map_or(1, |present| present.version + 1);
        let parameter = Parameter {
            kind,
            value: value.to_owned(),
            version,
            modified_at: clock::now(),
        };
        parameters.insert(name.to_owned(), parameter);
        version
    }

    /// The present value in clear.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.find(name).map(|parameter| parameter.value)
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<Parameter> {
        self.parameters.lock().get(name).cloned()
    }

    /// All parameters under a path, in the order of their names.
    #[must_use]
    pub fn under(&self, path: &str, recursive: bool) -> Vec<(String, Parameter)> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let parameters = self.parameters.lock();
        let below = parameters.iter().filter(|(name, _)| {
            name.strip_prefix(&prefix)
                .is_some_and(|rest| !rest.is_empty() && (recursive || !rest.contains('/')))
        });
        below
            .map(|(name, parameter)| (name.clone(), parameter.clone()))
            .collect()
    }

    /// Removes a parameter; whether there was one.
    pub fn delete(&self, name: &str) -> bool {
        self.parameters.lock().remove(name).is_some()
    }

    #[must_use]
    pub fn arn(&self, name: &str) -> String {
        format!("{}/{}", self.arn_prefix, name.trim_start_matches('/'))
    }
}
