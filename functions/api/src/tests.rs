//! The API by its calls: what each answers, and what it leaves in the store.

mod messages;
mod people;
mod workshops;

use std::sync::Arc;

use application::memory::{FixedClock, MemoryStore};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Method;
use domain::code_limit::CodeLimit;
use domain::language::Language;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use messaging::provider::memory::Memory;
use messaging::{Listed, Provider, Providers};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

/// The API over `store`, at a moment that does not pass.
fn api(store: &MemoryStore) -> Api {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::UNIX_EPOCH));
    Api {
        country: None,
        providers: Arc::new(providers()),
        notify: Notify {
            outbox: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            campaigns: Arc::new(store.clone()),
            clock: Arc::clone(&clock),
            language: Language::English,
            codes: Arc::new(store.clone()),
            code_limit: CodeLimit::default(),
            takes_codes: numbering::is_ordinary,
        },
        erase: ErasePerson {
            people: Arc::new(store.clone()),
            clock: Arc::clone(&clock),
        },
        sequencing: Sequencing {
            country: None,
            templates: Arc::new(store.clone()),
            sequences: Arc::new(store.clone()),
            workshops: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            clock: Arc::clone(&clock),
            number: |text, _| PhoneNumber::normalise(text).map_err(|error| error.to_string()),
        },
        synchronise: SynchroniseTemplates {
            templates: Arc::new(store.clone()),
            providers: Arc::new(providers()),
            clock,
        },
    }
}

fn request(method: Method, path: &str, body: impl Into<Body>) -> Request {
    let request = Request::builder().method(method).uri(path.replace(' ', "%20"));
    request.body(body.into()).unwrap()
}

/// Status and body of the answer.
async fn answer(store: &MemoryStore, request: Request) -> (u16, Value) {
    let response = router(api(store)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// A provider in use, and one whose parameters cannot be used.
fn providers() -> Arc<Providers> {
    let memory: Arc<dyn Provider> = Arc::new(Memory::default());
    let unusable = Listed {
        name: "gsm",
        provider: None,
        problems: vec!["gsm/base-url is missing".to_owned()],
        ..Listed::new(Arc::clone(&memory))
    };
    Arc::new(Providers::listed(vec![Listed::new(memory), unusable], None, Vec::new()))
}

async fn get(path: &str) -> (u16, Value) {
    answer(&MemoryStore::default(), request(Method::GET, path, ())).await
}

#[tokio::test]
async fn every_provider_is_listed_with_what_is_wrong_with_it() {
    let (status, body) = get("/providers").await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "providers": [
                { "name": "memory", "enabled": true, "channel": "sms", "problems": [] },
                { "name": "gsm", "enabled": true, "channel": null, "problems": ["gsm/base-url is missing"] },
            ],
            "problems": ["gsm/base-url is missing"],
        })
    );
}

#[tokio::test]
async fn a_provider_is_asked_for_its_status() {
    let (status, body) = get("/providers/gsm/status").await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({ "name": "gsm", "enabled": true, "problems": ["gsm/base-url is missing"], "reachable": null })
    );
    let (status, body) = get("/providers/memory/status").await;
    assert_eq!((status, &body["name"]), (200, &json!("memory")));
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    for path in [
        "/",
        "/providers/nobody/status",
        "/providers/gsm",
        "/elsewhere",
        "/v2",
        "/v2/people",
    ] {
        let (status, body) = get(path).await;
        assert_eq!((status, &body["status"]), (404, &json!(404)), "{path}");
    }
}

#[tokio::test]
async fn each_address_has_its_methods() {
    for (method, path) in [
        (Method::DELETE, "/providers"),
        (Method::POST, "/providers/gsm/status"),
        (Method::GET, "/v2/messages"),
        (Method::GET, "/v2/people/+12025550101"),
    ] {
        let (status, _) = answer(&MemoryStore::default(), request(method, path, ())).await;
        assert_eq!(status, 405, "{path}");
    }
}
