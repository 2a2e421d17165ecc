//! The port [`Budgets`]: what organisations have used is in [`crate::records::budget`], the reservations of campaigns are
//! here.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `campaign#<campaign_id>` and `budget` |
//! | `organisation`, `month` | S | whose budget it is, and of which month |
//! | `reserved` | N | segments that were put aside before the first message was made |
//! | `left` | N | those of them that no message has taken, until they are given back |

use application::port::{Budgets, ChargedWrite, Reservation, Reserving, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, Update};
use domain::budget::Month;
use domain::message::{Message, MessageId};
use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::item::{Item, number};
use crate::records::{self, budget};
use crate::request::{self, putting, updating};
use crate::{as_row, as_text, messages};

const LEFT: &str = "left";

/// The places of the writes in the transaction that puts something aside.
const COUNTED: usize = 0;
const RESERVED: usize = 1;

/// The place of the reservation in the transactions that take from it; the messages come after it.
const TAKEN: usize = 0;

/// The port [`Budgets`] on the tables of messages and records.
#[derive(Debug, Clone)]
pub struct BudgetsTable {
    client: Client,
    messages: String,
    records: String,
}

impl BudgetsTable {
    pub fn new(client: Client, messages: impl Into<String>, records: impl Into<String>) -> Self {
        Self {
            client,
            messages: messages.into(),
            records: records.into(),
        }
    }
}

#[async_trait]
impl Budgets for BudgetsTable {
    async fn used(&self, organisation: &str, month: Month) -> Result<u64, StoreError> {
        let item = request::get(&self.client, &self.records, budget::key(organisation, month)).await?;
        Ok(item
            .map(|item| budget::used(organisation, item))
            .transpose()?
            .unwrap_or_default())
    }

    async fn reserve(
        &self,
        campaign_id: &str,
        reservation: &Reservation,
        allowance: u64,
    ) -> Result<Reserving, StoreError> {
        request::despite_contention(campaign_id, || self.reserve_once(campaign_id, reservation, allowance)).await
    }

    async fn reservation(&self, campaign_id: &str) -> Result<Option<Reservation>, StoreError> {
        let item = request::get(&self.client, &self.records, key(campaign_id)).await?;
        item.map(|item| decode(campaign_id, item)).transpose()
    }

    async fn write_charged(&self, campaign_id: &str, messages: Vec<Message>) -> Result<ChargedWrite, StoreError> {
        request::despite_contention(campaign_id, || self.draw_once(campaign_id, &messages)).await
    }

    async fn settle(&self, campaign_id: &str) -> Result<(), StoreError> {
        request::despite_contention(campaign_id, || self.settle_once(campaign_id)).await
    }
}

impl BudgetsTable {
    async fn reserve_once(
        &self,
        campaign_id: &str,
        reservation: &Reservation,
        allowance: u64,
    ) -> Result<Reserving, StoreError> {
        let Reservation {
            organisation,
            month,
            left,
        } = reservation;
        let Some(taken) = budget::taken(&self.records, organisation, *month, *left, allowance)? else {
            return Ok(Reserving::OverBudget);
        };
        let reserved = reserved(&self.records, campaign_id, reservation)?;
        match request::transact(&self.client, vec![updating(taken), putting(reserved)]).await {
            Ok(()) => Ok(Reserving::Reserved),
            Err(error) if error.failed_condition_at(RESERVED) => Ok(Reserving::ReservedBefore),
            Err(error) if error.failed_condition_at(COUNTED) => Ok(Reserving::OverBudget),
            Err(error) => Err(error.into()),
        }
    }

    async fn draw_once(&self, campaign_id: &str, messages: &[Message]) -> Result<ChargedWrite, StoreError> {
        let charges = messages.iter().filter_map(|message| message.charge);
        let segments = charges.map(|charge| u64::from(charge.segments)).sum();
        let mut writes = vec![updating(unreserve(&self.records, campaign_id, segments)?)];
        for message in messages {
            writes.push(putting(messages::put_new(&self.messages, message)?));
        }
        let Err(error) = request::transact(&self.client, writes).await else {
            return Ok(ChargedWrite::Written);
        };
        let ids = messages.iter().map(|message| &message.id).enumerate();
        let present = ids.filter(|(position, _)| error.failed_condition_at(TAKEN + 1 + position));
        let present: Vec<MessageId> = present.map(|(_, id)| id.clone()).collect();
        if !present.is_empty() {
            Ok(ChargedWrite::Present(present))
        } else if error.failed_condition_at(TAKEN) {
            Ok(ChargedWrite::TooLittleLeft)
        } else {
            Err(error.into())
        }
    }

    async fn settle_once(&self, campaign_id: &str) -> Result<(), StoreError> {
        let Some(reservation) = self.reservation(campaign_id).await? else {
            return Ok(());
        };
        if reservation.left == 0 {
            return Ok(());
        }
        let emptied = emptied(&self.records, campaign_id, reservation.left)?;
        let back = budget::given_back(
            &self.records,
            &reservation.organisation,
            reservation.month,
            reservation.left,
        )?;
        // Where a message was faster, what is left is read again.
        Ok(request::transact(&self.client, vec![updating(emptied), updating(back)]).await?)
    }
}

/// What a campaign has put aside of its organisation's budget.
fn key(campaign_id: &str) -> Item {
    records::key(records::campaign(campaign_id), "budget")
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reservation")]
struct Attributes {
    organisation: String,
    #[serde(with = "as_text")]
    month: Month,
    left: u64,
}

fn reserved(table: &str, campaign_id: &str, reservation: &Reservation) -> Result<Put, StoreError> {
    let mut item = as_row::write(|serializer| Attributes::serialize(reservation, serializer))?;
    item.insert("reserved".to_owned(), number(reservation.left));
    item.extend(key(campaign_id));
    let mut expression = Expression::default();
    expression.require_absent("pk");
    expression.into_put(table, item)
}

fn decode(campaign_id: &str, item: Item) -> Result<Reservation, StoreError> {
    let name = format!("budget of campaign {campaign_id}");
    Ok(as_row::read(name, item, Attributes::deserialize)?)
}

/// Takes segments out of what a campaign has put aside, if that much is left.
fn unreserve(table: &str, campaign_id: &str, segments: u64) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let left = expression.name(LEFT);
    let least = expression.value(number(segments));
    expression.require(&format!("{left} >= {least}"));
    expression.assign(LEFT, &format!("{left} - {least}"));
    expression.into_update(table, key(campaign_id))
}

/// Takes all that is left of it, if that is still as it was read.
fn emptied(table: &str, campaign_id: &str, left: u64) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged(LEFT, Some(number(left)));
    expression.set(LEFT, number(0_u32));
    expression.into_update(table, key(campaign_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::from_text("2026-11").unwrap()
    }

    #[test]
    fn a_reservation_reads_back() {
        let reservation = Reservation {
            organisation: "org-1".into(),
            month: month(),
            left: 40_000,
        };
        let put = reserved("t", "c1", &reservation).unwrap();
        assert_eq!(put.item()["reserved"], number(40_000_u32));
        assert_eq!(decode("c1", put.item().clone()).unwrap(), reservation);
        let error = decode("c1", Item::new()).unwrap_err().to_string();
        assert!(
            error.contains("budget of campaign c1: attribute organisation"),
            "{error}"
        );
    }

    #[test]
    fn no_more_is_drawn_than_is_left() {
        let update = unreserve("t", "c1", 99).unwrap();
        assert_eq!(update.condition_expression(), Some("(#left >= :v0)"));
        assert_eq!(update.update_expression(), "SET #left = #left - :v0");
    }
}
