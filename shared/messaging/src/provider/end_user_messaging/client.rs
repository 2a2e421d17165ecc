//! A client of its own for End User Messaging: one attempt, because `SendTextMessage` has no idempotency token.

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};

use crate::provider::aws::Access;

pub(super) fn client(access: &Access) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(access.region.clone()))
        .credentials_provider(access.credentials.clone())
        .http_client(access.http_client.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(access.timeouts())
        // Bodies are small and the whole call has a time-out.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(access.endpoint_url.clone());
    Client::from_conf(config.build())
}
