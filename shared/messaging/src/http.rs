//! The HTTP client of the providers outside AWS, with the three outcomes of a call that matter: answered, certainly not
//! sent, not known.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider as Tls;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use domain::message::RefusalKind;
pub use http::Method;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT};
use jiff::SignedDuration;
use jiff::fmt::rfc2822;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::contract::Outcome;

/// An idle connection is given up after this time. A frozen function does not notice that the provider closed its
/// connection, and a message written to a closed connection has an unknown outcome for nothing.
pub(crate) const IDLE: Duration = Duration::from_secs(5);

/// What a provider says is never longer; more is not read.
const LONGEST_ANSWER: usize = 1 << 20;

/// How long to wait for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For name look-up, connection and TLS. What ends here certainly did not leave.
    pub connect: Duration,
    /// For all of one call. Must be well below the lease of a claimed message.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            call: Duration::from_secs(6),
        }
    }
}

/// One client for all providers, which share its connections. Cheap to clone.
///
/// It is that of the AWS SDKs, so that a function has one implementation of HTTP and of TLS, and reads the root
/// certificates once. It follows no redirect: a message must not be carried on to where it was not addressed, credentials
/// and all. It repeats no call: only the state machine knows whether that is safe.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connector: Arc<Connector>,
    /// For all of one call.
    patience: Duration,
}

/// A call of a provider. Its debug output shows neither address nor body, since both may hold credentials and people.
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(Cow<'static, str>, String)>,
    body: Option<(&'static str, String)>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// A call with its query, if any, already in `url`.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<String>) -> Self {
        self.body = Some((content_type, body.into()));
        self
    }

    #[must_use]
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    #[must_use]
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.body("application/x-www-form-urlencoded", form(fields))
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    fn request(self) -> Result<HttpRequest, NoAnswer> {
        if !is_address(&self.url) {
            return Err(cannot_be_made());
        }
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(self.url)
            .header(USER_AGENT, "shiftline");
        for (name, value) in self.headers {
            request = request.header(&*name, value);
        }
        let mut sent = SdkBody::empty();
        if let Some((content_type, body)) = self.body {
            request = request.header(CONTENT_TYPE, content_type);
            sent = SdkBody::from(body);
        }
        let request = request.body(sent).map_err(|_| cannot_be_made())?;
        HttpRequest::try_from(request).map_err(|_| cannot_be_made())
    }
}

/// Whether a text is the address of something on the web. One with a user's name in it is none: that would be logged by
/// whatever stands in between.
pub(crate) fn is_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    is_web && uri.authority().is_some_and(|it| !it.as_str().contains('@'))
}

/// A text as it may stand in an address. What is written as it is: RFC 3986 §2.3. A blank becomes `%20`, which everybody
/// reads, and not `+`.
pub(crate) fn percent(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Fields as a form or a query.
pub fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// What the provider answered, whatever it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// How long the provider asks us to stay away.
    pub retry_after: Option<SignedDuration>,
    pub body: String,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `None` for a login page, an empty body, or JSON of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.body).ok()
    }

    /// What a status alone says, where the body says nothing: the meaning of an answer from a proxy or a front door.
    pub fn outcome_by_status(&self) -> Outcome {
        let detail = format!("HTTP {}", self.status);
        match self.status {
            401 | 403 | 404 | 405 | 407 => Outcome::refused_for_good(RefusalKind::Configuration, detail),
            402 => Outcome::refused_for_good(RefusalKind::Quota, detail),
            413 | 414 => Outcome::refused_for_good(RefusalKind::Content, detail),
            429 => self.throttled(detail),
            // Said before anything was done with the request.
            503 if self.retry_after.is_some() => self.unavailable(detail),
            400..=499 => Outcome::refused_for_good(RefusalKind::Other, detail),
            _ => Outcome::Unknown { detail },
        }
    }

    /// Refused for now, and not before the time that the provider asks for.
    pub fn throttled(&self, detail: impl Into<String>) -> Outcome {
        self.refused_for_now(RefusalKind::Throttled, detail)
    }

    pub fn unavailable(&self, detail: impl Into<String>) -> Outcome {
        self.refused_for_now(RefusalKind::Unavailable, detail)
    }

    fn refused_for_now(&self, kind: RefusalKind, detail: impl Into<String>) -> Outcome {
        match Outcome::refused_for_now(kind, detail) {
            Outcome::Refused(mut refusal) => {
                refusal.not_before = self.retry_after;
                Outcome::Refused(refusal)
            }
            other => other,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// No connection was made, so the request certainly did not leave.
    NotSent(String),
    /// The request left, at least in part.
    Unknown(String),
}

impl NoAnswer {
    /// What that means for a message.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NotSent(detail) => Outcome::refused_for_now(RefusalKind::Unavailable, detail),
            Self::Unknown(detail) => Outcome::Unknown { detail },
        }
    }

    pub fn detail(&self) -> &str {
        match self {
            Self::NotSent(detail) | Self::Unknown(detail) => detail,
        }
    }
}

impl HttpClient {
    pub fn new(patience: Patience) -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(patience.connect);
        let connector = Connector::builder()
            .tls_provider(Tls::Rustls(CryptoMode::AwsLc))
            .connector_settings(settings.build())
            .pool_idle_timeout(IDLE)
            .build();
        Self {
            connector: Arc::new(connector),
            patience: patience.call,
        }
    }

    /// Makes one call, once.
    ///
    /// # Errors
    ///
    /// When there is no answer; the text names neither address nor body.
    pub async fn call(&self, call: Call) -> Result<Answer, NoAnswer> {
        let request = call.request()?;
        let answer = async { read(self.connector.call(request).await.map_err(|error| no_answer(&error))?).await };
        tokio::time::timeout(self.patience, answer)
            .await
            .unwrap_or_else(|_| Err(NoAnswer::Unknown("no answer in time".to_owned())))
    }
}

async fn read(response: HttpResponse) -> Result<Answer, NoAnswer> {
    let header = |name: http::HeaderName| response.headers().get(name);
    let (status, retry_after) = (
        response.status().as_u16(),
        retry_after(header(RETRY_AFTER), header(DATE)),
    );
    let (mut chunks, mut body) = (ByteStream::new(response.into_body()), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| NoAnswer::Unknown("the answer broke off".to_owned()))?;
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(NoAnswer::Unknown("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        retry_after,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The error's own text holds the address, and with it credentials.
fn no_answer(error: &ConnectorError) -> NoAnswer {
    if chain(error).any(is_without_connection) {
        NoAnswer::NotSent("no connection".to_owned())
    } else if error.is_user() {
        cannot_be_made()
    } else if error.is_timeout() {
        NoAnswer::Unknown("no answer in time".to_owned())
    } else {
        NoAnswer::Unknown("the connection broke".to_owned())
    }
}

fn cannot_be_made() -> NoAnswer {
    NoAnswer::NotSent("the request cannot be made from these settings".to_owned())
}

/// An error and what caused it.
pub(crate) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Whether a cause proves that there was no connection to write a request to.
pub(crate) fn is_without_connection(cause: &(dyn Error + 'static)) -> bool {
    let connection = cause.downcast_ref::<hyper_util::client::legacy::Error>();
    connection.is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// Seconds, or the date of an end to the wait: that counts from the date of the answer itself, so that no clock of ours
/// has to agree with the provider's. RFC 9110 §10.2.3.
pub(crate) fn retry_after(header: Option<&str>, answered: Option<&str>) -> Option<SignedDuration> {
    let text = header?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let date = |text: &str| rfc2822::parse(text).ok().map(|at| at.timestamp());
    let wait = date(text)?.duration_since(date(answered?.trim())?);
    (!wait.is_negative()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_without_a_user() {
        for (text, expected) in [
            ("https://gateway.example/send?to=1", true),
            ("http://127.0.0.1:8080", true),
            ("gateway.example", false),
            ("/send", false),
            ("ftp://gateway.example", false),
            ("https://me:secret@gateway.example", false),
            ("https://gateway.example/a b", false),
            ("", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_by_a_date() {
        const ANSWERED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (header, answered, expected) in [
            (Some("120"), None, Some(120)),
            (Some(" 0 "), Some(ANSWERED), Some(0)),
            (Some("Sun, 06 Nov 1994 08:50:07 GMT"), Some(ANSWERED), Some(30)),
            (Some("Sun, 06 Nov 1994 08:49:07 GMT"), Some(ANSWERED), None),
            (Some("Sun, 06 Nov 1994 08:50:07 GMT"), None, None),
            (Some("-5"), Some(ANSWERED), None),
            (Some("soon"), Some(ANSWERED), None),
            (None, Some(ANSWERED), None),
        ] {
            let wait = retry_after(header, answered);
            assert_eq!(wait, expected.map(SignedDuration::from_secs), "{header:?}");
        }
    }
}
