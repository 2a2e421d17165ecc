//! Takes people's numbers and words out of what a provider answers, and logs each hand-over.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, Refusal};
use domain::pace::Rate;

use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus, RegisteredTemplates};

/// What stands where something was taken out.
const REDACTED: &str = "…";

/// So many characters of a body's beginning are taken for the body, cut off.
const SHORTEST_BEGINNING: usize = 12;

/// A run of this many digits is taken for a phone number.
const SHORTEST_NUMBER: usize = 7;

/// A provider whose answers carry nothing of the person or the text. It belongs outermost, around every other wrapper.
#[derive(Debug)]
pub struct Redacting {
    provider: Arc<dyn Provider>,
}

impl Redacting {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Provider for Redacting {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.provider.capabilities()
    }

    async fn send(&self, message: &Message) -> Outcome {
        self.silenced(message, self.provider.send(message).await)
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        let outcomes = self.provider.send_all(messages).await;
        let silenced = messages.iter().zip(outcomes);
        silenced
            .map(|(message, outcome)| self.silenced(message, outcome))
            .collect()
    }

    fn reference(&self, message: &Message) -> Option<String> {
        self.provider.reference(message)
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        self.provider.origination_identity(message)
    }

    fn rate(&self) -> Option<Rate> {
        self.provider.rate()
    }

    async fn status(&self) -> ProviderStatus {
        let status = self.provider.status().await;
        ProviderStatus {
            detail: status.detail.map(|detail| without_numbers(&detail)),
            ..status
        }
    }

    /// Registered texts are not personal, so only the reason why there are none may hold personal data.
    async fn templates(&self) -> Option<Result<RegisteredTemplates, String>> {
        let templates = self.provider.templates().await?;
        Some(templates.map_err(|error| without_numbers(&error)))
    }

    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Self::new(self.provider.sandbox()?)))
    }
}

impl Redacting {
    /// The outcome as it may be recorded and logged; it is logged here.
    fn silenced(&self, message: &Message, outcome: Outcome) -> Outcome {
        let outcome = match outcome {
            accepted @ Outcome::Accepted { .. } => accepted,
            Outcome::Refused(refusal) => Outcome::Refused(Refusal {
                detail: redacted(&refusal.detail, message),
                ..refusal
            }),
            Outcome::Unknown { detail } => Outcome::Unknown {
                detail: redacted(&detail, message),
            },
        };
        log(self.name(), message, &outcome);
        outcome
    }
}

fn log(provider: &'static str, message: &Message, outcome: &Outcome) {
    let (refusal, detail) = match outcome {
        Outcome::Accepted { .. } => (None, None),
        Outcome::Refused(refusal) => (Some(refusal), Some(&refusal.detail)),
        Outcome::Unknown { detail } => (None, Some(detail)),
    };
    let refusal_kind = refusal.map(|refusal| refusal.kind.as_str());
    let retryable = refusal.map(|refusal| refusal.retryable);
    if detail.is_none() {
        tracing::info!(message.id = %message.id, provider.name = provider, outcome = outcome.as_str(), "handed over");
    } else {
        tracing::warn!(
            message.id = %message.id,
            provider.name = provider,
            outcome = outcome.as_str(),
            refusal.kind = refusal_kind,
            refusal.retryable = retryable,
            detail,
            "not handed over for certain"
        );
    }
}

/// `detail` without the message's body, recipient and sender, which providers like to repeat, and without anything else
/// that looks like a phone number.
fn redacted(detail: &str, message: &Message) -> String {
    let mut detail = without_body(detail, message.body.trim());
    let own = [
        message.to.as_ref().map(|to| to.as_str()),
        message.from.as_deref(),
        message.device.as_ref().map(|(token, _)| token.as_str()),
    ];
    for text in own.into_iter().flatten().filter(|text| !text.is_empty()) {
        detail = detail.replace(text, REDACTED);
    }
    without_numbers(&detail)
}

/// `detail` without the body, and without the beginning of it that is left where an answer was cut.
fn without_body(detail: &str, body: &str) -> String {
    let beginning = body
        .char_indices()
        .nth(SHORTEST_BEGINNING)
        .map_or(body, |(end, _)| &body[..end]);
    if beginning.is_empty() {
        return detail.to_owned();
    }
    let mut kept = String::with_capacity(detail.len());
    let mut rest = detail;
    while let Some(start) = rest.find(beginning) {
        let both = rest[start..].chars().zip(body.chars());
        let repeated: usize = both
            .take_while(|(one, other)| one == other)
            .map(|(one, _)| one.len_utf8())
            .sum();
        kept.push_str(&rest[..start]);
        kept.push_str(REDACTED);
        rest = &rest[start + repeated..];
    }
    kept + rest
}

fn without_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, run) = (&rest[..start], &rest[start..start + digits]);
        if digits >= SHORTEST_NUMBER {
            kept.push_str(before.strip_suffix('+').unwrap_or(before));
            kept.push_str(REDACTED);
        } else {
            kept.push_str(before);
            kept.push_str(run);
        }
        rest = &rest[start + digits..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::message::{Cause, Kind, RefusalKind};
    use domain::phone_number::PhoneNumber;
    use jiff::Timestamp;

    use super::*;
    use crate::provider::memory::Memory;

    fn message() -> Message {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let to = PhoneNumber::parse("+12025550123").unwrap();
        Message::queued(
            &cause,
            Kind::Reply,
            Some(to),
            "Booked: ABC1 ".into(),
            Timestamp::UNIX_EPOCH,
        )
        .leaving_from("SHIFTLINE")
    }

    #[test]
    fn takes_out_the_message_and_every_number() {
        let cases = [
            ("number +12025550123 has opted out", "number … has opted out"),
            ("number 12025550123 has opted out", "number … has opted out"),
            ("to=+97699112233,from=SHIFTLINE", "to=…,from=…"),
            ("the body 'Booked: ABC1' is not allowed", "the body '…' is not allowed"),
            ("HTTP 500 after 1234 ms, part 2/3", "HTTP 500 after 1234 ms, part 2/3"),
            ("1234567", "…"),
            ("123456", "123456"),
            ("00000012025550123000000", "…"),
            ("(+12025550123)(+12025550124)", "(…)(…)"),
            ("+", "+"),
            ("", ""),
            ("сообщение 12025550123 отклонено", "сообщение … отклонено"),
        ];
        for (detail, expected) in cases {
            assert_eq!(redacted(detail, &message()), expected);
        }
    }

    #[test]
    fn what_is_left_of_a_body_in_an_answer_that_was_cut_is_taken_out_too() {
        let body = "Ээлж баталгаажлаа: ABC1, Friday 18:00 at the north gate".to_owned();
        let message = Message { body, ..message() };
        for (detail, expected) in [
            ("cannot send 'Ээлж баталгаажлаа: ABC1, Fri", "cannot send '…"),
            ("'Ээлж баталгаажлаа: ABC1...' is not allowed", "'…...' is not allowed"),
            ("Ээлж баталгаажлаа and Ээлж баталгаажлаа: A", "… and …"),
            ("Ээлж is not allowed", "Ээлж is not allowed"),
        ] {
            assert_eq!(redacted(detail, &message), expected);
        }
    }

    #[tokio::test]
    async fn answers_keep_their_meaning() {
        let memory = Memory::new();
        let redacting = Redacting::new(Arc::new(memory.clone()));
        let echo = "+12025550123: Booked: ABC1";
        memory.answer_next(Outcome::refused_for_now(RefusalKind::Throttled, echo));
        memory.answer_next(Outcome::Unknown { detail: echo.into() });
        let message = message();
        assert_eq!(
            redacting.send(&message).await,
            Outcome::refused_for_now(RefusalKind::Throttled, "…: …")
        );
        assert_eq!(
            redacting.send(&message).await,
            Outcome::Unknown {
                detail: "…: …".into()
            }
        );
        let accepted = Outcome::Accepted {
            provider_message_id: Some("memory-3".into()),
        };
        assert_eq!(redacting.send(&message).await, accepted);
        assert_eq!(
            (redacting.name(), redacting.capabilities()),
            (memory.name(), memory.capabilities())
        );
    }

    /// What a log would hold.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn each_hand_over_is_logged_with_ids_and_without_the_person() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let memory = Memory::new();
        memory.answer_next(Outcome::refused_for_good(
            RefusalKind::Content,
            "'Booked: ABC1' to +12025550123",
        ));
        let redacting = Redacting::new(Arc::new(memory));
        redacting.send(&message()).await;
        redacting.send(&message()).await;

        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let [refused, accepted] = log.lines().collect::<Vec<_>>()[..] else {
            panic!("{log}")
        };
        assert!(
            refused.contains("refused") && refused.contains("content") && refused.contains("'…' to …"),
            "{log}"
        );
        assert!(
            accepted.contains("accepted") && accepted.contains(message().id.as_str()),
            "{log}"
        );
        assert!(
            !log.contains("5550123") && !log.contains("ABC1") && !log.contains("SHIFTLINE"),
            "{log}"
        );
    }
}
