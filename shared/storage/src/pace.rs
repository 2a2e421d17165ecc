//! The used part of each provider's rate, and its reduction by throttling.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk` | S, key | `pace#<key>`, where the key names the provider and its origination identity |
//! | `sk` | S, key | the beginning of a period, or `lowered` |
//! | `used` | N | on a period: message parts taken out of it |
//! | `parts`, `at` | N, S | on `lowered`: what throttling left of the rate, and when |
//! | `until` | S | on `promised`: until when campaigns that were launched take all of it |
//!
//! How fast providers are stands under `pk` and `sk` `speeds`: `providers` (M: their rates by their names, empty where they
//! have none) and `usual` (L of S: their order).

use std::collections::BTreeMap;

use application::port::{Pace, PromisedRate, Speeds, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Update;
use domain::pace::{Lowered, Rate, RateError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::item::{Item, number, text};
use crate::one_table::on_one_table;
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::{as_row, records, request, time};

const LOWERED: &str = "lowered";
const PROMISED: &str = "promised";
const SPEEDS: &str = "speeds";

/// A period is of no use once it is over; a minute is the longest.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

on_one_table! {
    /// The port [`Pace`] on the table of records.
    PaceTable, records
}

#[async_trait]
impl Pace for PaceTable {
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError> {
        let Some(room) = allowance.checked_sub(parts) else {
            return Ok(false);
        };
        request::update(&self.client, taken(&self.records, key, period, parts, room)?).await
    }

    async fn lowered(&self, key: &str) -> Result<Option<Lowered>, StoreError> {
        let item = request::get(&self.client, &self.records, records::key(partition(key), LOWERED)).await?;
        Ok(item.map(decode_lowered).transpose()?)
    }

    async fn lower(&self, key: &str, to: Lowered, unless_after: Timestamp) -> Result<(), StoreError> {
        request::update(&self.client, lower(&self.records, key, to, unless_after)?)
            .await
            .map(drop)
    }

    async fn speeds(&self) -> Result<Option<Speeds>, StoreError> {
        let item = request::get(&self.client, &self.records, records::key(SPEEDS, SPEEDS)).await?;
        Ok(item.map(decode_speeds).transpose()?)
    }

    async fn tell_speeds(&self, speeds: &Speeds) -> Result<(), StoreError> {
        request::update(&self.client, tell(&self.records, speeds)?)
            .await
            .map(drop)
    }

    async fn promised(&self, key: &str) -> Result<Option<PromisedRate>, StoreError> {
        let item = request::get(&self.client, &self.records, records::key(partition(key), PROMISED)).await?;
        Ok(item.map(decode_promise).transpose()?)
    }

    async fn promise(&self, key: &str, was: Option<Timestamp>, next: &PromisedRate) -> Result<bool, StoreError> {
        request::update(&self.client, promise(&self.records, key, was, next)?).await
    }
}

fn partition(key: &str) -> String {
    format!("pace#{key}")
}

/// Takes parts out of a period with at most `room` parts used.
fn taken(table: &str, key: &str, period: Timestamp, parts: u32, room: u32) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let used = expression.name("used");
    let room = expression.value(number(room));
    expression.require(&format!("attribute_not_exists({used}) OR {used} <= {room}"));
    expression.add_to_number("used", parts);
    expression.set("delete_after", records::delete_after(period, KEPT));
    expression.into_update(table, records::key(partition(key), time::to_text(period)))
}

fn lower(table: &str, key: &str, to: Lowered, unless_after: Timestamp) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let at = expression.name("at");
    let before = expression.value(time::attribute(unless_after));
    expression.require(&format!("attribute_not_exists({at}) OR {at} <= {before}"));
    expression.set("parts", number(to.parts));
    expression.set("at", time::attribute(to.at));
    expression.set("delete_after", records::delete_after(to.at, KEPT));
    expression.into_update(table, records::key(partition(key), LOWERED))
}

fn promise(table: &str, key: &str, was: Option<Timestamp>, next: &PromisedRate) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("until", was.map(time::attribute));
    expression.set("until", time::attribute(next.until));
    expression.set("campaign_id", text(&next.campaign_id));
    expression.set("delete_after", records::delete_after(next.until, KEPT));
    expression.into_update(table, records::key(partition(key), PROMISED))
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Speeds")]
struct SpeedsRow {
    #[serde(with = "rates")]
    providers: BTreeMap<String, Option<Rate>>,
    usual: Vec<String>,
}

/// As texts, which are empty where a provider has no rate.
mod rates {
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    use super::*;

    type Rates = BTreeMap<String, Option<Rate>>;

    pub(super) fn serialize<S: Serializer>(rates: &Rates, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |rate: &Option<Rate>| rate.map(|rate| rate.to_string()).unwrap_or_default();
        serializer.collect_map(rates.iter().map(|(provider, rate)| (provider, text(rate))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rates, D::Error> {
        let rate = |text: &str| (!text.is_empty()).then(|| text.parse()).transpose();
        let texts = BTreeMap::<String, String>::deserialize(deserializer)?.into_iter();
        let rates = texts.map(|(provider, text)| Ok((provider, rate(&text)?)));
        rates.collect::<Result<_, RateError>>().map_err(D::Error::custom)
    }
}

fn tell(table: &str, speeds: &Speeds) -> Result<Update, StoreError> {
    let mut row = as_row::write(|serializer| SpeedsRow::serialize(speeds, serializer))?;
    let mut expression = Expression::default();
    for attribute in ["providers", "usual"] {
        expression.set_or_remove(attribute, row.remove(attribute));
    }
    expression.into_update(table, records::key(SPEEDS, SPEEDS))
}

fn decode_promise(item: Item) -> Result<PromisedRate, UnreadableRow> {
    let mut row = StoredRow::new("promised rate", item);
    Ok(PromisedRate {
        until: row.required("until")?,
        campaign_id: row.required("campaign_id")?,
    })
}

fn decode_speeds(item: Item) -> Result<Speeds, UnreadableRow> {
    as_row::read(SPEEDS, item, SpeedsRow::deserialize)
}

fn decode_lowered(item: Item) -> Result<Lowered, UnreadableRow> {
    let mut row = StoredRow::new("lowered rate", item);
    Ok(Lowered {
        parts: row.number("parts")?,
        at: row.required("at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::NewItem;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn parts_are_taken_in_one_step_where_there_is_room() {
        let update = taken("t", "twilio#+1", at(61_000), 2, 8).unwrap();
        assert_eq!(update.key()["sk"].as_s().unwrap(), "1970-01-01T00:01:01.000Z");
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_not_exists(#used) OR #used <= :v0)")
        );
        assert_eq!(update.update_expression(), "SET #delete_after = :v2 ADD #used :v1");
        let values = update.expression_attribute_values().unwrap();
        assert_eq!((&values[":v0"], &values[":v1"]), (&number(8_u32), &number(2_u32)));
        assert_eq!(values[":v2"], number(961_u32));
    }

    #[test]
    fn k41_a_rate_is_lowered_once_however_many_were_refused_together() {
        let to = Lowered { parts: 5, at: at(2000) };
        let update = lower("t", "k", to, at(1000)).unwrap();
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_not_exists(#at) OR #at <= :v0)")
        );
        let row = NewItem::default().number("parts", 5_u32).time("at", at(2000)).finish();
        assert_eq!(decode_lowered(row).unwrap(), to);
    }
}
