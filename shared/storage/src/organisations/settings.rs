//! An organisation's row, taken apart.

use std::ops::RangeInclusive;

use domain::budget::Budget;
use domain::country;
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::quiet_hours::QuietHours;
use domain::routing::Routes;
use jiff::SignedDuration;
use jiff::civil::Time;

use super::Remarks;
use crate::item::Item;
use crate::typed_row::TypedRow;

/// A row as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Not to be used where the remarks hold an error.
    pub(super) organisation: Organisation,
    pub(super) remarks: Remarks,
    /// The remarks that stand on the row already.
    pub(super) written: Remarks,
}

pub(super) fn read(item: Item) -> Row {
    let mut row = TypedRow::new(item);
    let written = Remarks {
        error: row.text("error"),
        note: row.text("note"),
    };
    let usual = Organisation::default();
    let (language, note) = row.language("language");
    let organisation = Organisation {
        texting_off: !row.yes_unless_said("texting"),
        kinds_off: row.kinds("kinds_off"),
        sender: row.filled("sender"),
        routes: routes(&mut row),
        name: row.filled("name"),
        zone: row.zone("zone"),
        country: country(&mut row),
        language,
        quiet_hours: quiet_hours(&mut row, usual.quiet_hours),
        morning: time(&mut row, "morning").unwrap_or(usual.morning),
        confirm_days_before: whole(&mut row, "confirm_days_before", 1..=3).unwrap_or(usual.confirm_days_before),
        review_after: whole(&mut row, "review_after_minutes", 0..=7 * 24 * 60)
            .map_or(usual.review_after, SignedDuration::from_mins),
        review_link: row.filled("review_link"),
        reminder_before: whole(&mut row, "reminder_hours", 1..=7 * 24)
            .map_or(usual.reminder_before, SignedDuration::from_hours),
        staff: numbers(&mut row, "staff"),
        budget: budget(&mut row),
        alerts_to: numbers(&mut row, "alerts_to").into_iter().next(),
        body_days: whole(&mut row, "body_days", 0..=3650).unwrap_or(usual.body_days),
        ledger_days: whole(&mut row, "ledger_days", 1..=3650).unwrap_or(usual.ledger_days),
    };
    let remarks = Remarks {
        error: row.into_malformed(),
        note,
    };
    Row {
        organisation,
        remarks,
        written,
    }
}

fn routes(row: &mut TypedRow) -> Option<Routes> {
    let rows = row.lists("routing");
    if rows.is_empty() {
        return None;
    }
    match Routes::new(rows) {
        Ok(routes) => Some(routes),
        Err(error) => {
            row.complain(format!("routing: {error}"));
            None
        }
    }
}

fn country(row: &mut TypedRow) -> Option<String> {
    let typed = row.filled("country")?;
    let known = country::alpha2(&typed);
    if known.is_none() {
        row.complain(format!(
            "country must be the two letters of one that has telephones, such as MN, not \"{typed}\""
        ));
    }
    known.map(ToOwned::to_owned)
}

fn time(row: &mut TypedRow, attribute: &str) -> Option<Time> {
    let typed = row.filled(attribute)?;
    let time = clock(&typed);
    if time.is_none() {
        row.complain(format!("{attribute} must be a time such as 09:00, not \"{typed}\""));
    }
    time
}

/// A time of day to the minute; `24:00` is the same midnight as `00:00`.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    match (hour, minute) {
        (24, 0) => Some(Time::midnight()),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}

fn quiet_hours(row: &mut TypedRow, usual: Option<QuietHours>) -> Option<QuietHours> {
    let Some(typed) = row.filled("quiet_hours") else {
        return usual;
    };
    if ["off", "no", "none", "false"].contains(&typed.to_ascii_lowercase().as_str()) {
        return None;
    }
    let hours = typed
        .split_once(['-', '\u{2013}'])
        .and_then(|(from, until)| QuietHours::new(clock(from)?, clock(until)?));
    if hours.is_none() {
        row.complain(format!(
            "quiet_hours must be two different times such as 22:00-08:00, or off, not \"{typed}\""
        ));
    }
    hours
}

fn whole<T: TryFrom<i64>>(row: &mut TypedRow, attribute: &str, range: RangeInclusive<i64>) -> Option<T> {
    let typed = row.filled(attribute)?;
    let number = typed.parse().ok().filter(|number| range.contains(number));
    if number.is_none() {
        let (least, most) = (range.start(), range.end());
        row.complain(format!(
            "{attribute} must be a whole number from {least} to {most}, not \"{typed}\""
        ));
    }
    number.and_then(|number| number.try_into().ok())
}

fn segments(row: &mut TypedRow, attribute: &str) -> Option<u64> {
    let typed = row.filled(attribute)?;
    let number = typed.parse().ok();
    if number.is_none() {
        row.complain(format!(
            "{attribute} must be a whole number of segments, not \"{typed}\""
        ));
    }
    number
}

fn budget(row: &mut TypedRow) -> Option<Budget> {
    let (budget, reserve) = (segments(row, "budget"), segments(row, "budget_reserve"));
    match Budget::new(budget?, reserve) {
        Ok(budget) => Some(budget),
        Err(error) => {
            row.complain(error.to_string());
            None
        }
    }
}

/// Numbers with their country code. What is wrong with one is told without the number, which is a person's.
fn numbers(row: &mut TypedRow, attribute: &str) -> Vec<PhoneNumber> {
    let typed = row.texts(attribute);
    let typed = typed.iter().flat_map(|numbers| numbers.split(',')).map(str::trim);
    let mut numbers = Vec::new();
    for typed in typed.filter(|typed| !typed.is_empty()) {
        match PhoneNumber::normalise(typed) {
            Ok(number) => numbers.push(number),
            Err(error) => row.complain(format!("{attribute}: {error}")),
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::language::Language;
    use domain::message::Kind;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::item::{NewItem, number, text};

    fn row() -> NewItem {
        NewItem::with_key(super::super::key("org-1"))
    }

    fn settings(row: NewItem) -> Result<Organisation, String> {
        let row = read(row.finish());
        row.remarks.error.map_or(Ok(row.organisation), Err)
    }

    fn list(texts: &[&str]) -> AttributeValue {
        AttributeValue::L(texts.iter().map(|it| text(*it)).collect())
    }

    fn map<const N: usize>(entries: [(&str, AttributeValue); N]) -> AttributeValue {
        AttributeValue::M(
            entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn complaint(row: NewItem) -> String {
        settings(row).unwrap_err()
    }

    #[test]
    fn a_row_with_nothing_on_it_leaves_everything_on() {
        assert_eq!(settings(row()), Ok(Organisation::default()));
        let blank = row()
            .text("texting", "")
            .text("kinds_off", " ")
            .text("sender", " ")
            .text("routing", "")
            .set("note", AttributeValue::Bool(true));
        assert_eq!(settings(blank), Ok(Organisation::default()));
        assert_eq!(settings(row().set("routing", map([]))), Ok(Organisation::default()));
    }

    #[test]
    fn texting_is_switched_off_in_many_words() {
        for (value, off) in [
            (text("off"), true),
            (text("Off "), true),
            (text("no"), true),
            (AttributeValue::Bool(false), true),
            (AttributeValue::Bool(true), false),
            (text("on"), false),
        ] {
            assert_eq!(settings(row().set("texting", value)).unwrap().texting_off, off);
        }
    }

    #[test]
    fn kinds_may_be_typed_in_any_way() {
        for value in [
            text("announcement, Call-Back"),
            list(&["announcement", "call-back"]),
            AttributeValue::Ss(vec!["announcement".into(), "call-back".into()]),
        ] {
            let kinds = settings(row().set("kinds_off", value)).unwrap().kinds_off;
            assert_eq!(kinds, [Kind::Announcement, Kind::CallBack].into());
        }
    }

    #[test]
    fn routes_may_be_a_map_or_its_json() {
        let expected = Routes::new([
            ("+91".to_owned(), vec!["fast2sms".to_owned(), "twilio".to_owned()]),
            ("*".to_owned(), vec!["end-user-messaging".to_owned()]),
        ]);
        for value in [
            map([
                ("+91", list(&["fast2sms", "twilio"])),
                ("*", list(&["end-user-messaging"])),
            ]),
            map([("+91", text("fast2sms, twilio")), ("*", text("end-user-messaging"))]),
            text(r#"{"+91": ["fast2sms", "twilio"], "*": ["end-user-messaging"]}"#),
        ] {
            let settings = settings(row().set("routing", value)).unwrap();
            assert_eq!(settings.routes, Some(expected.clone().unwrap()));
        }
    }

    #[test]
    fn an_unusable_row_says_what_to_change() {
        for (attribute, value, expected) in [
            ("texting", text("maybe"), "texting must be yes or no"),
            (
                "kinds_off",
                text("announcement, lunch"),
                "kinds_off names \"lunch\", which is none of announcement, ",
            ),
            ("kinds_off", map([]), "kinds_off must be text or a list of texts"),
            ("sender", list(&[]), "sender must be text"),
            (
                "zone",
                text("Mars/Olympus"),
                "zone must be a time zone such as Asia/Ulaanbaatar, not \"Mars/Olympus\"",
            ),
            (
                "zone",
                text("+08:00"),
                "zone must be a time zone such as Asia/Ulaanbaatar, not \"+08:00\"",
            ),
            (
                "country",
                text("Mongolia"),
                "country must be the two letters of one that has telephones",
            ),
            ("language", map([]), "language must be text"),
            (
                "quiet_hours",
                text("22:00"),
                "quiet_hours must be two different times such as 22:00-08:00, or off",
            ),
            (
                "quiet_hours",
                text("08:00-8:00"),
                "quiet_hours must be two different times such as 22:00-08:00, or off",
            ),
            (
                "quiet_hours",
                text("22:00-25:00"),
                "quiet_hours must be two different times such as 22:00-08:00",
            ),
            (
                "morning",
                text("dawn"),
                "morning must be a time such as 09:00, not \"dawn\"",
            ),
            (
                "confirm_days_before",
                number(4_u32),
                "confirm_days_before must be a whole number from 1 to 3, not \"4\"",
            ),
            (
                "confirm_days_before",
                text("0"),
                "confirm_days_before must be a whole number from 1 to 3, not \"0\"",
            ),
            (
                "review_after_minutes",
                text("-5"),
                "review_after_minutes must be a whole number from 0 to 10080",
            ),
            (
                "reminder_hours",
                text("1.5"),
                "reminder_hours must be a whole number from 1 to 168, not \"1.5\"",
            ),
            ("budget", number(0_u32), "budget must be at least 1 segment"),
            (
                "budget",
                text("much"),
                "budget must be a whole number of segments, not \"much\"",
            ),
            ("alerts_to", text("99112233"), "alerts_to: a phone number begins with +"),
            (
                "body_days",
                text("forever"),
                "body_days must be a whole number from 0 to 3650, not \"forever\"",
            ),
            (
                "ledger_days",
                number(0_u32),
                "ledger_days must be a whole number from 1 to 3650, not \"0\"",
            ),
            ("routing", text("twilio"), "routing must be a map of lists"),
            ("routing", text(r#"["twilio"]"#), "routing must be a map of lists"),
            ("routing", list(&["twilio"]), "routing must be a map of lists"),
            ("routing", map([("*", map([]))]), "routing must be a map of lists"),
            (
                "routing",
                map([("91", text("twilio"))]),
                "routing: \"91\" is no beginning of a number",
            ),
            (
                "routing",
                map([("*", list(&[]))]),
                "routing: the route for \"*\" names no provider",
            ),
            (
                "routing",
                map([("*", text("a,a"))]),
                "routing: the route for \"*\" names a twice",
            ),
        ] {
            let complaint = complaint(row().set(attribute, value));
            assert!(complaint.starts_with(expected), "{complaint}");
        }
    }

    #[test]
    fn every_setting_reads_back() {
        let typed = row()
            .text("name", " Salon Alder ")
            .text("zone", "asia/ulaanbaatar")
            .text("country", "mn")
            .text("language", "mn-MN")
            .text("quiet_hours", "21:30 - 7:00")
            .text("morning", "8:15")
            .number("confirm_days_before", 3_u32)
            .text("review_after_minutes", "90")
            .text("review_link", "https://example.com/r")
            .number("reminder_hours", 24_u32)
            .text("staff", "+1 202 555 0101, +12025550102")
            .number("budget", 40_000_u32)
            .number("budget_reserve", 500_u32)
            .text("alerts_to", "+97699112233")
            .number("body_days", 0_u32)
            .number("ledger_days", 730_u32);
        let phone = |number| PhoneNumber::parse(number).unwrap();
        let expected = Organisation {
            name: Some("Salon Alder".into()),
            zone: Some(TimeZone::get("Asia/Ulaanbaatar").unwrap()),
            country: Some("MN".into()),
            language: Some(Language::Mongolian),
            quiet_hours: QuietHours::new(Time::constant(21, 30, 0, 0), Time::constant(7, 0, 0, 0)),
            morning: Time::constant(8, 15, 0, 0),
            confirm_days_before: 3,
            review_after: SignedDuration::from_mins(90),
            review_link: Some("https://example.com/r".into()),
            reminder_before: SignedDuration::from_hours(24),
            staff: vec![phone("+12025550101"), phone("+12025550102")],
            budget: Some(Budget::new(40_000, Some(500)).unwrap()),
            alerts_to: Some(phone("+97699112233")),
            body_days: 0,
            ledger_days: 730,
            ..Organisation::default()
        };
        assert_eq!(settings(typed), Ok(expected));
    }

    #[test]
    fn quiet_hours_are_two_times_or_none() {
        let hours = |from, until| QuietHours::new(Time::constant(from, 0, 0, 0), Time::constant(until, 0, 0, 0));
        for (typed, expected) in [
            ("off", None),
            ("No", None),
            ("", Some(QuietHours::default())),
            ("22:00–08:00", Some(QuietHours::default())),
            ("13:00-15:00", hours(13, 15)),
            ("20:00-24:00", hours(20, 0)),
        ] {
            let settings = settings(row().text("quiet_hours", typed)).unwrap();
            assert_eq!(settings.quiet_hours, expected, "{typed}");
        }
        let switched = settings(row().set("quiet_hours", AttributeValue::Bool(false))).unwrap();
        assert_eq!(switched.quiet_hours, None);
    }

    #[test]
    fn a_language_without_a_catalogue_falls_back_and_the_row_says_so() {
        let typed = read(row().text("language", "fr-CA").finish());
        assert_eq!(typed.organisation.language, None);
        assert_eq!(typed.remarks.error, None);
        let note = typed.remarks.note.unwrap();
        assert_eq!(
            note,
            "language \"fr-CA\" has no catalogue (there are en, mn); the usual language is used instead"
        );
        let noted = read(row().text("language", "fr-CA").text("note", note.clone()).finish());
        assert_eq!(noted.remarks, noted.written);
        let mended = read(row().text("language", "mn").text("note", note).finish());
        assert_eq!(mended.remarks, Remarks::default());
        assert_ne!(mended.remarks, mended.written);
    }

    #[test]
    fn a_number_that_can_not_be_used_is_not_repeated() {
        let complaint = complaint(row().text("staff", "202-555-0101"));
        assert_eq!(
            complaint,
            "staff: a phone number begins with + and its country code, as in +12025550101"
        );
    }
}
