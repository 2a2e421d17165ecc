//! Forms that are posted to the URL in the dashboard, which is the same for all kinds of them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;

use super::Service;
use crate::clock;
use crate::phone_simulator::InboundText;

const FORM: &str = "application/x-www-form-urlencoded";

/// Safaricom; the sandbox says `99999`.
const NETWORK: &str = "63902";

/// What is reported of a text.
#[derive(Debug)]
pub(super) struct Receipt<'a> {
    pub(super) id: &'a str,
    pub(super) to: &'a str,
    pub(super) status: &'static str,
    pub(super) reason: Option<&'static str>,
}

/// Assumed: it is posted once, whatever the answer.
async fn post(service: &Service, fields: &[(&str, &str)]) {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    service.webhooks.post(&service.webhook_url, FORM, body).await;
}

pub(super) async fn receipt(service: &Service, receipt: &Receipt<'_>) {
    let mut fields = vec![
        ("id", receipt.id),
        ("status", receipt.status),
        ("phoneNumber", receipt.to),
        ("networkCode", NETWORK),
        ("retryCount", "0"),
    ];
    fields.extend(receipt.reason.map(|reason| ("failureReason", reason)));
    post(service, &fields).await;
}

/// A text of a person. Assumed: it comes in one piece, and with the same id when it comes again.
pub(super) fn inbound(service: &Service, text: &InboundText) {
    let Some(service) = service.myself.upgrade() else {
        return;
    };
    let (text, date) = (text.clone(), clock::now().strftime("%Y-%m-%d %H:%M:%S").to_string());
    tokio::spawn(async move {
        let fields = [
            ("date", date.as_str()),
            ("from", &text.from),
            ("id", &text.id),
            ("linkId", ""),
            ("text", &text.body),
            ("to", &text.to),
            ("networkCode", NETWORK),
        ];
        post(&service, &fields).await;
    });
}

/// Somebody opts out as the service's own words say: `POST /_local/opt-outs` with their number.
pub(super) async fn opt_out(State(service): State<Arc<Service>>, number: Bytes) -> StatusCode {
    let number = String::from_utf8_lossy(&number).into_owned();
    let sender = service.business_number.clone();
    service.opted_out().insert((number.clone(), sender.clone()));
    post(&service, &[("senderId", &sender), ("phoneNumber", &number)]).await;
    StatusCode::NO_CONTENT
}
