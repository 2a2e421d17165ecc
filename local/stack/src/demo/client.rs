//! The running stack from outside, over its published HTTP interfaces only.

use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stack::Addresses;

/// What the endpoint reads of a signature: the service it is for.
const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=local/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local";

/// A request that was refused or not answered.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("{operation} was refused: {answer}")]
    Refused { operation: String, answer: String },
}

/// A text as a phone shows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Text {
    pub(super) seq: u64,
    /// Who brought it.
    pub(super) provider: String,
    pub(super) to: String,
    pub(super) body: String,
}

/// A user of the AWS endpoint and of the phone simulator.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    http: Client,
    addresses: Addresses,
}

impl Outside {
    pub(super) fn new(addresses: Addresses) -> Self {
        Self {
            http: Client::new(),
            addresses,
        }
    }

    /// One operation of DynamoDB.
    pub(super) async fn dynamodb(&self, operation: &str, body: &Value) -> Result<Value, ClientError> {
        let request = self
            .http
            .post(self.addresses.aws_url())
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", SIGNATURE)
            .body(body.to_string());
        accepted(operation, request.send().await?).await
    }

    /// A person texts the business number.
    pub(super) async fn text(&self, from: &str, to: &str, body: &str) -> Result<(), ClientError> {
        let request = self
            .http
            .post(format!("{}/messages", self.addresses.phones_url()))
            .json(&json!({ "from": from, "to": to, "body": body }));
        accepted("POST /messages", request.send().await?).await.map(drop)
    }

    /// What phones have received after the text with this number, oldest first.
    pub(super) async fn texts(&self, since: u64) -> Result<Vec<Text>, ClientError> {
        #[derive(Deserialize)]
        struct Texts {
            messages: Vec<Text>,
        }
        let url = format!("{}/messages?since={since}", self.addresses.phones_url());
        let texts: Texts = self.http.get(url).send().await?.json().await?;
        Ok(texts.messages)
    }

    /// The call backs asked of the contact centre.
    pub(super) async fn calls(&self) -> Result<Value, ClientError> {
        let url = format!("{}/calls", self.addresses.phones_url());
        accepted("GET /calls", self.http.get(url).send().await?).await
    }
}

async fn accepted(operation: &str, response: Response) -> Result<Value, ClientError> {
    let accepted = response.status().is_success();
    let answer = response.text().await?;
    match serde_json::from_str(&answer) {
        Ok(value) if accepted => Ok(value),
        _ => Err(ClientError::Refused {
            operation: operation.to_owned(),
            answer,
        }),
    }
}
