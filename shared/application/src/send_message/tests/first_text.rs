//! The content of the first text to a person, and its record.

use domain::budget::Budget;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::segment;
use domain::wording::Text;

use super::*;
use crate::port::{TextHistories, TextHistory};

/// What stands behind the words of a first text.
fn how_to_stop() -> String {
    Text::Message { message: "" }.render(Language::English)
}

async fn history(store: &MemoryStore) -> TextHistory {
    store.history(&person(1)).await.unwrap()
}

#[tokio::test]
async fn k31_our_first_text_says_how_to_stop() {
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.channel() == Channel::Sms) {
        let (first, second) = (message("i1", kind), message("i2", Kind::BillIssued));
        let (store, provider) = (holding_all(&[first.clone(), second.clone()]).await, Memory::new());
        let sender = sender(&store, provider.clone(), &clock());
        sender.send(&first).await.unwrap();
        let body = stored(&store, &first).await.body;
        let answers = [
            Kind::Reply,
            Kind::OptOutConfirmation,
            Kind::OptInConfirmation,
            Kind::Help,
            Kind::Refusal,
        ];
        let says = !answers.contains(&kind) && ![Kind::Announcement, Kind::OneTimeCode].contains(&kind);
        if kind != Kind::OneTimeCode {
            let how_to_stop = if says { how_to_stop() } else { String::new() };
            assert_eq!(body, format!("Booked.{how_to_stop}"), "{kind:?}");
            assert_eq!(provider.sent()[0].body, body, "{kind:?}");
        }
        let known = history(&store).await;
        assert_eq!(known.texted.is_none(), answers.contains(&kind), "{kind:?}");
        assert_eq!(
            known.stop_explained_at.is_some(),
            says || kind == Kind::Announcement,
            "{kind:?}"
        );
        // Once is enough.
        sender.send(&second).await.unwrap();
        let explained = known.stop_explained_at.is_some();
        let body = stored(&store, &second).await.body;
        assert_eq!(body.ends_with(&how_to_stop()), !explained, "{kind:?}: {body}");
    }
}

#[tokio::test]
async fn k31_nothing_is_added_to_registered_words() {
    let registered = message("i1", Kind::SequenceStep).registered(true);
    let templates_only = Memory::with(Capabilities {
        registered_texts_only: true,
        ..Memory::new().capabilities()
    });
    for (message, provider) in [
        (registered, Memory::new()),
        (message("i1", Kind::BillIssued), templates_only),
    ] {
        let store = holding(&message).await;
        sender(&store, provider, &clock()).send(&message).await.unwrap();
        assert_eq!(stored(&store, &message).await.body, "Booked.");
        assert_eq!(history(&store).await.stop_explained_at, None);
    }
}

#[tokio::test]
async fn k31_the_stop_hint_is_translated_and_charged() {
    let long = "Төлбөр ".repeat(9);
    let message = Message {
        body: long.clone(),
        ..message("i1", Kind::BillIssued).in_language(Language::Mongolian)
    };
    let (store, provider) = (holding(&message).await, Memory::new());
    let organisation = Organisation {
        budget: Some(Budget::new(100, None).unwrap()),
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, organisation);
    sender(&store, provider, &clock()).send(&message).await.unwrap();
    let row = stored(&store, &message).await;
    assert!(row.body.starts_with(&long) && row.body.contains("STOP"), "{}", row.body);
    assert!(!row.body.contains("Text STOP"), "{}", row.body);
    let segments = segment::count(&row.body).segments;
    assert!(segments > segment::count(&long).segments);
    assert_eq!(row.charge.unwrap().segments, segments);
}

#[tokio::test]
async fn k31_a_retried_text_keeps_its_words() {
    let bill = message("i1", Kind::BillIssued);
    let (store, provider, clock) = (holding(&bill).await, Memory::new(), clock());
    provider.answer_next(refusal(RefusalKind::Unavailable, true));
    let sender = sender(&store, provider.clone(), &clock);
    sender.send(&bill).await.unwrap();
    let again = fired(&store, &bill, &clock).await;
    sender.send(&again).await.unwrap();
    let sent: Vec<String> = provider.sent().into_iter().map(|message| message.body).collect();
    let expected = format!("Booked.{}", how_to_stop());
    assert_eq!(sent.last(), Some(&expected));
    assert_eq!(stored(&store, &bill).await.body, expected);
}

#[tokio::test]
async fn k31_contact_times_are_noted_hourly() {
    let texts: Vec<Message> = (0..4).map(|n| message(&format!("i{n}"), Kind::BillIssued)).collect();
    let (store, clock) = (holding_all(&texts).await, clock());
    let sender = sender(&store, Memory::new(), &clock);
    for (text, expected) in texts.iter().zip([0, 0, 4800, 4800]) {
        sender.send(text).await.unwrap();
        assert_eq!(history(&store).await.texted.map(|texted| texted.at), Some(at(expected)));
        clock.advance(SignedDuration::from_mins(40));
    }
    assert_eq!(history(&store).await.stop_explained_at, Some(at(0)));
}

#[tokio::test]
async fn the_last_texting_organisation_is_noted_at_once() {
    let ours = message("i1", Kind::BillIssued);
    let theirs = message("i2", Kind::BillIssued).of_organisation(Some("north".into()));
    let store = holding_all(&[ours.clone(), theirs.clone()]).await;
    store.put_organisation("north", Organisation::default());
    let sender = sender(&store, Memory::new(), &clock());
    for (text, expected) in [(&ours, None), (&theirs, Some("north"))] {
        sender.send(text).await.unwrap();
        let texted = history(&store).await.texted.unwrap();
        assert_eq!(texted.organisation.as_deref(), expected);
    }
}
