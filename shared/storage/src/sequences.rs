//! Sequences of texts, and the tags that point to them. A person types the rows.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `sequence#<id>` and `sequence` |
//! | `steps` | L of M, or its JSON as S | `id`, `template`, `at` (`09:30`), `day` (absent is 0), `label` |
//! | `status`, `error` | S | `rejected` and why, on a row that is no sequence |
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `tag#<name>` and `tag` |
//! | `sequence` | S | the id of the sequence that it points to |

use application::port::{Sequences, StoreError};
use async_trait::async_trait;
use domain::sequence::{SequenceRow, StepRow};

use crate::item::Item;
use crate::one_table::on_one_table;
use crate::records::{self, noted};
use crate::request;
use crate::typed_row::TypedRow;

on_one_table! {
    /// The port [`Sequences`] on the table of records.
    SequencesTable, records
}

#[async_trait]
impl Sequences for SequencesTable {
    async fn get(&self, id: &str) -> Result<Option<SequenceRow>, StoreError> {
        let item = request::get(&self.client, &self.records, key(id)).await?;
        Ok(item.map(|item| decode(id, item)))
    }

    async fn of_tag(&self, tag: &str) -> Result<Option<String>, StoreError> {
        let tag = records::key(format!("tag#{tag}"), "tag");
        let item = request::get(&self.client, &self.records, tag).await?;
        Ok(item.and_then(|item| TypedRow::new(item).filled("sequence")))
    }

    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError> {
        let update = noted(error).into_update(&self.records, key(id))?;
        request::update(&self.client, update).await.map(drop)
    }
}

fn key(id: &str) -> Item {
    records::key(format!("sequence#{id}"), "sequence")
}

fn decode(id: &str, item: Item) -> SequenceRow {
    let mut row = TypedRow::new(item);
    let mut steps = Vec::new();
    for (place, mut step) in row.maps("steps").into_iter().enumerate() {
        steps.push(StepRow {
            id: step.text("id"),
            template: step.text("template"),
            at: step.text("at"),
            day: step.text("day"),
            label: step.text("label"),
        });
        if let Some(complaint) = step.into_malformed() {
            row.complain(format!("step {}: {complaint}", place + 1));
        }
    }
    SequenceRow {
        id: id.to_owned(),
        steps,
        noted: row.text("error"),
        malformed: row.into_malformed(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::NewItem;

    fn typed(steps: AttributeValue) -> SequenceRow {
        decode("course", NewItem::with_key(key("course")).set("steps", steps).finish())
    }

    #[test]
    fn steps_may_be_a_list_or_its_json() {
        let step = NewItem::default()
            .text("id", "eve")
            .text("template", "reminder")
            .text("at", "18:00")
            .set("day", AttributeValue::N("-1".into()));
        let json = r#"[{"id": "eve", "template": "reminder", "at": "18:00", "day": -1}]"#;
        let expected = StepRow {
            id: Some("eve".into()),
            template: Some("reminder".into()),
            at: Some("18:00".into()),
            day: Some("-1".into()),
            label: None,
        };
        for steps in [AttributeValue::L(vec![step.into_map()]), AttributeValue::S(json.into())] {
            let row = typed(steps);
            assert_eq!((row.steps, row.malformed), (vec![expected.clone()], None));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_step() {
        let step = NewItem::default().set("at", AttributeValue::L(vec![])).into_map();
        let good = NewItem::default().text("id", "eve").into_map();
        let row = typed(AttributeValue::L(vec![good, step]));
        assert_eq!(row.malformed.as_deref(), Some("step 2: at must be text"));
        let row = typed(AttributeValue::S("18:00".into()));
        assert_eq!(
            row.malformed.as_deref(),
            Some("steps must be a list of maps, or its JSON")
        );
    }
}
