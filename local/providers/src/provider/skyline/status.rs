//! The state of the device and its ports, and what they have sent and received.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Handle;
use serde_json::{Value, json};

use super::login::Login;
use super::{Device, port, refused};

/// `GET /goip_get_status.html`, with the device's spellings: `max-slot`, a bare number in `st`, a string in `bal`.
pub(super) async fn get_status(Handle(device): Handle<Arc<Device>>, _: Login) -> Json<Value> {
    let mut state = device.lock();
    state.status_calls += 1;
    let seq = state.status_calls;
    let ports: Vec<_> = state
        .ports
        .iter()
        .zip(1_usize..)
        .map(|(port, number)| {
            let mut entry = json!({
                "port": port::written(number, false), "sim": "", "seq": seq, "st": port.st(),
                "imei": format!("86000000000000{number}"),
            });
            // An empty slot reports no more than this.
            if let (Some(sim), Some(fields)) = (port.sim(), entry.as_object_mut()) {
                let opr = if port.usable().is_some() {
                    "310800 Simulated Wireless"
                } else {
                    "0 "
                };
                for (name, value) in [
                    ("iccid", json!(format!("8901800000000000000{number}"))),
                    ("imsi", json!(format!("31080000000000{number}"))),
                    ("sn", json!(sim.trim_start_matches('+'))),
                    ("opr", json!(opr)),
                    ("bal", json!("0.00")),
                    ("sig", json!(15)),
                    ("tot_dur", json!("0/-1")),
                    ("mon_dur", json!("0/-1")),
                    ("day_dur", json!("0/-1")),
                ] {
                    fields.insert(name.to_owned(), value);
                }
            }
            entry
        })
        .collect();
    Json(json!({
        "type": "dev-status", "seq": seq, "expires": -1, "mac": "00-30-f1-00-6c-55", "ip": "127.0.0.1",
        "ver": "532-604-924-041-100-000", "max-ports": ports.len(), "max-slot": 1, "status": ports,
    }))
}

/// `GET /goip_get_sms_stat.html`. This device has not run long enough for its periods to differ.
pub(super) async fn get_sms_stat(Handle(device): Handle<Arc<Device>>, login: Login) -> Json<Value> {
    let state = device.lock();
    let Some(ports) = port::commanded(login.get("ports").unwrap_or("all"), state.ports.len()) else {
        return Json(refused(2, "Invalid Port"));
    };
    let stats: Vec<_> = ports
        .iter()
        .map(|number| {
            let port = &state.ports[number - 1];
            let waiting = state.queue.values().map(|job| job.waiting_on(*number)).sum::<usize>();
            json!({
                "port": number, "slot": 1, "received": port.received, "sent": port.sent + port.failed,
                "sent_ok": port.sent, "sent_failed": port.failed, "con_failed": 0, "unsent": waiting, "sending": 0,
            })
        })
        .collect();
    Json(json!({ "code": 200, "reason": "OK", "count": stats.len(), "stats": stats }))
}
