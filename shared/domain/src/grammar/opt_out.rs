//! Whether a text asks for no more texts.
//!
//! The keyword alone is an opt-out by law, and so is any text from which a reasonable person would understand it
//! (47 CFR 64.1200(a)(10)). A text counts if it holds an opt-out phrase and *every* other word belongs to the small
//! vocabulary of such requests, so that "I can stop by at 5" and "end of ABC1" do not. A part of a text that says so with
//! no doubt counts where punctuation sets it off from the rest: "Stop. Anna", "STOP, I have moved", "wrong person, stop".

use super::text::{Text, Word};
use super::vocabulary::{OptOutRole as Role, VOCABULARY};

/// Whether the text asks for no more texts, if there is no code in it.
pub(super) fn is_asked(text: &Text) -> bool {
    let words = text.words.as_slice();
    if !words.iter().any(|word| VOCABULARY.facts(word.id).may_opt_out) {
        return false;
    }
    match read(words) {
        Request::Asked(_) => return true,
        Request::Opposite => return false,
        Request::None => {}
    }
    let parts: Vec<&[Word]> = parts(words);
    let readings: Vec<Request> = parts.iter().map(|part| read(part)).collect();
    if readings.contains(&Request::Opposite) {
        return false;
    }
    let is_clear = |request: &Request| matches!(request, Request::Asked(force) if *force >= Role::Stop);
    // Between other parts "stop" may be anything: "at the corner, stop, then left".
    let first = readings
        .iter()
        .zip(&parts)
        .find(|(_, part)| !part.iter().all(is_courtesy));
    first.is_some_and(|(request, _)| is_clear(request))
        || readings.last().is_some_and(is_clear)
        || readings
            .iter()
            .zip(&parts)
            .any(|(request, part)| is_clear(request) && part.len() > 1)
}

fn is_courtesy(word: &Word) -> bool {
    word.is_emoji || matches!(VOCABULARY.opt_out([word.id].into_iter()), Some((Role::Courtesy, _)))
}

/// The parts of a text that punctuation sets off from one another; a point inside a word does too, as in "Stop.Anna".
fn parts(words: &[Word]) -> Vec<&[Word]> {
    words
        .chunk_by(|_, next| !(next.gap.parts() || next.gap.is_point))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    None,
    Asked(Role),
    /// "Don't stop texting me" asks for the opposite.
    Opposite,
}

/// The force of the strongest opt-out phrase, if nothing in the words speaks of anything else.
fn read(words: &[Word]) -> Request {
    let mut strongest = None;
    let mut names_texts = false;
    let mut only_courtesies = true;
    let mut only_urging = true;
    let mut refusing = false;
    let mut rest = words;
    while let Some(first) = rest.first() {
        if first.is_emoji {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let together = rest
            .iter()
            .enumerate()
            .take_while(|(place, word)| *place == 0 || !word.gap.parts());
        let Some((role, length)) = VOCABULARY.opt_out(together.map(|(_, word)| word.id)) else {
            return Request::None;
        };
        match role {
            Role::None => return Request::None,
            Role::Courtesy => {}
            Role::Padding => (only_courtesies, only_urging) = (false, false),
            Role::Urging => only_courtesies = false,
            Role::Texts => (names_texts, refusing) = (true, false),
            Role::Refusal | Role::Keyword | Role::Stop | Role::Plain => {
                if refusing && role != Role::Refusal {
                    return Request::Opposite;
                }
                refusing = role == Role::Refusal;
                strongest = strongest.max(Some(role));
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    let asked = strongest.filter(|force| match force {
        Role::Plain => true,
        Role::Stop => names_texts || only_urging,
        Role::Keyword => names_texts || only_courtesies,
        _ => names_texts,
    });
    asked.map_or(Request::None, Request::Asked)
}
