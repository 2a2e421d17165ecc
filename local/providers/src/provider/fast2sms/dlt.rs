//! The DLT manager: the senders and templates that the account has registered.

use axum::Json;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::authorize;

const ENTITY_ID: &str = "1101000000000000001";
const VARIABLE: &str = "{#var#}";

/// A sender with its approved texts.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) id: &'static str,
    pub(super) templates: &'static [Template],
}

#[derive(Debug)]
pub(super) struct Template {
    /// The service's own short number, which route `dlt` expects in `message`.
    pub(super) message_id: &'static str,
    /// The number in the operators' register.
    pub(super) template_id: &'static str,
    name: &'static str,
    text: &'static str,
}

const SENDERS: [Sender; 2] = [
    Sender {
        id: "FSTSMS",
        templates: &[
            Template {
                message_id: "188950",
                template_id: "1107000000000000001",
                name: "shift_offer",
                text: "Hi {#var#}, shift on {#var#}. Reply YES to take it.",
            },
            Template {
                message_id: "188951",
                template_id: "1107000000000000002",
                name: "shift_booked",
                text: "You are booked for {#var#}.",
            },
        ],
    },
    Sender {
        id: "SHIFTL",
        templates: &[Template {
            message_id: "188952",
            template_id: "1107000000000000003",
            name: "reminder",
            text: "Reminder: your shift starts at {#var#}.",
        }],
    },
];

/// A registered sender.
pub(super) fn sender(id: &str) -> Option<&'static Sender> {
    SENDERS.iter().find(|sender| sender.id == id)
}

impl Template {
    /// The text with its variables filled in; `None` unless there are as many values as variables.
    pub(super) fn filled(&self, values: Option<&str>) -> Option<String> {
        let values: Vec<_> = values.map(|values| values.split('|').collect()).unwrap_or_default();
        let parts: Vec<_> = self.text.split(VARIABLE).collect();
        if values.len() + 1 != parts.len() {
            return None;
        }
        let mut text = parts[0].to_owned();
        for (value, part) in values.iter().zip(&parts[1..]) {
            text.push_str(value);
            text.push_str(part);
        }
        Some(text)
    }

    /// Whether a text is the approved one with any variables; one blank more and the operators reject it.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut parts = self.text.split(VARIABLE);
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
            return false;
        };
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.is_empty()
    }
}

/// `GET /dev/dlt_manager?type=template`: every sender with its templates.
pub(super) async fn manager(headers: HeaderMap) -> Response {
    if let Err(failure) = authorize(&headers) {
        return failure.into_response();
    }
    let data: Vec<_> = SENDERS.iter().map(Sender::entry).collect();
    Json(json!({ "success": true, "data": data })).into_response()
}

impl Sender {
    fn entry(&self) -> Value {
        let templates = self.templates.iter().map(|template| {
            json!({
                "message_id": template.message_id, "template_id": template.template_id,
                "template_name": template.name, "message": template.text, "category": "Service Implicit",
            })
        });
        json!({
            "sender_id": self.id, "entity_id": ENTITY_ID, "entity_name": "EXAMPLE PVT LTD",
            "templates": templates.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_approved_one_to_the_blank() {
        let offer = &SENDERS[0].templates[0];
        let filled = offer.filled(Some("Asha|Friday 18:00")).unwrap();

        assert_eq!(filled, "Hi Asha, shift on Friday 18:00. Reply YES to take it.");
        assert!(offer.matches(&filled));
        for other in ["Hi Asha, shift on Friday 18:00.  Reply YES to take it.", "Hi", ""] {
            assert!(!offer.matches(other), "{other}");
        }
        for values in [None, Some("Asha"), Some("a|b|c")] {
            assert_eq!(offer.filled(values), None);
        }
    }
}
