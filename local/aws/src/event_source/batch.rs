//! Serving one batch of stream records: partial answers, retries, bisection, maximum age, failure destination.
//!
//! Rules: <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html>.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time;
use uuid::Uuid;

use super::shard::{Record, Shard};
use crate::endpoint::public_shard_id;
use crate::invoke::Invoke;
use crate::lambda::{Functions, UnderWay};
use crate::template::StreamMapping;
use local_providers::clock;

/// Before the first retry; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Hands batches of one mapping to its function.
pub(super) struct Server {
    function: String,
    functions: Functions,
    shard_id: String,
    stream_arn: String,
    retries: Option<u64>,
    bisects: bool,
    reports_item_failures: bool,
    maximum_age: Option<Duration>,
    on_failure: Option<String>,
}

/// Records that still have to be served.
struct Work {
    records: Vec<Record>,
    failures: u64,
}

/// What came of one invocation.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Served,
    /// The records before this one are served.
    FailedFrom(usize),
    /// The invocation as a whole failed.
    Failed,
    Stopping,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchAnswer {
    batch_item_failures: Option<Vec<ItemFailure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: Option<String>,
}

impl Server {
    pub(super) fn new(function: &str, mapping: &StreamMapping, functions: &Functions, shard: &Shard) -> Self {
        Self {
            function: function.to_owned(),
            functions: functions.clone(),
            shard_id: public_shard_id(&mapping.table),
            stream_arn: shard.stream_arn.clone(),
            retries: mapping.retries,
            bisects: mapping.bisects,
            reports_item_failures: mapping.reports_item_failures,
            maximum_age: mapping.maximum_record_age,
            on_failure: mapping.on_failure.clone(),
        }
    }

    /// Counts a record until it is served or given up.
    pub(super) fn under_way(&self) -> Option<Arc<UnderWay>> {
        self.functions.under_way(&self.function).map(Arc::new)
    }

    pub(super) fn log(&self, text: impl Into<String>) {
        self.functions.logs().write(&self.function, text);
    }

    /// Whether every record is served or given up; if not, the stack stops.
    pub(super) async fn serve(&self, records: Vec<Record>) -> bool {
        // The last one is the next one.
        let mut work = vec![Work { records, failures: 0 }];
        while let Some(mut next) = work.pop() {
            let expired = self.take_expired(&mut next.records);
            if !expired.is_empty() {
                self.give_up(&expired, "RecordAgeExceeded", next.failures, false);
            }
            if next.records.is_empty() {
                continue;
            }
            let (failed_from, unhandled) = match self.invoke(&next.records).await {
                Outcome::Served => continue,
                Outcome::FailedFrom(index) => (index, false),
                Outcome::Failed => (0, true),
                Outcome::Stopping => return false,
            };
            let mut rest = next.records.split_off(failed_from);
            if failed_from > 0 {
                // The batch is cut where it failed, which costs no retry.
                work.push(Work {
                    records: rest,
                    failures: next.failures,
                });
            } else if self.bisects && rest.len() > 1 {
                let second = rest.split_off(rest.len() / 2);
                work.push(Work {
                    records: second,
                    failures: next.failures,
                });
                work.push(Work {
                    records: rest,
                    failures: next.failures,
                });
            } else {
                let failures = next.failures + 1;
                if self.retries.is_some_and(|retries| failures > retries) {
                    self.give_up(&rest, "RetryAttemptsExhausted", failures, unhandled);
                } else {
                    time::sleep(pause_after(failures)).await;
                    work.push(Work {
                        records: rest,
                        failures,
                    });
                }
            }
        }
        true
    }

    async fn invoke(&self, records: &[Record]) -> Outcome {
        let event = json!({ "Records": records.iter().map(|it| &it.event).collect::<Vec<_>>() });
        let Ok(answer) = self
            .functions
            .invoke(&self.function, event.to_string().into_bytes())
            .await
        else {
            return Outcome::Stopping;
        };
        if answer.function_error.is_some() {
            Outcome::Failed
        } else if self.reports_item_failures {
            let numbers: Vec<_> = records.iter().map(|it| it.sequence_number.as_str()).collect();
            read_answer(&answer.payload, &numbers)
        } else {
            Outcome::Served
        }
    }

    /// Records come in order of age.
    fn take_expired(&self, records: &mut Vec<Record>) -> Vec<Record> {
        let Some(maximum_age) = self.maximum_age else {
            return Vec::new();
        };
        let oldest = clock::now() - maximum_age;
        let fresh = records.split_off(records.partition_point(|it| it.created < oldest));
        std::mem::replace(records, fresh)
    }

    fn give_up(&self, records: &[Record], condition: &str, invocations: u64, unhandled: bool) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return;
        };
        let second = |at: Timestamp| format!("{at:.0}");
        let mut record = json!({
            "requestContext": {
                "requestId": Uuid::new_v4().to_string(),
                "functionArn": self.functions.arn(&self.function).unwrap_or_default(),
                "condition": condition,
                "approximateInvokeCount": invocations,
            },
            "version": "1.0",
            "timestamp": clock::iso_millis(clock::now()),
            "DDBStreamBatchInfo": {
                "shardId": self.shard_id,
                "startSequenceNumber": first.sequence_number,
                "endSequenceNumber": last.sequence_number,
                "approximateArrivalOfFirstRecord": second(first.created),
                "approximateArrivalOfLastRecord": second(last.created),
                "batchSize": records.len(),
                "streamArn": self.stream_arn,
            },
        });
        if invocations > 0 {
            let mut response = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
            if unhandled {
                response["functionError"] = Value::from("Unhandled");
            }
            record["responseContext"] = response;
        }
        self.functions
            .destinations()
            .send(&self.function, self.on_failure.as_deref(), &record);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// What a `ReportBatchItemFailures` answer says of the batch with these sequence numbers.
///
/// Nothing or an empty list is success; an identifier that is missing or not of the batch fails the whole batch.
fn read_answer(payload: &[u8], sequence_numbers: &[&str]) -> Outcome {
    let answer: Option<BatchAnswer> = match serde_json::from_slice::<Value>(payload) {
        Err(_) if payload.is_empty() => None,
        Ok(Value::Null) => None,
        Ok(answer) => match serde_json::from_value(answer) {
            Ok(answer) => Some(answer),
            Err(_) => return Outcome::Failed,
        },
        Err(_) => return Outcome::Failed,
    };
    let failures = answer.and_then(|it| it.batch_item_failures).unwrap_or_default();
    let indexes = failures.iter().map(|failure| {
        let identifier = failure.item_identifier.as_deref()?;
        sequence_numbers.iter().position(|it| *it == identifier)
    });
    match indexes.collect::<Option<Vec<_>>>() {
        None => Outcome::Failed,
        Some(indexes) => indexes.into_iter().min().map_or(Outcome::Served, Outcome::FailedFrom),
    }
}

fn pause_after(failures: u64) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_failed_record_is_where_the_batch_is_cut() {
        let read = |answer: &str| read_answer(answer.as_bytes(), &["10", "11", "12"]);

        assert_eq!(
            read(r#"{"batchItemFailures":[{"itemIdentifier":"12"},{"itemIdentifier":"11"}]}"#),
            Outcome::FailedFrom(1)
        );
        for success in [
            "",
            "null",
            "{}",
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":null}"#,
        ] {
            assert_eq!(read(success), Outcome::Served, "{success}");
        }
        for failure in [
            r#"{"batchItemFailures":[{"itemIdentifier":"99"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            "[1]",
            "not json",
        ] {
            assert_eq!(read(failure), Outcome::Failed, "{failure}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        assert_eq!(pause_after(1), Duration::from_millis(100));
        assert_eq!(pause_after(3), Duration::from_millis(400));
        assert_eq!(pause_after(1_000), LONGEST_PAUSE);
    }
}
