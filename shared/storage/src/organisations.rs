//! The settings of organisations. A person types the rows; without a row there is no such organisation. The stack's
//! own, `default`, needs none: then everything is on and the stack's own routes apply. An attribute that cannot be read
//! has its default; but if `texting`, `sender` or `budget` cannot be read, everything that is not critical waits.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `organisation#<organisation>` and `settings` |
//! | `name` | S | what its texts call it |
//! | `contact` | S | the contact for questions in the help text: a phone number, an address |
//! | `texting` | BOOL or S (`off`) | whether anything is sent at all; absent is yes |
//! | `kinds_off` | S with commas, SS or L | kinds of messages that are not sent, such as `announcement` |
//! | `sender` | S | sender name or number, where the provider allows it; absent is the provider's own |
//! | `routing` | M of L or S with commas, or its JSON as S | providers by beginning of the number, such as `+91` or `*` |
//! | `language` | S | BCP 47 tag for people who have chosen none; absent is the stack's |
//! | `country` | S | two letters of ISO 3166-1 for numbers without a country code |
//! | `zone` | S | its clock, such as `Asia/Ulaanbaatar` or `+08:00`; times are read and written by that of `default` where absent |
//! | `quiet_hours` | S or BOOL | such as `22:00-08:00`, which it is where absent, `10pm-8am` or `off` |
//! | `legal_hours` | S | hours in which the law lets its campaigns text people: `table`, which it is where absent, `off`, or rules beside the table's such as `GB 08:00-20:00; +1305 off` |
//! | `morning` | S | when its day begins; absent is `09:00` |
//! | `confirm_days_before` | N | 1 to 3 days before an appointment; absent is 1 |
//! | `review_after_minutes` | N | after an appointment's end; absent is 60 |
//! | `review_link` | S | where a review is written |
//! | `reminder_hours` | N | before a shift that somebody booked; absent is 12 |
//! | `staff` | S with commas, SS or L | numbers notified of changed appointments; without country code they are of `country` |
//! | `budget`, `budget_reserve` | N | segments a month, and how many of them are in reserve; absent is no limit |
//! | `alerts_to` | S | number alerted when the budget is nearly used up |
//! | `body_days`, `ledger_days` | N | how long a message's words and its row are kept; absent is 30 and 400 |
//! | `status`, `error` | S | `rejected`, and everything that cannot be read with what to write instead; taken away once it can |
//! | `note` | S | what could not be followed although the row is used, such as a language without a catalogue |

mod settings;

use application::port::{Organisations, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Update;
use domain::organisation::{DEFAULT_ORGANISATION, LONGEST_ID, Organisation};

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::one_table::on_one_table;
use crate::{records, request};

const SORT_KEY: &str = "settings";
const REJECTED: &str = "rejected";

on_one_table! {
    /// The port [`Organisations`] on the table of records.
    OrganisationsTable, records
}

#[async_trait]
impl Organisations for OrganisationsTable {
    async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
        // No row can have such a key.
        if organisation.len() > LONGEST_ID {
            return Ok(None);
        }
        let Some(item) = request::get(&self.client, &self.records, key(organisation)).await? else {
            return Ok((organisation == DEFAULT_ORGANISATION).then(Organisation::default));
        };
        let row = settings::read(item);
        if let Some(note) = &row.remarks.note {
            tracing::warn!(organisation, note, "settings that cannot be followed");
        }
        if let Some(error) = &row.remarks.error {
            tracing::error!(organisation, error, "settings that cannot be read");
        }
        if row.remarks != row.written {
            let marked = marked(&self.records, organisation, &row.remarks, &row.written)?;
            if let Err(error) = request::update(&self.client, marked).await {
                tracing::warn!(organisation, %error, "what is wrong with the settings was not written on their row");
            }
        }
        Ok(Some(row.organisation))
    }
}

const ORGANISATION: &str = "organisation#";

fn key(organisation: &str) -> Item {
    records::key(format!("{ORGANISATION}{organisation}"), SORT_KEY)
}

/// The organisation whose settings are under these keys; `None` where it is a row of another kind.
pub(crate) fn id_of_row<'a>(pk: &'a str, sk: &str) -> Option<&'a str> {
    pk.strip_prefix(ORGANISATION)
        .filter(|id| !id.is_empty() && sk == SORT_KEY)
}

/// What we write on a row, for its author.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Remarks {
    /// What cannot be read, so that what is usual is used instead.
    error: Option<String>,
    /// What could not be followed although the row is used.
    note: Option<String>,
}

/// Writes the remarks on a row that says the same of itself as when it was read, and is still there.
fn marked(table: &str, organisation: &str, remarks: &Remarks, written: &Remarks) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("pk");
    expression.require_unchanged("error", written.error.as_ref().map(text));
    expression.require_unchanged("note", written.note.as_ref().map(text));
    if remarks.error != written.error {
        expression.set_or_remove("error", remarks.error.as_ref().map(text));
        expression.set_or_remove("status", remarks.error.as_ref().map(|_| text(REJECTED)));
    }
    if remarks.note != written.note {
        expression.set_or_remove("note", remarks.note.as_ref().map(text));
    }
    expression.into_update(table, key(organisation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(error: Option<&str>, note: Option<&str>) -> Remarks {
        Remarks {
            error: error.map(ToOwned::to_owned),
            note: note.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn a_row_is_marked_only_as_it_was_read_and_cleared_when_it_is_well_again() {
        for (new, written, condition, update) in [
            (
                remarks(Some("texting must be yes or no"), None),
                remarks(None, None),
                "(attribute_exists(#pk)) AND (attribute_not_exists(#error)) AND (attribute_not_exists(#note))",
                "SET #error = :v0, #status = :v1",
            ),
            (
                remarks(Some("texting must be yes or no"), Some("n")),
                remarks(Some("old"), Some("n")),
                "(attribute_exists(#pk)) AND (#error = :v0) AND (#note = :v1)",
                "SET #error = :v2, #status = :v3",
            ),
            (
                remarks(None, None),
                remarks(Some("old"), Some("old")),
                "(attribute_exists(#pk)) AND (#error = :v0) AND (#note = :v1)",
                "REMOVE #error, #status, #note",
            ),
            (
                remarks(None, Some("new")),
                remarks(None, None),
                "(attribute_exists(#pk)) AND (attribute_not_exists(#error)) AND (attribute_not_exists(#note))",
                "SET #note = :v0",
            ),
        ] {
            let marked = marked("t", "org-1", &new, &written).unwrap();
            assert_eq!(marked.condition_expression(), Some(condition));
            assert_eq!(marked.update_expression(), update);
        }
    }
}
