//! The records that a pointer points to, while the stream has them, or the rows that they were about.

use serde_json::{Value, json};

use super::envelope::Pointer;
use super::repetition::Unprepared;
use crate::aws_cli::{AwsCli, Call, CliError};
use crate::deployment::Deployment;
use crate::event_source::Filters;

/// Pages of a stream that are read for one batch.
const MOST_PAGES: usize = 20;

/// What the stream still has.
pub(super) enum Fetched {
    /// As Lambda hands them to functions.
    Records(Vec<Value>),
    /// Records live for a day.
    Gone,
}

/// What the function is woken by.
pub(super) async fn filters(cli: &AwsCli, function: &str, pointer: &Pointer) -> Result<Filters, CliError> {
    let call = Call::new("lambda", "list-event-source-mappings", ["--function-name", function]);
    let mappings = cli.ask(&call).await?;
    let table = |arn: &Value| arn.as_str().and_then(|arn| arn.split('/').nth(1)).map(str::to_owned);
    let mapping = mappings["EventSourceMappings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|mapping| table(&mapping["EventSourceArn"]).as_deref() == Some(pointer.table()));
    let patterns = mapping.map(|mapping| &mapping["FilterCriteria"]["Filters"]);
    let patterns: Vec<Value> = patterns
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|filter| serde_json::from_str(filter["Pattern"].as_str()?).ok())
        .collect();
    Filters::new(&patterns).map_err(|error| CliError::Failed(error.to_string()))
}

/// Reads the batch from the stream.
pub(super) async fn fetch(cli: &AwsCli, pointer: &Pointer) -> Result<Fetched, CliError> {
    let arguments = [
        "--stream-arn",
        &pointer.stream,
        "--shard-id",
        &pointer.shard,
        "--shard-iterator-type",
        "AT_SEQUENCE_NUMBER",
        "--sequence-number",
        &pointer.start,
    ];
    let opened = cli
        .ask(&Call::new("dynamodbstreams", "get-shard-iterator", arguments))
        .await;
    let mut iterator = match opened {
        Ok(answer) => answer["ShardIterator"].as_str().map(str::to_owned),
        Err(error) if is_gone(&error) => return Ok(Fetched::Gone),
        Err(error) => return Err(error),
    };
    let mut records = Vec::new();
    for _ in 0..MOST_PAGES {
        let Some(current) = iterator else { break };
        let call = Call::new("dynamodbstreams", "get-records", ["--shard-iterator", &current]);
        let answer = match cli.ask(&call).await {
            Ok(answer) => answer,
            Err(error) if is_gone(&error) => return Ok(Fetched::Gone),
            Err(error) => return Err(error),
        };
        let page = answer["Records"].as_array().cloned().unwrap_or_default();
        let is_past = |record: &Value| is_later(sequence_number(record), &pointer.end);
        let is_done = page.is_empty()
            || page
                .iter()
                .any(|record| !is_later(&pointer.end, sequence_number(record)));
        let wanted = page.into_iter().filter(|record| !is_past(record));
        records.extend(wanted.map(|record| as_lambda_has_it(record, &pointer.stream)));
        if is_done {
            break;
        }
        iterator = answer["NextShardIterator"].as_str().map(str::to_owned);
    }
    // An iterator at a record that is gone begins at the oldest that is left.
    let is_whole = records
        .first()
        .is_some_and(|record| sequence_number(record) == pointer.start);
    Ok(if is_whole {
        Fetched::Records(records)
    } else {
        Fetched::Gone
    })
}

fn is_gone(error: &CliError) -> bool {
    matches!(error, CliError::Refused { code, .. } if matches!(
        code.as_str(),
        "TrimmedDataAccessException" | "ResourceNotFoundException" | "ExpiredIteratorException"
    ))
}

fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// Sequence numbers are whole numbers of up to forty digits.
fn is_later(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    (one.len(), one) > (other.len(), other)
}

/// The CLI writes a record's time in words, Lambda in seconds; Lambda adds the stream.
fn as_lambda_has_it(mut record: Value, stream: &str) -> Value {
    let at = &record["dynamodb"]["ApproximateCreationDateTime"];
    let seconds = at.as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    if let Some(seconds) = seconds {
        record["dynamodb"]["ApproximateCreationDateTime"] = seconds.as_second().into();
    }
    record["eventSourceARN"] = stream.into();
    record
}

/// The rows that the records may have been about, as records of the stream; or why there are none to be found.
pub(super) async fn find_rows(
    cli: &AwsCli,
    deployment: &Deployment,
    pointer: &Pointer,
) -> Result<Result<Vec<Value>, Unprepared>, CliError> {
    let table = pointer.table();
    if deployment.output("CampaignsTableName") == Some(table) {
        let arguments = [
            "--table-name",
            table,
            "--filter-expression",
            "attribute_not_exists(#status)",
            "--expression-attribute-names",
            r##"{"#status": "status"}"##,
        ];
        let answer = cli.ask(&Call::new("dynamodb", "scan", arguments)).await?;
        return Ok(campaigns(&answer, pointer));
    }
    let is_outbox = deployment.output("MessagesTableName") == Some(table);
    Ok(Err(if is_outbox {
        let why = "the record is no longer in the stream, and every message has a timer that outbox-sweep fires";
        Unprepared::Settled(why.to_owned())
    } else {
        let why = format!(
            "the record is no longer in the stream, which keeps a day, and nothing tells which row it was: save the rows of \
             {table} again that were changed about {}",
            pointer.written_at
        );
        Unprepared::Left(why)
    }))
}

/// Campaigns that nothing has taken on.
fn campaigns(scanned: &Value, pointer: &Pointer) -> Result<Vec<Value>, Unprepared> {
    let rows = scanned["Items"].as_array().cloned().unwrap_or_default();
    if rows.is_empty() {
        let why = "the record is no longer in the stream, and every campaign of the table has been taken on";
        return Err(Unprepared::Settled(why.to_owned()));
    }
    let records = rows.into_iter().map(|row| {
        json!({
            "eventID": pointer.start,
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": pointer.stream.split(':').nth(3).unwrap_or_default(),
            "dynamodb": {
                "ApproximateCreationDateTime": 0,
                "Keys": { "campaign_id": row["campaign_id"] },
                "NewImage": row,
                "SequenceNumber": pointer.start,
                "SizeBytes": 0,
                "StreamViewType": "NEW_IMAGE",
            },
            "eventSourceARN": pointer.stream,
        })
    });
    Ok(records.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_are_compared_as_numbers() {
        for (one, other, expected) in [
            ("10", "9", true),
            ("9", "10", false),
            ("000000000000000000011", "10", true),
            ("10", "10", false),
            ("49590338271490256608559692538361571095921575989136588898", "5", true),
        ] {
            assert_eq!(is_later(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_record_gets_the_form_of_an_event() {
        for at in [json!("2026-11-20T18:00:00+00:00"), json!(1_795_197_600)] {
            let record = json!({ "eventName": "INSERT", "dynamodb": { "ApproximateCreationDateTime": at } });
            let record = as_lambda_has_it(record, "arn:stream");
            assert_eq!(record["dynamodb"]["ApproximateCreationDateTime"], 1_795_197_600);
            assert_eq!(record["eventSourceARN"], "arn:stream");
        }
    }

    #[test]
    fn campaigns_without_a_status_are_launched_again() {
        let pointer = Pointer {
            stream: "arn:aws:dynamodb:eu-west-1:1:table/s-campaigns/stream/x".to_owned(),
            shard: String::new(),
            start: "7".to_owned(),
            end: "7".to_owned(),
            size: 1,
            written_at: String::new(),
        };
        let row = json!({ "campaign_id": { "S": "spring" }, "shifts": { "S": "ABC1 Mon" } });

        let records = campaigns(&json!({ "Items": [row] }), &pointer).unwrap();
        assert_eq!(records[0]["dynamodb"]["NewImage"], row);
        assert_eq!(
            (&records[0]["eventName"], &records[0]["awsRegion"]),
            (&json!("INSERT"), &json!("eu-west-1"))
        );

        let nothing = campaigns(&json!({ "Items": [] }), &pointer);
        assert!(matches!(nothing, Err(Unprepared::Settled(_))), "{nothing:?}");
    }
}
