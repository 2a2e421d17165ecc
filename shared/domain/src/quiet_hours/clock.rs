//! The clock that a person's quiet hours follow.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{QuietClock, QuietHours};
use crate::country;
use crate::message::Kind;
use crate::organisation::Organisation;
use crate::phone_number::PhoneNumber;

/// Tells the country of a number by the numbering plans, where it has one: [`crate::numbering::country_of`], or nothing
/// for those who do not load the plans.
pub type CountryOf = fn(&PhoneNumber) -> Option<&'static str>;

/// The facts about a recipient that determine their clock.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub number: Option<&'a PhoneNumber>,
    /// The zone of their contact.
    pub zone: Option<&'a TimeZone>,
    pub country_of: CountryOf,
}

impl Recipient<'_> {
    /// When it is quiet for messages of that kind; `None` where they may go at any hour, or no clock is known.
    ///
    /// In this order: the person's own zone, that of the number's country where it has but one, the organisation's, and
    /// else all zones of the country together.
    pub fn quiet_clock(&self, kind: Kind, organisation: &Organisation, now: Timestamp) -> Option<QuietClock> {
        if kind.policy().critical {
            return None;
        }
        let country = self.number.and_then(self.country_of);
        let mut hours: Vec<QuietHours> = organisation.quiet_hours.into_iter().collect();
        if kind == Kind::Announcement {
            let number = self.number.map(PhoneNumber::as_str).unwrap_or_default();
            hours.extend(organisation.legal_hours.quiet(country, number));
        }
        if hours.is_empty() {
            return None;
        }
        let of_country = country.map(country::zones).unwrap_or_default();
        let zones = match (self.zone, of_country.len(), &organisation.zone) {
            (Some(zone), ..) => vec![zone.clone()],
            (None, 1, _) | (None, _, None) => of_country,
            (None, _, Some(zone)) => vec![zone.clone()],
        };
        // Nobody lives behind a number for stories, so the usual hours are nobody's; hours that somebody chose are meant.
        if zones.len() > 1 && organisation.quiet_hours == Some(QuietHours::default()) && self.is_fictitious() {
            return None;
        }
        QuietClock::new(hours, zones, now)
    }

    /// Whether the number is of the exchange 555 of the North American plan, such as +12025550101. No subscriber has one:
    /// some are set aside for fiction, and others were for services that are of no place.
    ///
    /// Source: <https://en.wikipedia.org/wiki/555_(telephone_number)>.
    fn is_fictitious(&self) -> bool {
        let digits = self.number.and_then(|number| number.as_str().strip_prefix("+1"));
        digits.is_some_and(|digits| digits.get(3..6) == Some("555") && digits.len() == 10)
    }
}
