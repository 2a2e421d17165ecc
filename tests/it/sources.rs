//! The tests that stand in the repository's sources, for the documents that name them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every test as `folder/file.rs::function`, the file as seen from the repository.
pub(crate) fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let is_foreign = name == "target" || name.to_string_lossy().starts_with('.');
            if path.is_dir() && !is_foreign {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let file = path.strip_prefix(root()).unwrap().display().to_string();
                let source = fs::read_to_string(path).unwrap();
                tests.extend(functions(&source).map(|function| format!("{file}::{function}")));
            }
        }
    }
    tests
}

/// The functions that follow the attribute of a test.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    let mut follows = false;
    source.lines().map(str::trim_start).filter_map(move |line| {
        follows |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        let (name, _) = name.split_once('(')?;
        std::mem::take(&mut follows).then_some(name)
    })
}

/// What a line of a document names in backquotes as `folder/file.rs::function`.
pub(crate) fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|it| it.contains(".rs::"))
}

#[test]
fn tests_are_found_by_their_attribute() {
    let source = "#[test]\nfn one() {}\nfn none() {}\n    #[tokio::test(flavor = \"multi_thread\")]\n    \
        #[expect(\n        clippy::unwrap_used\n    )]\n    async fn two(\n        it in texts(),\n    ) {}\n";
    assert_eq!(functions(source).collect::<Vec<_>>(), ["one", "two"]);
    assert!(tests().contains("tests/it/sources.rs::tests_are_found_by_their_attribute"));
    let row = "| a `b.rs` | `c/d.rs::e` and `f.rs::g` |";
    assert_eq!(named(row).collect::<Vec<_>>(), ["c/d.rs::e", "f.rs::g"]);
}
