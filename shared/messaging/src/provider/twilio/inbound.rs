//! What a person wrote to one of our Twilio numbers.
//!
//! A form, posted to the address of the number or its messaging service; fields we do not know are ignored. Where Twilio
//! manages opt-outs, `OptOutType` says that it has taken the text for one of its keywords, in the words and languages that its
//! customer chose, and has answered it (<https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>).
//! Source: <https://www.twilio.com/docs/messaging/guides/webhook-request>

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
    #[error("From: {0}")]
    Sender(#[from] SenderError),
}

/// Reads an inbound text from the decoded fields of its form.
///
/// # Errors
///
/// When it lacks what every inbound text has, or names no sender.
pub(super) fn parse(form: &[(String, String)]) -> Result<InboundMessage, InboundError> {
    let filled = |name: &'static str| field(form, name).ok_or(InboundError::Missing(name));
    let body = form.iter().find(|(name, _)| name == "Body");
    let body = match body {
        Some((_, body)) => body.as_str(),
        // A picture may come without words.
        None if has_media(form) => "",
        None => return Err(InboundError::Missing("Body")),
    };
    let id = filled("MessageSid").or_else(|missing| filled("SmsSid").map_err(|_| missing))?;
    Ok(InboundMessage {
        provider: NAME,
        id: InboundId::Stable(id.to_owned()),
        from: Sender::parse(filled("From")?)?,
        to: filled("To")?.to_owned(),
        body: body.trim_matches('\0').to_owned(),
        answered: field(form, "OptOutType").and_then(Keyword::from_text),
    })
}

fn has_media(form: &[(String, String)]) -> bool {
    field(form, "NumMedia").is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 0))
}

#[cfg(test)]
mod tests {
    use domain::phone_number::PhoneNumber;

    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    fn with_body(body: &str) -> InboundMessage {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("MessageSid", "SM1"),
                ("From", "+12025550123"),
                ("To", "+12025550100"),
                ("Body", body),
            ])
            .finish();
        parse(&fields(&form)).unwrap()
    }

    #[test]
    fn the_documented_form_is_a_text() {
        let form = "ToCountry=US&ToState=DC&SmsMessageSid=SMb1&NumMedia=0&ToCity=&FromZip=20001&SmsSid=SMb1&FromState=DC\
                    &SmsStatus=received&FromCity=WASHINGTON&Body=abc1+abc2&FromCountry=US&To=%2B12025550100&ToZip=\
                    &NumSegments=1&MessageSid=SMb1&AccountSid=ACx&From=%2B12025550123&ApiVersion=2010-04-01";
        let expected = InboundMessage {
            provider: "twilio",
            id: InboundId::Stable("SMb1".into()),
            from: Sender::Phone(PhoneNumber::parse("+12025550123").unwrap()),
            to: "+12025550100".into(),
            body: "abc1 abc2".into(),
            answered: None,
        };
        assert_eq!(parse(&fields(form)).unwrap(), expected);
    }

    #[test]
    fn a_body_is_kept_as_written_but_for_the_padding() {
        for (body, expected) in [
            (" xyz123, xyz222,", " xyz123, xyz222,"),
            ("ABC1\0\0", "ABC1"),
            ("", ""),
            ("Сайн уу 👋🏽 & <b>", "Сайн уу 👋🏽 & <b>"),
            ("line one\r\nline two + 1 = 3 %2B", "line one\r\nline two + 1 = 3 %2B"),
        ] {
            assert_eq!(with_body(body).body, expected);
        }
    }

    #[test]
    fn k51_a_picture_without_words_is_a_text_without_words() {
        let form =
            "MessageSid=MM1&From=%2B12025550123&To=%2B12025550100&MediaUrl0=https://x&MediaContentType0=image/jpeg";
        let picture = parse(&fields(&format!("{form}&NumMedia=1"))).unwrap();
        assert_eq!(
            (picture.id, picture.body.as_str()),
            (InboundId::Stable("MM1".into()), "")
        );
        let captioned = parse(&fields(&format!("{form}&NumMedia=1&Body=ABC1"))).unwrap();
        assert_eq!(captioned.body, "ABC1");
        for media in ["0", "", "-1", "many"] {
            let nothing = parse(&fields(&format!("{form}&NumMedia={media}")));
            assert_eq!(nothing, Err(InboundError::Missing("Body")), "{media}");
        }
    }

    #[test]
    fn k55_a_keyword_that_twilio_answered_is_told_whatever_its_words() {
        for (kind, expected) in [
            ("STOP", Some(Keyword::Stop)),
            ("START", Some(Keyword::Start)),
            ("HELP", Some(Keyword::Help)),
            ("stop", Some(Keyword::Stop)),
            ("", None),
            ("OTHER", None),
        ] {
            let form = format!("MessageSid=SM1&From=%2B12025550123&To=x&Body=Arr%C3%AAt&OptOutType={kind}");
            let text = parse(&fields(&form)).unwrap();
            assert_eq!((text.answered, text.body.as_str()), (expected, "Arrêt"), "{kind}");
        }
    }

    #[test]
    fn a_machine_may_be_the_sender() {
        let sender = |from: &str| {
            parse(&fields(&format!("MessageSid=SM1&To=x&Body=x&From={from}")))
                .unwrap()
                .from
        };
        assert_eq!(sender("131344"), Sender::ShortCode("131344".into()));
        assert_eq!(sender("FSTSMS"), Sender::Alphanumeric("FSTSMS".into()));
    }

    #[test]
    fn an_unusable_form_says_why_and_nothing_of_the_person() {
        let cases = [
            ("", "no usable Body"),
            ("Body=ABC1", "no usable MessageSid"),
            ("MessageSid=SM1&From=%2B12025550123&To=%2B12025550100", "no usable Body"),
            ("MessageSid=SM1&Body=x&To=%2B12025550100", "no usable From"),
            ("MessageSid=SM1&Body=x&From=%2B12025550123&To=+", "no usable To"),
            (
                "MessageSid=SM1&Body=x&From=whatsapp:%2B12025550123&To=whatsapp:%2B12025550100",
                "From: the sender is neither",
            ),
        ];
        for (form, expected) in cases {
            let error = parse(&fields(form)).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("555"), "{error}");
        }
    }
}
