//! Messages as tasks of `goip_post_sms.html`; see *Sending* in protocol.md.

use domain::digest::digest;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use serde_json::{Value, json};

use super::port::{Port, spread};
use super::settings::Settings;

/// Task ids go through 32-bit signed numbers in some firmware.
const HIGHEST_TASK_ID: u32 = (1 << 31) - 1;

/// Results are reported one by one: somebody may be waiting for them.
const RESULTS_IN_A_REPORT: u32 = 1;

/// The longest that a result waits in the gateway, in seconds.
const REPORT_PERIOD: u32 = 5;

/// Inbound texts come one by one, too; more than 1 would hold them back to fill a push.
const TEXTS_IN_A_PUSH: u32 = 1;

/// Only counts where texts are held back.
const PUSH_PERIOD: u32 = 30;

/// A message on its way into a request.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub id: u32,
    pub message: &'a Message,
    pub to: &'a PhoneNumber,
    pub port: Option<Port>,
}

/// The id of a message that is taken up for its next try. Another try has another id, since the gateway refuses one that
/// it has seen.
pub(super) fn new_task_id(message: &Message) -> u32 {
    let digest = digest(&[message.id.as_str(), &message.attempt.to_string()]);
    spread(&digest) % HIGHEST_TASK_ID + 1
}

/// The id that was recorded when the message was claimed. A repetition keeps it, so that the gateway recognises it.
pub(super) fn task_id(message: &Message) -> u32 {
    let recorded = message.provider_message_id.as_deref();
    let recorded = recorded.and_then(|id| id.parse().ok());
    recorded
        .filter(|id| (1..=HIGHEST_TASK_ID).contains(id))
        .unwrap_or_else(|| new_task_id(message))
}

/// The one port that carries the message; `None` leaves it to the device. Never several, for each of them would send it.
///
/// An answer leaves through the SIM card that was texted, known by its number or else by its port.
pub(super) fn port(message: &Message, settings: &Settings) -> Option<Port> {
    let from = message.from.as_deref();
    let named = from.and_then(|from| settings.ports.with_number(from));
    let texted = || from.and_then(Port::parse).filter(|port| port.slot.is_some());
    let own = || message.to.as_ref().and_then(|to| settings.ports.for_recipient(to));
    named.or_else(texted).or_else(own)
}

/// One request for all tasks.
pub(super) fn send_sms(tasks: &[Task<'_>], settings: &Settings) -> Value {
    let tasks: Vec<Value> = tasks.iter().map(|task| send_one(task, settings)).collect();
    json!({
        "type": "send-sms",
        "sr_url": settings.report_url,
        "sr_cnt": RESULTS_IN_A_REPORT,
        "sr_prd": REPORT_PERIOD,
        "sms_url": settings.inbound_url,
        "sms_cnt": TEXTS_IN_A_PUSH,
        "sms_prd": PUSH_PERIOD,
        "task_num": tasks.len(),
        "tasks": tasks,
    })
}

fn send_one(task: &Task<'_>, settings: &Settings) -> Value {
    let mut row = json!({
        "tid": task.id,
        "to": settings.number_form.write(task.to),
        "sms": task.message.body,
        "chs": "utf8",
        // The device chooses the alphabet.
        "coding": 0,
        "smstype": 0,
        // Rows of those that were sent and of those that were not.
        "sdr": 1,
        "fdr": 1,
        "dr": u8::from(settings.request_receipts),
        "sr_cnt": RESULTS_IN_A_REPORT,
        "sr_prd": REPORT_PERIOD,
    });
    if let Some(port) = task.port {
        row["from"] = port.number.to_string().into();
    }
    row
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::message::{Cause, Kind};
    use jiff::Timestamp;

    use super::*;
    use crate::provider::skyline::settings::NumberForm;

    fn message(inbound_id: &str) -> Message {
        let to = PhoneNumber::parse("+12025550123").unwrap();
        let cause = Cause::Inbound { inbound_id };
        Message::queued(
            &cause,
            Kind::Reply,
            Some(to),
            "Booked".to_owned(),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn numbers_are_written_as_the_network_dials_them() {
        let national = NumberForm::National {
            country_code: "976".to_owned(),
        };
        for (number, form, expected) in [
            ("+97699112233", &NumberForm::E164, "+97699112233"),
            ("+97699112233", &NumberForm::Digits, "97699112233"),
            ("+97699112233", &national, "99112233"),
            ("+12025550123", &national, "0012025550123"),
        ] {
            assert_eq!(form.write(&PhoneNumber::parse(number).unwrap()), expected, "{form:?}");
        }
    }

    #[test]
    fn each_try_has_its_id_and_a_repetition_keeps_it() {
        let first = message("in-1");
        let second = Message {
            attempt: 1,
            ..first.clone()
        };
        assert_eq!(task_id(&first), new_task_id(&first));
        assert_ne!(new_task_id(&first), new_task_id(&second));
        let repeated = Message {
            provider_message_id: Some(new_task_id(&first).to_string()),
            ..second.clone()
        };
        assert_eq!(task_id(&repeated), new_task_id(&first));
        for foreign in ["SM0123", "-5", "0", "2147483648", ""] {
            let message = Message {
                provider_message_id: Some(foreign.to_owned()),
                ..second.clone()
            };
            assert_eq!(task_id(&message), new_task_id(&second), "{foreign}");
        }
    }

    #[test]
    fn ids_are_positive_below_two_to_the_31_and_all_different() {
        let ids: BTreeSet<u32> = (0..2000).map(|n| new_task_id(&message(&n.to_string()))).collect();
        assert_eq!(ids.len(), 2000);
        assert!(ids.iter().all(|id| (1..=HIGHEST_TASK_ID).contains(id)));
        assert!(ids.last().is_some_and(|highest| *highest > HIGHEST_TASK_ID / 2));
    }
}
