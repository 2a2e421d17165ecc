//! Handles the callbacks of providers: delivery receipts and inbound texts. Where each calls, how it is authenticated and
//! read, and what it is answered, is in its folder in `messaging`.
//!
//! Texts are put into a queue, which `inbound-sms` serves: not every gateway repeats a text that was refused, so nothing
//! that may fail for long comes between a text and its 200.
//!
//! Answers: 200 after everything usable was committed; 503 if the queue or the store failed, for providers that repeat
//! calls; 400 to a provider whose whole call is unreadable; 413 to one that sends more than 256 kB; and an empty 404 to
//! everybody else.

mod request;

use std::sync::Arc;

use application::inbound::InboundText;
use application::join_parts::PATIENCE;
use application::port::{InboundQueue, QueuedText, StoreError};
use application::record_receipt::{Receiving, RecordReceipt};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use messaging::DeliveryReport;
use messaging::callback::{self, Callback, Reading, Refusal, Row};
use messaging::provider::CALLBACKS;
use runtime::aws::warm_up;
use runtime::clock::SystemClock;
use runtime::http::HttpError;
use runtime::inbound_queue::SqsInboundQueue;
use runtime::metrics::measured;
use runtime::parameters::{ParameterStore, Values};
use runtime::settings::{self, GatewayWebhookSettings};
use runtime::{FunctionError, Metrics, storage, telemetry};

use crate::request::Request;

/// What a caller hears.
type Response = axum::http::Response<String>;

/// So many reports of one call are recorded at the same time.
const AT_ONCE: usize = 16;

/// What waits for its rest is served so much later than the rest may come.
const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Below which every provider has its addresses.
const WEBHOOK: &str = "/sms-gateway/";

/// What the providers' calls lead to.
#[derive(Debug)]
struct Webhook {
    receipts: RecordReceipt,
    texts: Arc<dyn InboundQueue>,
}

/// Serves one call, and counts the final receipts in it. `values` are the operator's parameters.
///
/// # Errors
///
/// When the queue or the store did not take something. The same call again is harmless.
async fn handle(
    webhook: &Webhook,
    values: &Values,
    request: &Request,
    metrics: &mut Metrics,
) -> Result<Response, FunctionError> {
    match receive(request, values, webhook.receipts.clock.now()) {
        Ok((gateway, reading)) => {
            let answered = reading.answer;
            webhook.commit(gateway, reading, metrics).await?;
            Ok(answered.map_or_else(|| empty(StatusCode::OK), answer))
        }
        Err(refusal) => Ok(refused(&refusal, request)),
    }
}

fn receive(request: &Request, values: &Values, now: Timestamp) -> Result<(&'static str, Reading), Refusal> {
    let below = request.path.strip_prefix(WEBHOOK).ok_or(Refusal::UnknownAddress)?;
    let address: Vec<&str> = below.split('/').collect();
    let callback = Callback {
        method: request.method.as_str(),
        path: &request.path,
        address: &address,
        query: &request.query,
        headers: &|name| request.header(name),
        body: &request.body,
        source: request.source,
    };
    callback::receive(CALLBACKS.into_iter().flatten(), &callback, values, now)
}

/// Logs a refused call in one line, as an error if it is a provider's mistake, and answers without a body: strangers learn
/// nothing, not even that something is here.
fn refused(refusal: &Refusal, request: &Request) -> Response {
    let source = request.source.map(tracing::field::display);
    let status = match refusal {
        Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Unusable(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::NOT_FOUND,
    };
    match status {
        StatusCode::NOT_FOUND => tracing::warn!(source, reason = %refusal, "call refused"),
        _ => tracing::error!(source, reason = %refusal, "call not understood"),
    }
    empty(status)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

fn answer(answer: callback::Answer) -> Response {
    let mut response = Response::new(answer.body.to_owned());
    let content_type = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

impl Webhook {
    /// Records every row that can be used, whatever becomes of the others.
    async fn commit(&self, gateway: &'static str, reading: Reading, metrics: &mut Metrics) -> Result<(), StoreError> {
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        let queued = |text| QueuedText {
            text,
            received_at: self.receipts.clock.now(),
            in_parts: reading.texts_in_parts,
            has_waited: false,
        };
        for row in reading.rows {
            match row {
                Ok(Row::Receipt(report)) => reports.push(report),
                Ok(Row::Text(text)) => texts.push(queued(InboundText::from(text))),
                Err(problem) => tracing::error!(gateway, problem, "a row cannot be used"),
            }
        }
        // Texts first: a store that is slow to fail must not keep them out of the queue.
        let mut failure = self.queue(gateway, &texts).await.err();
        let records: Vec<_> = reports.iter().map(|report| self.record(gateway, report)).collect();
        let mut recorded = stream::iter(records).buffer_unordered(AT_ONCE);
        while let Some(result) = recorded.next().await {
            match result {
                Ok(Receiving::Moved(status)) => metrics.receipt(status),
                Ok(_) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn record(&self, gateway: &'static str, report: &DeliveryReport) -> Result<Receiving, StoreError> {
        let DeliveryReport { message_id, receipt } = report;
        let id = message_id.as_ref().map_or("none", |id| id.as_str());
        let code = receipt.code_word();
        let receiving = self.receipts.record(message_id.as_ref(), receipt).await?;
        match receiving {
            // The use case logs the message's outcome.
            Receiving::Moved(_) => {}
            Receiving::NothingNew => tracing::debug!(gateway, message.id = id, code, "receipt says nothing new"),
            Receiving::Parked => tracing::info!(gateway, message.id = id, code, "receipt parked until a message fits"),
            Receiving::Foreign => {
                tracing::warn!(
                    gateway,
                    message.id = id,
                    code,
                    "receipt for a message that went another way"
                );
            }
            Receiving::GivenUp => tracing::warn!(gateway, message.id = id, code, "receipt given up"),
        }
        Ok(receiving)
    }

    async fn queue(&self, gateway: &'static str, texts: &[QueuedText]) -> Result<(), StoreError> {
        if texts.is_empty() {
            return Ok(());
        }
        // Before the text itself: if nothing else arrives, this still serves what waits for its rest.
        let waited: Vec<QueuedText> = texts
            .iter()
            .filter(|text| text.may_go_on())
            .map(|text| QueuedText {
                has_waited: true,
                ..text.clone()
            })
            .collect();
        if !waited.is_empty() {
            self.texts.put(&waited, PATIENCE + A_SECOND).await?;
        }
        self.texts.put(texts, SignedDuration::ZERO).await?;
        for queued in texts {
            tracing::info!(gateway, inbound.id = queued.text.id.key(), "text queued");
        }
        Ok(())
    }
}

/// The function in its environment.
struct Function {
    webhook: Webhook,
    /// The operator's, which change while it runs.
    parameters: ParameterStore,
    stack: String,
}

impl Function {
    async fn open(settings: GatewayWebhookSettings) -> Result<Self, lambda_runtime::Error> {
        let client = settings.aws.dynamodb();
        let parameters = ParameterStore::open(&settings.aws, &settings.parameters_path);
        let warm = warm_up(&client, &settings.messages_table, "message_id");
        let (parameters, ()) = tokio::join!(parameters, warm);
        let receipts = RecordReceipt {
            outbox: Arc::new(
                storage::MessagesTable::new(client.clone(), &settings.messages_table, &settings.records_table)
                    .noting_on(&settings.contacts_table),
            ),
            receipts: Arc::new(storage::ReceiptsTable::new(client.clone(), &settings.records_table)),
            health: Arc::new(storage::HealthTable::new(client, &settings.records_table)),
            clock: Arc::new(SystemClock),
        };
        let texts = Arc::new(SqsInboundQueue::new(&settings.aws, &settings.inbound_texts_queue));
        Ok(Self {
            webhook: Webhook { receipts, texts },
            parameters: parameters?,
            stack: settings.stack,
        })
    }
}

async fn serve(State(function): State<Arc<Function>>, request: Request) -> Result<Response, HttpError> {
    let Function {
        webhook,
        parameters,
        stack,
    } = &*function;
    let values = parameters.values().await;
    let response = measured(stack, async |metrics| handle(webhook, &values, &request, metrics).await).await?;
    Ok(response)
}

/// Serves calls until the process ends.
///
/// # Errors
///
/// When the settings or parameters cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: GatewayWebhookSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let function = Arc::new(Function::open(settings).await?);
    // Strangers are refused alike at every address.
    runtime::http::run(Router::new().fallback(serve).with_state(function)).await
}

#[cfg(test)]
mod tests;
