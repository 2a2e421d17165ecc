//! Schedule expressions: `rate(value unit)`. Those with `cron` and `at` are not emulated.
//!
//! Syntax: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>.

use std::time::Duration;

/// An expression that EventBridge would refuse, or one that is not emulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schedule expression {0:?}")]
pub struct ExpressionError(String);

/// The period of an expression.
pub(super) fn period(expression: &str) -> Result<Duration, ExpressionError> {
    rate(expression).ok_or_else(|| ExpressionError(expression.to_owned()))
}

fn rate(expression: &str) -> Option<Duration> {
    let arguments = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?;
    let (value, unit) = arguments.trim().split_once(' ')?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    let value: u64 = value.parse().ok().filter(|it| *it > 0)?;
    Some(Duration::from_secs(value.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_period() {
        for (expression, seconds) in [
            ("rate(1 minute)", 60),
            ("rate(15 minutes)", 900),
            ("rate(2 days)", 172_800),
        ] {
            assert_eq!(period(expression), Ok(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "rate(0 minutes)",
            "rate(1 fortnight)",
            "cron(0 9 * * ? *)",
            "every minute",
            "rate(1 minute",
        ] {
            assert_eq!(period(text), Err(ExpressionError(text.to_owned())));
        }
    }
}
