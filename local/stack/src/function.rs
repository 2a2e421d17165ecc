//! The deployed functions, one of which a process of the stack's own executable runs.

use std::io;
use std::process;
use std::thread;

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
