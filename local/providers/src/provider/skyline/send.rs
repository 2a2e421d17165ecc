//! `POST /goip_post_sms.html`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::login::Login;
use super::push::{Push, Row};
use super::queue::{self, Job};
use super::received::ReceivedSms;
use super::report::SendResult;
use super::task::{self, Task, TaskCode};
use super::{Device, NAME, integer, refused};
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind};
use crate::provider::failing;
use crate::provider::receipt::ReceiptPlan;

/// Results and seconds after which the device reports when a request says nothing.
const REPORT_DEFAULTS: (u64, u64) = (100, 30);
/// Received texts and seconds after which the device pushes them.
const RECEIVED_DEFAULTS: (u64, u64) = (1, 30);

pub(super) async fn post_sms(
    State(device): State<Arc<Device>>,
    _: Login,
    connection: Connection,
    body: Bytes,
) -> Response {
    let fault = device.simulator.faults().meet(NAME);
    let refusal = match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Unavailable) => {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                Html("<h1>503 Service Unavailable</h1>"),
            )
                .into_response();
        }
        Some(FaultKind::Throttle) => Some(TaskCode::TooManyTask),
        Some(FaultKind::Reject) => Some(TaskCode::ToExpected),
        _ => None,
    };
    let Some(request) = read(&body) else {
        return Json(refused(15, "Invalid CMD")).into_response();
    };
    let mut statuses = Vec::new();
    for task in &request.tasks {
        let code = match refusal {
            Some(code) => code,
            None => take(&device, &request, task, fault.as_ref()).await,
        };
        statuses.push(task::status(task, code));
    }
    let answer = Json(json!({ "code": 200, "reason": "OK", "type": "task-status", "status": statuses }));
    failing::answered(fault.as_ref(), &connection, answer.into_response()).await
}

/// The part of a send request that applies to all its tasks.
struct SendRequest {
    fields: Value,
    tasks: Vec<Value>,
}

/// A request of the right kind; what the device says to another one is assumed.
fn read(body: &[u8]) -> Option<SendRequest> {
    let fields: Value = serde_json::from_slice(body).ok()?;
    let tasks = fields["tasks"].as_array().filter(|_| fields["type"] == "send-sms")?;
    // The default is 1: a request that forgets the number has one task.
    let count = integer(&fields["task_num"]).map_or(1, |count| usize::try_from(count).unwrap_or(0));
    let tasks = tasks.iter().take(count).cloned().collect();
    Some(SendRequest { fields, tasks })
}

impl SendRequest {
    fn url(&self, name: &str) -> Option<String> {
        self.fields[name]
            .as_str()
            .filter(|url| !url.is_empty())
            .map(str::to_owned)
    }

    /// The address for reports, flushed as the task says or else as the request says.
    fn reports(&self, task: &Value) -> Push<SendResult> {
        let number = |name: &str, default: u64| {
            [&task[name], &self.fields[name]]
                .into_iter()
                .filter_map(integer)
                .find_map(|number| u64::try_from(number).ok().filter(|number| *number > 0))
                .unwrap_or(default)
        };
        push(
            self.url("sr_url").unwrap_or_default(),
            number("sr_cnt", REPORT_DEFAULTS.0),
            number("sr_prd", REPORT_DEFAULTS.1),
        )
    }

    /// The address for received texts and receipts, when the request names one.
    fn receiver(&self) -> Option<Push<ReceivedSms>> {
        let number = |name: &str, default: u64| {
            integer(&self.fields[name])
                .and_then(|number| u64::try_from(number).ok())
                .unwrap_or(default)
        };
        Some(push(
            self.url("sms_url")?,
            number("sms_cnt", RECEIVED_DEFAULTS.0),
            number("sms_prd", RECEIVED_DEFAULTS.1),
        ))
    }
}

fn push<T: Row>(url: String, count: u64, seconds: u64) -> Push<T> {
    Push::new(
        url,
        usize::try_from(count).unwrap_or(usize::MAX),
        Duration::from_secs(seconds),
    )
}

async fn take(device: &Arc<Device>, request: &SendRequest, fields: &Value, fault: Option<&Fault>) -> TaskCode {
    let task = match Task::read(fields) {
        Ok(task) => task,
        Err(code) => return code,
    };
    let behaviour = device.switches.get();
    let plan = ReceiptPlan::new(fault, &device.simulator);
    let waits = behaviour.air_time_ms > 0 || !task.interval.is_zero();
    let position = {
        let mut state = device.lock();
        if task.ports.iter().any(|port| *port > state.ports.len()) {
            return TaskCode::InvalidPort;
        }
        if state.known_tids.contains(&task.tid) {
            return TaskCode::DuplicatedTaskId;
        }
        if state.queue.len() >= behaviour.queue_capacity {
            return TaskCode::TooManyTask;
        }
        let Some(legs) = queue::legs(&mut state, &task) else {
            return TaskCode::SimUnregistered;
        };
        // Assumed: an address in a request stays until another one comes.
        if let Some(receiver) = request.receiver() {
            state.receiver = Arc::new(receiver);
        }
        state.known_tids.insert(task.tid);
        state.tasks_taken += 1;
        let position = state.tasks_taken;
        let job = Job::new(task, legs, request.reports(fields), Arc::clone(&state.receiver), plan);
        state.queue.insert(position, job);
        position
    };
    let work = queue::work(Arc::clone(device), position);
    if waits {
        tokio::spawn(work);
    } else {
        work.await;
    }
    TaskCode::Ok
}
