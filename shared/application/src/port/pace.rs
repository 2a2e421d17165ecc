//! How fast each origination identity may send, shared by all senders.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::pace::{Lowered, Rate};
use jiff::Timestamp;

use super::StoreError;

/// How fast providers are, as the senders have them configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speeds {
    /// Providers that carry texts by their names, with their rates, where they have one.
    pub providers: BTreeMap<String, Option<Rate>>,
    /// In which order they are tried for most numbers, where an organisation says nothing else.
    pub usual: Vec<String>,
}

/// Until when the whole rate of an origination identity is taken by campaigns that were launched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromisedRate {
    pub until: Timestamp,
    /// The last campaign that got its time. Should its launch be repeated, that is its time still.
    pub campaign_id: String,
}

/// How much of each origination identity's rate is used up, agreed on by all senders, and until when it is promised.
#[async_trait]
pub trait Pace: Send + Sync + std::fmt::Debug {
    /// Takes `parts` out of the period of `key` that begins at `period`, if no more than `allowance` are then used.
    /// Returns whether they were taken.
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError>;

    /// What throttling has taught of the rate of `key`.
    async fn lowered(&self, key: &str) -> Result<Option<Lowered>, StoreError>;

    /// Lowers the rate of `key`, unless that was done after `unless_after`.
    async fn lower(&self, key: &str, to: Lowered, unless_after: Timestamp) -> Result<(), StoreError>;

    /// `None` if no sender has recorded it yet.
    async fn speeds(&self) -> Result<Option<Speeds>, StoreError>;

    async fn tell_speeds(&self, speeds: &Speeds) -> Result<(), StoreError>;

    async fn promised(&self, key: &str) -> Result<Option<PromisedRate>, StoreError>;

    /// Promises the rate of `key` for longer. Answers false where `was` is no longer the time up to which it is promised.
    async fn promise(&self, key: &str, was: Option<Timestamp>, next: &PromisedRate) -> Result<bool, StoreError>;
}
