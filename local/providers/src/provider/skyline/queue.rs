//! The tasks that the device works through, and the requests that look at them and stop them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use serde_json::{Value, json};
use tokio::time;

use super::login::Login;
use super::push::Push;
use super::received::ReceivedSms;
use super::report::{Progress, SendResult};
use super::task::{self, Task, TaskCode};
use super::{Device, NAME, State, integer, number, refused};
use crate::clock;
use crate::phone_simulator::{Segments, Text};
use crate::provider::receipt::ReceiptPlan;

/// One text of a task: to one recipient through one port.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    /// Of the recipient in `to`, from 0.
    index: usize,
    recipient: String,
    port: usize,
    sim: String,
}

/// A task that is not done.
#[derive(Debug)]
pub(super) struct Job {
    task: Arc<Task>,
    legs: VecDeque<Leg>,
    suspended: bool,
    /// Somebody works on it; a suspended job is left, and taken up again when it is resumed.
    worked_on: bool,
    progress: Progress,
    reports: Arc<Push<SendResult>>,
    receiver: Arc<Push<ReceivedSms>>,
    plan: ReceiptPlan,
}

impl Job {
    pub(super) fn new(
        task: Task,
        legs: VecDeque<Leg>,
        reports: Push<SendResult>,
        receiver: Arc<Push<ReceivedSms>>,
        plan: ReceiptPlan,
    ) -> Self {
        Self {
            progress: Progress::of(legs.len()),
            task: Arc::new(task),
            legs,
            suspended: false,
            worked_on: true,
            reports: Arc::new(reports),
            receiver,
            plan,
        }
    }

    /// Its texts that wait for a port.
    pub(super) fn waiting_on(&self, port: usize) -> usize {
        self.legs.iter().filter(|leg| leg.port == port).count()
    }
}

/// The texts of a task: every port it names sends to every recipient, several texts to one recipient included. Without
/// a port the device takes one for each; a real one at random, this one in turn. `None` when a port cannot send.
pub(super) fn legs(state: &mut State, task: &Task) -> Option<VecDeque<Leg>> {
    let mut legs = VecDeque::new();
    for (index, recipient) in task.recipients.iter().enumerate() {
        let chosen;
        let ports = if task.ports.is_empty() {
            chosen = [next_port(state)?];
            &chosen[..]
        } else {
            &task.ports
        };
        for port in ports {
            legs.push_back(Leg {
                index,
                recipient: recipient.clone(),
                port: *port,
                sim: state.ports[*port - 1].usable()?.to_owned(),
            });
        }
    }
    Some(legs)
}

fn next_port(state: &mut State) -> Option<usize> {
    let count = state.ports.len();
    let mut after_the_last = (state.last_port..state.last_port + count).map(|port| port % count + 1);
    state.last_port = after_the_last.find(|port| state.ports[port - 1].usable().is_some())?;
    Some(state.last_port)
}

/// Works on a task until it is done, suspended or removed.
pub(super) async fn work(device: Arc<Device>, position: u64) {
    let mut pause = Duration::from_millis(device.switches.get().air_time_ms);
    loop {
        if !pause.is_zero() {
            time::sleep(pause).await;
        }
        let Some(sending) = take_leg(&mut device.lock(), position) else {
            return;
        };
        pause = Duration::from_millis(device.switches.get().air_time_ms) + sending.task.interval;
        sending.transmit(&device).await;
    }
}

/// A text on the air, with all that is needed to report on it.
struct Sending {
    task: Arc<Task>,
    leg: Leg,
    fails: bool,
    progress: Progress,
    reports: Arc<Push<SendResult>>,
    receiver: Arc<Push<ReceivedSms>>,
    plan: ReceiptPlan,
}

fn take_leg(state: &mut State, position: u64) -> Option<Sending> {
    let job = state.queue.get_mut(&position)?;
    if job.suspended {
        job.worked_on = false;
        return None;
    }
    let Some(leg) = job.legs.pop_front() else {
        state.queue.remove(&position);
        return None;
    };
    let fails = number::is_unknown(&number::reached(&leg.recipient));
    job.progress.count(fails);
    let sending = Sending {
        task: Arc::clone(&job.task),
        fails,
        progress: job.progress,
        reports: Arc::clone(&job.reports),
        receiver: Arc::clone(&job.receiver),
        plan: job.plan,
        leg,
    };
    if job.legs.is_empty() {
        state.queue.remove(&position);
    }
    let port = &mut state.ports[sending.leg.port - 1];
    if fails {
        port.failed += 1;
    } else {
        port.sent += 1;
    }
    Some(sending)
}

impl Sending {
    async fn transmit(self, device: &Arc<Device>) {
        let Self {
            task,
            leg,
            fails,
            progress,
            reports,
            receiver,
            plan,
        } = self;
        let phone = number::reached(&leg.recipient);
        let arrives = !fails && !number::is_unreachable(&phone);
        if arrives {
            device.simulator.phones().deliver(Text {
                provider: NAME,
                from: leg.sim,
                to: phone.clone(),
                body: task.text.clone(),
                segments: Segments::of(&task.text).count,
                message_id: task.tid.to_string(),
            });
        }
        let at = clock::now();
        let device = Arc::clone(device);
        let on_the_way = async move {
            let reported = async {
                let result = SendResult::new(&task, leg.index, &leg.recipient, leg.port, at, fails, progress);
                for _ in 0..plan.copies {
                    reports.add(result.clone(), &device).await;
                }
            };
            let confirmed = async {
                let parts = if task.dr && !fails {
                    Segments::of(&task.text).count
                } else {
                    0
                };
                for _ in 0..parts {
                    let receipt = ReceivedSms::receipt(leg.port, &phone, arrives);
                    device.lock().keep(receipt.clone());
                    for _ in 0..plan.copies {
                        receiver.add(receipt.clone(), &device).await;
                    }
                }
            };
            if device.switches.get().receipt_before_report {
                confirmed.await;
                reported.await;
            } else {
                reported.await;
                confirmed.await;
            }
        };
        plan.carry_out(on_the_way).await;
    }
}

/// `GET /goip_get_tasks.html`: the waiting tasks of a port, or that may go out on any.
pub(super) async fn get_tasks(Handle(device): Handle<Arc<Device>>, login: Login) -> Json<Value> {
    let Some(port) = login.number::<usize>("port") else {
        return Json(refused(2, "Invalid Port"));
    };
    let state = device.lock();
    let waiting = || {
        let jobs = state.queue.values();
        jobs.filter(|job| job.task.ports.is_empty() || job.task.ports.contains(&port))
    };
    let has_content = login.get("has_content") == Some("1");
    let tasks: Vec<_> = waiting()
        .skip(login.number("pos").unwrap_or(0))
        .take(login.number("num").unwrap_or(10))
        .map(|job| {
            let task = &job.task;
            let mut entry = json!({
                "tid": task.tid, "state": u8::from(job.suspended), "from": task.from, "to": task.to,
                "chs": task.chs, "coding": task.coding,
            });
            if has_content {
                entry["sms"] = task.sms.as_str().into();
            }
            entry
        })
        .collect();
    let total = waiting().count();
    Json(json!({ "code": 200, "reason": "OK", "total_num": total, "task_num": tasks.len(), "tasks": tasks }))
}

pub(super) async fn pause(Handle(device): Handle<Arc<Device>>, _: Login, body: Bytes) -> Json<Value> {
    on_each(&device, &body, |state, position| {
        if let Some(job) = state.queue.get_mut(&position) {
            job.suspended = true;
        }
    })
}

pub(super) async fn resume(Handle(device): Handle<Arc<Device>>, _: Login, body: Bytes) -> Json<Value> {
    on_each(&device, &body, |state, position| {
        let Some(job) = state.queue.get_mut(&position) else {
            return;
        };
        job.suspended = false;
        if !std::mem::replace(&mut job.worked_on, true) {
            tokio::spawn(work(Arc::clone(&device), position));
        }
    })
}

/// Removes the waiting tasks that are named; **all** of them when none is.
pub(super) async fn remove(Handle(device): Handle<Arc<Device>>, _: Login, body: Bytes) -> Json<Value> {
    on_each(&device, &body, |state, position| {
        state.queue.remove(&position);
    })
}

/// Does something to the waiting tasks of a request. Which code a task has that does not wait is assumed.
fn on_each(device: &Arc<Device>, body: &[u8], act: impl Fn(&mut State, u64)) -> Json<Value> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut state = device.lock();
    let Some(tids) = request["tids"].as_array() else {
        let positions: Vec<_> = state.queue.keys().copied().collect();
        positions.into_iter().for_each(|position| act(&mut state, position));
        return Json(json!({ "code": 200, "reason": "OK" }));
    };
    let results: Vec<_> = tids
        .iter()
        .map(|tid| {
            let waiting = state
                .queue
                .iter()
                .find(|(_, job)| integer(tid) == Some(job.task.tid.into()));
            let code = match waiting.map(|(position, _)| *position) {
                Some(position) => {
                    act(&mut state, position);
                    TaskCode::Ok
                }
                None => TaskCode::TidExpected,
            };
            task::status(&json!({ "tid": tid }), code)
        })
        .collect();
    Json(json!({ "code": 200, "reason": "OK", "results": results }))
}
