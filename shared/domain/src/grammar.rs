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
mod known;
mod lookup;
mod meaning;
mod opt_out;
mod reaction;
mod reading;
mod spelling;
mod text;
mod vocabulary;

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "how much was checked is part of what the tests show")]
mod tests;

pub use self::known::{Asked, Known, KnownShift, MAX_CODES, Needs};
pub use self::meaning::{Codes, Meaning};
pub use self::reading::Reading;

use self::findings::Findings;

impl Reading {
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
}
