//! Reads SNS events record by record.

use aws_lambda_events::event::sns::SnsRecord;
use serde_json::Value;

use crate::FunctionError;

/// What one record of an SNS event carries.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// SNS's id of the notification, for the log.
    pub id: String,
    pub message: String,
}

impl std::fmt::Debug for Notification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The records of an event, each read on its own; an error says which record and why, and nothing of its content.
fn notifications(event: Value) -> Result<Vec<Result<Notification, String>>, String> {
    let records = match event {
        Value::Object(mut event) => event.remove("Records"),
        _ => None,
    };
    let Some(Value::Array(records)) = records else {
        return Err("the event has no list Records".to_owned());
    };
    Ok(records
        .into_iter()
        .enumerate()
        .map(|(position, record)| notification(position, record))
        .collect())
}

/// Serves each record of an event. If any could not be, the whole event comes again, and the log says `failure` of it.
///
/// # Errors
///
/// The last of those that could not be served, or when the event is no SNS event.
pub async fn serve_each(
    event: Value,
    failure: &str,
    mut serve: impl AsyncFnMut(&Notification) -> Result<(), FunctionError>,
) -> Result<(), FunctionError> {
    let mut last = Ok(());
    for notification in notifications(event).map_err(FunctionError::Event)? {
        let served = match notification {
            Ok(notification) => serve(&notification).await,
            Err(error) => Err(FunctionError::Event(error)),
        };
        if let Err(error) = served {
            tracing::error!(%error, "{failure}");
            last = Err(error);
        }
    }
    last
}

fn notification(position: usize, record: Value) -> Result<Notification, String> {
    let id = record
        .pointer("/Sns/MessageId")
        .and_then(Value::as_str)
        .unwrap_or("none")
        .to_owned();
    match serde_json::from_value::<SnsRecord>(record) {
        Ok(record) => Ok(Notification {
            id,
            message: record.sns.message,
        }),
        Err(error) => Err(format!(
            "record {position} (message id {id}) is no SNS record: {}",
            category(&error)
        )),
    }
}

/// What kind of error it is, without the text of it, which may quote the content.
pub(crate) fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "it could not be read",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "a field is missing or has another type",
        serde_json::error::Category::Eof => "it ends too early",
    }
}
