//! What the device receives and posts as `recv-sms`: people's texts (flag 0) and the operator's delivery receipts (flag 1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use super::{Device, number, with_slot};
use crate::clock;
use crate::phone_simulator::InboundText;

/// The number of the network's message centre.
const SMSC: &str = "12025550198";
/// The zone of the network's clock, in hours and as a time stamp's last two digits write it: minus 28 quarters.
const ZONE: (i8, &str) = (-7, "A8");
/// Status codes of a receipt (3GPP TS 23.040, TP-Status): delivered, and its time to live is over.
const DELIVERED: &str = "0";
const EXPIRED: &str = "70";

/// The row of the operator's word on a part of a text that went out on a port. It carries no task id.
pub(super) fn receipt(port: usize, phone: &str, arrived: bool) -> Value {
    let at = clock::now();
    let code = if arrived { DELIVERED } else { EXPIRED };
    let content = format!("{code} {}", scts(at));
    json!([1, with_slot(port), at.as_second(), SMSC, number::shown(phone), content])
}

/// The row of a person's text, which begins with a header block as some units write it.
fn text(port: usize, at: Timestamp, text: &InboundText) -> Value {
    let (port, sender, recipient) = (with_slot(port), number::shown(&text.from), number::shown(&text.to));
    let content = format!(
        "Sender: {sender}\r\nReceiver: \"{port}\" {recipient}\r\nSMSC: {SMSC}\r\nSCTS: {}\r\n\r\n{}",
        scts(at),
        text.body
    );
    json!([0, port, at.as_second(), sender, recipient, STANDARD.encode(content)])
}

/// The body of a callback with one row. `sim_src` was seen beside a header block.
fn body(row: &Value) -> Value {
    json!({ "type": "recv-sms", "sms_num": 1, "sms": [row], "sim_src": 1 })
}

/// A time stamp of the message centre: `YYMMDDhhmmss` by its own clock, and that clock's zone.
fn scts(at: Timestamp) -> String {
    let local = at.to_zoned(TimeZone::fixed(Offset::constant(ZONE.0)));
    format!("{}{}", local.strftime("%y%m%d%H%M%S"), ZONE.1)
}

/// A person's text comes in on the port whose number it was sent to; one that is handed over twice, as the same row.
pub(super) fn receive(device: &Device, inbound: &InboundText) {
    let port = device.sims.iter().position(|sim| sim.as_ref() == Some(&inbound.to));
    let (Some(port), Some(device)) = (port, device.myself.upgrade()) else {
        return;
    };
    let row = {
        let mut state = device.state.lock();
        let known = state.by_inbound_id.entry(inbound.id.clone());
        known.or_insert_with(|| text(port + 1, clock::now(), inbound)).clone()
    };
    tokio::spawn(async move { device.push(&row).await });
}

impl Device {
    /// Posts a row. A post that fails is not repeated: no source speaks of retries.
    pub(super) async fn push(&self, row: &Value) {
        let receiver = self.state.lock().receiver.clone();
        self.webhooks.post_json(&receiver, &body(row)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_pushed_as_captured() {
        let inbound = InboundText {
            id: String::new(),
            from: "+12025550123".into(),
            to: "+12025550188".into(),
            body: "Yes, I can take Friday".into(),
            repeated: false,
        };

        let body = body(&text(12, "2025-08-20T13:45:36Z".parse().unwrap(), &inbound));

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
