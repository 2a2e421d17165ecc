//! The four operators: a `GET` with the credentials in the query, eight digits, and one word as the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::submission::{Refusal, Submission, Words, answer, local};
use super::{API_KEY, PASSWORD, Server, USERNAME};
use crate::connection::Connection;
use crate::phone_simulator::segment;

type Fields = Query<BTreeMap<String, String>>;

/// An operator's names of a text's fields, and the fields that it wants besides.
struct Names {
    credentials: &'static [(&'static str, &'static str)],
    from: &'static str,
    to: &'static str,
    text: &'static str,
}

/// Without a password: the name of the service is the secret.
const MOBICOM: Names = Names {
    credentials: &[("servicename", API_KEY), ("username", USERNAME)],
    from: "from",
    to: "to",
    text: "msg",
};

const UNITEL: Names = Names {
    credentials: &[("uname", USERNAME), ("upass", PASSWORD)],
    from: "from",
    to: "mobile",
    text: "sms",
};

const SKYTEL: Names = Names {
    credentials: &[("id", USERNAME)],
    from: "src",
    to: "dest",
    text: "text",
};

const KANNEL: Names = Names {
    credentials: &[("username", USERNAME), ("password", PASSWORD)],
    from: "from",
    to: "to",
    text: "text",
};

pub(super) async fn mobicom(State(server): State<Arc<Server>>, connection: Connection, fields: Fields) -> Response {
    let taken = |_: &Server, _: &str| "Sent".into_response();
    answer(&server, &connection, Words { taken, refused }, MOBICOM.read(&fields)).await
}

pub(super) async fn unitel(State(server): State<Arc<Server>>, connection: Connection, fields: Fields) -> Response {
    let taken = |_: &Server, _: &str| "SUCCESS".into_response();
    answer(&server, &connection, Words { taken, refused }, UNITEL.read(&fields)).await
}

pub(super) async fn skytel(State(server): State<Arc<Server>>, connection: Connection, fields: Fields) -> Response {
    let taken = |_: &Server, _: &str| "OK".into_response();
    answer(&server, &connection, Words { taken, refused }, SKYTEL.read(&fields)).await
}

/// G-Mobile runs a Kannel, which answers 202. It sends letters outside the GSM alphabet as question marks unless
/// `coding` says that the text is UCS-2, and then reads the text as UTF-16 unless `charset` says UTF-8
/// (<https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html>, `coding` and `charset` of sendsms).
pub(super) async fn kannel(State(server): State<Arc<Server>>, connection: Connection, fields: Fields) -> Response {
    let taken = |_: &Server, _: &str| (StatusCode::ACCEPTED, "0: Accepted for delivery").into_response();
    let says = |name: &str, value: &str| fields.get(name).is_some_and(|it| it.eq_ignore_ascii_case(value));
    let is_unicode = says("coding", "2") && says("charset", "UTF-8");
    let submission = KANNEL.read(&fields).map(|submission| Submission {
        text: if is_unicode {
            submission.text
        } else {
            segment::in_default_alphabet(&submission.text)
        },
        ..submission
    });
    answer(&server, &connection, Words { taken, refused }, submission).await
}

impl Names {
    fn read(&self, fields: &BTreeMap<String, String>) -> Result<Submission, Refusal> {
        let field = |name: &'static str| {
            fields
                .get(name)
                .filter(|it| !it.is_empty())
                .ok_or(Refusal::Missing(name))
        };
        for (name, value) in self.credentials {
            if field(name)? != value {
                return Err(Refusal::Credentials);
            }
        }
        Ok(Submission {
            from: field(self.from)?.clone(),
            to: local(field(self.to)?)?,
            text: field(self.text)?.clone(),
        })
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Credentials => (StatusCode::FORBIDDEN, "FAIL").into_response(),
        Refusal::Unpaid => (StatusCode::PAYMENT_REQUIRED, "FAIL").into_response(),
        Refusal::Missing(_) | Refusal::Sender | Refusal::Number | Refusal::Failed => "FAIL".into_response(),
        Refusal::TooFast => (StatusCode::TOO_MANY_REQUESTS, "FAIL").into_response(),
        Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "FAIL").into_response(),
        Refusal::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "<h1>500 Internal Server Error</h1>").into_response(),
    }
}
