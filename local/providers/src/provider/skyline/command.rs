//! `/goip_send_cmd.html`: the commands that change what this device does. The others are understood and do nothing.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use serde_json::{Value, json};

use super::login::Login;
use super::push::Push;
use super::{Device, State, port, refused};

/// Commands without an effect here.
const WITHOUT_EFFECT: [&str; 7] = ["switch", "reset", "save", "get", "redial", "ledon", "ledoff"];

/// `GET` with the command in the query, or `POST` with it in the body. `code` is 0 here.
pub(super) async fn send(Handle(device): Handle<Arc<Device>>, login: Login, body: Bytes) -> Json<Value> {
    let mut command: Value = serde_json::from_slice(&body).unwrap_or_else(|_| json!({}));
    for name in ["op", "ports", "sms_url"] {
        if let Some(value) = login.get(name) {
            command[name] = value.into();
        }
    }
    let mut state = device.lock();
    let done = match command["ops"].as_array().filter(|_| command["op"] == "multiple") {
        Some(commands) => commands.iter().all(|command| obey(&mut state, command)),
        None => obey(&mut state, &command),
    };
    Json(if done {
        json!({ "code": 0, "reason": "OK" })
    } else {
        refused(15, "Invalid CMD")
    })
}

fn obey(state: &mut State, command: &Value) -> bool {
    match command["op"].as_str() {
        Some(op @ ("lock" | "unlock")) => {
            let list = command["ports"].as_str().unwrap_or_default();
            let Some(ports) = port::commanded(list, state.ports.len()) else {
                return false;
            };
            ports.iter().for_each(|port| state.ports[port - 1].lock(op == "lock"));
            true
        }
        Some("reboot") => {
            state.restart();
            true
        }
        Some("set") => {
            if let Some(url) = command["sms_url"].as_str() {
                state.receiver = Arc::new(Push::one_by_one(url.to_owned()));
            }
            true
        }
        Some(op) => WITHOUT_EFFECT.contains(&op),
        None => false,
    }
}
