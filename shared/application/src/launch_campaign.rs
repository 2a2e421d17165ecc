//! Launches a campaign: turns its audience into outbound messages, page by page, so that it can be continued.

mod announcements;
mod audience;
mod budget_reservation;
mod funding;
mod promise;
mod timing;

use std::sync::Arc;

use domain::campaign::{Campaign, CampaignError, CampaignRow, CampaignStatus};
use domain::contact::Contact;
use domain::device::Device;
use domain::language::Language;
use domain::message::{Cause, Channel, Kind, Message};
use domain::organisation::{DEFAULT_ORGANISATION, UnknownOrganisation};
use domain::segment;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::port::{
    Budgets, CampaignTimer, CampaignUpdate, Campaigns, Clock, Contacts, Cost, Devices, FanOutBegun, Organisations,
    Outbox, Pace, SegmentPosition, Shifts, StoreError,
};
use announcements::Announcements;
use audience::{Audience, SEGMENTS};
use budget_reservation::{BudgetReservation, Funding};
use timing::Timing;

use crate::notify::other_than_default;

/// Reads of people's devices under way at once.
const DEVICES_AT_ONCE: usize = 32;

/// The sweep continues an unfinished fan-out after this long.
pub(crate) const CONTINUED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What the organisation chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignSettings {
    /// What a campaign leaves from that a provider expands itself.
    pub origination_identity: String,
    /// Whether the contact centre takes call backs.
    pub agent: bool,
    pub language: Language,
    /// Hand campaigns to Amazon Pinpoint instead of expanding the audience.
    pub pinpoint: bool,
}

/// The result of launching a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launching {
    /// Every recipient has a message.
    FannedOut,
    /// The time was up; the sweep goes on from where it stopped.
    Unfinished,
    Waiting {
        until: Timestamp,
    },
    Rejected {
        error: String,
    },
    /// Launched before, cancelled, or gone.
    NothingToDo,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct LaunchCampaign {
    pub campaigns: Arc<dyn Campaigns>,
    pub contacts: Arc<dyn Contacts>,
    pub devices: Arc<dyn Devices>,
    pub organisations: Arc<dyn Organisations>,
    pub budgets: Arc<dyn Budgets>,
    pub outbox: Arc<dyn Outbox>,
    pub pace: Arc<dyn Pace>,
    pub shifts: Arc<dyn Shifts>,
    pub clock: Arc<dyn Clock>,
    pub settings: CampaignSettings,
}

impl LaunchCampaign {
    /// Launches the campaign, or continues its launch, until `deadline`. Safe to repeat at any point.
    ///
    /// # Errors
    ///
    /// The store's; what was written stays, and the next call goes on from there.
    pub async fn launch(&self, campaign_id: &str, deadline: Timestamp) -> Result<Launching, StoreError> {
        // Before the row: who launches writes the row's status first, so that a row read after this has one, or is new.
        let begun = self.campaigns.fan_out(campaign_id).await?.begun;
        let Some(row) = self.campaigns.get(campaign_id).await? else {
            return Ok(Launching::NothingToDo);
        };
        match is_to_be_launched(&row, begun.is_some()) {
            Ok(true) => {}
            Ok(false) => return Ok(Launching::NothingToDo),
            Err(error) => return self.reject(&row, &error).await,
        }
        let now = self.clock.now();
        let organisation = match self.organisations.get(row.organisation()).await {
            Ok(Some(organisation)) => organisation,
            // Should it have begun, the sweep gives back what it put aside.
            Ok(None) => {
                let unknown = UnknownOrganisation::new(row.organisation());
                return self.reject(&row, &CampaignError::Organisation(unknown)).await;
            }
            Err(error) => {
                // Should the settings stay as they are for long, the sweep still finds the campaign.
                let again = now + CONTINUED_AFTER;
                self.campaigns
                    .set_timer(campaign_id, Some((CampaignTimer::Launch, again)))
                    .await?;
                return Err(error);
            }
        };
        let clock = self.organisations.clock(row.organisation(), &organisation).await?;
        let next = match Campaign::read(&row, clock.as_ref()) {
            Ok(campaign) if self.settings.pinpoint && campaign.organisation != DEFAULT_ORGANISATION => {
                return self.reject(&row, &CampaignError::OutsideOrganisation).await;
            }
            Ok(campaign) => campaign,
            Err(error) => return self.reject(&row, &error).await,
        };
        if let Some(until) = next.scheduled_for.filter(|at| *at > now && begun.is_none()) {
            self.campaigns
                .set_timer(campaign_id, Some((CampaignTimer::Launch, until)))
                .await?;
            let status = Some(CampaignStatus::Scheduled);
            self.update(
                campaign_id,
                CampaignUpdate {
                    status,
                    ..self.described(&next)
                },
            )
            .await?;
            return Ok(Launching::Waiting { until });
        }
        // The timer comes first: should this process end now, the sweep still finds the campaign. The row's status comes
        // before the note that the fan-out began, because a row without a status after that note was inserted again.
        self.campaigns
            .set_timer(campaign_id, Some((CampaignTimer::Launch, now + CONTINUED_AFTER)))
            .await?;
        let end = match begun {
            Some(begun) => begun.ends_at.into(),
            None => self.end_of(&next, &organisation, clock.as_ref()).await?,
        };
        let begun = begun.is_some();
        let announcements = Announcements::of(&next, self.settings.agent, end.at);
        let audience = Audience::new(Arc::clone(&self.organisations), Arc::clone(&self.clock), &next);
        let way = if begun {
            None
        } else {
            self.way(&next, &organisation).await?
        };
        let mut cost = None;
        if way.is_some() || (!begun && self.is_within_budget(&next, &organisation)) {
            cost = self.count(&audience, &announcements, deadline).await?;
            if cost.is_none() {
                return Ok(Launching::Unfinished);
            }
        }
        let reservation = match self.fund(&next, &organisation, begun, cost).await? {
            Funding::OneByOne => None,
            Funding::Reserved(reservation) => Some(reservation),
            Funding::Refused(error) => return self.refuse(&row, cost, &error).await,
        };
        let expected_done_at = match self
            .promise(&next, &organisation, clock.as_ref(), way.as_ref(), cost, end)
            .await?
        {
            Timing::Open => None,
            Timing::DoneAt(at) => Some(at),
            Timing::Refused(error) => {
                self.budgets.settle(campaign_id).await?;
                return self.refuse(&row, cost, &error).await;
            }
        };
        if !begun {
            let status = Some(CampaignStatus::Launching);
            self.update(
                campaign_id,
                CampaignUpdate {
                    status,
                    launched_at: Some(now),
                    expected_done_at,
                    cost,
                    ..self.described(&next)
                },
            )
            .await?;
        }
        let beginning = FanOutBegun {
            at: now,
            ends_at: end.at,
        };
        self.campaigns.begin_fan_out(campaign_id, beginning).await?;
        if !self
            .fan_out(&audience, &announcements, reservation.as_ref(), deadline)
            .await?
        {
            return Ok(Launching::Unfinished);
        }
        if reservation.is_some() {
            self.budgets.settle(campaign_id).await?;
        }
        let progress = Some(self.outbox.progress(campaign_id).await?);
        let status = Some(CampaignStatus::Sending);
        self.update(
            campaign_id,
            CampaignUpdate {
                status,
                progress,
                ..CampaignUpdate::default()
            },
        )
        .await?;
        let count = (CampaignTimer::Count, self.clock.now());
        self.campaigns.set_timer(campaign_id, Some(count)).await?;
        Ok(Launching::FannedOut)
    }

    async fn refuse(
        &self,
        row: &CampaignRow,
        cost: Option<Cost>,
        error: &CampaignError,
    ) -> Result<Launching, StoreError> {
        let update = CampaignUpdate {
            cost,
            ..CampaignUpdate::default()
        };
        self.update(&row.campaign_id, update).await?;
        let rejected = self.reject(row, error).await?;
        self.campaigns.set_timer(&row.campaign_id, None).await?;
        Ok(rejected)
    }

    async fn reject(&self, row: &CampaignRow, error: &CampaignError) -> Result<Launching, StoreError> {
        let error = error.to_string();
        let status = Some(CampaignStatus::Rejected);
        let update = CampaignUpdate {
            status,
            error: Some(error.clone()),
            ..CampaignUpdate::default()
        };
        self.update(&row.campaign_id, update).await?;
        Ok(Launching::Rejected { error })
    }

    async fn update(&self, campaign_id: &str, update: CampaignUpdate) -> Result<(), StoreError> {
        self.campaigns.update(campaign_id, &update).await
    }

    fn described(&self, campaign: &Campaign) -> CampaignUpdate {
        let text = campaign.announcement(self.settings.language, self.settings.agent);
        CampaignUpdate {
            segments: Some(segment::count(&text).segments),
            ..CampaignUpdate::default()
        }
    }

    /// Whether every part of the audience is done.
    async fn fan_out(
        &self,
        audience: &Audience<'_>,
        announcements: &Announcements,
        reservation: Option<&BudgetReservation>,
        deadline: Timestamp,
    ) -> Result<bool, StoreError> {
        let campaign = audience.campaign;
        if self.settings.pinpoint {
            self.outbox.put_new(vec![self.provider_campaign(campaign)]).await?;
            return Ok(true);
        }
        let positions = self.campaigns.fan_out(&campaign.id).await?.segments;
        let segments = stream::iter(0..SEGMENTS).map(|segment| {
            let position = positions.get(&segment).cloned().unwrap_or_default();
            self.fan_out_segment(audience, announcements, reservation, segment, position, deadline)
        });
        let done: Vec<bool> = segments.buffer_unordered(SEGMENTS as usize).try_collect().await?;
        Ok(done.into_iter().all(|done| done))
    }

    async fn fan_out_segment(
        &self,
        audience: &Audience<'_>,
        announcements: &Announcements,
        reservation: Option<&BudgetReservation>,
        segment: u32,
        mut position: SegmentPosition,
        deadline: Timestamp,
    ) -> Result<bool, StoreError> {
        let campaign = audience.campaign;
        while !position.done {
            let now = self.clock.now();
            if now >= deadline {
                return Ok(false);
            }
            let page = self.contacts.page(segment, SEGMENTS, position.after.as_ref()).await?;
            let members = audience.members(&page.contacts).await?;
            for unusable in page.unusable.iter().chain(&members.unusable) {
                self.contacts.reject(unusable).await?;
            }
            let recipients = members.recipients.into_iter();
            let texts = recipients.map(|contact| self.announcement(campaign, announcements, contact, now));
            let messages = if campaign.by_push {
                self.pushes(texts.collect()).await?
            } else {
                texts.collect()
            };
            match reservation {
                Some(reservation) => self.put_within(&campaign.id, messages, reservation).await?,
                None => self.outbox.put_new(messages).await.map(drop)?,
            }
            position = SegmentPosition {
                done: page.next.is_none(),
                after: page.next,
            };
            self.campaigns.save_position(&campaign.id, segment, &position).await?;
        }
        Ok(true)
    }

    fn announcement(&self, campaign: &Campaign, texts: &Announcements, contact: &Contact, now: Timestamp) -> Message {
        let cause = Cause::Announcement {
            campaign_id: &campaign.id,
            phone: &contact.phone,
        };
        let body = texts
            .in_language(contact.language.unwrap_or(self.settings.language))
            .to_owned();
        Message::queued(&cause, Kind::Announcement, Some(contact.phone.clone()), body, now)
            .of_campaign(&campaign.id)
            .of_organisation(other_than_default(&campaign.organisation))
            .expiring_at(texts.of_use_until)
    }

    /// Each text as a push to every device of its recipient. A recipient without devices gets one message that says so.
    async fn pushes(&self, texts: Vec<Message>) -> Result<Vec<Message>, StoreError> {
        let pushes = stream::iter(texts).map(|text| self.push(text));
        let pushes: Vec<Vec<Message>> = pushes.buffer_unordered(DEVICES_AT_ONCE).try_collect().await?;
        Ok(pushes.into_iter().flatten().collect())
    }

    async fn push(&self, text: Message) -> Result<Vec<Message>, StoreError> {
        let devices = match &text.to {
            Some(owner) => self.devices.of(owner).await?,
            None => Vec::new(),
        };
        if devices.is_empty() {
            let without_device = Message {
                channel: Channel::Push,
                ..text
            };
            return Ok(vec![without_device]);
        }
        let campaign_id = text.campaign_id.as_deref().unwrap_or_default();
        let push = |device: Device| {
            let cause = Cause::Push {
                campaign_id,
                token: &device.token,
            };
            let id = cause.message_id();
            Message {
                id,
                ..text.clone().pushed_to(device.token.clone(), device.platform)
            }
        };
        Ok(devices.into_iter().map(push).collect())
    }

    fn provider_campaign(&self, campaign: &Campaign) -> Message {
        let cause = Cause::ProviderCampaign {
            campaign_id: &campaign.id,
        };
        let body = campaign.announcement(self.settings.language, self.settings.agent);
        Message::queued(&cause, Kind::PinpointCampaign, None, body, self.clock.now())
            .leaving_from(&self.settings.origination_identity)
            .of_campaign(&campaign.id)
            .of_organisation(other_than_default(&campaign.organisation))
    }
}

/// Whether there is something left to launch, or why the row cannot be.
fn is_to_be_launched(row: &CampaignRow, begun: bool) -> Result<bool, CampaignError> {
    let status = match row.status.as_deref().map(str::trim).filter(|status| !status.is_empty()) {
        None => None,
        Some(text) => Some(CampaignStatus::from_text(text).ok_or_else(|| CampaignError::Status(text.to_owned()))?),
    };
    match status {
        None if begun => Err(CampaignError::LaunchedBefore),
        None | Some(CampaignStatus::Scheduled | CampaignStatus::Launching) => Ok(true),
        Some(_) => Ok(false),
    }
}

#[cfg(test)]
pub(crate) mod tests;
