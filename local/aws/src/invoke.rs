//! How the rest of the emulator invokes a function.

use std::fmt;

use async_trait::async_trait;

/// Lambda's two kinds of invocation. A function is named by its name, its ARN or its logical id in the template.
#[async_trait]
pub trait Invoke: fmt::Debug + Send + Sync {
    /// Waits for the answer (`RequestResponse`).
    async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Answer, InvokeError>;

    /// Accepts the event (`Event`): it is tried up to three times, then goes to the failure destination.
    async fn invoke_async(&self, function: &str, payload: Vec<u8>) -> Result<(), InvokeError>;
}

/// What came of one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The function's answer, or Lambda's JSON description of the error.
    pub payload: Vec<u8>,
    /// `Unhandled` when the function failed, was stopped by its time-out or died.
    pub function_error: Option<String>,
}

/// Why no invocation took place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    #[error("Function not found: {0}")]
    NotFound(String),
    #[error("The stack is stopping")]
    Stopping,
}
