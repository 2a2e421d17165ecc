//! The first text that we begin with a person says how to stop.

use domain::message::Message;
use domain::organisation::Organisation;
use domain::segment;
use domain::wording::Text;
use jiff::{SignedDuration, Timestamp};
use messaging::Capabilities;

use super::SendMessage;
use super::admission::Preconditions;
use crate::port::{TextHistory, Texted};

/// That we texted somebody is noted once in this long.
const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl SendMessage {
    /// The words with how to stop behind them, where this is the first text that we begin with the person and they may be
    /// added to. A message that was claimed before keeps its words.
    pub(super) fn with_how_to_stop(
        &self,
        message: &Message,
        organisation: &Organisation,
        preconditions: &Preconditions,
        provider: Capabilities,
    ) -> Option<String> {
        let is_first = preconditions
            .history
            .as_ref()
            .is_some_and(|history| history.stop_explained_at.is_none());
        let may_be_added_to = message.kind.may_end_with_how_to_stop()
            && !message.is_registered
            && !provider.registered_texts_only
            && message.attempt == 0
            && !message.body.is_empty();
        if !is_first || !may_be_added_to {
            return None;
        }
        let language = message
            .language
            .or_else(|| preconditions.language(organisation))
            .unwrap_or(self.language);
        let text = Text::Message { message: &message.body }.render(language);
        let body = segment::prefer_gsm7(&text).into_owned();
        (body.encode_utf16().count() <= provider.longest_body).then_some(body)
    }

    /// Notes that the person is texted, and whether the text says how to stop. A note that is missing only means that the
    /// next text says it again.
    pub(super) async fn note_text(
        &self,
        message: &Message,
        preconditions: &Preconditions,
        says_how_to_stop: bool,
        now: Timestamp,
    ) {
        let (Some(phone), Some(known)) = (&message.to, &preconditions.history) else {
            return;
        };
        let is_noted = known.texted.as_ref().is_some_and(|texted| {
            texted.organisation == message.organisation && now.duration_since(texted.at) < NOTED_EVERY
        });
        let news = TextHistory {
            texted: (!is_noted).then(|| Texted {
                at: now,
                organisation: message.organisation.clone(),
            }),
            stop_explained_at: (says_how_to_stop && known.stop_explained_at.is_none()).then_some(now),
        };
        if news == TextHistory::default() {
            return;
        }
        if let Err(error) = self.histories.note(phone, &news).await {
            tracing::warn!(message.id = %message.id, %error, "that the person was texted was not noted");
        }
    }
}
