//! The health of the providers, counted window by window.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `health#<provider>` and the beginning of the window |
//! | `good`, `bad`, `slow` | N | outcomes, as [`HealthCounts`] counts them |

use std::collections::BTreeMap;

use application::port::{ProviderHealth, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Update;
use domain::routing::{Health, HealthCounts, Window};
use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::one_table::on_one_table;
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::{query, records, request, time};

/// Three times as long as the windows count.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

on_one_table! {
    /// The port [`ProviderHealth`] on the table of records.
    HealthTable, records
}

impl HealthTable {
    /// The windows of one provider. Eventually consistent: what is a moment older only shifts a share.
    async fn windows(&self, provider: &str, since: Timestamp) -> Result<Vec<Window>, StoreError> {
        let windows = self
            .client
            .query()
            .table_name(&self.records)
            .key_condition_expression("pk = :provider AND sk >= :since")
            .expression_attribute_values(":provider", text(partition(provider)))
            .expression_attribute_values(":since", time::attribute(since));
        query::readable(windows, usize::MAX, |item| window(provider, item)).await
    }
}

#[async_trait]
impl ProviderHealth for HealthTable {
    async fn read(&self, providers: &[String], since: Timestamp) -> Result<BTreeMap<String, Health>, StoreError> {
        let health = providers.iter().map(async |provider| {
            let windows = self.windows(provider, since).await?;
            Ok::<_, StoreError>((provider.clone(), Health::new(windows)))
        });
        let health = future::try_join_all(health).await?;
        Ok(health.into_iter().collect())
    }

    async fn add(&self, provider: &str, window: Timestamp, counts: HealthCounts) -> Result<(), StoreError> {
        let update = added(&self.records, provider, window, counts)?;
        request::update(&self.client, update).await.map(drop)
    }
}

fn partition(provider: &str) -> String {
    format!("health#{provider}")
}

fn added(table: &str, provider: &str, window: Timestamp, counts: HealthCounts) -> Result<Update, StoreError> {
    let HealthCounts { good, bad, slow } = counts;
    let mut expression = Expression::default();
    for (attribute, count) in [("good", good), ("bad", bad), ("slow", slow)] {
        expression.add_to_number(attribute, count);
    }
    expression.set("delete_after", records::delete_after(window, KEPT));
    expression.into_update(table, records::key(partition(provider), time::to_text(window)))
}

fn window(provider: &str, item: Item) -> Result<Window, UnreadableRow> {
    let mut row = StoredRow::new(format!("health of {provider}"), item);
    Ok(Window {
        start: row.required("sk")?,
        counts: HealthCounts {
            good: row.number("good")?,
            bad: row.number("bad")?,
            slow: row.number("slow")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::NewItem;

    #[test]
    fn a_window_reads_back() {
        let start = Timestamp::from_second(600).unwrap();
        let counts = HealthCounts {
            good: 1,
            bad: 2,
            slow: 3,
        };
        let update = added("t", "twilio", start, counts).unwrap();
        assert_eq!(
            update.update_expression(),
            "SET #delete_after = :v3 ADD #good :v0, #bad :v1, #slow :v2"
        );
        assert_eq!(
            update.expression_attribute_values().unwrap()[":v3"],
            crate::item::number(1500_u32)
        );
        let row = NewItem::with_key(update.key().clone());
        let row = row.number("good", 1_u32).number("bad", 2_u32).number("slow", 3_u32);
        assert_eq!(window("twilio", row.finish()).unwrap(), Window { start, counts });
    }

    #[test]
    fn a_window_that_cannot_be_read_is_named_by_its_provider() {
        let row = NewItem::default()
            .text("sk", "2026-11-20T12:00:00.000Z")
            .text("good", "secret");
        let error = window("twilio", row.finish()).unwrap_err().to_string();
        assert_eq!(error, "health of twilio: attribute good is missing or cannot be read");
    }
}
