//! Delivery events: what the service publishes about a text to the topic of its configuration set.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time;

use super::Service;
use local_providers::clock;
use local_providers::phone_simulator::{Encoding, Fault, FaultKind, Segments};

/// Where the events of the texts sent under a name go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationSet {
    pub name: String,
    /// The SNS destination, if there is one.
    pub topic_arn: Option<String>,
    /// What the destination receives: `ALL`, `TEXT_ALL` or types such as `TEXT_DELIVERED`.
    pub event_types: Vec<String>,
}

impl ConfigurationSet {
    fn matches(&self, event_type: &str) -> bool {
        self.event_types
            .iter()
            .any(|wanted| wanted == "ALL" || wanted == "TEXT_ALL" || wanted == event_type)
    }
}

/// How a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    status: &'static str,
    description: &'static str,
    /// Whether the phone gets the text.
    pub(super) arrives: bool,
}

const QUEUED: Outcome = Outcome {
    status: "QUEUED",
    description: "Message is queued for delivery",
    arrives: false,
};

/// The outcome for a destination: texts arrive, except at nine numbers of the fictional range and at the service's own
/// simulators of failures.
pub(super) fn outcome_for(destination: &str) -> Outcome {
    let (status, description) = match destination {
        // The service's own simulators; its documents do not say which failure the second of each country reports.
        "+14254147167" | "+447860019067" | "+33755512502" => ("UNREACHABLE", "Phone is currently unreachable"),
        "+12025550191" => ("INVALID", "Phone number is invalid"),
        "+12025550192" => ("UNREACHABLE", "Phone is currently unreachable"),
        "+12025550193" => ("CARRIER_UNREACHABLE", "Phone carrier is currently unreachable"),
        "+12025550194" => ("BLOCKED", "Phone has blocked SMS"),
        "+12025550195" => ("CARRIER_BLOCKED", "Phone carrier has blocked this message"),
        "+12025550196" => ("SPAM", "Message was considered as spam"),
        "+12025550197" => ("INVALID_MESSAGE", "Message body is invalid"),
        "+12025550198" => ("TTL_EXPIRED", "Message could not be delivered within its time to live"),
        "+12025550199" => ("UNKNOWN", "Unknown error attempting to reach phone"),
        _ => {
            return Outcome {
                status: "DELIVERED",
                description: "Message has been accepted by phone",
                arrives: true,
            };
        }
    };
    Outcome {
        status,
        description,
        arrives: false,
    }
}

/// The country of a number, where the simulated network knows the code.
pub(super) fn country_of(number: &str) -> Option<&'static str> {
    let codes = [
        ("+1", "US"),
        ("+33", "FR"),
        ("+44", "GB"),
        ("+49", "DE"),
        ("+91", "IN"),
        ("+976", "MN"),
    ];
    codes
        .into_iter()
        .find(|(code, _)| number.starts_with(code))
        .map(|(_, country)| country)
}

/// An accepted text as its events speak of it.
#[derive(Clone, Debug)]
pub(super) struct SentText {
    pub(super) message_id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) message_type: String,
    pub(super) segments: Segments,
    /// Millionths of a US dollar, for all parts.
    pub(super) price: u64,
    pub(super) requested_at: Timestamp,
    /// The caller's own pairs, given back in every event.
    pub(super) context: Value,
    pub(super) configuration_set: ConfigurationSet,
}

impl SentText {
    fn event(&self, outcome: Outcome) -> Value {
        let (from, to) = (country_of(&self.from), country_of(&self.to));
        let mut event = json!({
            "eventType": format!("TEXT_{}", outcome.status),
            "eventVersion": "1.0",
            "eventTimestamp": clock::now().as_millisecond(),
            "isFinal": outcome != QUEUED,
            "originationPhoneNumber": self.from,
            "destinationPhoneNumber": self.to,
            "mcc": "310",
            "mnc": "800",
            "carrierName": "Simulated Wireless",
            "messageId": self.message_id,
            "messageRequestTimestamp": self.requested_at.as_millisecond(),
            "messageEncoding": match self.segments.encoding { Encoding::Gsm => "GSM", Encoding::Unicode => "Unicode" },
            "messageType": self.message_type,
            "messageStatus": outcome.status,
            "messageStatusDescription": outcome.description,
            "isInternationalSend": from != to,
            "context": self.context,
            "totalMessageParts": self.segments.count,
            "totalMessagePrice": self.price as f64 / 1_000_000.0,
            "totalCarrierFee": 0.0,
        });
        if let Some(country) = to {
            event["isoCountryCode"] = country.into();
        }
        event
    }

    fn publish(&self, service: &Service, outcome: Outcome) {
        let set = &self.configuration_set;
        let (Some(topic), true) = (&set.topic_arn, set.matches(&format!("TEXT_{}", outcome.status))) else {
            return;
        };
        // As with AWS, an event whose topic cannot be published to is lost.
        let _ = service.topics.publish(topic, &self.event(outcome).to_string());
    }
}

/// Lets the events of an accepted text happen, as the fault that the text met has it.
pub(super) async fn report(service: &Arc<Service>, text: SentText, fault: Option<&Fault>) {
    let outcome = outcome_for(&text.to);
    let usual = Duration::from_millis(service.simulator.settings().receipt_delay_ms);
    match fault.map(|fault| (fault.kind, fault.delay())) {
        Some((FaultKind::NoReceipt, _)) => {}
        Some((FaultKind::EarlyReceipt, head_start)) => {
            text.publish(service, QUEUED);
            text.publish(service, outcome);
            time::sleep(head_start).await;
        }
        Some((FaultKind::DuplicateReceipt, _)) => later(service, text, &[outcome, outcome], usual),
        Some((FaultKind::LateReceipt, late)) => later(service, text, &[outcome], late),
        _ => later(service, text, &[outcome], usual),
    }
}

fn later(service: &Arc<Service>, text: SentText, finals: &[Outcome], delay: Duration) {
    let service = Arc::clone(service);
    let finals = finals.to_vec();
    tokio::spawn(async move {
        text.publish(&service, QUEUED);
        time::sleep(delay).await;
        for outcome in finals {
            text.publish(&service, outcome);
        }
    });
}
