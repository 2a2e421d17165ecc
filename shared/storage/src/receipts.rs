//! Receipts that cannot be joined with their message by an id.
//!
//! Those that fit no message yet:
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `receipt#<digest>` and `kept` |
//! | `message_id` | S | our own id, where the provider echoed it |
//! | `provider`, `provider_message_id`, `recipient`, `port`, `code` | S | as in the receipt |
//! | `outcome` | S | how far the message came |
//! | `meaning` | S | what the code says of the number |
//! | `at` | S | when it was issued, exactly as in the receipt, because the digest includes it |
//! | `is_final` | BOOL | whether nothing will follow |
//! | `since` | S | when it first came |
//! | `due_bucket`, `due_at` | S | `receipts`, and when to try again: keys of the index `due` |
//! | `status`, `error` | S | `unmatched`, and why: it was tried for a day, and is left for people to see |
//!
//! Messages whose receipts will not name them:
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `awaited#<provider>#<phone>` and `<sent_at>#<message_id>` |
//! | `message_id`, `sent_at`, `port` | S | which message, when the network took it, and through which port |
//! | `handed_over_at` | S | when we gave it to the provider, by our own clock |
//! | `parts` | N | how many receipts will come; one where it is missing |
//! | `taken` | N | how many have come |
//! | `delivered_by`, `failed_by` | SS | their digests, by what they say |

use application::port::{AwaitedReceipt, ParkedReceipt, Receipts, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use domain::message::{MessageId, Receipt, ReceiptMeaning};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{self, Item, NewItem, text};
use crate::one_table::on_one_table;
use crate::records::due;
use crate::stored_row::{StoredRow, UnreadableRow, readable};
use crate::{records, request, time};

const SORT_KEY: &str = "kept";
const BUCKET: &str = "receipts";

/// Twice as long as a receipt is tried.
const PARKED_FOR: SignedDuration = SignedDuration::from_hours(48);

/// For so long people see what could not be matched.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An operator reports within three days.
const AWAITED_FOR: SignedDuration = SignedDuration::from_hours(4 * 24);

/// As many as the port promises at most.
const MOST_EXPECTED: i32 = 50;

on_one_table! {
    /// The port [`Receipts`] on the table of records.
    ReceiptsTable, records
}

#[async_trait]
impl Receipts for ReceiptsTable {
    async fn park(&self, parked: &ParkedReceipt) -> Result<(), StoreError> {
        // One that is there with a later time stays as it is.
        request::update(&self.client, park(&self.records, parked)?)
            .await
            .map(drop)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedReceipt>, StoreError> {
        due::first(&self.client, &self.records, BUCKET, now, limit, decode_parked).await
    }

    async fn forget(&self, parked: &ParkedReceipt) -> Result<(), StoreError> {
        request::delete(&self.client, &self.records, key(parked)).await
    }

    async fn give_up(&self, parked: &ParkedReceipt, error: &str) -> Result<(), StoreError> {
        let update = give_up(&self.records, parked, error)?;
        request::update(&self.client, update).await.map(drop)
    }

    async fn expect(&self, provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Result<(), StoreError> {
        let put = expect(&self.records, provider, number, awaited)?;
        request::put(&self.client, put).await.map(drop)
    }

    async fn expected(&self, provider: &str, number: &PhoneNumber) -> Result<Vec<AwaitedReceipt>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.records)
            .consistent_read(true)
            .key_condition_expression("pk = :awaited")
            .expression_attribute_values(":awaited", text(partition(provider, number)))
            .scan_index_forward(false)
            .limit(MOST_EXPECTED);
        let answer = request
            .send()
            .await
            .map_err(|error| store_error("Query", &self.records, &error))?;
        // A receipt may belong to any of those that can be read.
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(items.filter_map(|item| readable(decode_awaited(item))).collect())
    }

    async fn resolve(
        &self,
        provider: &str,
        number: &PhoneNumber,
        awaited: &AwaitedReceipt,
        receipt: &str,
        is_delivered: bool,
    ) -> Result<bool, StoreError> {
        let update = resolve(&self.records, provider, number, awaited, receipt, is_delivered)?;
        request::update(&self.client, update).await
    }
}

fn key(parked: &ParkedReceipt) -> Item {
    records::key(format!("receipt#{}", parked.key()), SORT_KEY)
}

/// Parks a receipt, or puts off one that is parked already.
fn park(table: &str, parked: &ParkedReceipt) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    for (attribute, value) in encode(&parked.receipt, parked.message_id.as_ref()) {
        expression.set(&attribute, value);
    }
    expression.set_if_absent("since", time::attribute(parked.since));
    expression.set_if_absent("delete_after", records::delete_after(parked.since, PARKED_FOR));
    expression.set("due_bucket", text(BUCKET));
    let name = expression.name("due_at");
    let due_at = expression.value(time::attribute(parked.due_at));
    expression.assign("due_at", &due_at);
    expression.require(&format!("attribute_not_exists({name}) OR {name} < {due_at}"));
    expression.into_update(table, key(parked))
}

fn give_up(table: &str, parked: &ParkedReceipt, error: &str) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("pk");
    expression.remove("due_bucket");
    expression.remove("due_at");
    expression.set("status", text("unmatched"));
    expression.set("error", text(error));
    expression.set("delete_after", records::delete_after(parked.since, SHOWN_FOR));
    expression.into_update(table, key(parked))
}

fn encode(receipt: &Receipt, message_id: Option<&MessageId>) -> Item {
    NewItem::default()
        .optional_text("message_id", message_id.map(MessageId::as_str))
        .text("provider", &receipt.provider)
        .optional_text("provider_message_id", receipt.provider_message_id.as_ref())
        .optional_text("recipient", receipt.recipient.as_ref().map(PhoneNumber::as_str))
        .optional_text("port", receipt.port.as_ref())
        .text("outcome", receipt.outcome.as_str())
        .text("code", &receipt.code)
        .optional_text("meaning", receipt.meaning.map(ReceiptMeaning::as_str))
        .text("at", receipt.at.to_string())
        .set("is_final", AttributeValue::Bool(receipt.is_final))
        .finish()
}

fn decode_parked(item: Item) -> Result<ParkedReceipt, UnreadableRow> {
    let mut row = StoredRow::with_id("parked receipt", "pk", item);
    Ok(ParkedReceipt {
        message_id: row.optional("message_id")?,
        receipt: Receipt {
            provider: row.required("provider")?,
            provider_message_id: row.optional("provider_message_id")?,
            recipient: row.optional("recipient")?,
            outcome: row.required("outcome")?,
            port: row.optional("port")?,
            at: row.required("at")?,
            is_final: row.flag("is_final")?,
            code: row.required("code")?,
            meaning: row.optional("meaning")?,
        },
        since: row.required("since")?,
        due_at: row.required("due_at")?,
    })
}

fn partition(provider: &str, number: &PhoneNumber) -> String {
    format!("awaited#{provider}#{}", number.as_str())
}

fn awaited_key(provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Item {
    let sort_key = format!("{}#{}", time::to_text(awaited.sent_at), awaited.message_id);
    records::key(partition(provider, number), sort_key)
}

/// Notes what is awaited, if it was not noted before.
fn expect(table: &str, provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Result<Put, StoreError> {
    let item = NewItem::with_key(awaited_key(provider, number, awaited))
        .text("message_id", awaited.message_id.as_str())
        .time("sent_at", awaited.sent_at)
        .optional_time("handed_over_at", awaited.handed_over_at)
        .optional_text("port", awaited.port.as_ref())
        .number("parts", awaited.parts)
        .set("delete_after", records::delete_after(awaited.sent_at, AWAITED_FOR));
    let mut expression = Expression::default();
    expression.require_absent("pk");
    expression.into_put(table, item.finish())
}

fn decode_awaited(item: Item) -> Result<AwaitedReceipt, UnreadableRow> {
    let mut row = StoredRow::with_id("awaited receipt", "sk", item);
    Ok(AwaitedReceipt {
        message_id: row.required("message_id")?,
        sent_at: row.required("sent_at")?,
        handed_over_at: row.optional("handed_over_at")?,
        port: row.optional("port")?,
        parts: row.number_or_zero::<u32>("parts")?.max(1),
        delivered_by: row.texts("delivered_by")?,
        failed_by: row.texts("failed_by")?,
    })
}

/// Notes that a receipt was taken for the message's own, unless others were since `awaited` was read.
fn resolve(
    table: &str,
    provider: &str,
    number: &PhoneNumber,
    awaited: &AwaitedReceipt,
    receipt: &str,
    is_delivered: bool,
) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("pk");
    let taken = |taken: usize| item::number(u64::try_from(taken).unwrap_or(u64::MAX));
    expression.require_unchanged("taken", (awaited.taken() > 0).then(|| taken(awaited.taken())));
    expression.set("taken", taken(awaited.taken() + 1));
    let digests = if is_delivered { "delivered_by" } else { "failed_by" };
    expression.add_to_set(digests, vec![receipt.to_owned()]);
    expression.into_update(table, awaited_key(provider, number, awaited))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::message::ReceiptOutcome;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn phone() -> PhoneNumber {
        PhoneNumber::parse("+12025550101").unwrap()
    }

    fn times() -> impl Strategy<Value = Timestamp> {
        (0_i64..4_000_000_000_000).prop_map(|millisecond| Timestamp::from_millisecond(millisecond).unwrap())
    }

    prop_compose! {
        fn receipts()(
            provider in "[a-z-]{1,12}",
            provider_message_id in option::of("\\PC{1,12}"),
            recipient in option::of(Just(phone())),
            outcome in select(ReceiptOutcome::ALL),
            port in option::of("[0-9.]{1,5}"),
            nanosecond in 0_i64..4_000_000_000_000_000_000,
            is_final in any::<bool>(),
            code in "\\PC{0,12}",
            meaning in option::of(select(ReceiptMeaning::ALL)),
        ) -> Receipt {
            let at = Timestamp::from_nanosecond(i128::from(nanosecond)).unwrap();
            Receipt { provider, provider_message_id, recipient, outcome, port, at, is_final, code, meaning }
        }
    }

    prop_compose! {
        fn parked_receipts()(
            message_id in option::of("[a-z]{1,9}-[0-9a-f]{32}"),
            receipt in receipts(),
            since in times(),
            due_at in times(),
        ) -> ParkedReceipt {
            ParkedReceipt { message_id: message_id.map(|id| MessageId::from_text(&id)), receipt, since, due_at }
        }
    }

    prop_compose! {
        fn awaited_receipts()(
            message_id in "[a-z]{1,9}-[0-9a-f]{32}",
            sent_at in times(),
            handed_over_at in option::of(times()),
            port in option::of("[0-9.]{1,5}"),
            parts in 1_u32..10,
        ) -> AwaitedReceipt {
            AwaitedReceipt {
                message_id: MessageId::from_text(&message_id),
                sent_at,
                handed_over_at,
                port,
                parts,
                delivered_by: BTreeSet::new(),
                failed_by: BTreeSet::new(),
            }
        }
    }

    /// The row that is there after a receipt was parked for the first time.
    fn row(parked: &ParkedReceipt) -> Item {
        NewItem::with_key(key(parked))
            .time("since", parked.since)
            .time("due_at", parked.due_at)
            .finish()
            .into_iter()
            .chain(encode(&parked.receipt, parked.message_id.as_ref()))
            .collect()
    }

    proptest! {
        #[test]
        fn a_parked_receipt_reads_back_under_the_same_key(parked in parked_receipts()) {
            let read = decode_parked(row(&parked)).unwrap();
            prop_assert_eq!(read.key(), parked.key());
            prop_assert_eq!(read, parked);
        }

        #[test]
        fn what_is_awaited_reads_back(awaited in awaited_receipts()) {
            let put = expect("t", "skyline", &phone(), &awaited).unwrap();
            let read = decode_awaited(put.item().clone()).unwrap();
            prop_assert_eq!(awaited_key("skyline", &phone(), &read), awaited_key("skyline", &phone(), &awaited));
            prop_assert_eq!(read, awaited);
        }

        #[test]
        fn an_unreadable_row_is_named_by_its_key_alone(
            parked in parked_receipts(),
            awaited in awaited_receipts(),
            broken in select(vec!["provider", "recipient", "outcome", "at", "is_final", "since", "due_at"]),
        ) {
            let secret = AttributeValue::L(vec![text("+12025550101")]);
            let mut item = row(&parked);
            item.insert(broken.to_owned(), secret.clone());
            let error = decode_parked(item).unwrap_err();
            prop_assert_eq!(error.attribute, broken);
            prop_assert_eq!(error.row, format!("parked receipt receipt#{}", parked.key()));

            let mut item = expect("t", "skyline", &phone(), &awaited).unwrap().item().clone();
            item.insert("sent_at".to_owned(), secret);
            let error = decode_awaited(item).unwrap_err().to_string();
            prop_assert!(error.contains(awaited.message_id.as_str()) && !error.contains("5550101"), "{}", error);
        }
    }

    #[test]
    fn k50_what_fits_nothing_is_left_where_people_see_it() {
        let parked = ParkedReceipt {
            message_id: None,
            receipt: Receipt {
                provider: "skyline".into(),
                provider_message_id: None,
                recipient: None,
                outcome: ReceiptOutcome::Delivered,
                port: None,
                at: Timestamp::UNIX_EPOCH,
                is_final: true,
                code: "0".into(),
                meaning: None,
            },
            since: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
        };
        let update = give_up("t", &parked, "no text fits").unwrap();
        let expression = update.update_expression();
        for clause in ["#status = ", "#error = ", "REMOVE #due_bucket, #due_at"] {
            assert!(expression.contains(clause), "{expression}");
        }
        let values = update.expression_attribute_values().unwrap();
        for value in [text("unmatched"), text("no text fits")] {
            assert!(values.values().any(|it| *it == value), "{values:?}");
        }
    }

    #[test]
    fn a_receipt_that_comes_again_is_only_put_off() {
        let parked = ParkedReceipt {
            message_id: None,
            receipt: Receipt {
                provider: "skyline".into(),
                provider_message_id: None,
                recipient: None,
                outcome: ReceiptOutcome::Delivered,
                port: None,
                at: Timestamp::MAX,
                is_final: true,
                code: "0".into(),
                meaning: None,
            },
            since: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
        };
        let update = park("t", &parked).unwrap();
        let expression = update.update_expression();
        for attribute in ["since", "delete_after"] {
            let first_stays = format!("#{attribute} = if_not_exists(#{attribute}, ");
            assert!(expression.contains(&first_stays), "{expression}");
        }
        let condition = update.condition_expression().unwrap();
        assert!(
            condition.starts_with("(attribute_not_exists(#due_at) OR #due_at < :v"),
            "{condition}"
        );
    }

    #[test]
    fn a_time_that_a_provider_made_up_is_no_trouble() {
        for sent_at in [Timestamp::MIN, Timestamp::MAX] {
            let awaited = AwaitedReceipt {
                message_id: MessageId::from_text("reply-1"),
                sent_at,
                handed_over_at: None,
                port: None,
                parts: 1,
                delivered_by: BTreeSet::new(),
                failed_by: BTreeSet::new(),
            };
            assert!(expect("t", "skyline", &phone(), &awaited).is_ok());
        }
    }
}
