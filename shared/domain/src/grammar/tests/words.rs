//! The vocabulary's files.

use std::collections::BTreeSet;

use super::super::vocabulary::Vocabulary;

/// Phrases of several sections that are meant to be.
const SEVERAL: &[&str] = &["SI"];

#[test]
fn vocabulary_files_have_no_mistakes() {
    assert_eq!(Vocabulary::load_for_test().1, Vec::<String>::new());
}

#[test]
fn no_phrase_stands_in_two_classes() {
    let mut wrong = Vec::new();
    for sections in Vocabulary::sections() {
        for (phrase, names) in sections {
            // A section of two classes says so of each of its phrases, which a product may hold too.
            let classes = |name: &&str| name.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
            let all: BTreeSet<String> = names.iter().flat_map(classes).collect();
            if !names.iter().any(|name| classes(name) == all) && !SEVERAL.contains(&phrase.as_str()) {
                wrong.push(format!("{phrase}: {names:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
