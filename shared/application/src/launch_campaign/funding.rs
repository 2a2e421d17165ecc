//! Keeps a campaign within its organisation's budget: counts its whole cost, reserves it before the first message is
//! made, and makes each message together with its part of the reservation.

use domain::budget::{Budget, Month};
use domain::campaign::{Campaign, CampaignError, Shortage};
use domain::message::{Kind, Message};
use domain::organisation::Organisation;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::LaunchCampaign;
use super::announcements::Announcements;
use super::audience::{Audience, SEGMENTS};
use super::budget_reservation::{BudgetReservation, Funding, Share, put_aside};
use crate::budget_alert;
use crate::port::{CHARGED_AT_ONCE, ChargedWrite, Cost, Position, Reservation, Reserving, StoreError};

/// Others may use the budget between reading how much is left and putting that aside; each time there is less left.
const TRIES: u32 = 8;

impl LaunchCampaign {
    /// Whether what the campaign takes has to be known before it is launched.
    pub(super) fn is_within_budget(&self, campaign: &Campaign, organisation: &Organisation) -> bool {
        organisation.budget.is_some() && !campaign.by_push && !self.settings.pinpoint
    }

    /// Puts aside `cost` of the organisation's budget, or finds what was put aside before.
    pub(super) async fn fund(
        &self,
        campaign: &Campaign,
        organisation: &Organisation,
        begun: bool,
        cost: Option<Cost>,
    ) -> Result<Funding, StoreError> {
        if campaign.by_push {
            return Ok(Funding::OneByOne);
        }
        if organisation.on_hold {
            let wait = "the campaign waits for settings of its organisation that cannot be read";
            return Err(StoreError::Invalid(wait.to_owned()));
        }
        if (begun || organisation.budget.is_some())
            && let Some(reservation) = self.budgets.reservation(&campaign.id).await?
        {
            return Ok(put_aside(campaign, reservation, organisation));
        }
        let Some(budget) = organisation.budget.filter(|_| !begun) else {
            return Ok(Funding::OneByOne);
        };
        if self.settings.pinpoint {
            return Ok(Funding::Refused(CampaignError::OutsideBudget));
        }
        let needed = cost.unwrap_or_default().segments;
        self.reserve(campaign, needed, organisation, budget).await
    }

    async fn reserve(
        &self,
        campaign: &Campaign,
        needed: u64,
        organisation: &Organisation,
        budget: Budget,
    ) -> Result<Funding, StoreError> {
        let name = campaign.organisation.as_str();
        let now = self.clock.now();
        let month = Month::of(now, &organisation.zone());
        let allowance = budget.allowance(Kind::Announcement);
        for _ in 0..TRIES {
            let used = self.budgets.used(name, month).await?;
            let left = allowance.saturating_sub(used);
            if needed > left && (left == 0 || !campaign.as_far_as_budget) {
                let shortage = Shortage {
                    needed,
                    left,
                    budget,
                    month,
                };
                return Ok(Funding::Refused(CampaignError::OverBudget(shortage)));
            }
            let reservation = Reservation {
                organisation: name.to_owned(),
                month,
                left: needed.min(left),
            };
            match self.budgets.reserve(&campaign.id, &reservation, allowance).await? {
                Reserving::Reserved => {
                    let used = used + reservation.left;
                    budget_alert::alert(&*self.outbox, name, organisation, month, used, now).await?;
                    return Ok(put_aside(campaign, reservation, organisation));
                }
                Reserving::ReservedBefore => {
                    let left = self.left(&campaign.id).await?;
                    return Ok(put_aside(campaign, Reservation { left, ..reservation }, organisation));
                }
                Reserving::OverBudget => {}
            }
        }
        Err(StoreError::Conflict(format!(
            "the budget of organisation {name} is being used by others"
        )))
    }

    async fn left(&self, campaign_id: &str) -> Result<u64, StoreError> {
        let reservation = self.budgets.reservation(campaign_id).await?;
        Ok(reservation.map_or(0, |reservation| reservation.left))
    }

    /// What texting the whole audience takes; `None` where the time was up.
    pub(super) async fn count(
        &self,
        audience: &Audience<'_>,
        texts: &Announcements,
        deadline: Timestamp,
    ) -> Result<Option<Cost>, StoreError> {
        let parts = stream::iter(0..SEGMENTS).map(|segment| self.count_segment(audience, texts, segment, deadline));
        let parts: Vec<Option<Cost>> = parts.buffer_unordered(SEGMENTS as usize).try_collect().await?;
        Ok(parts.into_iter().try_fold(Cost::default(), |whole, part| {
            let part = part?;
            Some(Cost {
                recipients: whole.recipients + part.recipients,
                segments: whole.segments + part.segments,
            })
        }))
    }

    async fn count_segment(
        &self,
        audience: &Audience<'_>,
        texts: &Announcements,
        segment: u32,
        deadline: Timestamp,
    ) -> Result<Option<Cost>, StoreError> {
        let mut cost = Cost::default();
        let mut after: Option<Position> = None;
        loop {
            if self.clock.now() >= deadline {
                return Ok(None);
            }
            let page = self.contacts.page(segment, SEGMENTS, after.as_ref()).await?;
            for contact in audience.members(&page.contacts).await?.recipients {
                let language = contact.language.unwrap_or(self.settings.language);
                cost.recipients += 1;
                cost.segments += u64::from(texts.segments(language));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(Some(cost)),
            }
        }
    }

    /// Writes those messages that are not there yet, each with its part of what was put aside.
    pub(super) async fn put_within(
        &self,
        campaign_id: &str,
        messages: Vec<Message>,
        reservation: &BudgetReservation,
    ) -> Result<(), StoreError> {
        let mut open = messages;
        while !open.is_empty() {
            let rest = open.split_off(open.len().min(CHARGED_AT_ONCE));
            self.write_charged(campaign_id, open, reservation).await?;
            open = rest;
        }
        Ok(())
    }

    async fn write_charged(
        &self,
        campaign_id: &str,
        mut open: Vec<Message>,
        reservation: &BudgetReservation,
    ) -> Result<(), StoreError> {
        // Held until it is written: every message moves the same row, where they would only get into each other's way.
        let mut left = reservation.left.lock().await;
        loop {
            let Share { within, beyond, taken } = reservation.share(&open, *left);
            let written = if within.is_empty() {
                ChargedWrite::Written
            } else {
                self.budgets.write_charged(campaign_id, within).await?
            };
            match written {
                ChargedWrite::Written => {
                    *left -= taken;
                    let beyond = beyond.into_iter().map(|message| reservation.beyond(message)).collect();
                    return self.outbox.put_new(beyond).await.map(drop);
                }
                // Made before this launch was continued, and so was their part taken.
                ChargedWrite::Present(present) => open.retain(|message| !present.contains(&message.id)),
                ChargedWrite::TooLittleLeft => *left = self.left(campaign_id).await?,
            }
        }
    }
}
