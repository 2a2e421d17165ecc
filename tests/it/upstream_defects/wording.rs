//! Defects of the original sample in its words.

use std::path::{Path, PathBuf};

#[test]
fn d26_no_wording_in_code() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let catalogue = std::fs::read_to_string(workspace.join("shared/domain/wording/en.ftl")).unwrap();
    let sentences: Vec<&str> = catalogue
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .flat_map(|(_, text)| text.split(['{', '}']))
        .map(str::trim)
        .filter(|words| words.len() > 15)
        .collect();
    assert!(sentences.len() > 20, "the catalogue was not read");

    for source in sources(&workspace) {
        let text = std::fs::read_to_string(&source).unwrap();
        let code = without_tests(&text);
        for words in &sentences {
            assert!(!code.contains(words), "{} says {words:?}", source.display());
        }
        assert!(!code.contains("UTC+"), "{} has a zone of its own", source.display());
    }
}

/// The code of the deployed functions. What a test expects is not what the product says.
fn sources(workspace: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for layer in ["functions", "shared"] {
        rust_files(&workspace.join(layer), &mut found);
    }
    let is_within = |path: &PathBuf, folder: &str| path.components().any(|part| part.as_os_str() == folder);
    // The folder of a test module holds nothing else.
    let is_code = |path: &PathBuf| is_within(path, "src") && !is_within(path, "tests");
    let tests: Vec<PathBuf> = found.iter().flat_map(|path| test_modules(path)).collect();
    found
        .into_iter()
        .filter(|path| is_code(path) && !tests.contains(path))
        .collect()
}

/// The files that a file declares as `#[cfg(test)] mod <name>;`.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(path).unwrap();
    let named = |rest: &str| {
        let declaration = rest.trim_start().lines().next()?.strip_suffix(';')?;
        let (_, name) = declaration.rsplit_once("mod ")?;
        let is_root = ["lib", "mod", "main"]
            .iter()
            .any(|root| path.file_stem().is_some_and(|stem| stem == *root));
        let folder = if is_root {
            path.parent()?.to_owned()
        } else {
            path.with_extension("")
        };
        Some(folder.join(name).with_extension("rs"))
    };
    text.split("#[cfg(test)]").skip(1).filter_map(named).collect()
}

/// A file without its own tests, which come last.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {").map_or(text, |end| &text[..end])
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}
