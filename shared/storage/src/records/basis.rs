//! Rows that a message depends on, for records that outlive the truth of the message.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `revision` | N | the one that the words were about |
//! | `kept_until` | S | by then nothing rests on it any more |
//! | `starts_at`, `name`, `language` | S | of a question: the appointment's local time, whose it is, how it was asked |
//! | `answered` | S | of a question: `yes` or `no`, what was answered last |
//! | `delete_after` | N | the same, in seconds |

use application::inbound::{Answer, OpenQuestion, Subject};
use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::language::Language;
use domain::phone_number::PhoneNumber;
use domain::record::{AskedAppointment, BasisChange, BasisKey};
use jiff::SignedDuration;

use super::{delete_after, employee, rows};
use crate::expression::Expression;
use crate::item::{Item, NewItem, number, text};
use crate::query;
use crate::request::{deleting, putting};
use crate::stored_row::{StoredRow, UnreadableRow};

fn key(key: &BasisKey) -> Item {
    super::key(key.pk(), key.sk())
}

pub(crate) fn change(table: &str, change: &BasisChange) -> Result<TransactWriteItem, StoreError> {
    match change {
        BasisChange::Put(basis) => {
            let asked = basis.asked.as_ref();
            let item = NewItem::with_key(key(&basis.key))
                .optional_text("starts_at", asked.map(|asked| asked.starts_at.to_string()))
                .optional_text("name", asked.map(|asked| &asked.name))
                .optional_text("language", asked.and_then(|asked| asked.language).map(Language::tag))
                .optional_text("answered", asked.and_then(|asked| asked.answered).map(yes_or_no))
                .number("revision", basis.revision)
                .time("kept_until", basis.kept_until)
                .set("delete_after", delete_after(basis.kept_until, SignedDuration::ZERO));
            Ok(putting(Expression::default().into_put(table, item.finish())?))
        }
        BasisChange::Remove(gone) => Ok(deleting(Expression::default().into_delete(table, key(gone))?)),
    }
}

/// Notes the answer on the question, if it is still open and the same.
pub(crate) fn answered(table: &str, customer: &PhoneNumber, answer: &Answer) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("revision", Some(number(answer.revision)));
    expression.set("answered", text(yes_or_no(answer.confirmed)));
    expression.into_update(table, key(&answer.question(customer)))
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The readable questions that a person was asked and has not answered.
pub(crate) async fn open_questions(
    client: &Client,
    table: &str,
    phone: &PhoneNumber,
) -> Result<Vec<OpenQuestion>, StoreError> {
    let questions = rows(client, table, employee(phone), BasisKey::QUESTION);
    query::readable(questions, usize::MAX, question).await
}

fn question(item: Item) -> Result<OpenQuestion, UnreadableRow> {
    let mut row = StoredRow::with_id("row", "sk", item);
    let language = row.optional("language")?;
    let key: String = row.required("sk")?;
    let id = key
        .strip_prefix(BasisKey::QUESTION)
        .ok_or_else(|| row.unreadable("sk"))?;
    Ok(OpenQuestion {
        subject: Subject::Appointment {
            id: id.to_owned(),
            revision: row.number("revision")?,
            asked: AskedAppointment {
                starts_at: row.required("starts_at")?,
                name: row.optional("name")?.unwrap_or_default(),
                language,
                answered: row.optional::<String>("answered")?.map(|answered| answered == "yes"),
            },
        },
        open_until: row.required("kept_until")?,
        language,
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
            asked: Some(AskedAppointment {
                starts_at: "2027-03-28T09:00".parse().unwrap(),
                name: "Anna".into(),
                language: Some(Language::Mongolian),
                answered: None,
            }),
        };
        let written = change("t", &BasisChange::Put(put.clone())).unwrap();
        let item = written.put().unwrap().item().clone();
        assert_eq!(
            item["delete_after"].as_n().unwrap(),
            &put.kept_until.as_second().to_string()
        );
        assert_eq!(item["sk"], text("question#a#1"));
        let expected = OpenQuestion {
            subject: Subject::Appointment {
                id: "a#1".into(),
                revision: 7,
                asked: put.asked.clone().unwrap(),
            },
            open_until: put.kept_until,
            language: Some(Language::Mongolian),
        };
        assert_eq!(question(item.clone()).unwrap(), expected);

        let answer = Answer {
            appointment_id: "a#1".into(),
            revision: 7,
            confirmed: true,
            remark: None,
        };
        let noted = answered("t", &customer, &answer).unwrap();
        assert_eq!(noted.key()["pk"], item["pk"]);
        assert_eq!(noted.condition_expression(), Some("(#revision = :v0)"));
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
