//! Rows that a person may have typed in a console: read leniently, and with a readable complaint where that fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_dynamo::{AttributeValue, Item};

/// Takes a row apart, attribute by attribute, and remembers what is wrong with it.
///
/// Numbers and booleans pass as text, a null as nothing.
pub(crate) struct TypedRow {
    attributes: HashMap<String, AttributeValue>,
    malformed: Option<String>,
}

impl TypedRow {
    pub(crate) fn new(item: impl Into<Item>) -> Self {
        Self {
            attributes: item.into().into_inner(),
            malformed: None,
        }
    }

    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    pub(crate) fn text(&mut self, attribute: &str) -> Option<String> {
        match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => None,
            Some(value) => {
                let text = as_text(value);
                if text.is_none() {
                    self.complain(format!("{attribute} must be text"));
                }
                text
            }
        }
    }

    /// A text, a set or a list of texts.
    pub(crate) fn texts(&mut self, attribute: &str) -> Vec<String> {
        let texts = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => Some(Vec::new()),
            Some(AttributeValue::Ss(texts) | AttributeValue::Ns(texts)) => Some(texts),
            Some(AttributeValue::L(values)) => values.into_iter().map(as_text).collect(),
            Some(value) => as_text(value).map(|text| vec![text]),
        };
        texts.unwrap_or_else(|| {
            self.complain(format!("{attribute} must be text or a list of texts"));
            Vec::new()
        })
    }

    /// Lists of texts by name, or the same as JSON. A set is no list: it keeps no order.
    pub(crate) fn lists(&mut self, attribute: &str) -> BTreeMap<String, Vec<String>> {
        let lists = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => Some(BTreeMap::new()),
            Some(AttributeValue::S(json)) if json.trim().is_empty() => Some(BTreeMap::new()),
            Some(AttributeValue::S(json)) => serde_json::from_str(&json).ok(),
            Some(AttributeValue::M(entries)) => entries
                .into_iter()
                .map(|(name, value)| Some((name, as_list(value)?)))
                .collect(),
            Some(_) => None,
        };
        lists.unwrap_or_else(|| {
            self.complain(format!(
                "{attribute} must be a map of lists, such as {{\"*\": [\"end-user-messaging\"]}}, or its JSON"
            ));
            BTreeMap::new()
        })
    }

    /// A set that we extend ourselves, which DynamoDB allows for no other type.
    pub(crate) fn string_set(&mut self, attribute: &str) -> BTreeSet<String> {
        match self.attributes.remove(attribute) {
            None => BTreeSet::new(),
            Some(AttributeValue::Ss(texts)) => texts.into_iter().collect(),
            Some(_) => {
                self.complain(format!("{attribute} must be a string set"));
                BTreeSet::new()
            }
        }
    }

    /// Yes, also where nothing is said. What can not be understood is a no, with a complaint.
    pub(crate) fn yes_unless_said(&mut self, attribute: &str) -> bool {
        let said = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => return true,
            Some(value) => as_text(value).map(|text| text.trim().to_ascii_lowercase()),
        };
        match said.as_deref() {
            Some("" | "true" | "yes" | "y" | "1" | "on") => true,
            Some("false" | "no" | "n" | "0" | "off") => false,
            _ => {
                self.complain(format!("{attribute} must be yes or no"));
                false
            }
        }
    }

    /// Notes what the person who typed the row should change; the first complaint stays.
    pub(crate) fn complain(&mut self, complaint: String) {
        self.malformed.get_or_insert(complaint);
    }

    pub(crate) fn into_malformed(self) -> Option<String> {
        self.malformed
    }
}

fn as_text(value: AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
        AttributeValue::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn as_list(value: AttributeValue) -> Option<Vec<String>> {
    match value {
        AttributeValue::L(values) => values.into_iter().map(as_text).collect(),
        AttributeValue::S(text) => {
            let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
            Some(texts.map(ToOwned::to_owned).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: AttributeValue) -> TypedRow {
        TypedRow::new(Item::from(HashMap::from([("a".to_owned(), value)])))
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn n(text: &str) -> AttributeValue {
        AttributeValue::N(text.to_owned())
    }

    fn ss(texts: &[&str]) -> AttributeValue {
        AttributeValue::Ss(texts.iter().map(ToString::to_string).collect())
    }

    fn map() -> AttributeValue {
        AttributeValue::M(HashMap::new())
    }

    #[test]
    fn a_text_may_be_typed_as_anything_that_looks_like_one() {
        for (value, expected) in [
            (s("x"), Some("x")),
            (s(""), Some("")),
            (n("2"), Some("2")),
            (AttributeValue::Bool(true), Some("true")),
            (AttributeValue::Null(true), None),
        ] {
            let mut row = row(value);
            assert_eq!(row.text("a").as_deref(), expected);
            assert_eq!(row.text("b"), None);
            assert_eq!(row.into_malformed(), None);
        }
        for value in [map(), ss(&["x"]), AttributeValue::L(vec![]), AttributeValue::B(vec![1])] {
            let mut row = row(value);
            assert_eq!(row.text("a"), None);
            assert_eq!(row.into_malformed().as_deref(), Some("a must be text"));
        }
    }

    #[test]
    fn texts_may_be_one_or_a_set_or_a_list() {
        for (value, expected) in [
            (s("x, y"), vec!["x, y"]),
            (n("7"), vec!["7"]),
            (ss(&["x", "y"]), vec!["x", "y"]),
            (AttributeValue::Ns(vec!["1".to_owned()]), vec!["1"]),
            (AttributeValue::L(vec![s("x"), n("7")]), vec!["x", "7"]),
            (AttributeValue::Null(true), vec![]),
        ] {
            let mut row = row(value);
            assert_eq!(row.texts("a"), expected);
            assert!(row.texts("b").is_empty());
            assert_eq!(row.into_malformed(), None);
        }
        for value in [
            map(),
            AttributeValue::L(vec![s("x"), map()]),
            AttributeValue::Bs(vec![]),
        ] {
            let mut row = row(value);
            assert!(row.texts("a").is_empty());
            assert_eq!(
                row.into_malformed().as_deref(),
                Some("a must be text or a list of texts")
            );
        }
    }

    #[test]
    fn lists_may_be_a_map_or_its_json() {
        let m = |value: AttributeValue| AttributeValue::M(HashMap::from([("x".to_owned(), value)]));
        for (value, expected) in [
            (m(AttributeValue::L(vec![s("b"), n("7")])), Some(vec!["b", "7"])),
            (m(s("b, a,")), Some(vec!["b", "a"])),
            (s(r#"{"x": ["b", "a"]}"#), Some(vec!["b", "a"])),
            (map(), None),
            (s(" "), None),
            (AttributeValue::Null(true), None),
        ] {
            let mut row = row(value);
            let lists = row.lists("a");
            assert_eq!(
                lists.get("x").map(|list| list.iter().map(String::as_str).collect()),
                expected
            );
            assert!(row.lists("b").is_empty());
            assert_eq!(row.into_malformed(), None);
        }
        for value in [
            n("7"),
            s("x"),
            s(r#"{"x": "b"}"#),
            ss(&["b"]),
            m(ss(&["b"])),
            m(AttributeValue::L(vec![map()])),
        ] {
            let mut row = row(value);
            assert!(row.lists("a").is_empty());
            assert!(
                row.into_malformed()
                    .is_some_and(|complaint| complaint.starts_with("a must be a map of lists"))
            );
        }
    }

    #[test]
    fn a_set_that_we_extend_must_be_a_set() {
        let mut set = row(ss(&["x", "y"]));
        assert_eq!(set.string_set("a").len(), 2);
        assert!(set.string_set("b").is_empty());
        assert_eq!(set.into_malformed(), None);
        for value in [s("x"), AttributeValue::L(vec![s("x")]), AttributeValue::Null(true)] {
            let mut row = row(value);
            assert!(row.string_set("a").is_empty());
            assert_eq!(row.into_malformed().as_deref(), Some("a must be a string set"));
        }
    }

    #[test]
    fn yes_and_no_are_understood_in_many_words_and_doubt_is_a_no() {
        for yes in [
            s("yes"),
            s(" TRUE "),
            s(""),
            n("1"),
            AttributeValue::Bool(true),
            AttributeValue::Null(true),
        ] {
            assert!(row(yes).yes_unless_said("a"));
        }
        assert!(row(s("no")).yes_unless_said("b"));
        for no in [s("no"), s("False"), n("0"), AttributeValue::Bool(false)] {
            let mut row = row(no);
            assert!(!row.yes_unless_said("a"));
            assert_eq!(row.into_malformed(), None);
        }
        for doubt in [s("maybe"), map()] {
            let mut row = row(doubt);
            assert!(!row.yes_unless_said("a"));
            assert_eq!(row.into_malformed().as_deref(), Some("a must be yes or no"));
        }
    }

    #[test]
    fn the_first_complaint_stays() {
        let mut row = row(map());
        row.text("a");
        row.complain("b must be text".into());
        assert_eq!(row.into_malformed().as_deref(), Some("a must be text"));
    }
}
