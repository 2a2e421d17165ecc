//! Every notice in every language.

use std::collections::BTreeSet;

use fluent_bundle::FluentValue;

use super::*;
use crate::message::Kind;
use crate::money::Money;
use crate::segment::{Encoding, count};
use crate::wording::catalogue;

/// One of each, as long as they come in practice.
fn every_notice() -> Vec<Notice> {
    let at = crate::civil::LocalTime::from(jiff::civil::date(2027, 3, 28).at(12, 30, 0, 0));
    let day = "2027-09-28".parse().unwrap();
    let amount = Money::parse("MNT 1,250,000", None).unwrap();
    let [place, customer, bill] = ["Salon Alder, Main Street 12", "Anna Maria", "B-2027-03-0012"].map(str::to_owned);
    let staff = |change| Notice::StaffAppointment {
        customer: customer.clone(),
        place: place.clone(),
        at,
        change,
    };
    let answered = |confirmed| Notice::AppointmentAnswered {
        customer: customer.clone(),
        at,
        confirmed,
    };
    let what = "Driving lesson with Bold".to_owned();
    vec![
        Notice::OneTimeCode {
            code: "012345".into(),
            minutes: 5,
        },
        Notice::OneTimeCode {
            code: "012345".into(),
            minutes: 1,
        },
        Notice::ContractExpiry {
            contract: "A-12/2027".into(),
            ends_on: day,
        },
        Notice::BillIssued {
            bill: bill.clone(),
            amount,
            due_on: day,
        },
        Notice::PaymentConfirmed {
            bill: bill.clone(),
            amount,
        },
        Notice::BillOverdue {
            bill,
            amount,
            due_on: day,
        },
        Notice::BookingCreated { what: what.clone(), at },
        Notice::BookingChanged { what: what.clone(), at },
        Notice::BookingCancelled { what, at },
        Notice::AppointmentScheduled {
            place: place.clone(),
            at,
        },
        Notice::AppointmentRescheduled {
            place: place.clone(),
            at,
        },
        Notice::AppointmentCancelled {
            place: place.clone(),
            at,
        },
        Notice::AppointmentConfirmation {
            place: place.clone(),
            at,
        },
        answered(true),
        answered(false),
        staff(AppointmentChange::Scheduled),
        staff(AppointmentChange::Rescheduled),
        staff(AppointmentChange::Cancelled),
        Notice::ReviewRequest {
            place: place.clone(),
            link: None,
        },
        Notice::ReviewRequest {
            place: place.clone(),
            link: Some("https://example.com/review/12".into()),
        },
        Notice::ShiftReminder {
            shift: "ABC123 Warehouse, 15/08 5h".into(),
            at,
        },
        Notice::BudgetAlert {
            used: 32_000,
            limit: 40_000,
            month: "2027-03".into(),
        },
        Notice::Announcement {
            text: "We are closed on Friday.".into(),
        },
    ]
}

#[test]
fn every_notice_says_everything_in_every_language() {
    for language in Language::ALL {
        let (bundle, problems) = catalogue(language);
        assert_eq!(problems, Vec::<String>::new(), "{language:?}");
        for notice in every_notice() {
            let (key, arguments) = key_and_arguments(&notice, language);
            let message = bundle
                .get_message(key)
                .unwrap_or_else(|| panic!("{language:?} lacks {key}"));
            let mut errors = Vec::new();
            let text = bundle.format_pattern(message.value().unwrap(), Some(&arguments), &mut errors);
            assert!(errors.is_empty(), "{language:?} {key}: {errors:?}");
            for (name, value) in arguments.iter() {
                let value = match value {
                    FluentValue::String(value) => value.clone().into_owned(),
                    FluentValue::Number(value) => value.as_string().into_owned(),
                    other => panic!("{key} is given {other:?}"),
                };
                assert!(text.contains(&value), "{language:?} {key} leaves out {name}: {text}");
            }
        }
    }
}

#[test]
fn every_requestable_kind_has_a_notice() {
    let kinds: BTreeSet<Kind> = every_notice().iter().map(Notice::kind).collect();
    let asked: BTreeSet<Kind> = Notice::ON_REQUEST.into();
    assert!(asked.is_subset(&kinds));
}

#[test]
fn english_is_gsm_and_at_most_two_parts() {
    for notice in every_notice() {
        let text = notice.render(Language::English);
        let counted = count(&text);
        assert_eq!(counted.encoding, Encoding::Gsm7, "{text}");
        assert!(counted.segments <= 2, "{text}");
    }
}

#[test]
fn codes_take_one_part_and_others_three() {
    for notice in every_notice() {
        let text = notice.render(Language::Mongolian);
        let most = if notice.kind() == Kind::OneTimeCode { 1 } else { 3 };
        assert!(count(&text).segments <= most, "{text}");
    }
}

#[test]
fn each_language_says_it_in_its_own_words() {
    let bill = Notice::BillIssued {
        bill: "B-7".into(),
        amount: Money::parse("125000 MNT", None).unwrap(),
        due_on: "2027-03-28".parse().unwrap(),
    };
    let code = |minutes| Notice::OneTimeCode {
        code: "012345".into(),
        minutes,
    };
    let confirmation = Notice::AppointmentConfirmation {
        place: "Salon Alder".into(),
        at: jiff::civil::date(2027, 3, 28).at(9, 0, 0, 0).into(),
    };
    for (notice, english, mongolian) in [
        (
            bill,
            "Bill B-7: MNT 125,000. Please pay by March 28, 2027.",
            "Нэхэмжлэх B-7: 125,000₮. Төлөх эцсийн хугацаа: 2027.03.28.",
        ),
        (
            code(5),
            "Your code is 012345. It is valid for 5 minutes. Do not share it with anyone.",
            "Нэг удаагийн код: 012345. 5 минут хүчинтэй. Хэнд ч бүү хэлээрэй.",
        ),
        (
            code(1),
            "Your code is 012345. It is valid for 1 minute. Do not share it with anyone.",
            "Нэг удаагийн код: 012345. 1 минут хүчинтэй. Хэнд ч бүү хэлээрэй.",
        ),
        (
            confirmation,
            "Please confirm your appointment at Salon Alder on Sun, Mar 28, 2027 at 9:00 AM. Reply YES to confirm \
             or NO to decline.",
            "Цагаа баталгаажуулна уу: Salon Alder, 2027.03.28 (Ням) 09:00. Ирэх бол YES, ирэхгүй бол NO гэж \
             хариулна уу.",
        ),
    ] {
        assert_eq!(notice.render(Language::English), english);
        assert_eq!(notice.render(Language::Mongolian), mongolian);
    }
}

#[test]
fn typed_punctuation_does_not_force_unicode() {
    let notice = Notice::Announcement {
        text: "We’re closed – sorry…".into(),
    };
    let text = notice.render(Language::English);
    assert!(text.starts_with("We're closed - sorry... "), "{text}");
}
