//! Simulated providers outside AWS, each written from its own documents.
//!
//! They are served on the phone simulator's port below their names (`/skyline/…`), where an operator's parameters point. Each
//! hands its texts to the [`PhoneSimulator`], meets the faults that name it, and reports to the webhook as its provider does.

pub mod africas_talking;
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

use africas_talking::AfricasTalking;
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

/// How a simulated provider is started.
type Start = fn(&ProviderParts) -> Arc<dyn SimulatedProvider>;

/// Every simulated provider.
const ALL: [(Traits, Start); 6] = [
    (skyline::TRAITS, |parts| Arc::new(Skyline::new(parts))),
    (fast2sms::TRAITS, |parts| Arc::new(Fast2Sms::new(parts))),
    (mn131344::TRAITS, |parts| Arc::new(Mn131344::new(parts))),
    (twilio::TRAITS, |parts| Arc::new(Twilio::new(parts))),
    (africas_talking::TRAITS, |parts| Arc::new(AfricasTalking::new(parts))),
    (fcm::TRAITS, |parts| Arc::new(Fcm::new(parts))),
];

/// What stories and tests may expect of each simulated provider.
pub fn traits() -> impl Iterator<Item = Traits> {
    ALL.into_iter().map(|(traits, _)| traits)
}

/// What stories and tests may expect of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// By which routes, receipts and faults know it.
    pub name: &'static str,
    /// It reaches apps instead of phones.
    pub pushes: bool,
    /// Delivery receipts follow what it has accepted.
    pub has_receipts: bool,
    /// Receipts carry only a timestamp in whole seconds, so two texts to one phone in the same second cannot be told apart.
    pub receipts_name_the_second: bool,
    /// People text the business number through it, and not through End User Messaging.
    pub serves_the_number: bool,
    /// What begins the numbers of the people it reaches in the demonstration: two more digits follow.
    pub employees: &'static str,
}

impl Traits {
    /// A provider of texts to America, with receipts, that takes no texts.
    pub const fn texting(name: &'static str) -> Self {
        Self {
            name,
            pushes: false,
            has_receipts: true,
            receipts_name_the_second: false,
            serves_the_number: false,
            employees: "+120255501",
        }
    }

    /// A provider that reaches apps.
    pub const fn pushing(name: &'static str) -> Self {
        Self {
            pushes: true,
            has_receipts: false,
            ..Self::texting(name)
        }
    }
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
        let all: Vec<_> = ALL.into_iter().map(|(_, start)| start(parts)).collect();
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
