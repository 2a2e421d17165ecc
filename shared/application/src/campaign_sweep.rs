//! Takes campaigns on: those whose time has come, fan-outs left unfinished, progress and completion written back. Also
//! tidies the shifts on offer, so that what nobody can book is said on its row.

use std::sync::Arc;

use domain::campaign::CampaignStatus;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::inbound::FoundShift;
use crate::launch_campaign::{LaunchCampaign, Launching};
use crate::port::{CampaignUpdate, Progress, Shifts, StoreError};

const PAGE: usize = 50;

/// A campaign is looked at again after this long, while messages are under way.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_mins(14);

/// After this long no receipt will come any more: a message lives for 12 hours and two nights at the most, its receipts for
/// 72 hours.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_hours(132);

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CampaignSweepReport {
    pub launched: u64,
    pub counted: u64,
    pub completed: u64,
    pub rejected: u64,
    pub shifts_rejected: u64,
    pub shifts_closed: u64,
    pub shifts_mended: u64,
    /// Campaigns that could not be taken on this time; the next run tries again.
    pub failed: u64,
    pub unfinished: bool,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct CampaignSweep {
    pub launch: LaunchCampaign,
    pub shifts: Arc<dyn Shifts>,
}

impl CampaignSweep {
    /// Takes on every campaign that is due, until `deadline`. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read.
    pub async fn run(&self, deadline: Timestamp) -> Result<CampaignSweepReport, StoreError> {
        let mut report = CampaignSweepReport::default();
        self.tidy_shifts(deadline, &mut report).await?;
        for campaign_id in self.launch.campaigns.due(self.launch.clock.now(), PAGE).await? {
            if self.launch.clock.now() >= deadline {
                report.unfinished = true;
                break;
            }
            // One campaign in trouble must not hold up the others; its timer brings it back.
            if let Err(error) = self.take_on(&campaign_id, deadline, &mut report).await {
                tracing::warn!(campaign.id = campaign_id, %error, "campaign left for the next run");
                report.failed += 1;
            }
        }
        Ok(report)
    }

    async fn take_on(
        &self,
        campaign_id: &str,
        deadline: Timestamp,
        report: &mut CampaignSweepReport,
    ) -> Result<(), StoreError> {
        let status = match self.launch.campaigns.get(campaign_id).await? {
            None => return self.let_go(campaign_id).await,
            Some(row) => row.status.as_deref().and_then(CampaignStatus::from_text),
        };
        match status {
            None | Some(CampaignStatus::Scheduled | CampaignStatus::Launching) => {
                match self.launch.launch(campaign_id, deadline).await? {
                    Launching::FannedOut => report.launched += 1,
                    Launching::Unfinished => report.unfinished = true,
                    Launching::Waiting { .. } => {}
                    Launching::Rejected { .. } => {
                        report.rejected += 1;
                        self.let_go(campaign_id).await?;
                    }
                    Launching::NothingToDo => self.let_go(campaign_id).await?,
                }
                Ok(())
            }
            Some(
                CampaignStatus::Sending | CampaignStatus::Held | CampaignStatus::Resumed | CampaignStatus::Stopped,
            ) => self.count(campaign_id, report).await,
            Some(CampaignStatus::Completed | CampaignStatus::Rejected | CampaignStatus::Cancelled) => {
                self.let_go(campaign_id).await
            }
        }
    }

    /// Looks at the campaign no more. A fan-out that was called off half-way has put more aside than it took.
    async fn let_go(&self, campaign_id: &str) -> Result<(), StoreError> {
        self.launch.budgets.settle(campaign_id).await?;
        self.launch.campaigns.set_timer(campaign_id, None).await
    }

    async fn count(&self, campaign_id: &str, report: &mut CampaignSweepReport) -> Result<(), StoreError> {
        let progress = self.launch.outbox.progress(campaign_id).await?;
        let launched_at = self.launch.campaigns.fan_out(campaign_id).await?.launched_at;
        let now = self.launch.clock.now();
        let completed = is_complete(&progress, launched_at, now);
        let status = completed.then_some(CampaignStatus::Completed);
        let update = CampaignUpdate {
            status,
            progress: Some(progress),
            ..CampaignUpdate::default()
        };
        self.launch.campaigns.update(campaign_id, &update).await?;
        report.counted += 1;
        report.completed += u64::from(completed);
        let again = (!completed).then(|| now + COUNTED_EVERY);
        self.launch.campaigns.set_timer(campaign_id, again).await
    }

    async fn tidy_shifts(&self, deadline: Timestamp, report: &mut CampaignSweepReport) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let now = self.launch.clock.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(());
            }
            let page = self.shifts.available(after.as_deref()).await?;
            for found in &page.shifts {
                match found {
                    FoundShift::Unusable {
                        id,
                        error,
                        noted: false,
                        ..
                    } => {
                        self.shifts.reject(id, &error.to_string()).await?;
                        report.shifts_rejected += 1;
                    }
                    FoundShift::Usable(shift) if shift.begun(now) => {
                        self.shifts.close(&shift.id).await?;
                        report.shifts_closed += 1;
                    }
                    FoundShift::Usable(shift) if shift.is_marked => {
                        self.shifts.accept(&shift.id).await?;
                        report.shifts_mended += 1;
                    }
                    FoundShift::Usable(_) | FoundShift::Unusable { .. } => {}
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

/// Whether nothing about these messages will change any more.
fn is_complete(progress: &Progress, launched_at: Option<Timestamp>, now: Timestamp) -> bool {
    let settled = launched_at.is_none_or(|at| now.duration_since(at) >= SETTLED_AFTER);
    progress.queued == 0 && (settled || progress.sent + progress.unknown == 0)
}

#[cfg(test)]
mod tests;
