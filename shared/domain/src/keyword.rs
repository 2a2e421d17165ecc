//! The words that mean something by themselves in a text, and therefore can never be the code of a shift.
//!
//! Opt-out words: the list of 47 CFR 64.1200(a)(10), the words that AWS End User Messaging opts out by default
//! (<https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html>) and those other providers add.
//! `CANCEL`, `END` and `QUIT` are among them, which is why a shift is given back with `DROP`.

use crate::command::Command;
use crate::folding::{Class, class};
use crate::shift_code::ShiftCode;
use crate::token;

/// What a keyword asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Request,
    More,
    Mine,
    Drop,
    Agent,
    Help,
    OptIn,
    OptOut,
    /// Says no to something: whoever writes "can't do ABC1" must not be booked.
    Refusal,
    /// Asks for nothing: courtesies, and what joins codes.
    Courtesy,
}

/// Answers a question as a whole message and is a courtesy in any other: "yes, ABC1 please" is a booking.
pub(crate) const YES: &[&str] = &["YES", "ТИЙМ", "TIIM"];

/// Answers a question as a whole message and makes any other doubtful.
pub(crate) const NO: &[&str] = &["NO", "ҮГҮЙ", "UGUI"];

/// Every keyword, upper case; a blank stands for any punctuation inside, so `OPT OUT` is also `opt-out`.
const KEYWORDS: &[(Meaning, &[&str])] = &[
    (Meaning::Request, &["REQUEST"]),
    (Meaning::More, &["MORE"]),
    (Meaning::Mine, &["MINE"]),
    (Meaning::Drop, &["DROP"]),
    (Meaning::Agent, &["AGENT"]),
    (Meaning::Help, &["HELP", "HELP ME", "INFO", "AIDE"]),
    (
        Meaning::OptIn,
        &["START", "UNSTOP", "SUBSCRIBE", "JOIN", "OPTIN", "OPT IN"],
    ),
    (
        Meaning::OptOut,
        &[
            "STOP",
            "STOPALL",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "REVOKE",
            "REMOVE",
            "OPTOUT",
            "OPT OUT",
            "OPT ME OUT",
            "TD",
            "ARRET",
            "ARRÊT",
            "TAKE ME OFF",
            "LEAVE ME ALONE",
            "NO MAS",
            "NO MÁS",
        ],
    ),
    (Meaning::Refusal, &["NOT", "NEVER", "DONT", "CANT", "CANNOT", "WONT"]),
    (Meaning::Refusal, NO),
    (
        Meaning::Courtesy,
        &[
            "PLEASE", "PLS", "PLZ", "KINDLY", "THANKS", "THANK", "YOU", "THX", "TNX", "TY", "CHEERS", "HI", "HELLO",
            "HEY", "DEAR", "OK", "OKAY", "SIR", "MADAM", "AND",
        ],
    ),
    (Meaning::Courtesy, YES),
];

/// The longest keyword that the words begin with: what it means, the keyword, and how many of the words it covers.
///
/// Each word is a [`token::key`]; a keyword of several words matches several of them as well as one such as `opt-out`.
pub(crate) fn leading<W: AsRef<str>>(words: &[W]) -> Option<(Meaning, &'static str, usize)> {
    KEYWORDS
        .iter()
        .flat_map(|&(meaning, keywords)| keywords.iter().map(move |&keyword| (meaning, keyword)))
        .filter_map(|(meaning, keyword)| covered(words, keyword).map(|length| (meaning, keyword, length)))
        .max_by_key(|&(_, keyword, _)| keyword.len())
}

/// How many of the words a phrase covers, if they begin with it.
pub(crate) fn covered<W: AsRef<str>>(words: &[W], phrase: &str) -> Option<usize> {
    if words.first()?.as_ref() == phrase {
        return Some(1);
    }
    let mut length = 0;
    for part in phrase.split(' ') {
        if words.get(length)?.as_ref() != part {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// The keyword because of which a shift with that id could never be booked.
///
/// An employee who texts the id would be understood as asking for something else.
pub fn is_reserved(shift_id: &str) -> Option<&'static str> {
    let code = ShiftCode::fold(shift_id)?;
    if let Command::Codes(codes) = Command::parse(code.as_typed())
        && codes.codes == [code.clone()]
    {
        return None;
    }
    let key = token::key(code.as_typed());
    let words: Vec<&str> = key.split(' ').collect();
    (0..words.len())
        .find_map(|first| leading(words.get(first..)?))
        .map(|(_, keyword, _)| keyword)
}

/// Why a shift cannot be booked by texting its id; each reads as an answer to the person who typed the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShiftIdError {
    #[error("The shift id is empty.")]
    Empty,
    #[error("The shift id is longer than {} characters.", ShiftCode::MAX_CHARS)]
    TooLong,
    #[error("The shift id needs a letter or a digit.")]
    NoLetter,
    #[error("The shift id contains {0:?}, which ends a code in a text; use letters, digits and inner dashes.")]
    Separator(char),
    #[error("The shift id cannot be texted exactly as it is written; write it as {0}.")]
    Unclean(String),
    #[error("The shift id is understood as the word {0} when an employee texts it; choose another.")]
    Reserved(&'static str),
}

/// Checks that texting the id books the shift and nothing else.
pub fn check_shift_id(id: &str) -> Result<(), ShiftIdError> {
    if id.is_empty() {
        return Err(ShiftIdError::Empty);
    }
    if let Some(separator) = id.chars().find(|&character| class(character) == Class::Separator) {
        return Err(ShiftIdError::Separator(separator));
    }
    let Some(token) = token::Tokens::of(id).next() else {
        return Err(ShiftIdError::NoLetter);
    };
    let code = ShiftCode::from_token(token).ok_or(ShiftIdError::TooLong)?;
    if let Some(word) = is_reserved(id) {
        return Err(ShiftIdError::Reserved(word));
    }
    if code.as_typed() != id {
        return Err(ShiftIdError::Unclean(code.as_typed().to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::Codes;

    #[test]
    fn every_keyword_is_refused_as_a_shift_id() {
        for &keyword in KEYWORDS.iter().flat_map(|(_, keywords)| *keywords) {
            for id in [keyword.replace(' ', "-"), keyword.replace(' ', "_").to_lowercase()] {
                assert!(is_reserved(&id).is_some(), "{id}");
                assert!(matches!(check_shift_id(&id), Err(ShiftIdError::Reserved(_))), "{id}");
            }
        }
    }

    #[test]
    fn names_the_word_that_stands_in_the_way() {
        for (id, expected) in [
            ("stop", Some("STOP")),
            ("Opt-Out", Some("OPT OUT")),
            ("stop-it", Some("STOP")),
            ("AND", Some("AND")),
            ("thank-you", None),
            ("don't", Some("DONT")),
            ("DROP", Some("DROP")),
            ("AGENT", Some("AGENT")),
            ("AGENT1", None),
            ("AGENT-1", None),
            ("STOP1", None),
            ("STOP-1", None),
            ("DROP1", None),
            ("NIGHT-NO-2", None),
            ("WEEKEND", None),
            ("XYZ123", None),
            ("", None),
            ("two words", None),
        ] {
            assert_eq!(is_reserved(id), expected, "{id:?}");
        }
    }

    #[test]
    fn explains_what_is_wrong_with_an_id() {
        let too_long = "A".repeat(65);
        for (id, expected) in [
            ("", "The shift id is empty."),
            (
                " ",
                "The shift id contains ' ', which ends a code in a text; use letters, digits and inner dashes.",
            ),
            (
                "A B",
                "The shift id contains ' ', which ends a code in a text; use letters, digits and inner dashes.",
            ),
            (
                "A,B",
                "The shift id contains ',', which ends a code in a text; use letters, digits and inner dashes.",
            ),
            (
                "\"A1\"",
                "The shift id contains '\"', which ends a code in a text; use letters, digits and inner dashes.",
            ),
            (
                "[A1]",
                "The shift id contains '[', which ends a code in a text; use letters, digits and inner dashes.",
            ),
            ("---", "The shift id needs a letter or a digit."),
            (&too_long, "The shift id is longer than 64 characters."),
            (
                "#12",
                "The shift id cannot be texted exactly as it is written; write it as 12.",
            ),
            (
                "A1.",
                "The shift id cannot be texted exactly as it is written; write it as A1.",
            ),
            (
                "Ａ１",
                "The shift id cannot be texted exactly as it is written; write it as A1.",
            ),
            (
                "A\u{200b}1",
                "The shift id cannot be texted exactly as it is written; write it as A1.",
            ),
            (
                "Stop",
                "The shift id is understood as the word STOP when an employee texts it; choose another.",
            ),
        ] {
            assert_eq!(check_shift_id(id).unwrap_err().to_string(), expected, "{id:?}");
        }
        for id in [
            "XYZ123",
            "xyz123",
            "A-1",
            "A_1",
            "A.1",
            "A#1",
            "O'Neil1",
            "7",
            "ночь1",
            "夜勤1",
            "हिन्दी-1",
        ] {
            assert_eq!(check_shift_id(id), Ok(()), "{id:?}");
        }
    }

    fn only(id: &str) -> Command {
        Command::Codes(Codes {
            codes: vec![ShiftCode::fold(id).unwrap()],
            not_handled: vec![],
        })
    }

    proptest! {
        #[test]
        fn an_accepted_id_is_booked_by_texting_it(
            id in prop_oneof![
                "[A-Za-z0-9][A-Za-z0-9._#'-]{0,20}",
                "(no|stop|me|more|opt|out|drop|help|all|texts?|dont)([-._'](no|stop|me|more|opt|out|off|all|texts?|1)){0,3}",
                "\\PC{1,12}",
            ]
        ) {
            if check_shift_id(&id).is_ok() {
                let lower = id.to_lowercase();
                let upper: String = id.chars().flat_map(crate::folding::upper).collect();
                for text in [
                    id.clone(), format!("“{id}”."), format!("'{id}'"), format!("({id})!"), format!("Hi, {id} please"),
                    format!("{id}, and {id}\n"), lower, upper,
                ] {
                    prop_assert_eq!(&Command::parse(&text), &only(&id), "{}", text);
                }
                let Command::Codes(codes) = Command::parse(&format!("\"{id}\".")) else { unreachable!() };
                prop_assert_eq!(codes.codes[0].as_typed(), &id);
                prop_assert!(codes.codes[0].spellings().contains(&id));
                prop_assert!(codes.codes[0].matches(&id));
                let drop = Command::parse(&format!("drop {id}."));
                prop_assert_eq!(drop, Command::Drop(codes));
            }
        }

        #[test]
        fn one_word_is_either_a_code_or_reserved(
            id in "(no|stop|me|more|take|mas|opt|out|in|drop|help|all|texts?|dont|thank)([-._'](no|stop|me|opt|out|off|you|all|texts?|1)){0,3}"
        ) {
            prop_assert_eq!(is_reserved(&id).is_none(), Command::parse(&id) == only(&id));
        }
    }
}
