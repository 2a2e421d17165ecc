//! Phone numbers by the numbering plans.

use proptest::prelude::*;

use super::*;

fn read(text: &str, country: &str) -> Result<String, NumberingError> {
    normalise(text, Some(country.parse().unwrap())).map(|number| number.as_str().to_owned())
}

#[test]
fn all_forms_of_a_number_are_equal() {
    let cases = [
        ("+97699112233", "MN", "+97699112233"),
        ("97699112233", "MN", "+97699112233"),
        ("99112233", "MN", "+97699112233"),
        ("0097699112233", "MN", "+97699112233"),
        ("+919876543210", "IN", "+919876543210"),
        ("919876543210", "IN", "+919876543210"),
        ("9876543210", "IN", "+919876543210"),
        ("09876543210", "IN", "+919876543210"),
        ("2025550123", "US", "+12025550123"),
        ("12025550123", "US", "+12025550123"),
        ("+12025550123", "US", "+12025550123"),
        // Fixed lines are valid numbers: whether one can be texted is for the provider to say.
        ("5876543210", "IN", "+915876543210"),
        ("1234567890", "IN", "+911234567890"),
        // The special numbers of senders in Mongolia count as mobile ones.
        ("72001234", "MN", "+97672001234"),
        // As people write them.
        (" 9911-2233 ", "MN", "+97699112233"),
        ("(976) 9911 2233", "MN", "+97699112233"),
        ("00 976 9911 2233", "MN", "+97699112233"),
        ("0091-98765-43210", "IN", "+919876543210"),
        ("+91 98765 43210", "MN", "+919876543210"),
        ("098765 43210", "IN", "+919876543210"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("1.202.555.0123", "US", "+12025550123"),
        ("011 976 9911 2233", "US", "+97699112233"),
        ("00976 9911 2233", "US", "+97699112233"),
        ("+44 (0)20 7946 0000", "US", "+442079460000"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("030/123456", "DE", "+4930123456"),
        ("９９１１２２３３", "MN", "+97699112233"),
        ("\u{202a}9911\u{a0}2233\u{202c}", "MN", "+97699112233"),
    ];
    for (text, country, expected) in cases {
        assert_eq!(read(text, country).as_deref(), Ok(expected), "{text:?} in {country}");
    }
}

#[test]
fn what_is_no_number_is_told_why() {
    use NumberingError::{Empty, NotAssigned, NotDigits, TooLong, TooShort, UnknownCountryCode};
    let cases = [
        ("", "MN", Empty),
        (" \u{200b}", "MN", Empty),
        ("131344", "MN", NotAssigned),
        ("131344", "IN", NotAssigned),
        ("131344", "US", NotAssigned),
        ("10010", "IN", NotAssigned),
        ("97699112233", "IN", NotAssigned),
        ("2025550123", "MN", NotAssigned),
        ("0123456789", "IN", NotAssigned),
        ("00", "MN", NotDigits),
        ("+", "MN", NotDigits),
        ("0099999112233", "MN", UnknownCountryCode),
        ("+999 9911 2233", "MN", UnknownCountryCode),
        ("1", "MN", NotDigits),
        ("00976", "MN", TooShort),
        ("0097 6 1", "MN", TooShort),
        ("991122334455667788", "MN", TooLong),
        ("FSTSMS", "IN", NotDigits),
        ("1-800-FLOWERS", "US", NotDigits),
        ("2025550123 x5", "US", NotDigits),
        ("2025550123#5", "US", NotDigits),
        ("tel:+12025550123", "US", NotDigits),
        ("99112233, 99112244", "MN", NotDigits),
    ];
    for (text, country, expected) in cases {
        assert_eq!(read(text, country), Err(expected), "{text:?} in {country}");
    }
}

#[test]
fn national_spellings_are_recognised() {
    for (text, number, expected) in [
        ("9911-2233", "+97699112233", true),
        ("+976 9911 2233", "+97699112233", true),
        ("0976 9911 2233", "+97699112233", false),
        ("098765 43210", "+919876543210", true),
        ("(202) 555-0123", "+12025550123", true),
        ("2025550123", "+12025550124", false),
        // The same digits in another country.
        ("2025550123", "+442025550123", false),
        ("Anna", "+12025550123", false),
        ("", "+12025550123", false),
    ] {
        let number = PhoneNumber::parse(number).unwrap();
        assert_eq!(is_written_as(text, &number), expected, "{text:?} {number:?}");
    }
}

#[test]
fn a_number_has_a_country_and_a_kind() {
    for (number, country, ordinary) in [
        ("+97699112233", Some("MN"), true),
        ("+919876543210", Some("IN"), true),
        ("+12025550101", Some("US"), true),
        ("+14165550101", Some("CA"), true),
        ("+18095550101", Some("DO"), true),
        ("+77012345678", Some("KZ"), true),
        ("+447400123456", Some("GB"), true),
        ("+447012345678", Some("GB"), true),
        ("+445612345678", Some("GB"), true),
        // Premium rate, shared cost, a pager, and what no plan knows.
        ("+19002345678", Some("US"), false),
        ("+449012345678", Some("GB"), false),
        ("+448431234567", Some("GB"), false),
        ("+447640123456", Some("GB"), false),
        ("+1999999999", None, false),
        ("+9991234567", None, false),
    ] {
        let parsed = PhoneNumber::parse(number).unwrap();
        assert_eq!(
            (country_of(&parsed), is_ordinary(&parsed)),
            (country, ordinary),
            "{number}"
        );
    }
}

#[test]
fn the_countries_are_those_of_the_plans() {
    let mut plans: Vec<String> = PHONE_NUMBER_UTIL
        .get_supported_regions()
        .map(|region| region.to_string())
        .collect();
    plans.sort();
    assert_eq!(country::ALL, plans.join(" "));
}

#[test]
fn a_country_is_one_that_exists() {
    for (text, expected) in [("MN", "MN"), ("in", "IN"), (" us ", "US")] {
        let country: Country = text.parse().unwrap();
        assert_eq!(
            (country.to_string(), format!("{country:?}")),
            (expected.into(), format!("Country({expected})"))
        );
    }
    for text in ["", "M", "MNGX", "XX", "ZZ", "00", "+9", "001", "Ö", "МН"] {
        assert_eq!(text.parse::<Country>(), Err(CountryError), "{text:?}");
    }
}

#[test]
fn k15_all_spellings_are_one_person() {
    for (spellings, expected) in [
        (
            &["+5215512345678", "+52 044 55 1234 5678", "+52 01 55 1234 5678"][..],
            "+525512345678",
        ),
        (
            &[
                "+5491123456789",
                "+541123456789",
                "+54 11 15 2345-6789",
                "+54 011 2345 6789",
            ],
            "+5491123456789",
        ),
        (&["+54 9 221 512 3456", "+54 221 15 512 3456"], "+5492215123456"),
        (
            &["+551181234567", "+55 0 11 98123 4567", "+55 11 98123-4567"],
            "+5511981234567",
        ),
        (
            &[
                "+4407911123456",
                "+44 (0)7911 123456",
                "0044 7911 123456",
                "+0044 7911 123456",
            ],
            "+447911123456",
        ),
        (&["+3606201234567", "+36 20 123 4567"], "+36201234567"),
        (&["+7 8 912 345-67-89", "+79123456789"], "+79123456789"),
        (
            &["+37580291234567", "+375 8 029 1234567", "+375 029 1234567"],
            "+375291234567",
        ),
        (&["+370 8 612 34567", "+370 0 612 34567"], "+37061234567"),
        (&["+1 1 202 555 0101"], "+12025550101"),
        (&["+22997000000"], "+2290197000000"),
        (&["+976 0 9911 2233"], "+97699112233"),
        // A 0 that belongs to the number.
        (&["+390612345678"], "+390612345678"),
        (&["+242061234567"], "+242061234567"),
        (&["+2250707070707"], "+2250707070707"),
    ] {
        for spelling in spellings {
            let number = PhoneNumber::normalise(spelling).unwrap();
            assert_eq!((number.as_str(), check(&number)), (expected, Ok(())), "{spelling}");
        }
    }
}

/// The rules in plain code bring nothing together that the plans keep apart, and leave nothing apart.
#[test]
fn k15_the_short_rules_say_what_the_plans_say() {
    use PhoneNumberType::{FixedLine, FixedLineOrMobile, Mobile};
    let mut differ = Vec::new();
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        for kind in [Mobile, FixedLine, FixedLineOrMobile] {
            let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                continue;
            };
            let written = example.format_as(PhoneNumberFormat::E164);
            let number = PhoneNumber::parse(&written).unwrap();
            let (code, national) = canonical::split(written.trim_start_matches('+'));
            assert_eq!(code, example.country_code.to_string(), "{written}");
            // The plans take an Argentinian number without its 9 for a fixed line, which no text reaches.
            assert!(
                number.as_str() == written || (code == "54" && kind != Mobile),
                "{written} {number:?}"
            );
            for prefix in ["0", "1", "8", "06", "80"] {
                let typed = format!("+{code}{prefix}{national}");
                let Ok(read) = PHONE_NUMBER_UTIL.parse(&typed, None) else {
                    continue;
                };
                let by_plan = read.format_as(PhoneNumberFormat::E164);
                let ours = PhoneNumber::parse(&typed);
                // What is a number by its plan stays what it is.
                if (by_plan == written && ours.as_ref() != Ok(&number))
                    || (read.is_valid() && PhoneNumber::parse(&by_plan) != ours)
                {
                    differ.push(format!(
                        "{typed} is {by_plan}, not {:?}",
                        ours.map(|ours| ours.as_str().to_owned())
                    ));
                }
            }
        }
    }
    assert_eq!(differ, Vec::<String>::new());
}

#[test]
fn k16_impossible_numbers_fail_and_new_ranges_pass() {
    use NumberingError::{NotAssigned, TooLong, TooShort, UnknownCountryCode};
    for (text, expected) in [
        ("+12025550101", Ok(())),
        ("+14254147755", Ok(())),
        ("+447700900123", Ok(())),
        ("+61491570156", Ok(())),
        ("+97699112233", Ok(())),
        ("+972501234567", Ok(())),
        ("+12425550123", Ok(())),
        ("+1202555010", Err(TooShort)),
        ("+120255501011", Err(TooLong)),
        ("+10005550101", Err(TooShort)),
        ("+12020550101", Err(NotAssigned)),
        ("+19115550101", Err(NotAssigned)),
        ("+15555550101", Err(NotAssigned)),
        ("+447911123", Err(TooShort)),
        ("+4479111234567", Err(TooLong)),
        ("+9769911223", Err(TooShort)),
        ("+97600000000", Err(TooShort)),
        ("+919876543", Err(TooShort)),
        ("+99999112233", Err(UnknownCountryCode)),
        ("+39 0 347 1234567", Err(TooLong)),
    ] {
        let number = PhoneNumber::normalise(text).unwrap();
        assert_eq!(check(&number), expected, "{text}");
    }
}

#[test]
fn k17_spreadsheet_notation_is_reported() {
    for text in [
        "4.479E+11",
        "4,479E+11",
        "4.479e11",
        "1E+12",
        "+4.479E+11",
        " 4.479E+11",
    ] {
        assert_eq!(read(text, "GB"), Err(NumberingError::Shortened), "{text}");
    }
}

#[test]
fn digits_of_every_script_are_read() {
    for zero in crate::digits::ZEROS {
        let typed = |text: &str| -> String {
            let digit = |character: char| character.to_digit(10).and_then(|digit| char::from_u32(zero + digit));
            text.chars()
                .map(|character| digit(character).unwrap_or(character))
                .collect()
        };
        assert_eq!(
            read(&typed("9911 2233"), "MN").as_deref(),
            Ok("+97699112233"),
            "{zero:x}"
        );
        assert_eq!(
            read(&typed("'+976-99112233"), "IN").as_deref(),
            Ok("+97699112233"),
            "{zero:x}"
        );
    }
}

#[test]
fn a_number_without_its_country_needs_one() {
    for (text, expected) in [
        ("99112233", Err(NumberingError::NoCountry)),
        ("+976 9911 2233", Ok("+97699112233".to_owned())),
        ("00976 9911 2233", Ok("+97699112233".to_owned())),
        ("+976", Err(NumberingError::TooShort)),
    ] {
        let read = normalise(text, None).map(|number| number.as_str().to_owned());
        assert_eq!(read, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn a_canonical_number_is_its_own(digits in "[1-9][0-9]{6,14}") {
        let number = PhoneNumber::parse(&format!("+{digits}")).unwrap();
        prop_assert_eq!(PhoneNumber::parse(number.as_str()).unwrap(), number.clone());
        let by_plan = PHONE_NUMBER_UTIL.parse(number.as_str(), None).ok().filter(|read| read.is_valid());
        if let Some(read) = by_plan {
            let by_plan = read.format_as(PhoneNumberFormat::E164);
            prop_assert_eq!(by_plan, number.as_str());
        }
    }

    #[test]
    fn a_significant_zero_stays(code in 20_u32..999, rest in "0[0-9]{4,10}") {
        let digits = format!("{code}{rest}");
        let (code, _) = canonical::split(&digits);
        let is_mobile = |kind| matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile);
        let read = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok();
        let read = read.filter(|read| read.is_valid() && is_mobile(read.get_type()));
        if let Some(read) = read.filter(|read| read.format_as(PhoneNumberFormat::E164) == format!("+{digits}")) {
            prop_assert!(canonical::split(&digits).1 != rest || canonical::ZERO_STAYS.contains(&code), "{read}");
        }
    }

    #[test]
    fn reading_is_total_and_idempotent(text in "[+0-9 ()./-]{0,20}|\\PC{0,20}") {
        for country in ["MN", "IN", "US", "GB"] {
            if let Ok(number) = read(&text, country) {
                prop_assert_eq!(read(&number, country), Ok(number));
            }
        }
    }
}
