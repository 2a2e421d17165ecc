//! The providers as the tests see them: the numbers they reach, and their reports.

use local_stack::stack::Options;
use tests::Product;

use crate::FUNCTION;

/// A provider that the product can be set up with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider {
    pub name: &'static str,
    /// What the numbers it reaches begin with; four digits follow.
    prefix: &'static str,
    pub receipts: bool,
    pub pushes: bool,
}

pub(crate) const PROVIDERS: [Provider; 8] = [
    texting("end-user-messaging", "+1202555", true),
    texting("skyline", "+1202555", true),
    texting("fast2sms", "+91987654", true),
    texting("mn131344", "+9769911", false),
    texting("twilio", "+1202555", true),
    texting("africas-talking", "+25471100", true),
    pushing("fcm"),
    pushing("pinpoint-push"),
];

const fn texting(name: &'static str, prefix: &'static str, receipts: bool) -> Provider {
    Provider {
        name,
        prefix,
        receipts,
        pushes: false,
    }
}

const fn pushing(name: &'static str) -> Provider {
    Provider {
        name,
        prefix: "+1202555",
        receipts: false,
        pushes: true,
    }
}

impl Provider {
    /// The number of the nth of up to a thousand people that it reaches. The last digits that simulators take as a sign
    /// are left out.
    pub(crate) fn person(&self, n: usize) -> String {
        format!("{}{:04}", self.prefix, 1010 + n)
    }

    /// A product without data, schedules or faults whose texts go through it.
    pub(crate) async fn product(&self) -> Product {
        let product = Product::start(Options {
            provider: Some(self.name.to_owned()),
            ..tests::options(FUNCTION)
        })
        .await;
        if !self.prefix.starts_with("+1") {
            // Its people have nights, and the tests are run at any hour.
            let settings = serde_json::json!({
                "pk": "organisation#default", "sk": "settings", "quiet_hours": "off", "legal_hours": "off",
            });
            product.put("records", settings).await;
        }
        product
    }
}

impl Provider {
    /// Somebody's app, as it registers itself.
    pub(crate) async fn register_device(&self, product: &Product, phone: &str) {
        let token = format!("app-{}", phone.trim_start_matches('+'));
        let digest = domain::digest::digest(&[&token]);
        let device = |pk: String, sk: String| {
            serde_json::json!({
                "pk": pk, "sk": sk, "token": token, "platform": "android", "owner": phone,
                "last_seen_at": "2026-11-20T12:00:00.000Z",
            })
        };
        product
            .put("records", device(format!("device#{digest}"), "device".to_owned()))
            .await;
        product
            .put(
                "records",
                device(format!("employee#{phone}"), format!("device#{digest}")),
            )
            .await;
    }
}

/// Where the simulated gateway reports to.
pub(crate) const GATEWAY_WEBHOOK: &str = "/sms-gateway/handle-serverless/local-gsm-webhook-token-000000000000";
