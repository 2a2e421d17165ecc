//! What the tests of the use cases share: people, rows and the clock that they begin with.

use std::sync::Arc;

use domain::contact::{Contact, OptOut};
use domain::message::{Cause, Kind, Message};
use domain::phone_number::PhoneNumber;
use domain::shift::ShiftRow;
use jiff::{SignedDuration, Timestamp};
use messaging::provider::memory::Memory;
use messaging::{Provider, Providers};

use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::Outbox;
use crate::send_message::SendMessage;

/// The number that employees text.
pub(crate) const BUSINESS: &str = "+12025550100";

/// So many seconds after the moment at which every test begins.
pub(crate) fn at(second: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub(crate) fn clock() -> FixedClock {
    FixedClock::at(at(0))
}

/// A person by number, from 0 to 9999.
pub(crate) fn person(number: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1202555{number:04}")).unwrap()
}

pub(crate) fn opted_out(number: u32) -> Contact {
    Contact {
        opt_out: Some(OptOut {
            at: at(0),
            words: "STOP".into(),
        }),
        ..Contact::new(person(number))
    }
}

/// An available shift, as a person types it.
pub(crate) fn shift(id: &str, info: &str) -> ShiftRow {
    ShiftRow {
        shift_id: id.into(),
        shift_status: Some("available".into()),
        shift_info: Some(info.into()),
        ..ShiftRow::default()
    }
}

pub(crate) fn message(inbound_id: &str, kind: Kind) -> Message {
    Message::queued(
        &Cause::Inbound { inbound_id },
        kind,
        Some(person(1)),
        "Booked.".into(),
        at(0),
    )
    .leaving_from(BUSINESS)
}

/// A sender over `store` with one provider.
pub(crate) fn sender(store: &MemoryStore, provider: impl Provider + 'static, clock: &FixedClock) -> SendMessage {
    SendMessage {
        outbox: Arc::new(store.clone()),
        contacts: Arc::new(store.clone()),
        providers: Providers::new([Arc::new(provider) as Arc<dyn Provider>]),
        clock: Arc::new(clock.clone()),
        jitter: Arc::new(NoJitter),
    }
}

/// Puts a message into the outbox and has it sent.
pub(crate) async fn sent(store: &MemoryStore, message: &Message) -> Message {
    store.put_new(vec![message.clone()]).await.unwrap();
    sender(store, Memory::new(), &clock()).send(message).await.unwrap();
    stored(store, message).await
}

/// The message as it stands in the outbox.
pub(crate) async fn stored(store: &MemoryStore, message: &Message) -> Message {
    Outbox::get(store, &message.id).await.unwrap().unwrap()
}
