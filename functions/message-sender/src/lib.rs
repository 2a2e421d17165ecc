//! Sends queued messages. Deployed once for each lane, so that a reply never waits behind a campaign: the interactive
//! lane is invoked for each message, the bulk lane serves the lines in which its messages wait.

use std::sync::Arc;

use application::port::Clock;
use application::send_message::{
    Counter, Counts, HealthTracker, Holding, Paced, Pacer, Rates, SendMessage, Sending, Spending,
};
use domain::message::{Lane, Message};
use domain::numbering;
use jiff::{SignedDuration, Timestamp};
use runtime::aws::warm_up;
use runtime::clock::{RandomJitter, SystemClock, random_digits};
use runtime::metrics::measured;
use runtime::organisations::cached_organisations;
use runtime::providers::ConfiguredProviders;
use runtime::settings::{self, MessageSenderSettings};
use runtime::stream::{BatchAnswer, BatchResponse, Record};
use runtime::{Deadline, FunctionError, Metric, Metrics, storage, stream, telemetry};
use serde_json::Value;

/// The schedule wakes the next pacer after this long.
const RUN: SignedDuration = SignedDuration::from_secs(60);

/// How long a pacer waits for the one before it: longer than one that was killed is taken to be there.
const HANDOVER: SignedDuration = SignedDuration::from_secs(12);

/// So long before its end an invocation hands over nothing more, so that what is under way comes to its end.
const LAST_CALL: SignedDuration = SignedDuration::from_secs(20);

/// What wakes the function.
enum Wake {
    Messages(Vec<Result<(Message, String), (String, String)>>),
    /// Messages have joined a line, or another minute has begun.
    Lines,
}

/// Sends every queued message of a stream event, or lets it join its line; serves the lines where it is woken for that. The
/// answer names the records that are to come again.
///
/// # Errors
///
/// When the event is none of these, or the lines cannot be served.
pub async fn handle(
    pacer: &Pacer,
    event: Value,
    deadline: Deadline,
    metrics: &mut Metrics,
) -> Result<BatchResponse, FunctionError> {
    if let Wake::Messages(messages) = read(event)? {
        return Ok(take(pacer, messages).await);
    }
    let paced = pace(pacer, deadline).await?;
    if !paced.served_by_another {
        let held = u64::try_from(paced.held.len()).unwrap_or(u64::MAX);
        metrics.add(Metric::CampaignHeld, held);
    }
    Ok(BatchAnswer::default().into())
}

fn count(counts: Counts, metrics: &mut Metrics) {
    for (metric, count) in [
        (Metric::Queued, counts.taken_up),
        (Metric::Accepted, counts.accepted),
        (Metric::Expired, counts.expired),
        (Metric::StaleClaim, counts.stale),
        (Metric::CallRefused, counts.calls_refused),
    ] {
        if count > 0 {
            metrics.add(metric, count);
        }
    }
    for refused in counts.refused {
        metrics.refused(refused);
    }
}

fn read(event: Value) -> Result<Wake, FunctionError> {
    if event.get("source").is_some_and(|source| source == "aws.scheduler") {
        return Ok(Wake::Lines);
    }
    let records = stream::records(event).map_err(FunctionError::Event)?;
    let is_line = |record: &Record| record.keys.contains_key("pk");
    if records.iter().flatten().any(is_line) {
        return Ok(Wake::Lines);
    }
    let messages = records.into_iter().filter_map(|record| match record {
        Ok(record) => match message(&record) {
            Ok(message) => message.map(|message| Ok((message, record.sequence_number))),
            Err(error) => Some(Err((record.sequence_number, error))),
        },
        Err(unusable) => Some(Err((unusable.sequence_number, unusable.error))),
    });
    Ok(Wake::Messages(messages.collect()))
}

async fn take(pacer: &Pacer, records: Vec<Result<(Message, String), (String, String)>>) -> BatchResponse {
    let mut answer = BatchAnswer::default();
    let (mut at_once, mut in_line) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Ok((message, number)) if message.lane() == Lane::Interactive => at_once.push((message, number)),
            Ok((message, number)) => in_line.push((message, number)),
            Err((number, error)) => fail(&mut answer, &number, &error),
        }
    }
    let (messages, numbers): (Vec<Message>, Vec<String>) = at_once.into_iter().unzip();
    let sent = pacer.sender.send_all(&messages).await;
    for ((message, number), sending) in messages.iter().zip(&numbers).zip(sent) {
        match sending {
            Ok(sending) => log(message, sending),
            Err(error) => fail(&mut answer, number, &format!("message {}: {error}", message.id)),
        }
    }
    let (messages, numbers): (Vec<Message>, Vec<String>) = in_line.into_iter().unzip();
    if let Err(error) = pacer.join(&messages).await {
        for number in &numbers {
            fail(&mut answer, number, &error.to_string());
        }
    }
    answer.into()
}

async fn pace(pacer: &Pacer, deadline: Deadline) -> Result<Paced, FunctionError> {
    let now = pacer.clock.now();
    let last_call = deadline.0.checked_sub(LAST_CALL).unwrap_or(Timestamp::MIN);
    let paced = pacer.run(now + HANDOVER, last_call.min(now + RUN)).await?;
    if paced != Paced::default() {
        tracing::info!(?paced, "lines served");
    }
    Ok(paced)
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
        // The use case logs the outcome.
        Sending::Recorded(_) => {}
        Sending::NotOurs => tracing::debug!(message.id = id, "another sender has the message"),
        Sending::Overtaken => tracing::info!(message.id = id, "the receipt came first"),
        Sending::Waits => tracing::debug!(message.id = id, "the message waits in its line"),
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
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
        outbox: Arc::new(
            storage::MessagesTable::new(client.clone(), messages, records).noting_on(&settings.contacts_table),
        ),
        contacts: Arc::new(storage::ContactsTable::new(client.clone(), &settings.contacts_table)),
        organisations: cached_organisations(&client, records),
        devices: Arc::new(storage::DevicesTable::new(client.clone(), records)),
        facts: Arc::new(storage::FactsTable::new(client.clone(), records)),
        histories: Arc::new(storage::TextHistoriesTable::new(client.clone(), records)),
        providers: Arc::new(providers?),
        rates: Rates::new(Arc::new(storage::PaceTable::new(client.clone(), records))),
        holding: Holding::new(Arc::new(storage::HoldsTable::new(client.clone(), records))),
        health_tracker: HealthTracker::new(Arc::new(storage::HealthTable::new(client.clone(), records))),
        counter: Counter::default(),
        spending: Spending::new(Arc::new(storage::BudgetsTable::new(client.clone(), messages, records))),
        clock: Arc::clone(&clock),
        jitter: Arc::new(RandomJitter),
        country_of: numbering::country_of,
        language: settings.language,
    };
    let pacer = Pacer {
        sender: Arc::new(sender),
        lines: Arc::new(storage::LinesTable::new(client.clone(), messages, records)),
        campaigns: Arc::new(storage::CampaignsTable::new(
            client.clone(),
            &settings.campaigns_table,
            records,
        )),
        clock,
        name: random_digits(),
    };
    let (pacer, stack) = (&pacer, settings.stack.as_str());
    runtime::run(|event, deadline| {
        measured(stack, async move |metrics| {
            let answer = handle(pacer, event, deadline, metrics).await;
            count(pacer.sender.counter.take(), metrics);
            answer
        })
    })
    .await
}
