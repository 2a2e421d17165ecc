use async_trait::async_trait;
use domain::campaign::{CampaignRow, CampaignStatus};
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{CampaignProgress, CampaignUpdate, Campaigns, SegmentPosition, StoreError};

#[async_trait]
impl Campaigns for MemoryStore {
    async fn get(&self, campaign_id: &str) -> Result<Option<CampaignRow>, StoreError> {
        Ok(self.tables().campaigns.get(campaign_id).map(|(row, _)| row.clone()))
    }

    async fn create(&self, row: &CampaignRow) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_new = !tables.campaigns.contains_key(&row.campaign_id);
        if is_new {
            let inserted = (row.clone(), CampaignUpdate::default());
            tables.campaigns.insert(row.campaign_id.clone(), inserted);
        }
        Ok(is_new)
    }

    async fn update(&self, campaign_id: &str, update: &CampaignUpdate) -> Result<(), StoreError> {
        if let Some((row, written)) = self.tables().campaigns.get_mut(campaign_id) {
            if let Some(status) = update.status {
                row.status = Some(status.as_str().to_owned());
                written.status = Some(status);
            }
            written.error = update.error.clone().or(written.error.take());
            written.held_because = update.held_because.clone().or(written.held_because.take());
            written.segments = update.segments.or(written.segments);
            written.cost = update.cost.or(written.cost);
            written.expected_done_at = update.expected_done_at.or(written.expected_done_at);
            written.launched_at = update.launched_at.or(written.launched_at);
            written.progress = update.progress.clone().or(written.progress.take());
        }
        Ok(())
    }

    async fn turn(
        &self,
        campaign_id: &str,
        from: &str,
        to: CampaignStatus,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let Some((row, written)) = tables.campaigns.get_mut(campaign_id) else {
            return Ok(false);
        };
        if row.status.as_deref() != Some(from) {
            return Ok(false);
        }
        row.status = Some(to.as_str().to_owned());
        (written.status, written.held_because) = (Some(to), because.map(ToOwned::to_owned));
        Ok(true)
    }

    async fn fan_out(&self, campaign_id: &str) -> Result<CampaignProgress, StoreError> {
        Ok(self.tables().fan_outs.get(campaign_id).cloned().unwrap_or_default())
    }

    async fn begin_fan_out(&self, campaign_id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.tables()
            .fan_outs
            .entry(campaign_id.to_owned())
            .or_default()
            .launched_at
            .get_or_insert(at);
        Ok(())
    }

    async fn save_position(
        &self,
        campaign_id: &str,
        segment: u32,
        position: &SegmentPosition,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables
            .fan_outs
            .entry(campaign_id.to_owned())
            .or_default()
            .segments
            .insert(segment, position.clone());
        Ok(())
    }

    async fn set_timer(&self, campaign_id: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        let mut tables = self.tables();
        match at {
            Some(at) => tables.campaign_timers.insert(campaign_id.to_owned(), at),
            None => tables.campaign_timers.remove(campaign_id),
        };
        Ok(())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        let tables = self.tables();
        let mut due: Vec<_> = tables.campaign_timers.iter().filter(|(_, at)| **at <= now).collect();
        due.sort_by_key(|(_, at)| **at);
        Ok(due.into_iter().take(limit).map(|(id, _)| id.clone()).collect())
    }
}
