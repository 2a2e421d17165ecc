//! One event on its way to a process, and the errors that Lambda itself answers with.

use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::invoke::Answer;

/// An event that waits for a process or is being served.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) payload: Vec<u8>,
    answer: oneshot::Sender<Answer>,
}

/// The events that wait, oldest first, shared by the processes of one function.
#[derive(Debug)]
pub(super) struct Waiting(Mutex<mpsc::UnboundedReceiver<Invocation>>);

impl Invocation {
    pub(super) fn new(payload: Vec<u8>) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, receiver) = oneshot::channel();
        (
            Self {
                request_id: Uuid::new_v4().to_string(),
                payload,
                answer,
            },
            receiver,
        )
    }

    pub(super) fn succeed(self, payload: Vec<u8>) {
        self.finish(Answer {
            payload,
            function_error: None,
        });
    }

    /// The function itself reported an error.
    pub(super) fn fail(self, payload: Vec<u8>) {
        self.finish(Answer {
            payload,
            function_error: Some("Unhandled".to_owned()),
        });
    }

    pub(super) fn time_out(self, after: Duration) {
        let message = format!("Task timed out after {:.2} seconds", after.as_secs_f64());
        self.fail_with("Sandbox.Timedout", &message);
    }

    pub(super) fn process_died(self, how: &str) {
        self.fail_with("Runtime.ExitError", &format!("Runtime exited with error: {how}"));
    }

    fn fail_with(self, error_type: &str, message: &str) {
        let message = format!("RequestId: {} Error: {message}", self.request_id);
        let payload = json!({ "errorType": error_type, "errorMessage": message });
        self.fail(payload.to_string().into_bytes());
    }

    fn finish(self, answer: Answer) {
        // The caller may be gone; the event was served all the same.
        let _ = self.answer.send(answer);
    }
}

impl Waiting {
    pub(super) fn new(receiver: mpsc::UnboundedReceiver<Invocation>) -> Self {
        Self(Mutex::new(receiver))
    }

    /// The next event; nothing is lost when the future is dropped before.
    pub(super) async fn next(&self) -> Option<Invocation> {
        self.0.lock().await.recv().await
    }

    /// The next event if one waits already and no process is about to take it.
    pub(super) fn next_now(&self) -> Option<Invocation> {
        self.0.try_lock().ok()?.try_recv().ok()
    }
}
