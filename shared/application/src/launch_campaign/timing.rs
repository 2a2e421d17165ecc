//! Says before a campaign is launched when it will be done, or that it cannot be done in time.

use domain::campaign::{Campaign, CampaignError, Lateness};
use domain::organisation::Organisation;
use domain::pace::Rate;
use domain::quiet_hours::QuietClock;
use domain::sending_time;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::LaunchCampaign;
use crate::port::{Cost, StoreError};

/// Others may launch campaigns at the same moment.
const TRIES: u32 = 8;

/// What carries the texts of a campaign, and how fast.
pub(super) struct Way {
    /// Where what is promised is counted: the provider with the organisation's own sender.
    key: String,
    rate: Rate,
}

/// Whether a campaign is done in time.
pub(super) enum Timing {
    /// Nobody knows how fast it goes.
    Open,
    DoneAt(Timestamp),
    Refused(CampaignError),
}

/// The hours in which nobody in the organisation is texted.
fn quiet_hours(organisation: &Organisation, clock: Option<&TimeZone>, now: Timestamp) -> Option<QuietClock> {
    let hours = organisation.quiet_hours.into_iter().collect();
    QuietClock::new(hours, clock.cloned().into_iter().collect(), now)
}

/// When the campaign ends that was launched at `launched_at`.
pub(super) fn end_of(
    campaign: &Campaign,
    organisation: &Organisation,
    clock: Option<&TimeZone>,
    launched_at: Timestamp,
) -> Timestamp {
    campaign.send_until.unwrap_or_else(|| {
        let quiet = quiet_hours(organisation, clock, launched_at);
        sending_time::after(launched_at, sending_time::USUAL, quiet.as_ref())
    })
}

impl LaunchCampaign {
    /// What carries most texts of the campaign; `None` where that has no rate, or no sender has said what it has.
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
    ) -> Result<Timing, StoreError> {
        let now = self.clock.now();
        let ends = end_of(campaign, organisation, clock, now);
        let (Some(way), Some(cost)) = (way, cost) else {
            return Ok(Timing::Open);
        };
        let quiet = quiet_hours(organisation, clock, now);
        for _ in 0..TRIES {
            let promised = self.pace.promised(&way.key).await?;
            let begins = promised.map_or(now, |promised| promised.max(now));
            let done_at = sending_time::done_at(begins, cost.recipients, cost.segments, way.rate, quiet.as_ref());
            if done_at > ends && !(campaign.as_far_as_time && begins < ends) {
                return Ok(Timing::Refused(CampaignError::TooLate(Lateness {
                    parts: cost.segments,
                    rate: way.rate,
                    begins,
                    done_at,
                    ends,
                    zone: clock.cloned().unwrap_or(TimeZone::UTC),
                })));
            }
            let done_at = done_at.min(ends);
            if self.pace.promise(&way.key, promised, done_at).await? {
                return Ok(Timing::DoneAt(done_at));
            }
        }
        Err(StoreError::Conflict("other campaigns are being launched".to_owned()))
    }
}
