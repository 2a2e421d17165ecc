//! A text as read, before anything was looked up.

use super::known::Needs;
use super::lookup::{self, SpeltOut};
use super::spelling::folded_words;
use super::text::{Text, Token};
use super::{opt_out, reaction};

/// The most characters kept of the words in which somebody opted out or in.
const MAX_EVIDENCE_CHARS: usize = 160;

/// A text as read, before anything was looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    pub(super) text: Text,
    pub(super) is_reaction: bool,
    /// Whether the text asks for no more texts, if there is no code in it.
    pub(super) asks_opt_out: bool,
    /// The place among the codes of a text that is one word of the vocabulary.
    pub(super) alone: Option<usize>,
    /// Single characters in a row, which may be one code: `A B C 1`.
    pub(super) spelt_out: Option<SpeltOut>,
    pub(super) needs: Needs,
}

impl Reading {
    /// Reads any text, in time linear in its length.
    pub fn of(body: &str) -> Self {
        let mut text = Text::of(body);
        let mut reading = Self {
            is_reaction: reaction::is_one(&text),
            asks_opt_out: false,
            alone: None,
            spelt_out: None,
            needs: Needs::default(),
            text: Text::default(),
        };
        if !reading.is_reaction {
            reading.asks_opt_out = opt_out::is_asked(&text);
            let codes;
            (codes, reading.alone, reading.spelt_out) = lookup::codes(&mut text);
            reading.needs = lookup::needs(&text, codes, reading.asks_opt_out);
        }
        reading.text = text;
        reading
    }

    /// What to look up before [`Reading::meaning`] is asked.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The first phrase of the vocabulary in the text, in capitals.
    pub(crate) fn first_phrase(&self) -> String {
        let mut units = self.text.units.iter();
        let unit = units.clone().find(|unit| unit.token.is_none()).or_else(|| units.next());
        unit.map(|unit| folded_words(self.text.unit_text(unit)).join(" "))
            .unwrap_or_default()
    }

    /// True if the text is one word that the vocabulary has, so that it is a code only where it stands alone.
    pub(crate) fn is_one_word_of_the_vocabulary(&self) -> bool {
        let is_vocabulary = |token: &Token| token.is_vocabulary;
        self.alone.is_some()
            || (self.text.only_token().is_some()
                && self
                    .text
                    .units
                    .iter()
                    .filter_map(|unit| unit.token.as_ref())
                    .all(is_vocabulary))
    }

    /// The beginning of the text as it came: evidence of what somebody asked for.
    pub(super) fn evidence(&self) -> String {
        self.text
            .body
            .trim_matches(|character: char| character.is_whitespace() || character.is_control())
            .chars()
            .take(MAX_EVIDENCE_CHARS)
            .collect()
    }
}

// Shows nothing that a person wrote but codes, since readings end up in log lines.
crate::shows_only!(Reading {
    is_reaction,
    asks_opt_out,
    needs
});
