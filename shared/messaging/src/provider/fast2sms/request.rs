//! A message as the JSON body of `POST /dev/bulkV2`.

use domain::message::{Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use domain::segment::{self, Encoding};
use domain::template::{Mismatch, MismatchKind, SEPARATOR};
use serde_json::{Value, json};

use super::INDIA;
use super::settings::{Ids, Registered, Route};
use crate::contract::Outcome;
use crate::provider::dlt::OperatorIds;

/// The body, or why the message cannot be sent by this route.
pub(super) fn bulk_v2(message: &Message, to: &PhoneNumber, route: &Route) -> Result<Value, Outcome> {
    let Some(number) = national(to) else {
        let detail = "no mobile number of India: 10 digits, the first of them 6 to 9";
        return Err(Outcome::refused_for_good(RefusalKind::Recipient, detail));
    };
    let mut fields = match route {
        Route::Quick => quick(&message.body),
        Route::Dlt { sender_id, templates } => registered(&message.body, sender_id, templates)?,
    };
    fields["numbers"] = number.into();
    // Comes back in the delivery report.
    fields["udf1"] = message.id.as_str().into();
    Ok(fields)
}

/// The ten digits by which Fast2SMS knows a mobile number.
fn national(to: &PhoneNumber) -> Option<&str> {
    let digits = to.as_str().strip_prefix(INDIA)?;
    (digits.len() == 10 && digits.starts_with(['6', '7', '8', '9'])).then_some(digits)
}

fn quick(body: &str) -> Value {
    let language = match segment::count(body).encoding {
        Encoding::Gsm7 => "english",
        Encoding::Ucs2 => "unicode",
    };
    json!({"route": "q", "message": body, "language": language})
}

fn registered(body: &str, sender_id: &str, templates: &[Registered]) -> Result<Value, Outcome> {
    let Found { ids, text, values } = find(body, templates)?;
    Ok(match ids {
        Ids::Message(message_id) => {
            let mut fields = json!({"route": "dlt", "sender_id": sender_id, "message": message_id});
            if !values.is_empty() {
                fields["variables_values"] = values.join(&SEPARATOR.to_string()).into();
            }
            fields
        }
        Ids::Operators(OperatorIds { template_id, entity_id }) => json!({
            "route": "dlt_manual",
            "sender_id": sender_id,
            "message": text,
            "template_id": template_id,
            "entity_id": entity_id,
        }),
    })
}

/// A body as it is registered.
struct Found<'a> {
    ids: &'a Ids,
    text: String,
    values: Vec<String>,
}

/// The template that `body` is made of, with its values.
fn find<'a>(body: &str, templates: &'a [Registered]) -> Result<Found<'a>, Outcome> {
    let mut closest: Option<(&Registered, Mismatch)> = None;
    for registered in templates {
        match registered.pattern.registered(body) {
            Ok((text, values)) => {
                let ids = &registered.ids;
                return Ok(Found { ids, text, values });
            }
            Err(mismatch) if closest.is_none_or(|(_, other)| mismatch.alike > other.alike) => {
                closest = Some((registered, mismatch));
            }
            Err(_) => {}
        }
    }
    let detail = match closest {
        Some((registered, Mismatch { kind, position, .. })) => {
            let name = &registered.name;
            match kind {
                MismatchKind::Differs => {
                    format!("no template has this text; it differs from \"{name}\" at character {position}")
                }
                _ => format!("not to be sent by template \"{name}\": at character {position} {kind}"),
            }
        }
        None => "no template is set up".to_owned(),
    };
    Err(Outcome::refused_for_good(RefusalKind::Content, detail))
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind, Refusal};
    use domain::template::Pattern;
    use jiff::Timestamp;

    use super::*;

    fn message(to: &str, body: &str) -> (Message, PhoneNumber) {
        let to = PhoneNumber::parse(to).unwrap();
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let message = Message::queued(
            &cause,
            Kind::Reply,
            Some(to.clone()),
            body.into(),
            Timestamp::UNIX_EPOCH,
        );
        (message, to)
    }

    fn body(text: &str, route: &Route) -> Result<Value, Refusal> {
        let (message, to) = message("+919876543210", text);
        bulk_v2(&message, &to, route).map_err(|outcome| match outcome {
            Outcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        })
    }

    fn template(name: &str, text: &str, ids: Ids) -> Registered {
        Registered {
            name: name.into(),
            pattern: Pattern::parse(text).unwrap(),
            ids,
        }
    }

    fn dlt(templates: &[(&str, &str)]) -> Route {
        let templates = templates.iter().enumerate();
        Route::Dlt {
            sender_id: "SHIFTS".into(),
            templates: templates
                .map(|(number, (name, text))| template(name, text, Ids::Message(format!("18895{number}"))))
                .collect(),
        }
    }

    #[test]
    fn a_number_is_ten_digits_of_india() {
        let cases = [
            ("+919876543210", Some("9876543210")),
            ("+916000000000", Some("6000000000")),
            ("+915876543210", None),
            ("+911234567890", None),
            ("+91987654321", None),
            ("+9198765432101", None),
            ("+97699112233", None),
            ("+12025550123", None),
        ];
        for (number, expected) in cases {
            let number = PhoneNumber::parse(number).unwrap();
            assert_eq!(national(&number), expected, "{}", number.as_str());
        }
        let (message, to) = message("+915876543210", "Hi");
        assert!(matches!(
            bulk_v2(&message, &to, &Route::Quick),
            Err(Outcome::Refused(Refusal {
                kind: RefusalKind::Recipient,
                retryable: false,
                ..
            }))
        ));
    }

    #[test]
    fn a_free_text_says_in_which_alphabet_it_is() {
        let udf1 = Cause::Inbound { inbound_id: "in-1" }.message_id();
        for (text, language) in [("Hi @ €5", "english"), ("नमस्ते", "unicode"), ("₹5", "unicode")] {
            let expected = json!({
                "route": "q", "message": text, "language": language, "numbers": "9876543210", "udf1": udf1.as_str(),
            });
            assert_eq!(body(text, &Route::Quick), Ok(expected));
        }
    }

    #[test]
    fn a_registered_text_goes_by_its_id_and_values() {
        let route = dlt(&[
            ("code", "{#var#} is your code"),
            ("offer", "Hi {#var#}, shift on {#var#}."),
            ("bye", "Bye."),
        ]);
        let offer = body("Hi Asha, shift on Friday 18:00.", &route).unwrap();
        assert_eq!(
            (
                &offer["route"],
                &offer["sender_id"],
                &offer["message"],
                &offer["variables_values"]
            ),
            (
                &json!("dlt"),
                &json!("SHIFTS"),
                &json!("188951"),
                &json!("Asha|Friday 18:00")
            )
        );
        let bye = body("Bye.", &route).unwrap();
        assert_eq!((&bye["message"], bye.get("variables_values")), (&json!("188952"), None));
    }

    /// We may have put plain marks in their place before it was known that the text is registered.
    #[test]
    fn k52_a_template_with_typographic_marks_is_found_and_sent_as_registered() {
        let ids = Ids::Operators(OperatorIds {
            template_id: "1107000000000000001".into(),
            entity_id: "1101".into(),
        });
        let route = Route::Dlt {
            sender_id: "SHIFTS".into(),
            templates: vec![template("offer", "Hi {#var#}, don’t miss “{#var#}”…", ids)],
        };
        for text in ["Hi Asha, don't miss \"Friday\"...", "Hi Asha, don’t miss “Friday”…"] {
            let offer = body(text, &route).unwrap();
            assert_eq!(offer["message"], "Hi Asha, don’t miss “Friday”…", "{text}");
        }
    }

    #[test]
    fn a_registered_text_goes_in_full_with_the_operators_ids() {
        let ids = Ids::Operators(OperatorIds {
            template_id: "1107000000000000001".into(),
            entity_id: "1101000000000000001".into(),
        });
        let route = Route::Dlt {
            sender_id: "SHIFTS".into(),
            templates: vec![template("offer", "Hi {#var#}, shift on {#var#}.", ids)],
        };
        let mut offer = body("Hi Asha, shift on Friday.", &route).unwrap();
        assert!(offer["udf1"].take().is_string());
        assert_eq!(
            offer,
            json!({
                "route": "dlt_manual",
                "sender_id": "SHIFTS",
                "message": "Hi Asha, shift on Friday.",
                "template_id": "1107000000000000001",
                "entity_id": "1101000000000000001",
                "numbers": "9876543210",
                "udf1": null,
            })
        );
    }

    #[test]
    fn a_text_without_template_is_refused_and_not_repeated() {
        let route = dlt(&[
            ("code", "{#var#} is your code"),
            ("offer", "Hi {#var#}, shift on {#var#}."),
        ]);
        let long = format!("Hi {}, shift on Friday.", "x".repeat(31));
        let cases = [
            (
                "Hi Asha, Shift on Friday.",
                "no template has this text; it differs from \"offer\" at character 10",
            ),
            (
                "Booked.",
                "no template has this text; it differs from \"code\" at character 2",
            ),
            (
                &long,
                "not to be sent by template \"offer\": at character 34 a value is longer than 30 characters",
            ),
            (
                "Hi A|B, shift on Friday.",
                "not to be sent by template \"offer\": at character 5 a value has | or a line break",
            ),
        ];
        for (text, detail) in cases {
            let refusal = body(text, &route).unwrap_err();
            assert_eq!((refusal.kind, refusal.retryable), (RefusalKind::Content, false));
            assert_eq!(refusal.detail, detail);
        }
    }
}
