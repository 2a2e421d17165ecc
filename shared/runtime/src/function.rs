//! Enters the Lambda runtime with a handler.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;

use crate::{FunctionError, clock};

/// Kept back at the end of an invocation for writing down where the work stopped.
const MARGIN: SignedDuration = SignedDuration::from_secs(3);

/// When an invocation should stop taking on more work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Timestamp);

impl Deadline {
    pub(crate) fn of(context: &Context) -> Self {
        let end = i64::try_from(context.deadline)
            .ok()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok());
        Self(
            end.and_then(|end| end.checked_sub(MARGIN).ok())
                .map_or(Timestamp::MAX, clock::shown),
        )
    }
}

/// Serves invocations with `handle` until the process ends. The event is handed over as JSON, so that one record that
/// cannot be understood does not take the others with it.
///
/// # Errors
///
/// The runtime's, when Lambda cannot be reached.
pub async fn run<Handle, Answer, Answering>(handle: Handle) -> Result<(), lambda_runtime::Error>
where
    Handle: Fn(Value, Deadline) -> Answering,
    Answering: Future<Output = Result<Answer, FunctionError>>,
    Answer: Serialize,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let deadline = Deadline::of(&event.context);
        let request_id = event.context.request_id;
        let span = tracing::info_span!("invocation", request.id = request_id);
        async move {
            let answer = handle(event.payload, deadline).await;
            if let Err(error) = &answer {
                tracing::error!(%error, "invocation failed");
            }
            answer
        }
        .instrument(span)
    }))
    .await
}
