//! Workshops and their registrants. A person types the rows.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `workshop#<id>` and `workshop` |
//! | `title`, `place` | S | what templates say of it |
//! | `tag` | S | which sequence its registrants get |
//! | `date` | S | such as `2026-11-21` |
//! | `zone` | S | where its clock hangs, such as `Asia/Kolkata`; absent is its organisation's |
//! | `country` | S | of its registrants' numbers without country code; absent is its organisation's |
//! | `organisation` | S | in whose name its texts go |
//! | `run`, `cancel` | BOOL or S | typed to have its sequence run, or cancelled; removed once that is done |
//! | `send_now` | S | the id of a step to be sent at once; removed once that is done |
//! | `status` | S | `running`, `scheduled`, `cancelled` or `rejected`; written by us, as is the rest |
//! | `error` | S | what to change, where `status` is `rejected` |
//! | `progress` | S | registrants with a phone of all registrants, such as `47 / 52` |
//! | `counts` | M of N | the same in detail |
//! | `run_at` | S | when the sequence was last run |
//! | `checkpoints` | L of M of `step`, `label`, `due_at` S, `skipped` BOOL | its steps then |
//! | `progressed` | M of `command`, `after` S and the fields of `counts` | how far a command has come that takes several turns |
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `workshop#<id>` and `registrant#<id>` |
//! | `name`, `phone` | S | both may be absent |
//! | `country` | S | of a `phone` without country code, by its two letters; absent is the workshop's |
//! | `revision` | N | raised when earlier texts to the registrant are no longer true; written by us |
//! | `status`, `error` | S | `rejected` and why, on a registrant who cannot be texted |

use application::port::{
    Position, Progressed, ReadWorkshop, RegistrantCounts, RegistrantsPage, StoreError, WorkshopState, Workshops,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::workshop::{Checkpoint, FIRST_REVISION, RegistrantRow, SequenceCommand, WorkshopRow, WorkshopStatus};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::as_row;
use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, NewItem, number, text};
use crate::one_table::on_one_table;
use crate::records::{self, noted};
use crate::request;
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::time;
use crate::typed_row::TypedRow;

const SORT_KEY: &str = "workshop";
const REGISTRANT: &str = "registrant#";

/// Rows of registrants written on at once.
const WRITES_AT_ONCE: usize = 48;

/// The attributes by which a person commands something.
const RUN: &str = "run";
const SEND_NOW: &str = "send_now";
const CANCEL: &str = "cancel";

on_one_table! {
    /// The port [`Workshops`] on the table of records.
    WorkshopsTable, records
}

impl WorkshopsTable {
    async fn enrol_one(&self, workshop: &str, registrant: String) -> Result<(), StoreError> {
        let update = enrolled(&self.records, workshop, &registrant)?;
        request::update(&self.client, update).await.map(drop)
    }
}

#[async_trait]
impl Workshops for WorkshopsTable {
    async fn get(&self, id: &str) -> Result<Option<ReadWorkshop>, StoreError> {
        let item = request::get(&self.client, &self.records, key(id)).await?;
        Ok(item.map(|item| decode(id, item)))
    }

    async fn save(&self, read: &ReadWorkshop, state: &WorkshopState) -> Result<bool, StoreError> {
        let update = saved(&read.state, state)?.into_update(&self.records, key(&read.row.id))?;
        request::update(&self.client, update).await
    }

    async fn registrants(
        &self,
        workshop: &str,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<RegistrantsPage, StoreError> {
        let answer = records::rows(&self.client, &self.records, partition(workshop), REGISTRANT)
            .set_exclusive_start_key(after.map(|after| registrant_key(workshop, &after.0)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| store_error("Query", &self.records, &error))?;
        let next = answer.last_evaluated_key().and_then(registrant_id).map(Position);
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(RegistrantsPage {
            registrants: items.filter_map(registrant).collect(),
            next,
        })
    }

    async fn enrol(&self, workshop: &str, registrants: &[&str]) -> Result<(), StoreError> {
        let registrants: Vec<String> = registrants.iter().map(ToString::to_string).collect();
        let updates = stream::iter(registrants).map(|registrant| self.enrol_one(workshop, registrant));
        updates.buffer_unordered(WRITES_AT_ONCE).try_collect().await
    }

    async fn note_registrant(&self, workshop: &str, registrant: &str, error: Option<&str>) -> Result<(), StoreError> {
        let update = noted(error).into_update(&self.records, registrant_key(workshop, registrant))?;
        request::update(&self.client, update).await.map(drop)
    }
}

fn partition(workshop: &str) -> String {
    format!("workshop#{workshop}")
}

fn key(workshop: &str) -> Item {
    records::key(partition(workshop), SORT_KEY)
}

/// The id of the workshop whose row has these keys; `None` where it is a row of another kind.
pub(crate) fn id_of_row<'a>(pk: &'a str, sk: &str) -> Option<&'a str> {
    pk.strip_prefix("workshop#")
        .filter(|id| sk == SORT_KEY && !id.is_empty())
}

fn registrant_key(workshop: &str, registrant: &str) -> Item {
    records::key(partition(workshop), format!("{REGISTRANT}{registrant}"))
}

fn registrant_id(item: &Item) -> Option<String> {
    let id = item.get("sk")?.as_s().ok()?.strip_prefix(REGISTRANT)?;
    Some(id.to_owned())
}

fn registrant(item: Item) -> Option<RegistrantRow> {
    let id = registrant_id(&item)?;
    let mut row = TypedRow::new(item);
    Some(RegistrantRow {
        id,
        name: row.text("name"),
        phone: row.text("phone"),
        country: row.text("country"),
        revision: row.number("revision"),
        noted: row.text("error"),
        malformed: row.into_malformed(),
    })
}

fn enrolled(table: &str, workshop: &str, registrant: &str) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.set_if_absent("revision", number(FIRST_REVISION));
    expression.require_present("pk");
    expression.into_update(table, registrant_key(workshop, registrant))
}

fn decode(id: &str, item: Item) -> ReadWorkshop {
    let mut row = TypedRow::new(item);
    let state = state(&mut row);
    ReadWorkshop {
        row: WorkshopRow {
            id: id.to_owned(),
            title: row.text("title"),
            tag: row.text("tag"),
            date: row.text("date"),
            place: row.text("place"),
            zone: row.text("zone"),
            country: row.text("country"),
            organisation: row.text("organisation"),
            malformed: row.into_malformed(),
        },
        state,
    }
}

fn state(row: &mut TypedRow) -> WorkshopState {
    let checkpoints = row.maps("checkpoints").into_iter().filter_map(checkpoint);
    WorkshopState {
        // What somebody else wrote there says nothing to us.
        status: row.text("status").and_then(|status| WorkshopStatus::from_text(&status)),
        error: row.text("error"),
        command: command(row),
        progressed: row.kept_map("progressed", progressed),
        run_at: row.kept("run_at", |at| at.parse().ok()),
        checkpoints: checkpoints.collect(),
        counts: row.kept_map("counts", counts),
    }
}

/// What is ordered; where that is several things, the one that does least.
fn command(row: &mut TypedRow) -> Option<SequenceCommand> {
    let [cancel, send_now, run] = [CANCEL, SEND_NOW, RUN].map(|attribute| {
        let said = row.has(attribute).then(|| row.text(attribute).unwrap_or_default());
        said.filter(|said| said != "false")
    });
    match (cancel, send_now, run) {
        (Some(_), _, _) => Some(SequenceCommand::Cancel),
        (None, Some(step), _) => Some(SequenceCommand::SendNow {
            step: step.trim().to_owned(),
        }),
        (None, None, Some(_)) => Some(SequenceCommand::Run),
        (None, None, None) => None,
    }
}

fn checkpoint(mut row: TypedRow) -> Option<Checkpoint> {
    Some(Checkpoint {
        step: row.text("step")?,
        label: row.text("label")?,
        due_at: row.text("due_at")?.parse().ok()?,
        skipped: row.no_unless_said("skipped"),
    })
}

fn progressed(mut map: StoredRow) -> Result<Progressed, UnreadableRow> {
    Ok(Progressed {
        command: map.required("command")?,
        after: map.optional("after")?.map(Position),
        counts: counts(map)?,
    })
}

fn counts(map: StoredRow) -> Result<RegistrantCounts, UnreadableRow> {
    as_row::read("counts", map.into_item(), Counts::deserialize)
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RegistrantCounts")]
struct Counts {
    registrants: u64,
    with_phone: u64,
    without_phone: u64,
    unusable: u64,
    refused: u64,
    made: u64,
    changed: u64,
}

fn encode_counts(counts: &RegistrantCounts) -> Result<Item, StoreError> {
    as_row::write(|serializer| Counts::serialize(counts, serializer))
}

fn kept_progress(progressed: &Progressed) -> Result<AttributeValue, StoreError> {
    let map = NewItem::with_key(encode_counts(&progressed.counts)?)
        .text("command", progressed.command.to_text())
        .optional_text("after", progressed.after.as_ref().map(|after| &after.0));
    Ok(map.into_map())
}

fn kept_checkpoint(checkpoint: &Checkpoint) -> AttributeValue {
    NewItem::default()
        .text("step", &checkpoint.step)
        .text("label", &checkpoint.label)
        .time("due_at", checkpoint.due_at)
        .set("skipped", AttributeValue::Bool(checkpoint.skipped))
        .into_map()
}

fn saved(read: &WorkshopState, state: &WorkshopState) -> Result<Expression, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("pk");
    require_status(&mut expression, read.status);
    expression.require_unchanged("progressed", read.progressed.as_ref().map(kept_progress).transpose()?);
    require_order(&mut expression, read.command.as_ref());

    let status = state.status.map(|status| text(status.as_str()));
    expression.set_or_remove("status", status);
    expression.set_or_remove("error", state.error.as_ref().map(text));
    expression.set_or_remove("progressed", state.progressed.as_ref().map(kept_progress).transpose()?);
    expression.set_or_remove("run_at", state.run_at.map(time::attribute));
    let progress = |counts: &RegistrantCounts| text(format!("{} / {}", counts.with_phone, counts.registrants));
    expression.set_or_remove("progress", state.counts.as_ref().map(progress));
    let counts = state.counts.as_ref().map(encode_counts).transpose()?;
    expression.set_or_remove("counts", counts.map(AttributeValue::M));
    let checkpoints = state.checkpoints.iter().map(kept_checkpoint).collect();
    let any = (!state.checkpoints.is_empty()).then_some(AttributeValue::L(checkpoints));
    expression.set_or_remove("checkpoints", any);
    if state.command != read.command {
        write_order(&mut expression, state.command.as_ref());
    }
    Ok(expression)
}

fn require_status(expression: &mut Expression, read: Option<WorkshopStatus>) {
    match read {
        Some(status) => expression.require_unchanged("status", Some(text(status.as_str()))),
        None => {
            let name = expression.name("status");
            let ours = WorkshopStatus::ALL.iter();
            let ours: Vec<String> = ours.map(|status| expression.value(text(status.as_str()))).collect();
            let ours = ours.join(", ");
            expression.require(&format!("attribute_not_exists({name}) OR NOT ({name} IN ({ours}))"));
        }
    }
}

/// What was typed must be what was read; how it was typed does not matter.
fn require_order(expression: &mut Expression, read: Option<&SequenceCommand>) {
    let (there, not_there): (Option<&str>, &[&str]) = match read {
        None => (None, &[CANCEL, SEND_NOW, RUN]),
        Some(SequenceCommand::Run) => (Some(RUN), &[CANCEL, SEND_NOW]),
        Some(SequenceCommand::SendNow { .. }) => (Some(SEND_NOW), &[CANCEL]),
        Some(SequenceCommand::Cancel) => (Some(CANCEL), &[]),
    };
    if let Some(there) = there {
        expression.require_present(there);
    }
    for attribute in not_there {
        let name = expression.name(attribute);
        let no = expression.value(AttributeValue::Bool(false));
        expression.require(&format!("attribute_not_exists({name}) OR {name} = {no}"));
    }
}

fn write_order(expression: &mut Expression, command: Option<&SequenceCommand>) {
    for attribute in [CANCEL, SEND_NOW, RUN] {
        let value = match (command, attribute) {
            (Some(SequenceCommand::Cancel), CANCEL) | (Some(SequenceCommand::Run), RUN) => {
                Some(AttributeValue::Bool(true))
            }
            (Some(SequenceCommand::SendNow { step }), SEND_NOW) => Some(text(step)),
            _ => None,
        };
        expression.set_or_remove(attribute, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> NewItem {
        NewItem::with_key(key("w1"))
            .text("tag", "pottery")
            .text("date", "2026-11-21")
    }

    fn ordered(row: NewItem) -> Option<SequenceCommand> {
        decode("w1", row.finish()).state.command
    }

    #[test]
    fn a_tag_and_a_date_are_a_workshop() {
        let read = decode("w1", row().finish());
        let expected = WorkshopRow {
            id: "w1".into(),
            tag: Some("pottery".into()),
            date: Some("2026-11-21".into()),
            ..WorkshopRow::default()
        };
        assert_eq!((read.row, read.state), (expected, WorkshopState::default()));
        let wrong = decode("w1", row().set("title", AttributeValue::L(vec![])).finish());
        assert_eq!(wrong.row.malformed.as_deref(), Some("title must be text"));
    }

    #[test]
    fn an_order_is_typed_in_any_way() {
        let yes = AttributeValue::Bool(true);
        let send = |step: &str| Some(SequenceCommand::SendNow { step: step.into() });
        let cases = [
            (row(), None),
            (row().set(RUN, yes.clone()), Some(SequenceCommand::Run)),
            (row().text(RUN, "please"), Some(SequenceCommand::Run)),
            (row().set(RUN, AttributeValue::Bool(false)), None),
            (row().text(SEND_NOW, " eve "), send("eve")),
            (row().set(RUN, yes.clone()).text(SEND_NOW, "eve"), send("eve")),
            (
                row().set(RUN, yes.clone()).set(CANCEL, yes),
                Some(SequenceCommand::Cancel),
            ),
        ];
        for (row, expected) in cases {
            assert_eq!(ordered(row), expected);
        }
    }

    #[test]
    fn a_registrant_may_have_nothing_but_an_id() {
        let typed = |phone: AttributeValue| {
            let row = NewItem::with_key(registrant_key("w1", "asha")).set("phone", phone);
            registrant(row.finish()).unwrap()
        };
        assert_eq!(typed(AttributeValue::Null(true)).phone, None);
        let number = typed(AttributeValue::N("919876543210".into()));
        assert_eq!(
            (number.id.as_str(), number.phone.as_deref()),
            ("asha", Some("919876543210"))
        );
        let list = typed(AttributeValue::L(vec![]));
        assert_eq!(list.malformed.as_deref(), Some("phone must be text"));
        assert_eq!(registrant(row().finish()), None);
    }

    #[test]
    fn a_row_that_went_on_is_not_written_over() {
        let progressed = Progressed {
            command: SequenceCommand::Run,
            after: Some(Position("asha".into())),
            counts: RegistrantCounts::default(),
        };
        let read = WorkshopState {
            status: Some(WorkshopStatus::Running),
            command: Some(SequenceCommand::Run),
            progressed: Some(progressed),
            ..WorkshopState::default()
        };
        let finished = WorkshopState {
            status: Some(WorkshopStatus::Scheduled),
            ..WorkshopState::default()
        };
        let update = saved(&read, &finished).unwrap().into_update("t", key("w1")).unwrap();
        let condition = update.condition_expression().unwrap();
        for part in [
            "(#status = :v0)",
            "(#progressed = :v1)",
            "(attribute_exists(#run))",
            "#cancel",
            "#send_now",
        ] {
            assert!(condition.contains(part), "{condition}");
        }
        let (set, removed) = update.update_expression().split_once(" REMOVE ").unwrap();
        assert!(set.starts_with("SET #status = "), "{set}");
        for attribute in ["#run", "#cancel", "#send_now", "#progressed", "#error"] {
            assert!(removed.split(", ").any(|name| name == attribute), "{removed}");
        }
    }
}
