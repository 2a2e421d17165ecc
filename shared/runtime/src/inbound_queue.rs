//! The queue between `gateway-webhook` and `inbound-sms`. A message holds the texts of one callback, in their order:
//!
//! ```json
//! {"texts": [{"id": {"stable": "SM1"}, "provider": "twilio", "from": "+12025550123", "to": "+12025550100", "body": "MINE",
//!             "received_at": "2026-11-20T18:00:00Z"}]}
//! ```

use application::inbound::{InboundId, InboundText};
use application::port::QueuedText;
use domain::phone_number::Sender;
use messaging::Keyword;
use serde::{Deserialize, Serialize};

use crate::topic::category;

#[derive(Serialize, Deserialize)]
struct Texts {
    texts: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: QueuedId,
    provider: String,
    from: String,
    to: String,
    body: String,
    /// A keyword that the provider has answered, such as `stop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered: Option<String>,
    received_at: String,
    #[serde(default, skip_serializing_if = "is_false")]
    in_parts: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    has_waited: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum QueuedId {
    Stable(String),
    Content(String),
}

impl From<&QueuedText> for Row {
    fn from(queued: &QueuedText) -> Self {
        let text = &queued.text;
        Self {
            id: match &text.id {
                InboundId::Stable(id) => QueuedId::Stable(id.clone()),
                InboundId::Content(digest) => QueuedId::Content(digest.clone()),
            },
            provider: text.provider.clone(),
            from: text.from.as_str().to_owned(),
            to: text.to.clone(),
            body: text.body.clone(),
            answered: text.answered.map(|keyword| keyword.as_str().to_owned()),
            received_at: queued.received_at.to_string(),
            in_parts: queued.in_parts,
            has_waited: queued.has_waited,
        }
    }
}

impl Row {
    fn into_queued(self) -> Result<QueuedText, String> {
        let text = InboundText {
            id: match self.id {
                QueuedId::Stable(id) => InboundId::Stable(id),
                QueuedId::Content(digest) => InboundId::Content(digest),
            },
            provider: self.provider,
            from: Sender::parse(&self.from).map_err(|error| error.to_string())?,
            to: self.to,
            body: self.body,
            answered: self.answered.as_deref().and_then(Keyword::from_text),
        };
        Ok(QueuedText {
            text,
            received_at: self.received_at.parse().map_err(|_| "received_at is no time")?,
            in_parts: self.in_parts,
            has_waited: self.has_waited,
        })
    }
}

/// The texts that a message of the queue holds.
///
/// # Errors
///
/// Says why the message cannot be read, and nothing of what it holds.
pub fn read(body: &str) -> Result<Vec<QueuedText>, String> {
    let queued: Texts = serde_json::from_str(body)
        .map_err(|error| format!("it does not hold the texts of a callback: {}", category(&error)))?;
    queued.texts.into_iter().map(Row::into_queued).collect()
}

#[cfg(feature = "inbound-queue")]
pub use self::sqs::SqsInboundQueue;

#[cfg(feature = "inbound-queue")]
mod sqs {
    use std::time::Duration;

    use application::port::{InboundQueue, QueuedText, StoreError};
    use async_trait::async_trait;
    use aws_sdk_sqs::Client;
    use aws_sdk_sqs::config::timeout::TimeoutConfig;
    use aws_sdk_sqs::error::DisplayErrorContext;
    use jiff::SignedDuration;

    use super::{Row, Texts};
    use crate::aws::AwsSettings;

    /// The queue on SQS.
    #[derive(Debug, Clone)]
    pub struct SqsInboundQueue {
        client: Client,
        url: String,
    }

    impl SqsInboundQueue {
        /// The queue with this URL.
        pub fn new(aws: &AwsSettings, url: &str) -> Self {
            // Retries included, so that a gateway that gives up after ten seconds hears the answer.
            let time_outs = TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(1))
                .operation_attempt_timeout(Duration::from_secs(2))
                .operation_timeout(Duration::from_secs(5))
                .build();
            Self {
                client: Client::new(&aws.config(time_outs)),
                url: url.to_owned(),
            }
        }
    }

    #[async_trait]
    impl InboundQueue for SqsInboundQueue {
        async fn put(&self, texts: &[QueuedText], delay: SignedDuration) -> Result<(), StoreError> {
            let texts = texts.iter().map(Row::from).collect();
            let body =
                serde_json::to_string(&Texts { texts }).map_err(|error| StoreError::Invalid(error.to_string()))?;
            let request = self
                .client
                .send_message()
                .queue_url(&self.url)
                .message_body(body)
                // Lossless: SQS takes 15 minutes at most.
                .delay_seconds(i32::try_from(delay.as_secs()).unwrap_or(i32::MAX));
            request.send().await.map_err(|error| {
                StoreError::Unavailable(format!("queue of inbound texts: {}", DisplayErrorContext(error)))
            })?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: InboundId, from: &str, body: &str) -> InboundText {
        InboundText {
            id,
            provider: "skyline".to_owned(),
            from: Sender::parse(from).unwrap(),
            to: "+12025550100".to_owned(),
            body: body.to_owned(),
            answered: None,
        }
    }

    #[test]
    fn k36_what_is_queued_reads_back() {
        let texts = [
            text(
                InboundId::Stable("SM1".to_owned()),
                "+12025550123",
                "XYZ123, \"XYZ222\"\n👍",
            ),
            text(InboundId::Content("0123".to_owned()), "MyBank", ""),
            InboundText {
                answered: Some(Keyword::Stop),
                ..text(InboundId::Stable("SM2".to_owned()), "+12025550123", "Arrêt")
            },
        ];
        let queued = |(n, text): (usize, InboundText)| QueuedText {
            text,
            received_at: "2026-11-20T18:00:00.123Z".parse().unwrap(),
            in_parts: n > 0,
            has_waited: n > 1,
        };
        let queued: Vec<QueuedText> = texts.into_iter().enumerate().map(queued).collect();
        let body = serde_json::to_string(&Texts {
            texts: queued.iter().map(Row::from).collect(),
        });
        assert_eq!(read(&body.unwrap()), Ok(queued));
    }

    #[test]
    fn what_is_no_message_says_so_and_repeats_nothing_of_it() {
        for body in [
            "",
            "nightshift",
            r#"{"texts":"nightshift"}"#,
            r#"{"texts":[{"id":{"stable":"1"},"provider":"x","from":"+1 night","to":"","body":""}]}"#,
        ] {
            let error = read(body).unwrap_err();
            assert!(!error.contains("night"), "{error}");
        }
    }
}
