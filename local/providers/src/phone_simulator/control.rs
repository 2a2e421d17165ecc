//! The control API: JSON in, JSON out; what cannot be used is answered with 400 and `{"error": "…"}`.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fault::{OTHER_SERVICES, WITHOUT_ACCOUNT};
use super::{Fault, NumberNotServed, PhoneSimulator, Settings};

pub(super) fn router(simulator: PhoneSimulator) -> Router {
    Router::new()
        .route("/messages", get(messages).post(text).delete(clear))
        .route("/replies", get(replies))
        .route("/calls", get(calls))
        .route("/phones", get(phones))
        .route("/faults", post(add_fault).get(faults).delete(clear_faults))
        .route("/settings", get(settings).put(change_settings))
        .method_not_allowed_fallback(|| async { Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed") })
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no such path") })
        .with_state(simulator)
}

/// Why a request to the control API was not done.
#[derive(Debug)]
struct Problem {
    status: StatusCode,
    error: String,
}

impl Problem {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
        }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.error }))).into_response()
    }
}

impl From<NumberNotServed> for Problem {
    fn from(error: NumberNotServed) -> Self {
        Self::bad(error.to_string())
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad(error.to_string()))
}

/// A person's text. An alphanumeric or short sender is accepted: networks deliver those too.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewText {
    from: String,
    to: String,
    body: String,
    #[serde(default)]
    inbound_message_id: Option<String>,
}

async fn text(State(simulator): State<PhoneSimulator>, body: Bytes) -> Result<Json<Value>, Problem> {
    let NewText {
        from,
        to,
        body,
        inbound_message_id,
    } = read(&body)?;
    let sender = from.trim();
    if sender.is_empty() || sender.len() > 20 {
        return Err(Problem::bad("from must be a number, a short code or a sender name"));
    }
    if inbound_message_id.as_ref().is_some_and(String::is_empty) {
        return Err(Problem::bad("inbound_message_id must not be empty"));
    }
    let id = simulator.text(sender, to.trim(), &body, inbound_message_id)?;
    Ok(Json(json!({ "inbound_message_id": id })))
}

/// What is asked of a list: one phone or all, and after which entry.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selection {
    phone: Option<String>,
    since: u64,
}

impl Selection {
    fn from_query(query: Option<&str>, phone_key: &str) -> Result<Self, Problem> {
        let mut selection = Self::default();
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match key {
                Cow::Borrowed("since") if value.is_empty() => {}
                Cow::Borrowed("since") => {
                    selection.since = value
                        .parse()
                        .map_err(|_| Problem::bad(format!("since must be a count, not {value:?}")))?;
                }
                key if key == phone_key && value.is_empty() => {}
                // A plus sign that was not escaped arrives as a blank.
                key if key == phone_key => selection.phone = Some(value.replacen(' ', "+", 1)),
                key => return Err(Problem::bad(format!("unknown parameter {key:?}"))),
            }
        }
        Ok(selection)
    }
}

async fn messages(State(simulator): State<PhoneSimulator>, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    let Selection { phone, since } = Selection::from_query(query.as_deref(), "to")?;
    Ok(Json(
        json!({ "messages": simulator.phones().received(phone.as_deref(), since) }),
    ))
}

async fn replies(State(simulator): State<PhoneSimulator>, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    let Selection { phone, since } = Selection::from_query(query.as_deref(), "from")?;
    Ok(Json(
        json!({ "replies": simulator.phones().replies(phone.as_deref(), since) }),
    ))
}

async fn clear(State(simulator): State<PhoneSimulator>) -> StatusCode {
    simulator.clear();
    StatusCode::NO_CONTENT
}

async fn calls(State(simulator): State<PhoneSimulator>) -> Json<Value> {
    Json(simulator.with_calls(|calls| json!({ "calls": calls.all() })))
}

async fn phones(State(simulator): State<PhoneSimulator>) -> Json<Value> {
    Json(json!({ "phones": simulator.directory(), "served_numbers": simulator.served_numbers() }))
}

async fn add_fault(State(simulator): State<PhoneSimulator>, body: Bytes) -> Result<(StatusCode, Json<Value>), Problem> {
    let fault = Fault::read(&body).map_err(Problem::bad)?;
    if let Some(name) = &fault.provider {
        let (texting, others) = (simulator.provider_names(), OTHER_SERVICES);
        let other = others.contains(&name.as_str());
        if !other && !texting.contains(name.as_str()) {
            let known: Vec<_> = texting.into_iter().chain(others).collect();
            return Err(Problem::bad(format!("provider must be one of {}", known.join(", "))));
        }
        if other && fault.kind.is_about_receipts() {
            return Err(Problem::bad(format!("{name} has no delivery receipts")));
        }
        if fault.kind.is_about_the_account() && WITHOUT_ACCOUNT.contains(&name.as_str()) {
            return Err(Problem::bad(format!("{name} has no account of that kind")));
        }
    }
    simulator.faults().add(fault);
    Ok((
        StatusCode::CREATED,
        Json(json!({ "faults": simulator.faults().pending() })),
    ))
}

async fn faults(State(simulator): State<PhoneSimulator>) -> Json<Value> {
    Json(json!({ "faults": simulator.faults().pending() }))
}

async fn clear_faults(State(simulator): State<PhoneSimulator>) -> StatusCode {
    simulator.faults().clear();
    StatusCode::NO_CONTENT
}

async fn settings(State(simulator): State<PhoneSimulator>) -> Json<Settings> {
    Json(simulator.settings())
}

/// Changes the settings that are named and leaves the others.
async fn change_settings(State(simulator): State<PhoneSimulator>, body: Bytes) -> Result<Json<Settings>, Problem> {
    let changes: serde_json::Map<String, Value> = read(&body)?;
    let mut merged = json!(simulator.settings());
    for (name, value) in changes {
        merged[name] = value;
    }
    let settings: Settings = serde_json::from_value(merged).map_err(|error| Problem::bad(error.to_string()))?;
    simulator.change_settings(settings.clone());
    Ok(Json(settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::{Method, Request};
    use std::sync::{Arc, Weak};
    use tower::ServiceExt;

    use crate::phone_simulator::{InboundText, Provider, Text};

    #[derive(Debug)]
    struct Silent;

    impl Provider for Silent {
        fn name(&self) -> &'static str {
            "silent"
        }

        fn receive(&self, _: &InboundText) {}
    }

    fn simulator() -> (PhoneSimulator, Arc<Silent>) {
        let (simulator, silent) = (PhoneSimulator::new(), Arc::new(Silent));
        let provider: Weak<Silent> = Arc::downgrade(&silent);
        simulator.serve_number("+12025550100", provider);
        (simulator, silent)
    }

    async fn ask(simulator: &PhoneSimulator, method: Method, path: &str, body: &str) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = simulator.control_router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_answered_with_400_and_an_error() {
        let (simulator, _silent) = simulator();
        for (method, path, body) in [
            (Method::POST, "/messages", "not json"),
            (
                Method::POST,
                "/messages",
                r#"{"from":"+12025550101","to":"+12025550100"}"#,
            ),
            (
                Method::POST,
                "/messages",
                r#"{"from":"","to":"+12025550100","body":"x"}"#,
            ),
            (
                Method::POST,
                "/messages",
                r#"{"from":"+12025550101","to":"+12025550999","body":"x"}"#,
            ),
            (
                Method::POST,
                "/messages",
                r#"{"from":"+12025550101","to":"+12025550100","body":"x","other":1}"#,
            ),
            (Method::GET, "/messages?since=-1", ""),
            (Method::GET, "/messages?from=x", ""),
            (Method::POST, "/faults", r#"{"kind":"explode"}"#),
            (Method::POST, "/faults", r#"{"kind":"reject","count":0}"#),
            (Method::POST, "/faults", r#"{"kind":"reject","provider":"nobody"}"#),
            (Method::POST, "/faults", r#"{"kind":"no-receipt","provider":"connect"}"#),
            (Method::POST, "/faults", r#"{"kind":"disabled","provider":"connect"}"#),
            (Method::POST, "/faults", r#"{"kind":"inactive","provider":"pinpoint"}"#),
            (Method::POST, "/faults", r#"{"kind":"throttle","ratio":2}"#),
            (Method::POST, "/faults", r#"{"kind":"throttle","for_ms":-5}"#),
            (Method::POST, "/faults", "not json"),
            (Method::PUT, "/settings", r#"{"other":1}"#),
            (Method::PUT, "/settings", r#"{"receipt_delay_ms":-1}"#),
        ] {
            let (status, answer) = ask(&simulator, method, path, body).await;
            assert_eq!(status, 400, "{path} {body}");
            assert!(answer["error"].is_string(), "{path} {body}");
        }
        assert_eq!(ask(&simulator, Method::GET, "/other", "").await.0, 404);
        assert_eq!(ask(&simulator, Method::PATCH, "/messages", "").await.0, 405);
    }

    #[tokio::test]
    async fn texts_are_read_by_phone_and_position_and_can_be_cleared() {
        let (simulator, _silent) = simulator();
        for (to, body) in [("+12025550101", "a"), ("+12025550102", "b"), ("+12025550101", "c")] {
            simulator.phones().deliver(Text {
                provider: "silent",
                from: "+12025550100".into(),
                to: to.into(),
                body: body.into(),
                segments: 1,
                message_id: body.into(),
            });
        }
        let bodies = |path: &str| {
            let (simulator, path) = (simulator.clone(), path.to_owned());
            async move {
                let (_, answer) = ask(&simulator, Method::GET, &path, "").await;
                answer["messages"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["body"].clone())
                    .collect::<Vec<_>>()
            }
        };

        assert_eq!(bodies("/messages").await, ["a", "b", "c"]);
        assert_eq!(bodies("/messages?to=+12025550101&since=1").await, ["c"]);
        assert_eq!(bodies("/messages?to=%2B12025550102").await, ["b"]);
        assert_eq!(ask(&simulator, Method::DELETE, "/messages", "").await.0, 204);
        assert!(bodies("/messages").await.is_empty());
    }

    #[tokio::test]
    async fn faults_are_listed_until_they_are_met_or_cleared() {
        let (simulator, _silent) = simulator();
        let fault = r#"{"provider":"silent","kind":"delay","count":2,"delay_ms":5}"#;

        let (status, added) = ask(&simulator, Method::POST, "/faults", fault).await;
        assert_eq!((status, added["faults"][0]["count"].as_u64()), (201, Some(2)));
        simulator.faults().meet("silent").unwrap();
        let (_, left) = ask(&simulator, Method::GET, "/faults", "").await;
        assert_eq!(left["faults"][0]["count"], 1);
        ask(&simulator, Method::DELETE, "/faults", "").await;
        assert_eq!(
            ask(&simulator, Method::GET, "/faults", "").await.1,
            json!({ "faults": [] })
        );
    }

    #[tokio::test]
    async fn a_number_can_be_texted_for_as_long_as_its_provider_lives() {
        let (simulator, silent) = simulator();
        let served = |simulator: PhoneSimulator| async move {
            let (_, answer) = ask(&simulator, Method::GET, "/phones", "").await;
            answer["served_numbers"].clone()
        };

        assert_eq!(
            served(simulator.clone()).await,
            json!([{ "number": "+12025550100", "provider": "silent" }])
        );
        drop(silent);
        assert_eq!(served(simulator).await, json!([]));
    }

    #[tokio::test]
    async fn the_page_brings_everything_with_it() {
        let (simulator, _silent) = simulator();
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = simulator.control_router().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();

        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("innerHTML"));
    }
}
