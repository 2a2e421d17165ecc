//! When a campaign ends, and how fast it goes.

use domain::campaign::CampaignError;
use domain::organisation::Organisation;
use domain::pace::Rate;
use domain::quiet_hours::QuietClock;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What carries the texts of a campaign, and how fast.
pub(super) struct Way {
    /// Where what is promised is counted: the provider with the organisation's own sender.
    pub(super) key: String,
    pub(super) rate: Rate,
}

/// After which nobody is texted any more.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) at: Timestamp,
    /// Because the first of its shifts begins then.
    pub(super) is_of_shift: bool,
}

impl From<Timestamp> for End {
    fn from(at: Timestamp) -> Self {
        Self { at, is_of_shift: false }
    }
}

/// Whether a campaign is done in time.
pub(super) enum Timing {
    /// Nobody knows how fast it goes.
    Open,
    DoneAt(Timestamp),
    Refused(CampaignError),
}

/// The hours in which nobody in the organisation is texted.
pub(super) fn quiet_hours(organisation: &Organisation, clock: Option<&TimeZone>, now: Timestamp) -> Option<QuietClock> {
    let hours = organisation.quiet_hours.into_iter().collect();
    QuietClock::new(hours, clock.cloned().into_iter().collect(), now)
}
