//! Campaign rows and their progress, in memory.

use async_trait::async_trait;
use domain::campaign::{CampaignRow, CampaignStatus};
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{
    CampaignProgress, CampaignTimer, CampaignUpdate, Campaigns, FanOutBegun, Position, SegmentPosition, StoreError,
    UntouchedCampaigns,
};

const UNTOUCHED_PAGE: usize = 2;

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

    async fn begin_fan_out(&self, campaign_id: &str, begun: FanOutBegun) -> Result<(), StoreError> {
        self.tables()
            .fan_outs
            .entry(campaign_id.to_owned())
            .or_default()
            .begun
            .get_or_insert(begun);
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

    async fn set_timer(&self, campaign_id: &str, timer: Option<(CampaignTimer, Timestamp)>) -> Result<(), StoreError> {
        let mut tables = self.tables();
        match timer {
            Some(timer) => tables.campaign_timers.insert(campaign_id.to_owned(), timer),
            None => tables.campaign_timers.remove(campaign_id),
        };
        Ok(())
    }

    async fn take_timer(
        &self,
        campaign_id: &str,
        timer: CampaignTimer,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let stored = tables.campaign_timers.get_mut(campaign_id);
        let due = stored.filter(|(of, at)| *of == timer && *at <= now);
        Ok(due.map(|due| *due = (timer, again)).is_some())
    }

    async fn due(&self, timer: CampaignTimer, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        let tables = self.tables();
        let timers = tables.campaign_timers.iter();
        let mut due: Vec<_> = timers.filter(|(_, (of, at))| *of == timer && *at <= now).collect();
        due.sort_by_key(|(_, (_, at))| *at);
        Ok(due.into_iter().take(limit).map(|(id, _)| id.clone()).collect())
    }

    async fn untouched(&self, after: Option<&Position>) -> Result<UntouchedCampaigns, StoreError> {
        let tables = self.tables();
        let after = after.map(|after| &after.0);
        let following = tables.campaigns.iter().filter(|(id, _)| Some(*id) > after);
        let page: Vec<_> = following.take(UNTOUCHED_PAGE).collect();
        let last = page.last().filter(|_| page.len() == UNTOUCHED_PAGE);
        let next = last.map(|(id, _)| Position((*id).clone()));
        let untouched = page.into_iter().filter(|(_, (row, _))| row.is_untouched());
        Ok(UntouchedCampaigns {
            ids: untouched.map(|(id, _)| id.clone()).collect(),
            next,
        })
    }
}
