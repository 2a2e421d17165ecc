//! A client of the simulated providers in process, and a webhook that they post to, for their tests.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time;
use tower::ServiceExt;

use super::{ProviderParts, Providers};
use crate::phone_simulator::{PhoneMessage, PhoneSimulator};

pub(super) const BUSINESS: &str = "+12025550100";
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct TestClient {
    pub(super) simulator: PhoneSimulator,
    pub(super) providers: Providers,
    pub(super) webhook: Webhook,
}

pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl TestClient {
    /// Providers that texts go through, and a webhook that takes everything.
    pub(super) async fn with_texts_through(provider: &str) -> Self {
        Self::start(provider, Webhook::start().await)
    }

    /// Providers whose posts nobody takes, for tests on the clock of the runtime.
    pub(super) fn without_webhook(provider: &str) -> Self {
        Self::start(provider, Webhook::nowhere())
    }

    fn start(provider: &str, webhook: Webhook) -> Self {
        let simulator = PhoneSimulator::new();
        let mut settings = simulator.settings();
        settings.receipt_delay_ms = 0;
        simulator.change_settings(settings);
        let providers = Providers::new(&ProviderParts {
            simulator: simulator.clone(),
            webhook_url: format!("{}/sms-gateway", webhook.url),
            business_number: BUSINESS.to_owned(),
            phones_url: "http://simulator".to_owned(),
            texts_through: Some(provider.to_owned()),
        });
        Self {
            simulator,
            providers,
            webhook,
        }
    }

    pub(super) async fn ask(&self, request: axum::http::Request<Body>) -> Answered {
        let response = self.providers.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answered {
            status,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answered {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn json(&self, method: Method, path: &str, body: Value) -> Answered {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(CONTENT_TYPE, "application/json");
        self.ask(request.body(body.to_string().into()).unwrap()).await
    }

    /// Turns switches of a provider.
    pub(super) async fn switch(&self, provider: &str, switches: Value) {
        let path = format!("/{provider}/_local/switches");
        let answer = self.json(Method::PUT, &path, switches).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    pub(super) fn fault(&self, provider: &str, kind: &str) {
        let fault = json!({ "provider": provider, "kind": kind, "delay_ms": 1 });
        self.simulator.faults().add(serde_json::from_value(fault).unwrap());
    }

    pub(super) fn texts(&self) -> Vec<PhoneMessage> {
        self.simulator.phones().received(None, 0)
    }
}

/// What a provider posted.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Post {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A server that notes what it is posted.
pub(super) struct Webhook {
    pub(super) url: String,
    posts: UnboundedReceiver<Post>,
    failures: Arc<Mutex<usize>>,
}

impl Webhook {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, posts) = mpsc::unbounded_channel();
        let failures = Arc::default();
        let router = Router::new().fallback(note).with_state((sender, Arc::clone(&failures)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, posts, failures }
    }

    fn nowhere() -> Self {
        let (_, posts) = mpsc::unbounded_channel();
        Self {
            url: String::new(),
            posts,
            failures: Arc::default(),
        }
    }

    /// The number of next posts that are answered with 503.
    pub(super) fn fail(&self, posts: usize) {
        *self.failures.lock() = posts;
    }

    pub(super) async fn next(&mut self) -> Post {
        time::timeout(PATIENCE, self.posts.recv()).await.unwrap().unwrap()
    }

    /// A post that came already.
    pub(super) fn came(&mut self) -> Option<Post> {
        self.posts.try_recv().ok()
    }
}

async fn note(
    State((sender, failures)): State<(UnboundedSender<Post>, Arc<Mutex<usize>>)>,
    request: Request,
) -> StatusCode {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    sender
        .send(Post {
            path: parts.uri.to_string(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        })
        .unwrap();
    let mut failures = failures.lock();
    if *failures == 0 {
        return StatusCode::OK;
    }
    *failures -= 1;
    StatusCode::SERVICE_UNAVAILABLE
}
