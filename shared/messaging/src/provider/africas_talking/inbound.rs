//! What a person wrote to one of our numbers or short codes, and who wants no more texts. See *Inbound texts* and *Opt-outs*
//! in protocol.md.

use domain::phone_number::{Sender, SenderError};
use thiserror::Error;

use super::NAME;
use crate::callback::field;
use crate::inbound::{InboundId, InboundMessage, Keyword};

/// Why an inbound text cannot be used. Texts carry nothing of the message or its sender.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum InboundError {
    #[error("the inbound text has no usable {0}")]
    Missing(&'static str),
    #[error("{0}: {1}")]
    Sender(&'static str, SenderError),
}

fn filled<'a>(form: &'a [(String, String)], name: &'static str) -> Result<&'a str, InboundError> {
    field(form, name).ok_or(InboundError::Missing(name))
}

fn sender(form: &[(String, String)], name: &'static str) -> Result<Sender, InboundError> {
    Sender::parse(filled(form, name)?).map_err(|error| InboundError::Sender(name, error))
}

/// Reads an inbound text from the decoded fields of its form.
///
/// # Errors
///
/// When it lacks what every inbound text has, or names no sender.
pub(super) fn parse(form: &[(String, String)]) -> Result<InboundMessage, InboundError> {
    let body = form.iter().find(|(name, _)| name == "text");
    let body = body.map(|(_, body)| body.trim_matches('\0').to_owned());
    Ok(InboundMessage {
        provider: NAME,
        id: InboundId::Stable(filled(form, "id")?.to_owned()),
        from: sender(form, "from")?,
        to: filled(form, "to")?.to_owned(),
        body: body.ok_or(InboundError::Missing("text"))?,
        answered: None,
    })
}

/// Reads an opt-out as the text that it stands for. It has no id.
///
/// # Errors
///
/// When it names no person.
pub(super) fn parse_opt_out(form: &[(String, String)]) -> Result<InboundMessage, InboundError> {
    Ok(InboundMessage {
        provider: NAME,
        id: InboundId::Content,
        from: sender(form, "phoneNumber")?,
        to: filled(form, "senderId")?.to_owned(),
        body: "STOP".to_owned(),
        answered: Some(Keyword::Stop),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(form: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(form.as_bytes()).into_owned().collect()
    }

    #[test]
    fn a_text_is_read_from_its_form() {
        let form = "date=2026-11-20+18%3A00%3A00&from=%2B254711000000&id=28a9&linkId=&text=REQUEST+%E2%82%AC&to=20880";
        let text = parse(&fields(form)).unwrap();
        assert_eq!(
            (text.provider, text.from.as_str()),
            ("africas-talking", "+254711000000")
        );
        assert_eq!((text.to.as_str(), text.body.as_str()), ("20880", "REQUEST €"));
        assert_eq!((text.id, text.answered), (InboundId::Stable("28a9".into()), None));
    }

    #[test]
    fn an_opt_out_is_an_answered_stop() {
        let text = parse_opt_out(&fields("senderId=MyShop&phoneNumber=%2B254711000000")).unwrap();
        assert_eq!((text.from.as_str(), text.to.as_str()), ("+254711000000", "MyShop"));
        assert_eq!((text.body.as_str(), text.answered), ("STOP", Some(Keyword::Stop)));
    }

    #[test]
    fn an_unusable_text_says_why_and_names_nobody() {
        for (form, expected) in [
            ("from=%2B254711000000&text=hi&to=20880", "no usable id"),
            ("id=1&text=hi&to=20880", "no usable from"),
            ("id=1&from=%2B254711000000&text=hi", "no usable to"),
            ("id=1&from=%2B25&text=hi&to=20880", "from:"),
        ] {
            let error = parse(&fields(form)).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("254711"), "{error}");
        }
    }
}
