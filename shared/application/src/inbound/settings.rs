//! What the operator of the stack chose for answers.

use domain::language::Language;

use super::limits::AnswerLimits;

/// Who answers STOP and HELP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutManagement {
    /// We do; the provider hands the keywords to us.
    SelfManaged,
    /// The provider does, before the text reaches us.
    Aws,
}

/// What the operator of the stack chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundSettings {
    /// Whether the contact centre takes call backs.
    pub agent: bool,
    pub language: Language,
    pub opt_out_management: OptOutManagement,
    pub limits: AnswerLimits,
    /// For organisations that say nothing of themselves.
    pub presentation: Presentation,
}

/// How an organisation presents itself in its help text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presentation {
    pub name: Option<String>,
    /// The contact for questions: a phone number, an address.
    pub contact: Option<String>,
}
