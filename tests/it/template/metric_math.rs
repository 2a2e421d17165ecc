//! The part of CloudWatch's metric math that the template's alarms use
//! ([functions](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html)), for one period.

use std::collections::BTreeMap;

/// The metrics of a period by the ids that an expression names them with; one without data is not among them.
pub(crate) type Values = BTreeMap<String, f64>;

/// The value of an expression; `None` where it has no data, as after a division by zero.
///
/// # Panics
///
/// When the expression is not understood.
pub(crate) fn evaluate(expression: &str, values: &Values) -> Option<f64> {
    let mut reader = Reader {
        rest: expression.trim(),
        values,
    };
    let value = reader.either();
    assert_eq!(reader.rest, "", "the end of {expression} is not understood");
    value
}

struct Reader<'a> {
    rest: &'a str,
    values: &'a Values,
}

impl Reader<'_> {
    fn takes(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) {
        assert!(self.takes(token), "{token} is missing before {:?}", self.rest);
    }

    fn either(&mut self) -> Option<f64> {
        let mut value = self.both();
        while self.takes("OR ") {
            let other = self.both();
            value = combine(value, other, |one, other| truth(one != 0.0 || other != 0.0));
        }
        value
    }

    fn both(&mut self) -> Option<f64> {
        let mut value = self.comparison();
        while self.takes("AND ") {
            let other = self.comparison();
            value = combine(value, other, |one, other| truth(one != 0.0 && other != 0.0));
        }
        value
    }

    fn comparison(&mut self) -> Option<f64> {
        let value = self.sum();
        let compare: fn(&f64, &f64) -> bool = if self.takes(">=") {
            f64::ge
        } else if self.takes("==") {
            f64::eq
        } else if self.takes(">") {
            f64::gt
        } else {
            return value;
        };
        let other = self.sum();
        combine(value, other, |one, other| truth(compare(&one, &other)))
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product();
        while self.takes("+") {
            let other = self.product();
            value = combine(value, other, |one, other| one + other);
        }
        value
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.term();
        loop {
            if self.takes("*") {
                let other = self.term();
                value = combine(value, other, |one, other| one * other);
            } else if self.takes("/") {
                let other = self.term().filter(|divisor| *divisor != 0.0);
                value = combine(value, other, |one, other| one / other);
            } else {
                return value;
            }
        }
    }

    fn term(&mut self) -> Option<f64> {
        if self.takes("(") {
            let value = self.either();
            self.expect(")");
            return value;
        }
        let end = self.rest.find(|it: char| !it.is_alphanumeric() && it != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        match word {
            "SUM" => {
                self.expect("(METRICS())");
                (!self.values.is_empty()).then(|| self.values.values().sum())
            }
            "MAX" => {
                self.expect("([");
                let mut greatest = self.either();
                while self.takes(",") {
                    greatest = greatest.into_iter().chain(self.either()).reduce(f64::max);
                }
                self.expect("])");
                greatest
            }
            "FILL" => {
                self.expect("(");
                let value = self.either();
                self.expect(",");
                let otherwise = self.either();
                self.expect(")");
                value.or(otherwise)
            }
            "IF" => {
                self.expect("(");
                let condition = self.either();
                self.expect(",");
                let then = self.either();
                self.expect(",");
                let otherwise = self.either();
                self.expect(")");
                condition.and_then(|it| if it == 0.0 { otherwise } else { then })
            }
            number if number.starts_with(|it: char| it.is_ascii_digit()) => number.parse().ok(),
            "" => panic!("a value is missing before {:?}", self.rest),
            id => self.values.get(id).copied(),
        }
    }
}

fn combine(one: Option<f64>, other: Option<f64>, with: impl Fn(f64, f64) -> f64) -> Option<f64> {
    Some(with(one?, other?))
}

fn truth(it: bool) -> f64 {
    f64::from(u8::from(it))
}

#[test]
fn expressions_are_evaluated_as_cloudwatch_does() {
    let values = Values::from([("a".to_owned(), 6.0), ("b".to_owned(), 0.0)]);
    for (expression, expected) in [
        ("SUM(METRICS())", Some(6.0)),
        ("100 * a / (a + FILL(c, 6))", Some(50.0)),
        ("1 + 2 * 3", Some(7.0)),
        ("a / b", None),
        ("c + 1", None),
        ("MAX([FILL(c, 1), a / 2, b])", Some(3.0)),
        ("IF(a > 5 AND FILL(c, 0) == 0, 1, 2)", Some(1.0)),
        ("IF(a >= 7 OR b > 0, 1, 2)", Some(2.0)),
        ("a >= 6", Some(1.0)),
    ] {
        assert_eq!(evaluate(expression, &values), expected, "{expression}");
    }
}
