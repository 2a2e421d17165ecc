//! A bench for providers that speak HTTP: each brings its own words for every behaviour of the remote side.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_pinpointsmsvoicev2::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use domain::message::RefusalKind;
use jiff::{Timestamp, ToSpan};
use messaging::conformance::{self, Arrival, Bench, Remote};
use messaging::http::{HttpClient, Patience};
use messaging::provider::aws::Access;
use messaging::provider::surroundings::Surroundings;
use messaging::{Provider, Redacting};

use crate::remote_side::{self, Answer, DeafSide, RemoteSide, Request};

/// Long enough for a connection to this machine, short enough to wait for.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    call: Duration::from_millis(800),
};

/// How one provider is built and how its remote side speaks.
#[derive(Clone, Copy)]
pub(crate) struct Wire {
    /// The provider, whose remote side has the address that follows.
    pub provider: fn(&Surroundings, &str) -> Arc<dyn Provider>,
    /// The answer to a request with messages, or why there is no such answer. Asked for what differs from provider to
    /// provider only: [`Remote::Accepts`], [`Remote::Refuses`] for each reason in its capabilities,
    /// [`Remote::RefusesSome`] where it takes batches, and [`Remote::Breaks`].
    pub answer: fn(Remote, &Request) -> Result<Answer, &'static str>,
    /// The messages in a request; none in one that is about something else.
    pub arrivals: fn(&Request) -> Vec<Arrival>,
    /// The answer to a request that comes before messages and carries none, such as for an access token.
    pub aside: fn(&Request) -> Option<Answer>,
    /// What is in the settings and must not be seen anywhere.
    pub secrets: &'static [&'static str],
    /// Whether an HTML page proves that nothing was taken.
    pub page_is_a_login: bool,
}

impl Wire {
    /// A provider that is asked for nothing besides messages and has no secrets in its settings.
    pub(crate) fn new(
        provider: fn(&Surroundings, &str) -> Arc<dyn Provider>,
        answer: fn(Remote, &Request) -> Result<Answer, &'static str>,
        arrivals: fn(&Request) -> Vec<Arrival>,
    ) -> Self {
        Self {
            provider,
            answer,
            arrivals,
            aside: |_| None,
            secrets: &[],
            page_is_a_login: false,
        }
    }

    /// The provider against a remote side at `url`.
    pub(crate) fn provider_at(&self, url: &str) -> Arc<dyn Provider> {
        (self.provider)(&surroundings(url), url)
    }

    /// What the remote side does with a request.
    fn behave(&self, remote: Remote, request: &Request) -> Answer {
        if let Some(answer) = (self.aside)(request) {
            return answer;
        }
        let said = |remote| (self.answer)(remote, request).unwrap_or(Answer::HangUp);
        match remote {
            Remote::Mumbles => http(200, "{\"unexp"),
            Remote::ShowsAPage => http(200, "<!doctype html><html><body><h1>It works!</h1></body></html>"),
            Remote::CutsShort => Answer::CutShort,
            Remote::HangsUp => Answer::HangUp,
            Remote::Stalls => Answer::Stall,
            Remote::AsksToWait => match said(Remote::Refuses(RefusalKind::Throttled)) {
                Answer::Http { status, headers, body } => Answer::Http {
                    status,
                    headers: headers.into_iter().chain([("retry-after", "7")]).collect(),
                    body,
                },
                other => other,
            },
            _ => said(remote),
        }
    }
}

pub(crate) struct WireBench {
    wire: Wire,
    far_end: Mutex<Option<FarEnd>>,
}

/// Who is at the provider's address.
enum FarEnd {
    Remote(RemoteSide),
    Deaf { _side: DeafSide },
    Nobody,
}

impl WireBench {
    pub(crate) fn new(wire: Wire) -> Self {
        Self {
            wire,
            far_end: Mutex::new(None),
        }
    }
}

/// What the providers of the suite share, with all AWS services at `url`.
pub(crate) fn surroundings(url: &str) -> Surroundings {
    Surroundings {
        http: HttpClient::new(PATIENCE),
        aws: access_of(Credentials::new("id", "secret", None, None, "test"), url),
        now: Arc::new(|| Timestamp::UNIX_EPOCH + 15.minutes()),
        webhook_url: "https://shiftline.example/sms-gateway".into(),
    }
}

pub(crate) fn access_of(credentials: impl ProvideCredentials + 'static, url: &str) -> Access {
    Access::new("us-east-1", SharedCredentialsProvider::new(credentials))
        .at(Some(url.to_owned()))
        .waiting(PATIENCE)
}

#[async_trait]
impl Bench for WireBench {
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
        let wire = self.wire;
        if matches!(remote, Remote::Refuses(_) | Remote::RefusesSome) {
            // Whether there is such an answer does not depend on the request.
            let any = Request {
                method: String::new(),
                path: String::new(),
                headers: Vec::new(),
                body: "{}".into(),
            };
            (wire.answer)(remote, &any)?;
        }
        let (url, far_end) = match remote {
            Remote::Unreachable => (remote_side::nowhere().await, FarEnd::Nobody),
            Remote::Deaf => {
                let side = DeafSide::start().await;
                (side.url.clone(), FarEnd::Deaf { _side: side })
            }
            _ => {
                let side = RemoteSide::start(move |request| wire.behave(remote, request)).await;
                (side.url.clone(), FarEnd::Remote(side))
            }
        };
        *self.far_end.lock().unwrap() = Some(far_end);
        Ok(Arc::new(Redacting::new(wire.provider_at(&url))))
    }

    fn calls(&self) -> Vec<Vec<Arrival>> {
        let requests = match &*self.far_end.lock().unwrap() {
            Some(FarEnd::Remote(side)) => side.requests(),
            _ => Vec::new(),
        };
        let calls = requests.iter().map(self.wire.arrivals);
        calls.filter(|arrivals| !arrivals.is_empty()).collect()
    }

    fn secrets(&self) -> &'static [&'static str] {
        self.wire.secrets
    }

    fn page_is_a_login(&self) -> bool {
        self.wire.page_is_a_login
    }
}

pub(crate) fn http(status: u16, body: impl Into<String>) -> Answer {
    Answer::Http {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// An explanation that repeats what it should not, as real ones do. Those of pushes repeat [`conformance::DEVICE`] too.
pub(crate) fn echo() -> String {
    let people = conformance::RECIPIENTS.join(" or ");
    format!("Cannot send '{}' to {people}", conformance::BODY)
}

/// Runs the suite and prints its list.
#[expect(
    clippy::print_stdout,
    reason = "the list is what a person wants to see of a failed run"
)]
pub(crate) async fn assert_conforms(bench: &dyn Bench) -> conformance::Report {
    let report = conformance::suite(bench).await;
    println!("{report}");
    assert_eq!(report.failures(), [""; 0], "\n{report}");
    report
}
