//! Demonstration data: a handful of shifts, one of them taken, and twelve employees; a salon, a clinic, a school with a
//! workshop and a property manager, who have not sent anything yet.

use domain::digest::digest;
use serde_json::{Value, json};

use super::cast::{AUDIENCE, Cast};
use super::client::{ClientError, Outside};
use super::{appointments, bills, people, sequence};
use crate::stack::Stack;
use local_providers::clock;

/// `shift_id` and `shift_info` of the shifts that are free.
const AVAILABLE: [(&str, &str); 5] = [
    ("XYZ123", "Mon 30 Nov, 8 am to 4 pm, front desk"),
    ("XYZ222", "Mon 30 Nov, 4 pm to 11 pm, front desk"),
    ("KIT301", "Tue 1 Dec, 7 am to 2 pm, kitchen"),
    ("KIT305", "Wed 2 Dec, 2 pm to 10 pm, kitchen"),
    ("BAR118", "Fri 4 Dec, 6 pm to 2 am, bar"),
];

/// The shift that the last employee holds already.
pub(super) const TAKEN: (&str, &str) = ("BAR117", "Thu 3 Dec, 6 pm to 1 am, bar");

/// A demonstration row that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("demonstration data: {0}")]
pub struct DataError(#[from] ClientError);

/// Writes the rows that are not there, so that a folder of kept data stays as it is.
///
/// # Errors
///
/// When the stack refuses a row or does not answer.
pub async fn load(stack: &Stack) -> Result<(), DataError> {
    let outside = Outside::new(stack.addresses());
    let cast = Cast::of(stack.provider());
    let table = |logical_id: &str| {
        stack
            .template()
            .tables
            .iter()
            .find(|it| it.logical_id == logical_id)
            .map(|it| it.name.as_str())
    };
    if let Some(shifts) = table("ShiftsTable") {
        for (id, info) in AVAILABLE {
            let item =
                json!({ "shift_id": { "S": id }, "shift_status": { "S": "available" }, "shift_info": { "S": info } });
            put_new(&outside, shifts, "shift_id", item).await?;
        }
        let (id, info) = TAKEN;
        let item = json!({
            "shift_id": { "S": id },
            "shift_status": { "S": "taken" },
            "shift_info": { "S": info },
            "employee": { "S": cast.employee(AUDIENCE) },
        });
        put_new(&outside, shifts, "shift_id", item).await?;
    }
    if let Some(contacts) = table("ContactsTable") {
        for (phone, name) in cast.employees() {
            stack.phone_simulator().add_phone(&phone, name);
            let item = json!({ "phone": { "S": phone }, "name": { "S": name } });
            put_new(&outside, contacts, "phone", item).await?;
        }
    }
    if let Some(records) = table("RecordsTable") {
        let organisations = [
            appointments::rows(cast),
            bills::rows(cast),
            sequence::rows(cast),
            people::rows(),
        ];
        for row in organisations.concat().into_iter().chain(cast.texted_at_any_hour()) {
            put_new(&outside, records, "pk", row.item()).await?;
        }
        for (phone, name) in cast.employees().filter(|_| cast.has_apps()) {
            for item in device(&phone, name) {
                put_new(&outside, records, "pk", item).await?;
            }
        }
    }
    Ok(())
}

async fn put_new(outside: &Outside, table: &str, key: &str, item: Value) -> Result<(), ClientError> {
    let body =
        json!({ "TableName": table, "Item": item, "ConditionExpression": format!("attribute_not_exists({key})") });
    match outside.dynamodb("PutItem", &body).await {
        Err(ClientError::Refused { answer, .. }) if answer.contains("ConditionalCheckFailedException") => Ok(()),
        other => other.map(drop),
    }
}

/// An employee's app: by its token, and once more below its owner.
fn device(owner: &str, name: &str) -> [Value; 2] {
    let token = format!("app-{}", owner.trim_start_matches('+'));
    let digest = digest(&[&token]);
    let row = |pk: String, sk: String| {
        json!({
            "pk": { "S": pk },
            "sk": { "S": sk },
            "token": { "S": token },
            "platform": { "S": "android" },
            "owner": { "S": owner },
            "label": { "S": format!("Phone of {name}") },
            "last_seen_at": { "S": clock::iso_millis(clock::now()) },
        })
    };
    [
        row(format!("device#{digest}"), "device".to_owned()),
        row(format!("employee#{owner}"), format!("device#{digest}")),
    ]
}
