//! One spelling for one phone.
//!
//! Some phones have several numbers in E.164 form: with the prefix of calls within the country left in
//! (`+44 07911 …`), with the digit that once marked mobile phones (`+52 1 …`), or without one that was added
//! (`+55 11 8…`). This is the small part of the numbering plans that brings them together. It is plain code, because the
//! path of every inbound text needs it and must not load the plans; the tests of [`crate::numbering`] hold it against them.

use std::ops::RangeInclusive;

/// How many digits a number has.
pub(super) const DIGITS: RangeInclusive<usize> = 7..=15;

/// Calling codes of countries in which numbers themselves begin with 0, so that a 0 after the code stays.
/// So it does behind the codes of satellites and networks that are no country's.
pub(crate) const ZERO_STAYS: [&str; 15] = [
    "39", "225", "226", "229", "241", "242", "247", "378", "379", "870", "878", "881", "882", "883", "992",
];

/// The calling code at the beginning of the digits, and what follows it.
pub(crate) fn split(digits: &str) -> (&str, &str) {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    digits.split_at_checked(length).unwrap_or((digits, ""))
}

/// The digits as they stand in the one spelling.
pub(super) fn canonical(digits: &str) -> String {
    let mut digits = digits.to_owned();
    // One step may uncover another, as in +52 044 1 55 …
    while let Some(shorter) = step(&digits) {
        digits = shorter;
    }
    digits
}

fn step(digits: &str) -> Option<String> {
    let (code, typed) = split(digits);
    let without = |prefix: &str| typed.strip_prefix(prefix).map(ToOwned::to_owned);
    let national = match (code, typed.len()) {
        // The prefix of calls within the country.
        ("1", 11) | ("692", 8) => without("1"),
        ("7", 11) | ("370" | "993", 9) | ("375", 10) => without("8"),
        ("375", 11) => without("80"),
        ("241", 9) => without("0"),
        ("36", 10 | 11) => without("06"),
        // Mexico: 1, 044 and 045 once stood before mobile numbers, 01 before others.
        ("52", 11) => without("1"),
        ("52", 12) => without("01"),
        ("52", 13) => without("044").or_else(|| without("045")),
        // Benin put 01 before every number.
        ("229", 8) => Some(format!("01{typed}")),
        ("54", _) => argentinian(typed),
        ("55", 10) => brazilian(typed),
        _ => None,
    };
    let national = national.or_else(|| (!ZERO_STAYS.contains(&code)).then(|| without("0")).flatten())?;
    let digits = format!("{code}{national}");
    DIGITS.contains(&digits.len()).then_some(digits)
}

/// Mobile numbers are dialled with 15 behind the area code from within the country and with 9 before it from abroad, which
/// is also how they are texted. One written with neither can only be texted as a mobile number.
fn argentinian(national: &str) -> Option<String> {
    match (national.len(), national.as_bytes()) {
        (10, [b'1'..=b'3', ..]) => Some(format!("9{national}")),
        (12, [b'1'..=b'3', ..]) => (2..=4).find_map(|area| {
            let (area, rest) = national.split_at_checked(area)?;
            let is_area = area.len() > 2 || area == "11";
            is_area
                .then(|| rest.strip_prefix("15"))
                .flatten()
                .map(|rest| format!("9{area}{rest}"))
        }),
        _ => None,
    }
}

/// Mobile numbers begin with 9 behind the area code; it was put before those that began with 6, 8 or 9.
fn brazilian(national: &str) -> Option<String> {
    let (area, rest) = national.split_at_checked(2)?;
    (!area.starts_with('0') && rest.starts_with(['6', '8', '9'])).then(|| format!("{area}9{rest}"))
}
