//! Structured logs on standard output, one JSON object a line.
//!
//! A plain level filter: the directive engine of `tracing-subscriber` would cost more of the cold start than the rest
//! of the logging. Fields are dotted by entity (`message.id`, `campaign.id`) and never hold a number, a body or a secret.

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::writer::MakeWriterExt;

/// Whose lines are written at the chosen level. Libraries are heard only when they warn: below that the SDK writes down
/// the requests, with the numbers and texts in them.
const OURS: [&str; 14] = [
    "api",
    "application",
    "campaign_sweep",
    "gateway_webhook",
    "inbound_sms",
    "message_sender",
    "messaging",
    "outbox_sweep",
    "record_changes",
    "reminder_sweep",
    "runtime",
    "shift_campaigns",
    "sms_events",
    "storage",
];

fn may_be_written(metadata: &Metadata<'_>) -> bool {
    let source = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::WARN || OURS.contains(&source)
}

/// Installs the subscriber for this process. A second call changes nothing.
pub fn install(level: Level) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        // CloudWatch stamps each line itself.
        .without_time()
        .with_target(false)
        .with_max_level(level)
        .with_writer(std::io::stdout.with_filter(may_be_written))
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("telemetry was installed before");
    }
}
