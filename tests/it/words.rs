//! Words that the sources do not use, and documents that they may cite.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sources::root;

/// Archaic or unidiomatic words, and names that were replaced.
const FORBIDDEN: &[&str] = &[
    "can not",
    "whoever",
    "whom",
    "in vain",
    "in_vain",
    "errand",
    "deed",
    "tally",
    "allotment",
    "heed",
    "gathering",
    "passed_over",
];

/// What people may text, this list, and texts of others.
const EXCEPTED: [&str; 3] = ["shared/domain/vocabulary", "tests/it/words.rs", "Cargo.lock"];

/// The text files of the repository with their paths from its root.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            let is_foreign = ["target", ".git"].contains(&shown.as_str()) || EXCEPTED.contains(&shown.as_str());
            if is_foreign {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                texts.push((shown, text));
            }
        }
    }
    texts
}

/// Whether the line has the word, with nothing of a word on either side.
fn has(line: &str, word: &str) -> bool {
    let is_apart = |char: Option<char>| char.is_none_or(|char| !char.is_alphanumeric());
    line.match_indices(word)
        .any(|(at, _)| is_apart(line[..at].chars().next_back()) && is_apart(line[at + word.len()..].chars().next()))
}

/// The Markdown files that a line names without an address.
fn cited(line: &str) -> impl Iterator<Item = &Path> {
    let words = line.split(|char: char| !(char.is_alphanumeric() || "-_./:<>".contains(char)));
    words
        .map(|word| word.trim_end_matches('.').trim_start_matches("../"))
        .filter(|word| word.ends_with(".md") && !word.contains("//") && !word.contains('<'))
        .map(Path::new)
}

#[test]
fn words_that_nobody_says_stay_away() {
    let mut found = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            let words = FORBIDDEN.iter().filter(|word| has(&line, word));
            found.extend(words.map(|word| format!("{path}:{}: {word}", number + 1)));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn documents_that_are_cited_exist() {
    let texts = texts();
    let names: BTreeSet<PathBuf> = texts.iter().map(|(path, _)| PathBuf::from(path)).collect();
    let mut dead = Vec::new();
    for (path, text) in &texts {
        for (number, line) in text.lines().enumerate() {
            let unknown = cited(line).filter(|cited| !names.iter().any(|name| name.ends_with(cited)));
            dead.extend(unknown.map(|cited| format!("{path}:{}: {}", number + 1, cited.display())));
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn every_source_file_begins_with_its_purpose() {
    let sources = texts().into_iter().filter(|(path, _)| path.ends_with(".rs"));
    let silent: Vec<String> = sources
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn words_are_found_whole() {
    assert!(has("it can not be", "can not") && has("(whom)", "whom"));
    assert!(!has("indeed", "deed") && !has("wholly", "whom"));
    let line = "see `../docs/rows.md`, protocol.md. and https://example.com/a.md or <name>.md";
    assert_eq!(
        cited(line).collect::<Vec<_>>(),
        [Path::new("docs/rows.md"), Path::new("protocol.md")]
    );
}
