//! The Runtime API, one address per process, so that what a process asks and answers is known to be its own.
//!
//! Paths and headers: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::Deployed;
use super::invocation::Invocation;
use local_providers::clock;

/// The largest answer of a synchronous invocation.
const MAXIMUM_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// One process as the Runtime API sees it.
#[derive(Debug)]
pub(super) struct Session {
    deployed: Arc<Deployed>,
    serving: Mutex<Option<Invocation>>,
    /// When the event being served times out.
    deadline: watch::Sender<Option<Instant>>,
    /// Whether the process ever asked for an event: before that it is initialising.
    initialised: AtomicBool,
    closed: watch::Sender<bool>,
}

impl Session {
    pub(super) fn new(deployed: Arc<Deployed>) -> Self {
        Self {
            deployed,
            serving: Mutex::default(),
            deadline: watch::channel(None).0,
            initialised: AtomicBool::default(),
            closed: watch::channel(false).0,
        }
    }

    pub(super) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(MAXIMUM_ANSWER_BYTES))
            .with_state(Arc::clone(self))
    }

    pub(super) fn deadline(&self) -> watch::Receiver<Option<Instant>> {
        self.deadline.subscribe()
    }

    pub(super) fn is_initialised(&self) -> bool {
        self.initialised.load(Ordering::Relaxed)
    }

    pub(super) fn closed(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }

    /// No further event is handed to the process; answers the one it had not finished.
    pub(super) fn close(&self) -> Option<Invocation> {
        self.closed.send_replace(true);
        self.take(None)
    }

    /// The event being served, if it is this one.
    fn take(&self, request_id: Option<&str>) -> Option<Invocation> {
        let mut serving = self.serving.lock();
        let taken = serving.take_if(|it| request_id.is_none_or(|id| it.request_id == id));
        if taken.is_some() {
            self.deadline.send_replace(None);
        }
        taken
    }

    /// Gives the event back when the process has died meanwhile.
    fn begin(&self, invocation: Invocation) -> Result<(), Invocation> {
        let mut serving = self.serving.lock();
        if *self.closed.borrow() {
            return Err(invocation);
        }
        self.deadline
            .send_replace(Some(Instant::now() + self.deployed.function.timeout));
        *serving = Some(invocation);
        Ok(())
    }
}

async fn next(State(session): State<Arc<Session>>) -> Response {
    session.initialised.store(true, Ordering::Relaxed);
    let mut closed = session.closed();
    let invocation = tokio::select! {
        biased;
        _ = closed.wait_for(|it| *it) => None,
        invocation = session.deployed.waiting.next() => invocation,
    };
    let Some(invocation) = invocation else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        (
            "lambda-runtime-deadline-ms",
            deadline_millis(session.deployed.function.timeout).to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", session.deployed.arn.clone()),
        ("lambda-runtime-trace-id", trace_id()),
    ];
    let payload = invocation.payload.clone();
    match session.begin(invocation) {
        Ok(()) => (headers, [("content-type", "application/json")], payload).into_response(),
        Err(invocation) => {
            // Not one byte of it has reached the process, so that another one can serve it.
            let _ = session.deployed.queue.send(invocation);
            StatusCode::GONE.into_response()
        }
    }
}

async fn response(State(session): State<Arc<Session>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    answered(session.take(Some(&request_id)).map(|it| it.succeed(body.into())))
}

async fn error(State(session): State<Arc<Session>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    answered(session.take(Some(&request_id)).map(|it| it.fail(body.into())))
}

/// The process ends itself after this, which is when what waits for it is answered.
async fn init_error() -> Response {
    answered(Some(()))
}

fn answered(known: Option<()>) -> Response {
    match known {
        Some(()) => (StatusCode::ACCEPTED, Json::<Value>(json!({ "status": "OK" }))).into_response(),
        None => {
            let error = json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
            (StatusCode::BAD_REQUEST, Json::<Value>(error)).into_response()
        }
    }
}

fn deadline_millis(timeout: Duration) -> i64 {
    let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    clock::now().as_millisecond().saturating_add(timeout)
}

/// `Root=1-<epoch seconds>-<96 bits>;Parent=<64 bits>;Sampled=0`, as X-Ray writes it.
fn trace_id() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!(
        "Root=1-{:08x}-{};Parent={};Sampled=0",
        clock::now().as_second(),
        &random[..24],
        &random[8..24]
    )
}
