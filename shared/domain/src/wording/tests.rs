//! Every text in every language.

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
fn english_is_gsm_and_at_most_two_parts() {
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
