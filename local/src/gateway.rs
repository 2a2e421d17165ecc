//! Simulated providers that carry texts outside AWS, each written from its own documents.
//!
//! They are served on the phone simulator's port below their names (`/skyline/…`), where an operator's parameters point. Each
//! hands its texts to the [`PhoneSimulator`], meets the faults that name it, and reports to the webhook as its provider does.

mod failing;
pub mod fast2sms;
pub mod fcm;
pub mod mn131344;
mod receipt;
pub mod skyline;
mod switches;
#[cfg(test)]
mod test_client;
pub mod twilio;
mod webhook;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::endpoint::{ParameterKind, RequestCounts};
use crate::phone_simulator::PhoneSimulator;

use fast2sms::Fast2Sms;
use fcm::Fcm;
use mn131344::Mn131344;
use skyline::Skyline;
use twilio::Twilio;

/// What the gateways stand on.
#[derive(Clone, Debug)]
pub struct GatewayParts {
    pub simulator: PhoneSimulator,
    /// Where our webhook is, such as `http://127.0.0.1:3000/sms-gateway`, without a slash at its end.
    pub webhook_url: String,
    /// The number that people text, in E.164.
    pub business_number: String,
    /// Where the phone simulator's port is reached, without a slash at its end.
    pub phones_url: String,
    /// The provider that serves the business number; End User Messaging if `None`.
    pub texts_through: Option<String>,
}

/// Every gateway; cheap to clone, all clones are the same gateways.
#[derive(Clone, Debug)]
pub struct Gateways {
    skyline: Skyline,
    fast2sms: Fast2Sms,
    mn131344: Mn131344,
    twilio: Twilio,
    fcm: Fcm,
    requests: RequestCounts,
}

impl Gateways {
    /// Makes the gateways known to the phone simulator, and lets the one that texts go through serve its numbers.
    #[must_use]
    pub fn new(parts: GatewayParts) -> Self {
        for name in [skyline::NAME, fast2sms::NAME, mn131344::NAME, twilio::NAME, fcm::NAME] {
            parts.simulator.add_provider(name);
        }
        let gateways = Self {
            skyline: Skyline::new(&parts),
            fast2sms: Fast2Sms::new(&parts),
            mn131344: Mn131344::new(&parts),
            twilio: Twilio::new(&parts),
            fcm: Fcm::new(&parts),
            requests: RequestCounts::default(),
        };
        match parts.texts_through.as_deref() {
            Some(skyline::NAME) => gateways.skyline.serve_numbers(),
            Some(twilio::NAME) => gateways.twilio.serve_number(),
            _ => {}
        }
        gateways
    }

    /// What is mounted on the phone simulator's port.
    pub fn router(&self) -> Router {
        Router::new()
            .nest("/skyline", self.skyline.router())
            .nest("/fast2sms", self.fast2sms.router())
            .nest("/mn131344", self.mn131344.router())
            .nest("/twilio", self.twilio.router())
            .nest("/fcm", self.fcm.router())
            .route_layer(middleware::from_fn_with_state(self.requests.clone(), count))
    }

    /// What an operator enters in the parameter store to use them, by the name below `/{stack}/{stage}/`.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String, ParameterKind)> {
        [
            self.skyline.parameters(),
            self.fast2sms.parameters(),
            self.mn131344.parameters(),
            self.twilio.parameters(),
            self.fcm.parameters(),
            // Pinpoint itself is behind the AWS endpoint, and takes any project.
            vec![plain("pinpoint-push/project-id", "local-project")],
        ]
        .concat()
    }

    /// Requests to each gateway, asked for by its name, by method and path.
    #[must_use]
    pub fn requests(&self) -> &RequestCounts {
        &self.requests
    }
}

async fn count(State(requests): State<RequestCounts>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let gateway = path.split('/').nth(1).unwrap_or_default();
    requests.count(gateway, &format!("{} {path}", request.method()));
    next.run(request).await
}

/// A parameter of an operator's, in clear.
fn plain(name: &str, value: impl Into<String>) -> (String, String, ParameterKind) {
    (name.to_owned(), value.into(), ParameterKind::String)
}

/// A parameter of an operator's that is kept encrypted.
fn secret(name: &str, value: impl Into<String>) -> (String, String, ParameterKind) {
    (name.to_owned(), value.into(), ParameterKind::SecureString)
}
