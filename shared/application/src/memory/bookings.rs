//! Bookings that wait for their reminder, in memory.

use async_trait::async_trait;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use domain::shift::Shift;
use jiff::Timestamp;

use super::{MemoryStore, Tables, Watch};
use crate::inbound::{Booking, FoundShift};
use crate::port::{Applied, Bookings, StoreError, WatchedBooking};

const BUCKETS: u8 = 8;

type Place = (PhoneNumber, String);

fn bucket((phone, shift_id): &Place) -> u8 {
    let bytes = phone.as_str().bytes().chain(shift_id.bytes());
    bytes.fold(0_u8, u8::wrapping_add) % BUCKETS
}

fn keys((phone, shift_id): &Place) -> (String, String) {
    (format!("employee#{}", phone.as_str()), format!("booking#{shift_id}"))
}

#[async_trait]
impl Bookings for MemoryStore {
    fn buckets(&self) -> u8 {
        BUCKETS
    }

    async fn due(&self, of: u8, until: Timestamp, limit: usize) -> Result<Vec<WatchedBooking>, StoreError> {
        let tables = self.tables();
        let places = tables.watches.keys().filter(|place| bucket(place) == of);
        let watched = places.filter_map(|place| tables.watched(place));
        let mut due: Vec<_> = watched
            .filter(|watched| watched.due_at.is_some_and(|due_at| due_at <= until))
            .collect();
        due.sort_by_key(|watched| watched.due_at);
        due.truncate(limit);
        Ok(due)
    }

    async fn get(&self, phone: &PhoneNumber, shift_id: &str) -> Result<Option<WatchedBooking>, StoreError> {
        Ok(self.tables().watched(&(phone.clone(), shift_id.to_owned())))
    }

    async fn shift(&self, shift_id: &str) -> Result<Option<FoundShift>, StoreError> {
        let tables = self.tables();
        Ok(tables.shifts.get(shift_id).map(|row| tables.found(row)))
    }

    async fn create(&self, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_new = !tables.bookings.contains_key(&(phone.clone(), shift.id.clone()));
        if is_new {
            tables.book(phone, Booking::of(shift, at));
        }
        Ok(is_new)
    }

    async fn remove(&self, booking: &WatchedBooking) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let place = (booking.phone.clone(), booking.booking.shift_id.clone());
        let stored = tables.bookings.get(&place);
        let is_same = stored.is_some_and(|stored| stored.booked_at == booking.booking.booked_at);
        if is_same {
            tables.give_back(&place.0, &place.1);
        }
        Ok(is_same)
    }

    async fn commit(
        &self,
        before: &WatchedBooking,
        after: &WatchedBooking,
        messages: &[Message],
    ) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        let place = (before.phone.clone(), before.booking.shift_id.clone());
        let Some(stored) = tables.watched(&place) else {
            return Ok(Applied::Stale);
        };
        let guarded = |watched: &WatchedBooking| {
            let booked_at = watched.booking.booked_at;
            (booked_at, watched.revision, watched.reminded_of, watched.due_at)
        };
        if guarded(&stored) != guarded(before) {
            return Ok(Applied::Stale);
        }
        tables.watch(
            place,
            Watch {
                revision: after.revision,
                reminded_of: after.reminded_of,
                due_at: after.due_at,
            },
        );
        tables.put_messages(messages);
        Ok(Applied::Written)
    }
}

impl Tables {
    fn watched(&self, place: &Place) -> Option<WatchedBooking> {
        let booking = self.bookings.get(place)?;
        let watch = self.watches.get(place)?;
        Some(WatchedBooking {
            phone: place.0.clone(),
            booking: booking.clone(),
            revision: watch.revision,
            reminded_of: watch.reminded_of,
            due_at: watch.due_at,
        })
    }

    fn watch(&mut self, place: Place, watch: Watch) {
        self.revisions.insert(keys(&place), watch.revision);
        self.watches.insert(place, watch);
    }

    /// Writes a new booking, to be looked at as soon as the shift says when it begins.
    pub(super) fn book(&mut self, phone: &PhoneNumber, booking: Booking) {
        let place = (phone.clone(), booking.shift_id.clone());
        let watch = Watch {
            revision: booking.revision(),
            reminded_of: None,
            due_at: booking.first_look(),
        };
        self.bookings.insert(place.clone(), booking);
        self.watch(place, watch);
    }

    pub(super) fn give_back(&mut self, phone: &PhoneNumber, shift_id: &str) {
        let place = (phone.clone(), shift_id.to_owned());
        self.revisions.remove(&keys(&place));
        self.watches.remove(&place);
        self.bookings.remove(&place);
    }
}
