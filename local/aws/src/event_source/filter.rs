//! Event filter patterns, as event source mappings apply them.
//!
//! A pattern is an object of the event's shape whose leaves are lists of alternatives; an event matches when each leaf
//! does. Syntax: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>.

use serde_json::{Map, Value};

/// The filters of one mapping: a record passes when one matches, or when there are none.
#[derive(Clone, Debug, Default)]
pub struct Filters(Vec<Pattern>);

/// A pattern that Lambda would refuse when the mapping is created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter pattern: {0}")]
pub struct PatternError(String);

#[derive(Clone, Debug)]
enum Pattern {
    /// Every field matches its own pattern.
    Fields(Vec<(String, Pattern)>),
    /// One of the patterns matches (`$or`).
    Either(Vec<Pattern>),
    /// One of the rules matches the value.
    Leaf(Vec<Rule>),
}

#[derive(Clone, Debug)]
enum Rule {
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Rule>),
    Exists(bool),
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filters {
    pub fn new(patterns: &[Value]) -> Result<Self, PatternError> {
        patterns.iter().map(Pattern::new).collect::<Result<_, _>>().map(Self)
    }

    pub fn pass(&self, event: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(Some(event)))
    }
}

impl Pattern {
    fn new(pattern: &Value) -> Result<Self, PatternError> {
        match pattern {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, pattern)| match (name.as_str(), pattern) {
                    ("$or", Value::Array(patterns)) => {
                        let patterns = patterns.iter().map(Self::new).collect::<Result<_, _>>()?;
                        Ok((name.clone(), Self::Either(patterns)))
                    }
                    _ => Ok((name.clone(), Self::new(pattern)?)),
                });
                fields.collect::<Result<_, _>>().map(Self::Fields)
            }
            Value::Array(rules) if !rules.is_empty() => {
                rules.iter().map(Rule::new).collect::<Result<_, _>>().map(Self::Leaf)
            }
            other => Err(PatternError(format!(
                "{other} must be an object or a list that is not empty"
            ))),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => fields.iter().all(|(name, pattern)| match pattern {
                Self::Either(_) => pattern.matches(value),
                _ => pattern.matches(value.and_then(|it| it.get(name))),
            }),
            Self::Either(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Leaf(rules) => rules.iter().any(|rule| rule.matches(value)),
        }
    }
}

impl Rule {
    fn new(rule: &Value) -> Result<Self, PatternError> {
        match rule {
            Value::Object(operation) => Self::operation(operation),
            Value::Array(_) => Err(PatternError(format!("{rule} is no value"))),
            value => Ok(Self::Equals(value.clone())),
        }
    }

    fn operation(operation: &Map<String, Value>) -> Result<Self, PatternError> {
        let mut operations = operation.iter();
        let (Some((name, argument)), None) = (operations.next(), operations.next()) else {
            return Err(PatternError(format!("{operation:?} must have one operator")));
        };
        match (name.as_str(), argument) {
            ("prefix", Value::String(it)) => Ok(Self::Prefix(it.clone())),
            ("suffix", Value::String(it)) => Ok(Self::Suffix(it.clone())),
            ("equals-ignore-case", Value::String(it)) => Ok(Self::EqualsIgnoreCase(it.to_lowercase())),
            ("exists", Value::Bool(it)) => Ok(Self::Exists(*it)),
            ("anything-but", Value::Array(them)) => them
                .iter()
                .map(Self::new)
                .collect::<Result<_, _>>()
                .map(Self::AnythingBut),
            ("anything-but", it) => Ok(Self::AnythingBut(vec![Self::new(it)?])),
            ("numeric", Value::Array(terms)) => Self::numeric(terms),
            _ => Err(PatternError(format!("{name} cannot take {argument}"))),
        }
    }

    fn numeric(terms: &[Value]) -> Result<Self, PatternError> {
        let (pairs, rest) = terms.as_chunks::<2>();
        let comparisons = pairs.iter().map(|[comparison, number]| {
            let comparison = match comparison.as_str()? {
                "=" => Comparison::Equal,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                _ => return None,
            };
            Some((comparison, number.as_f64()?))
        });
        match comparisons.collect::<Option<Vec<_>>>() {
            Some(comparisons) if rest.is_empty() && !comparisons.is_empty() => Ok(Self::Numeric(comparisons)),
            _ => Err(PatternError(format!("numeric cannot take {terms:?}"))),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // Only leaves exist: an object is a step on the way to one.
            (Self::Exists(expected), value) => value.is_some_and(|it| !it.is_object()) == *expected,
            (_, None) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.matches(Some(item))),
            (Self::Equals(Value::Number(left)), Some(Value::Number(right))) => left.as_f64() == right.as_f64(),
            (Self::Equals(expected), Some(value)) => expected == value,
            (Self::EqualsIgnoreCase(expected), Some(Value::String(it))) => it.to_lowercase() == *expected,
            (Self::Prefix(prefix), Some(Value::String(it))) => it.starts_with(prefix),
            (Self::Suffix(suffix), Some(Value::String(it))) => it.ends_with(suffix),
            (Self::AnythingBut(rules), Some(value)) => {
                !value.is_object() && !rules.iter().any(|rule| rule.matches(Some(value)))
            }
            (Self::Numeric(comparisons), Some(Value::Number(it))) => it.as_f64().is_some_and(|it| {
                comparisons
                    .iter()
                    .all(|(comparison, number)| comparison.holds(it, *number))
            }),
            _ => false,
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(pattern: Value, event: &Value) -> bool {
        Filters::new(&[pattern]).unwrap().pass(event)
    }

    #[test]
    fn the_queued_rows_of_one_lane_pass() {
        let pattern = json!({
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": { "NewImage": { "status": { "S": ["queued"] }, "lane": { "S": ["bulk"] } } },
        });
        let row = |status: &str, lane: &str| {
            json!({
                "eventName": "INSERT",
                "dynamodb": { "NewImage": { "status": { "S": status }, "lane": { "S": lane } } },
            })
        };
        assert!(passes(pattern.clone(), &row("queued", "bulk")));
        assert!(!passes(pattern.clone(), &row("sending", "bulk")));
        assert!(!passes(pattern.clone(), &row("queued", "interactive")));
        assert!(!passes(pattern, &json!({ "eventName": "REMOVE", "dynamodb": {} })));
    }

    #[test]
    fn each_operator_decides() {
        let event = json!({ "name": "message-1", "count": 5, "flag": true, "nothing": null, "tags": ["a", "b"] });
        let cases = [
            (json!({ "name": ["message-1"] }), true),
            (json!({ "name": [{ "prefix": "mess" }] }), true),
            (json!({ "name": [{ "prefix": "x" }] }), false),
            (json!({ "name": [{ "suffix": "-1" }] }), true),
            (json!({ "name": [{ "equals-ignore-case": "MESSAGE-1" }] }), true),
            (json!({ "name": [{ "anything-but": ["message-1"] }] }), false),
            (json!({ "name": [{ "anything-but": "other" }] }), true),
            (json!({ "name": [{ "anything-but": { "prefix": "mess" } }] }), false),
            (json!({ "missing": [{ "anything-but": "other" }] }), false),
            (json!({ "name": [{ "exists": true }] }), true),
            (json!({ "missing": [{ "exists": false }] }), true),
            (json!({ "name": [{ "exists": false }] }), false),
            (json!({ "count": [{ "numeric": [">", 0, "<=", 5] }] }), true),
            (json!({ "count": [{ "numeric": ["<", 5] }] }), false),
            (json!({ "count": [{ "numeric": ["=", 5.0] }] }), true),
            (json!({ "count": [5.0] }), true),
            (json!({ "flag": [true] }), true),
            (json!({ "nothing": [null] }), true),
            (json!({ "tags": ["b"] }), true),
            (json!({ "tags": ["c"] }), false),
            (json!({ "name": ["message-1"], "count": [6] }), false),
            (json!({ "$or": [{ "count": [6] }, { "flag": [true] }] }), true),
            (json!({ "$or": [{ "count": [6] }, { "flag": [false] }] }), false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(passes(pattern.clone(), &event), expected, "{pattern}");
        }
    }

    #[test]
    fn no_filter_lets_everything_pass() {
        assert!(Filters::default().pass(&json!({})));
    }

    #[test]
    fn a_malformed_pattern_is_refused() {
        for pattern in [
            json!("x"),
            json!({ "a": "x" }),
            json!({ "a": [] }),
            json!({ "a": [{ "like": "x" }] }),
            json!({ "a": [{ "numeric": [">"] }] }),
        ] {
            assert!(Filters::new(std::slice::from_ref(&pattern)).is_err(), "{pattern}");
        }
    }
}
