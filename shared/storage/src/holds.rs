//! The port [`Holds`]: holds on providers that would refuse everything. A person may type `status`.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk` | S, key | `hold#<provider>`, or `hold#<provider>#<identity>` |
//! | `sk` | S, key | `hold` |
//! | `status` | S | `held` by us; typed: `resumed` lets texts go again, `stopped` lets none go until that is changed |
//! | `reason` | S | why |
//! | `held_at` | S | since when |
//! | `probe_at` | S | when one text is tried to see whether the cause is gone |

use std::collections::BTreeMap;

use application::port::{Held, Holds, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::one_table::on_one_table;
use crate::typed_row::TypedRow;
use crate::{records, request, time};

const SORT_KEY: &str = "hold";
const HELD: &str = "held";
const STOPPED: &str = "stopped";

on_one_table! {
    /// The port [`Holds`] on the table of records.
    HoldsTable, records
}

fn key(subject: &str) -> Item {
    records::key(format!("hold#{subject}"), SORT_KEY)
}

/// The subject of a row and why it is held; `None` where it is not.
fn decode(item: Item) -> Option<(String, Held)> {
    let mut row = TypedRow::new(item);
    let subject = row.text("pk")?.strip_prefix("hold#")?.to_owned();
    let status = row.text("status").map(|status| status.trim().to_lowercase());
    let reason = row.text("reason");
    let probe_at = row.text("probe_at").and_then(|time| time.parse().ok());
    match status.as_deref() {
        Some(HELD) => Some((
            subject,
            Held {
                reason: reason.unwrap_or_else(|| HELD.to_owned()),
                probe_at: Some(probe_at.unwrap_or(Timestamp::MIN)),
            },
        )),
        Some(STOPPED) => Some((
            subject,
            Held {
                reason: STOPPED.to_owned(),
                probe_at: None,
            },
        )),
        _ => None,
    }
}

#[async_trait]
impl Holds for HoldsTable {
    async fn read(&self, subjects: &[String]) -> Result<BTreeMap<String, Held>, StoreError> {
        let keys = subjects.iter().map(|subject| (self.records.as_str(), key(subject)));
        let rows = request::batch_get(&self.client, keys.collect()).await?;
        Ok(rows.into_iter().filter_map(|(_, item)| decode(item)).collect())
    }

    async fn begin(&self, subject: &str, held: &Held, now: Timestamp) -> Result<bool, StoreError> {
        let mut expression = Expression::default();
        let status = expression.name("status");
        let (held_value, stopped) = (expression.value(text(HELD)), expression.value(text(STOPPED)));
        expression.require(&format!(
            "attribute_not_exists({status}) OR NOT {status} IN ({held_value}, {stopped})"
        ));
        expression.set("status", text(HELD));
        expression.set("reason", text(&held.reason));
        expression.set("held_at", time::attribute(now));
        expression.set_or_remove("probe_at", held.probe_at.map(time::attribute));
        request::update(&self.client, expression.into_update(&self.records, key(subject))?).await
    }

    async fn probe(&self, subject: &str, held: &Held, next: Timestamp) -> Result<bool, StoreError> {
        let Some(probe_at) = held.probe_at else {
            return Ok(false);
        };
        let mut expression = Expression::default();
        expression.require_unchanged("status", Some(text(HELD)));
        expression.require_unchanged("probe_at", Some(time::attribute(probe_at)));
        expression.set("probe_at", time::attribute(next));
        request::update(&self.client, expression.into_update(&self.records, key(subject))?).await
    }

    async fn end(&self, subject: &str) -> Result<bool, StoreError> {
        let mut expression = Expression::default();
        expression.require_unchanged("status", Some(text(HELD)));
        request::delete_if(&self.client, expression.into_delete(&self.records, key(subject))?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::NewItem;

    #[test]
    fn k45_what_somebody_types_counts() {
        for (status, held) in [
            ("held", true),
            ("stopped", true),
            (" Stopped ", true),
            ("resumed", false),
            ("open", false),
        ] {
            let row = NewItem::with_key(key("twilio")).text("status", status).finish();
            let read = decode(row);
            assert_eq!(read.is_some(), held, "{status}");
            assert!(read.is_none_or(|(subject, _)| subject == "twilio"), "{status}");
        }
    }
}
