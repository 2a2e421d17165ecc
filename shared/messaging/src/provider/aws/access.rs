//! How an AWS service that must not be asked twice is reached.

use aws_sdk_pinpointsmsvoicev2::config::timeout::TimeoutConfig;
use aws_sdk_pinpointsmsvoicev2::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::tls::Provider as Tls;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::http::{IDLE, Patience};

/// Where an AWS service is and who asks. The providers that are built from one `Access` share their connections.
#[derive(Debug, Clone)]
pub struct Access {
    pub(in crate::provider) region: String,
    pub(in crate::provider) credentials: SharedCredentialsProvider,
    pub(in crate::provider) endpoint_url: Option<String>,
    pub(in crate::provider) patience: Patience,
    pub(in crate::provider) http_client: SharedHttpClient,
}

impl Access {
    pub fn new(region: impl Into<String>, credentials: SharedCredentialsProvider) -> Self {
        let http_client = aws_smithy_http_client::Builder::new()
            .tls_provider(Tls::Rustls(CryptoMode::AwsLc))
            .pool_idle_timeout(IDLE)
            .build_https();
        let region = region.into();
        Self {
            region,
            credentials,
            endpoint_url: None,
            patience: Patience::default(),
            http_client,
        }
    }

    /// Another address than the services' own, such as the local stack's.
    #[must_use]
    pub fn at(self, endpoint_url: Option<String>) -> Self {
        Self { endpoint_url, ..self }
    }

    pub(in crate::provider) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.patience.connect)
            .operation_timeout(self.patience.call)
            .build()
    }

    #[must_use]
    pub fn waiting(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}
