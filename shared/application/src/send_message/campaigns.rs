//! A campaign's row during sending: reads what people type there, and writes that it is held, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::campaign::CampaignStatus;
use jiff::{SignedDuration, Timestamp};

use crate::port::{Campaigns, StoreError};

/// What is typed on a row counts after so long.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// The rows of the campaigns whose texts wait in the lines, as this pacer has read them.
#[derive(Debug)]
pub(super) struct CampaignRows {
    campaigns: Arc<dyn Campaigns>,
    read: BTreeMap<String, (Timestamp, Option<String>)>,
}

impl CampaignRows {
    pub(super) fn new(campaigns: Arc<dyn Campaigns>) -> Self {
        Self {
            campaigns,
            read: BTreeMap::new(),
        }
    }

    /// The status as it is written; `None` where the row is gone or has none.
    async fn written(&mut self, id: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        if let Some((read_at, status)) = self.read.get(id)
            && now.duration_since(*read_at) < READ_AGAIN_AFTER
        {
            return Ok(status.clone());
        }
        let status = self.campaigns.get(id).await?.and_then(|row| row.status);
        self.read.insert(id.to_owned(), (now, status.clone()));
        Ok(status)
    }

    pub(super) async fn status(&mut self, id: &str, now: Timestamp) -> Result<Option<CampaignStatus>, StoreError> {
        let written = self.written(id, now).await?;
        Ok(written.as_deref().and_then(CampaignStatus::from_text))
    }

    /// Writes that the campaign is held and why, or with `None` that it goes on.
    pub(super) async fn hold(&mut self, id: &str, because: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let Some(written) = self.written(id, now).await? else {
            return Ok(());
        };
        let to = match (CampaignStatus::from_text(&written), because) {
            (Some(CampaignStatus::Sending | CampaignStatus::Resumed), Some(_)) => CampaignStatus::Held,
            (Some(CampaignStatus::Held | CampaignStatus::Resumed), None) => CampaignStatus::Sending,
            _ => return Ok(()),
        };
        self.campaigns.turn(id, &written, to, because).await?;
        self.read.remove(id);
        Ok(())
    }
}
