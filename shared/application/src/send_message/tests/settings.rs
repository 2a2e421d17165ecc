//! The settings of operators and organisations at the moment of sending.

use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::routing::Routes;

use super::*;
use crate::fixture::{Changing, device, push};

fn listed(provider: &Memory) -> Listed {
    Listed::new(Arc::new(provider.clone()))
}

fn providers(listed: Vec<Listed>) -> Providers {
    let names: Vec<&str> = listed.iter().map(|listed| listed.name).collect();
    let routes = Routes::to_all(names);
    Providers::listed(listed, Some(routes), Vec::new())
}

fn disabled(provider: &Memory) -> Listed {
    Listed {
        enabled: false,
        ..listed(provider)
    }
}

fn unusable(provider: &Memory) -> Listed {
    Listed {
        provider: None,
        problems: vec!["gsm/password is missing".into()],
        ..listed(provider)
    }
}

/// A message in the name of an organisation.
fn of(organisation: &str, kind: Kind) -> Message {
    message("i1", kind).of_organisation(Some(organisation.into()))
}

#[tokio::test]
async fn switched_off_messages_are_suppressed_with_reason() {
    let memory = Memory::new();
    let other = Memory::new().called("other");
    let cases = [
        (vec![disabled(&memory)], Status::Suppressed, Some("provider-disabled")),
        (
            vec![disabled(&memory), disabled(&other)],
            Status::Suppressed,
            Some("provider-disabled"),
        ),
        (vec![disabled(&memory), listed(&other)], Status::Sent, None),
        // What is switched off need not be set up.
        (
            vec![Listed {
                enabled: false,
                ..unusable(&memory)
            }],
            Status::Suppressed,
            Some("provider-disabled"),
        ),
        (vec![], Status::Suppressed, Some("no-provider")),
    ];
    for (listed, status, reason) in cases {
        let reply = message("i1", Kind::Reply);
        let store = holding(&reply).await;
        let names = format!("{listed:?}");
        let sender = sender_through(&store, providers(listed), &clock());
        let row = while_queued(&sender, &store, &reply).await;
        assert_eq!((row.status, row.reason.as_deref()), (status, reason), "{names}");
    }
    assert!(memory.sent().is_empty());
}

#[tokio::test]
async fn messages_wait_for_mended_settings() {
    let memory = Memory::new();
    let without_routes = Providers::listed(vec![listed(&memory)], None, vec!["routing is not JSON".into()]);
    let to_nobody = Providers::listed(vec![listed(&memory)], Some(Routes::to_all(["typo"])), Vec::new());
    for broken in [providers(vec![unusable(&memory)]), without_routes, to_nobody] {
        let reply = message("i1", Kind::Reply);
        let (store, clock, current) = (holding(&reply).await, clock(), Changing::default());
        memory.clear();
        current.to(broken);
        let sender = SendMessage {
            providers: Arc::new(current.clone()),
            ..sender_through(&store, Providers::default(), &clock)
        };
        let row = while_queued(&sender, &store, &reply).await;
        assert_eq!(
            (row.status, row.reason.as_deref(), row.due_at, row.attempt),
            (Status::Scheduled, Some("settings"), Some(at(60)), 0)
        );
        current.to(providers(vec![listed(&memory)]));
        fired(&store, &reply, &clock).await;
        let row = while_queued(&sender, &store, &reply).await;
        assert_eq!((row.status, memory.sent().len()), (Status::Sent, 1));
    }
}

#[tokio::test]
async fn settings_mended_late_send_nothing() {
    let reply = message("i1", Kind::Reply);
    let (store, clock) = (holding(&reply).await, clock());
    let sender = sender_through(&store, providers(vec![unusable(&Memory::new())]), &clock);
    let mut row = while_queued(&sender, &store, &reply).await;
    while row.status == Status::Scheduled {
        fired(&store, &reply, &clock).await;
        row = while_queued(&sender, &store, &reply).await;
    }
    assert_eq!((row.status, row.reason.as_deref()), (Status::Expired, Some("settings")));
    assert!(clock.now() <= reply.expires_at);
}

#[tokio::test]
async fn k21_a_deleted_organisation_sends_nothing() {
    for kind in [
        Kind::Announcement,
        Kind::Reply,
        Kind::OneTimeCode,
        Kind::OptInConfirmation,
    ] {
        let (text, provider) = (of("north", kind), Memory::new());
        let store = holding(&text).await;
        let row = while_queued(&sender(&store, provider.clone(), &clock()), &store, &text).await;
        let reason = row.reason.as_deref();
        assert_eq!(
            (row.status, reason),
            (Status::Suppressed, Some("no-organisation")),
            "{kind:?}"
        );
        assert!(provider.sent().is_empty());
    }
}

#[tokio::test]
async fn stop_is_confirmed_for_a_deleted_organisation() {
    let (text, provider) = (of("north", Kind::OptOutConfirmation), Memory::new());
    let store = holding(&text).await;
    let row = while_queued(&sender(&store, provider.clone(), &clock()), &store, &text).await;
    assert_eq!((row.status, provider.sent().len()), (Status::Sent, 1));
}

#[tokio::test]
async fn switches_count_for_their_organisation_alone() {
    let texting_off = Organisation {
        texting_off: true,
        ..Organisation::default()
    };
    let announcements_off = Organisation {
        kinds_off: [Kind::Announcement].into(),
        ..Organisation::default()
    };
    let cases = [
        (
            "north",
            texting_off.clone(),
            of("north", Kind::Reply),
            Some("texting-off"),
        ),
        (
            "north",
            texting_off.clone(),
            of("north", Kind::Help),
            Some("texting-off"),
        ),
        ("north", texting_off.clone(), of("south", Kind::Reply), None),
        ("north", texting_off.clone(), message("i1", Kind::Reply), None),
        (
            DEFAULT_ORGANISATION,
            texting_off,
            message("i1", Kind::Reply),
            Some("texting-off"),
        ),
        (
            "north",
            announcements_off.clone(),
            of("north", Kind::Announcement),
            Some("kind-off"),
        ),
        ("north", announcements_off, of("north", Kind::Reply), None),
    ];
    for (organisation, settings, message, reason) in cases {
        let (store, provider) = (holding(&message).await, Memory::new());
        for name in ["north", "south"] {
            store.put_organisation(name, Organisation::default());
        }
        store.put_organisation(organisation, settings);
        sender(&store, provider.clone(), &clock()).send(&message).await.unwrap();
        let row = stored(&store, &message).await;
        let expected = match reason {
            Some(_) => (Status::Suppressed, reason, 0),
            None => (Status::Sent, None, 1),
        };
        assert_eq!((row.status, row.reason.as_deref(), provider.sent().len()), expected);
    }
}

#[tokio::test]
async fn an_organisation_chooses_its_own_providers() {
    let (first, second) = (Memory::new().called("first"), Memory::new().called("second"));
    let routes = Routes::new([
        ("*".to_owned(), vec!["second".to_owned()]),
        ("+44".to_owned(), vec!["first".to_owned()]),
    ]);
    let own = Organisation {
        routes: Some(routes.unwrap()),
        ..Organisation::default()
    };
    for (message, expected) in [
        (of("north", Kind::Reply), "second"),
        (of("south", Kind::Reply), "first"),
        (message("i1", Kind::Reply), "first"),
    ] {
        let store = holding(&message).await;
        store.put_organisation("north", own.clone());
        store.put_organisation("south", Organisation::default());
        let sender = through(&store, &[&first, &second], &clock());
        let row = while_queued(&sender, &store, &message).await;
        assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some(expected)));
    }
}

#[tokio::test]
async fn k20_unreadable_settings_hold_only_unawaited_texts() {
    for &kind in Kind::ALL {
        let message = of("north", kind);
        let (store, clock, provider) = (holding(&message).await, clock(), Memory::new());
        store.put_unusable_organisation("north", "texting must be yes or no");
        let sender = sender(&store, provider.clone(), &clock);
        let row = while_queued(&sender, &store, &message).await;
        let error = store.organisation_error("north");
        assert_eq!(error.as_deref(), Some("texting must be yes or no"));
        let waits = match kind {
            Kind::CallBack | Kind::PinpointCampaign => continue,
            _ => !kind.policy().critical,
        };
        if !waits {
            assert_eq!((row.status, provider.sent().len()), (Status::Sent, 1), "{kind:?}");
            continue;
        }
        assert_eq!(
            (row.status, row.reason.as_deref()),
            (Status::Scheduled, Some("settings")),
            "{kind:?}"
        );
        store.put_organisation("north", Organisation::default());
        fired(&store, &message, &clock).await;
        let row = while_queued(&sender, &store, &message).await;
        assert_eq!((row.status, provider.sent().len()), (Status::Sent, 1), "{kind:?}");
    }
}

#[tokio::test]
async fn unreadable_settings_decide_nothing() {
    #[derive(Debug)]
    struct Away;

    #[async_trait]
    impl Organisations for Away {
        async fn get(&self, _: &str) -> Result<Option<Organisation>, StoreError> {
            Err(StoreError::Unavailable("throttled".into()))
        }
    }

    let reply = message("i1", Kind::Reply);
    let (store, provider) = (holding(&reply).await, Memory::new());
    let sender = SendMessage {
        organisations: Arc::new(Away),
        ..sender(&store, provider.clone(), &clock())
    };
    assert!(matches!(sender.send(&reply).await, Err(StoreError::Unavailable(_))));
    assert_eq!((stored(&store, &reply).await, provider.sent().len()), (reply, 0));
}

#[tokio::test]
async fn a_message_uses_its_organisations_sender() {
    let announcement = || message("i1", Kind::Announcement);
    let answer_through = |provider: &str| message("i1", Kind::Reply).answering_through(Some(provider.into()));
    let sender = |name: &str| Organisation {
        sender: Some(name.into()),
        ..Organisation::default()
    };
    let (north, nobody) = (|| sender("NORTH"), Organisation::default);
    // (message, its organisation, whether the provider allows another sender, and whether it has the stack's number)
    let cases = [
        (announcement(), nobody(), true, true, Some(BUSINESS)),
        (announcement(), nobody(), true, false, None),
        (announcement(), north(), true, true, Some("NORTH")),
        (announcement(), north(), true, false, Some("NORTH")),
        (announcement(), north(), false, true, Some(BUSINESS)),
        (announcement(), north(), false, false, None),
        // A text is answered from the number that it was sent to.
        (answer_through("memory"), north(), true, true, Some(BUSINESS)),
        (answer_through("memory"), north(), true, false, Some(BUSINESS)),
        // Another provider does not have that number.
        (answer_through("gone"), north(), true, false, Some("NORTH")),
        (answer_through("gone"), nobody(), true, false, None),
    ];
    for (message, organisation, sender_override, has_stack_number, expected) in cases {
        let store = holding(&message).await;
        store.put_organisation(DEFAULT_ORGANISATION, organisation);
        let provider = Memory::with(Capabilities {
            sender_override,
            ..Capabilities::TEXTS
        });
        let listed = Listed {
            has_stack_number,
            ..listed(&provider)
        };
        let sender = sender_through(&store, providers(vec![listed]), &clock());
        sender.send(&message).await.unwrap();
        let [handed_over] = provider.sent().try_into().unwrap();
        assert_eq!(handed_over.from.as_deref(), expected);
        let row = stored(&store, &message).await;
        let route = row.route.unwrap();
        let is_organisations = expected == Some("NORTH");
        assert_eq!(
            route.ends_with("; the sender is the organisation's"),
            is_organisations,
            "{route}"
        );
        assert_eq!(row.from.as_deref(), Some(BUSINESS), "the row says what was asked for");
    }
}

#[tokio::test]
async fn providers_are_asked_only_within_reach() {
    let reply = message("i1", Kind::Reply);
    let indian = Memory::with(Capabilities {
        countries: &["+91"],
        ..Capabilities::TEXTS
    });
    let indian = indian.called("indian");
    let everywhere = Memory::new();
    let store = holding(&reply).await;
    let sender = through(&store, &[&indian, &everywhere], &clock());
    let row = while_queued(&sender, &store, &reply).await;
    assert_eq!(
        (row.status, row.route.as_deref()),
        (Status::Sent, Some("memory: the only provider for this number"))
    );
    // Alone it says itself why not.
    let store = holding(&reply).await;
    let sender = through(&store, &[&indian], &clock());
    let row = while_queued(&sender, &store, &reply).await;
    assert_eq!((row.status, row.reason.as_deref()), (Status::Failed, Some("recipient")));
    assert!(indian.sent().is_empty());
}

#[tokio::test]
async fn each_channel_has_its_own_providers() {
    let pushing = Memory::with(Capabilities {
        channel: Channel::Push,
        ..Capabilities::TEXTS
    });
    let pushing = pushing.called("pushing");
    let texting = Memory::new();
    let to_an_app = push("i1", &device("phone"));
    let to_no_app = Message {
        device: None,
        ..to_an_app.clone()
    };
    let cases = [
        (message("i1", Kind::Announcement), Status::Sent, Some("memory"), None),
        (to_an_app, Status::Sent, Some("pushing"), None),
        (to_no_app, Status::Suppressed, None, Some("no-device")),
    ];
    for (message, status, provider, reason) in cases {
        let store = holding(&message).await;
        let sender = through(&store, &[&texting, &pushing], &clock());
        let row = while_queued(&sender, &store, &message).await;
        assert_eq!(
            (row.status, row.provider.as_deref(), row.reason.as_deref()),
            (status, provider, reason)
        );
    }
}
