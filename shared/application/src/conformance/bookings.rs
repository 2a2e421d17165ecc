//! Bookings, for the reminders to their holders.

use domain::message::{Cause, Kind, Message};
use domain::organisation::DEFAULT_ORGANISATION;
use domain::shift::ShiftRow;
use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;

use super::inbound::{claiming, giving_back, shift};
use super::{Bench, at, person, typed};
use crate::port::{Applied, WatchedBooking};

/// Person 1 books a shift that begins an hour later.
async fn book(bench: &dyn Bench, shift_id: &str) -> WatchedBooking {
    bench
        .put_shift(ShiftRow {
            starts_at: Some(at(3600).to_string()),
            ..typed(shift_id, "available")
        })
        .await;
    let shift = shift(bench, shift_id).await;
    let plan = claiming(&format!("text-{shift_id}"), &person(1), &[&shift]);
    bench.inbound().commit(&plan).await.unwrap();
    watched(bench, shift_id).await.unwrap()
}

async fn watched(bench: &dyn Bench, shift_id: &str) -> Option<WatchedBooking> {
    bench.bookings().get(&person(1), shift_id).await.unwrap()
}

async fn due(bench: &dyn Bench, until: Timestamp) -> Vec<WatchedBooking> {
    let bookings = bench.bookings();
    let buckets = (0..bookings.buckets()).map(|bucket| bookings.due(bucket, until, 9));
    let mut due = try_join_all(buckets).await.unwrap().concat();
    due.sort_by_key(|watched| watched.due_at);
    due
}

fn reminded(before: &WatchedBooking, due_at: Timestamp) -> (WatchedBooking, Message) {
    let after = WatchedBooking {
        reminded_of: Some(at(3600)),
        due_at: Some(due_at),
        ..before.clone()
    };
    let cause = Cause::Notice {
        organisation: DEFAULT_ORGANISATION,
        kind: Kind::ShiftReminder,
        key: "reminder",
        to: &person(1),
    };
    let message = Message::queued(
        &cause,
        Kind::ShiftReminder,
        Some(person(1)),
        "Reminder".to_owned(),
        at(1),
    );
    (after, message)
}

pub(super) async fn a_booking_is_first_looked_at_as_soon_as_it_is_made(bench: &dyn Bench) {
    let booking = book(bench, "ABC1").await;
    assert_eq!((booking.due_at, booking.reminded_of), (Some(at(0)), None));
    assert_eq!(booking.revision, booking.booking.revision());
    assert_eq!(due(bench, at(0)).await, std::slice::from_ref(&booking));
    let found = bench.bookings().shift("ABC1").await.unwrap().unwrap();
    assert_eq!(found.id(), "ABC1");
    assert_eq!(bench.bookings().shift("XYZ9").await.unwrap(), None);

    let shift = shift(bench, "ABC1").await;
    bench
        .inbound()
        .commit(&giving_back("drop", &person(1), &shift))
        .await
        .unwrap();
    assert_eq!(watched(bench, "ABC1").await, None);
    assert_eq!(due(bench, at(0)).await, []);
    let (after, message) = reminded(&booking, at(9));
    let applied = bench.bookings().commit(&booking, &after, &[message]).await.unwrap();
    assert_eq!(applied, Applied::Stale);
}

pub(super) async fn a_shift_without_a_beginning_is_not_looked_at(bench: &dyn Bench) {
    bench.put_shift(typed("ABC1", "available")).await;
    let shift = shift(bench, "ABC1").await;
    bench
        .inbound()
        .commit(&claiming("t1", &person(1), &[&shift]))
        .await
        .unwrap();
    assert_eq!(watched(bench, "ABC1").await.unwrap().due_at, None);
    assert_eq!(due(bench, at(9999)).await, []);
}

pub(super) async fn a_reminder_is_written_with_its_booking_once(bench: &dyn Bench) {
    let before = book(bench, "ABC1").await;
    let (after, message) = reminded(&before, at(900));
    let messages = [message.clone()];
    let commits = [(); 4].map(|()| bench.bookings().commit(&before, &after, &messages));
    let applied: Vec<Applied> = join_all(commits).await.into_iter().map(Result::unwrap).collect();
    let written = applied.iter().filter(|applied| **applied == Applied::Written).count();
    assert_eq!(written, 1, "{applied:?}");
    assert_eq!(watched(bench, "ABC1").await, Some(after.clone()));
    assert_eq!(bench.outbox().get(&message.id).await.unwrap(), Some(message.clone()));
    assert_eq!(due(bench, at(899)).await, []);
    assert_eq!(due(bench, at(900)).await, std::slice::from_ref(&after));

    let over = WatchedBooking {
        due_at: None,
        revision: after.revision + 1,
        reminded_of: None,
        ..after.clone()
    };
    assert_eq!(
        bench.bookings().commit(&after, &over, &[message]).await.unwrap(),
        Applied::Written
    );
    assert_eq!(watched(bench, "ABC1").await, Some(over));
    assert_eq!(due(bench, at(9999)).await, []);
}
