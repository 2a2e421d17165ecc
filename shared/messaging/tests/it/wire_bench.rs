//! A bench for providers that speak HTTP: each brings its own words for every behaviour of the remote side.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_pinpointsmsvoicev2::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use messaging::conformance::{self, Arrival, Bench, Remote};
use messaging::provider::aws::{Access, Patience};
use messaging::{Provider, Redacting};

use crate::remote_side::{self, Answer, RemoteSide, Request};

/// Long enough for a connection to this machine, short enough to wait for.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    call: Duration::from_millis(800),
};

/// How one provider is built and how its remote side speaks.
pub(crate) struct Wire {
    pub provider: fn(&Access) -> Arc<dyn Provider>,
    /// The answer to a request, or why there is no such answer.
    pub answer: fn(Remote, &Request) -> Result<Answer, &'static str>,
    pub arrival: fn(&Request) -> Arrival,
}

pub(crate) struct WireBench {
    wire: Wire,
    remote_side: Mutex<Option<RemoteSide>>,
}

impl WireBench {
    pub(crate) fn new(wire: Wire) -> Self {
        Self {
            wire,
            remote_side: Mutex::new(None),
        }
    }
}

pub(crate) fn access(url: &str) -> Access {
    access_of(Credentials::new("id", "secret", None, None, "test"), url)
}

pub(crate) fn access_of(credentials: impl ProvideCredentials + 'static, url: &str) -> Access {
    Access::new("us-east-1", SharedCredentialsProvider::new(credentials))
        .at(Some(url.to_owned()))
        .waiting(PATIENCE)
}

#[async_trait]
impl Bench for WireBench {
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
        let answer = self.wire.answer;
        // Whether there is such an answer does not depend on the request.
        let any = Request {
            method: String::new(),
            path: String::new(),
            headers: Vec::new(),
            body: "{}".into(),
        };
        let fixed = match remote {
            Remote::Mumbles => Some(http(200, "<html>It works!</html>")),
            Remote::HangsUp => Some(Answer::HangUp),
            Remote::Stalls => Some(Answer::Stall),
            Remote::Unreachable => None,
            _ => answer(remote, &any).map(|_| None)?,
        };
        let remote_side = RemoteSide::start(move |request| {
            fixed
                .clone()
                .unwrap_or_else(|| answer(remote, request).unwrap_or(Answer::HangUp))
        })
        .await;
        let url = if remote == Remote::Unreachable {
            remote_side::nowhere().await
        } else {
            remote_side.url.clone()
        };
        *self.remote_side.lock().unwrap() = Some(remote_side);
        Ok(Arc::new(Redacting::new((self.wire.provider)(&access(&url)))))
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let requests = self
            .remote_side
            .lock()
            .unwrap()
            .as_ref()
            .map(RemoteSide::requests)
            .unwrap_or_default();
        requests.iter().map(self.wire.arrival).collect()
    }
}

pub(crate) fn http(status: u16, body: impl Into<String>) -> Answer {
    Answer::Http {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// An explanation that repeats what it should not, as real ones do.
pub(crate) fn echo() -> String {
    format!("Can not send '{}' to {}", conformance::BODY, conformance::RECIPIENT)
}

/// Runs the suite and prints its table.
#[expect(
    clippy::print_stdout,
    reason = "the table is what a person wants to see of a failed run"
)]
pub(crate) async fn assert_conforms(bench: &dyn Bench) -> conformance::Report {
    let report = conformance::suite(bench).await;
    println!("{report}");
    assert_eq!(report.failures(), [""; 0], "\n{report}");
    report
}
