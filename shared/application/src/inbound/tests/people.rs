//! Texts as people report them: each text in its situation, its effect, and the exact words of the answer.

use domain::contact::Contact;
use jiff::SignedDuration;
use messaging::Keyword;

use super::questions::Desk;
use crate::fixture::{person, shift};
use crate::port::TextHistories;

/// Who texts, with Anna's name on the contact row.
const ANNA: u32 = 1;
const BEN: u32 = 2;
const STRANGER: u32 = 99;

/// A business number with the shifts that the examples name, and Anna.
fn desk() -> Desk {
    let desk = Desk::new();
    for (id, info) in [
        ("ABC1", "Mon 8 am, till"),
        ("ABC2", "Tue 4 pm"),
        ("XYZ123", "Thu 9 am"),
        ("123", "Fri 9 am"),
        ("AB10", "Wed 6 am"),
        ("WEEKEND", "Sat and Sun"),
        ("DO", "Sun 7 am"),
    ] {
        desk.store.put_shift(shift(id, info));
    }
    for (number, name) in [(ANNA, "Anna"), (BEN, "Ben")] {
        desk.store.put_contact(Contact {
            name: Some(name.to_owned()),
            ..Contact::new(person(number))
        });
    }
    desk
}

/// A desk in which Anna is about to text.
async fn situation(name: &str) -> Desk {
    let mut desk = desk();
    match name {
        "fresh" => {}
        "texted today" => desk.store.note_texted(&person(ANNA), desk.now()),
        "holds ABC1" => assert_eq!(desk.says(ANNA, "ABC1").await.0, "booked"),
        "holds two" => assert_eq!(desk.says(ANNA, "ABC1 ABC2").await.0, "booked"),
        "offered ABC1" => assert_eq!(desk.says(ANNA, "ABC1?").await.0, "asked"),
        "asked about an appointment" => appointments(&mut desk, &["2026-11-28T08:00:00Z"]).await,
        "asked about two appointments" => {
            appointments(&mut desk, &["2026-11-28T08:00:00Z", "2026-11-29T16:00:00Z"]).await;
        }
        other => panic!("no situation {other}"),
    }
    desk
}

async fn appointments(desk: &mut Desk, starts_at: &[&str]) {
    desk.store.put_organisation(
        domain::organisation::DEFAULT_ORGANISATION,
        domain::organisation::Organisation {
            confirm_days_before: 3,
            ..Default::default()
        },
    );
    for starts_at in starts_at {
        desk.make_appointment(ANNA, "Anna", starts_at).await;
    }
    desk.advance(SignedDuration::from_hours(7 * 24));
    desk.take_up_all().await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how many examples there are is worth knowing")]
async fn every_example_has_its_answer() {
    let examples = include_str!("examples.tsv");
    let mut count = 0;
    let mut wrong = Vec::new();
    for (line, example) in (1..).zip(examples.lines()) {
        let [name, text, outcome, answer] = example.split('\t').collect::<Vec<_>>()[..] else {
            panic!("line {line} has not four columns")
        };
        let (said, reply) = situation(name).await.says(ANNA, text).await;
        let reply = reply.unwrap_or_default();
        if (said, reply.as_str()) != (outcome, answer) {
            wrong.push(format!(
                "line {line}, {name}: {text:?}\n  {outcome}: {answer}\n  {said}: {reply}"
            ));
        }
        count += 1;
    }
    println!("{count} examples");
    assert!(
        wrong.is_empty(),
        "{} of {count} examples:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The provider's words for a keyword may be any; ours for something else may be among them.
#[tokio::test]
async fn k55_provider_answers_are_recorded_not_repeated() {
    for (name, body, keyword, outcome, opted_out) in [
        ("fresh", "STOP", Keyword::Stop, "opted-out", true),
        ("fresh", "Arrêt", Keyword::Stop, "opted-out", true),
        ("fresh", "ABC1", Keyword::Stop, "opted-out", true),
        ("fresh", "START", Keyword::Start, "opted-in-already", false),
        ("fresh", "HELP", Keyword::Help, "help", false),
        ("fresh", "Hilfe", Keyword::Help, "help", false),
        ("asked about an appointment", "CANCEL", Keyword::Stop, "opted-out", true),
    ] {
        let desk = situation(name).await;
        let said = desk.says_what_is_answered(ANNA, body, keyword).await;
        assert_eq!(said, (outcome, None), "{name}: {body}");
        assert_eq!(desk.is_opted_out(ANNA).await, opted_out, "{name}: {body}");
        if body == "CANCEL" {
            assert_eq!(desk.confirmation(0), "declined");
        }
    }
    for (number, body) in [(BEN, "UNSTOP"), (BEN, "Ja")] {
        let desk = desk();
        desk.store.put_contact(crate::fixture::opted_out(number));
        let said = desk.says_what_is_answered(number, body, Keyword::Start).await;
        assert_eq!(
            (said, desk.is_opted_out(number).await),
            (("opted-in", None), false),
            "{body}"
        );
    }
    // YES is a word of both, and what it answers was asked by us.
    for (name, outcome, words) in [
        ("offered ABC1", "booked", "Shift booked: ABC1"),
        (
            "asked about an appointment",
            "confirmed",
            "your appointment is confirmed",
        ),
    ] {
        let desk = situation(name).await;
        let (said, reply) = desk.says_what_is_answered(ANNA, "YES", Keyword::Start).await;
        assert_eq!(said, outcome);
        assert!(reply.unwrap().contains(words), "{name}");
    }
    let desk = desk();
    let said = desk.says_what_is_answered(STRANGER, "Arrêt", Keyword::Stop).await;
    assert_eq!((said, desk.is_opted_out(STRANGER).await), (("opted-out", None), true));
}

const HELP: &str = "Texts about your appointments, bookings and bills. Text STOP to unsubscribe, START to get texts again. \
                    Msg & data rates may apply.";
const DENIED: &str = "NOT-AUTHORISED please contact the administrator";
const LIMIT: &str =
    "You have sent many texts in a short time. We will answer again in an hour. To stop all texts text STOP.";

#[tokio::test]
async fn k06_everybody_gets_help_five_times_a_day() {
    let desk = desk();
    desk.store.put_contact(crate::fixture::opted_out(BEN));
    for who in [STRANGER, BEN] {
        for n in 0..8 {
            let (outcome, reply) = desk.says(who, if n % 2 == 0 { "help" } else { "INFO please" }).await;
            assert_eq!((outcome, reply.is_some()), ("help", n < 5), "{who}: {n}");
        }
    }
    assert_eq!(desk.says(98, "Help!").await, ("help", Some(HELP.to_owned())));
    desk.advance(SignedDuration::from_hours(25));
    assert_eq!(desk.says(STRANGER, "HELP").await.1.as_deref(), Some(HELP));
}

#[tokio::test]
async fn help_names_the_organisation_and_its_contact() {
    let desk = desk();
    let salon = domain::organisation::Organisation {
        name: Some("Salon Nord".into()),
        contact: Some("+12025550199".into()),
        ..Default::default()
    };
    desk.store.put_organisation("default", salon);
    let help = desk.says(STRANGER, "HELP").await.1.unwrap();
    assert_eq!(help, format!("Salon Nord: {HELP} Questions: +12025550199"));
    let help = desk.says(ANNA, "HELP").await.1.unwrap();
    assert!(help.starts_with("Salon Nord: Shift booking by text."), "{help}");
    assert!(
        help.contains("STOP") && help.ends_with("Questions: +12025550199"),
        "{help}"
    );
}

#[tokio::test]
async fn customers_get_help_in_their_organisations_name() {
    let desk = desk();
    let salon = domain::organisation::Organisation {
        name: Some("Salon Nord".into()),
        ..Default::default()
    };
    desk.store.put_organisation("north", salon);
    let texted = crate::port::Texted {
        at: desk.now(),
        organisation: Some("north".into()),
    };
    let history = crate::port::TextHistory {
        texted: Some(texted),
        ..Default::default()
    };
    for who in [50, ANNA] {
        desk.store.note(&person(who), &history).await.unwrap();
    }
    let help = desk.says(50, "HELP").await.1.unwrap();
    assert_eq!(help, format!("Salon Nord: {HELP}"));
    let gone = "You are unsubscribed and will get no more texts. Text START to get them again.";
    let everybody = "This holds for everybody who texts you through this service.";
    assert_eq!(desk.says(50, "STOP").await.1, Some(format!("{gone} {everybody}")));
    // Who works for one is not taken for a customer of another.
    for who in [STRANGER, ANNA] {
        assert_eq!(desk.says(who, "STOP").await.1.as_deref(), Some(gone));
    }
}

#[tokio::test]
async fn k07_start_is_confirmed_to_everybody() {
    let desk = desk();
    desk.store.note_texted(&person(50), desk.now());
    for who in [STRANGER, 50] {
        let reply = "You are subscribed. Text STOP to unsubscribe.";
        assert_eq!(
            desk.says(who, "START").await,
            ("opted-in-already", Some(reply.to_owned()))
        );
        assert_eq!(desk.says(who, "stop").await.0, "opted-out");
        let reply = "You are subscribed again. Text STOP to unsubscribe.";
        assert_eq!(desk.says(who, "start").await, ("opted-in", Some(reply.to_owned())));
    }
}

#[tokio::test]
async fn a_booking_stranger_is_refused_once_a_day() {
    let desk = desk();
    for text in ["ABC1", "abc1 please", "REQUEST", "MINE", "ABD9", "is ABC1 free?"] {
        let desk = self::desk();
        assert_eq!(
            desk.says(STRANGER, text).await,
            ("access-denied", Some(DENIED.to_owned())),
            "{text}"
        );
        assert_eq!(desk.says(STRANGER, text).await, ("access-denied", None), "{text}");
        desk.advance(SignedDuration::from_hours(25));
        assert_eq!(desk.says(STRANGER, text).await.1.as_deref(), Some(DENIED), "{text}");
    }
    let helpful = "Sorry, we did not understand. Text HELP for help or STOP to unsubscribe.";
    let hello = desk.says(STRANGER, "the weather is nice here").await;
    assert_eq!(hello, ("not-understood", Some(helpful.to_owned())));
    // A person texted within 90 days is a customer.
    desk.store.note_texted(&person(50), desk.now());
    desk.advance(SignedDuration::from_hours(89 * 24));
    assert_eq!(
        desk.says(50, "ABC1").await,
        ("not-understood", Some(helpful.to_owned()))
    );
    desk.advance(SignedDuration::from_hours(2 * 24));
    assert_eq!(desk.says(50, "ABC1").await, ("access-denied", Some(DENIED.to_owned())));
}

#[tokio::test]
async fn k12_a_varying_machine_gets_five_answers() {
    for pause in [1, 150] {
        let desk = desk();
        let mut answers = 0;
        for n in 0..40 {
            let (outcome, reply) = desk.says(ANNA, &format!("I am away until the {n}th of May")).await;
            assert_eq!(outcome, "not-understood");
            answers += u32::from(reply.is_some());
            desk.advance(SignedDuration::from_secs(pause));
        }
        assert_eq!(answers, 5, "one every {pause} s");
        // A person is there: what changes something is served, and shows it.
        assert_eq!(desk.says(ANNA, "ABC1").await.0, "booked");
        assert!(desk.says(ANNA, "well well").await.1.is_some());
    }
}

#[tokio::test]
async fn k13_repeated_lists_get_ten_answers() {
    for text in ["REQUEST", "MINE", "ABC1?", "agent"] {
        let desk = desk();
        let mut replies = Vec::new();
        for _ in 0..40 {
            replies.extend(desk.says(ANNA, text).await.1);
            desk.advance(SignedDuration::from_secs(1));
        }
        assert_eq!(replies.len(), 11, "{text}");
        assert_eq!(replies.last().map(String::as_str), Some(LIMIT), "{text}");
        // What changes something is always served.
        for (text, outcome) in [
            ("ABC2", "booked"),
            ("DROP ABC2", "given-back"),
            ("STOP", "opted-out"),
            ("START", "opted-in"),
        ] {
            let (said, reply) = desk.says(ANNA, text).await;
            assert_eq!((said, reply.is_some()), (outcome, true), "{text}");
        }
        desk.advance(SignedDuration::from_hours(1));
        assert!(desk.says(ANNA, text).await.1.is_some(), "{text}: an hour has passed");
    }
}

#[tokio::test]
async fn confirming_a_question_equals_the_bare_code() {
    for (asked, code) in [
        ("is ABC1 free?", "ABC1"),
        ("ABC1 and ABC2, are they free?", "ABC1 ABC2"),
        ("AB1O", "AB10"),
    ] {
        let alone = desk().says(ANNA, code).await;
        let desk = desk();
        let (_, question) = desk.says(ANNA, asked).await;
        assert!(
            question.is_some_and(|question| question.contains("Text YES")),
            "{asked}"
        );
        assert_eq!(desk.says(ANNA, "yes").await, alone, "{asked}");
        // It was answered.
        assert_ne!(desk.says(ANNA, "yes").await.0, "booked", "{asked}");
    }
}

#[tokio::test]
async fn a_shift_taken_meanwhile_is_reported_taken() {
    let desk = desk();
    desk.says(ANNA, "is ABC1 free?").await;
    assert_eq!(desk.says(BEN, "ABC1").await.0, "booked");
    let taken = "Request summary - Shift taken: ABC1. Text REQUEST for available shifts.";
    assert_eq!(
        desk.says(ANNA, "yes please").await,
        ("nothing-booked", Some(taken.to_owned()))
    );
    desk.store.delete_shift("ABC2");
    desk.says(ANNA, "is AB10 free?").await;
    desk.store.delete_shift("AB10");
    let (outcome, reply) = desk.says(ANNA, "YES").await;
    assert_eq!(outcome, "nothing-booked");
    assert!(reply.unwrap().contains("Shift closed: AB10"));
}

#[tokio::test]
async fn questions_expire_or_are_replaced() {
    let desk = desk();
    desk.says(ANNA, "ABC1?").await;
    desk.says(ANNA, "ABC2?").await;
    let booked = desk.says(ANNA, "YES").await.1.unwrap();
    assert!(booked.contains("Shift booked: ABC2 (Tue 4 pm)."), "{booked}");
    desk.says(ANNA, "ABC1?").await;
    desk.advance(SignedDuration::from_mins(30));
    assert_ne!(desk.says(ANNA, "YES").await.0, "booked");
}

#[tokio::test]
async fn only_yes_gives_a_shift_back() {
    let desk = desk();
    assert_eq!(desk.says(ANNA, "ABC1").await.0, "booked");
    assert_eq!(desk.says(ANNA, "I'm sick").await.0, "asked-to-give-back");
    let still = desk.says(ANNA, "no").await;
    assert_eq!(
        still.1.as_deref(),
        Some("ABC1 (Mon 8 am, till) is yours. To give it back text DROP ABC1.")
    );
    assert_eq!(desk.says(ANNA, "can't do ABC1").await.0, "asked-to-give-back");
    assert_eq!(desk.says(ANNA, "yes").await.0, "given-back");
    assert_eq!(desk.says(BEN, "ABC1").await.0, "booked");
}
