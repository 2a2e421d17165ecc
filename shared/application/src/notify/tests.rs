//! Messages that programs ask for: accepted once, limited, and refused with the reason.

use domain::message::{Kind, Lane, Status};
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
        codes: Arc::new(store.clone()),
        code_limit: CodeLimit::default(),
        takes_codes: |phone| !phone.as_str().starts_with("+1900"),
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
async fn codes_are_immediate_or_not_sent() {
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
async fn k52_what_is_counted_is_what_is_sent() {
    let text = format!("It’s on{}", "!".repeat(80));
    for (to, segments) in [("+919876543210", 3), ("+12025550123", 1)] {
        let store = MemoryStore::default();
        let request = Request {
            notice: Notice::Announcement { text: text.clone() },
            to: PhoneNumber::parse(to).unwrap(),
            ..code("k", "")
        };
        let notified = notify(&store, Language::English).tell(&request).await.unwrap();
        let [message] = store.messages().try_into().unwrap();
        assert_eq!(segment::count(&message.body).segments, segments, "{}", message.body);
        assert_eq!(notified.segments, segments);
        assert_eq!(message.body.contains('’'), segments == 3);
    }
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
async fn k14_codes_to_one_number_have_a_limit() {
    let store = MemoryStore::default();
    let notify = notify(&store, Language::English);
    for organisation in ["school", "salon", "bakery"] {
        store.put_organisation(organisation, Organisation::default());
    }
    let numbered = |n: usize, organisation: &str| Request {
        organisation: Some(organisation.into()),
        ..code(&format!("k{n}"), "012345")
    };
    for n in 0..5 {
        // For all organisations together.
        let organisation = ["school", "salon"][n % 2];
        assert!(notify.tell(&numbered(n, organisation)).await.unwrap().is_new);
    }
    let refused = notify.tell(&numbered(5, "bakery")).await.unwrap_err();
    assert!(
        matches!(refused, NotifyError::TooManyCodes { until, .. } if until == at(600)),
        "{refused}"
    );
    // A repeated key counts nothing and answers as before; others and other texts are not concerned.
    assert!(!notify.tell(&numbered(0, "school")).await.unwrap().is_new);
    let another = Request {
        to: person(2),
        ..code("k", "012345")
    };
    assert!(notify.tell(&another).await.unwrap().is_new);
    let bill = Request {
        notice: Notice::Announcement { text: "Closed.".into() },
        ..code("bill", "")
    };
    assert!(notify.tell(&bill).await.unwrap().is_new);
    assert_eq!(store.messages().len(), 7);
}

#[tokio::test]
async fn k14_concurrent_requests_stay_within_the_limit() {
    let store = MemoryStore::default();
    let notify = notify(&store, Language::English);
    let requests: Vec<Request> = (0..20).map(|n| code(&format!("k{n}"), "012345")).collect();
    let told = futures_util::future::join_all(requests.iter().map(|request| notify.tell(request))).await;
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 5);
    assert_eq!(store.messages().len(), 5);
}

#[tokio::test]
async fn k14_no_code_goes_to_a_premium_number() {
    let store = MemoryStore::default();
    let premium = Request {
        to: PhoneNumber::parse("+19002345678").unwrap(),
        ..code("k", "012345")
    };
    let refused = notify(&store, Language::English).tell(&premium).await;
    assert!(matches!(refused, Err(NotifyError::Number)), "{refused:?}");
    assert_eq!(store.messages(), []);
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
            organisations: ["school".to_owned()].into(),
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
async fn a_stranger_is_notified_in_the_callers_name() {
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
async fn k20_settings_that_cannot_be_read_stop_no_notice() {
    let store = MemoryStore::default();
    store.put_unusable_organisation(DEFAULT_ORGANISATION, "texting must be yes or no");
    let told = notify(&store, Language::English)
        .tell(&code("k", "012345"))
        .await
        .unwrap();
    assert!(told.is_new && store.messages().len() == 1);
}

#[tokio::test]
async fn a_group_announcement_is_one_campaign_per_key() {
    let store = MemoryStore::default();
    store.put_organisation("desk", Organisation::default());
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
    assert_eq!(row.audience, ["night, kitchen"]);
    let endless = notify.announce(&request("l", &"a".repeat(2000))).await;
    assert!(matches!(
        endless,
        Err(NotifyError::Campaign(CampaignError::TooLong { .. }))
    ));
    assert_eq!(store.messages(), []);
}

#[tokio::test]
async fn k23_the_same_key_of_two_organisations_tells_twice() {
    let store = MemoryStore::default();
    for organisation in ["north", "south"] {
        store.put_organisation(organisation, Organisation::default());
    }
    store.put_contact(Contact {
        organisations: ["north".to_owned()].into(),
        ..Contact::new(person(1))
    });
    let notify = notify(&store, Language::English);
    let asked =
        [None, Some("default"), Some("north"), Some(" north "), Some("south")].map(|it| it.map(ToOwned::to_owned));
    let mut told = Vec::new();
    for organisation in asked.clone() {
        let request = Request {
            organisation,
            ..code("k", "111111")
        };
        told.push(notify.tell(&request).await.unwrap().is_new);
    }
    assert_eq!(told, [true, false, true, false, true]);
    let mut announced = Vec::new();
    for organisation in asked {
        let request = GroupRequest {
            text: "Closed.".into(),
            group: "all".into(),
            organisation,
            key: "k".into(),
        };
        announced.push(notify.announce(&request).await.unwrap().is_new);
    }
    assert_eq!(announced, [true, false, true, false, true]);
    // Another day the contact may work for somebody else; the request is the same.
    store.put_contact(Contact::new(person(1)));
    assert!(!notify.tell(&code("k", "111111")).await.unwrap().is_new);
}

#[tokio::test]
async fn k21_an_unknown_organisation_notifies_nobody() {
    let store = MemoryStore::default();
    let notify = notify(&store, Language::English);
    let organisation = || Some("north".to_owned());
    let to_one = Request {
        organisation: organisation(),
        ..code("k", "111111")
    };
    let to_group = GroupRequest {
        text: "Closed.".into(),
        group: "all".into(),
        organisation: organisation(),
        key: "k".into(),
    };
    assert!(matches!(notify.tell(&to_one).await, Err(NotifyError::Organisation(_))));
    assert!(matches!(
        notify.announce(&to_group).await,
        Err(NotifyError::Organisation(_))
    ));
    store.put_contact(Contact {
        organisations: ["north".to_owned()].into(),
        ..Contact::new(person(1))
    });
    assert!(matches!(
        notify.tell(&code("k", "111111")).await,
        Err(NotifyError::Organisation(_))
    ));
    assert_eq!(store.messages(), []);
    store.put_organisation("north", Organisation::default());
    assert!(notify.tell(&to_one).await.unwrap().is_new && notify.announce(&to_group).await.unwrap().is_new);
}
