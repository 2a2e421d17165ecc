//! Woken by each message that is queued; sends it. Deployed once for each lane, so that a reply never waits behind a
//! campaign.

use std::sync::Arc;

use application::send_message::{SendMessage, Sending};
use domain::message::Message;
use futures_util::{StreamExt, stream as futures};
use messaging::Providers;
use runtime::clock::{RandomJitter, SystemClock};
use runtime::settings::{self, MessageSenderSettings};
use runtime::stream::{BatchAnswer, BatchResponse, Record};
use runtime::{FunctionError, stream, telemetry};
use serde_json::Value;

/// Messages of one batch are handed over side by side, since each mostly waits for the provider.
const AT_ONCE: usize = 16;

/// Sends every queued message of a stream event; the answer names the records that are to come again.
///
/// # Errors
///
/// When the event is no stream event.
pub async fn handle(sender: &SendMessage, event: Value) -> Result<BatchResponse, FunctionError> {
    let records = stream::records(event).map_err(FunctionError::Event)?;
    let failures: Vec<Option<String>> = futures::iter(records)
        .map(|record| async move {
            let served = match record {
                Ok(record) => serve(sender, &record)
                    .await
                    .map_err(|error| (record.sequence_number, error)),
                Err(unusable) => Err((unusable.sequence_number, unusable.error)),
            };
            served.err().map(|(sequence_number, error)| {
                tracing::error!(record.sequence_number = sequence_number, error, "message not sent");
                sequence_number
            })
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut answer = BatchAnswer::default();
    for sequence_number in failures.into_iter().flatten() {
        answer.fail(&sequence_number);
    }
    Ok(answer.into())
}

async fn serve(sender: &SendMessage, record: &Record) -> Result<(), String> {
    if record.new_image.is_empty() {
        return Ok(());
    }
    let message: Message =
        runtime::storage::decode_message_image(record.new_image.clone()).map_err(|error| error.to_string())?;
    let sending = sender
        .send(&message)
        .await
        .map_err(|error| format!("message {}: {error}", message.id))?;
    match sending {
        Sending::Recorded(status) => {
            tracing::info!(
                message.id = message.id.as_str(),
                message.status = status.as_str(),
                "message handled"
            );
        }
        Sending::NotOurs => tracing::debug!(message.id = message.id.as_str(), "another sender has the message"),
        Sending::Overtaken => tracing::info!(message.id = message.id.as_str(), "the receipt came first"),
    }
    Ok(())
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: MessageSenderSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    runtime::aws::warm_up(&client, &settings.contacts_table, "phone").await;
    let providers: Providers = runtime::providers::from_settings(&settings);
    let sender = SendMessage {
        outbox: Arc::new(runtime::storage::MessagesTable::new(
            client.clone(),
            &settings.messages_table,
        )),
        contacts: Arc::new(runtime::storage::ContactsTable::new(
            client.clone(),
            &settings.contacts_table,
        )),
        providers,
        clock: Arc::new(SystemClock),
        jitter: Arc::new(RandomJitter),
    };
    runtime::run(|event, _| handle(&sender, event)).await
}
