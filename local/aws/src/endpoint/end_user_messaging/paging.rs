//! Lists that are answered a page at a time.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;

const LARGEST: usize = 100;

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Page {
    next_token: Option<String>,
    max_results: Option<usize>,
}

impl Page {
    /// The answer under `member`, of entries with the names they are ordered by; the token is the last name answered.
    pub(super) fn of(&self, member: &str, entries: impl Iterator<Item = (String, Value)>) -> Result<Value, Failure> {
        let size = self.max_results.unwrap_or(LARGEST);
        if !(1..=LARGEST).contains(&size) {
            return Err(Failure::invalid(
                "INVALID_PARAMETER",
                "MaxResults must be between 1 and 100.",
            ));
        }
        let after = self.next_token.as_deref();
        let mut rest: Vec<_> = entries
            .filter(|(name, _)| after.is_none_or(|after| name.as_str() > after))
            .collect();
        rest.sort_by(|(one, _), (other, _)| one.cmp(other));
        let more = rest.len() > size;
        rest.truncate(size);
        let next = rest.last().filter(|_| more).map(|(name, _)| name.clone());
        let mut answer = json!({ member: rest.into_iter().map(|(_, value)| value).collect::<Vec<_>>() });
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Ok(answer)
    }
}

/// An instant as this service writes it: seconds since the epoch, with decimals.
pub(super) fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let entries = || ["b", "a", "c"].into_iter().map(|name| (name.to_owned(), json!(name)));

        let first = Page {
            next_token: None,
            max_results: Some(2),
        }
        .of("Names", entries())
        .unwrap();
        assert_eq!(first, json!({ "Names": ["a", "b"], "NextToken": "b" }));
        let second = Page {
            next_token: Some("b".into()),
            max_results: Some(2),
        }
        .of("Names", entries())
        .unwrap();
        assert_eq!(second, json!({ "Names": ["c"] }));
        assert!(
            Page {
                next_token: None,
                max_results: Some(0)
            }
            .of("Names", entries())
            .is_err()
        );
    }
}
