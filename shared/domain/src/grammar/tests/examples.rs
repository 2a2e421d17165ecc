//! The examples of the grammar's rules.

use super::*;

pub(super) fn book(ids: &[&str]) -> Meaning {
    Meaning::Book(Codes {
        ids: ids.iter().map(ToString::to_string).collect(),
        ..Codes::default()
    })
}

pub(super) fn ask(ids: &[&str]) -> Meaning {
    Meaning::Ask {
        ids: ids.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn dropping(id: &str) -> Meaning {
    Meaning::Drop(Codes {
        ids: vec![id.to_owned()],
        ..Codes::default()
    })
}

pub(super) fn ask_drop(id: &str) -> Meaning {
    Meaning::AskDrop { id: id.to_owned() }
}

pub(super) fn yours(id: &str) -> Meaning {
    Meaning::Yours { id: id.to_owned() }
}

pub(super) fn not_booked(id: &str) -> Meaning {
    Meaning::NotBooked { id: id.to_owned() }
}

pub(super) fn ask_keyword(id: &str) -> Meaning {
    Meaning::AskKeyword { id: id.to_owned() }
}

pub(super) fn did_you_mean(typed: &str, id: &str) -> Meaning {
    Meaning::DidYouMean {
        typed: typed.to_owned(),
        ids: vec![id.to_owned()],
    }
}

pub(super) fn opt_out(words: &str) -> Meaning {
    Meaning::OptOut {
        words: words.to_owned(),
        declines: None,
    }
}

pub(super) fn answer(yes: bool, remark: &str) -> Meaning {
    Meaning::Answer {
        question: 0,
        yes,
        remark: (!remark.is_empty()).then(|| remark.to_owned()),
    }
}

#[track_caller]
pub(super) fn assert_all(world: &World, cases: &[(&str, Meaning)]) -> usize {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let meaning = world.meaning(text);
        if meaning != *expected {
            wrong.push(format!("{text:?}: {meaning:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    cases.len()
}

pub(super) fn all_mean(texts: &[&'static str], meaning: &Meaning) -> Vec<(&'static str, Meaning)> {
    texts.iter().map(|text| (*text, meaning.clone())).collect()
}

#[test]
fn every_example_has_its_meaning() {
    let world = World::default();
    let one = || book(&["ABC1"]);
    let mut count = assert_all(
        &world,
        &[
            ("ABC1", one()),
            ("abc1, abc2.", book(&["ABC1", "ABC2"])),
            ("ABC1 and ABC2 please", book(&["ABC1", "ABC2"])),
            ("I'll take ABC1 please", one()),
            ("can I take ABC1", one()),
            ("I'll pick up ABC1", one()),
            ("I'm free for ABC1", one()),
            ("give me ABC1", one()),
            ("ABC1 for me please", one()),
            ("Good morning, ABC1 please. Regards Anna", one()),
            ("ABC1 on Monday", one()),
            ("ABC1 Mon 8am", one()),
            ("yes to ABC1", one()),
            ("sign me up for ABC1", one()),
            ("yes ABC1", one()),
            ("ABC1 👍", one()),
            ("ok ABC1 thanks Anna", one()),
            ("ABC1 Mon 8 am", one()),
            ("Abc1.Abc2", book(&["ABC1", "ABC2"])),
            ("АВС1", one()),
            ("авъя ABC1", one()),
            ("quiero ABC1 por favor", one()),
            ("je prends ABC1 merci", one()),
            ("weekend please", book(&["WEEKEND"])),
            ("DO", book(&["DO"])),
            (
                "ABC1 XYZ999",
                Meaning::Book(Codes {
                    ids: vec!["ABC1".to_owned()],
                    misses: vec!["XYZ999".to_owned()],
                    not_handled: vec![],
                }),
            ),
            ("ABC1?", ask(&["ABC1"])),
            ("Is ABC1 still available?", ask(&["ABC1"])),
            ("what time does ABC1 start", ask(&["ABC1"])),
            ("cover ABC1", ask(&["ABC1"])),
            ("give ABC1 to Will", ask(&["ABC1"])),
            ("ABC1 on Tuesday", ask(&["ABC1"])),
            ("ABC1 later", ask(&["ABC1"])),
            ("ABC1 HELP", ask(&["ABC1"])),
            ("ABC1 at 9", ask(&["ABC1"])),
            ("do ABC1", ask(&["ABC1"])),
            ("not ABC1, ABC2 please", ask(&["ABC1", "ABC2"])),
            ("ABC1 yes in 2 hours", ask(&["ABC1"])),
            ("swap ABC1 for Anna", ask(&["ABC1"])),
            ("can't do ABC1", not_booked("ABC1")),
            ("Sorry I'm unable to do ABC1", not_booked("ABC1")),
            ("no ABC1", not_booked("ABC1")),
            ("Sorry, ABC1", not_booked("ABC1")),
            ("ABC1 ❌", not_booked("ABC1")),
            ("AB1O", did_you_mean("AB1O", "AB10")),
            ("ABCl", did_you_mean("ABCl", "ABC1")),
            ("abc-1", did_you_mean("abc-1", "ABC1")),
            ("XYZ 123", did_you_mean("XYZ 123", "XYZ123")),
            ("ABD9", Meaning::NoSuchShift),
            ("STOP ABC1", ask_keyword("ABC1")),
            ("CANCEL ABC1", ask_keyword("ABC1")),
            ("Liked “These are the shifts available: ABC1 …”", Meaning::Silence),
            ("👍 to “ABC1 Mon 8 am”", Meaning::Silence),
            ("A réagi avec 🔥 à « Available shifts: ABC1 »", Meaning::Silence),
            ("Loved an image", Meaning::Silence),
            ("I do", Meaning::NotUnderstood),
            ("I can stop by at 5", Meaning::NotUnderstood),
            ("NO", Meaning::NotUnderstood),
            ("drop my shift ABC1 please", dropping("ABC1")),
            ("drop ABC1 I'm sick", dropping("ABC1")),
            ("drop ABC1 the kids are sick", dropping("ABC1")),
            ("drop ABC1 I can't come", dropping("ABC1")),
            ("any shifts?", Meaning::Request),
            ("what's available", Meaning::Request),
        ],
    );
    let opt_outs = [
        "STOP",
        "CANCEL",
        "Stop. Anna",
        "STOP, wrong number",
        "stop the reminders",
        "lose my number",
        "unsub",
        "stpo",
        "СТОП",
        "зогсооно уу",
        "baja",
    ];
    let opt_outs: Vec<_> = opt_outs.iter().map(|text| (*text, opt_out(text))).collect();
    count += assert_all(&world, &opt_outs);
    let texted = World {
        texted_today: true,
        ..World::default()
    };
    count += assert_all(&texted, &all_mean(&["thanks!", "OK", "👍"], &Meaning::Silence));
    let holder = World {
        to_come: vec!["ABC1"],
        ..World::default()
    };
    count += assert_all(
        &holder,
        &all_mean(
            &[
                "I'm sick",
                "can't come tomorrow",
                "cancel my shift",
                "can't do ABC1",
                "CANCEL ABC1",
            ],
            &ask_drop("ABC1"),
        ),
    );
    count += assert_all(
        &holder,
        &all_mean(&["sick, ABC1", "ABC1?", "don't drop ABC1"], &yours("ABC1")),
    );
    let asked = World {
        questions: vec![Asked::Appointment { is_answered: false }],
        ..World::default()
    };
    count += assert_all(
        &asked,
        &all_mean(
            &[
                "Y",
                "yep",
                "ok",
                "👍",
                "Confirmed",
                "Yes, see you then",
                "No problem!",
                "заа",
                "Ирнэ",
                "sí",
                "oui",
            ],
            &answer(true, ""),
        ),
    );
    count += assert_all(
        &asked,
        &[
            ("yes in 2 hours", answer(true, "in 2 hours")),
            ("nope", answer(false, "")),
            ("no thanks", answer(false, "")),
            ("can't", answer(false, "")),
            ("Ирэхгүй", answer(false, "")),
            ("👎", answer(false, "")),
            ("No, I have the flu", answer(false, "I have the flu")),
            ("yes but only until 3", Meaning::AskAgain { question: 0 }),
            ("maybe", Meaning::AskAgain { question: 0 }),
            ("Ok sorry can't make it", Meaning::AskAgain { question: 0 }),
            ("No thanks, maybe later", answer(false, "maybe later")),
            ("cancel my appointment", answer(false, "cancel my appointment")),
        ],
    );
    let offered = World {
        questions: vec![Asked::Offer {
            codes: vec!["ABC1".to_owned()],
        }],
        ..World::default()
    };
    count += assert_all(
        &offered,
        &all_mean(&["I'll take it", "book it", "please"], &answer(true, "")),
    );
    let two = World {
        questions: vec![
            Asked::Appointment { is_answered: false },
            Asked::Appointment { is_answered: false },
        ],
        ..World::default()
    };
    count += assert_all(&two, &[("yes", Meaning::WhichQuestion { yes: true })]);
    println!("{count} examples checked");
}
