//! Woken by each message that is queued; sends it. Deployed once for each lane, so that a reply never waits behind a
//! campaign.

use std::sync::Arc;

use application::port::Clock;
use application::send_message::{SendMessage, Sending, Spending, Trust};
use domain::message::Message;
use domain::numbering;
use runtime::aws::warm_up;
use runtime::clock::{RandomJitter, SystemClock};
use runtime::organisations::remembered_organisations;
use runtime::providers::ConfiguredProviders;
use runtime::settings::{self, MessageSenderSettings};
use runtime::stream::{BatchAnswer, BatchResponse, Record};
use runtime::{FunctionError, storage, stream, telemetry};
use serde_json::Value;

/// Sends every queued message of a stream event; the answer names the records that are to come again.
///
/// # Errors
///
/// When the event is no stream event.
pub async fn handle(sender: &SendMessage, event: Value) -> Result<BatchResponse, FunctionError> {
    let mut answer = BatchAnswer::default();
    let mut sequence_numbers = Vec::new();
    let mut messages = Vec::new();
    for record in stream::records(event).map_err(FunctionError::Event)? {
        match record.map(|record| (message(&record), record.sequence_number)) {
            Ok((Ok(None), _)) => {}
            Ok((Ok(Some(message)), sequence_number)) => {
                messages.push(message);
                sequence_numbers.push(sequence_number);
            }
            Ok((Err(error), sequence_number)) => fail(&mut answer, &sequence_number, &error),
            Err(unusable) => fail(&mut answer, &unusable.sequence_number, &unusable.error),
        }
    }
    let sent = sender.send_all(&messages).await;
    for ((message, sequence_number), sending) in messages.iter().zip(&sequence_numbers).zip(sent) {
        match sending {
            Ok(sending) => log(message, sending),
            Err(error) => fail(
                &mut answer,
                sequence_number,
                &format!("message {}: {error}", message.id),
            ),
        }
    }
    Ok(answer.into())
}

/// The message of a record; `None` where its row was removed.
fn message(record: &Record) -> Result<Option<Message>, String> {
    if record.new_image.is_empty() {
        return Ok(None);
    }
    let image = record.new_image.clone();
    let message = runtime::storage::decode_message_image(image).map_err(|error| error.to_string())?;
    Ok(Some(message))
}

fn fail(answer: &mut BatchAnswer, sequence_number: &str, error: &str) {
    tracing::error!(record.sequence_number = sequence_number, error, "message not sent");
    answer.fail(sequence_number);
}

fn log(message: &Message, sending: Sending) {
    let id = message.id.as_str();
    match sending {
        Sending::Recorded(status) => {
            tracing::info!(message.id = id, message.status = status.as_str(), "message handled");
        }
        Sending::NotOurs => tracing::debug!(message.id = id, "another sender has the message"),
        Sending::Overtaken => tracing::info!(message.id = id, "the receipt came first"),
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: MessageSenderSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.providers.aws.dynamodb();
    let (providers, ()) = tokio::join!(
        ConfiguredProviders::open(&settings.providers),
        warm_up(&client, &settings.contacts_table, "phone"),
    );
    let (messages, records) = (&settings.messages_table, &settings.records_table);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sender = SendMessage {
        outbox: Arc::new(storage::MessagesTable::new(client.clone(), messages, records)),
        contacts: Arc::new(storage::ContactsTable::new(client.clone(), &settings.contacts_table)),
        organisations: remembered_organisations(&client, records),
        devices: Arc::new(storage::DevicesTable::new(client.clone(), records)),
        facts: Arc::new(storage::FactsTable::new(client.clone(), records)),
        histories: Arc::new(storage::TextHistoriesTable::new(client.clone(), records)),
        providers: Arc::new(providers?),
        pace: Arc::new(storage::PaceTable::new(client.clone(), records)),
        trust: Trust::new(Arc::new(storage::HealthTable::new(client.clone(), records))),
        spending: Spending::new(Arc::new(storage::BudgetsTable::new(client.clone(), messages, records))),
        clock,
        jitter: Arc::new(RandomJitter),
        country_of: numbering::country_of,
        language: settings.language,
    };
    runtime::run(|event, _| handle(&sender, event)).await
}
