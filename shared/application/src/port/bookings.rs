//! Bookings that wait for their reminder.

use async_trait::async_trait;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use domain::shift::Shift;
use jiff::Timestamp;

use super::{Applied, StoreError};
use crate::inbound::{Booking, FoundShift};

/// A booking that is looked at from time to time, so that its holder is reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedBooking {
    pub phone: PhoneNumber,
    pub booking: Booking,
    /// Raised whenever what the holder was reminded of is no longer true.
    pub revision: u64,
    /// The beginning of the shift that the holder was reminded of.
    pub reminded_of: Option<Timestamp>,
    /// When it is looked at; `None`: never again. A booking of a shift that says when it begins is first looked at as
    /// soon as it is made.
    pub due_at: Option<Timestamp>,
}

impl WatchedBooking {
    /// The keys of its row, which reminders are about.
    pub fn keys(&self) -> (String, String) {
        let pk = format!("employee#{}", self.phone.as_str());
        (pk, format!("booking#{}", self.booking.shift_id))
    }
}

/// The bookings, for reminders.
#[async_trait]
pub trait Bookings: Send + Sync + std::fmt::Debug {
    /// The timers are spread over this many buckets, each read on its own.
    fn buckets(&self) -> u8;

    /// Bookings of one bucket whose timer has passed by `until`, oldest first. They may be a little older than the table.
    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<WatchedBooking>, StoreError>;

    /// A booking as it is now, strongly consistent; `None` where it was given back.
    async fn get(&self, phone: &PhoneNumber, shift_id: &str) -> Result<Option<WatchedBooking>, StoreError>;

    /// The shift as it is now.
    async fn shift(&self, shift_id: &str) -> Result<Option<FoundShift>, StoreError>;

    /// Makes a booking of a shift that somebody holds without one; false where there is one.
    async fn create(&self, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<bool, StoreError>;

    /// Removes a booking that was made when `booking` was; false where there is none.
    async fn remove(&self, booking: &WatchedBooking) -> Result<bool, StoreError>;

    /// Writes revision, `reminded_of` and `due_at` of `after` together with the messages, if the booking is still there
    /// and has `booked_at`, revision, `reminded_of` and `due_at` of `before`. A message whose id is there already stays
    /// as it is.
    async fn commit(
        &self,
        before: &WatchedBooking,
        after: &WatchedBooking,
        messages: &[Message],
    ) -> Result<Applied, StoreError>;
}
