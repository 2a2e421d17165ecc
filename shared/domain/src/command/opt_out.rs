//! Whether a text asks for no more texts.
//!
//! The keyword alone is an opt-out by law, and so is any text from which a reasonable person would understand it
//! (47 CFR 64.1200(a)(10)). A text counts if it holds an opt-out phrase and *every* other word belongs to the small
//! vocabulary of such requests, so that "I can stop by at 5" and "end of ABC1" do not.

use crate::folding::plain;
use crate::keyword::{self, Meaning};
use crate::token::{Tokens, key};

/// How much a phrase needs beside it to be an opt-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Force {
    /// `DON'T`, `NO MORE`: only together with a word for the texts.
    Refusal,
    /// `CANCEL`, `END`, `REMOVE`: alone, or together with a word for the texts. "Cancel it" may mean a shift.
    Keyword,
    /// `STOP`: as a keyword, and also with words that only urge, as in "stop it now".
    Stop,
    /// `UNSUBSCRIBE`: speaks of nothing but texts.
    Plain,
}

const PLAIN: &[&str] = &[
    "STOPALL",
    "UNSUBSCRIBE",
    "OPTOUT",
    "OPT OUT",
    "OPT ME OUT",
    "TAKE ME OFF",
    "LEAVE ME ALONE",
    "NO MAS",
    "NO MÁS",
];

const REFUSALS: &[&str] = &["DONT", "DO NOT", "NEVER", "NO MORE"];

/// Words for the texts and for who gets them.
const SUBJECTS: &str = "ME TEXT TEXTS TEXTING TXT TXTS TXTING MESSAGE MESSAGES MESSAGING MSG MSGS SMS NOTIFICATION NOTIFICATIONS \
    NOTIFYING ALERT ALERTS CONTACT CONTACTING LIST NUMBER CONSENT SUBSCRIPTION SPAM SPAMMING";

const URGING: &str = "NOW ALL IT THIS THAT IMMEDIATELY JUST ALREADY EVERYTHING ASAP VERY MUCH SO MANY A LOT";

const FILLERS: &str = "I IM ID WANT WOULD LIKE WISH NEED TO BE MY YOUR THE THESE THOSE ANY MORE ANYMORE AGAIN EVER FROM OFF OUT OF \
    ON SEND SENDING RECEIVE RECEIVING GET GETTING CAN COULD WILL MUST PHONE MOBILE FURTHER FUTURE";

/// Whether the text as a whole, or a first sentence of it that leaves no doubt, asks for no more texts.
pub(super) fn is_asked(body: &str) -> bool {
    asked_force(&words(body)).is_some() || first_sentence_asks(body)
}

/// "Stop. Anna" and "STOP⏎Sent from my phone": what follows the sentence takes nothing back.
fn first_sentence_asks(body: &str) -> bool {
    let mut rest = body;
    while let Some((sentence, following)) = split_sentence(rest) {
        let words = words(sentence);
        if !words.iter().all(|word| is_courtesy(word)) {
            return asked_force(&words).is_some_and(|force| force >= Force::Stop);
        }
        rest = following;
    }
    false
}

/// Splits behind the first line end, exclamation mark, or full stop before a blank.
fn split_sentence(text: &str) -> Option<(&str, &str)> {
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let ends = match plain(character) {
            '\n' | '\r' | '!' => true,
            '.' => characters.peek().is_none_or(|&(_, next)| next.is_whitespace()),
            _ => false,
        };
        if ends {
            return text.split_at_checked(index + character.len_utf8());
        }
    }
    None
}

fn words(text: &str) -> Vec<String> {
    super::words(Tokens::of(text).map(key).collect())
}

/// The force of the strongest opt-out phrase, if nothing in the text speaks of anything else.
fn asked_force(words: &[String]) -> Option<Force> {
    let mut strongest = None;
    let mut names_texts = false;
    let mut only_courtesies = true;
    let mut only_urging = true;
    let mut refusing = false;
    let mut rest = words;
    while let Some(word) = rest.first() {
        let mut length = 1;
        if let Some((force, covered)) = phrase(rest) {
            // "Don't stop texting me" asks for the opposite.
            if refusing && force != Force::Refusal {
                return None;
            }
            refusing = force == Force::Refusal;
            strongest = strongest.max(Some(force));
            length = covered;
        } else if is_among(SUBJECTS, word) {
            names_texts = true;
            refusing = false;
        } else if is_among(URGING, word) {
            only_courtesies = false;
        } else if is_among(FILLERS, word) {
            only_courtesies = false;
            only_urging = false;
        } else if !is_courtesy(word) {
            return None;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    strongest.filter(|force| match force {
        Force::Plain => true,
        Force::Stop => names_texts || only_urging,
        Force::Keyword => names_texts || only_courtesies,
        Force::Refusal => names_texts,
    })
}

/// The opt-out phrase the words begin with, and how many of them it covers.
fn phrase(words: &[String]) -> Option<(Force, usize)> {
    if let Some(length) = REFUSALS.iter().find_map(|refusal| keyword::covered(words, refusal)) {
        return Some((Force::Refusal, length));
    }
    let (meaning, keyword, length) = keyword::leading(words)?;
    let force = match keyword {
        _ if meaning != Meaning::OptOut => return None,
        "STOP" => Force::Stop,
        _ if PLAIN.contains(&keyword) => Force::Plain,
        _ => Force::Keyword,
    };
    Some((force, length))
}

fn is_among(vocabulary: &str, word: &str) -> bool {
    vocabulary.split(' ').any(|entry| entry == word)
}

fn is_courtesy(word: &str) -> bool {
    matches!(keyword::leading(&[word]), Some((Meaning::Courtesy, ..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_no_more_texts() {
        for text in [
            "STOP",
            "stop",
            "Stop.",
            " sToP\n",
            "“STOP”",
            "ＳＴＯＰ",
            "S\u{200b}TOP",
            "STOP 🛑",
            "stop stop STOP!!",
            "STOP\0",
            "STOPALL",
            "STOP ALL",
            "stop-all",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "OPT-OUT",
            "Opt out",
            "REMOVE",
            "TD",
            "ARRET",
            "Arrêt",
            "no mas",
            "¡No más!",
            "Stop. Thank you",
            "please stop",
            "Stop please, thanks",
            "Hi, stop. Cheers",
            "ok cancel",
            "END, thx",
            "stop texting me",
            "Stop it",
            "stop now",
            "unsubscribe me",
            "Unsubscribe me from your list please",
            "I want to opt out",
            "please opt me out",
            "remove me",
            "Remove my number from your list",
            "cancel my subscription",
            "Can you please stop sending me these messages?",
            "quit texting me",
            "I revoke my consent",
            "take me off your list",
            "don't text me",
            "Do not send me any more texts",
            "Don’t contact me ever again",
            "no more texts please",
            "No more messages",
            "I don't want these texts",
            "leave me alone",
            "Do not text me, stop",
            "Stop. Thank you very much",
            "stop, unsubscribe",
            "Stop. Anna",
            "STOP\nSent from my iPhone 12",
            "Hi!\nStop! This is the wrong number",
            "STOP. ABC1",
        ] {
            assert!(is_asked(text), "{text:?}");
        }
    }

    #[test]
    fn speaks_of_something_else() {
        for text in [
            "",
            "please",
            "👍",
            "I can stop by at 5",
            "stop by my desk",
            "Can you stop?",
            "STOP ABC1",
            "STOP, ABC1",
            "CANCEL ABC1",
            "cancel it",
            "Cancel.\nABC1",
            "end of the shift",
            "I quit my other job",
            "I quit",
            "weekend",
            "STOP1",
            "STOP-1",
            "unstop",
            "NONSTOP",
            "remove me from ABC1",
            "take me off ABC1",
            "no more",
            "no",
            "never mind",
            "no more shifts today",
            "Don't stop texting me",
            "never stop",
            "I don't want to stop getting texts",
            "text me more",
            "start",
            "stop start",
            "ABC1 STOP",
            "ABC1. Stop",
            "agent stop",
            "bus stop",
            "I don't stop",
        ] {
            assert!(!is_asked(text), "{text:?}");
        }
    }

    #[test]
    fn every_plain_phrase_is_a_keyword() {
        for phrase in PLAIN {
            let words: Vec<&str> = phrase.split(' ').collect();
            assert_eq!(keyword::leading(&words), Some((Meaning::OptOut, *phrase, words.len())));
        }
    }
}
