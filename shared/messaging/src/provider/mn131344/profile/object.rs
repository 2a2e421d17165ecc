//! A JSON object that is read key by key, and everything that is wrong with it.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

/// What of an object was not read yet.
pub(super) struct Object<'p> {
    /// Before the names of its keys, where it is inside another one.
    path: String,
    rest: Map<String, Value>,
    problems: &'p mut Vec<String>,
}

impl<'p> Object<'p> {
    pub(super) fn new(path: String, rest: Map<String, Value>, problems: &'p mut Vec<String>) -> Self {
        Self { path, rest, problems }
    }

    /// Notes that something is wrong with a key, or with the object itself where `name` is empty; never the value.
    pub(super) fn problem(&mut self, name: &str, what: &str) {
        let key = format!("{}{name}", self.path);
        self.problems.push(format!("{} {what}", key.trim_end_matches('.')));
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.rest.keys().cloned().collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.rest.contains_key(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.rest.remove(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.problem(name, "must be a text");
                None
            }
        }
    }

    /// A list of texts, or one.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let values = match self.rest.remove(name)? {
            Value::Array(values) => values,
            value => vec![value],
        };
        let texts = values
            .iter()
            .map(|value| value.as_str().filter(|text| !text.trim().is_empty()));
        let texts: Option<Vec<String>> = texts.map(|text| text.map(|text| text.trim().to_owned())).collect();
        let texts = texts.filter(|texts| !texts.is_empty());
        if texts.is_none() {
            self.problem(name, "must be a text or a list of texts");
        }
        texts
    }

    /// One of the words, which must be there.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.rest.remove(name);
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        let chosen = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(name, &format!("must be one of {}", words.join(", ")));
        }
        chosen.map(|(_, choice)| *choice)
    }

    /// Takes the key if this word is its value.
    pub(super) fn take_if(&mut self, name: &str, word: &str) -> bool {
        let is_it = self.rest.get(name).is_some_and(|value| value == word);
        if is_it {
            self.rest.remove(name);
        }
        is_it
    }

    /// A range of HTTP statuses, as the list of its ends.
    pub(super) fn range(&mut self, name: &str) -> Option<RangeInclusive<u16>> {
        let value = self.rest.remove(name)?;
        let ends: Option<Vec<u16>> = value.as_array().and_then(|ends| {
            let ends = ends.iter().map(|end| u16::try_from(end.as_u64()?).ok());
            ends.collect()
        });
        match ends.as_deref() {
            Some([first, last]) if first <= last => Some(*first..=*last),
            _ => {
                self.problem(name, "must be a range of statuses, such as [200, 299]");
                None
            }
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Object<'_>> {
        match self.rest.remove(name)? {
            Value::Object(rest) => Some(Object::new(format!("{}{name}.", self.path), rest, self.problems)),
            _ => {
                self.problem(name, "must be an object");
                None
            }
        }
    }

    /// Notes the keys that nobody asked for.
    pub(super) fn finish(mut self) {
        for name in self.names() {
            self.problem(&name, "is unknown");
        }
    }
}
