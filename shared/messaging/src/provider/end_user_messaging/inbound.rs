//! Two-way texts: what a person wrote to one of our numbers.
//!
//! `messageKeyword` and `previousPublishedMessageId` are hints of the service and are not read. Deliveries may repeat,
//! under the same `inboundMessageId`. See *Inbound texts* in `protocol.md`.

use domain::phone_number::{Sender, SenderError};
use serde_json::Value;
use thiserror::Error;

use crate::inbound::{InboundId, InboundMessage};

/// Why a two-way payload cannot be used. Texts carry nothing of the message or its sender.
#[derive(Debug, Error)]
pub enum InboundError {
    #[error("the two-way payload is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the two-way payload has no usable {0}")]
    Missing(&'static str),
    #[error("originationNumber: {0}")]
    Sender(#[from] SenderError),
}

/// Reads the body of an SNS message of the two-way topic.
///
/// # Errors
///
/// When it is not JSON, lacks what every two-way text has, or names no sender.
pub fn parse(payload: &str) -> Result<InboundMessage, InboundError> {
    let payload: Value = serde_json::from_str(payload)?;
    let text = |key: &'static str| payload[key].as_str().ok_or(InboundError::Missing(key));
    let filled = |key: &'static str| text(key).ok().map(str::trim).filter(|text| !text.is_empty());

    let body = text("messageBody")?.trim_matches('\0').to_owned();
    let from = Sender::parse(filled("originationNumber").ok_or(InboundError::Missing("originationNumber"))?)?;
    let to = filled("destinationNumber")
        .ok_or(InboundError::Missing("destinationNumber"))?
        .to_owned();
    // A text published by hand may lack the id; it can be served all the same.
    let id = filled("inboundMessageId").map_or(InboundId::Content, |id| InboundId::Stable(id.to_owned()));
    Ok(InboundMessage {
        provider: super::NAME,
        id,
        from,
        to,
        body,
        answered: None,
    })
}

#[cfg(test)]
mod tests {
    use domain::phone_number::PhoneNumber;
    use serde_json::json;

    use super::*;

    fn payload() -> Value {
        json!({
            "originationNumber": "+12025550123",
            "destinationNumber": "+12025550188",
            "messageKeyword": "JOIN",
            "messageBody": "EXAMPLE",
            "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
            "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        })
    }

    fn with(key: &str, value: Value) -> String {
        let mut payload = payload();
        payload[key] = value;
        payload.to_string()
    }

    #[test]
    fn the_documented_payload_is_a_text() {
        let expected = InboundMessage {
            provider: "end-user-messaging",
            id: InboundId::Stable("cae173d2-66b9-564c-8309-21f858e9fb84".into()),
            from: Sender::Phone(PhoneNumber::parse("+12025550123").unwrap()),
            to: "+12025550188".into(),
            body: "EXAMPLE".into(),
            answered: None,
        };
        assert_eq!(parse(&payload().to_string()).unwrap(), expected);
    }

    #[test]
    fn a_body_is_kept_as_written_but_for_the_padding() {
        for (body, expected) in [
            (" xyz123, xyz222,", " xyz123, xyz222,"),
            ("ABC1\0\0", "ABC1"),
            ("", ""),
            ("\0", ""),
            ("Сайн уу 👋🏽", "Сайн уу 👋🏽"),
            ("line one\nline two", "line one\nline two"),
        ] {
            assert_eq!(parse(&with("messageBody", body.into())).unwrap().body, expected);
        }
        let long = "x".repeat(100_000);
        assert_eq!(parse(&with("messageBody", long.clone().into())).unwrap().body, long);
    }

    #[test]
    fn a_text_without_an_id_is_known_by_its_content() {
        for id in [Value::Null, json!(""), json!(7)] {
            assert_eq!(parse(&with("inboundMessageId", id)).unwrap().id, InboundId::Content);
        }
    }

    #[test]
    fn a_machine_may_be_the_sender() {
        let sender = |text: &str| parse(&with("originationNumber", text.into())).unwrap().from;
        assert_eq!(sender("131344"), Sender::ShortCode("131344".into()));
        assert_eq!(sender("FSTSMS"), Sender::Alphanumeric("FSTSMS".into()));
    }

    #[test]
    fn an_unusable_payload_says_why_and_nothing_of_the_person() {
        let cases = [
            (with("messageBody", Value::Null), "no usable messageBody"),
            (with("messageBody", json!(["ABC1"])), "no usable messageBody"),
            (with("originationNumber", Value::Null), "no usable originationNumber"),
            (with("originationNumber", json!("  ")), "no usable originationNumber"),
            (
                with("originationNumber", json!(12_025_550_123_i64)),
                "no usable originationNumber",
            ),
            (
                with("originationNumber", json!("+1202555012345678901")),
                "originationNumber: the sender is neither",
            ),
            (with("destinationNumber", Value::Null), "no usable destinationNumber"),
            ("null".into(), "no usable messageBody"),
            ("[]".into(), "no usable messageBody"),
            ("REQUEST".into(), "not JSON"),
            ("{\"originationNumber\":\"+12025550123\"".into(), "not JSON"),
        ];
        for (payload, expected) in cases {
            let error = parse(&payload).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("555"), "{error}");
        }
    }

    #[test]
    fn debug_output_shows_neither_number_nor_body() {
        let text = format!("{:?}", parse(&payload().to_string()).unwrap());
        assert!(
            text.contains("cae173d2") && !text.contains("555") && !text.contains("EXAMPLE"),
            "{text}"
        );
    }
}
