//! What the device receives: people's texts (flag 0) and the operator's delivery receipts (flag 1), pushed as `recv-sms`
//! and kept for `GET /goip_get_sms.html`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Handle;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use super::login::Login;
use super::push::{Row, count};
use super::switch::Behaviour;
use super::{Device, number, port};
use crate::clock;
use crate::phone_simulator::InboundText;

/// The number of the network's message centre.
const SMSC: &str = "12025550198";
/// The zone of the network's clock, in hours and as a time stamp's last two digits write it: minus 28 quarters.
const ZONE: (i8, &str) = (-7, "A8");
/// Status codes of a receipt (3GPP TS 23.040, TP-Status): delivered, and its time to live is over.
const DELIVERED: &str = "0";
const EXPIRED: &str = "70";

/// A row of the device's inbox.
#[derive(Clone, Debug)]
pub(super) struct ReceivedSms {
    port: usize,
    at: Timestamp,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text {
        sender: String,
        recipient: String,
        body: String,
    },
    Receipt {
        recipient: String,
        code: &'static str,
    },
}

impl ReceivedSms {
    /// The operator's word on a part of a text that went out on a port. It carries no task id.
    pub(super) fn receipt(port: usize, phone: &str, arrived: bool) -> Self {
        Self {
            port,
            at: clock::now(),
            content: Content::Receipt {
                recipient: number::shown(phone).to_owned(),
                code: if arrived { DELIVERED } else { EXPIRED },
            },
        }
    }

    fn row(&self, behaviour: &Behaviour) -> Value {
        let (port, at) = (port::written(self.port, behaviour.slot_letters), self.at.as_second());
        match &self.content {
            Content::Text {
                sender,
                recipient,
                body,
            } => {
                let mut content = String::new();
                if behaviour.header_block {
                    content = format!(
                        "Sender: {sender}\r\nReceiver: \"{port}\" {recipient}\r\nSMSC: {SMSC}\r\nSCTS: {}\r\n\r\n",
                        scts(self.at)
                    );
                }
                content.push_str(body);
                if behaviour.trailing_nuls {
                    content.push_str("\0\0\0\0");
                }
                json!([0, port, at, sender, recipient, STANDARD.encode(content)])
            }
            Content::Receipt { recipient, code } => {
                json!([1, port, at, SMSC, recipient, format!("{code} {}", scts(self.at))])
            }
        }
    }
}

impl Row for ReceivedSms {
    fn body(rows: &[Self], behaviour: &Behaviour) -> Value {
        let mut body = json!({
            "type": "recv-sms",
            "sms_num": count(rows.len(), behaviour),
            "sms": rows.iter().map(|row| row.row(behaviour)).collect::<Vec<_>>(),
        });
        // Seen together in the one push that was captured.
        if behaviour.header_block {
            body["sim_src"] = 1.into();
        }
        body
    }
}

/// A time stamp of the message centre: `YYMMDDhhmmss` by its own clock, and that clock's zone.
fn scts(at: Timestamp) -> String {
    let local = at.to_zoned(TimeZone::fixed(Offset::constant(ZONE.0)));
    format!("{}{}", local.strftime("%y%m%d%H%M%S"), ZONE.1)
}

/// A person's text comes in on the port whose number it was sent to.
pub(super) fn receive(device: &Device, text: &InboundText) {
    let known = device.lock().by_inbound_id.get(&text.id).cloned();
    let row = match known {
        Some(row) => row,
        None => {
            let Some(row) = take(device, text) else {
                return;
            };
            row
        }
    };
    let receiver = Arc::clone(&device.lock().receiver);
    if let Some(device) = device.myself.upgrade() {
        tokio::spawn(async move { receiver.add(row, &device).await });
    }
}

fn take(device: &Device, text: &InboundText) -> Option<ReceivedSms> {
    let mut state = device.lock();
    let at = state
        .ports
        .iter()
        .position(|port| port.usable() == Some(text.to.as_str()))?;
    state.ports[at].received += 1;
    let row = ReceivedSms {
        port: at + 1,
        at: clock::now(),
        content: Content::Text {
            sender: number::shown(&text.from).to_owned(),
            recipient: number::shown(&text.to).to_owned(),
            body: text.body.clone(),
        },
    };
    state.keep(row.clone());
    state.by_inbound_id.insert(text.id.clone(), row.clone());
    Some(row)
}

/// `GET` or `POST /goip_get_sms.html`: what was received, from a number on. `code` is 0 here.
pub(super) async fn get_sms(Handle(device): Handle<Arc<Device>>, login: Login) -> Json<Value> {
    let behaviour = device.switches.get();
    let first: u64 = login.number("sms_id").unwrap_or(1);
    let number = login
        .number("sms_num")
        .filter(|number| *number > 0)
        .unwrap_or(usize::MAX);
    let mut state = device.lock();
    let rows: Vec<(u64, Value)> = state
        .inbox
        .range(first..)
        .take(number)
        .map(|(id, row)| (*id, row.row(&behaviour)))
        .collect();
    let next = rows.last().map_or(first, |(id, _)| id + 1);
    if login.get("sms_del") == Some("1") {
        for (id, _) in &rows {
            state.inbox.remove(id);
        }
    }
    let data: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    Json(json!({
        "code": 0, "reason": "OK", "ssrc": state.ssrc, "sms_num": data.len(), "next_sms": next, "data": data,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stamp_is_the_captured_one() {
        let at: Timestamp = "2025-08-20T13:45:36Z".parse().unwrap();

        assert_eq!(scts(at), "250820064536A8");
    }

    #[test]
    fn a_text_is_pushed_as_captured() {
        let received = ReceivedSms {
            port: 12,
            at: "2025-08-20T13:45:36Z".parse().unwrap(),
            content: Content::Text {
                sender: "12025550123".into(),
                recipient: "12025550188".into(),
                body: "Yes, I can take Friday".into(),
            },
        };

        let body = ReceivedSms::body(std::slice::from_ref(&received), &Behaviour::default());

        assert_eq!(
            (&body["type"], &body["sms_num"], &body["sim_src"]),
            (&json!("recv-sms"), &json!(1), &json!(1))
        );
        let row = body["sms"][0].as_array().unwrap();
        assert_eq!(
            row[..5],
            *json!([0, "12.01", 1_755_697_536, "12025550123", "12025550188"])
                .as_array()
                .unwrap()
        );
        let content = STANDARD.decode(row[5].as_str().unwrap()).unwrap();
        assert_eq!(
            String::from_utf8(content).unwrap(),
            "Sender: 12025550123\r\nReceiver: \"12.01\" 12025550188\r\nSMSC: 12025550198\r\nSCTS: 250820064536A8\r\n\
             \r\nYes, I can take Friday"
        );
    }
}
