//! The delivery webhook: one post for each number, repeated until it is taken.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};
use tokio::time;

use super::switch::{Behaviour, WebhookBody};
use super::{Service, rupees};
use crate::clock;

/// Posts of one webhook. That failed ones are repeated is documented, how often is not.
const ATTEMPTS: usize = 5;
/// The zone of local times: India's, assumed.
const INDIA_SECONDS: i32 = 19_800;

/// Why a text to a number does not arrive: numbers that end in 0000 are switched off.
pub(super) fn failure_for(number: &str, approved: bool) -> Option<&'static str> {
    if !approved {
        Some("Template mismatch at operator")
    } else if number.ends_with("0000") {
        Some("Absent subscriber")
    } else {
        None
    }
}

pub(super) fn never_reports(number: &str) -> bool {
    number.ends_with("0001")
}

/// A text to one number, as its webhook speaks of it.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) number: String,
    pub(super) failure: Option<&'static str>,
    /// Paise.
    pub(super) price: u64,
    pub(super) segments: usize,
    pub(super) sent_at: Timestamp,
    pub(super) user_fields: [String; 3],
}

impl Delivery {
    pub(super) async fn post(&self, service: &Service) {
        let behaviour = service.switches.get();
        let delivered_at = clock::now();
        for attempt in 1..=ATTEMPTS {
            let (content_type, body) = self.body(delivered_at, attempt, &behaviour);
            if service.webhooks.post(&service.webhook_url, content_type, body).await {
                return;
            }
            time::sleep(Duration::from_millis(behaviour.webhook_retry_ms)).await;
        }
    }

    fn body(&self, delivered_at: Timestamp, attempt: usize, behaviour: &Behaviour) -> (&'static str, String) {
        match behaviour.webhook_body {
            WebhookBody::Json => {
                let fields = Value::Object(self.fields(delivered_at, attempt, behaviour));
                ("application/json", fields.to_string())
            }
            WebhookBody::Form => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in self.fields(delivered_at, attempt, behaviour) {
                    match value {
                        Value::Null => form.append_pair(&name, ""),
                        Value::String(text) => form.append_pair(&name, &text),
                        other => form.append_pair(&name, &other.to_string()),
                    };
                }
                ("application/x-www-form-urlencoded", form.finish())
            }
            WebhookBody::CleverTap => {
                let body = json!({ "statuses": [{
                    "msgId": self.request_id, "status": self.status(), "description": self.description(),
                    "timestamp": delivered_at.as_second(),
                }] });
                ("application/json", body.to_string())
            }
        }
    }

    fn status(&self) -> &'static str {
        if self.failure.is_some() { "failed" } else { "delivered" }
    }

    fn description(&self) -> &'static str {
        self.failure.unwrap_or("Delivered successfully")
    }

    fn fields(&self, delivered_at: Timestamp, attempt: usize, behaviour: &Behaviour) -> Map<String, Value> {
        let prefix = if behaviour.mobile_with_91 { "91" } else { "" };
        let [udf1, udf2, udf3] = &self.user_fields;
        let fields = json!({
            "request_id": self.request_id,
            "status": self.status(),
            "status_description": self.description(),
            "failure_reason": self.failure,
            "mobile": format!("{prefix}{}", self.number),
            "amount_debited": rupees(self.price, 4),
            "sent_time": local(self.sent_at),
            "delivery_time": local(delivered_at),
            "delivery_timestamp": delivered_at.as_second(),
            "sms_count": self.segments,
            "channel": "sms",
            "category": "transactional",
            "udf1": udf1,
            "udf2": udf2,
            "udf3": udf3,
            "post_attempt": attempt,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

/// `2026-01-14 08:11:19` in India.
fn local(at: Timestamp) -> String {
    let india = Offset::from_seconds(INDIA_SECONDS).unwrap_or(Offset::UTC);
    at.to_zoned(TimeZone::fixed(india))
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_indias() {
        assert_eq!(local("2026-01-14T02:41:19Z".parse().unwrap()), "2026-01-14 08:11:19");
    }
}
