//! A function's answer when it could not do its work.

use application::port::StoreError;
use lambda_runtime::Diagnostic;
use thiserror::Error;

use crate::settings::SettingsError;

/// Why an invocation failed. The kind becomes the `errorType` that alarms and failure records show.
#[derive(Debug, Error)]
pub enum FunctionError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The same event may succeed later.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Parts of the event cannot be understood; repeating it will not help. Ids and reasons only.
    #[error("{0}")]
    Event(String),
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        let error_type = match error {
            FunctionError::Settings(_) => "SettingsError",
            FunctionError::Store(StoreError::Conflict(_)) => "StoreConflict",
            FunctionError::Store(StoreError::Unavailable(_)) => "StoreUnavailable",
            FunctionError::Store(StoreError::Invalid(_)) => "StoreInvalid",
            FunctionError::Event(_) => "UnusableEvent",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
