//! Rows that a person may have typed in a console: read leniently, and with a readable complaint where that fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use domain::civil;
use domain::country;
use domain::language::Language;
use domain::message::Kind;
use domain::quiet_hours::QuietHours;
use domain::setting;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_dynamo::{AttributeValue, Item};

use crate::stored_row::{StoredRow, UnreadableRow};

/// Takes a row apart, attribute by attribute, and remembers what is wrong with it.
///
/// Numbers and booleans pass as text, a null as nothing.
pub(crate) struct TypedRow {
    attributes: HashMap<String, AttributeValue>,
    complaints: Vec<String>,
}

impl TypedRow {
    pub(crate) fn new(item: impl Into<Item>) -> Self {
        Self {
            attributes: item.into().into_inner(),
            complaints: Vec::new(),
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

    /// A text with something in it, without the blanks around it.
    pub(crate) fn filled(&mut self, attribute: &str) -> Option<String> {
        let text = self.text(attribute)?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Where a clock hangs.
    pub(crate) fn zone(&mut self, attribute: &str) -> Option<TimeZone> {
        let typed = self.filled(attribute)?;
        let zone = civil::parse_zone(&typed);
        zone.map_err(|error| self.complain(format!("{attribute} {error}"))).ok()
    }

    /// A language by its BCP 47 tag. One without a catalogue is no complaint, since texts go on in another: it is what the
    /// second part says.
    pub(crate) fn language(&mut self, attribute: &str) -> (Option<Language>, Option<String>) {
        let Some(tag) = self.filled(attribute) else {
            return (None, None);
        };
        let language = Language::from_tag(&tag);
        let note = language.is_none().then(|| {
            let known = Language::ALL.map(Language::tag).join(", ");
            format!("{attribute} \"{tag}\" has no catalogue (there are {known}); the usual language is used instead")
        });
        (language, note)
    }

    /// Names in a list or with commas between them.
    pub(crate) fn names(&mut self, attribute: &str) -> Vec<String> {
        let typed = self.texts(attribute);
        typed
            .iter()
            .flat_map(|text| setting::names(text))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Kinds of messages by their names; those that can be understood count also where another cannot.
    pub(crate) fn kinds(&mut self, attribute: &str) -> BTreeSet<Kind> {
        let names = self.names(attribute);
        let kinds = names.iter().filter_map(|name| {
            let kind = Kind::from_typed(name);
            if kind.is_none() {
                let known = Kind::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
                self.complain(format!("{attribute} names \"{name}\", which is none of {known}"));
            }
            kind
        });
        kinds.collect()
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

    /// Texts whose order matters: a list, or a text with semicolons between them. A set keeps no order.
    pub(crate) fn ordered(&mut self, attribute: &str) -> Vec<String> {
        let texts = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => Some(Vec::new()),
            Some(AttributeValue::S(texts)) => Some(texts.split(';').map(ToOwned::to_owned).collect()),
            Some(AttributeValue::L(values)) => values.into_iter().map(as_text).collect(),
            Some(_) => None,
        };
        let texts = texts.unwrap_or_else(|| {
            self.complain(format!("{attribute} must be a list of texts"));
            Vec::new()
        });
        texts.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }

    /// A list of maps, or the same as JSON, each read like a row.
    pub(crate) fn maps(&mut self, attribute: &str) -> Vec<Self> {
        let maps = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => Some(Vec::new()),
            Some(AttributeValue::S(json)) => from_json(&json),
            Some(AttributeValue::L(values)) => values.into_iter().map(as_map).collect(),
            Some(_) => None,
        };
        maps.unwrap_or_else(|| {
            self.complain(format!("{attribute} must be a list of maps, or its JSON"));
            Vec::new()
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

    /// Yes, also if absent. A value that cannot be understood is a no, with a complaint.
    pub(crate) fn yes_unless_said(&mut self, attribute: &str) -> bool {
        self.switch(attribute, true).unwrap_or(false)
    }

    /// No, also if absent or not understood.
    pub(crate) fn yes_if_said(&mut self, attribute: &str) -> bool {
        self.switch(attribute, false).unwrap_or(false)
    }

    /// Yes or no; `None`, with a complaint, for a value that cannot be understood.
    pub(crate) fn switch(&mut self, attribute: &str, otherwise: bool) -> Option<bool> {
        let said = match self.attributes.remove(attribute) {
            None | Some(AttributeValue::Null(_)) => return Some(otherwise),
            Some(value) => as_text(value),
        };
        let switch = match said.as_deref() {
            Some(text) if text.trim().is_empty() => return Some(otherwise),
            Some(text) => setting::switch(text),
            None => None,
        };
        if switch.is_none() {
            self.complain(format!("{attribute} must be yes or no{}", instead_of(said.as_deref())));
        }
        switch
    }

    /// A whole number of that range, perhaps with one of these units.
    pub(crate) fn whole<T: TryFrom<i64>>(
        &mut self,
        attribute: &str,
        range: RangeInclusive<i64>,
        units: &[&str],
    ) -> Option<T> {
        let typed = self.filled(attribute)?;
        let number = setting::whole(&typed, units).filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            let range = match *most {
                i64::MAX => format!("of {}", units.first().unwrap_or(&"something")),
                _ => format!("from {least} to {most}"),
            };
            self.complain(format!(
                "{attribute} must be a whole number {range}, such as {least}, not \"{typed}\""
            ));
        }
        number.and_then(|number| number.try_into().ok())
    }

    /// A time of the day.
    pub(crate) fn time_of_day(&mut self, attribute: &str) -> Option<Time> {
        let typed = self.filled(attribute)?;
        let time = setting::time_of_day(&typed);
        if time.is_none() {
            self.complain(format!("{attribute} must be a time such as 09:00, not \"{typed}\""));
        }
        time
    }

    /// Quiet hours; the usual ones if absent or not understood.
    pub(crate) fn quiet_hours(&mut self, attribute: &str, usual: QuietHours) -> Option<QuietHours> {
        let Some(typed) = self.filled(attribute) else {
            return Some(usual);
        };
        setting::quiet_hours(&typed, usual).unwrap_or_else(|| {
            self.complain(format!(
                "{attribute} must be two different times such as 22:00-08:00, or off, not \"{typed}\""
            ));
            Some(usual)
        })
    }

    /// A country by its two letters.
    pub(crate) fn country(&mut self, attribute: &str) -> Option<String> {
        let typed = self.filled(attribute)?;
        let known = country::alpha2(&typed);
        if known.is_none() {
            self.complain(format!(
                "{attribute} must be the two letters of one that has telephones, such as MN, not \"{typed}\""
            ));
        }
        known.map(ToOwned::to_owned)
    }

    /// No, also if absent. A value that cannot be understood is a no, with a complaint.
    pub(crate) fn no_unless_said(&mut self, attribute: &str) -> bool {
        let is_said = self.has(attribute) && self.attributes.get(attribute) != Some(&AttributeValue::Null(true));
        is_said && self.yes_unless_said(attribute)
    }

    /// A whole number that we keep on the row ourselves.
    pub(crate) fn number(&mut self, attribute: &str) -> Option<u64> {
        match self.attributes.remove(attribute)? {
            AttributeValue::N(number) => self.ours(attribute, number.parse().ok()),
            _ => self.ours(attribute, None),
        }
    }

    /// A text that we keep on the row ourselves, and that stands for something else.
    pub(crate) fn kept<T>(&mut self, attribute: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        match self.attributes.remove(attribute)? {
            AttributeValue::S(text) => self.ours(attribute, read(&text)),
            _ => self.ours(attribute, None),
        }
    }

    /// A map that we keep on the row ourselves, read as strictly as a row of ours.
    pub(crate) fn kept_map<T>(
        &mut self,
        attribute: &'static str,
        read: impl FnOnce(StoredRow) -> Result<T, UnreadableRow>,
    ) -> Option<T> {
        match self.attributes.remove(attribute)? {
            AttributeValue::M(entries) => {
                let map = StoredRow::new(attribute, Item::from(entries));
                self.ours(attribute, read(map).ok())
            }
            _ => self.ours(attribute, None),
        }
    }

    fn ours<T>(&mut self, attribute: &str, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.complain(format!("{attribute} is not for people to write: take it off the row"));
        }
        read
    }

    /// Notes what the person who typed the row should change.
    pub(crate) fn complain(&mut self, complaint: String) {
        self.complaints.push(complaint);
    }

    /// How much has been wrong so far.
    pub(crate) fn complaints(&self) -> usize {
        self.complaints.len()
    }

    /// Everything that is wrong, in one text.
    pub(crate) fn into_malformed(self) -> Option<String> {
        (!self.complaints.is_empty()).then(|| self.complaints.join("; "))
    }
}

fn instead_of(typed: Option<&str>) -> String {
    typed
        .map(|typed| format!(", not \"{}\"", typed.trim()))
        .unwrap_or_default()
}

fn as_text(value: AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
        AttributeValue::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn as_map(value: AttributeValue) -> Option<TypedRow> {
    match value {
        AttributeValue::M(attributes) => Some(TypedRow {
            attributes,
            complaints: Vec::new(),
        }),
        _ => None,
    }
}

fn from_json(json: &str) -> Option<Vec<TypedRow>> {
    let maps: Vec<HashMap<String, serde_json::Value>> = serde_json::from_str(json).ok()?;
    let maps = maps.into_iter().map(|map| {
        let attributes = map.into_iter().map(|(name, value)| match value {
            serde_json::Value::String(text) => Some((name, AttributeValue::S(text))),
            serde_json::Value::Number(number) => Some((name, AttributeValue::N(number.to_string()))),
            serde_json::Value::Bool(flag) => Some((name, AttributeValue::Bool(flag))),
            serde_json::Value::Null => Some((name, AttributeValue::Null(true))),
            _ => None,
        });
        Some(TypedRow {
            attributes: attributes.collect::<Option<_>>()?,
            complaints: Vec::new(),
        })
    });
    maps.collect()
}

fn as_list(value: AttributeValue) -> Option<Vec<String>> {
    match value {
        AttributeValue::L(values) => values.into_iter().map(as_text).collect(),
        AttributeValue::S(text) => Some(setting::names(&text).map(ToOwned::to_owned).collect()),
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
    fn texts_whose_order_matters_are_no_set() {
        for (value, expected) in [
            (s("b; a;"), vec!["b", " a"]),
            (AttributeValue::L(vec![s("b"), n("7")]), vec!["b", "7"]),
            (AttributeValue::Null(true), vec![]),
        ] {
            let mut row = row(value);
            assert_eq!(row.ordered("a"), expected);
            assert!(row.ordered("b").is_empty());
            assert_eq!(row.into_malformed(), None);
        }
        for value in [ss(&["b", "a"]), n("7"), map()] {
            let mut row = row(value);
            assert!(row.ordered("a").is_empty());
            assert_eq!(row.into_malformed().as_deref(), Some("a must be a list of texts"));
        }
    }

    #[test]
    fn maps_may_be_a_list_or_its_json() {
        let one = AttributeValue::M(HashMap::from([("x".to_owned(), s("y"))]));
        for value in [AttributeValue::L(vec![one]), s(r#"[{"x": "y", "z": null}]"#)] {
            let mut row = row(value);
            let mut maps = row.maps("a");
            assert_eq!(maps.len(), 1);
            assert_eq!(maps[0].text("x").as_deref(), Some("y"));
            assert_eq!(row.into_malformed(), None);
        }
        for value in [
            s("x"),
            s(r#"[{"x": []}]"#),
            s(r#"{"x": "y"}"#),
            AttributeValue::L(vec![s("x")]),
            map(),
        ] {
            let mut row = row(value);
            assert!(row.maps("a").is_empty());
            assert_eq!(
                row.into_malformed().as_deref(),
                Some("a must be a list of maps, or its JSON")
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
        for (doubt, complaint) in [
            (s("maybe"), "a must be yes or no, not \"maybe\""),
            (map(), "a must be yes or no"),
        ] {
            let mut row = row(doubt);
            assert!(!row.yes_unless_said("a"));
            assert_eq!(row.into_malformed().as_deref(), Some(complaint));
        }
    }

    #[test]
    fn nothing_said_is_a_no_where_a_yes_must_be_said() {
        for (value, expected) in [
            (s("yes"), true),
            (AttributeValue::Bool(true), true),
            (s("no"), false),
            (AttributeValue::Null(true), false),
        ] {
            assert_eq!(row(value).no_unless_said("a"), expected);
        }
        assert!(!row(s("yes")).no_unless_said("b"));
    }

    #[test]
    fn what_is_ours_is_read_strictly_and_complained_of_where_somebody_wrote_it() {
        let map = |entries: &[(&str, &str)]| {
            let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), s(value)));
            AttributeValue::M(entries.collect())
        };
        let mut good = row(n("7"));
        assert_eq!((good.number("a"), good.number("b")), (Some(7), None));
        assert_eq!(row(s("x")).kept("a", |text| Some(text.len())), Some(1));
        assert_eq!(
            row(map(&[("t", "x")]))
                .kept_map("a", |mut map| map.required::<String>("t"))
                .as_deref(),
            Some("x")
        );
        assert_eq!(good.into_malformed(), None);

        let complaint = Some("a is not for people to write: take it off the row".to_owned());
        for value in [s("7"), n("-7"), n("0.5"), AttributeValue::Null(true)] {
            let mut row = row(value);
            assert_eq!(row.number("a"), None);
            assert_eq!(row.into_malformed(), complaint);
        }
        for value in [n("7"), s("")] {
            let mut row = row(value);
            assert_eq!(row.kept("a", |text| text.chars().next()), None);
            assert_eq!(row.into_malformed(), complaint);
        }
        for value in [s("x"), map(&[]), map(&[("u", "x")])] {
            let mut row = row(value);
            assert_eq!(row.kept_map("a", |mut map| map.required::<String>("t")), None);
            assert_eq!(row.into_malformed(), complaint);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let mut row = row(map());
        row.text("a");
        row.complain("b must be text".into());
        assert_eq!(row.into_malformed().as_deref(), Some("a must be text; b must be text"));
    }
}
