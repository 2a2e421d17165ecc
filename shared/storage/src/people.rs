//! All stored data about a person, in any table: found by reading the tables once, because erasures are too rare for an
//! index that every message would pay for.
//!
//! The progress of an unfinished erasure is kept in the table of records:
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `erasure#<digest of the phone>` and `progress` |
//! | `progress` | S | what was done and which key was seen last, in JSON |
//! | `delete_after` | N | a day later, when it starts again |

mod contact;
mod messages;
mod records;
mod shifts;

use std::future::Future;

use application::port::{Erased, ErasedPage, ErasureProgress, Forgotten, Part, People, Place, Position, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::digest::digest;
use domain::phone_number::PhoneNumber;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, text};
use crate::messages::MessagesTable;
use crate::request::{deleting, putting};
use crate::stored_row::StoredRow;
use crate::{records as table_of_records, request};

/// Rows of a page that are changed at once.
const WRITES_AT_ONCE: usize = 16;

/// For how long an erasure that was not finished is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// The tables that may keep something of a person.
#[derive(Debug, Clone)]
pub struct PeopleTableNames {
    pub contacts: String,
    pub shifts: String,
    pub messages: String,
    pub records: String,
}

/// Whether a text that somebody typed is this phone number.
pub type IsWrittenAs = fn(&str, &PhoneNumber) -> bool;

/// Makes 32 hexadecimal digits by chance, another each time.
pub type RandomDigits = fn() -> String;

/// The port [`People`] on the tables of contacts, shifts, messages and records.
#[derive(Debug, Clone)]
pub struct PeopleTables {
    client: Client,
    names: PeopleTableNames,
    messages: MessagesTable,
    is_written_as: IsWrittenAs,
    random_digits: RandomDigits,
}

impl PeopleTables {
    pub fn new(
        client: Client,
        names: PeopleTableNames,
        is_written_as: IsWrittenAs,
        random_digits: RandomDigits,
    ) -> Self {
        let messages = MessagesTable::new(client.clone(), &names.messages, &names.records);
        Self {
            client,
            names,
            messages,
            is_written_as,
            random_digits,
        }
    }

    /// Whose they are, and how to recognise them.
    fn of<'a>(&self, phone: &'a PhoneNumber) -> Person<'a> {
        Person {
            phone,
            is_written_as: self.is_written_as,
            random_digits: self.random_digits,
        }
    }
}

/// The person who is erased.
#[derive(Clone, Copy)]
struct Person<'a> {
    phone: &'a PhoneNumber,
    is_written_as: IsWrittenAs,
    /// What stands for the person where a name of something was made of their number.
    random_digits: RandomDigits,
}

#[async_trait]
impl People for PeopleTables {
    async fn forget_contact(&self, phone: &PhoneNumber) -> Result<Forgotten, StoreError> {
        contact::forget(&self.client, &self.names.contacts, phone).await
    }

    async fn erase_page(
        &self,
        phone: &PhoneNumber,
        part: Part,
        after: Option<&Position>,
        now: Timestamp,
    ) -> Result<ErasedPage, StoreError> {
        let person = self.of(phone);
        match part.place {
            Place::Shifts => shifts::page(&self.client, &self.names.shifts, person, part, after).await,
            Place::Messages => {
                let names = &self.names.messages;
                messages::page(&self.client, &self.messages, names, person, part, after, now).await
            }
            Place::Records => records::page(&self.client, &self.names.records, person, part, after).await,
        }
    }

    async fn progress(&self, phone: &PhoneNumber) -> Result<Option<ErasureProgress>, StoreError> {
        let Some(item) = request::get(&self.client, &self.names.records, progress_key(phone)).await? else {
            return Ok(None);
        };
        let mut row = StoredRow::new("progress of an erasure", item);
        let json: String = row.required("progress")?;
        let progress = serde_json::from_str(&json).map_err(|_| row.unreadable("progress"))?;
        Ok(Some(progress))
    }

    async fn save_progress(
        &self,
        phone: &PhoneNumber,
        progress: Option<&ErasureProgress>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let key = progress_key(phone);
        let Some(progress) = progress else {
            return request::delete(&self.client, &self.names.records, key).await;
        };
        let json = serde_json::to_string(progress)
            .map_err(|error| StoreError::Invalid(format!("the progress of an erasure: {error}")))?;
        let mut expression = Expression::default();
        expression.set("progress", text(json));
        expression.set("delete_after", table_of_records::delete_after(at, REMEMBERED));
        let update = expression.into_update(&self.names.records, key)?;
        request::update(&self.client, update).await.map(drop)
    }
}

fn progress_key(phone: &PhoneNumber) -> Item {
    table_of_records::key(format!("erasure#{}", digest(&["erasure", phone.as_str()])), "progress")
}

/// A scan of one page of a part, strongly consistent.
fn scan(client: &Client, table: &str, part: Part, after: Option<Item>) -> ScanFluentBuilder {
    client
        .scan()
        .table_name(table)
        .segment(i32::try_from(part.segment).unwrap_or(i32::MAX))
        .total_segments(i32::try_from(part.segments).unwrap_or(i32::MAX))
        .consistent_read(true)
        .set_exclusive_start_key(after)
}

/// Erases what is of the person from each row that `scan` finds, some at once. `position` is that of a row, by its key.
async fn erase_each<F>(
    scan: ScanFluentBuilder,
    erase: impl Fn(Item) -> F,
    position: impl FnOnce(&Item) -> Option<String>,
) -> Result<ErasedPage, StoreError>
where
    F: Future<Output = Result<Erased, StoreError>>,
{
    let table = scan.get_table_name().clone().unwrap_or_default();
    let answer = scan.send().await.map_err(|error| store_error("Scan", &table, &error))?;
    let erased = stream::iter(answer.items.unwrap_or_default())
        .map(erase)
        .buffer_unordered(WRITES_AT_ONCE)
        .try_fold(Erased::default(), |mut all, erased| async move {
            all.add(&erased);
            Ok(all)
        })
        .await?;
    let next = answer.last_evaluated_key.as_ref().and_then(position).map(Position);
    Ok(ErasedPage { erased, next })
}

/// Puts a row under another key, if it is still there and `attribute` is as it was read.
async fn move_row(
    client: &Client,
    table: &str,
    from: Item,
    attribute: &str,
    read: Option<AttributeValue>,
    to: Item,
) -> Result<bool, StoreError> {
    let mut unchanged = Expression::default();
    for part in from.keys() {
        unchanged.require_present(part);
    }
    unchanged.require_unchanged(attribute, read);
    let writes = vec![
        deleting(unchanged.into_delete(table, from)?),
        putting(Expression::default().into_put(table, to)?),
    ];
    match request::transact(client, writes).await {
        Ok(()) => Ok(true),
        Err(error) if error.failed_condition_at(0) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The text of an attribute, where it is one.
fn text_of<'a>(item: &'a Item, attribute: &str) -> Option<&'a str> {
    item.get(attribute)?.as_s().ok().map(String::as_str)
}
