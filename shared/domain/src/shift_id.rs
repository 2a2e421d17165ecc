//! The valid ids of shifts: those that an employee can text to book them.

use crate::folding::{Class, class};
use crate::grammar::{Codes, Known, KnownShift, Meaning, Reading};
use crate::shift_code::ShiftCode;
use crate::token;

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
    Reserved(String),
}

/// Checks that texting the id alone books the shift and does nothing else.
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
    if !is_bookable(id) {
        return Err(ShiftIdError::Reserved(Reading::of(id).first_phrase()));
    }
    if code.as_typed() != id {
        return Err(ShiftIdError::Unclean(code.as_typed().to_owned()));
    }
    Ok(())
}

/// The error for an id that is a word of the vocabulary, such as `DO`.
pub fn vocabulary_note(id: &str) -> Option<String> {
    (Reading::of(id).is_one_word_of_the_vocabulary() && is_bookable(id)).then(|| {
        format!("The shift id {id} is an ordinary word too. It books the shift only where it is the whole text; a code with digits is safer.")
    })
}

fn is_bookable(id: &str) -> bool {
    let shift = KnownShift {
        id,
        info: "",
        is_held: false,
        is_open: true,
    };
    let known = Known {
        found: vec![shift],
        open: Some(vec![shift]),
        ..Known::default()
    };
    let booked = Codes {
        ids: vec![id.to_owned()],
        ..Codes::default()
    };
    Reading::of(id).meaning(&known) == Meaning::Book(booked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_mean_something_are_refused() {
        for (id, expected) in [
            ("stop", Some("STOP")),
            ("Opt-Out", Some("OPT OUT")),
            ("stop-it", Some("STOP")),
            ("thank-you", Some("THANK YOU")),
            ("don't", Some("DON'T")),
            ("DROP", Some("DROP")),
            ("AGENT", Some("AGENT")),
            ("REQUEST", Some("REQUEST")),
            ("yes", Some("YES")),
            ("Тийм", Some("ТИИМ")),
            ("baja", Some("BAJA")),
            ("sick", Some("SICK")),
            ("please", Some("PLEASE")),
            ("WAIT", Some("WAIT")),
            ("ирэхгүй", Some("ИРЭХГУИ")),
            ("AGENT1", None),
            ("AGENT-1", None),
            ("STOP1", None),
            ("STOP-1", None),
            ("DROP1", None),
            ("NIGHT-NO-2", None),
            ("WEEKEND", None),
            ("NIGHT-SHIFT", None),
            ("DO", None),
            ("AND", None),
            ("SHIFT", None),
            ("TAKE-IT", None),
            ("LATE", None),
            ("XYZ123", None),
            ("7", None),
            ("8am", None),
            ("8.30", None),
        ] {
            let expected = expected.map_or(Ok(()), |word| Err(ShiftIdError::Reserved(word.to_owned())));
            assert_eq!(check_shift_id(id), expected, "{id:?}");
        }
    }

    #[test]
    fn ordinary_words_are_noted() {
        for id in ["DO", "and", "Shift", "TAKE-IT", "late"] {
            assert!(vocabulary_note(id).unwrap().contains(id), "{id}");
        }
        for id in ["WEEKEND", "XYZ123", "STOP", "STOP-1", "NIGHT-SHIFT", "", "two words"] {
            assert_eq!(vocabulary_note(id), None, "{id}");
        }
    }

    #[test]
    fn explains_what_is_wrong_with_an_id() {
        let too_long = "A".repeat(65);
        let separator = |character: char| {
            format!(
                "The shift id contains {character:?}, which ends a code in a text; use letters, digits and inner dashes."
            )
        };
        let unclean = "The shift id cannot be texted exactly as it is written; write it as";
        for (id, expected) in [
            ("", "The shift id is empty.".to_owned()),
            (" ", separator(' ')),
            ("A B", separator(' ')),
            ("A,B", separator(',')),
            ("\"A1\"", separator('"')),
            ("[A1]", separator('[')),
            ("---", "The shift id needs a letter or a digit.".to_owned()),
            (&too_long, "The shift id is longer than 64 characters.".to_owned()),
            ("#12", format!("{unclean} 12.")),
            ("A1.", format!("{unclean} A1.")),
            ("Ａ１", format!("{unclean} A1.")),
            ("A\u{200b}1", format!("{unclean} A1.")),
            (
                "Stop",
                "The shift id is understood as the word STOP when an employee texts it; choose another.".to_owned(),
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

    fn means(text: &str, id: &str) -> Meaning {
        let shift = KnownShift {
            id,
            info: "Mon 8 am, till",
            is_held: false,
            is_open: true,
        };
        let known = Known {
            found: vec![shift],
            ..Known::default()
        };
        Reading::of(text).meaning(&known)
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
                let booked = Meaning::Book(Codes { ids: vec![id.clone()], ..Codes::default() });
                let lower = id.to_lowercase();
                let upper: String = id.chars().flat_map(crate::folding::upper).collect();
                let alone = [id.clone(), format!("“{id}”."), format!("'{id}'"), format!("({id})!"), lower, upper];
                let among = [format!("Hi, {id} please"), format!("{id}, and {id}\n")];
                let among = among.into_iter().filter(|_| vocabulary_note(&id).is_none());
                for text in alone.into_iter().chain(among) {
                    prop_assert_eq!(&means(&text, &id), &booked, "{}", text);
                }
                let codes = Reading::of(&format!("\"{id}\".")).needs().codes.clone();
                prop_assert!(codes.iter().any(|code| code.matches(&id) && code.spellings().contains(&id)));
            }
        }
    }
}
