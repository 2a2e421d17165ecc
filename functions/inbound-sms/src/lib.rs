//! Woken by each text that comes in; answers it.

use application::inbound::{HandleInbound, Handling, InboundText};
use messaging::provider::end_user_messaging::inbound;
use runtime::aws::warm_up;
use runtime::inbound::handle_inbound;
use runtime::settings::{self, InboundSmsSettings};
use runtime::topic::Notification;
use runtime::{FunctionError, telemetry, topic};
use serde_json::Value;

/// Answers every text of an SNS event. Those that could be answered are; if any could not, the whole event comes again,
/// which answers nothing twice, and ends in the failure queue.
///
/// # Errors
///
/// When a record can not be understood, or the store did not take the answer.
pub async fn handle(texts: &HandleInbound, event: Value) -> Result<(), FunctionError> {
    let mut failure = None;
    for notification in topic::notifications(event).map_err(FunctionError::Event)? {
        let served = match notification {
            Ok(notification) => serve(texts, &notification).await,
            Err(error) => Err(FunctionError::Event(error)),
        };
        if let Err(error) = served {
            tracing::error!(%error, "text not answered");
            failure = Some(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn serve(texts: &HandleInbound, notification: &Notification) -> Result<(), FunctionError> {
    let message = inbound::parse(&notification.message)
        .map_err(|error| FunctionError::Event(format!("notification {}: {error}", notification.id)))?;
    let text = InboundText::from(message);
    match texts.handle(&text).await? {
        Handling::Done { outcome, tries } => {
            tracing::info!(inbound.id = text.id.key(), outcome, tries, "text answered");
        }
        Handling::Repeated => tracing::info!(inbound.id = text.id.key(), "text had been answered before"),
    }
    Ok(())
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: InboundSmsSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.contacts_table, "phone").await;
    let texts = handle_inbound(settings, client);
    runtime::run(|event, _| handle(&texts, event)).await
}
