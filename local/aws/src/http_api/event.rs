//! A request as a function is given it.
//!
//! Format: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::HttpApi;
use super::route::{Route, Variables};
use local_providers::clock;

const STAGE: &str = "$default";

/// The only types of content whose body is handed on as text; forms are not among them, nor is a body without a type.
const TEXT_TYPES: [&str; 3] = ["application/json", "application/javascript", "application/xml"];

/// A request with all that came with it.
#[derive(Debug)]
pub(super) struct Received<'a> {
    pub(super) api: &'a HttpApi,
    pub(super) request_id: &'a str,
    pub(super) peer: Option<SocketAddr>,
    pub(super) head: &'a Parts,
    /// Decoded.
    pub(super) path: &'a str,
    pub(super) body: &'a [u8],
}

/// A Lambda event of payload format 2.0. What a request does not have is absent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    version: &'static str,
    route_key: String,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: Variables,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    domain_name: String,
    domain_prefix: String,
    http: Http<'a>,
    request_id: &'a str,
    route_key: String,
    stage: &'static str,
    /// As access logs write it: `12/Mar/2020:19:03:58 +0000`.
    time: String,
    time_epoch: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: String,
    source_ip: IpAddr,
    user_agent: String,
}

pub(super) fn new_request_id() -> String {
    Uuid::new_v4().simple().to_string()
}

impl<'a> Received<'a> {
    pub(super) fn event(&self, route: &Route, variables: Variables) -> Event<'a> {
        let query = self.head.uri.query().unwrap_or_default();
        let (body, is_base64_encoded) = self.body();
        Event {
            version: "2.0",
            route_key: route.key.to_string(),
            raw_path: self.path,
            raw_query_string: query,
            cookies: cookies(&self.head.headers),
            headers: self.headers(),
            query_string_parameters: joined(form_urlencoded::parse(query.as_bytes())),
            request_context: self.context(route),
            path_parameters: variables,
            body,
            is_base64_encoded,
        }
    }

    fn context(&self, route: &Route) -> Context<'a> {
        let now = clock::now();
        let host = self.host();
        Context {
            account_id: &self.api.account,
            api_id: &self.api.id,
            domain_prefix: host.split('.').next().unwrap_or_default().to_owned(),
            domain_name: host,
            http: Http {
                method: self.head.method.as_str(),
                path: self.path,
                protocol: format!("{:?}", self.head.version),
                source_ip: self.source_ip(),
                user_agent: text(&self.head.headers, &header::USER_AGENT),
            },
            request_id: self.request_id,
            route_key: route.key.to_string(),
            stage: STAGE,
            time: log_time(now),
            time_epoch: now.as_millisecond(),
        }
    }

    /// Those that came, without cookies, and those that API Gateway adds. Behind a tunnel the caller's side of it counts.
    fn headers(&self) -> BTreeMap<String, String> {
        let came = self.head.headers.iter().filter(|(name, _)| **name != header::COOKIE);
        let came = came.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
        let mut headers = joined(came);
        headers.entry("host".to_owned()).or_insert_with(|| self.host());
        headers
            .entry("x-forwarded-proto".to_owned())
            .or_insert_with(|| "http".to_owned());
        headers
            .entry("x-forwarded-for".to_owned())
            .and_modify(|hops| *hops = format!("{hops}, {}", self.source_ip()))
            .or_insert_with(|| self.source_ip().to_string());
        headers
    }

    fn host(&self) -> String {
        match self.head.uri.host() {
            Some(host) if !self.head.headers.contains_key(header::HOST) => host.to_owned(),
            _ => text(&self.head.headers, &header::HOST),
        }
    }

    fn source_ip(&self) -> IpAddr {
        self.peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip())
    }

    /// The body, and whether it is in base64.
    fn body(&self) -> (Option<String>, bool) {
        if self.body.is_empty() {
            return (None, false);
        }
        let content_type = text(&self.head.headers, &header::CONTENT_TYPE).to_ascii_lowercase();
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        let is_text = content_type.starts_with("text/") || TEXT_TYPES.contains(&content_type);
        match str::from_utf8(self.body) {
            Ok(text) if is_text => (Some(text.to_owned()), false),
            _ => (Some(BASE64_STANDARD.encode(self.body)), true),
        }
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> String {
    let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().into_owned()
}

/// Values of one name joined with commas.
fn joined<N: Into<String>, V: AsRef<str>>(pairs: impl Iterator<Item = (N, V)>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        let value = value.as_ref();
        all.entry(name.into())
            .and_modify(|values| *values = format!("{values},{value}"))
            .or_insert_with(|| value.to_owned());
    }
    all
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let all = all.map(|value| String::from_utf8_lossy(value.as_bytes()));
    all.flat_map(|value| value.split("; ").map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn log_time(at: Timestamp) -> String {
    at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
