//! What an inbound text asks for: the grammar of shift booking by text.
//!
//! Reading takes two steps, both pure. [`Reading::of`] looks at the text alone and says, in [`Reading::needs`], what must
//! be looked up. [`Reading::meaning`] decides with what was found. Reading takes time linear in the text's length.

//!
//! The first rule that fits decides:
//!
//! 1. *Reactions* that a phone sends are silence.
//! 2. *Opt-outs*: STOP and what means the same. With a code in the text the answer asks which of the two is meant.
//! 3. *Whole commands*: REQUEST, MORE, MINE, HELP, START.
//! 4. *Leading verbs*: DROP, AGENT, and the words of features to come.
//! 5. *Answers* to questions of ours, where the text has no code.
//! 6. *Code texts* book if nothing stands beside the codes that could mean anything else; else the answer asks.

mod answer;
mod code_text;
mod command;
mod description;
mod findings;
mod lookup;
mod opt_out;
mod reaction;
mod text;
mod vocabulary;

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "how much was checked is part of what the tests show")]
mod tests;

use std::fmt;

use self::findings::Findings;
use self::text::Text;
use crate::shift_code::ShiftCode;

/// A text as read, before anything was looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    text: Text,
    is_reaction: bool,
    /// Whether the text asks for no more texts, if there is no code in it.
    asks_opt_out: bool,
    /// The place among the codes of a text that is one word of the vocabulary.
    alone: Option<usize>,
    /// Single characters in a row, which may be one code: `A B C 1`.
    spelt_out: Option<lookup::SpeltOut>,
    needs: Needs,
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

    /// What the text means, given what was found for it.
    pub fn meaning(&self, known: &Known<'_>) -> Meaning {
        if self.is_reaction {
            return Meaning::Silence;
        }
        let findings = Findings::of(self, known);
        self.opt_out(&findings, known)
            .or_else(|| self.whole_command(&findings, known))
            .or_else(|| self.leading_verb(&findings, known))
            .or_else(|| self.answer(&findings, known))
            .unwrap_or_else(|| self.code_text(&findings, known))
    }

    /// The first phrase of the vocabulary in the text, in capitals.
    pub(crate) fn first_phrase(&self) -> String {
        let mut units = self.text.units.iter();
        let unit = units.clone().find(|unit| unit.token.is_none()).or_else(|| units.next());
        unit.map(|unit| text::folded_words(self.text.unit_text(unit)).join(" "))
            .unwrap_or_default()
    }

    /// True if the text is one word that the vocabulary has, so that it is a code only where it stands alone.
    pub(crate) fn is_one_word_of_the_vocabulary(&self) -> bool {
        let is_vocabulary = |token: &text::Token| token.is_vocabulary;
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
    fn evidence(&self) -> String {
        self.text
            .body
            .trim_matches(|character: char| character.is_whitespace() || character.is_control())
            .chars()
            .take(MAX_EVIDENCE_CHARS)
            .collect()
    }
}

/// Shows nothing that a person wrote but codes, since readings end up in log lines.
impl fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reading")
            .field("is_reaction", &self.is_reaction)
            .field("asks_opt_out", &self.asks_opt_out)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

/// What must be looked up before a text can be understood. All of it is read in one round.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Words that may be shift codes, at most [`MAX_CODES`], those with digits first.
    pub codes: Vec<ShiftCode>,
    /// The sender's open questions.
    pub questions: bool,
    /// The sender's booked shifts.
    pub bookings: bool,
    /// The shifts that are open to the sender.
    pub open_shifts: bool,
}

/// Shows how many words are looked up and not which: most are no codes.
impl fmt::Debug for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Needs")
            .field("codes", &self.codes.len())
            .field("questions", &self.questions)
            .field("bookings", &self.bookings)
            .field("open_shifts", &self.open_shifts)
            .finish()
    }
}

/// A shift that was found under one of [`Needs::codes`], or that is open to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownShift<'a> {
    pub id: &'a str,
    /// Its free description, such as "Mon 8 am, till".
    pub info: &'a str,
    /// True if the sender holds it.
    pub is_held: bool,
    /// True if the sender could book it now.
    pub is_open: bool,
}

/// The subject of an open question, as needed to understand its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// "Do you want these shifts?" YES books them.
    Offer { codes: Vec<String> },
    /// "Give this shift back?" YES drops it.
    Drop { code: String },
    /// "Please confirm your appointment." YES confirms, NO declines. One that was answered keeps its number, and is meant
    /// again only where no other is open.
    Appointment { is_answered: bool },
}

/// Everything that was found for a text.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// The sender's name, as the contact row has it.
    pub name: Option<&'a str>,
    pub found: Vec<KnownShift<'a>>,
    /// Every shift open to the sender; `None` if it was not read.
    pub open: Option<Vec<KnownShift<'a>>>,
    /// The sender's open questions, the oldest first.
    pub questions: &'a [Asked],
    /// The sender's shifts that have not begun.
    pub to_come: Vec<KnownShift<'a>>,
    /// True if we texted the sender within the last 24 hours.
    pub texted_today: bool,
}

impl Known<'_> {
    /// The places of the questions that an answer may be meant for: those that were not answered, or else all.
    fn open_questions(&self) -> Vec<usize> {
        let all = 0..self.questions.len();
        let is_answered = |place: &usize| {
            let asked = self.questions.get(*place);
            matches!(asked, Some(Asked::Appointment { is_answered: true }))
        };
        let open: Vec<usize> = all.clone().filter(|place| !is_answered(place)).collect();
        if open.is_empty() { all.collect() } else { open }
    }
}

/// What a text means. Ids are as stored.
#[derive(Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The shifts open to the sender must be read first: see [`Known::open`].
    ReadOpenShifts,
    /// Needs no answer: a reaction, thanks.
    Silence,
    /// No more texts. `declines` is the question that the same word answers with no.
    OptOut {
        words: String,
        declines: Option<usize>,
    },
    /// Texts again.
    OptIn {
        words: String,
    },
    Help,
    Request,
    More,
    Mine,
    /// Have an agent call about this; may be empty.
    Agent {
        about: String,
    },
    /// A command whose feature does not exist yet, such as `WAIT`.
    NotOffered {
        command: &'static str,
    },
    /// Give these shifts back. All empty: which?
    Drop(Codes),
    /// Book these shifts.
    Book(Codes),
    /// Ask whether these shifts are wanted; at least one.
    Ask {
        ids: Vec<String>,
    },
    /// Ask whether to give this shift back.
    AskDrop {
        id: String,
    },
    /// Ask which of the sender's shifts to give back.
    AskWhichDrop,
    /// A refusal of a shift that the sender does not hold.
    NotBooked {
        id: String,
    },
    /// The sender holds it already.
    Yours {
        id: String,
    },
    /// An opt-out word beside a code: which of the two?
    AskKeyword {
        id: String,
    },
    /// No such shift, but these are close; one or two.
    DidYouMean {
        typed: String,
        ids: Vec<String>,
    },
    NoSuchShift,
    /// The answer to that question; `remark` is the rest of the text.
    Answer {
        question: usize,
        yes: bool,
        remark: Option<String>,
    },
    /// An answer that may be a yes or a no.
    AskAgain {
        question: usize,
    },
    /// An answer to one of several questions.
    WhichQuestion {
        yes: bool,
    },
    NotUnderstood,
}

/// Shows nothing that a person wrote but codes, since meanings end up in log lines.
impl fmt::Debug for Meaning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shows = |formatter: &mut fmt::Formatter<'_>, name: &str, id: &str| {
            formatter.debug_struct(name).field("id", &id).finish()
        };
        match self {
            Self::ReadOpenShifts => formatter.write_str("ReadOpenShifts"),
            Self::Silence => formatter.write_str("Silence"),
            Self::OptOut { declines, .. } => formatter
                .debug_struct("OptOut")
                .field("declines", declines)
                .finish_non_exhaustive(),
            Self::OptIn { .. } => formatter.write_str("OptIn { .. }"),
            Self::Help => formatter.write_str("Help"),
            Self::Request => formatter.write_str("Request"),
            Self::More => formatter.write_str("More"),
            Self::Mine => formatter.write_str("Mine"),
            Self::Agent { .. } => formatter.write_str("Agent { .. }"),
            Self::NotOffered { command } => formatter.debug_struct("NotOffered").field("command", command).finish(),
            Self::Drop(codes) => formatter.debug_tuple("Drop").field(codes).finish(),
            Self::Book(codes) => formatter.debug_tuple("Book").field(codes).finish(),
            Self::Ask { ids } => formatter.debug_struct("Ask").field("ids", ids).finish(),
            Self::AskDrop { id } => shows(formatter, "AskDrop", id),
            Self::AskWhichDrop => formatter.write_str("AskWhichDrop"),
            Self::NotBooked { id } => shows(formatter, "NotBooked", id),
            Self::Yours { id } => shows(formatter, "Yours", id),
            Self::AskKeyword { id } => shows(formatter, "AskKeyword", id),
            Self::DidYouMean { ids, .. } => formatter
                .debug_struct("DidYouMean")
                .field("ids", ids)
                .finish_non_exhaustive(),
            Self::NoSuchShift => formatter.write_str("NoSuchShift"),
            Self::Answer { question, yes, remark } => formatter
                .debug_struct("Answer")
                .field("question", question)
                .field("yes", yes)
                .field("has_remark", &remark.is_some())
                .finish(),
            Self::AskAgain { question } => formatter.debug_struct("AskAgain").field("question", question).finish(),
            Self::WhichQuestion { yes } => formatter.debug_struct("WhichQuestion").field("yes", yes).finish(),
            Self::NotUnderstood => formatter.write_str("NotUnderstood"),
        }
    }
}

/// The codes of one text in the order typed, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    /// Found, as stored.
    pub ids: Vec<String>,
    /// Not found, as typed.
    pub misses: Vec<String>,
    /// What came after the first [`MAX_CODES`].
    pub not_handled: Vec<String>,
}

/// The most words of one text that are looked up.
pub const MAX_CODES: usize = 20;

/// The most further codes that are named as not handled; nobody reads more of them.
const MAX_NOT_HANDLED: usize = 500;

/// The most characters kept of the words in which somebody opted out or in.
const MAX_EVIDENCE_CHARS: usize = 160;
