//! The deployed functions: how the rest of the stack invokes one, and what a process of the stack's own executable
//! runs when it is started as one.

use std::fmt;
use std::io;
use std::process;
use std::thread;

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

/// A package that this executable cannot run as a function.
#[derive(Debug, thiserror::Error)]
#[error("no function package is called {0:?}")]
pub struct UnknownPackage(String);

/// Runs a function package in this process until the Runtime API or the parent process is gone.
///
/// The parent keeps the other end of the standard input open: it closes when the parent ends, however it ends.
pub async fn run(package: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(0);
    });
    match package {
        "api" => api::run().await,
        "campaign-sweep" => campaign_sweep::run().await,
        "gateway-webhook" => gateway_webhook::run().await,
        "inbound-sms" => inbound_sms::run().await,
        "message-sender" => message_sender::run().await,
        "outbox-sweep" => outbox_sweep::run().await,
        "record-changes" => record_changes::run().await,
        "reminder-sweep" => reminder_sweep::run().await,
        "shift-campaigns" => shift_campaigns::run().await,
        "sms-events" => sms_events::run().await,
        unknown => Err(UnknownPackage(unknown.to_owned()).into()),
    }
}
