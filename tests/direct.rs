//! The bare limit of the store: the same requests on the same endpoint, without the SDK. Nothing is signed, retried or
//! decoded.

use crate::{Product, SIGNATURE};

/// A client that hands prepared bodies to DynamoDB.
#[derive(Debug, Clone)]
pub struct Direct {
    http: reqwest::Client,
    url: String,
}

impl Direct {
    pub fn to(product: &Product) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: product.stack.addresses().aws_url(),
        }
    }

    /// Performs one operation and reads its answer to the end.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn call(&self, operation: &str, body: String) {
        let request = self
            .http
            .post(&self.url)
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", SIGNATURE)
            .body(body);
        let response = request.send().await.unwrap();
        let accepted = response.status().is_success();
        let answer = response.bytes().await.unwrap();
        assert!(accepted, "{operation}: {}", String::from_utf8_lossy(&answer));
    }
}
