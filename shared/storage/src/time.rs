//! Times as text of one width, in UTC with milliseconds, so that they sort and compare as text.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

pub(crate) fn to_text(time: Timestamp) -> String {
    format!("{time:.3}")
}

pub(crate) fn attribute(time: Timestamp) -> AttributeValue {
    AttributeValue::S(to_text(time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_sorts_as_time_and_reads_back(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000) {
            let time = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
            prop_assert_eq!(to_text(time(a)).cmp(&to_text(time(b))), a.cmp(&b));
            prop_assert_eq!(to_text(time(a)).parse::<Timestamp>().unwrap(), time(a));
            prop_assert_eq!(to_text(time(a)).len(), 24);
        }
    }
}
