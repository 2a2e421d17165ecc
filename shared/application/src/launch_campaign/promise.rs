//! Predicts before a launch when a campaign will be done, and promises it that time, unless it cannot finish.

use domain::campaign::{Campaign, CampaignError, Lateness};
use domain::organisation::Organisation;
use domain::sending_time;
use jiff::tz::TimeZone;

use super::LaunchCampaign;
use super::timing::{End, Timing, Way, quiet_hours};
use crate::port::{Cost, PromisedRate, StoreError};

/// Others may launch campaigns at the same moment.
const TRIES: u32 = 8;

impl LaunchCampaign {
    /// When a campaign ends that is launched now: as it says itself, else when the first of its shifts begins.
    pub(super) async fn end_of(
        &self,
        campaign: &Campaign,
        organisation: &Organisation,
        clock: Option<&TimeZone>,
    ) -> Result<End, StoreError> {
        if let Some(until) = campaign.send_until {
            return Ok(until.into());
        }
        let now = self.clock.now();
        let starts = self.shifts.starts(&campaign.shift_codes()).await?;
        if let Some(at) = starts.into_iter().filter(|start| *start > now).min() {
            return Ok(End { at, is_of_shift: true });
        }
        let quiet = quiet_hours(organisation, clock, now);
        Ok(sending_time::after(now, sending_time::USUAL, quiet.as_ref()).into())
    }

    /// The provider of most texts of the campaign; `None` if it has no rate, or no sender has recorded one yet.
    pub(super) async fn way(
        &self,
        campaign: &Campaign,
        organisation: &Organisation,
    ) -> Result<Option<Way>, StoreError> {
        if campaign.by_push || self.settings.pinpoint {
            return Ok(None);
        }
        let Some(speeds) = self.pace.speeds().await? else {
            return Ok(None);
        };
        let own = organisation.routes.as_ref().map(|routes| routes.usual().to_vec());
        let order = own.unwrap_or(speeds.usual);
        let used = order.iter().find_map(|name| Some((name, *speeds.providers.get(name)?)));
        Ok(used.and_then(|(name, rate)| {
            let sender = organisation.sender.as_deref().unwrap_or_default();
            Some(Way {
                key: format!("{name}#{sender}"),
                rate: rate?,
            })
        }))
    }

    /// Promises the campaign its time, behind those that were launched before it.
    pub(super) async fn promise(
        &self,
        campaign: &Campaign,
        organisation: &Organisation,
        clock: Option<&TimeZone>,
        way: Option<&Way>,
        cost: Option<Cost>,
        end: End,
    ) -> Result<Timing, StoreError> {
        let now = self.clock.now();
        let (Some(way), Some(cost)) = (way, cost) else {
            return Ok(Timing::Open);
        };
        let quiet = quiet_hours(organisation, clock, now);
        for _ in 0..TRIES {
            let promised = self.pace.promised(&way.key).await?;
            let is_repeated = |promise: &&PromisedRate| promise.campaign_id == campaign.id && promise.until > now;
            if let Some(promise) = promised.as_ref().filter(is_repeated) {
                return Ok(Timing::DoneAt(promise.until));
            }
            let was = promised.map(|promise| promise.until);
            let begins = was.map_or(now, |until| until.max(now));
            let done_at = sending_time::done_at(begins, cost.recipients, cost.segments, way.rate, quiet.as_ref());
            if done_at > end.at && !(campaign.as_far_as_time && begins < end.at) {
                return Ok(Timing::Refused(CampaignError::TooLate(Lateness {
                    parts: cost.segments,
                    rate: way.rate,
                    begins,
                    done_at,
                    ends: end.at,
                    ends_with_shift: end.is_of_shift,
                    zone: clock.cloned().unwrap_or(TimeZone::UTC),
                })));
            }
            let done_at = done_at.min(end.at);
            let next = PromisedRate {
                until: done_at,
                campaign_id: campaign.id.clone(),
            };
            if self.pace.promise(&way.key, was, &next).await? {
                return Ok(Timing::DoneAt(done_at));
            }
        }
        Err(StoreError::Conflict("other campaigns are being launched".to_owned()))
    }
}
