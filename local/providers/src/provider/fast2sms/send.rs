//! `/dev/bulkV2`: one text to many numbers.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::delivery::{self, Delivery};
use super::failure::Failure;
use super::field::Fields;
use super::{NAME, PRICE_OF_PART, Service, authorize, dlt};
use crate::clock;
use crate::connection::Connection;
use crate::phone_simulator::{Encoding, Fault, FaultKind, Segments, Text};
use crate::provider::failing;
use crate::provider::receipt::ReceiptPlan;

/// Route `q` goes abroad and comes back from some number.
const QUICK_SENDER: &str = "52001";

pub(super) async fn post(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    connection: Connection,
    body: Bytes,
) -> Response {
    let fault = service.simulator.faults().meet(NAME);
    let refused = match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Unavailable) => {
            return (StatusCode::BAD_GATEWAY, Html("<html><h1>502 Bad Gateway</h1></html>")).into_response();
        }
        Some(FaultKind::Throttle) => Some(Failure::Spamming),
        Some(FaultKind::Reject) => Some(Failure::InvalidNumbers),
        Some(FaultKind::Quota) => Some(Failure::InsufficientWallet),
        Some(FaultKind::Disabled) => Some(Failure::AccountDisabled),
        Some(FaultKind::Inactive) => Some(Failure::InvalidSenderId),
        _ => None,
    };
    if let Some(failure) = refused {
        return failure.into_response();
    }
    let accepted = authorize(&headers).and_then(|()| read(&Fields::of(&body)));
    let (request_id, deliveries) = match accepted.and_then(|message| accept(&service, message)) {
        Ok(accepted) => accepted,
        Err(failure) => return failure.into_response(),
    };
    report(&service, fault.as_ref(), deliveries).await;
    let answer = json!({ "return": true, "request_id": request_id, "message": ["Message sent successfully"] });
    failing::answered(fault.as_ref(), &connection, Json(answer).into_response()).await
}

/// A request that keeps the rules.
struct Message {
    sender: String,
    text: String,
    /// Ten digits each.
    numbers: Vec<String>,
    /// The operators know the text; otherwise they reject it.
    approved: bool,
    user_fields: [String; 3],
}

fn read(fields: &Fields) -> Result<Message, Failure> {
    let route = fields.get("route").ok_or(Failure::RouteMissing)?;
    let mut approved = true;
    let (sender, text) = match route {
        "dlt" => {
            let sender = registered_sender(fields)?;
            let id = fields.get("message").ok_or(Failure::MessageMissing)?;
            let mut templates = sender.templates.iter();
            let template = templates
                .find(|one| one.message_id == id)
                .ok_or(Failure::InvalidMessageId)?;
            // Assumed: what it says to a wrong number of values is not documented.
            let text = template
                .filled(fields.get("variables_values"))
                .ok_or(Failure::InvalidTemplate)?;
            (sender.id, text)
        }
        "dlt_manual" => {
            let sender = registered_sender(fields)?;
            let text = fields.get("message").ok_or(Failure::MessageMissing)?;
            let named = fields.get("template_id");
            let mut templates = sender.templates.iter();
            let found = templates.any(|one| one.matches(text) && named.is_none_or(|id| id == one.template_id));
            if !found && (named.is_none() || fields.get("entity_id").is_none()) {
                return Err(Failure::InvalidTemplate);
            }
            approved = found;
            (sender.id, text.to_owned())
        }
        "q" => {
            let text = fields.get("message").ok_or(Failure::MessageMissing)?;
            let text = match fields.get("language") {
                None | Some("english") => in_english(text),
                Some("unicode") => text.to_owned(),
                Some(_) => return Err(Failure::InvalidLanguage),
            };
            (QUICK_SENDER, text)
        }
        _ => return Err(Failure::InvalidRoute),
    };
    Ok(Message {
        sender: sender.to_owned(),
        text,
        numbers: numbers(fields)?,
        approved,
        user_fields: ["udf1", "udf2", "udf3"].map(|name| fields.get(name).unwrap_or_default().to_owned()),
    })
}

fn registered_sender(fields: &Fields) -> Result<&'static dlt::Sender, Failure> {
    let id = fields.get("sender_id").ok_or(Failure::SenderIdMissing)?;
    dlt::sender(id).ok_or(Failure::InvalidSenderId)
}

/// Ten digits each, the first 6 to 9. Assumed: one wrong number refuses the whole call.
fn numbers(fields: &Fields) -> Result<Vec<String>, Failure> {
    let list = fields.get("numbers").ok_or(Failure::NumbersMissing)?;
    let numbers: Vec<_> = list.split(',').map(|number| number.trim().to_owned()).collect();
    let is_mobile = |number: &String| {
        number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_digit()) && number.as_bytes()[0] >= b'6'
    };
    if !numbers.iter().all(is_mobile) {
        return Err(Failure::InvalidNumbers);
    }
    Ok(numbers)
}

/// Assumed: in `english` a character outside the GSM alphabet does not survive.
fn in_english(text: &str) -> String {
    let survives = |c: char| Segments::of(c.encode_utf8(&mut [0; 4])).encoding == Encoding::Gsm;
    text.chars().map(|c| if survives(c) { c } else { '?' }).collect()
}

/// Takes the price, hands the texts to the network, and returns what to report.
fn accept(service: &Service, message: Message) -> Result<(String, Vec<Delivery>), Failure> {
    let segments = Segments::of(&message.text).count;
    let price = PRICE_OF_PART * segments as u64;
    {
        let mut wallet = service.wallet.lock();
        *wallet = wallet
            .checked_sub(price * message.numbers.len() as u64)
            .ok_or(Failure::InsufficientWallet)?;
    }
    let request_id = Uuid::new_v4().simple().to_string()[..15].to_owned();
    let sent_at = clock::now();
    let deliveries = message.numbers.iter().map(|number| {
        let failure = (!message.approved).then_some(delivery::NOT_APPROVED);
        if failure.is_none() {
            service.simulator.phones().deliver(Text {
                provider: NAME,
                from: message.sender.clone(),
                to: format!("+91{number}"),
                body: message.text.clone(),
                segments,
                message_id: request_id.clone(),
            });
        }
        Delivery {
            request_id: request_id.clone(),
            number: number.clone(),
            failure,
            price,
            segments,
            sent_at,
            user_fields: message.user_fields.clone(),
        }
    });
    let deliveries = deliveries.collect();
    Ok((request_id, deliveries))
}

async fn report(service: &Arc<Service>, fault: Option<&Fault>, deliveries: Vec<Delivery>) {
    let plan = ReceiptPlan::new(fault, &service.simulator);
    for delivery in deliveries {
        let service = Arc::clone(service);
        plan.carry_out(async move {
            for _ in 0..plan.copies {
                delivery.post(&service).await;
            }
        })
        .await;
    }
}
