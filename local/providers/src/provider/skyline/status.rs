//! The state of the device and its ports.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Handle;
use serde_json::{Value, json};

use super::login::Login;
use super::{Device, with_slot};

const REGISTERED: u8 = 3;
const NO_SIM: u8 = 0;

/// `GET /goip_get_status.html`, with the device's spellings: `max-slot`, a bare number in `st`, a string in `bal`.
pub(super) async fn get_status(Handle(device): Handle<Arc<Device>>, _: Login) -> Json<Value> {
    let seq = {
        let mut state = device.state.lock();
        state.status_calls += 1;
        state.status_calls
    };
    let ports: Vec<_> = (1_usize..)
        .zip(&device.sims)
        .map(|(number, sim)| {
            let st = if sim.is_some() { REGISTERED } else { NO_SIM };
            let mut entry = json!({
                "port": with_slot(number), "sim": "", "seq": seq, "st": st,
                "imei": format!("86000000000000{number}"),
            });
            // An empty slot reports no more than this.
            if let (Some(sim), Some(fields)) = (sim, entry.as_object_mut()) {
                for (name, value) in [
                    ("iccid", json!(format!("8901800000000000000{number}"))),
                    ("imsi", json!(format!("31080000000000{number}"))),
                    ("sn", json!(sim.trim_start_matches('+'))),
                    ("opr", json!("310800 Simulated Wireless")),
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
