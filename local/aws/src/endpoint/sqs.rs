//! SQS (AWS JSON 1.0, compatible with clients that know the error codes of the query protocol).

use std::time::Duration;

use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use md5::{Digest, Md5};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::answer::{self, JSON_1_0};
use crate::queue::{QueueNotFound, Queues, ReceivedMessage};

const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
/// Bytes of one message.
const MAXIMUM_BODY: usize = 1024 * 1024;
const MAXIMUM_WAIT: u64 = 20;
const MAXIMUM_DELAY: u64 = 15 * 60;
const MAXIMUM_VISIBILITY: u64 = 12 * 60 * 60;

/// Answers one operation; `host` is what the caller reached this endpoint by, for the addresses of queues.
pub(super) async fn answer(queues: &Queues, account: &str, host: &str, operation: &str, body: &[u8]) -> Response {
    let url = |name: &str| format!("http://{host}/{account}/{name}");
    let answered = match operation {
        "ListQueues" => {
            let urls: Vec<_> = queues.names().iter().map(|name| url(name)).collect();
            Ok(json!({ "QueueUrls": urls }))
        }
        "SendMessage" => read(body).and_then(|request| send(queues, request)),
        "ReceiveMessage" => match read(body) {
            Ok(request) => receive(queues, request).await,
            Err(failure) => Err(failure),
        },
        "DeleteMessage" => read(body).and_then(|request: Delete| {
            queues.delete(&arn(queues, &request.queue_url), &request.receipt_handle)?;
            Ok(json!({}))
        }),
        "ChangeMessageVisibilityBatch" => read(body).and_then(|request| change_visibilities(queues, request)),
        "GetQueueAttributes" => read(body).and_then(|request| attributes(queues, &request)),
        _ => return answer::unknown_operation(JSON_1_0),
    };
    match answered {
        Ok(body) => answer::json(StatusCode::OK, JSON_1_0, &body),
        Err(failure) => failure.into_response(),
    }
}

#[derive(Debug)]
enum Failure {
    Unreadable(serde_json::Error),
    NoQueue,
    Refused { code: &'static str, message: String },
}

impl From<QueueNotFound> for Failure {
    fn from(_: QueueNotFound) -> Self {
        Self::NoQueue
    }
}

impl Failure {
    fn into_response(self) -> Response {
        let (kind, query_code, message) = match self {
            Self::Unreadable(error) => return answer::serialization_error(JSON_1_0, &error),
            Self::NoQueue => (
                "com.amazonaws.sqs#QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
                QueueNotFound.to_string(),
            ),
            Self::Refused { code, message } => (code, code, message),
        };
        let kind = if kind.contains('#') {
            kind.to_owned()
        } else {
            format!("com.amazon.coral.service#{kind}")
        };
        let members = Map::from_iter([("message".to_owned(), Value::from(message))]);
        let mut response = answer::json_error(JSON_1_0, StatusCode::BAD_REQUEST, &kind, members);
        if let Ok(code) = HeaderValue::try_from(format!("{query_code};Sender")) {
            response.headers_mut().insert(QUERY_ERROR, code);
        }
        response
    }
}

/// What is answered to somebody who may not.
pub(super) fn access_denied(message: String) -> Response {
    let kind = "com.amazon.coral.service#AccessDeniedException";
    let members = Map::from_iter([("message".to_owned(), Value::from(message))]);
    let mut response = answer::json_error(JSON_1_0, StatusCode::FORBIDDEN, kind, members);
    let code = HeaderValue::from_static("AccessDenied;Sender");
    response.headers_mut().insert(QUERY_ERROR, code);
    response
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(Failure::Unreadable)
}

/// The queue that an address names; its last part is the queue's name.
fn arn(queues: &Queues, url: &str) -> String {
    let path = url
        .parse::<Uri>()
        .map_or_else(|_| url.to_owned(), |uri| uri.path().to_owned());
    queues.arn(path.rsplit('/').next().unwrap_or_default())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeVisibilities {
    queue_url: String,
    entries: Vec<ChangeVisibilityEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeVisibilityEntry {
    id: String,
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: u64,
}

fn change_visibilities(queues: &Queues, request: ChangeVisibilities) -> Result<Value, Failure> {
    let arn = arn(queues, &request.queue_url);
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in request.entries {
        match within("VisibilityTimeout", entry.visibility_timeout, 0, MAXIMUM_VISIBILITY) {
            Ok(seconds) => {
                queues.change_visibility(&arn, &entry.receipt_handle, Duration::from_secs(seconds))?;
                successful.push(json!({ "Id": entry.id }));
            }
            Err(Failure::Refused { code, message }) => {
                failed.push(json!({ "Id": entry.id, "Code": code, "Message": message, "SenderFault": true }));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn within(name: &str, value: u64, lowest: u64, highest: u64) -> Result<u64, Failure> {
    if (lowest..=highest).contains(&value) {
        return Ok(value);
    }
    let message = format!(
        "Value {value} for parameter {name} is invalid. Reason: Must be between {lowest} and {highest}, if provided."
    );
    Err(Failure::Refused {
        code: "InvalidParameterValue",
        message,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    queue_url: String,
    message_body: String,
    delay_seconds: Option<u64>,
}

fn send(queues: &Queues, request: Send) -> Result<Value, Failure> {
    if request.message_body.is_empty() {
        return Err(Failure::Refused {
            code: "MissingParameter",
            message: "The request must contain the parameter MessageBody.".to_owned(),
        });
    }
    if request.message_body.len() > MAXIMUM_BODY {
        return Err(Failure::Refused {
            code: "InvalidParameterValue",
            message: "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
                .to_owned(),
        });
    }
    let delay = request.delay_seconds.unwrap_or(0);
    if delay > MAXIMUM_DELAY {
        return Err(Failure::Refused {
            code: "InvalidParameterValue",
            message: format!(
                "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= {MAXIMUM_DELAY}."
            ),
        });
    }
    let digest = md5(&request.message_body);
    let arn = arn(queues, &request.queue_url);
    let id = queues.send_delayed(&arn, request.message_body, Duration::from_secs(delay))?;
    Ok(json!({ "MessageId": id, "MD5OfMessageBody": digest }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<u64>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
}

async fn receive(queues: &Queues, request: Receive) -> Result<Value, Failure> {
    let limit = within(
        "MaxNumberOfMessages",
        request.max_number_of_messages.unwrap_or(1),
        1,
        10,
    )?;
    let wait = within(
        "WaitTimeSeconds",
        request.wait_time_seconds.unwrap_or(0),
        0,
        MAXIMUM_WAIT,
    )?;
    let arn = arn(queues, &request.queue_url);
    let visibility = match request.visibility_timeout {
        Some(seconds) => Duration::from_secs(within("VisibilityTimeout", seconds, 0, MAXIMUM_VISIBILITY)?),
        None => queues.visibility_timeout(&arn)?,
    };
    let asked: Vec<String> = [request.attribute_names, request.message_system_attribute_names].concat();
    let limit = usize::try_from(limit).unwrap_or(1);
    let received = queues
        .receive_within(&arn, limit, visibility, Duration::from_secs(wait))
        .await?;
    if received.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({ "Messages": received.iter().map(|one| describe(one, &asked)).collect::<Vec<_>>() }))
}

fn describe(
    ReceivedMessage {
        message,
        receipt_handle,
    }: &ReceivedMessage,
    asked: &[String],
) -> Value {
    let first = message.first_received_at.unwrap_or(message.sent_at);
    let known = [
        ("SentTimestamp", message.sent_at.as_millisecond().to_string()),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
        ("ApproximateFirstReceiveTimestamp", first.as_millisecond().to_string()),
    ];
    let attributes = chosen(known, asked);
    let mut described = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": receipt_handle,
        "MD5OfBody": md5(&message.body),
        "Body": message.body,
    });
    if !attributes.is_empty() {
        described["Attributes"] = attributes.into();
    }
    described
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

fn attributes(queues: &Queues, request: &Attributes) -> Result<Value, Failure> {
    let arn = arn(queues, &request.queue_url);
    let depth = queues.depth(&arn)?;
    let visibility = queues.visibility_timeout(&arn)?;
    let known = [
        ("QueueArn", arn),
        ("ApproximateNumberOfMessages", depth.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
        ("VisibilityTimeout", visibility.as_secs().to_string()),
    ];
    Ok(json!({ "Attributes": chosen(known, &request.attribute_names) }))
}

fn chosen<const N: usize>(known: [(&str, String); N], asked: &[String]) -> Map<String, Value> {
    known
        .into_iter()
        .filter(|(name, _)| asked.iter().any(|one| one == "All" || one == name))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

/// The digest by which SQS confirms a body.
pub(crate) fn md5(text: &str) -> String {
    format!("{:x}", Md5::digest(text))
}

#[cfg(test)]
mod tests {
    use super::super::test_client::{Answered, TestClient};
    use serde_json::{Value, json};

    const URL: &str = "http://localhost:4566/000000000000/failures";

    async fn ask(client: &TestClient, operation: &str, body: Value) -> Answered {
        client.json(&format!("AmazonSQS.{operation}"), body).await
    }

    #[tokio::test]
    async fn a_received_message_is_visible_again_on_request() {
        let client = TestClient::new();
        let arn = client.queues.create("failures");
        client.queues.send(&arn, "lost".into()).unwrap();
        let receive = || ask(&client, "ReceiveMessage", json!({ "QueueUrl": URL }));
        let handle = receive().await.json()["Messages"][0]["ReceiptHandle"].clone();
        assert_eq!(receive().await.json(), json!({}));

        let entry = json!({ "Id": "0", "ReceiptHandle": handle, "VisibilityTimeout": 0 });
        let released = ask(
            &client,
            "ChangeMessageVisibilityBatch",
            json!({ "QueueUrl": URL, "Entries": [entry] }),
        )
        .await;

        assert_eq!(released.json()["Successful"], json!([{ "Id": "0" }]));
        assert_eq!(receive().await.json()["Messages"][0]["Body"], "lost");
    }

    #[tokio::test]
    async fn a_failed_event_can_be_read_and_deleted() {
        let client = TestClient::new();
        let arn = client.queues.create("failures");
        client.queues.send(&arn, "lost".into()).unwrap();

        assert_eq!(
            ask(&client, "ListQueues", json!({})).await.json(),
            json!({ "QueueUrls": [URL] })
        );
        let received = ask(
            &client,
            "ReceiveMessage",
            json!({ "QueueUrl": URL, "AttributeNames": ["All"] }),
        )
        .await
        .json();
        let message = &received["Messages"][0];
        assert_eq!(
            (&message["Body"], &message["Attributes"]["ApproximateReceiveCount"]),
            (&json!("lost"), &json!("1"))
        );
        assert_eq!(message["MD5OfBody"], "1c9a44eb2e8eaf3da1eb551da310cce7");
        let deletion = json!({ "QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"] });
        assert_eq!(ask(&client, "DeleteMessage", deletion).await.status, 200);
        let all = json!({ "QueueUrl": URL, "AttributeNames": ["All"] });
        let attributes = ask(&client, "GetQueueAttributes", all).await.json();
        assert_eq!(attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0");
        assert_eq!(attributes["Attributes"]["QueueArn"], arn);
    }

    #[tokio::test]
    async fn a_queue_that_does_not_exist_is_named_for_old_and_new_clients() {
        let answer = ask(&TestClient::new(), "ReceiveMessage", json!({ "QueueUrl": URL })).await;

        assert_eq!((answer.status, answer.error().as_str()), (400, "QueueDoesNotExist"));
        assert_eq!(
            answer.header("x-amzn-query-error"),
            "AWS.SimpleQueueService.NonExistentQueue;Sender"
        );
    }

    #[tokio::test]
    async fn parameters_out_of_range_are_refused() {
        let client = TestClient::new();
        client.queues.create("failures");
        for (name, value) in [
            ("MaxNumberOfMessages", 11),
            ("WaitTimeSeconds", 21),
            ("VisibilityTimeout", 50_000),
        ] {
            let answer = ask(&client, "ReceiveMessage", json!({ "QueueUrl": URL, name: value })).await;
            assert_eq!(answer.error(), "InvalidParameterValue", "{name}");
        }
        let empty = ask(&client, "SendMessage", json!({ "QueueUrl": URL, "MessageBody": "" })).await;
        assert_eq!(empty.error(), "MissingParameter");
        let late = json!({ "QueueUrl": URL, "MessageBody": "x", "DelaySeconds": 901 });
        assert_eq!(ask(&client, "SendMessage", late).await.error(), "InvalidParameterValue");
    }
}
