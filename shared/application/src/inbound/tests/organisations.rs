//! Which shifts of several organisations a text can see and book.

use std::sync::Arc;

use domain::contact::Contact;
use domain::message::Message;
use domain::organisation::Organisation;
use domain::phone_number::Sender;
use domain::shift::ShiftRow;

use crate::fixture::{BUSINESS, clock, person, shift};
use crate::inbound::{
    AnswerLimits, HandleInbound, InboundId, InboundSettings, InboundText, OptOutManagement, Presentation,
};
use crate::memory::{MemoryStore, NoJitter};

/// Shifts of the stack's own organisation, of north and of south; who works for none (1), north (2), both (3).
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    for organisation in ["north", "south"] {
        store.put_organisation(organisation, Organisation::default());
    }
    for (id, organisation) in [
        ("OWN1", None),
        ("NORTH1", Some("north")),
        ("NORTH2", Some("north")),
        ("SOUTH1", Some("south")),
    ] {
        store.put_shift(ShiftRow {
            organisation: organisation.map(Into::into),
            ..shift(id, "Mon 9-5")
        });
    }
    store.put_shift(ShiftRow {
        organisation: Some("north".into()),
        capacity: Some("none".into()),
        ..shift("NORTH3", "Mon 9-5")
    });
    let of: [(u32, &[&str]); 3] = [(1, &[]), (2, &["north"]), (3, &["north", "south"])];
    for (number, organisations) in of {
        store.put_contact(Contact {
            organisations: organisations.iter().map(ToString::to_string).collect(),
            ..Contact::new(person(number))
        });
    }
    store
}

/// The answer to a text.
async fn answer(store: &MemoryStore, from: u32, body: &str) -> Message {
    let before = store.messages();
    let handler = HandleInbound {
        texts: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        clock: Arc::new(clock()),
        jitter: Arc::new(NoJitter),
        settings: InboundSettings {
            agent: false,
            language: domain::language::Language::English,
            opt_out_management: OptOutManagement::SelfManaged,
            limits: AnswerLimits::default(),
            presentation: Presentation::default(),
        },
    };
    let text = InboundText {
        id: InboundId::Stable(format!("i{}", before.len())),
        provider: "memory".into(),
        from: Sender::Phone(person(from)),
        to: BUSINESS.into(),
        body: body.into(),
        answered: None,
    };
    handler.handle(&text).await.unwrap();
    let mut messages = store.messages();
    messages.retain(|message| !before.contains(message));
    messages.remove(0)
}

#[tokio::test]
async fn k24_employees_book_only_their_organisations_shifts() {
    let (all, store) = (["NORTH1", "NORTH2", "NORTH3", "OWN1", "SOUTH1"], store());
    for (number, listed) in [
        (1, &["OWN1"][..]),
        (2, &["NORTH1", "NORTH2"]),
        (3, &["NORTH1", "NORTH2", "SOUTH1"]),
    ] {
        let list = answer(&store, number, "REQUEST").await.body;
        let seen: Vec<&str> = all.into_iter().filter(|id| list.contains(id)).collect();
        assert_eq!(seen, listed, "{list}");
    }
    // Another organisation's shift, usable or not, is answered as if there were none, and stays unchanged.
    let unknown = answer(&store, 1, "NOPE1").await.body;
    for code in ["north1", "NORTH3", "SOUTH1"] {
        assert_eq!(answer(&store, 1, code).await.body, unknown, "{code}");
    }
    assert_eq!(
        store.shift("NORTH1").unwrap().shift_status.as_deref(),
        Some("available")
    );
    let booked = answer(&store, 3, "north1 south1").await;
    assert!(
        booked.body.contains("NORTH1") && booked.body.contains("SOUTH1"),
        "{}",
        booked.body
    );
    for id in ["NORTH1", "SOUTH1"] {
        assert_eq!(
            store.shift(id).unwrap().employee.as_deref(),
            Some(person(3).as_str()),
            "{id}"
        );
    }
    // A booked place can be given back, whichever organisation the shift now belongs to.
    let mut moved = store.shift("NORTH1").unwrap();
    moved.organisation = None;
    store.put_shift(moved);
    answer(&store, 3, "DROP NORTH1").await;
    assert_eq!(
        store.shift("NORTH1").unwrap().shift_status.as_deref(),
        Some("available")
    );
}

#[tokio::test]
async fn k24_answers_name_the_shifts_organisation() {
    let store = store();
    for (from, body, expected) in [
        (1, "REQUEST", None),
        (1, "OWN1", None),
        (2, "HELP", Some("north")),
        (3, "HELP", None),
        (3, "SOUTH1", Some("south")),
        (3, "DROP SOUTH1", Some("south")),
        (3, "NORTH1", Some("north")),
        (2, "NORTH1", Some("north")),
    ] {
        let answer = answer(&store, from, body).await;
        assert_eq!(answer.organisation.as_deref(), expected, "{from}: {body}");
    }
}
