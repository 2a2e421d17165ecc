//! A row of the table of records, as a person types it.

use std::fmt;

use serde_json::{Map, Value, json};

/// A row that has nothing but texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DemoRow {
    pk: String,
    sk: String,
    attributes: Vec<(String, String)>,
}

impl DemoRow {
    pub(super) fn new((pk, sk): (&str, &str), attributes: &[(&str, &str)]) -> Self {
        let attribute = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            pk: pk.to_owned(),
            sk: sk.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
        }
    }

    pub(super) fn item(&self) -> Value {
        let keys = [("pk", &self.pk), ("sk", &self.sk)];
        let attributes = self.attributes.iter().map(|(name, value)| (name.as_str(), value));
        let item: Map<String, Value> = keys
            .into_iter()
            .chain(attributes)
            .map(|(name, value)| (name.to_owned(), json!({ "S": value })))
            .collect();
        Value::Object(item)
    }
}

impl fmt::Display for DemoRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.sk.contains('#') { &self.sk } else { &self.pk };
        let attributes = self.attributes.iter().map(|(name, value)| format!("{name}: {value}"));
        write!(f, "{name} {{ {} }}", attributes.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_as_it_is_shown() {
        let row = DemoRow::new(("tag#pottery", "tag"), &[("sequence", "day")]);
        assert_eq!(row.to_string(), "tag#pottery { sequence: day }");
        let item = json!({ "pk": { "S": "tag#pottery" }, "sk": { "S": "tag" }, "sequence": { "S": "day" } });
        assert_eq!(row.item(), item);
    }
}
