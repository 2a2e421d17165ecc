//! Event filter patterns, as event source mappings apply them.
//!
//! A pattern is an object of the event's shape whose leaves are lists of values; an event matches when each leaf has its
//! value. Syntax: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>. Its operators, such as
//! `{"prefix": …}`, are not emulated.

use serde_json::Value;

/// The filters of one mapping: a record passes when one matches, or when there are none.
#[derive(Clone, Debug, Default)]
pub struct Filters(Vec<Pattern>);

/// A pattern that Lambda would refuse when the mapping is created, or one that is not emulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter pattern: {0}")]
pub struct PatternError(String);

#[derive(Clone, Debug)]
enum Pattern {
    /// Every field matches its own pattern.
    Fields(Vec<(String, Pattern)>),
    /// The value is one of these.
    Leaf(Vec<Value>),
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
                let fields = fields
                    .iter()
                    .map(|(name, pattern)| Ok((name.clone(), Self::new(pattern)?)));
                fields.collect::<Result<_, _>>().map(Self::Fields)
            }
            Value::Array(values) if !values.is_empty() && values.iter().all(is_scalar) => {
                Ok(Self::Leaf(values.clone()))
            }
            other => Err(PatternError(format!(
                "{other} must be an object, or a list of values that is not empty"
            ))),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .all(|(name, pattern)| pattern.matches(value.and_then(|it| it.get(name)))),
            Self::Leaf(values) => value.is_some_and(|value| values.contains(value)),
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
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
    fn every_leaf_has_one_of_its_values() {
        let event = json!({ "name": "message-1", "flag": true });
        for (pattern, expected) in [
            (json!({ "name": ["message-1"] }), true),
            (json!({ "name": ["message-2", "message-1"], "flag": [true] }), true),
            (json!({ "name": ["message-1"], "flag": [false] }), false),
            (json!({ "missing": ["message-1"] }), false),
        ] {
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
            json!({ "a": [{ "prefix": "x" }] }),
        ] {
            assert!(Filters::new(std::slice::from_ref(&pattern)).is_err(), "{pattern}");
        }
    }
}
