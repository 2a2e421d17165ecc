//! Values that one firmware writes as a number and the next as a text.

use std::borrow::Cow;

use serde_json::Value;

/// A whole number, or a text that is one.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text, or a number as its digits.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// The number at the beginning of a text such as `2 Invalid Port`, or a bare number.
pub(super) fn leading_integer(value: &Value) -> Option<i64> {
    let text = text(value)?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_texts_are_read_alike() {
        for (value, expected) in [
            (json!(7), Some(7)),
            (json!(" 7 "), Some(7)),
            (json!(-7), Some(-7)),
            (json!("7 OK"), None),
            (json!(7.5), None),
            (json!(u64::MAX), None),
            (json!(""), None),
            (json!(null), None),
            (json!([7]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
        for (value, expected) in [
            (json!("0 OK"), Some(0)),
            (json!(" 13 Duplicated TaskId"), Some(13)),
            (json!(13), Some(13)),
            (json!("OK"), None),
            (json!("0OK"), None),
            (json!(""), None),
            (json!({}), None),
        ] {
            assert_eq!(leading_integer(&value), expected, "{value}");
        }
        assert_eq!(text(&json!(12_025_550_123_i64)).as_deref(), Some("12025550123"));
        assert_eq!(text(&json!(" 1.01 ")).as_deref(), Some("1.01"));
        assert_eq!(text(&json!(true)), None);
    }
}
