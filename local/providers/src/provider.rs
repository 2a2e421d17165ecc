//! Simulated providers outside AWS, each written from its own documents.
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

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::phone_simulator::PhoneSimulator;
use crate::request_counts::RequestCounts;

use fast2sms::Fast2Sms;
use fcm::Fcm;
use mn131344::Mn131344;
use skyline::Skyline;
use twilio::Twilio;

/// A provider outside AWS.
trait SimulatedProvider: fmt::Debug + Send + Sync {
    /// The name by which faults are asked for, and the first part of its paths.
    fn name(&self) -> &'static str;

    /// What it serves below its name.
    fn router(&self) -> Router;

    /// What an operator enters in the parameter store to use it.
    fn parameters(&self) -> Vec<OperatorParameter>;

    /// Has people's texts brought to it, if it takes any.
    fn serve_numbers(&self) {}
}

/// Every simulated provider.
fn all(parts: &ProviderParts) -> Vec<Arc<dyn SimulatedProvider>> {
    vec![
        Arc::new(Skyline::new(parts)),
        Arc::new(Fast2Sms::new(parts)),
        Arc::new(Mn131344::new(parts)),
        Arc::new(Twilio::new(parts)),
        Arc::new(Fcm::new(parts)),
    ]
}

/// What the providers stand on.
#[derive(Clone, Debug)]
pub struct ProviderParts {
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

/// A parameter that an operator enters in the parameter store.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorParameter {
    /// Below `/{stack}/{stage}/`.
    pub name: String,
    pub value: String,
    /// Kept encrypted.
    pub is_secret: bool,
}

impl fmt::Debug for OperatorParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorParameter")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The simulated providers; cheap to clone, all clones are the same providers.
#[derive(Clone, Debug)]
pub struct Providers {
    all: Vec<Arc<dyn SimulatedProvider>>,
    requests: RequestCounts,
}

impl Providers {
    /// Makes the providers known to the phone simulator, and lets the one that texts go through serve its numbers.
    #[must_use]
    pub fn new(parts: &ProviderParts) -> Self {
        let all = all(parts);
        for provider in &all {
            parts.simulator.add_provider(provider.name());
            if parts.texts_through.as_deref() == Some(provider.name()) {
                provider.serve_numbers();
            }
        }
        Self {
            all,
            requests: RequestCounts::default(),
        }
    }

    /// What is mounted on the phone simulator's port.
    pub fn router(&self) -> Router {
        let each = self.all.iter();
        each.fold(Router::new(), |router, it| {
            router.nest(&format!("/{}", it.name()), it.router())
        })
        .route_layer(middleware::from_fn_with_state(self.requests.clone(), count))
    }

    /// What an operator enters in the parameter store to use them.
    #[must_use]
    pub fn parameters(&self) -> Vec<OperatorParameter> {
        let mut parameters: Vec<_> = self.all.iter().flat_map(|it| it.parameters()).collect();
        // Pinpoint itself is behind the AWS endpoint, and takes any project.
        parameters.push(plain("pinpoint-push/project-id", "local-project"));
        parameters
    }

    /// Requests to each provider, asked for by its name, by method and path.
    #[must_use]
    pub fn requests(&self) -> &RequestCounts {
        &self.requests
    }
}

async fn count(State(requests): State<RequestCounts>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let provider = path.split('/').nth(1).unwrap_or_default();
    requests.count(provider, &format!("{} {path}", request.method()));
    next.run(request).await
}

/// A parameter of an operator's, in clear.
fn plain(name: &str, value: impl Into<String>) -> OperatorParameter {
    OperatorParameter {
        name: name.to_owned(),
        value: value.into(),
        is_secret: false,
    }
}

/// A parameter of an operator's that is kept encrypted.
fn secret(name: &str, value: impl Into<String>) -> OperatorParameter {
    OperatorParameter {
        is_secret: true,
        ..plain(name, value)
    }
}
