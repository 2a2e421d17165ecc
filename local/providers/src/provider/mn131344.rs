//! The special number 131344 of Mongolia, profile `mn-131344`: the form that the original system posts. Nothing public
//! describes this provider. The other profiles of its settings are not simulated.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use uuid::Uuid;

use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, failing, plain, secret};
use crate::connection::Connection;
use crate::phone_simulator::{FaultKind, PhoneSimulator, Segments, Text};

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "mn131344";

pub(super) const TRAITS: Traits = Traits {
    has_receipts: false,
    employees: "+976991122",
    ..Traits::texting(NAME)
};

const USERNAME: &str = "shiftline";
const PASSWORD: &str = "local-mn131344-password";
/// The special number that texts come from.
const NUMBER: &str = "131344";

/// The provider; cheap to clone, all clones are the same server.
#[derive(Clone, Debug)]
pub struct Mn131344 {
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    simulator: PhoneSimulator,
    base_url: String,
}

impl Mn131344 {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            server: Arc::new(Server {
                simulator: parts.simulator.clone(),
                base_url: format!("{}/mn131344", parts.phones_url),
            }),
        }
    }
}

impl SimulatedProvider for Mn131344 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/mn-131344", post(send))
            .with_state(Arc::clone(&self.server))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("mn131344/is-enabled", "true"),
            plain("mn131344/profile", "mn-131344"),
            plain("mn131344/gateway-url", format!("{}/mn-131344", self.server.base_url)),
            plain("mn131344/username", USERNAME),
            secret("mn131344/password", PASSWORD),
            plain("mn131344/from", NUMBER),
        ]
    }
}

/// A text that the provider is asked to send.
#[derive(Debug)]
struct Submission {
    /// E.164.
    to: String,
    text: String,
}

/// Why the provider does not take a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Credentials,
    /// A field is missing.
    Missing(&'static str),
    /// The account has no credit left.
    Unpaid,
    /// It fails for good: the sender is not the account's, or the recipient is no number of the country.
    Failed,
    /// It asks to be asked more slowly.
    TooFast,
    /// It does not say whether it took the text.
    Broken,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Credentials => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED").into_response(),
            Self::Missing(name) => (StatusCode::BAD_REQUEST, format!("MISSING {name}")).into_response(),
            Self::Unpaid => (StatusCode::PAYMENT_REQUIRED, "UNPAID").into_response(),
            Self::Failed => "FAIL".into_response(),
            Self::TooFast => (StatusCode::TOO_MANY_REQUESTS, "TOO MANY REQUESTS").into_response(),
            Self::Broken => {
                let page = "<h1>500 Internal Mn131344 Error</h1>";
                (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
            }
        }
    }
}

async fn send(State(server): State<Arc<Server>>, connection: Connection, body: Bytes) -> Response {
    let fault = server.simulator.faults().meet(NAME);
    let refusal = match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Throttle) => Some(Refusal::TooFast),
        Some(FaultKind::Unavailable) => Some(Refusal::Broken),
        Some(FaultKind::Reject | FaultKind::Inactive) => Some(Refusal::Failed),
        Some(FaultKind::Quota) => Some(Refusal::Unpaid),
        Some(FaultKind::Disabled) => Some(Refusal::Credentials),
        _ => None,
    };
    let Submission { to, text } = match refusal.map_or_else(|| read(&body), Err) {
        Ok(submission) => submission,
        Err(refusal) => return refusal.into_response(),
    };
    server.simulator.phones().deliver(Text {
        provider: NAME,
        from: NUMBER.to_owned(),
        to,
        segments: Segments::of(&text).count,
        body: text,
        message_id: Uuid::new_v4().to_string(),
    });
    failing::answered(fault.as_ref(), &connection, "OK".into_response()).await
}

fn read(body: &[u8]) -> Result<Submission, Refusal> {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &'static str| {
        fields
            .get(name)
            .filter(|it| !it.is_empty())
            .ok_or(Refusal::Missing(name))
    };
    let (username, password) = (field("username")?, field("password")?);
    let (from, to, text) = (field("from")?, field("to")?, field("text")?);
    if username != USERNAME || password != PASSWORD {
        return Err(Refusal::Credentials);
    }
    if from != NUMBER || !is_number_of_the_country(to) {
        return Err(Refusal::Failed);
    }
    Ok(Submission {
        to: format!("+{to}"),
        text: text.clone(),
    })
}

/// Eight digits after the country code.
fn is_number_of_the_country(number: &str) -> bool {
    number
        .strip_prefix("976")
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
