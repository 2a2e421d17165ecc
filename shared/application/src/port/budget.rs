//! What an organisation may send in a month.

use async_trait::async_trait;
use domain::budget::Month;
use domain::message::{Message, MessageId};

use super::StoreError;

/// How many messages are written in one step at most, with what they take out of a campaign's reservation.
pub const CHARGED_AT_ONCE: usize = 99;

/// What a campaign has put aside of its organisation's budget for its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub organisation: String,
    pub month: Month,
    /// Segments that no message has taken yet.
    pub left: u64,
}

/// The result of reserving part of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserving {
    Reserved,
    /// The campaign has done so before, and that stays.
    ReservedBefore,
    /// More would be used than is allowed; nothing was put aside.
    OverBudget,
}

/// The result of writing messages together with their budget charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargedWrite {
    Written,
    /// These were there already; nothing was written.
    Present(Vec<MessageId>),
    /// The reservation does not hold what they take; nothing was written.
    TooLittleLeft,
}

/// What the organisations have used of their budgets, month by month.
///
/// What a message takes is moved together with the message: by [`super::Outbox::apply`], or here for those of a campaign.
/// So at any moment `used` is the sum of the charges of all messages and of what campaigns hold reserved.
#[async_trait]
pub trait Budgets: Send + Sync + std::fmt::Debug {
    /// Segments used and reserved, strongly consistent.
    async fn used(&self, organisation: &str, month: Month) -> Result<u64, StoreError>;

    /// Puts `reservation.left` segments aside for a campaign, if no more than `allowance` are then used.
    async fn reserve(
        &self,
        campaign_id: &str,
        reservation: &Reservation,
        allowance: u64,
    ) -> Result<Reserving, StoreError>;

    /// What a campaign has put aside, strongly consistent; `None` where it never has.
    async fn reservation(&self, campaign_id: &str) -> Result<Option<Reservation>, StoreError>;

    /// Writes all of at most [`CHARGED_AT_ONCE`] new messages and takes their charges out of the campaign's reservation, or
    /// does nothing.
    async fn write_charged(&self, campaign_id: &str, messages: Vec<Message>) -> Result<ChargedWrite, StoreError>;

    /// Gives back what a campaign has put aside and no message has taken. Done again it is harmless.
    async fn settle(&self, campaign_id: &str) -> Result<(), StoreError>;
}
