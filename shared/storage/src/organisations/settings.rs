//! Parses an organisation's row.

use domain::budget::Budget;
use domain::numbering;
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::quiet_hours::{LegalHours, QuietHours};
use domain::routing::Routes;
use domain::setting::{self, DAYS, HOURS, MINUTES, SEGMENTS};
use jiff::SignedDuration;

use super::Remarks;
use crate::item::Item;
use crate::typed_row::TypedRow;

/// A row as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// With what is usual in place of what cannot be read.
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
    // Without these three it is not known if, in which name and at which cost it wants to text.
    let texting = row.switch("texting", true);
    let sender = row.filled("sender");
    let budget = budget(&mut row);
    let on_hold = row.complaints() > 0;
    let country = row.country("country");
    let organisation = Organisation {
        texting_off: texting == Some(false),
        on_hold,
        sender,
        budget,
        kinds_off: row.kinds("kinds_off"),
        routes: routes(&mut row),
        name: row.filled("name"),
        contact: row.filled("contact"),
        zone: row.zone("zone"),
        language,
        quiet_hours: row.quiet_hours("quiet_hours", QuietHours::default()),
        legal_hours: legal_hours(&mut row),
        morning: row.time_of_day("morning").unwrap_or(usual.morning),
        confirm_days_before: row
            .whole("confirm_days_before", 1..=3, DAYS)
            .unwrap_or(usual.confirm_days_before),
        review_after: row
            .whole("review_after_minutes", 0..=7 * 24 * 60, MINUTES)
            .map_or(usual.review_after, SignedDuration::from_mins),
        review_link: row.filled("review_link"),
        reminder_before: row
            .whole("reminder_hours", 1..=7 * 24, HOURS)
            .map_or(usual.reminder_before, SignedDuration::from_hours),
        staff: numbers(&mut row, "staff", country.as_deref()),
        alerts_to: numbers(&mut row, "alerts_to", country.as_deref()).into_iter().next(),
        body_days: row.whole("body_days", 0..=3650, DAYS).unwrap_or(usual.body_days),
        ledger_days: row.whole("ledger_days", 1..=3650, DAYS).unwrap_or(usual.ledger_days),
        country,
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

/// `off`, `table`, or rules in the place of the table's and beside them, such as `GB 08:00-20:00; IN off`.
fn legal_hours(row: &mut TypedRow) -> LegalHours {
    let typed = row.ordered("legal_hours");
    match typed.as_slice() {
        [word] if setting::switch(word) == Some(false) => return LegalHours::off(),
        [word] if word.trim().eq_ignore_ascii_case("table") => return LegalHours::default(),
        _ => {}
    }
    let mut rules = Vec::new();
    for rule in &typed {
        let (whose, hours) = rule.trim().split_once(char::is_whitespace).unwrap_or((rule, ""));
        if setting::switch(hours) == Some(false) {
            rules.push((whose.to_owned(), None));
        } else if let Some(hours) = setting::span(hours) {
            rules.push((whose.to_owned(), Some(hours)));
        } else {
            row.complain(format!(
                "legal_hours must be off, table, or rules such as GB 08:00-20:00; +1305 off, not \"{rule}\""
            ));
        }
    }
    LegalHours::with(rules).unwrap_or_else(|error| {
        row.complain(format!("legal_hours: {error}"));
        LegalHours::default()
    })
}

fn budget(row: &mut TypedRow) -> Option<Budget> {
    let budget = row.whole::<u64>("budget", 1..=i64::MAX, SEGMENTS);
    let reserve = row.whole::<u64>("budget_reserve", 0..=i64::MAX, SEGMENTS);
    match Budget::new(budget?, reserve) {
        Ok(budget) => Some(budget),
        Err(error) => {
            row.complain(error.to_string());
            None
        }
    }
}

/// Numbers as they are written in that country. Errors do not repeat the number, which is personal.
fn numbers(row: &mut TypedRow, attribute: &str, country: Option<&str>) -> Vec<PhoneNumber> {
    let country = country.and_then(|country| country.parse().ok());
    let mut numbers = Vec::new();
    for typed in row.names(attribute) {
        match numbering::normalise(&typed, country) {
            Ok(number) => numbers.push(number),
            Err(error) => row.complain(format!("{attribute}: {error}; write it as +12025550101")),
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::language::Language;
    use domain::message::Kind;
    use jiff::civil::Time;
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
    fn k29_hours_of_the_law_are_the_tables_or_ones_own() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let own = LegalHours::with([
            ("GB".to_owned(), Some((time("08:00"), time("20:00")))),
            ("+1305".to_owned(), None),
        ]);
        for (value, expected) in [
            ("off", LegalHours::off()),
            ("Table", LegalHours::default()),
            ("", LegalHours::default()),
            ("gb 08:00-20:00; +1305 off", own.unwrap()),
        ] {
            assert_eq!(
                settings(row().text("legal_hours", value)).unwrap().legal_hours,
                expected,
                "{value}"
            );
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
                "zone names a time zone that does not exist, \"Mars/Olympus\": write one such as Europe/Berlin, or UTC+8",
            ),
            (
                "zone",
                text("+28:00"),
                "zone names a time zone that does not exist, \"+28:00\": write one such as Europe/Berlin, or UTC+8",
            ),
            (
                "country",
                text("Atlantis"),
                "country must be the two letters of one that has telephones",
            ),
            ("language", map([]), "language must be text"),
            (
                "legal_hours",
                text("GB"),
                "legal_hours must be off, table, or rules such as GB 08:00-20:00",
            ),
            (
                "legal_hours",
                text("GB 25:00-26:00"),
                "legal_hours must be off, table, or rules",
            ),
            (
                "legal_hours",
                text("Mars 08:00-20:00"),
                "legal_hours: \"Mars\" is neither a country",
            ),
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
                "confirm_days_before must be a whole number from 1 to 3, such as 1, not \"4\"",
            ),
            (
                "confirm_days_before",
                text("0"),
                "confirm_days_before must be a whole number from 1 to 3, such as 1, not \"0\"",
            ),
            (
                "review_after_minutes",
                text("-5"),
                "review_after_minutes must be a whole number from 0 to 10080",
            ),
            (
                "reminder_hours",
                text("1.5"),
                "reminder_hours must be a whole number from 1 to 168, such as 1, not \"1.5\"",
            ),
            (
                "budget",
                number(0_u32),
                "budget must be a whole number of segments, such as 1, not \"0\"",
            ),
            (
                "budget",
                text("much"),
                "budget must be a whole number of segments, such as 1, not \"much\"",
            ),
            (
                "alerts_to",
                text("99112233"),
                "alerts_to: the number has no country code, and",
            ),
            (
                "body_days",
                text("forever"),
                "body_days must be a whole number from 0 to 3650, such as 0, not \"forever\"",
            ),
            (
                "ledger_days",
                number(0_u32),
                "ledger_days must be a whole number from 1 to 3650, such as 1, not \"0\"",
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
            .text("contact", "+12025550199")
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
            contact: Some("+12025550199".into()),
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
    fn k20_what_cannot_be_read_is_named_and_silences_nothing_else() {
        let mistyped = row()
            .text("name", "Salon Alder")
            .text("quiet_hours", "late")
            .text("morning", "dawn")
            .text("confirm_days_before", "some")
            .text("zone", "Mars")
            .text("language", "mn");
        let read = super::read(mistyped.finish());
        let expected = Organisation {
            name: Some("Salon Alder".into()),
            language: Some(Language::Mongolian),
            ..Organisation::default()
        };
        assert_eq!(read.organisation, expected);
        let error = read.remarks.error.unwrap();
        for said in [
            "zone names a time zone that does not exist, \"Mars\": write one such as Europe/Berlin, or UTC+8",
            "quiet_hours must be two different times such as 22:00-08:00, or off, not \"late\"",
            "morning must be a time such as 09:00, not \"dawn\"",
            "confirm_days_before must be a whole number from 1 to 3, such as 1, not \"some\"",
        ] {
            assert!(error.contains(said), "{error}");
        }
        for (attribute, value, holds) in [
            ("texting", text("perhaps"), true),
            ("budget", text("much"), true),
            ("budget", list(&[]), true),
            ("budget_reserve", text("some"), true),
            ("sender", map([]), true),
            ("staff", text("nobody"), false),
            ("routing", text("?"), false),
            ("kinds_off", text("lunch"), false),
            ("country", text("XX"), false),
            ("quiet_hours", list(&[]), false),
            ("body_days", map([]), false),
        ] {
            let read = super::read(row().set(attribute, value).finish());
            assert_eq!(read.organisation.on_hold, holds, "{attribute}");
            assert!(!read.organisation.texting_off, "{attribute}");
            assert!(
                read.remarks.error.is_some_and(|error| error.contains(attribute)),
                "{attribute}"
            );
        }
    }

    #[test]
    fn k20_settings_are_read_in_the_spellings_that_people_use() {
        let typed = row()
            .text("texting", "ON")
            .text("language", "English")
            .text("country", "uk")
            .text("quiet_hours", "10pm-8am")
            .text("morning", "9am")
            .text("confirm_days_before", "2 days")
            .text("review_after_minutes", "1,440")
            .text("reminder_hours", "24h")
            .text("budget", "40 000")
            .text("staff", "07911 123456; +44 (0)7911 123457")
            .text("kinds_off", "One-time codes; review_request")
            .text("body_days", "٣٠");
        let phone = |number| PhoneNumber::parse(number).unwrap();
        let expected = Organisation {
            country: Some("GB".into()),
            language: Some(Language::English),
            confirm_days_before: 2,
            review_after: SignedDuration::from_hours(24),
            reminder_before: SignedDuration::from_hours(24),
            budget: Some(Budget::new(40_000, None).unwrap()),
            staff: vec![phone("+447911123456"), phone("+447911123457")],
            kinds_off: [Kind::OneTimeCode, Kind::ReviewRequest].into(),
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
    fn a_number_that_cannot_be_used_is_not_repeated() {
        let complaint = complaint(row().text("staff", "202-555-0101"));
        assert_eq!(
            complaint,
            "staff: the number has no country code, and neither its row nor its organisation has a country; write it as \
             +12025550101"
        );
    }
}
