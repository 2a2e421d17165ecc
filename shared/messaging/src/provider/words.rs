//! What is kept of an answer's own words.

use domain::message::{Message, Refusal};
use domain::phone_number::PhoneNumber;

use crate::contract::Outcome;
use crate::excerpt::excerpt;

/// An answer's words without what they repeat of the message.
pub(super) fn words_about(message: &Message, words: &str) -> String {
    let personal = [
        Some(message.body.as_str()),
        message.to.as_ref().map(PhoneNumber::as_str),
        message.device.as_ref().map(|(token, _)| token.as_str()),
    ];
    excerpt(words, personal.into_iter().flatten())
}

/// The same outcome, told in these words.
pub(super) fn saying(outcome: Outcome, detail: String) -> Outcome {
    match outcome {
        accepted @ Outcome::Accepted { .. } => accepted,
        Outcome::Refused(refusal) => Outcome::Refused(Refusal { detail, ..refusal }),
        Outcome::Unknown { .. } => Outcome::Unknown { detail },
    }
}

#[cfg(test)]
mod tests {
    use domain::device::{DeviceToken, Platform};
    use domain::message::{Cause, Kind, RefusalKind};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn nothing_of_the_message_is_repeated() {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let to = PhoneNumber::parse("+12025550123").unwrap();
        let body = "Booked: ABC1".to_owned();
        let message = Message::queued(&cause, Kind::Reply, Some(to), body, Timestamp::UNIX_EPOCH)
            .pushed_to(DeviceToken::parse("fYk:APA91").unwrap(), Platform::Ios);
        assert_eq!(
            words_about(&message, "'Booked: ABC1' to +12025550123 at fYk:APA91 is refused"),
            "'…' to … at … is refused"
        );
    }

    #[test]
    fn the_meaning_is_kept() {
        let throttled = |detail: &str| Outcome::refused_for_now(RefusalKind::Throttled, detail);
        assert_eq!(saying(throttled("HTTP 429"), "20429".into()), throttled("20429"));
        let unknown_outcome = |detail: &str| Outcome::Unknown { detail: detail.into() };
        assert_eq!(
            saying(unknown_outcome("HTTP 500"), "20500".into()),
            unknown_outcome("20500")
        );
    }
}
