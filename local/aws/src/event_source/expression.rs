//! Schedule expressions: `rate(value unit)` and `cron(minutes hours day-of-month month day-of-week year)`, in UTC.
//!
//! Syntax: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Rate(Duration),
    Cron(Box<Cron>),
}

/// An expression that EventBridge would refuse, or one with `L`, `W` or `#`, which are not emulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schedule expression {0:?}")]
pub struct ExpressionError(String);

/// The values each field allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Vec<i16>,
    hours: Vec<i16>,
    days_of_month: Vec<i16>,
    months: Vec<i16>,
    /// Sunday is 1.
    days_of_week: Vec<i16>,
    years: Vec<i16>,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Expression {
    /// The first time after `now`; a cron expression may have none.
    pub(super) fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => now.checked_add(*period).ok(),
            Self::Cron(cron) => cron.next_after(now),
        }
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let refused = || ExpressionError(text.to_owned());
        let (kind, arguments) = text
            .trim()
            .strip_suffix(')')
            .and_then(|it| it.split_once('('))
            .ok_or_else(refused)?;
        let expression = match kind {
            "rate" => rate(arguments).map(Self::Rate),
            "cron" => cron(arguments).map(|it| Self::Cron(Box::new(it))),
            _ => None,
        };
        expression.ok_or_else(refused)
    }
}

fn rate(arguments: &str) -> Option<Duration> {
    let (value, unit) = arguments.trim().split_once(' ')?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    let value: u64 = value.parse().ok().filter(|it| *it > 0)?;
    Some(Duration::from_secs(value.checked_mul(seconds)?))
}

fn cron(arguments: &str) -> Option<Cron> {
    let fields: Vec<&str> = arguments.split_whitespace().collect();
    let [minutes, hours, days_of_month, months, days_of_week, years] = fields.as_slice() else {
        return None;
    };
    Some(Cron {
        minutes: values(minutes, 0..=59, &[])?,
        hours: values(hours, 0..=23, &[])?,
        days_of_month: values(days_of_month, 1..=31, &[])?,
        months: values(months, 1..=12, &MONTHS)?,
        days_of_week: values(days_of_week, 1..=7, &DAYS)?,
        years: values(years, 1970..=2199, &[])?,
    })
}

/// Lists, ranges, steps and names; `?` is any value, as `*` is.
fn values(field: &str, allowed: RangeInclusive<i16>, names: &[&str]) -> Option<Vec<i16>> {
    let value = |text: &str| {
        let named = names.iter().position(|it| it.eq_ignore_ascii_case(text));
        let value = match named {
            Some(position) => i16::try_from(position).ok()? + allowed.start(),
            None => text.parse().ok()?,
        };
        allowed.contains(&value).then_some(value)
    };
    let mut values = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|it| *it > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (value(first)?, value(last)?),
            None if range == "*" || range == "?" => (*allowed.start(), *allowed.end()),
            None if part.contains('/') => (value(range)?, *allowed.end()),
            None => (value(range)?, value(range)?),
        };
        values.extend((first..=last).step_by(step));
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

impl Cron {
    fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.to_zoned(TimeZone::UTC).datetime();
        let last_year = *self.years.last()?;
        let mut date = now.date();
        while date.year() <= last_year {
            if self.allows(date) {
                let times = self
                    .hours
                    .iter()
                    .flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
                let next = times
                    .filter_map(|(hour, minute)| {
                        Some(date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0))
                    })
                    .find(|time: &DateTime| *time > now);
                if let Some(next) = next {
                    return next.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn allows(&self, date: Date) -> bool {
        let day_of_week = i16::from(date.weekday().since(Weekday::Sunday)) + 1;
        self.years.contains(&date.year())
            && self.months.contains(&i16::from(date.month()))
            && self.days_of_month.contains(&i16::from(date.day()))
            && self.days_of_week.contains(&day_of_week)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, now: &str) -> String {
        let expression: Expression = expression.parse().unwrap();
        expression.next_after(now.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_rate_adds_its_period() {
        assert_eq!(next("rate(1 minute)", "2026-11-20T10:00:30Z"), "2026-11-20T10:01:30Z");
        assert_eq!(next("rate(15 minutes)", "2026-11-20T10:00:00Z"), "2026-11-20T10:15:00Z");
        assert_eq!(next("rate(2 days)", "2026-11-20T10:00:00Z"), "2026-11-22T10:00:00Z");
    }

    #[test]
    fn a_cron_expression_finds_the_next_match() {
        assert_eq!(
            next("cron(0 9 * * ? *)", "2026-11-20T10:00:00Z"),
            "2026-11-21T09:00:00Z"
        );
        assert_eq!(
            next("cron(0/15 * * * ? *)", "2026-11-20T10:00:00Z"),
            "2026-11-20T10:15:00Z"
        );
        assert_eq!(
            next("cron(30 6 ? * MON-FRI *)", "2026-11-20T10:00:00Z"),
            "2026-11-23T06:30:00Z"
        );
        assert_eq!(
            next("cron(0 0 1 1,7 ? *)", "2026-11-20T10:00:00Z"),
            "2027-01-01T00:00:00Z"
        );
    }

    #[test]
    fn what_eventbridge_refuses_is_refused() {
        for text in [
            "rate(0 minutes)",
            "rate(1 fortnight)",
            "cron(60 * * * ? *)",
            "cron(* * *)",
            "every minute",
            "rate(1 minute",
        ] {
            assert_eq!(text.parse::<Expression>(), Err(ExpressionError(text.to_owned())));
        }
    }
}
