//! DynamoDB and DynamoDB Streams, on the embedded engine.

use std::sync::Arc;
use std::thread;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::streams::{LOCAL_REGION, shard_id};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::task;

use super::answer::{self, JSON_1_0};

/// Clients compare it with the body they received.
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-crc32");

#[derive(Clone, Debug)]
pub(super) struct DynamoDb {
    engine: Engine,
    /// The engine does one thing at a time: more threads than there are processors would only wait for each other.
    turns: Arc<Semaphore>,
}

impl DynamoDb {
    pub(super) fn new(database: Database, region: &str) -> Self {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let engine = Engine {
            database,
            region: region.into(),
        };
        Self {
            engine,
            turns: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Answers one operation; the engine blocks, so it runs beside the reactor.
    pub(super) async fn answer(&self, operation: &str, body: Bytes) -> Response {
        let _turn = self.turns.acquire().await;
        let engine = self.engine.clone();
        let operation = operation.to_owned();
        let performed = task::spawn_blocking(move || match std::str::from_utf8(&body) {
            Ok(body) => engine.perform(&operation, body),
            Err(_) => Some(Err(DynoxideError::SerializationException(String::new()))),
        });
        match performed.await {
            Ok(Some(Ok(body))) => checked(StatusCode::OK, body),
            Ok(Some(Err(error))) => refused(&error),
            Ok(None) => answer::unknown_operation(JSON_1_0),
            Err(error) => refused(&DynoxideError::InternalServerError(error.to_string())),
        }
    }
}

fn refused(error: &DynoxideError) -> Response {
    let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    checked(status, error.to_json())
}

fn checked(status: StatusCode, body: String) -> Response {
    let checksum = crc32fast::hash(body.as_bytes());
    let mut response = answer::bytes(status, JSON_1_0, body);
    response.headers_mut().insert(CHECKSUM, HeaderValue::from(checksum));
    response
}

/// The engine, with what it says of itself put in the account's words.
#[derive(Clone)]
struct Engine {
    database: Database,
    region: Arc<str>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Performs an operation of either API; `None` when there is none of that name.
    fn perform(&self, operation: &str, body: &str) -> Option<Result<String, DynoxideError>> {
        macro_rules! dispatch {
            ($($name:literal => $method:ident),* $(,)?) => {
                match operation {
                    "DescribeStream" => decode(operation, body).and_then(|request| self.describe_stream(request)),
                    "GetRecords" => decode(operation, body).and_then(|request| self.get_records(request)),
                    "GetShardIterator" => {
                        decode(operation, body).and_then(|request| self.get_shard_iterator(request))
                    }
                    $($name => {
                        decode(operation, body).and_then(|request| self.database.$method(request)).and_then(encode)
                    })*
                    _ => return None,
                }
            };
        }
        let answered = dispatch! {
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "CreateTable" => create_table,
            "DeleteItem" => delete_item,
            "DeleteTable" => delete_table,
            "DescribeTable" => describe_table,
            "DescribeTimeToLive" => describe_time_to_live,
            "GetItem" => get_item,
            "ListStreams" => list_streams,
            "ListTables" => list_tables,
            "PutItem" => put_item,
            "Query" => query,
            "Scan" => scan,
            "TransactGetItems" => transact_get_items,
            "TransactWriteItems" => transact_write_items,
            "UpdateItem" => update_item,
            "UpdateTable" => update_table,
            "UpdateTimeToLive" => update_time_to_live,
        };
        Some(match operation {
            "CreateTable" | "DeleteTable" | "DescribeTable" | "ListStreams" | "UpdateTable" => {
                answered.map(|body| self.with_our_region(&body))
            }
            _ => answered,
        })
    }

    /// Names of resources with the account's region, where the engine has a region of its own.
    fn with_our_region(&self, body: &str) -> String {
        let region_of = |region: &str| format!("arn:aws:dynamodb:{region}:");
        body.replace(&region_of(LOCAL_REGION), &region_of(&self.region))
    }

    fn describe_stream(&self, request: DescribeStreamRequest) -> Result<String, DynoxideError> {
        let mut response = self.database.describe_stream(request)?;
        let stream = &mut response.stream_description;
        for shard in &mut stream.shards {
            shard.shard_id = public_shard_id(&stream.table_name);
        }
        encode(response).map(|body| self.with_our_region(&body))
    }

    fn get_shard_iterator(&self, mut request: GetShardIteratorRequest) -> Result<String, DynoxideError> {
        let table = request.stream_arn.split('/').nth(1).unwrap_or_default();
        if request.shard_id == public_shard_id(table) {
            request.shard_id = shard_id(table);
        }
        encode(self.database.get_shard_iterator(request)?)
    }

    fn get_records(&self, request: GetRecordsRequest) -> Result<String, DynoxideError> {
        let mut response = self.database.get_records(request)?;
        for record in &mut response.records {
            record.aws_region = self.region.to_string();
        }
        encode(response)
    }
}

/// The id of a table's one shard in the form of AWS: clients refuse one of fewer than 28 or more than 65 characters,
/// and the engine's is as long as the table's name.
pub(crate) fn public_shard_id(table: &str) -> String {
    format!("shardId-00000000000000000001-{:08x}", crc32fast::hash(table.as_bytes()))
}

fn encode(answer: impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn decode<T: DeserializeOwned>(operation: &str, body: &str) -> Result<T, DynoxideError> {
    serde_json::from_str(body).map_err(|error| classify(operation, &error))
}

/// The DynamoDB error for a body that the engine's types do not take.
///
/// The engine's decoders say by a prefix which class of error DynamoDB answers with; its own server reads the same
/// prefixes (`dynoxide::serde_errors`, which is private).
fn classify(operation: &str, error: &serde_json::Error) -> DynoxideError {
    let message = error.to_string();
    let unplaced = |text: &str| match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text.to_owned(),
    };
    if let Some(text) = message.strip_prefix("SERIALIZATION_AS_READ:") {
        DynoxideError::SerializationException(text.to_owned())
    } else if let Some(text) = message.strip_prefix("VALIDATION_AS_READ:") {
        DynoxideError::ValidationException(text.to_owned())
    } else if let Some(text) = message.strip_prefix("SERIALIZATION:") {
        DynoxideError::SerializationException(unplaced(text))
    } else if let Some(text) = message.strip_prefix("VALIDATION_REQUEST:") {
        let text = unplaced(text);
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                DynoxideError::ValidationException(format!("1 validation error detected: {text}"))
            }
            _ => DynoxideError::ValidationException(text),
        }
    } else if let Some(text) = message.strip_prefix("VALIDATION:") {
        DynoxideError::ValidationException(unplaced(text))
    } else if message.contains("empty AttributeValue") {
        DynoxideError::ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".to_owned(),
        )
    } else if [
        "Supplied AttributeValue",
        "missing field",
        "unknown variant",
        "invalid type: null",
    ]
    .iter()
    .any(|part| message.contains(part))
    {
        DynoxideError::ValidationException(unplaced(&message))
    } else {
        DynoxideError::SerializationException(unplaced(&message))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_client::{Answered, TestClient};
    use serde_json::{Value, json};

    async fn ask(client: &TestClient, operation: &str, body: Value) -> Answered {
        client.json(&format!("DynamoDB_20120810.{operation}"), body).await
    }

    async fn client_with_table() -> TestClient {
        let client = TestClient::new();
        let table = json!({
            "TableName": "tab",
            "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        });
        assert_eq!(ask(&client, "CreateTable", table).await.status, 200);
        client
    }

    #[tokio::test]
    async fn an_item_is_written_and_read_with_a_checksum() {
        let client = client_with_table().await;
        ask(
            &client,
            "PutItem",
            json!({ "TableName": "tab", "Item": { "k": { "S": "a" } } }),
        )
        .await;

        let read = ask(
            &client,
            "GetItem",
            json!({ "TableName": "tab", "Key": { "k": { "S": "a" } } }),
        )
        .await;

        assert_eq!(read.json(), json!({ "Item": { "k": { "S": "a" } } }));
        assert_eq!(
            read.header("x-amz-crc32"),
            crc32fast::hash(read.text.as_bytes()).to_string()
        );
        assert!(!read.header("x-amzn-requestid").is_empty());
    }

    #[tokio::test]
    async fn a_cancelled_transaction_says_why_for_each_item() {
        let client = client_with_table().await;
        let transaction = json!({ "TransactItems": [
            { "Put": { "TableName": "tab", "Item": { "k": { "S": "a" } } } },
            { "ConditionCheck": {
                "TableName": "tab", "Key": { "k": { "S": "b" } }, "ConditionExpression": "attribute_exists(k)" } },
        ] });

        let answer = ask(&client, "TransactWriteItems", transaction).await;

        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "TransactionCanceledException")
        );
        let reasons = &answer.json()["CancellationReasons"];
        assert_eq!(
            (&reasons[0]["Code"], &reasons[1]["Code"]),
            (&json!("None"), &json!("ConditionalCheckFailed"))
        );
    }

    #[tokio::test]
    async fn unusable_requests_are_answered_as_dynamodb_does() {
        let client = client_with_table().await;
        for (operation, body, error) in [
            (
                "GetItem",
                json!({ "TableName": "other", "Key": { "k": { "S": "a" } } }),
                "ResourceNotFoundException",
            ),
            (
                "GetItem",
                json!({ "TableName": "tab", "Key": { "k": { "N": "1" } } }),
                "ValidationException",
            ),
            (
                "PutItem",
                json!({ "TableName": "tab", "Item": { "k": {} } }),
                "ValidationException",
            ),
            ("PutItem", json!({ "TableName": 5 }), "SerializationException"),
        ] {
            let answer = ask(&client, operation, body).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, error),
                "{}",
                answer.text
            );
        }
    }

    #[tokio::test]
    async fn a_stream_is_read_under_ids_and_names_that_clients_accept() {
        let client = client_with_table().await;
        ask(
            &client,
            "PutItem",
            json!({ "TableName": "tab", "Item": { "k": { "S": "a" } } }),
        )
        .await;
        let streams = |operation: &str, body: Value| {
            let target = format!("DynamoDBStreams_20120810.{operation}");
            let client = &client;
            async move { client.json(&target, body).await.json() }
        };

        let listed = streams("ListStreams", json!({ "TableName": "tab" })).await;
        let arn = listed["Streams"][0]["StreamArn"].as_str().unwrap();
        assert!(
            arn.starts_with("arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/"),
            "{arn}"
        );
        let described = streams("DescribeStream", json!({ "StreamArn": arn })).await;
        let shard = described["StreamDescription"]["Shards"][0]["ShardId"].as_str().unwrap();
        assert!((28..=65).contains(&shard.len()), "{shard}");
        let begin = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let iterator = streams("GetShardIterator", begin).await;
        let read = streams("GetRecords", json!({ "ShardIterator": iterator["ShardIterator"] })).await;

        assert_eq!(read["Records"][0]["eventName"], "INSERT");
        assert_eq!(read["Records"][0]["awsRegion"], "us-east-1");
    }
}
