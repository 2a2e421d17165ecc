//! A client of its own for Amazon Connect: one attempt, because only the state machine decides on a repetition.

use aws_sdk_connect::Client;
use aws_sdk_connect::config::retry::RetryConfig;
use aws_sdk_connect::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};

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
