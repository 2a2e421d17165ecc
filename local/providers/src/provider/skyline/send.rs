//! `POST /goip_post_sms.html`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::login::Login;
use super::task::{self, Task, TaskCode};
use super::{Device, NAME, integer, number, received, refused, report};
use crate::clock;
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind, Segments, Text};
use crate::provider::failing;
use crate::provider::receipt::ReceiptPlan;

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
    /// Where results are posted.
    reports: Option<String>,
    /// Where received texts and receipts are posted.
    receiver: Option<String>,
    tasks: Vec<Value>,
}

/// A request of the right kind; what the device says to another one is assumed.
fn read(body: &[u8]) -> Option<SendRequest> {
    let fields: Value = serde_json::from_slice(body).ok()?;
    let tasks = fields["tasks"].as_array().filter(|_| fields["type"] == "send-sms")?;
    // The default is 1: a request that forgets the number has one task.
    let count = integer(&fields["task_num"]).map_or(1, |count| usize::try_from(count).unwrap_or(0));
    let url = |name: &str| {
        let url = fields[name].as_str().filter(|url| !url.is_empty());
        url.map(str::to_owned)
    };
    Some(SendRequest {
        reports: url("sr_url"),
        receiver: url("sms_url"),
        tasks: tasks.iter().take(count).cloned().collect(),
    })
}

async fn take(device: &Arc<Device>, request: &SendRequest, fields: &Value, fault: Option<&Fault>) -> TaskCode {
    let task = match Task::read(fields) {
        Ok(task) => task,
        Err(code) => return code,
    };
    let port = {
        let mut state = device.state.lock();
        let port = task.port.unwrap_or_else(|| device.next_port(state.last_port));
        match device.sims.get(port - 1) {
            None => return TaskCode::InvalidPort,
            Some(_) if state.known_tids.contains(&task.tid) => return TaskCode::DuplicatedTaskId,
            Some(None) => return TaskCode::SimUnregistered,
            Some(Some(_)) => {}
        }
        if task.port.is_none() {
            state.last_port = port;
        }
        // Assumed: an address in a request stays until another one comes.
        if let Some(receiver) = &request.receiver {
            state.receiver.clone_from(receiver);
        }
        state.known_tids.insert(task.tid);
        port
    };
    transmit(device, request.reports.clone(), task, port, fault).await;
    TaskCode::Ok
}

impl Device {
    /// The port of a text that names none. A real device chooses one at random, this one the next with a SIM card.
    fn next_port(&self, last: usize) -> usize {
        let count = self.sims.len();
        let mut after_the_last = (last..last + count).map(|port| port % count + 1);
        after_the_last.find(|port| self.sims[port - 1].is_some()).unwrap_or(1)
    }
}

async fn transmit(device: &Arc<Device>, reports: Option<String>, task: Task, port: usize, fault: Option<&Fault>) {
    let phone = number::reached(&task.recipient);
    let fails = number::is_unknown(&phone);
    let arrives = !fails && !number::is_unreachable(&phone);
    let segments = Segments::of(&task.text).count;
    if arrives {
        device.simulator.phones().deliver(Text {
            provider: NAME,
            from: device.sims[port - 1].clone().unwrap_or_default(),
            to: phone.clone(),
            body: task.text.clone(),
            segments,
            message_id: task.tid.to_string(),
        });
    }
    let at = clock::now();
    let plan = ReceiptPlan::new(fault, &device.simulator);
    let device = Arc::clone(device);
    plan.carry_out(async move {
        if let Some(url) = reports {
            let report = report::body(&task, port, at, fails);
            for _ in 0..plan.copies {
                device.webhooks.post_json(&url, &report).await;
            }
        }
        let parts = if task.asks_for_receipt && !fails { segments } else { 0 };
        for _ in 0..parts {
            let receipt = received::receipt(port, &phone, arrives);
            for _ in 0..plan.copies {
                device.push(&receipt).await;
            }
        }
    })
    .await;
}
