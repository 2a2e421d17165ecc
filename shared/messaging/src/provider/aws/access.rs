//! How an AWS service that must not be asked twice is reached.

use aws_sdk_pinpointsmsvoicev2::config::BehaviorVersion;
use aws_smithy_http_client::tls::Provider as Tls;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, SharedCredentialsProvider, StalledStreamProtectionConfig, TimeoutConfig};

use crate::http::{IDLE, Patience};

/// Where an AWS service is and who asks. The providers that are built from one `Access` share their connections.
#[derive(Debug, Clone)]
pub struct Access {
    /// What the client of each service is made of.
    pub(in crate::provider) config: SdkConfig,
}

impl Access {
    pub fn new(region: impl Into<String>, credentials: SharedCredentialsProvider) -> Self {
        let http_client = aws_smithy_http_client::Builder::new()
            .tls_provider(Tls::Rustls(CryptoMode::AwsLc))
            .pool_idle_timeout(IDLE)
            .build_https();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.into()))
            .credentials_provider(credentials)
            .http_client(http_client)
            // One attempt, because only the state machine decides on a repetition.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(Patience::default()))
            // Bodies are small and the whole call has a time-out.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { config }
    }

    /// Another address than the services' own, such as the local stack's.
    #[must_use]
    pub fn at(self, endpoint_url: Option<String>) -> Self {
        let mut config = self.config.into_builder();
        config.set_endpoint_url(endpoint_url);
        Self { config: config.build() }
    }

    #[must_use]
    pub fn waiting(self, patience: Patience) -> Self {
        let config = self.config.into_builder().timeout_config(timeouts(patience));
        Self { config: config.build() }
    }
}

fn timeouts(patience: Patience) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(patience.connect)
        .operation_timeout(patience.call)
        .build()
}
