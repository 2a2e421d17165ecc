//! Every text that a person reads, in every language. The words themselves are in `wording/*.ftl` and nowhere else.

mod date;
mod notice;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::DateTime;

use crate::language::Language;

/// A text, with what goes into it.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    Announcement {
        shifts: &'a str,
        agent: bool,
    },
    Message {
        message: &'a str,
    },
    Summary {
        groups: &'a str,
        next: &'a str,
    },
    Booked {
        shifts: &'a str,
    },
    AlreadyYours {
        shifts: &'a str,
    },
    Taken {
        codes: &'a str,
    },
    Closed {
        codes: &'a str,
    },
    Unknown {
        codes: &'a str,
    },
    GivenBack {
        codes: &'a str,
    },
    NotYours {
        codes: &'a str,
    },
    NotHandled {
        codes: &'a str,
        limit: usize,
    },
    NextDrop,
    NextRequest,
    NextMine,
    NoSuchShift {
        agent: bool,
    },
    /// Between the last two of several things.
    And,
    Or,
    Ask {
        shift: &'a str,
    },
    AskSeveral {
        codes: &'a str,
        count: usize,
    },
    AskMany {
        codes: &'a str,
    },
    AskToGiveBack {
        shift: &'a str,
    },
    WhichToGiveBack {
        shifts: &'a str,
    },
    Yours {
        shift: &'a str,
        code: &'a str,
    },
    NotBooked {
        code: &'a str,
    },
    DidYouMean {
        typed: &'a str,
        shift: &'a str,
    },
    DidYouMeanOneOf {
        typed: &'a str,
        shifts: &'a str,
    },
    AskKeyword {
        code: &'a str,
    },
    AskAgain,
    Which {
        choices: &'a str,
    },
    WhichAppointment {
        choices: &'a str,
    },
    ChoiceOfAppointment {
        number: usize,
        at: DateTime,
        name: Option<&'a str>,
    },
    NotOffered {
        command: &'a str,
    },
    Limit {
        for_the_day: bool,
    },
    AvailableShifts {
        shifts: &'a str,
        more_follow: bool,
    },
    MoreShifts {
        shifts: &'a str,
        more_follow: bool,
    },
    NoShifts,
    NoMoreShifts,
    MyShifts {
        shifts: &'a str,
        more: usize,
    },
    NoShiftsOfMine,
    DropWhat,
    AgentWillCall,
    AgentCanNotCall,
    AgentAlreadyAsked,
    AgentNotAvailable,
    OptedOut {
        bookings: usize,
    },
    OptedOutAndDeclined,
    /// In a stack that several organisations share.
    OptedOutOfAll {
        text: &'a str,
    },
    OptedIn {
        may_book: bool,
    },
    OptedInAlready,
    AppointmentConfirmed,
    AppointmentDeclined,
    Help {
        agent: bool,
    },
    HelpForCustomers,
    HelpOf {
        name: &'a str,
        help: &'a str,
    },
    HelpWithContact {
        contact: &'a str,
        help: &'a str,
    },
    NotUnderstood,
    NotUnderstoodByCustomer,
    TryAgain,
    AccessDenied,
}

impl Text<'_> {
    /// The text in `language`; what that catalogue lacks comes in English.
    pub fn render(&self, language: Language) -> String {
        say(language, |language| self.key_and_arguments(language))
    }

    fn key_and_arguments(&self, language: Language) -> (&'static str, FluentArgs<'_>) {
        match *self {
            Self::Announcement { shifts, agent: false } => words("announcement", [("shifts", shifts.into())]),
            Self::Announcement { shifts, agent: true } => words("announcement-with-agent", [("shifts", shifts.into())]),
            Self::Message { message } => words("message", [("message", message.into())]),
            Self::Summary { groups, next } => words("summary", [("groups", groups.into()), ("next", next.into())]),
            Self::Booked { shifts } => words("summary-booked", [("shifts", shifts.into())]),
            Self::AlreadyYours { shifts } => words("summary-already-yours", [("shifts", shifts.into())]),
            Self::Taken { codes } => words("summary-taken", [("codes", codes.into())]),
            Self::Closed { codes } => words("summary-closed", [("codes", codes.into())]),
            Self::Unknown { codes } => words("summary-unknown", [("codes", codes.into())]),
            Self::GivenBack { codes } => words("summary-given-back", [("codes", codes.into())]),
            Self::NotYours { codes } => words("summary-not-yours", [("codes", codes.into())]),
            Self::NotHandled { codes, limit } => words(
                "summary-not-handled",
                [("codes", codes.into()), ("limit", limit.into())],
            ),
            Self::NextDrop => words("next-drop", []),
            Self::NextRequest => words("next-request", []),
            Self::NextMine => words("next-mine", []),
            Self::NoSuchShift { agent: false } => words("no-such-shift", []),
            Self::NoSuchShift { agent: true } => words("no-such-shift-with-agent", []),
            Self::And => words("and", []),
            Self::Or => words("or", []),
            Self::Ask { shift } => words("ask", [("shift", shift.into())]),
            Self::AskSeveral { codes, count } => {
                words("ask-several", [("codes", codes.into()), ("count", count.into())])
            }
            Self::AskMany { codes } => words("ask-many", [("codes", codes.into())]),
            Self::AskToGiveBack { shift } => words("ask-to-give-back", [("shift", shift.into())]),
            Self::WhichToGiveBack { shifts } => words("which-to-give-back", [("shifts", shifts.into())]),
            Self::Yours { shift, code } => words("yours", [("shift", shift.into()), ("code", code.into())]),
            Self::NotBooked { code } => words("not-booked", [("code", code.into())]),
            Self::DidYouMean { typed, shift } => {
                words("did-you-mean", [("typed", typed.into()), ("shift", shift.into())])
            }
            Self::DidYouMeanOneOf { typed, shifts } => words(
                "did-you-mean-one-of",
                [("typed", typed.into()), ("shifts", shifts.into())],
            ),
            Self::AskKeyword { code } => words("ask-keyword", [("code", code.into())]),
            Self::AskAgain => words("ask-again", []),
            Self::Which { choices } => words("which", [("choices", choices.into())]),
            Self::WhichAppointment { choices } => words("which-appointment", [("choices", choices.into())]),
            Self::ChoiceOfAppointment { number, at, name } => {
                let key = if name.is_some() {
                    "choice-of-appointment-with-name"
                } else {
                    "choice-of-appointment"
                };
                let at = date::soon(at, language);
                words(
                    key,
                    [("number", number.into()), ("at", at.into()), ("name", name.into())],
                )
            }
            Self::NotOffered { command } => words("not-offered", [("command", command.into())]),
            Self::Limit { for_the_day: false } => words("limit", []),
            Self::Limit { for_the_day: true } => words("limit-of-the-day", []),
            Self::AvailableShifts { shifts, more_follow } => {
                let key = if more_follow {
                    "available-shifts-and-more"
                } else {
                    "available-shifts"
                };
                words(key, [("shifts", shifts.into())])
            }
            Self::MoreShifts { shifts, more_follow } => {
                let key = if more_follow {
                    "more-shifts-and-more"
                } else {
                    "more-shifts"
                };
                words(key, [("shifts", shifts.into())])
            }
            Self::NoShifts => words("no-shifts", []),
            Self::NoMoreShifts => words("no-more-shifts", []),
            Self::MyShifts { shifts, more } => {
                let key = if more > 0 { "my-shifts-and-more" } else { "my-shifts" };
                words(key, [("shifts", shifts.into()), ("more", more.into())])
            }
            Self::NoShiftsOfMine => words("no-shifts-of-mine", []),
            Self::DropWhat => words("drop-what", []),
            Self::AgentWillCall => words("agent-will-call", []),
            Self::AgentCanNotCall => words("agent-can-not-call", []),
            Self::AgentAlreadyAsked => words("agent-already-asked", []),
            Self::AgentNotAvailable => words("agent-not-available", []),
            Self::OptedOut { bookings: 0 } => words("opted-out", []),
            Self::OptedOut { bookings } => words("opted-out-with-bookings", [("bookings", bookings.into())]),
            Self::OptedOutAndDeclined => words("opted-out-and-declined", []),
            Self::OptedOutOfAll { text } => words("opted-out-of-all", [("text", text.into())]),
            Self::OptedIn { may_book: true } => words("opted-in", []),
            Self::OptedIn { may_book: false } => words("opted-in-customer", []),
            Self::OptedInAlready => words("opted-in-already", []),
            Self::AppointmentConfirmed => words("appointment-confirmed", []),
            Self::AppointmentDeclined => words("appointment-declined", []),
            Self::Help { agent: false } => words("help", []),
            Self::Help { agent: true } => words("help-with-agent", []),
            Self::HelpForCustomers => words("help-for-customers", []),
            Self::HelpOf { name, help } => words("help-of", [("name", name.into()), ("help", help.into())]),
            Self::HelpWithContact { contact, help } => words(
                "help-with-contact",
                [("contact", contact.into()), ("help", help.into())],
            ),
            Self::NotUnderstood => words("not-understood", []),
            Self::NotUnderstoodByCustomer => words("not-understood-by-customer", []),
            Self::TryAgain => words("try-again", []),
            Self::AccessDenied => words("access-denied", []),
        }
    }
}

/// A key of the catalogues, with what goes into its text.
fn words<'a, const N: usize>(
    key: &'static str,
    arguments: [(&'static str, FluentValue<'a>); N],
) -> (&'static str, FluentArgs<'a>) {
    (key, arguments.into_iter().collect())
}

/// The words for what `text` names, with dates and amounts as the language of those words writes them.
fn say<'a>(language: Language, text: impl Fn(Language) -> (&'static str, FluentArgs<'a>)) -> String {
    let said = [language, Language::English].into_iter().find_map(|language| {
        let (key, arguments) = text(language);
        let bundle = CATALOGUES.get(&language)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    });
    said.unwrap_or_else(|| text(language).0.to_owned())
}

type Catalogue = FluentBundle<FluentResource>;

static CATALOGUES: LazyLock<BTreeMap<Language, Catalogue>> = LazyLock::new(|| {
    Language::ALL
        .into_iter()
        .map(|language| (language, catalogue(language).0))
        .collect()
});

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../wording/en.ftl"),
        Language::Mongolian => include_str!("../wording/mn.ftl"),
    }
}

/// The words by which a text of ours is recognised, in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A text begins with these.
    Beginning(&'static str),
    /// A text that begins with something of the moment has these further on.
    Within(&'static str),
}

/// The marks of all texts of all catalogues.
pub(crate) fn marks() -> impl Iterator<Item = Mark> {
    let lines = Language::ALL.into_iter().flat_map(|language| source(language).lines());
    lines.filter_map(|line| {
        let (_, pattern) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '#']))?;
        if !pattern.starts_with('{') {
            return pattern.split('{').next().map(Mark::Beginning);
        }
        let literals = pattern.split('{').filter_map(|part| part.split_once('}'));
        let longest = literals
            .map(|(_, literal)| literal)
            .max_by_key(|literal| literal.len())?;
        Some(Mark::Within(longest))
    })
}

/// The catalogue, and what is wrong with it; a test keeps the second part empty.
fn catalogue(language: Language) -> (Catalogue, Vec<String>) {
    let source = source(language);
    let mut problems = Vec::new();
    let (resource, parse_errors) = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => (resource, errors),
    };
    problems.extend(parse_errors.iter().map(ToString::to_string));
    let identifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // The invisible isolation marks that Fluent puts around arguments would turn every text into UCS-2.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        problems.extend(errors.iter().map(ToString::to_string));
    }
    (bundle, problems)
}

#[cfg(test)]
mod tests;
