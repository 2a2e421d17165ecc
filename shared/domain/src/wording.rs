//! Every text that a person reads, in every language. The words themselves are in `wording/*.ftl` and nowhere else.

mod date;
mod notice;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::language::Language;
use crate::notice::Notice;

/// A text, with what goes into it.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    Announcement { shifts: &'a str, agent: bool },
    Message { message: &'a str },
    Summary { groups: &'a str, next: &'a str },
    Booked { shifts: &'a str },
    AlreadyYours { shifts: &'a str },
    Taken { codes: &'a str },
    Closed { codes: &'a str },
    Unknown { codes: &'a str },
    GivenBack { codes: &'a str },
    NotYours { codes: &'a str },
    NotHandled { codes: &'a str, limit: usize },
    NextDrop,
    NextRequest,
    NextMine,
    NoSuchShift { agent: bool },
    AvailableShifts { shifts: &'a str, more_follow: bool },
    MoreShifts { shifts: &'a str, more_follow: bool },
    NoShifts,
    NoMoreShifts,
    MyShifts { shifts: &'a str, more: usize },
    NoShiftsOfMine,
    DropWhat,
    AgentWillCall,
    AgentCanNotCall,
    AgentAlreadyAsked,
    AgentNotAvailable,
    OptedOut { bookings: usize },
    OptedIn,
    AppointmentConfirmed,
    AppointmentDeclined,
    Help { agent: bool },
    NotUnderstood,
    TryAgain,
    AccessDenied,
}

impl Text<'_> {
    /// The text in `language`; what that catalogue lacks comes in English.
    pub fn render(&self, language: Language) -> String {
        say(language, |_| self.key_and_arguments())
    }

    fn key_and_arguments(&self) -> (&'static str, FluentArgs<'_>) {
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
            Self::OptedIn => "opted-in",
            Self::AppointmentConfirmed => "appointment-confirmed",
            Self::AppointmentDeclined => "appointment-declined",
            Self::Help { agent: false } => "help",
            Self::Help { agent: true } => "help-with-agent",
            Self::NotUnderstood => "not-understood",
            Self::TryAgain => "try-again",
            Self::AccessDenied => "access-denied",
        };
        (key, arguments)
    }
}

/// What a notice says in `language`; what that catalogue lacks comes in English.
pub(crate) fn notice(notice: &Notice, language: Language) -> String {
    say(language, |language| notice::key_and_arguments(notice, language))
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

/// The catalogue, and what is wrong with it; a test keeps the second part empty.
fn catalogue(language: Language) -> (Catalogue, Vec<String>) {
    let source = match language {
        Language::English => include_str!("../wording/en.ftl"),
        Language::Mongolian => include_str!("../wording/mn.ftl"),
    };
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

    const EVERY_TEXT: [Text<'static>; 40] = [
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
        Text::OptedIn,
        Text::AppointmentConfirmed,
        Text::AppointmentDeclined,
        Text::Help { agent: false },
        Text::Help { agent: true },
        Text::NotUnderstood,
        Text::TryAgain,
    ];

    #[test]
    fn every_catalogue_is_complete_and_well_formed() {
        for language in Language::ALL {
            let (bundle, problems) = catalogue(language);
            assert_eq!(problems, Vec::<String>::new(), "{language:?}");
            for text in EVERY_TEXT.into_iter().chain([Text::AccessDenied]) {
                let (key, arguments) = text.key_and_arguments();
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
