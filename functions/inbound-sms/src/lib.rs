//! Answers each inbound text. Texts of the two-way topic come one by one, those of gateways through the queue that
//! `gateway-webhook` fills.

use std::sync::Arc;

use application::inbound::{HandleInbound, Handling, InboundText};
use application::join_parts::{JoinParts, Serving};
use application::port::QueuedText;
use messaging::provider::end_user_messaging::inbound;
use runtime::aws::warm_up;
use runtime::inbound::handle_inbound;
use runtime::metrics::measured;
use runtime::queue::{self, QueueMessage};
use runtime::settings::{self, InboundSmsSettings};
use runtime::stream::{BatchAnswer, BatchResponse};
use runtime::topic::Notification;
use runtime::{FunctionError, Metric, Metrics, inbound_queue, storage, telemetry, topic};
use serde_json::Value;

/// Answers every text of an event. Those that could be answered are.
///
/// If any of an SNS event could not, the whole event comes again, which answers nothing twice, and ends in the failure
/// queue. Of an SQS event those messages come again that the answer names, as often as the queue allows.
///
/// # Errors
///
/// When a record of an SNS event cannot be understood, or the store did not take the answer.
pub async fn handle(
    texts: &JoinParts,
    event: Value,
    metrics: &mut Metrics,
) -> Result<Option<BatchResponse>, FunctionError> {
    match queue::messages(&event) {
        Some(messages) => Ok(Some(serve_messages(texts, &messages, metrics).await)),
        None => serve_notifications(&texts.texts, event, metrics).await.map(|()| None),
    }
}

async fn serve_messages(texts: &JoinParts, messages: &[QueueMessage], metrics: &mut Metrics) -> BatchResponse {
    let mut answer = BatchAnswer::default();
    for message in messages {
        if let Err(error) = serve_message(texts, message, metrics).await {
            tracing::error!(queue.message = message.id, %error, "texts not answered");
            answer.fail(&message.id);
        }
    }
    answer.into()
}

/// Answers the texts of a message one by one: what a person wrote first is answered first. A text that cannot be answered
/// holds up no other.
async fn serve_message(texts: &JoinParts, message: &QueueMessage, metrics: &mut Metrics) -> Result<(), FunctionError> {
    let mut failure = None;
    for text in inbound_queue::read(&message.body).map_err(FunctionError::Event)? {
        failure = failure.or(answer_queued(texts, &text, metrics).await.err());
    }
    failure.map_or(Ok(()), Err)
}

async fn answer_queued(texts: &JoinParts, queued: &QueuedText, metrics: &mut Metrics) -> Result<(), FunctionError> {
    match texts.serve(queued).await? {
        Serving::Served(handling) => log(&queued.text, &handling, metrics),
        Serving::Waits => tracing::info!(inbound.id = queued.text.id.key(), "text may go on"),
        Serving::LeftToAnother => tracing::info!(inbound.id = queued.text.id.key(), "text went on"),
    }
    Ok(())
}

async fn serve_notifications(texts: &HandleInbound, event: Value, metrics: &mut Metrics) -> Result<(), FunctionError> {
    topic::serve_each(event, "text not answered", async |notification| {
        serve(texts, notification, metrics).await
    })
    .await
}

async fn serve(texts: &HandleInbound, notification: &Notification, metrics: &mut Metrics) -> Result<(), FunctionError> {
    let message = inbound::parse(&notification.message)
        .map_err(|error| FunctionError::Event(format!("notification {}: {error}", notification.id)))?;
    answer(texts, &InboundText::from(message), metrics).await
}

async fn answer(texts: &HandleInbound, text: &InboundText, metrics: &mut Metrics) -> Result<(), FunctionError> {
    log(text, &texts.handle(text).await?, metrics);
    Ok(())
}

fn log(text: &InboundText, handling: &Handling, metrics: &mut Metrics) {
    match handling {
        Handling::Done { outcome, tries } => {
            metrics.add(Metric::InboundReceived, 1);
            tracing::info!(
                inbound.id = text.id.key(),
                provider = text.provider,
                outcome,
                tries,
                "text answered"
            );
        }
        Handling::Repeated => tracing::info!(inbound.id = text.id.key(), "text had been answered before"),
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: InboundSmsSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.contacts_table, "phone").await;
    let stack = settings.stack.clone();
    let parts = storage::TextPartsTable::new(client.clone(), &settings.records_table);
    let texts = JoinParts {
        texts: handle_inbound(settings, client),
        parts: Arc::new(parts),
    };
    runtime::run(|event, _| measured(&stack, async |metrics| handle(&texts, event, metrics).await)).await
}
