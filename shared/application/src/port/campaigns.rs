//! Campaign rows and their progress.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::campaign::{CampaignRow, CampaignStatus};
use domain::message::Status;
use jiff::Timestamp;

use super::{Position, StoreError};

/// How a campaign's messages stand. Every message is counted in exactly one field besides `recipients`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub recipients: u64,
    /// Waiting or being handed over.
    pub queued: u64,
    pub sent: u64,
    pub delivered: u64,
    /// Refused by the provider, or undeliverable.
    pub failed: u64,
    pub expired: u64,
    /// The outcome is not known.
    pub unknown: u64,
    pub cancelled: u64,
    pub suppressed: BTreeMap<String, u64>,
}

impl Progress {
    /// Counts one message.
    pub fn count(&mut self, status: Status, reason: Option<&str>) {
        self.recipients += 1;
        let field = match status {
            Status::Scheduled | Status::Queued | Status::Sending => &mut self.queued,
            Status::Sent => &mut self.sent,
            Status::Unknown => &mut self.unknown,
            Status::Delivered => &mut self.delivered,
            Status::Undelivered | Status::Failed => &mut self.failed,
            Status::Expired => &mut self.expired,
            Status::Cancelled => &mut self.cancelled,
            Status::Suppressed => self.suppressed.entry(reason.unwrap_or("other").to_owned()).or_default(),
        };
        *field += 1;
    }
}

/// Where the fan-out of one segment of the audience stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentPosition {
    pub after: Option<Position>,
    pub done: bool,
}

/// What texting a whole audience takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    pub recipients: u64,
    pub segments: u64,
}

/// What is written on a campaign's row; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignUpdate {
    pub status: Option<CampaignStatus>,
    pub error: Option<String>,
    /// Why it is held.
    pub held_because: Option<String>,
    /// Message parts of one announcement in the default language.
    pub segments: Option<u32>,
    /// What all of it takes, where the organisation has a budget or the provider a rate.
    pub cost: Option<Cost>,
    /// When its last text has its turn.
    pub expected_done_at: Option<Timestamp>,
    pub launched_at: Option<Timestamp>,
    pub progress: Option<Progress>,
}

/// The beginning of a fan-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOutBegun {
    pub at: Timestamp,
    /// After that nobody is texted any more.
    pub ends_at: Timestamp,
}

/// What we keep of a campaign beside its row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignProgress {
    pub begun: Option<FanOutBegun>,
    /// By segment number.
    pub segments: BTreeMap<u32, SegmentPosition>,
}

/// What the sweep looks at a campaign for when its timer has passed. A campaign has one timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignTimer {
    /// It is launched, or its launch goes on.
    Launch,
    /// How its messages stand is counted.
    Count,
}

/// Some of the campaign rows that have no status, and where the next ones follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UntouchedCampaigns {
    pub ids: Vec<String>,
    pub next: Option<Position>,
}

/// The campaign rows, and how far each has come.
#[async_trait]
pub trait Campaigns: Send + Sync + std::fmt::Debug {
    async fn get(&self, campaign_id: &str) -> Result<Option<CampaignRow>, StoreError>;

    /// Inserts a row as a person does, which launches it. Answers false, and leaves it as it is, where there is one.
    async fn create(&self, row: &CampaignRow) -> Result<bool, StoreError>;

    /// Writes on a row that is still there; a row that was deleted meanwhile is not brought back.
    async fn update(&self, campaign_id: &str, update: &CampaignUpdate) -> Result<(), StoreError>;

    /// Changes the status that a row has now, as it is written there, and says why it is held or no more. Answers false where
    /// the status is another since.
    async fn turn(
        &self,
        campaign_id: &str,
        from: &str,
        to: CampaignStatus,
        because: Option<&str>,
    ) -> Result<bool, StoreError>;

    async fn fan_out(&self, campaign_id: &str) -> Result<CampaignProgress, StoreError>;

    /// Notes that the fan-out has begun, once; a later call changes nothing.
    async fn begin_fan_out(&self, campaign_id: &str, begun: FanOutBegun) -> Result<(), StoreError>;

    async fn save_position(
        &self,
        campaign_id: &str,
        segment: u32,
        position: &SegmentPosition,
    ) -> Result<(), StoreError>;

    /// The sweep looks at the campaign again at that time, for that; `None`: never again.
    async fn set_timer(&self, campaign_id: &str, timer: Option<(CampaignTimer, Timestamp)>) -> Result<(), StoreError>;

    /// Moves a timer that has passed on to `again`. Answers false where it has not, as when another run was faster.
    async fn take_timer(
        &self,
        campaign_id: &str,
        timer: CampaignTimer,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<bool, StoreError>;

    /// At most `limit` campaigns whose timer of that sort has passed, oldest first.
    async fn due(&self, timer: CampaignTimer, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError>;

    /// Rows that were not launched, after `after`. Reads the whole table, page by page.
    async fn untouched(&self, after: Option<&Position>) -> Result<UntouchedCampaigns, StoreError>;
}
