//! The delivery webhook: one post for each number, repeated until it is taken.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};
use tokio::time;

use super::{Service, rupees};
use crate::clock;

/// Posts of one webhook. That failed ones are repeated is documented, how often is not.
const ATTEMPTS: usize = 5;
/// Before a post is repeated. How long it really is, is not documented.
const RETRY_DELAY: Duration = Duration::from_millis(200);
/// The zone of local times: India's, assumed.
const INDIA_SECONDS: i32 = 19_800;

/// Why a text that the operators have not registered does not arrive.
pub(super) const NOT_APPROVED: &str = "Template mismatch at operator";

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
        let delivered_at = clock::now();
        for attempt in 1..=ATTEMPTS {
            let fields = self.fields(delivered_at, attempt);
            if service.webhooks.post_json(&service.webhook_url, &fields).await {
                return;
            }
            time::sleep(RETRY_DELAY).await;
        }
    }

    fn status(&self) -> &'static str {
        if self.failure.is_some() { "failed" } else { "delivered" }
    }

    fn description(&self) -> &'static str {
        self.failure.unwrap_or("Delivered successfully")
    }

    fn fields(&self, delivered_at: Timestamp, attempt: usize) -> Value {
        let [udf1, udf2, udf3] = &self.user_fields;
        json!({
            "request_id": self.request_id,
            "status": self.status(),
            "status_description": self.description(),
            "failure_reason": self.failure,
            "mobile": self.number,
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
        })
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
