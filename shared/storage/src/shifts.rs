//! The table of shifts. A person may type its rows; `shift_id` alone makes a shift.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `shift_id` | S, key | the code |
//! | `shift_status` | S | `available`, `taken` or `closed`; absent is available |
//! | `shift_info` | S | what the shift is, in words |
//! | `employee` | S | the holder, or the latest of several |
//! | `employees` | SS | every holder, where `capacity` is more than one |
//! | `capacity` | N or S | places; absent is one |
//! | `starts_at` | S | time, by its zone or offset, `zone` or the organisation's clock |
//! | `zone` | S | where the clock of `starts_at` hangs; absent is the organisation's |
//! | `organisation` | S | whose shift it is; only its own contacts may have it; absent is `default` |
//! | `status`, `error` | S | `rejected` and why, on a row that cannot be offered; taken away when it can again |
//! | `note` | S | what is worth knowing of a row that can be offered |
//!
//! | index | keys | projection |
//! |---|---|---|
//! | `by-status` | `shift_status`, `shift_id` | all |
//!
//! Other attributes belong to the table's owner and are left unchanged.

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use application::check_shift::ShiftChange;
use application::inbound::FoundShift;
use application::port::{Organisations, Shifts, ShiftsPage, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::organisation::Organisation;
use domain::shift::{Shift, ShiftRow};
use domain::shift_code::ShiftCode;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde_dynamo::Item as StoredItem;

pub(crate) use place::{claim, release};

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, NewItem, key, text};
use crate::request;
use crate::typed_row::TypedRow;

pub(crate) const KEY: &str = "shift_id";
const BY_STATUS: &str = "by-status";

const AVAILABLE: &str = "available";
const TAKEN: &str = "taken";
const CLOSED: &str = "closed";

/// As many shifts as one round of a sweep looks at.
const PAGE: i32 = 1000;

/// The port [`Shifts`] on the table of shifts.
#[derive(Debug, Clone)]
pub struct ShiftsTable {
    client: Client,
    name: String,
    organisations: Arc<dyn Organisations>,
}

impl ShiftsTable {
    pub fn new(client: Client, name: impl Into<String>, organisations: Arc<dyn Organisations>) -> Self {
        Self {
            client,
            name: name.into(),
            organisations,
        }
    }
}

#[async_trait]
impl Shifts for ShiftsTable {
    async fn starts(&self, codes: &BTreeSet<ShiftCode>) -> Result<Vec<Timestamp>, StoreError> {
        let ids: BTreeSet<String> = codes.iter().flat_map(ShiftCode::spellings).collect();
        let keys = ids.iter().map(|id| (self.name.as_str(), key(KEY, id))).collect();
        let rows = request::batch_get(&self.client, keys).await?;
        let rows = rows.into_iter().map(|(_, item)| item).collect();
        let found = found(rows, &*self.organisations).await?;
        Ok(found
            .iter()
            .filter_map(|found| match found {
                FoundShift::Usable(shift) => shift.starts_at,
                FoundShift::Unusable { .. } => None,
            })
            .collect())
    }

    async fn available(&self, after: Option<&str>) -> Result<ShiftsPage, StoreError> {
        let rows = available(&self.client, &self.name, after, PAGE).await?;
        rows.read(&*self.organisations).await
    }

    async fn reject(&self, shift_id: &str, error: &str) -> Result<(), StoreError> {
        // A row that was deleted meanwhile needs no error.
        request::update(&self.client, rejected(&self.name, shift_id, error)?)
            .await
            .map(drop)
    }

    async fn accept(&self, shift_id: &str) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.require_present("error");
        expression.remove("status");
        expression.remove("error");
        request::update(&self.client, expression.into_update(&self.name, key(KEY, shift_id))?)
            .await
            .map(drop)
    }

    async fn note(&self, shift_id: &str, note: &str) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.set("note", text(note));
        expression.require_present(KEY);
        request::update(&self.client, expression.into_update(&self.name, key(KEY, shift_id))?)
            .await
            .map(drop)
    }

    async fn close(&self, shift_id: &str) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.set("shift_status", text(CLOSED));
        expression.require_unchanged("shift_status", Some(text(AVAILABLE)));
        request::update(&self.client, expression.into_update(&self.name, key(KEY, shift_id))?)
            .await
            .map(drop)
    }
}

/// A page of rows that have not been read yet.
#[derive(Debug, Default)]
pub(crate) struct RowsPage {
    rows: Vec<Item>,
    next: Option<String>,
}

impl RowsPage {
    pub(crate) async fn read(self, organisations: &dyn Organisations) -> Result<ShiftsPage, StoreError> {
        Ok(ShiftsPage {
            shifts: found(self.rows, organisations).await?,
            next: self.next,
        })
    }
}

/// At most `limit` available shifts after the id `after`, in the order of their ids. Eventually consistent.
pub(crate) async fn available(
    client: &Client,
    table: &str,
    after: Option<&str>,
    limit: i32,
) -> Result<RowsPage, StoreError> {
    let answer = by_status(client, table, after).limit(limit).send().await;
    let answer = answer.map_err(|error| store_error("Query", table, &error))?;
    let next = answer
        .last_evaluated_key()
        .and_then(|key| key.get(KEY)?.as_s().ok())
        .cloned();
    Ok(RowsPage {
        rows: answer.items.unwrap_or_default(),
        next,
    })
}

/// Asks the index for available shifts after the id `after`.
pub(crate) fn by_status(client: &Client, table: &str, after: Option<&str>) -> QueryFluentBuilder {
    let request = client
        .query()
        .table_name(table)
        .index_name(BY_STATUS)
        .expression_attribute_names("#shift_status", "shift_status")
        .expression_attribute_values(":available", text(AVAILABLE));
    match after {
        None => request.key_condition_expression("#shift_status = :available"),
        Some(after) => request
            .key_condition_expression("#shift_status = :available AND #shift_id > :after")
            .expression_attribute_names("#shift_id", KEY)
            .expression_attribute_values(":after", text(after)),
    }
}

/// Reads rows, whatever their state, each by the settings of its organisation if it needs them.
pub(crate) async fn found(items: Vec<Item>, organisations: &dyn Organisations) -> Result<Vec<FoundShift>, StoreError> {
    let rows: Vec<ShiftRow> = items.into_iter().map(row).collect();
    let resting = rows.iter().filter(|row| row.needs_organisation());
    let names: BTreeSet<String> = resting.map(|row| row.organisation().to_owned()).collect();
    let settings = names.into_iter().map(|name| settings(organisations, name));
    let settings: BTreeMap<String, Option<Organisation>> = try_join_all(settings).await?.into_iter().collect();
    let without = Some(Organisation::default());
    let read = rows.into_iter().map(|row| {
        let settings = settings.get(row.organisation()).unwrap_or(&without);
        read(row, settings.as_ref())
    });
    Ok(read.collect())
}

async fn settings(
    organisations: &dyn Organisations,
    name: String,
) -> Result<(String, Option<Organisation>), StoreError> {
    match organisations.on_a_clock(&name).await {
        // It exists, and its clock is not known until the settings are corrected.
        Err(StoreError::Invalid(_)) => Ok((name, Some(Organisation::default()))),
        settings => Ok((name, settings?)),
    }
}

fn read(row: ShiftRow, organisation: Option<&Organisation>) -> FoundShift {
    let (id, noted) = (row.shift_id.clone(), row.error.clone());
    let name = row.organisation().to_owned();
    match Shift::read(row, organisation) {
        Ok(shift) => FoundShift::Usable(shift),
        Err(error) => FoundShift::Unusable {
            id,
            organisation: name,
            noted: noted.is_some_and(|noted| noted == error.to_string()),
            error,
        },
    }
}

/// Reads what [`as_row`] wrote, which rests on no settings.
pub(crate) fn from_row(item: impl Into<StoredItem>) -> Option<Shift> {
    Shift::read(row(item), Some(&Organisation::default())).ok()
}

/// A shift as a row of its own, from which [`from_row`] reads the same shift.
pub(crate) fn as_row(shift: &Shift) -> Item {
    let holders: Vec<String> = shift.holders.iter().map(ToOwned::to_owned).collect();
    let several = (shift.capacity > 1 && !holders.is_empty()).then(|| AttributeValue::Ss(holders.clone()));
    NewItem::default()
        .text(KEY, &shift.id)
        .optional_text("shift_status", shift.stored_status.as_ref())
        .text("shift_info", &shift.info)
        .text("capacity", shift.capacity.to_string())
        .optional_text("employee", holders.into_iter().next())
        .optional("employees", several)
        .text("organisation", &shift.organisation)
        .optional_text("starts_at", shift.start().map(|start| start.to_string()))
        .finish()
}

/// What somebody changed on a row, from the images of it in an event of the table's stream; `None` where it was removed.
pub fn decode_shift_change(before: StoredItem, after: StoredItem) -> Option<ShiftChange> {
    let is_row = |item: &StoredItem| item.contains_key(KEY);
    let organisation = TypedRow::new(after.clone()).filled("organisation");
    is_row(&after).then(|| ShiftChange {
        before: is_row(&before).then(|| row(before)),
        after: row(after),
        organisation,
    })
}

fn row(item: impl Into<StoredItem>) -> ShiftRow {
    let mut row = TypedRow::new(item);
    let shift_id = row.text(KEY).unwrap_or_default();
    let shift_status = row.text("shift_status");
    let shift_info = row.text("shift_info");
    let employee = row.text("employee");
    let employees = row.string_set("employees");
    let capacity = row.text("capacity");
    let starts_at = row.text("starts_at");
    let zone = row.text("zone");
    let organisation = row.text("organisation");
    let error = row.text("error");
    // Conditions compare it as stored, so it must be stored as it is understood.
    let is_odd = |text: &String| {
        text.trim()
            .parse::<u32>()
            .is_ok_and(|number| number.to_string() != *text)
    };
    if capacity.as_ref().is_some_and(is_odd) {
        row.complain("capacity must be a whole number in plain digits".into());
    }
    ShiftRow {
        shift_id,
        shift_status,
        shift_info,
        employee,
        employees,
        capacity,
        starts_at,
        zone,
        organisation,
        error,
        malformed: row.into_malformed(),
    }
}

/// Marks a row unusable, for its author.
pub(crate) fn rejected(table: &str, shift_id: &str, error: &str) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.set("status", text("rejected"));
    expression.set("error", text(error));
    expression.require_present(KEY);
    expression.into_update(table, key(KEY, shift_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(item: Item) -> FoundShift {
        read(row(item), Some(&Organisation::default()))
    }

    fn typed(attribute: &str, value: AttributeValue) -> Item {
        NewItem::with_key(key(KEY, "ABC1")).set(attribute, value).finish()
    }

    #[test]
    fn three_typed_attributes_make_a_shift() {
        let item = NewItem::with_key(key(KEY, "ABC1"))
            .text("shift_status", "available")
            .text("shift_info", "15/08 5h");
        let FoundShift::Usable(shift) = found(item.finish()) else {
            panic!("refused")
        };
        assert_eq!(
            (shift.id.as_str(), shift.info.as_str(), shift.capacity),
            ("ABC1", "15/08 5h", 1)
        );
        assert_eq!(shift.stored_status.as_deref(), Some("available"));
    }

    #[test]
    fn capacity_may_be_a_number_or_text() {
        for value in [AttributeValue::N("3".into()), text("3")] {
            let FoundShift::Usable(shift) = found(typed("capacity", value)) else {
                panic!("refused")
            };
            assert_eq!(shift.capacity, 3);
        }
    }

    #[test]
    fn what_a_condition_could_not_compare_is_refused_with_a_reason() {
        for (attribute, value, expected) in [
            ("shift_info", AttributeValue::M(Item::new()), "shift_info must be text"),
            (
                "employees",
                AttributeValue::L(vec![text("+12025550101")]),
                "employees must be a string set",
            ),
            ("capacity", text("03"), "plain digits"),
            ("capacity", text(" 3"), "plain digits"),
            ("capacity", text("many"), "capacity must be a whole number"),
        ] {
            let FoundShift::Unusable { id, error, noted, .. } = found(typed(attribute, value)) else {
                panic!("{expected}")
            };
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!((id.as_str(), noted), ("ABC1", false));
        }
    }

    #[test]
    fn a_complaint_is_noted_only_while_it_is_the_same() {
        for (noted, expected) in [("shift_info must be text", true), ("another", false)] {
            let mut item = typed("shift_info", AttributeValue::M(Item::new()));
            item.insert("error".into(), text(noted));
            assert!(matches!(found(item), FoundShift::Unusable { noted, .. } if noted == expected));
        }
    }

    #[derive(Debug, Default)]
    struct Asked(std::sync::Mutex<Vec<String>>);

    #[async_trait]
    impl Organisations for Asked {
        async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
            self.0.lock().unwrap().push(organisation.to_owned());
            match organisation {
                "away" => Err(StoreError::Unavailable("throttled".into())),
                "broken" => Err(StoreError::Invalid("zone".into())),
                _ => Ok(None),
            }
        }
    }

    #[tokio::test]
    async fn organisations_are_asked_for_once_and_only_where_a_row_rests_on_them() {
        let row = |id: &str| NewItem::with_key(key(KEY, id));
        let alone = vec![
            row("A1").finish(),
            row("A2").text("starts_at", "2027-03-28T09:00Z").finish(),
        ];
        let asked = Asked::default();
        assert_eq!(super::found(alone, &asked).await.unwrap().len(), 2);
        assert_eq!(*asked.0.lock().unwrap(), [""; 0]);
        let resting = vec![
            row("A1").text("organisation", "north").finish(),
            row("A2").text("organisation", " north ").finish(),
            row("A3").text("organisation", "broken").finish(),
            row("A4").text("organisation", "default").finish(),
        ];
        let found = super::found(resting, &asked).await.unwrap();
        let usable: Vec<bool> = found
            .iter()
            .map(|found| matches!(found, FoundShift::Usable(_)))
            .collect();
        assert_eq!(usable, [false, false, true, true]);
        assert_eq!(*asked.0.lock().unwrap(), ["broken", "north"]);
        let away = vec![row("A1").text("organisation", "away").finish()];
        assert!(super::found(away, &asked).await.is_err());
    }
}
