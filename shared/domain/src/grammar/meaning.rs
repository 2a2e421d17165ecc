//! What a text means.

use std::fmt;

/// What a text means. Ids are as stored.
#[derive(Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The shifts open to the sender must be read first: see [`super::Known::open`].
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
    /// What came after the first [`super::MAX_CODES`].
    pub not_handled: Vec<String>,
}
