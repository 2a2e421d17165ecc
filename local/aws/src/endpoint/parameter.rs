//! The parameter store: named values with their versions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use local_providers::clock;

/// Versions that are kept of one parameter; the oldest goes when another comes.
const VERSIONS_KEPT: usize = 100;

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    String,
    StringList,
    /// Answered in clear only on request.
    SecureString,
}

/// One version of a parameter.
#[derive(Clone)]
pub struct ParameterVersion {
    pub kind: ParameterKind,
    pub value: String,
    pub version: u64,
    pub modified_at: Timestamp,
}

impl std::fmt::Debug for ParameterVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParameterVersion")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The parameter exists and was not to be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")]
pub struct ParameterAlreadyExists;

/// Every parameter of the account; cheap to clone, all clones are the same parameters.
#[derive(Clone, Debug)]
pub struct Parameters {
    arn_prefix: Arc<str>,
    versions: Arc<Mutex<BTreeMap<String, Vec<ParameterVersion>>>>,
}

impl Parameters {
    #[must_use]
    pub fn new(region: &str, account: &str) -> Self {
        Self {
            arn_prefix: format!("arn:aws:ssm:{region}:{account}:parameter").into(),
            versions: Arc::default(),
        }
    }

    /// Writes a new version and answers its number.
    pub fn put(&self, name: &str, value: &str, kind: ParameterKind) -> u64 {
        push(self.lock().entry(name.to_owned()).or_default(), value, kind)
    }

    /// Writes the first version of a parameter.
    pub fn create(&self, name: &str, value: &str, kind: ParameterKind) -> Result<u64, ParameterAlreadyExists> {
        let mut parameters = self.lock();
        let versions = parameters.entry(name.to_owned()).or_default();
        if versions.is_empty() {
            Ok(push(versions, value, kind))
        } else {
            Err(ParameterAlreadyExists)
        }
    }

    /// The present value in clear.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.latest(name).map(|version| version.value)
    }

    #[must_use]
    pub fn latest(&self, name: &str) -> Option<ParameterVersion> {
        self.lock().get(name)?.last().cloned()
    }

    #[must_use]
    pub fn version(&self, name: &str, version: u64) -> Option<ParameterVersion> {
        self.lock()
            .get(name)?
            .iter()
            .find(|one| one.version == version)
            .cloned()
    }

    /// The present versions of all parameters under a path, in the order of their names.
    #[must_use]
    pub fn under(&self, path: &str, recursive: bool) -> Vec<(String, ParameterVersion)> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let parameters = self.lock();
        let below = parameters.iter().filter(|(name, _)| {
            name.strip_prefix(&prefix)
                .is_some_and(|rest| !rest.is_empty() && (recursive || !rest.contains('/')))
        });
        below
            .filter_map(|(name, versions)| Some((name.clone(), versions.last()?.clone())))
            .collect()
    }

    /// Removes a parameter with all its versions; whether there was one.
    pub fn delete(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    #[must_use]
    pub fn arn(&self, name: &str) -> String {
        format!("{}/{}", self.arn_prefix, name.trim_start_matches('/'))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<ParameterVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push(versions: &mut Vec<ParameterVersion>, value: &str, kind: ParameterKind) -> u64 {
    let version = versions.last().map_or(1, |latest| latest.version + 1);
    if versions.len() == VERSIONS_KEPT {
        versions.remove(0);
    }
    versions.push(ParameterVersion {
        kind,
        value: value.to_owned(),
        version,
        modified_at: clock::now(),
    });
    version
}
