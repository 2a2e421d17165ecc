//! What an inbound text asks for.
//!
//! - **Keywords** (`REQUEST`, `MORE`, `MINE`, `YES`, `NO`, `HELP`, `START`, `STOP` and their synonyms) are the whole message, with or
//!   without courtesies. `STOP` may be said in a few more words: "stop texting me".
//! - **`DROP`** and **`AGENT`** come first, as a word of their own: `AGENT1` is a code.
//! - **Anything else is a list of codes**, passing over courtesies, "and", and all punctuation.
//!
//! A list with a keyword in it ("STOP ABC1", "CANCEL ABC1", "can't do ABC1", "I can stop by at 5") is
//! [`Command::Unrecognised`] as a whole: half of it would be a guess, and the wrong half may book a shift or miss an
//! opt-out. The answer says how to ask for either.

mod opt_out;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use crate::keyword::{self, Meaning, NO, YES};
use crate::shift_code::ShiftCode;
use crate::token::{Tokens, key};

/// The most codes one text can book or drop.
pub const MAX_CODES: usize = 20;

/// The most further codes that are named as not handled; nobody reads more of them.
pub const MAX_NOT_HANDLED: usize = 500;

/// The most characters kept of the words in which somebody opted out or in.
const MAX_EVIDENCE_CHARS: usize = 160;

#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Book these shifts; at least one.
    Codes(Codes),
    /// Which shifts are free?
    Request,
    /// The next page of the last answer.
    More,
    /// Which shifts are mine?
    Mine,
    /// Give these shifts back; no code at all if the word came alone.
    Drop(Codes),
    /// Have an agent call about this; the help text is trimmed and may be empty.
    Agent(String),
    /// No more texts; `words` is the evidence, the beginning of the text as it came.
    OptOut { words: String },
    /// Texts again; `words` as in [`Command::OptOut`].
    OptIn { words: String },
    /// The answer to a question, or where none was asked a wish for texts.
    Yes,
    /// The answer to a question.
    No,
    /// How does this work?
    Help,
    /// Nothing that could be acted on without guessing.
    Unrecognised,
}

/// The codes of one text in the order typed, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    /// At most [`MAX_CODES`].
    pub codes: Vec<ShiftCode>,
    /// What came after those, at most [`MAX_NOT_HANDLED`].
    pub not_handled: Vec<ShiftCode>,
}

impl Command {
    /// Reads any text, in time linear in its length.
    pub fn parse(body: &str) -> Self {
        if opt_out::is_asked(body) {
            return Self::OptOut { words: evidence(body) };
        }
        if let Some(command) = whole_message(body) {
            return command;
        }
        let mut tokens = Tokens::of(body);
        while let Some(token) = tokens.next() {
            match keyword::leading(&[key(token)]) {
                Some((Meaning::Courtesy, ..)) => {}
                Some((Meaning::Agent, ..)) => return Self::Agent(help_text(tokens.rest())),
                Some((Meaning::Drop, ..)) => return codes(tokens).map_or(Self::Unrecognised, Self::Drop),
                _ => break,
            }
        }
        match codes(Tokens::of(body)) {
            Some(codes) if !codes.codes.is_empty() => Self::Codes(codes),
            _ => Self::Unrecognised,
        }
    }
}

/// Shows nothing that a person wrote but the codes, since commands end up in log lines.
impl fmt::Debug for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codes(codes) => formatter.debug_tuple("Codes").field(codes).finish(),
            Self::Drop(codes) => formatter.debug_tuple("Drop").field(codes).finish(),
            Self::Request => formatter.write_str("Request"),
            Self::More => formatter.write_str("More"),
            Self::Mine => formatter.write_str("Mine"),
            Self::Agent(_) => formatter.write_str("Agent(..)"),
            Self::OptOut { .. } => formatter.write_str("OptOut { .. }"),
            Self::OptIn { .. } => formatter.write_str("OptIn { .. }"),
            Self::Yes => formatter.write_str("Yes"),
            Self::No => formatter.write_str("No"),
            Self::Help => formatter.write_str("Help"),
            Self::Unrecognised => formatter.write_str("Unrecognised"),
        }
    }
}

/// The command of a text that says one keyword, once or repeated, with nothing but courtesies around it.
fn whole_message(body: &str) -> Option<Command> {
    let words = words(Tokens::of(body).map(key).collect());
    let mut asked = None;
    let (mut says_yes, mut says_no) = (false, false);
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let (meaning, keyword, length) = keyword::leading(rest)?;
        match meaning {
            Meaning::Courtesy => says_yes |= YES.contains(&keyword),
            Meaning::Refusal if NO.contains(&keyword) => says_no = true,
            _ if asked.is_some_and(|asked| asked != meaning) => return None,
            _ => asked = Some(meaning),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    match asked {
        None if says_yes != says_no => Some(if says_yes { Command::Yes } else { Command::No }),
        _ if says_no => None,
        Some(Meaning::Request) => Some(Command::Request),
        Some(Meaning::More) => Some(Command::More),
        Some(Meaning::Mine) => Some(Command::Mine),
        Some(Meaning::Help) => Some(Command::Help),
        Some(Meaning::OptIn) => Some(Command::OptIn { words: evidence(body) }),
        _ => None,
    }
}

/// The codes of a list, or nothing if a keyword in it makes the list doubtful.
fn codes(tokens: Tokens<'_>) -> Option<Codes> {
    let keys: Vec<String> = tokens.clone().map(key).collect();
    let mut listed = Codes::default();
    let mut seen = HashSet::new();
    for (position, token) in tokens.enumerate() {
        match keyword::leading(keys.get(position..).unwrap_or_default()) {
            Some((Meaning::Courtesy, ..)) => continue,
            Some(_) => return None,
            None => {}
        }
        let list = if listed.codes.len() < MAX_CODES {
            &mut listed.codes
        } else {
            &mut listed.not_handled
        };
        if list.len() < MAX_NOT_HANDLED
            && let Some(code) = ShiftCode::from_token(token)
            && seen.insert(code.clone())
        {
            list.push(code);
        }
    }
    Some(listed)
}

/// Single words: those inside a token such as `stop-all` count by themselves.
fn words(keys: Vec<String>) -> Vec<String> {
    let mut words = Vec::with_capacity(keys.len());
    for key in keys {
        if key.contains(' ') {
            words.extend(key.split(' ').map(str::to_owned));
        } else {
            words.push(key);
        }
    }
    words
}

/// What follows the word `AGENT`, without what set it off from that word.
fn help_text(rest: &str) -> String {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    rest.trim_start_matches(|character| is_blank(character) || ".,:;!?-–—".contains(character))
        .trim_end_matches(is_blank)
        .to_owned()
}

fn evidence(body: &str) -> String {
    body.trim_matches(|character: char| character.is_whitespace() || character.is_control())
        .chars()
        .take(MAX_EVIDENCE_CHARS)
        .collect()
}
