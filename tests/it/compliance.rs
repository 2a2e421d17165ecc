//! How the product keeps the rules of texting that `docs/compliance.md` lists.

use std::fs;

use domain::grammar::{Known, Meaning, Reading};

use crate::sources::{named, root, tests};

/// What the FCC's rule, AWS and Twilio name.
const WORDS: [&str; 15] = [
    "stop",
    "quit",
    "end",
    "revoke",
    "opt out",
    "cancel",
    "unsubscribe",
    "ARRET",
    "OPT-OUT",
    "OPTOUT",
    "REMOVE",
    "TD",
    "STOPALL",
    "STOP ALL",
    "no mas",
];

#[test]
fn the_words_that_the_rules_name_opt_out() {
    for word in WORDS {
        for text in [
            word.to_lowercase(),
            word.to_uppercase(),
            format!("{word}."),
            format!("Please {word}!"),
        ] {
            let meaning = Reading::of(&text).meaning(&Known::default());
            assert!(matches!(meaning, Meaning::OptOut { .. }), "{text}: {meaning:?}");
        }
    }
}

#[test]
fn every_rule_names_tests_that_there_are() {
    let document = fs::read_to_string(root().join("docs/compliance.md")).unwrap();
    let (tests, mut rules) = (tests(), 0);
    // A table's head and the line below it name nothing.
    let rows = document
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| rule |"));
    for row in rows {
        let named: Vec<&str> = named(row).collect();
        assert!(!named.is_empty(), "no test shows it: {row}");
        for test in named {
            assert!(tests.contains(test), "there is no test {test}");
        }
        rules += 1;
    }
    assert!(rules > 0);
}
