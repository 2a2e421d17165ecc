//! Tells one person one thing, once for each key: the use case behind every text that nobody asked for.

use std::sync::Arc;

use domain::campaign::{Campaign, CampaignError, CampaignRow};
use domain::digest::digest;
use domain::language::Language;
use domain::message::{Cause, Message, MessageId};
use domain::notice::Notice;
use domain::organisation::DEFAULT_ORGANISATION;
use domain::phone_number::PhoneNumber;
use domain::segment;
use jiff::Timestamp;
use thiserror::Error;

use crate::port::{Campaigns, Clock, Contacts, Organisations, Outbox, StoreError};

/// The message that tells `to` this notice. It is the same message for the same type, recipient and `key`, whatever the
/// words.
pub fn compose(
    notice: &Notice,
    to: &PhoneNumber,
    language: Language,
    key: &str,
    organisation: Option<&str>,
    now: Timestamp,
) -> Message {
    let kind = notice.kind();
    let body = notice.render(language);
    Message::queued(&Cause::Notice { kind, key, to }, kind, Some(to.clone()), body, now)
        .of_organisation(organisation.map(ToOwned::to_owned))
}

/// What somebody is to be told.
#[derive(Debug, Clone)]
pub struct Request {
    pub notice: Notice,
    pub to: PhoneNumber,
    /// What the caller knows of the person's choice; `None` is what their contact says, else the organisation's language,
    /// else the stack's.
    pub language: Option<Language>,
    /// In whose name; `None` is the contact's own organisation.
    pub organisation: Option<String>,
    /// The caller's own name for this: a repeated key says nothing new to the same person.
    pub key: String,
}

/// What many are to be told.
#[derive(Clone)]
pub struct GroupRequest {
    pub text: String,
    /// As a campaign's audience: names with commas between them, or `all`.
    pub group: String,
    /// In whose name; `None` is each contact's own organisation.
    pub organisation: Option<String>,
    pub key: String,
}

impl std::fmt::Debug for GroupRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupRequest")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// What was put on its way. A repeated key gets the same answer as long as the same is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified<Id> {
    pub id: Id,
    /// Billed parts of one text.
    pub segments: u32,
    pub language: Language,
    /// False where the key had been used before; then nothing was written.
    pub is_new: bool,
}

/// Why nobody is told.
#[derive(Debug, Error)]
pub enum AnnounceError {
    /// The text can not be a campaign's.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use case.
#[derive(Debug, Clone)]
pub struct Notify {
    pub outbox: Arc<dyn Outbox>,
    pub contacts: Arc<dyn Contacts>,
    pub organisations: Arc<dyn Organisations>,
    pub campaigns: Arc<dyn Campaigns>,
    pub clock: Arc<dyn Clock>,
    /// The language where neither the person nor the organisation has one.
    pub language: Language,
}

impl Notify {
    /// Puts the notice into the outbox. Whether it may be sent is judged at the moment of sending.
    ///
    /// # Errors
    ///
    /// The store's, or that the organisation's settings can not be used.
    pub async fn tell(&self, request: &Request) -> Result<Notified<MessageId>, StoreError> {
        let contact = self.contacts.get(&request.to).await?;
        let own = contact.as_ref().and_then(|contact| contact.organisation.as_deref());
        let organisation = request.organisation.as_deref().or(own);
        let settings = self
            .organisations
            .get(organisation.unwrap_or(DEFAULT_ORGANISATION))
            .await?;
        let language = request
            .language
            .or(contact.as_ref().and_then(|contact| contact.language))
            .or(settings.language)
            .unwrap_or(self.language);
        let message = compose(
            &request.notice,
            &request.to,
            language,
            &request.key,
            organisation,
            self.clock.now(),
        );
        let (id, segments) = (message.id.clone(), segment::count(&message.body).segments);
        let written = self.outbox.put_new(vec![message]).await?;
        Ok(Notified {
            id,
            segments,
            language,
            is_new: written > 0,
        })
    }

    /// Inserts a campaign's row, which launches it; answers its id.
    ///
    /// # Errors
    ///
    /// When the text can not be announced, and the store's.
    pub async fn announce(&self, request: &GroupRequest) -> Result<Notified<String>, AnnounceError> {
        let organisation = request.organisation.as_deref().unwrap_or_default();
        let row = CampaignRow {
            campaign_id: format!("announcement-{}", digest(&["announcement", organisation, &request.key])),
            message: Some(request.text.clone()),
            audience: vec![request.group.clone()],
            organisation: request.organisation.clone(),
            ..CampaignRow::default()
        };
        let announcement = Campaign::try_from(&row)?.announcement(self.language, false);
        let is_new = self.campaigns.create(&row).await?;
        Ok(Notified {
            id: row.campaign_id,
            segments: segment::count(&announcement).segments,
            language: self.language,
            is_new,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::contact::Contact;
    use domain::message::{Kind, Lane, Status};
    use domain::organisation::Organisation;
    use jiff::SignedDuration;

    use super::*;
    use crate::fixture::{at, clock, person};
    use crate::memory::MemoryStore;

    fn notify(store: &MemoryStore, language: Language) -> Notify {
        Notify {
            outbox: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            campaigns: Arc::new(store.clone()),
            clock: Arc::new(clock()),
            language,
        }
    }

    fn code(key: &str, code: &str) -> Request {
        Request {
            notice: Notice::OneTimeCode {
                code: code.into(),
                minutes: 5,
            },
            to: person(1),
            language: None,
            organisation: None,
            key: key.into(),
        }
    }

    #[tokio::test]
    async fn a_code_waits_for_nobody_and_is_never_late() {
        let store = MemoryStore::default();
        let notified = notify(&store, Language::English)
            .tell(&code("k", "012345"))
            .await
            .unwrap();
        let [message] = store.messages().try_into().unwrap();
        assert_eq!((message.id.clone(), message.status), (notified.id, Status::Queued));
        assert_eq!((message.kind, message.lane()), (Kind::OneTimeCode, Lane::Interactive));
        assert_eq!(message.expires_at, at(0) + SignedDuration::from_mins(5));
        assert!(message.body.contains("012345") && !message.id.as_str().contains("012345"));
        assert!(!format!("{message:?}").contains("012345"));
        assert!(message.kind.policy().body_goes_when_sent && message.kind.policy().repeat);
    }

    #[tokio::test]
    async fn a_key_tells_a_person_once() {
        let store = MemoryStore::default();
        let notify = notify(&store, Language::English);
        let first = notify.tell(&code("k", "111111")).await.unwrap();
        assert!(first.is_new);
        let again = notify.tell(&code("k", "222222")).await.unwrap();
        assert_eq!((again.id.clone(), again.is_new), (first.id.clone(), false));
        assert!(store.messages()[0].body.contains("111111"));
        let to_another = Request {
            to: person(2),
            ..code("k", "111111")
        };
        let [other_key, other_person] = [code("l", "111111"), to_another];
        for other in [other_key, other_person] {
            let other = notify.tell(&other).await.unwrap();
            assert!(other.is_new && other.id != first.id);
        }
        assert_eq!(store.messages().len(), 3);
    }

    #[tokio::test]
    async fn the_nearest_choice_of_language_counts() {
        use Language::{English, Mongolian};
        for (asked, own, of_organisation, stack, expected) in [
            (Some(English), Some(Mongolian), Some(Mongolian), Mongolian, English),
            (None, Some(English), Some(Mongolian), Mongolian, English),
            (None, None, Some(Mongolian), English, Mongolian),
            (None, None, None, Mongolian, Mongolian),
        ] {
            let store = MemoryStore::default();
            store.put_contact(Contact {
                language: own,
                organisation: Some("school".into()),
                ..Contact::new(person(1))
            });
            let settings = Organisation {
                language: of_organisation,
                ..Organisation::default()
            };
            store.put_organisation("school", settings);
            let request = Request {
                language: asked,
                ..code("k", "012345")
            };
            let notified = notify(&store, stack).tell(&request).await.unwrap();
            assert_eq!(notified.language, expected);
            let message = &store.messages()[0];
            assert_eq!(message.organisation.as_deref(), Some("school"));
            assert_eq!(message.body, request.notice.render(expected));
            assert_eq!(notified.segments, segment::count(&message.body).segments);
        }
    }

    #[tokio::test]
    async fn a_stranger_is_told_in_the_name_of_the_caller() {
        let store = MemoryStore::default();
        let mongolian = Organisation {
            language: Some(Language::Mongolian),
            ..Organisation::default()
        };
        store.put_organisation("desk", mongolian);
        let request = Request {
            organisation: Some("desk".into()),
            ..code("k", "012345")
        };
        let notified = notify(&store, Language::English).tell(&request).await.unwrap();
        assert_eq!(notified.language, Language::Mongolian);
        assert_eq!(store.messages()[0].organisation.as_deref(), Some("desk"));
    }

    #[tokio::test]
    async fn settings_that_can_not_be_used_stop_the_notice_before_it_is_stored() {
        let store = MemoryStore::default();
        store.put_unusable_organisation(DEFAULT_ORGANISATION, "zone must be a time zone");
        let error = notify(&store, Language::English).tell(&code("k", "012345")).await;
        assert!(matches!(error, Err(StoreError::Invalid(_))), "{error:?}");
        assert_eq!(store.messages(), []);
    }

    #[tokio::test]
    async fn an_announcement_to_a_group_is_a_campaign_once_for_each_key() {
        let store = MemoryStore::default();
        let notify = notify(&store, Language::English);
        let request = |key: &str, text: &str| GroupRequest {
            text: text.into(),
            group: "night, kitchen".into(),
            organisation: Some("desk".into()),
            key: key.into(),
        };
        let first = notify.announce(&request("k", "Closed.")).await.unwrap();
        assert!(first.is_new && first.segments == 1);
        let again = notify.announce(&request("k", "Open.")).await.unwrap();
        assert_eq!((again.id.as_str(), again.is_new), (first.id.as_str(), false));
        let row = Campaigns::get(&store, &first.id).await.unwrap().unwrap();
        assert_eq!(row.message.as_deref(), Some("Closed."));
        assert_eq!(row.organisation.as_deref(), Some("desk"));
        let groups = Campaign::try_from(&row).unwrap().groups;
        assert_eq!(groups, ["kitchen".to_owned(), "night".to_owned()].into());
        let endless = notify.announce(&request("l", &"a".repeat(2000))).await;
        assert!(matches!(
            endless,
            Err(AnnounceError::Campaign(CampaignError::TooLong { .. }))
        ));
        assert_eq!(store.messages(), []);
    }
}
