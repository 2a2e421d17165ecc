//! Every text that a person reads, in every language. The words themselves are in `wording/*.ftl` and nowhere else.

mod date;
mod notice;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
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
        let mut arguments = FluentArgs::new();
        let key = match *self {
            Self::Announcement { shifts, agent } => {
                arguments.set("shifts", shifts);
                if agent {
                    "announcement-with-agent"
                } else {
                    "announcement"
                }
            }
            Self::Message { message } => {
                arguments.set("message", message);
                "message"
            }
            Self::Summary { groups, next } => {
                arguments.set("groups", groups);
                arguments.set("next", next);
                "summary"
            }
            Self::Booked { shifts } => {
                arguments.set("shifts", shifts);
                "summary-booked"
            }
            Self::AlreadyYours { shifts } => {
                arguments.set("shifts", shifts);
                "summary-already-yours"
            }
            Self::Taken { codes } => {
                arguments.set("codes", codes);
                "summary-taken"
            }
            Self::Closed { codes } => {
                arguments.set("codes", codes);
                "summary-closed"
            }
            Self::Unknown { codes } => {
                arguments.set("codes", codes);
                "summary-unknown"
            }
            Self::GivenBack { codes } => {
                arguments.set("codes", codes);
                "summary-given-back"
            }
            Self::NotYours { codes } => {
                arguments.set("codes", codes);
                "summary-not-yours"
            }
            Self::NotHandled { codes, limit } => {
                arguments.set("codes", codes);
                arguments.set("limit", limit);
                "summary-not-handled"
            }
            Self::NextDrop => "next-drop",
            Self::NextRequest => "next-request",
            Self::NextMine => "next-mine",
            Self::NoSuchShift { agent: false } => "no-such-shift",
            Self::NoSuchShift { agent: true } => "no-such-shift-with-agent",
            Self::And => "and",
            Self::Or => "or",
            Self::Ask { shift } => {
                arguments.set("shift", shift);
                "ask"
            }
            Self::AskSeveral { codes, count } => {
                arguments.set("codes", codes);
                arguments.set("count", count);
                "ask-several"
            }
            Self::AskMany { codes } => {
                arguments.set("codes", codes);
                "ask-many"
            }
            Self::AskToGiveBack { shift } => {
                arguments.set("shift", shift);
                "ask-to-give-back"
            }
            Self::WhichToGiveBack { shifts } => {
                arguments.set("shifts", shifts);
                "which-to-give-back"
            }
            Self::Yours { shift, code } => {
                arguments.set("shift", shift);
                arguments.set("code", code);
                "yours"
            }
            Self::NotBooked { code } => {
                arguments.set("code", code);
                "not-booked"
            }
            Self::DidYouMean { typed, shift } => {
                arguments.set("typed", typed);
                arguments.set("shift", shift);
                "did-you-mean"
            }
            Self::DidYouMeanOneOf { typed, shifts } => {
                arguments.set("typed", typed);
                arguments.set("shifts", shifts);
                "did-you-mean-one-of"
            }
            Self::AskKeyword { code } => {
                arguments.set("code", code);
                "ask-keyword"
            }
            Self::AskAgain => "ask-again",
            Self::Which { choices } => {
                arguments.set("choices", choices);
                "which"
            }
            Self::WhichAppointment { choices } => {
                arguments.set("choices", choices);
                "which-appointment"
            }
            Self::ChoiceOfAppointment { number, at, name } => {
                arguments.set("number", number);
                arguments.set("at", date::soon(at, language));
                match name {
                    Some(name) => {
                        arguments.set("name", name);
                        "choice-of-appointment-with-name"
                    }
                    None => "choice-of-appointment",
                }
            }
            Self::NotOffered { command } => {
                arguments.set("command", command);
                "not-offered"
            }
            Self::Limit { for_the_day: false } => "limit",
            Self::Limit { for_the_day: true } => "limit-of-the-day",
            Self::AvailableShifts { shifts, more_follow } => {
                arguments.set("shifts", shifts);
                if more_follow {
                    "available-shifts-and-more"
                } else {
                    "available-shifts"
                }
            }
            Self::MoreShifts { shifts, more_follow } => {
                arguments.set("shifts", shifts);
                if more_follow {
                    "more-shifts-and-more"
                } else {
                    "more-shifts"
                }
            }
            Self::NoShifts => "no-shifts",
            Self::NoMoreShifts => "no-more-shifts",
            Self::MyShifts { shifts, more } => {
                arguments.set("shifts", shifts);
                arguments.set("more", more);
                if more > 0 { "my-shifts-and-more" } else { "my-shifts" }
            }
            Self::NoShiftsOfMine => "no-shifts-of-mine",
            Self::DropWhat => "drop-what",
            Self::AgentWillCall => "agent-will-call",
            Self::AgentCanNotCall => "agent-can-not-call",
            Self::AgentAlreadyAsked => "agent-already-asked",
            Self::AgentNotAvailable => "agent-not-available",
            Self::OptedOut { bookings: 0 } => "opted-out",
            Self::OptedOut { bookings } => {
                arguments.set("bookings", bookings);
                "opted-out-with-bookings"
            }
            Self::OptedOutAndDeclined => "opted-out-and-declined",
            Self::OptedOutOfAll { text } => {
                arguments.set("text", text);
                "opted-out-of-all"
            }
            Self::OptedIn { may_book: true } => "opted-in",
            Self::OptedIn { may_book: false } => "opted-in-customer",
            Self::OptedInAlready => "opted-in-already",
            Self::AppointmentConfirmed => "appointment-confirmed",
            Self::AppointmentDeclined => "appointment-declined",
            Self::Help { agent: false } => "help",
            Self::Help { agent: true } => "help-with-agent",
            Self::HelpForCustomers => "help-for-customers",
            Self::HelpOf { name, help } => {
                arguments.set("name", name);
                arguments.set("help", help);
                "help-of"
            }
            Self::HelpWithContact { contact, help } => {
                arguments.set("contact", contact);
                arguments.set("help", help);
                "help-with-contact"
            }
            Self::NotUnderstood => "not-understood",
            Self::NotUnderstoodByCustomer => "not-understood-by-customer",
            Self::TryAgain => "try-again",
            Self::AccessDenied => "access-denied",
        };
        (key, arguments)
    }
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
mod tests {
    use super::*;
    use crate::segment::{Encoding, count};

    const EVERY_TEXT: [Text<'static>; 69] = [
        Text::Announcement {
            shifts: "A",
            agent: false,
        },
        Text::Announcement {
            shifts: "A",
            agent: true,
        },
        Text::Message { message: "A" },
        Text::Summary { groups: "A", next: "B" },
        Text::Booked { shifts: "A" },
        Text::AlreadyYours { shifts: "A" },
        Text::Taken { codes: "A" },
        Text::Closed { codes: "A" },
        Text::Unknown { codes: "A" },
        Text::GivenBack { codes: "A" },
        Text::NotYours { codes: "A" },
        Text::NotHandled { codes: "A", limit: 20 },
        Text::NextDrop,
        Text::NextRequest,
        Text::NextMine,
        Text::NoSuchShift { agent: false },
        Text::NoSuchShift { agent: true },
        Text::AvailableShifts {
            shifts: "A",
            more_follow: false,
        },
        Text::AvailableShifts {
            shifts: "A",
            more_follow: true,
        },
        Text::MoreShifts {
            shifts: "A",
            more_follow: false,
        },
        Text::MoreShifts {
            shifts: "A",
            more_follow: true,
        },
        Text::NoShifts,
        Text::NoMoreShifts,
        Text::MyShifts { shifts: "A", more: 0 },
        Text::MyShifts { shifts: "A", more: 2 },
        Text::NoShiftsOfMine,
        Text::DropWhat,
        Text::AgentWillCall,
        Text::AgentCanNotCall,
        Text::AgentAlreadyAsked,
        Text::AgentNotAvailable,
        Text::OptedOut { bookings: 0 },
        Text::OptedOut { bookings: 2 },
        Text::OptedOutAndDeclined,
        Text::OptedOutOfAll { text: "A" },
        Text::OptedIn { may_book: true },
        Text::OptedIn { may_book: false },
        Text::OptedInAlready,
        Text::AppointmentConfirmed,
        Text::AppointmentDeclined,
        Text::Help { agent: false },
        Text::Help { agent: true },
        Text::HelpForCustomers,
        Text::HelpOf { name: "A", help: "B" },
        Text::HelpWithContact {
            contact: "A",
            help: "B",
        },
        Text::And,
        Text::Or,
        Text::Ask { shift: "A" },
        Text::AskSeveral {
            codes: "A and B",
            count: 2,
        },
        Text::AskSeveral {
            codes: "A, B and C",
            count: 3,
        },
        Text::AskMany { codes: "A, B" },
        Text::AskToGiveBack { shift: "A" },
        Text::WhichToGiveBack { shifts: "A, B" },
        Text::Yours { shift: "A", code: "A" },
        Text::NotBooked { code: "A" },
        Text::DidYouMean { typed: "A", shift: "B" },
        Text::DidYouMeanOneOf {
            typed: "A",
            shifts: "B or C",
        },
        Text::AskKeyword { code: "A" },
        Text::AskAgain,
        Text::Which { choices: "YES A" },
        Text::WhichAppointment { choices: "YES 1" },
        Text::ChoiceOfAppointment {
            number: 1,
            at: DateTime::constant(2026, 11, 20, 8, 0, 0, 0),
            name: None,
        },
        Text::ChoiceOfAppointment {
            number: 2,
            at: DateTime::constant(2026, 11, 20, 8, 30, 0, 0),
            name: Some("Anna"),
        },
        Text::NotOffered { command: "WAIT" },
        Text::Limit { for_the_day: false },
        Text::Limit { for_the_day: true },
        Text::NotUnderstood,
        Text::NotUnderstoodByCustomer,
        Text::TryAgain,
    ];

    #[test]
    fn every_catalogue_is_complete_and_well_formed() {
        for language in Language::ALL {
            let (bundle, problems) = catalogue(language);
            assert_eq!(problems, Vec::<String>::new(), "{language:?}");
            for text in EVERY_TEXT.into_iter().chain([Text::AccessDenied]) {
                let (key, arguments) = text.key_and_arguments(language);
                let message = bundle
                    .get_message(key)
                    .unwrap_or_else(|| panic!("{language:?} lacks {key}"));
                let mut errors = Vec::new();
                bundle.format_pattern(message.value().unwrap(), Some(&arguments), &mut errors);
                assert!(errors.is_empty(), "{language:?} {key}: {errors:?}");
            }
        }
    }

    #[test]
    fn english_stays_within_the_gsm_alphabet_and_two_parts() {
        for text in EVERY_TEXT.into_iter().chain([Text::AccessDenied]) {
            let rendered = text.render(Language::English);
            let counted = count(&rendered);
            assert_eq!(counted.encoding, Encoding::Gsm7, "{rendered}");
            assert!(counted.segments <= 2, "{rendered}");
        }
    }

    #[test]
    fn numbers_take_their_form() {
        let text = |bookings| Text::OptedOut { bookings }.render(Language::English);
        assert!(text(1).contains("Your 1 booked shift stays yours"), "{}", text(1));
        assert!(text(3).contains("Your 3 booked shifts stay yours"), "{}", text(3));
    }
}
