//! Faults that were fixed.

use super::examples::*;
use super::*;
use crate::language::Language;
use crate::wording::{Mark, Text, marks};

/// Verbs of reactions, without what they quote; those that we know and others.
pub(super) const VERBS: &[&str] = &[
    "Liked",
    "Loved",
    "Disliked",
    "Laughed at",
    "Emphasized",
    "Questioned",
    "Reacted 🔥 to",
    "Removed a heart from",
    "Removed a like from",
    "Removed 👍 from",
    "👍 to",
    "❤️ to",
    "🎉 to",
    "Le gustó",
    "Le encantó",
    "No le gustó",
    "Reaccionó con 😂 a",
    "A aimé",
    "A adoré",
    "N’a pas aimé",
    "A réagi avec 🔥 à",
    "A supprimé un cœur de",
    // Not in the vocabulary.
    "Gefällt",
    "Curtiu",
    "Ha messo Mi piace a",
    "Нравится",
    "Lubi",
];

/// A quotation in the marks that phones use, whole, without its closing mark, and cut off.
pub(super) fn quotations(text: &str) -> Vec<String> {
    let cut: String = text.chars().take(40).collect();
    vec![
        format!("“{text}”"),
        format!("\"{text}\""),
        format!("« {text} »"),
        format!("„{text}“"),
        format!("“{text}"),
        format!("“{cut}…”"),
        format!("“\u{200a}{text}\u{200a}”"),
    ]
}

/// Texts of ours of every kind.
pub(super) fn ours() -> Vec<String> {
    let shifts = "ABC1 Mon 8 am, till; ABC2 Tue 4 pm";
    let mut texts = Vec::new();
    for language in Language::ALL {
        for text in [
            Text::Announcement { shifts, agent: true },
            Text::Message {
                message: "ABC1 and ABC2 are free, who wants them?",
            },
            Text::AvailableShifts {
                shifts,
                more_follow: true,
            },
            Text::MoreShifts {
                shifts,
                more_follow: false,
            },
            Text::MyShifts { shifts, more: 2 },
            Text::NoSuchShift { agent: false },
            Text::DropWhat,
            Text::Help { agent: true },
            Text::NotUnderstood,
            Text::OptedOut { bookings: 2 },
            Text::AppointmentConfirmed,
        ] {
            texts.push(text.render(language));
        }
    }
    for mark in marks() {
        texts.push(match mark {
            Mark::Beginning(words) => format!("{words}ABC1"),
            Mark::Within(words) => format!("ABC1{words}ABC2"),
        });
    }
    texts
}

#[test]
fn k01_reactions_never_book() {
    let world = World::default();
    let mut count = 0;
    for ours in ours()
        .iter()
        .filter(|ours| ours.chars().filter(|letter| letter.is_alphanumeric()).count() > 12)
    {
        for verb in VERBS {
            for quotation in quotations(ours) {
                let text = format!("{verb} {quotation}");
                let is_known = !["Gefällt", "Curtiu", "Ha messo", "Нравится", "Lubi"]
                    .iter()
                    .any(|other| verb.starts_with(other));
                let begins_with_code = ours.starts_with("ABC1");
                if is_known || !begins_with_code {
                    assert_eq!(world.meaning(&text), Meaning::Silence, "{text}");
                    count += 1;
                }
            }
        }
    }
    count += assert_all(
        &world,
        &all_mean(
            &[
                "Liked “ABC1”",
                "liked \"ABC1 Mon 8 am\"",
                "Loved “Liked “These are the shifts available: ABC1””",
                "Loved “Liked “These are the shifts available: ABC1",
                "👍 to “ABC1 Mon 8 am",
                "Liked an image",
                "Laughed at a photo",
                "Reacted 😂 to an image",
                "👍 to an image",
                "A aimé une image",
                "Le encantó una imagen",
                "\u{200b}👍\u{200b} to “\u{200a}ABC1\u{200a}”",
            ],
            &Meaning::Silence,
        ),
    );
    println!("{count} reactions checked");
    // Words of one's own are no reaction.
    assert_all(
        &world,
        &[
            ("I'll take “ABC1”", book(&["ABC1"])),
            ("yes “ABC1”", book(&["ABC1"])),
            ("\"ABC1\"", book(&["ABC1"])),
            ("I liked ABC1", ask(&["ABC1"])),
            ("I loved the shift “ABC1” please", ask(&["ABC1"])),
            ("stop “Available shifts: ABC1 Mon 8 am”", ask_keyword("ABC1")),
            ("ABC1 please “These are the shifts available: ABC1”", ask(&["ABC1"])),
        ],
    );
}

#[test]
fn k02_words_about_a_shift_do_not_book() {
    let world = World::default();
    for text in [
        "Is ABC1 still available?",
        "ABC1 doesn't work for me",
        "swap ABC1 for XYZ2",
        "ABC1?",
        "does anyone want ABC1",
        "who is on ABC1",
        "I had ABC1 last week",
        "what does ABC1 pay",
        "tell Bob ABC1 is full",
        "ABC1 is too early",
        "¿a qué hora empieza ABC1?",
        "ABC1 c'est où ?",
        "ABC1 хэдэн цагт эхлэх вэ",
    ] {
        let meaning = world.meaning(text);
        assert!(
            matches!(meaning, Meaning::Ask { .. } | Meaning::NotBooked { .. }),
            "{text}: {meaning:?}"
        );
    }
}

#[test]
fn k03_everyday_opt_outs_are_understood() {
    let world = World::default();
    for text in [
        "unsub",
        "lose my number",
        "wrong number, stop",
        "stop the reminders",
        "СТОП",
        "зогс",
        "baja",
    ] {
        assert_eq!(world.meaning(text), opt_out(text));
    }
}

#[test]
fn k04_mistyped_codes_are_booked_or_asked_about() {
    assert_all(
        &World::default(),
        &[
            ("АВС1", book(&["ABC1"])),
            ("Abc1.Abc2", book(&["ABC1", "ABC2"])),
            ("AB1O", did_you_mean("AB1O", "AB10")),
            ("ABCl", did_you_mean("ABCl", "ABC1")),
            ("A B C 1", did_you_mean("A B C 1", "ABC1")),
            ("ABC 1", did_you_mean("ABC 1", "ABC1")),
            ("XYZ 123", did_you_mean("XYZ 123", "XYZ123")),
            ("XYZ-123 please", did_you_mean("XYZ-123", "XYZ123")),
        ],
    );
}

#[test]
fn k05_customers_answer_in_their_own_words() {
    let world = World {
        questions: vec![Asked::Appointment { is_answered: false }],
        ..World::default()
    };
    assert_all(
        &world,
        &all_mean(&["Y", "OK", "Confirm", "👍", "Ирнэ"], &answer(true, "")),
    );
    assert_all(
        &world,
        &[
            ("N", answer(false, "")),
            ("no cant make it", answer(false, "cant make it")),
        ],
    );
}

#[test]
fn k08_yes_never_subscribes() {
    for questions in [
        vec![],
        vec![Asked::Appointment { is_answered: false }],
        vec![
            Asked::Appointment { is_answered: false },
            Asked::Appointment { is_answered: false },
        ],
    ] {
        let world = World {
            questions,
            ..World::default()
        };
        for text in ["YES", "yes please", "sí", "oui", "тийм", "ok", "Y"] {
            let meaning = world.meaning(text);
            assert!(!matches!(meaning, Meaning::OptIn { .. }), "{text}: {meaning:?}");
        }
    }
}

#[test]
fn k09_numbers_choose_among_appointments() {
    let world = World {
        questions: vec![
            Asked::Appointment { is_answered: false },
            Asked::Appointment { is_answered: false },
        ],
        ..World::default()
    };
    let chosen = |question, yes| Meaning::Answer {
        question,
        yes,
        remark: None,
    };
    assert_all(
        &world,
        &[
            ("YES", Meaning::WhichQuestion { yes: true }),
            ("YES 1", chosen(0, true)),
            ("YES 2", chosen(1, true)),
            ("no 2", chosen(1, false)),
        ],
    );
}

#[test]
fn k10_thanks_after_an_answer_are_silent() {
    let world = World {
        texted_today: true,
        ..World::default()
    };
    assert_all(
        &world,
        &all_mean(&["Thanks!", "thank you so much", "Ok thanks", "👍"], &Meaning::Silence),
    );
}

#[test]
fn k11_cancel_opts_out_and_declines() {
    let cancel = |declines| Meaning::OptOut {
        words: "Cancel".to_owned(),
        declines,
    };
    let asked = |questions: Vec<Asked>| World {
        questions,
        ..World::default()
    };
    assert_eq!(asked(vec![]).meaning("Cancel"), cancel(None));
    assert_eq!(
        asked(vec![Asked::Appointment { is_answered: false }]).meaning("Cancel"),
        cancel(Some(0))
    );
    assert_eq!(
        asked(vec![
            Asked::Appointment { is_answered: false },
            Asked::Appointment { is_answered: false }
        ])
        .meaning("Cancel"),
        cancel(None)
    );
    assert_eq!(
        asked(vec![Asked::Appointment { is_answered: false }]).meaning("STOP"),
        opt_out("STOP")
    );
}
