//! What stands between Lambda and `lambda_http`, which panics on requests that anybody may send.
//!
//! A panic is an error of the function, and the caller would be answered 500. Of an event of an HTTP API, `lambda_http`
//! cannot take
//!
//! - a name of a header or a method that is none, and any other kind of event: it does not become a request;
//! - a host or a scheme, both of which it takes from headers, that makes no URL;
//! - a path, which API Gateway hands over decoded: what of it reads as a query, a fragment or a step upwards changes the
//!   address, and one without a slash at its beginning changes the host;
//! - a query with blanks, quotes or angle brackets, and an address of more than 64 kB;
//! - a body that is said to be in base64 and is not.
//!
//! Source: [HTTP API payload format](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::{ServiceExt, service_fn};
use lambda_http::{Adapter, LambdaEvent, Request, Service};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;
use tracing::Instrument;
use url::Url;

use super::{Problem, Source};
use crate::Deadline;

/// What a path may hold as it is; everything else in it was decoded.
const DECODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What no query may hold as it is. A percent sign is the beginning of something encoded.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

const SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Hands requests of the HTTP API to a router, and answers 400 to those that `lambda_http` cannot take.
#[derive(Debug, Clone)]
pub struct Guard {
    router: Router,
}

impl Guard {
    pub fn new(router: Router) -> Self {
        Self {
            // The limit is Lambda's own.
            router: router.layer(DefaultBodyLimit::disable()),
        }
    }
}

type Served = <Adapter<'static, Response, Router> as Service<LambdaEvent<LambdaRequest>>>::Response;

impl Service<LambdaEvent<Box<RawValue>>> for Guard {
    type Response = Served;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Box<RawValue>>) -> Self::Future {
        let LambdaEvent { payload, context } = event;
        let span = tracing::info_span!("invocation", request.id = context.request_id);
        let deadline = Deadline::of(&context);
        let router = self.router.clone();
        let served = async move {
            let (event, unusable) = match checked(&payload) {
                Ok(event) => (event, None),
                Err(why) => (ApiGatewayV2httpRequest::default(), Some(why)),
            };
            let source = event.request_context.http.source_ip.as_deref();
            let source = Source(source.and_then(|address| address.parse().ok()));
            let serve = service_fn(async |mut request: Request| {
                if let Some(why) = unusable {
                    tracing::warn!(why, "request not understood");
                    return Ok(Problem::new(StatusCode::BAD_REQUEST, why).into_response());
                }
                request.extensions_mut().insert(deadline);
                request.extensions_mut().insert(source);
                router.clone().oneshot(request).await
            });
            let event = LambdaEvent::new(LambdaRequest::ApiGatewayV2(event), context);
            Adapter::from(serve).oneshot(event).await
        };
        Box::pin(served.instrument(span))
    }
}

/// The request of an event in a form that `lambda_http` takes, or why there is none.
fn checked(event: &RawValue) -> Result<ApiGatewayV2httpRequest, &'static str> {
    let Ok(LambdaRequest::ApiGatewayV2(mut event)) = serde_json::from_str(event.get()) else {
        return Err("This is no request of an HTTP API.");
    };
    // Where there is one, the path begins with it already.
    event.request_context.stage = None;
    set_address(&mut event)?;
    let body = event.body.as_deref().filter(|_| event.is_base64_encoded);
    if body.is_some_and(|body| STANDARD.decode(body).is_err()) {
        return Err("The body is not in base64.");
    }
    Ok(event)
}

/// Encodes the path and the query, and puts the name under which API Gateway was called in the place of the caller's. Where that
/// name is none, the request has no host.
fn set_address(event: &mut ApiGatewayV2httpRequest) -> Result<(), &'static str> {
    const UNUSABLE: &str = "The address cannot be read.";
    let path = event.raw_path.as_deref().filter(|path| !path.is_empty());
    let path = utf8_percent_encode(path.unwrap_or("/"), DECODED).to_string();
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    let query = utf8_percent_encode(query, NOT_IN_A_QUERY).to_string();
    let host = event.request_context.domain_name.take().filter(|host| is_host(host));

    let url = Url::parse(&format!("https://{}{path}", host.as_deref().unwrap_or("localhost")));
    let url = url.ok().filter(|url| url.path() == path).ok_or(UNUSABLE)?;
    let uri: Result<Uri, _> = format!("{url}?{query}").parse();
    if uri.is_err() {
        return Err(UNUSABLE);
    }
    match host.as_deref().map(HeaderValue::from_str) {
        Some(Ok(host)) => event.headers.insert(header::HOST, host),
        _ => event.headers.remove(header::HOST),
    };
    event.request_context.domain_name = host;
    let scheme = event.headers.get(SCHEME).map(HeaderValue::as_bytes);
    if !matches!(scheme, Some(b"http" | b"https")) {
        event.headers.remove(SCHEME);
    }
    event.raw_path = Some(path);
    event.raw_query_string = Some(query);
    Ok(())
}

/// Whether a URL may have it: an emulator's may end in a number without being an address of IPv4.
fn is_host(name: &str) -> bool {
    Url::parse(&format!("https://{name}/path")).is_ok_and(|url| url.path() == "/path")
}
