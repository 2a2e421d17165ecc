//! Launches and continues campaigns: due ones, unfinished fan-outs, and rows whose stream event was lost.
//!
//! It also writes progress and completion back, and tidies the shifts on offer, so that what nobody can book is said on its
//! row. Each part has its own schedule, and launches wait for no other.

use domain::campaign::CampaignStatus;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::inbound::FoundShift;
use crate::launch_campaign::{CONTINUED_AFTER, LaunchCampaign, Launching};
use crate::port::{CampaignTimer, CampaignUpdate, Progress, StoreError};

/// Campaigns that a run takes on at the most.
const MOST: usize = 10_000;

/// Campaigns under way at once.
const LAUNCHES_AT_ONCE: usize = 8;
const COUNTS_AT_ONCE: usize = 4;

/// So long after its end no receipt of a campaign is waited for.
const RECEIPTS_COME_FOR: SignedDuration = SignedDuration::from_hours(72);

/// A part of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepPart {
    Launches,
    Counts,
    Shifts,
    /// Campaign rows whose stream event was lost.
    Untouched,
}

impl SweepPart {
    pub const ALL: [Self; 4] = [Self::Counts, Self::Launches, Self::Shifts, Self::Untouched];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Launches => "launches",
            Self::Counts => "counts",
            Self::Shifts => "shifts",
            Self::Untouched => "untouched",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CampaignSweepReport {
    pub launched: u64,
    pub counted: u64,
    pub completed: u64,
    pub rejected: u64,
    /// Rows whose launch was missed; they are launched if they still have no status minutes later.
    pub untouched: u64,
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
}

impl CampaignSweep {
    /// Runs every part, one after another, until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`Self::run_part`].
    pub async fn run(&self, deadline: Timestamp) -> Result<CampaignSweepReport, StoreError> {
        let mut report = CampaignSweepReport::default();
        for part in SweepPart::ALL {
            report = report.plus(self.run_part(part, deadline).await?);
        }
        Ok(report)
    }

    /// Runs a part until `deadline`. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read.
    pub async fn run_part(&self, part: SweepPart, deadline: Timestamp) -> Result<CampaignSweepReport, StoreError> {
        match part {
            SweepPart::Launches => self.take_due(CampaignTimer::Launch, LAUNCHES_AT_ONCE, deadline).await,
            SweepPart::Counts => self.take_due(CampaignTimer::Count, COUNTS_AT_ONCE, deadline).await,
            SweepPart::Shifts => self.tidy_shifts(deadline).await,
            SweepPart::Untouched => self.find_untouched(deadline).await,
        }
    }

    async fn take_due(
        &self,
        timer: CampaignTimer,
        at_once: usize,
        deadline: Timestamp,
    ) -> Result<CampaignSweepReport, StoreError> {
        let due = self.launch.campaigns.due(timer, self.launch.clock.now(), MOST).await?;
        let unfinished = due.len() == MOST;
        let reports = stream::iter(&due).map(|campaign_id| self.take_on(campaign_id, timer, deadline));
        let first = CampaignSweepReport {
            unfinished,
            ..CampaignSweepReport::default()
        };
        let all = reports.buffer_unordered(at_once);
        Ok(all.fold(first, async |all, one| all.plus(one)).await)
    }

    /// One campaign in trouble must not hold up the others; the next run tries it again.
    async fn take_on(&self, campaign_id: &str, timer: CampaignTimer, deadline: Timestamp) -> CampaignSweepReport {
        let mut report = CampaignSweepReport::default();
        let now = self.launch.clock.now();
        if now >= deadline {
            report.unfinished = true;
            return report;
        }
        let taken = match timer {
            CampaignTimer::Launch => self.go_on(campaign_id, now, deadline, &mut report).await,
            CampaignTimer::Count => self.count(campaign_id, now, &mut report).await,
        };
        let Err(error) = taken else { return report };
        tracing::warn!(campaign.id = campaign_id, %error, "campaign left for the next run");
        report.failed += 1;
        if let Err(error) = self.launch.campaigns.set_timer(campaign_id, Some((timer, now))).await {
            tracing::warn!(campaign.id = campaign_id, %error, "campaign left until its timer, which was moved on, passes");
        }
        report
    }

    /// Launches a campaign, or goes on with its launch. The timer moves first, so that of two runs one has it, and a run that
    /// dies leaves it to another.
    async fn go_on(
        &self,
        campaign_id: &str,
        now: Timestamp,
        deadline: Timestamp,
        report: &mut CampaignSweepReport,
    ) -> Result<(), StoreError> {
        let (campaigns, timer) = (&self.launch.campaigns, CampaignTimer::Launch);
        if !campaigns
            .take_timer(campaign_id, timer, now, now + CONTINUED_AFTER)
            .await?
        {
            return Ok(());
        }
        match self.status(campaign_id).await? {
            Some(None | Some(CampaignStatus::Scheduled | CampaignStatus::Launching)) => {
                match self.launch.launch(campaign_id, deadline).await? {
                    Launching::FannedOut => report.launched += 1,
                    Launching::Unfinished => report.unfinished = true,
                    // Should somebody else have launched it this moment, the next look at it finds that.
                    Launching::Waiting { .. } | Launching::NothingToDo => {}
                    Launching::Rejected { .. } => {
                        report.rejected += 1;
                        self.let_go(campaign_id).await?;
                    }
                }
                Ok(())
            }
            Some(Some(
                CampaignStatus::Sending | CampaignStatus::Held | CampaignStatus::Resumed | CampaignStatus::Stopped,
            )) => {
                campaigns
                    .set_timer(campaign_id, Some((CampaignTimer::Count, now)))
                    .await
            }
            None | Some(Some(CampaignStatus::Completed | CampaignStatus::Rejected | CampaignStatus::Cancelled)) => {
                self.let_go(campaign_id).await
            }
        }
    }

    /// Where a campaign is; `None` where there is no row of it.
    async fn status(&self, campaign_id: &str) -> Result<Option<Option<CampaignStatus>>, StoreError> {
        let row = self.launch.campaigns.get(campaign_id).await?;
        Ok(row.map(|row| row.status.as_deref().and_then(CampaignStatus::from_text)))
    }

    /// Looks at the campaign no more. A fan-out that was cancelled half-way has put more aside than it took.
    async fn let_go(&self, campaign_id: &str) -> Result<(), StoreError> {
        self.launch.budgets.settle(campaign_id).await?;
        self.launch.campaigns.set_timer(campaign_id, None).await
    }

    async fn count(
        &self,
        campaign_id: &str,
        now: Timestamp,
        report: &mut CampaignSweepReport,
    ) -> Result<(), StoreError> {
        let (campaigns, timer) = (&self.launch.campaigns, CampaignTimer::Count);
        let begun = campaigns.fan_out(campaign_id).await?.begun;
        let again = now + counted_after(begun.map_or(SignedDuration::ZERO, |begun| now.duration_since(begun.at)));
        if !campaigns.take_timer(campaign_id, timer, now, again).await? {
            return Ok(());
        }
        let status = self.status(campaign_id).await?;
        match status {
            Some(Some(
                CampaignStatus::Sending | CampaignStatus::Held | CampaignStatus::Resumed | CampaignStatus::Stopped,
            )) => {}
            Some(None | Some(CampaignStatus::Scheduled | CampaignStatus::Launching)) => {
                return campaigns
                    .set_timer(campaign_id, Some((CampaignTimer::Launch, now)))
                    .await;
            }
            None | Some(Some(CampaignStatus::Completed | CampaignStatus::Rejected | CampaignStatus::Cancelled)) => {
                return self.let_go(campaign_id).await;
            }
        }
        let progress = self.launch.outbox.progress(campaign_id).await?;
        let completed = is_complete(&progress, begun.map(|begun| begun.ends_at), now);
        let was_stopped = status == Some(Some(CampaignStatus::Stopped));
        let update = CampaignUpdate {
            status: (completed && !was_stopped).then_some(CampaignStatus::Completed),
            progress: Some(progress),
            ..CampaignUpdate::default()
        };
        campaigns.update(campaign_id, &update).await?;
        report.counted += 1;
        report.completed += u64::from(completed);
        if completed {
            campaigns.set_timer(campaign_id, None).await?;
        }
        Ok(())
    }

    /// Finds rows that were not launched, as when the event of the table's stream was lost. A launch that has only
    /// just been triggered is given some minutes.
    async fn find_untouched(&self, deadline: Timestamp) -> Result<CampaignSweepReport, StoreError> {
        let mut report = CampaignSweepReport::default();
        let mut after = None;
        loop {
            let now = self.launch.clock.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let page = self.launch.campaigns.untouched(after.as_ref()).await?;
            for campaign_id in page.ids {
                let later = (CampaignTimer::Launch, now + CONTINUED_AFTER);
                self.launch.campaigns.set_timer(&campaign_id, Some(later)).await?;
                tracing::warn!(campaign.id = campaign_id, "a campaign that nobody has taken up");
                report.untouched += 1;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(report),
            }
        }
    }

    async fn tidy_shifts(&self, deadline: Timestamp) -> Result<CampaignSweepReport, StoreError> {
        let mut report = CampaignSweepReport::default();
        let mut after = None;
        loop {
            let now = self.launch.clock.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let page = self.launch.shifts.available(after.as_deref()).await?;
            for found in &page.shifts {
                match found {
                    FoundShift::Unusable {
                        id,
                        error,
                        noted: false,
                        ..
                    } => {
                        self.launch.shifts.reject(id, &error.to_string()).await?;
                        report.shifts_rejected += 1;
                    }
                    FoundShift::Usable(shift) if shift.begun(now) => {
                        self.launch.shifts.close(&shift.id).await?;
                        report.shifts_closed += 1;
                    }
                    FoundShift::Usable(shift) if shift.is_marked => {
                        self.launch.shifts.accept(&shift.id).await?;
                        report.shifts_mended += 1;
                    }
                    FoundShift::Usable(_) | FoundShift::Unusable { .. } => {}
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(report),
            }
        }
    }
}

impl CampaignSweepReport {
    fn plus(self, other: Self) -> Self {
        Self {
            launched: self.launched + other.launched,
            counted: self.counted + other.counted,
            completed: self.completed + other.completed,
            rejected: self.rejected + other.rejected,
            untouched: self.untouched + other.untouched,
            shifts_rejected: self.shifts_rejected + other.shifts_rejected,
            shifts_closed: self.shifts_closed + other.shifts_closed,
            shifts_mended: self.shifts_mended + other.shifts_mended,
            failed: self.failed + other.failed,
            unfinished: self.unfinished | other.unfinished,
        }
    }
}

/// How long a campaign of that age is not counted again: most of its messages are sent in its first hours.
fn counted_after(age: SignedDuration) -> SignedDuration {
    match age.as_hours() {
        ..4 => SignedDuration::from_mins(15),
        4..48 => SignedDuration::from_hours(1),
        48.. => SignedDuration::from_hours(6),
    }
}

/// Whether nothing about these messages will change any more.
fn is_complete(progress: &Progress, ended_at: Option<Timestamp>, now: Timestamp) -> bool {
    let settled = ended_at.is_none_or(|at| now.duration_since(at) >= RECEIPTS_COME_FOR);
    progress.queued == 0 && (settled || progress.sent + progress.unknown == 0)
}

#[cfg(test)]
mod tests;
