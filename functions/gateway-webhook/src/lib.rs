//! Woken by each call of a gateway: delivery reports, and texts that came in. One file per gateway says how it is known
//! and how it is read.
//!
//! | address below `/sms-gateway` | who calls, and how it is known |
//! |---|---|
//! | `POST /handle-serverless/{token}` | Skyline, by the token |
//! | `POST`, `PUT` or `GET /fast2sms/{token}` | Fast2SMS, by the token |
//! | `POST /twilio/status?message-id=…`, `POST /twilio/inbound` | Twilio, by its signature |
//!
//! The token may also be the field `token` of the query. Answers: 200 after everything that can be used was committed, 503
//! where the store failed, so that the gateway comes again, 400 to a gateway of which nothing can be understood, 413 to one
//! that says more than 256 kB, and 404 without a word to everybody else.

mod admission;
mod call;
mod fast2sms;
mod numbers;
mod refusal;
mod skyline;
mod twilio;

use std::sync::Arc;

use application::inbound::{HandleInbound, Handling, InboundText};
use application::port::StoreError;
use application::record_receipt::{Receiving, RecordReceipt};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use messaging::{DeliveryReport, InboundMessage};
use runtime::aws::warm_up;
use runtime::clock::SystemClock;
use runtime::http::{Request, Response};
use runtime::inbound::handle_inbound;
use runtime::parameters::{ParameterStore, Values};
use runtime::settings::{self, GatewayWebhookSettings};
use runtime::{FunctionError, storage, telemetry};

use crate::call::{Call, Row};
use crate::refusal::Refusal;

/// So many reports of one call are recorded at the same time.
const AT_ONCE: usize = 16;

/// The longest body that is read.
const LONGEST_BODY: usize = 256 * 1024;

/// What the gateways' calls lead to.
#[derive(Debug)]
pub struct Webhook {
    pub receipts: RecordReceipt,
    pub texts: HandleInbound,
}

/// Serves one call. `values` are the operator's parameters.
///
/// # Errors
///
/// When the store did not take something. The same call again is harmless.
pub async fn handle(webhook: &Webhook, values: &Values, request: &Request) -> Result<Response, FunctionError> {
    let read = Gateway::called(&request.path)
        .ok_or(Refusal::UnknownAddress)
        .and_then(|(gateway, address)| gateway.read(&address, request, values, webhook.receipts.clock.now()));
    match read {
        Ok(call) => {
            webhook.commit(call.gateway, call.rows).await?;
            Ok(call.answer)
        }
        Err(refusal) => {
            refusal.log(request.source);
            Ok(refusal.response())
        }
    }
}

/// Who calls, by the beginning of the address.
#[derive(Debug, Clone, Copy)]
enum Gateway {
    Skyline,
    Fast2Sms,
    Twilio,
}

impl Gateway {
    /// The gateway and the rest of its address.
    fn called(path: &str) -> Option<(Self, Vec<&str>)> {
        let mut segments = path.strip_prefix("/sms-gateway/")?.split('/');
        let gateway = match segments.next()? {
            "handle-serverless" => Self::Skyline,
            "fast2sms" => Self::Fast2Sms,
            "twilio" => Self::Twilio,
            _ => return None,
        };
        Some((gateway, segments.collect()))
    }

    fn read(self, address: &[&str], request: &Request, values: &Values, now: Timestamp) -> Result<Call, Refusal> {
        match self {
            Self::Skyline => skyline::read(address, request, values, now),
            Self::Fast2Sms => fast2sms::read(address, request, values, now),
            Self::Twilio => twilio::read(address, request, values, now),
        }
    }
}

impl Webhook {
    /// Records every row that can be used, whatever becomes of the others.
    async fn commit(&self, gateway: &'static str, rows: Vec<Result<Row, String>>) -> Result<(), StoreError> {
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok(Row::Report(report)) => reports.push(report),
                Ok(Row::Text(text)) => texts.push(text),
                Err(problem) => tracing::error!(gateway, problem, "a row can not be used"),
            }
        }
        let mut recorded = stream::iter(&reports)
            .map(|report| self.record(gateway, report))
            .buffer_unordered(AT_ONCE);
        let mut failure = None;
        while let Some(result) = recorded.next().await {
            failure = failure.or(result.err());
        }
        // One by one: what a person wrote first is answered first.
        for text in texts {
            failure = failure.or(self.answer(gateway, text).await.err());
        }
        failure.map_or(Ok(()), Err)
    }

    async fn record(&self, gateway: &'static str, report: &DeliveryReport) -> Result<(), StoreError> {
        let DeliveryReport { message_id, receipt } = report;
        let id = message_id.as_ref().map_or("none", |id| id.as_str());
        let code = receipt.code.as_str();
        match self.receipts.record(message_id.as_ref(), receipt).await? {
            Receiving::Moved(status) => {
                tracing::info!(
                    gateway,
                    message.id = id,
                    message.status = status.as_str(),
                    code,
                    "receipt recorded"
                );
            }
            Receiving::NothingNew => tracing::debug!(gateway, message.id = id, code, "receipt says nothing new"),
            Receiving::Kept => tracing::info!(gateway, message.id = id, code, "receipt kept until a message fits"),
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
        Ok(())
    }

    async fn answer(&self, gateway: &'static str, message: InboundMessage) -> Result<(), StoreError> {
        let text = InboundText::from(message);
        let inbound_id = text.id.key();
        match self.texts.handle(&text).await? {
            Handling::Done { outcome, tries } => {
                tracing::info!(gateway, inbound.id = inbound_id, outcome, tries, "text answered");
            }
            Handling::Repeated => {
                tracing::info!(gateway, inbound.id = inbound_id, "text had been answered before");
            }
        }
        Ok(())
    }
}

/// Serves calls until the process ends.
///
/// # Errors
///
/// When the settings or parameters can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let GatewayWebhookSettings {
        inbound: settings,
        parameters_path,
    } = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    let parameters = ParameterStore::open(&settings.aws, &parameters_path);
    let warm = warm_up(&client, &settings.messages_table, "message_id");
    let (parameters, ()) = tokio::join!(parameters, warm);
    let parameters = &parameters?;
    let receipts = RecordReceipt {
        outbox: Arc::new(storage::MessagesTable::new(
            client.clone(),
            &settings.messages_table,
            &settings.records_table,
        )),
        receipts: Arc::new(storage::ReceiptsTable::new(client.clone(), &settings.records_table)),
        health: Arc::new(storage::HealthTable::new(client.clone(), &settings.records_table)),
        clock: Arc::new(SystemClock),
    };
    let texts = handle_inbound(settings, client);
    let webhook = &Webhook { receipts, texts };
    runtime::http::run(|request| async move {
        let values = parameters.values().await;
        handle(webhook, &values, &request).await
    })
    .await
}

#[cfg(test)]
mod tests;
