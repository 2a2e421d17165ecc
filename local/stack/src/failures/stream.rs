//! The records that a pointer points to, while the stream has them, or the rows that they were about.

use serde_json::{Map, Value, json};

use super::envelope::Pointer;
use crate::aws_cli::{AwsCli, Call, CliError};
use crate::deployment::Deployment;
use local_aws::event_source::Filters;

/// Pages of a stream that are read for one batch.
const MOST_PAGES: usize = 20;

/// The rows in one page of a scan.
const ROWS_AT_ONCE: &str = "1000";

/// What the stream still has.
pub(super) enum Fetched {
    /// As Lambda hands them to functions.
    Records(Vec<Value>),
    /// Records live for a day.
    Gone,
}

/// The rows that dropped records may have been about.
pub(super) enum WaitingRows {
    /// As new records of the stream.
    Records(Vec<Value>),
    /// Nothing is left to do, for this reason.
    Settled(String),
}

/// The event filters of the function.
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

/// Returns the rows that the records may have been about.
///
/// Once the stream has dropped a record, nothing names its row, so these are all rows that the function's filters admit. The
/// function finds nothing to do on those that it has processed. What a row was before is lost, and so are deletions.
pub(super) async fn find_rows(
    cli: &AwsCli,
    deployment: &Deployment,
    pointer: &Pointer,
    filters: &Filters,
) -> Result<WaitingRows, CliError> {
    let table = pointer.table();
    if deployment.output("MessagesTableName") == Some(table) {
        let why = "the record is no longer in the stream, and every message has a timer that outbox-sweep fires";
        return Ok(WaitingRows::Settled(why.to_owned()));
    }
    let mut arguments = vec!["--table-name", table, "--max-items", ROWS_AT_ONCE];
    if deployment.output("CampaignsTableName") == Some(table) {
        let not_taken_on = [
            "--filter-expression",
            "attribute_not_exists(#status)",
            "--expression-attribute-names",
            r##"{"#status": "status"}"##,
        ];
        arguments.extend(not_taken_on);
    }
    let describe = Call::new("dynamodb", "describe-table", ["--table-name", table]);
    let keys = key_attributes(&cli.ask(&describe).await?);
    let mut records = Vec::new();
    let mut position: Option<String> = None;
    loop {
        let after = position.iter().flat_map(|token| ["--starting-token", token.as_str()]);
        let page = Call::new("dynamodb", "scan", arguments.iter().copied().chain(after));
        let answer = cli.ask(&page).await?;
        let rows = answer["Items"].as_array().into_iter().flatten();
        let found = rows.map(|row| as_record(row, &keys, pointer));
        records.extend(found.filter(|record| filters.pass(record)));
        position = answer["NextToken"].as_str().map(str::to_owned);
        if position.is_none() {
            break;
        }
    }
    if records.is_empty() {
        let why = format!("the record is no longer in the stream, and no row of {table} waits to be taken up");
        return Ok(WaitingRows::Settled(why));
    }
    Ok(WaitingRows::Records(records))
}

fn key_attributes(described: &Value) -> Vec<String> {
    let schema = described["Table"]["KeySchema"].as_array().into_iter().flatten();
    let names = schema.filter_map(|key| key["AttributeName"].as_str());
    names.map(str::to_owned).collect()
}

/// A row as if it had just been put into its table.
fn as_record(row: &Value, keys: &[String], pointer: &Pointer) -> Value {
    let keys: Map<String, Value> = keys.iter().map(|key| (key.clone(), row[key].clone())).collect();
    json!({
        "eventID": pointer.start,
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": pointer.stream.split(':').nth(3).unwrap_or_default(),
        "dynamodb": {
            "ApproximateCreationDateTime": 0,
            "Keys": keys,
            "NewImage": row,
            "SequenceNumber": pointer.start,
            "SizeBytes": 0,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": pointer.stream,
    })
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
    fn a_row_gets_the_form_of_an_event() {
        let pointer = Pointer {
            stream: "arn:aws:dynamodb:eu-west-1:1:table/s-records/stream/x".to_owned(),
            shard: String::new(),
            start: "7".to_owned(),
            end: "7".to_owned(),
            size: 1,
            written_at: String::new(),
        };
        let described = json!({ "Table": { "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" },
        ] } });
        let row = json!({ "pk": { "S": "bill#1" }, "sk": { "S": "bill" }, "phone": { "S": "no key" } });

        let record = as_record(&row, &key_attributes(&described), &pointer);
        assert_eq!(record["dynamodb"]["NewImage"], row);
        let keys = json!({ "pk": { "S": "bill#1" }, "sk": { "S": "bill" } });
        assert_eq!(record["dynamodb"]["Keys"], keys);
        assert_eq!(
            (&record["eventName"], &record["awsRegion"]),
            (&json!("INSERT"), &json!("eu-west-1"))
        );
    }
}
