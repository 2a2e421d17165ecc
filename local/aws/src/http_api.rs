//! API Gateway: the template's HTTP API, payload format 2.0.
//!
//! Signatures are not checked, since nobody on this machine has credentials to sign with: a route with the authorizer
//! `AWS_IAM` is open here, and its events have no `authorizer`. Throttling and access logs are not emulated either.
//!
//! What it answers by itself: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html>.

mod answer;
mod event;
mod route;

use std::sync::Arc;

use axum::body::{self, Body};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::time;

use self::event::Received;
use self::route::{Route, Routes};
use crate::invoke::{Invoke, InvokeError};
use crate::template::{Event, Template};
use local_providers::connection::Connection;

/// The largest body that API Gateway takes.
const MAXIMUM_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The HTTP API with the functions behind it.
#[derive(Debug)]
struct HttpApi {
    id: String,
    account: String,
    routes: Routes,
    functions: Arc<dyn Invoke>,
}

/// What API Gateway answers in place of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    BadRequest,
    NotFound,
    TooLarge,
    /// The function failed, or answered what is no answer.
    Failed,
    /// The function takes too long, or the stack is stopping.
    Unavailable,
}

/// Serves the routes of the template's functions.
pub fn router(template: &Template, functions: Arc<dyn Invoke>) -> Router {
    let routes = template.functions.iter().flat_map(|function| {
        function.events.values().filter_map(|event| match event {
            Event::Http(route) => Some(Route {
                key: route.key.clone(),
                function: function.name.clone(),
                timeout: route.timeout,
            }),
            Event::Stream(_) | Event::Topic(_) | Event::Queue(_) | Event::Schedule(_) => None,
        })
    });
    let api = HttpApi {
        id: template.http_api.as_ref().map(|it| it.id.clone()).unwrap_or_default(),
        account: template.account.id.clone(),
        routes: routes.collect(),
        functions,
    };
    Router::new().fallback(serve).with_state(Arc::new(api))
}

async fn serve(State(api): State<Arc<HttpApi>>, connection: Connection, request: Request) -> Response {
    let id = event::new_request_id();
    let mut response = match api.answer(&id, &connection, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("apigw-requestid"), id);
    }
    response
}

impl HttpApi {
    async fn answer(&self, request_id: &str, connection: &Connection, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        // API Gateway decodes the path before it looks for a route, and hands it on decoded.
        let path = percent_decode_str(head.uri.path()).decode_utf8();
        let path = path.map_err(|_| Refusal::BadRequest)?;
        let found = self.routes.find(head.method.as_str(), &path);
        let (route, variables) = found.ok_or(Refusal::NotFound)?;
        let body = read(body).await?;
        let received = Received {
            api: self,
            request_id,
            peer: connection.peer(),
            head: &head,
            path: &path,
            body: &body,
        };
        let event = received.event(route, variables);
        let payload = serde_json::to_vec(&event).map_err(|_| Refusal::Failed)?;
        let invoked = self.functions.invoke(&route.function, payload);
        match time::timeout(route.timeout, invoked).await {
            Ok(Ok(answer)) if answer.function_error.is_none() => answer::read(answer.payload),
            Ok(Ok(_) | Err(InvokeError::NotFound(_))) => Err(Refusal::Failed),
            Ok(Err(InvokeError::Stopping)) | Err(_) => Err(Refusal::Unavailable),
        }
    }
}

async fn read(body: Body) -> Result<body::Bytes, Refusal> {
    // Where the connection breaks instead, nobody is left to read the answer.
    let read = body::to_bytes(body, MAXIMUM_BODY_BYTES).await;
    read.map_err(|_| Refusal::TooLarge)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        (status, Json(json!({ "message": message }))).into_response()
    }
}

#[cfg(test)]
mod tests;
