//! Reads DynamoDB stream events record by record and answers with what failed.

use aws_lambda_events::event::dynamodb::EventRecord;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde_dynamo::Item;
use serde_json::Value;

use crate::FunctionError;

/// One change of a table's row.
#[derive(Debug, Clone)]
pub struct Record {
    /// What the answer names the record by.
    pub sequence_number: String,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub event_name: String,
    /// The key of the row.
    pub keys: Item,
    /// The row after the change; empty where it was removed.
    pub new_image: Item,
    /// The row before the change; empty if there was none, or if the stream does not include it.
    pub old_image: Item,
}

/// A record that cannot be understood, and why; nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableRecord {
    /// Empty where not even that could be read; then the whole batch fails.
    pub sequence_number: String,
    pub error: String,
}

/// The records of an event, each read on its own.
///
/// # Errors
///
/// When the event has no list of records at all.
pub fn records(event: Value) -> Result<Vec<Result<Record, UnusableRecord>>, String> {
    let records = match event {
        Value::Object(mut event) => event.remove("Records"),
        _ => None,
    };
    let Some(Value::Array(records)) = records else {
        return Err("the event has no list Records".to_owned());
    };
    Ok(records.into_iter().map(record).collect())
}

fn record(record: Value) -> Result<Record, UnusableRecord> {
    let sequence_number = record
        .pointer("/dynamodb/SequenceNumber")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match serde_json::from_value::<EventRecord>(record) {
        Ok(record) => Ok(Record {
            sequence_number,
            event_name: record.event_name,
            keys: record.change.keys.into_inner().into(),
            new_image: record.change.new_image.into_inner().into(),
            old_image: record.change.old_image.into_inner().into(),
        }),
        Err(error) => Err(UnusableRecord {
            sequence_number,
            error: format!("it is no stream record: {}", crate::topic::category(&error)),
        }),
    }
}

/// Serves each record of an event; the answer names those that are to come again. Of one that could not be served the log says
/// `failure`.
///
/// # Errors
///
/// When the event is no stream event.
pub async fn serve_each(
    event: Value,
    failure: &str,
    serve: impl AsyncFn(&Record) -> Result<(), FunctionError>,
) -> Result<BatchResponse, FunctionError> {
    let mut answer = BatchAnswer::default();
    for record in records(event).map_err(FunctionError::Event)? {
        match record {
            Ok(record) => {
                if let Err(error) = serve(&record).await {
                    tracing::error!(record.sequence_number, %error, "{failure}");
                    answer.fail(&record.sequence_number);
                }
            }
            Err(unusable) => {
                tracing::error!(
                    record.sequence_number = unusable.sequence_number,
                    error = unusable.error,
                    "record not understood"
                );
                answer.fail(&unusable.sequence_number);
            }
        }
    }
    Ok(answer.into())
}

/// The answer to a batch: which records are to come again. Lambda goes back to the first of them; what comes after it
/// is handed over again too, which is harmless because every use case may be repeated.
#[derive(Debug, Default)]
pub struct BatchAnswer {
    failures: Vec<String>,
}

impl BatchAnswer {
    pub fn fail(&mut self, sequence_number: &str) {
        self.failures.push(sequence_number.to_owned());
    }

    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }
}

impl From<BatchAnswer> for DynamoDbEventResponse {
    fn from(answer: BatchAnswer) -> Self {
        let mut response = Self::default();
        response.batch_item_failures = answer
            .failures
            .into_iter()
            .map(|sequence_number| {
                let mut failure = DynamoDbBatchItemFailure::default();
                // An empty identifier makes Lambda repeat the whole batch.
                failure.item_identifier = Some(sequence_number);
                failure
            })
            .collect();
        response
    }
}

pub use aws_lambda_events::event::streams::DynamoDbEventResponse as BatchResponse;
