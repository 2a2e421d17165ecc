//! Rows that some words rest on, where the record itself lives on after they have become untrue.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `revision` | N | the one that the words were about |
//! | `kept_until` | S | by then nothing rests on it any more |
//! | `delete_after` | N | the same, in seconds |

use application::inbound::{Answer, OpenQuestion};
use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::phone_number::PhoneNumber;
use domain::record::{BasisChange, BasisKey};
use jiff::SignedDuration;

use super::{delete_after, employee};
use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, NewItem, number, text};
use crate::request::{deleting, putting};
use crate::stored_row::{StoredRow, UnreadableRow};

fn key(key: &BasisKey) -> Item {
    super::key(key.pk(), key.sk())
}

pub(crate) fn change(table: &str, change: &BasisChange) -> Result<TransactWriteItem, StoreError> {
    match change {
        BasisChange::Put(basis) => {
            let item = NewItem::with_key(key(&basis.key))
                .number("revision", basis.revision)
                .time("kept_until", basis.kept_until)
                .set("delete_after", delete_after(basis.kept_until, SignedDuration::ZERO));
            Ok(putting(Expression::default().into_put(table, item.finish())?))
        }
        BasisChange::Remove(gone) => Ok(deleting(Expression::default().into_delete(table, key(gone))?)),
    }
}

/// Closes the question that is answered, if it is still open and the same.
pub(crate) fn answered(table: &str, customer: &PhoneNumber, answer: &Answer) -> Result<Delete, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("revision", Some(number(answer.revision)));
    expression.into_delete(table, key(&answer.question(customer)))
}

/// The questions that a person was asked and has not answered.
pub(crate) async fn open_questions(
    client: &Client,
    table: &str,
    phone: &PhoneNumber,
) -> Result<Vec<OpenQuestion>, StoreError> {
    let mut items = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :employee AND begins_with(sk, :question)")
        .expression_attribute_values(":employee", text(employee(phone)))
        .expression_attribute_values(":question", text(BasisKey::QUESTION))
        .into_paginator()
        .items()
        .send();
    let mut questions = Vec::new();
    while let Some(item) = items.next().await {
        questions.push(question(item.map_err(|error| store_error("Query", table, &error))?)?);
    }
    Ok(questions)
}

fn question(item: Item) -> Result<OpenQuestion, UnreadableRow> {
    let mut row = StoredRow::new("question", item);
    Ok(OpenQuestion {
        appointment_id: row.required("sk", |sk| sk.strip_prefix(BasisKey::QUESTION).map(ToOwned::to_owned))?,
        revision: row.number("revision")?,
        open_until: row.time("kept_until")?,
    })
}

#[cfg(test)]
mod tests {
    use domain::record::Basis;

    use super::*;

    #[test]
    fn a_question_reads_back_and_is_closed_only_while_it_is_the_same() {
        let customer = PhoneNumber::parse("+12025550101").unwrap();
        let put = Basis {
            key: BasisKey::Question {
                customer: customer.clone(),
                appointment_id: "a#1".into(),
            },
            revision: 7,
            kept_until: "2027-03-28T07:00:00Z".parse().unwrap(),
        };
        let written = change("t", &BasisChange::Put(put.clone())).unwrap();
        let item = written.put().unwrap().item().clone();
        assert_eq!(
            item["delete_after"].as_n().unwrap(),
            &put.kept_until.as_second().to_string()
        );
        assert_eq!(item["sk"], text("question#a#1"));
        let read = question(item.clone()).unwrap();
        assert_eq!(
            (read.appointment_id.as_str(), read.revision, read.open_until),
            ("a#1", 7, put.kept_until)
        );

        let answer = Answer {
            appointment_id: "a#1".into(),
            revision: 7,
            confirmed: true,
        };
        let closed = answered("t", &customer, &answer).unwrap();
        assert_eq!(closed.key()["pk"], item["pk"]);
        assert_eq!(closed.condition_expression(), Some("(#revision = :v0)"));
        assert!(
            change("t", &BasisChange::Remove(put.key))
                .unwrap()
                .delete()
                .unwrap()
                .condition_expression()
                .is_none()
        );
    }
}
