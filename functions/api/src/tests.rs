use std::sync::Arc;

use messaging::provider::memory::Memory;
use messaging::{Listed, Provider, Providers};
use serde_json::{Value, json};

use super::*;

/// A provider in use, and one whose parameters can not be used.
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
    let response = handle(&providers(), &Request::new(Method::GET, path)).await.unwrap();
    (
        response.status().as_u16(),
        serde_json::from_str(response.body()).unwrap(),
    )
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
    for path in ["/", "/providers/nobody/status", "/providers/gsm", "/elsewhere"] {
        let (status, body) = get(path).await;
        assert_eq!((status, &body["status"]), (404, &json!(404)), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_changed() {
    let response = handle(&providers(), &Request::new(Method::DELETE, "/providers"))
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
}
