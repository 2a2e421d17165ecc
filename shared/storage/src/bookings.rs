//! The port [`Bookings`] on the tables of records, shifts and messages. The rows are those of [`crate::records`].

use std::sync::Arc;

use application::inbound::FoundShift;
use application::port::{Applied, Bookings, Organisations, StoreError, WatchedBooking};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use domain::record::Sweep;
use domain::shift::Shift;
use jiff::Timestamp;

use crate::item::key;
use crate::records::{booking, due, with_messages};
use crate::request::{self, updating};
use crate::shifts;

/// The port [`Bookings`].
#[derive(Debug, Clone)]
pub struct BookingsTable {
    client: Client,
    records: String,
    shifts: String,
    messages: String,
    organisations: Arc<dyn Organisations>,
}

impl BookingsTable {
    pub fn new(
        client: Client,
        records: impl Into<String>,
        shifts: impl Into<String>,
        messages: impl Into<String>,
        organisations: Arc<dyn Organisations>,
    ) -> Self {
        Self {
            client,
            records: records.into(),
            shifts: shifts.into(),
            messages: messages.into(),
            organisations,
        }
    }

    async fn try_commit(
        &self,
        before: &WatchedBooking,
        after: &WatchedBooking,
        messages: &[Message],
    ) -> Result<Applied, StoreError> {
        let looked_at = updating(booking::looked_at(&self.records, before, after)?);
        with_messages::write(&self.client, &self.messages, vec![looked_at], messages).await
    }
}

#[async_trait]
impl Bookings for BookingsTable {
    fn buckets(&self) -> u8 {
        due::BUCKETS
    }

    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<WatchedBooking>, StoreError> {
        let bucket = due::numbered(Sweep::Bookings, bucket);
        due::first(
            &self.client,
            &self.records,
            &bucket,
            until,
            limit,
            booking::decode_watched,
        )
        .await
    }

    async fn get(&self, phone: &PhoneNumber, shift_id: &str) -> Result<Option<WatchedBooking>, StoreError> {
        let item = request::get(&self.client, &self.records, booking::key(phone, shift_id)).await?;
        Ok(item.map(booking::decode_watched).transpose()?)
    }

    async fn shift(&self, shift_id: &str) -> Result<Option<FoundShift>, StoreError> {
        let item = request::get(&self.client, &self.shifts, key(shifts::KEY, shift_id)).await?;
        let found = shifts::found(item.into_iter().collect(), &*self.organisations).await?;
        Ok(found.into_iter().next())
    }

    async fn create(&self, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<bool, StoreError> {
        request::put(&self.client, booking::made_by_hand(&self.records, phone, shift, at)?).await
    }

    async fn remove(&self, booking: &WatchedBooking) -> Result<bool, StoreError> {
        request::delete_if(&self.client, booking::taken_off(&self.records, booking)?).await
    }

    async fn commit(
        &self,
        before: &WatchedBooking,
        after: &WatchedBooking,
        messages: &[Message],
    ) -> Result<Applied, StoreError> {
        request::despite_conflicts(|| self.try_commit(before, after, messages)).await
    }
}
