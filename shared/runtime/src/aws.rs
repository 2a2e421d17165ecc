//! The AWS clients: built once, before the first event, from the function's own credentials.
//!
//! Lambda puts credentials and region into the environment, so the default chain, which would look for files and
//! metadata services first, is left out: smaller and faster.

use std::time::Duration;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;

use crate::settings::{FromEnvironment, Reader};

/// The Region, credentials and endpoint for AWS calls.
#[derive(Clone)]
pub struct AwsSettings {
    pub region: String,
    pub credentials: Credentials,
    /// Set on a developer's machine only.
    pub endpoint_url: Option<String>,
}

impl std::fmt::Debug for AwsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsSettings")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl FromEnvironment for AwsSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        Self {
            region: reader.required("AWS_REGION"),
            credentials: Credentials::new(
                reader.required("AWS_ACCESS_KEY_ID"),
                reader.required("AWS_SECRET_ACCESS_KEY"),
                reader.optional("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            endpoint_url: reader.optional("AWS_ENDPOINT_URL"),
        }
    }
}

impl AwsSettings {
    /// The client for DynamoDB, with the SDK's own retries: every call we make of it may be repeated.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let time_outs = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(5))
            .build();
        aws_sdk_dynamodb::Client::new(&self.config(time_outs))
    }

    /// What the clients of all services share.
    pub(crate) fn config(&self, time_outs: TimeoutConfig) -> SdkConfig {
        let mut config = SdkConfig::builder()
            // Named, so that an update of the SDK cannot change retries and time-outs unseen.
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .timeout_config(time_outs);
        config.set_endpoint_url(self.endpoint_url.clone());
        config.build()
    }
}

/// Opens the connection before the first event does, while the CPU is still whole. The result does not matter.
pub async fn warm_up(client: &aws_sdk_dynamodb::Client, table: &str, key: &str) {
    let missing = aws_sdk_dynamodb::types::AttributeValue::S("-".to_owned());
    let mut request = client.get_item().table_name(table).key(key, missing.clone());
    if key == "pk" {
        request = request.key("sk", missing);
    }
    if request.send().await.is_err() {
        tracing::debug!("warm-up failed");
    }
}
