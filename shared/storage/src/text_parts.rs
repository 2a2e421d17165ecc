//! Parts of long texts, in the table of records, for the seconds until the rest has come.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `employee#<phone>` and `parts#<provider>#<number that was texted>` |
//! | `parts` | L of M | the parts in their order: `id` (S), `is_stable` (BOOL), `body` (S), `received_at` (S) |
//! | `closed_by` | S | the id of the part that ended the text |
//! | `delete_after` | N | an hour after the last part; what is served is deleted at once |

use application::inbound::InboundId;
use application::port::{PartsKey, StoreError, TextParts, WaitingPart, WaitingParts};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::expression::Expression;
use crate::item::{Item, NewItem, text};
use crate::one_table::on_one_table;
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::{records, request};

const KEPT: SignedDuration = SignedDuration::from_hours(1);

on_one_table! {
    /// The port [`TextParts`] on the table of records.
    TextPartsTable, records
}

fn key(key: &PartsKey) -> Item {
    let PartsKey { provider, to, from } = key;
    records::key(records::employee(from), format!("parts#{provider}#{to}"))
}

fn parts(waiting: &WaitingParts) -> AttributeValue {
    let part = |part: &WaitingPart| {
        let (id, is_stable) = match &part.id {
            InboundId::Stable(id) => (id, true),
            InboundId::Content(digest) => (digest, false),
        };
        NewItem::default()
            .text("id", id)
            .set("is_stable", AttributeValue::Bool(is_stable))
            .text("body", &part.body)
            .time("received_at", part.received_at)
            .into_map()
    };
    AttributeValue::L(waiting.parts.iter().map(part).collect())
}

fn closed_by(waiting: &WaitingParts) -> Option<AttributeValue> {
    waiting.closed_by.as_deref().map(text)
}

fn decode(item: Item) -> Result<WaitingParts, UnreadableRow> {
    let mut row = StoredRow::new("parts of a text", item);
    let read = |mut part: StoredRow| {
        let id = part.required("id")?;
        Ok(WaitingPart {
            id: if part.flag("is_stable")? {
                InboundId::Stable(id)
            } else {
                InboundId::Content(id)
            },
            body: part.required("body")?,
            received_at: part.required("received_at")?,
        })
    };
    Ok(WaitingParts {
        parts: row.maps("parts")?.into_iter().map(read).collect::<Result<_, _>>()?,
        closed_by: row.optional("closed_by")?,
    })
}

#[async_trait]
impl TextParts for TextPartsTable {
    async fn get(&self, key: &PartsKey) -> Result<Option<WaitingParts>, StoreError> {
        let item = request::get(&self.client, &self.records, self::key(key)).await?;
        Ok(item.map(decode).transpose()?)
    }

    async fn replace(
        &self,
        key: &PartsKey,
        before: Option<&WaitingParts>,
        after: Option<&WaitingParts>,
    ) -> Result<bool, StoreError> {
        let mut expression = Expression::default();
        expression.require_unchanged("parts", before.map(parts));
        expression.require_unchanged("closed_by", before.and_then(closed_by));
        let Some(after) = after else {
            let delete = expression.into_delete(&self.records, self::key(key))?;
            return request::delete_if(&self.client, delete).await;
        };
        expression.set("parts", parts(after));
        expression.set_or_remove("closed_by", closed_by(after));
        let last = after
            .parts
            .last()
            .map_or(Timestamp::UNIX_EPOCH, |part| part.received_at);
        expression.set("delete_after", records::delete_after(last, KEPT));
        request::update(&self.client, expression.into_update(&self.records, self::key(key))?).await
    }
}
