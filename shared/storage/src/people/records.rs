//! The data about a person in the table of records.

use application::erase_person::NOBODY;
use application::port::{Erased, ErasedPage, Part, Position, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;

use super::{Person, erase_each, move_row, scan, text_of};
use crate::expression::Expression;
use crate::item::{Item, text};
use crate::{records, request};

/// Of a digest.
const DIGITS: usize = 32;

/// Between the two keys of a row in a position; neither holds it.
const BETWEEN: char = '\n';

/// The attributes by which a row is a person's, besides its key.
const NAMED_BY: [&str; 6] = ["customer", "employee", "from", "owner", "phone", "recipient"];

pub(super) async fn page(
    client: &Client,
    table: &str,
    person: Person<'_>,
    part: Part,
    after: Option<&Position>,
) -> Result<ErasedPage, StoreError> {
    let after = after.and_then(|position| position.0.split_once(BETWEEN));
    // What people typed is compared here, since it may be written in many ways.
    let mut scan = scan(client, table, part, after.map(|(pk, sk)| records::key(pk, sk)))
        .filter_expression(
            "contains(#pk, :phone) OR #employee = :phone OR #owner = :phone OR #recipient = :phone \
             OR attribute_exists(#customer) OR attribute_exists(#phone) OR attribute_exists(#from)",
        )
        .projection_expression("#pk, #sk, #customer, #employee, #from, #owner, #phone, #recipient")
        .expression_attribute_names("#pk", "pk")
        .expression_attribute_names("#sk", "sk")
        .expression_attribute_values(":phone", text(person.phone.as_str()));
    for attribute in NAMED_BY {
        scan = scan.expression_attribute_names(format!("#{attribute}"), attribute);
    }
    let position = |key: &Item| Some(format!("{}{BETWEEN}{}", text_of(key, "pk")?, text_of(key, "sk")?));
    let erase = |item| async move { erase(client, table, person, &item).await };
    erase_each(scan, erase, position).await
}

async fn erase(client: &Client, table: &str, person: Person<'_>, item: &Item) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    let (Some(pk), Some(sk), Some(fate)) = (text_of(item, "pk"), text_of(item, "sk"), fate(person, item)) else {
        return Ok(erased);
    };
    let key = records::key(pk, sk);
    match fate {
        Fate::Removed(what) => {
            request::delete(client, table, key).await?;
            erased.remove(what, 1);
        }
        Fate::Anonymous(what, attribute) if is_made_of_number(pk, sk) => {
            let Some(row) = request::get(client, table, key.clone()).await? else {
                return Ok(erased);
            };
            let read = row.get(attribute).cloned();
            let row = under_other_key(row, attribute, &(person.random_digits)());
            if move_row(client, table, key, attribute, read, row).await? {
                erased.make_anonymous(what, 1);
            }
        }
        Fate::Anonymous(what, attribute) => {
            if request::update(client, anonymous(table, key, person, attribute, item)?).await? {
                erased.make_anonymous(what, 1);
            }
        }
    }
    Ok(erased)
}

/// The change to a row, and the name of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Removed(&'static str),
    /// With the attribute that names the person.
    Anonymous(&'static str, &'static str),
}

/// The change to a row; `None` if it is not the person's.
fn fate(person: Person<'_>, item: &Item) -> Option<Fate> {
    let (pk, sk) = (text_of(item, "pk")?, text_of(item, "sk")?);
    let phone = person.phone.as_str();
    let is_written =
        |attribute| text_of(item, attribute).is_some_and(|typed| (person.is_written_as)(typed, person.phone));
    let (kind, rest) = pk.split_once('#')?;
    match kind {
        "employee" if rest == phone => Some(Fate::Removed(match sk.split('#').next()? {
            "conversation" => "conversations",
            "booking" => "bookings",
            "device" => "devices",
            _ => "others",
        })),
        // Its own row; the one among its owner's is counted.
        "device" => (text_of(item, "owner") == Some(phone)).then_some(Fate::Removed("device tokens")),
        "codes" if rest == phone => Some(Fate::Removed("counts of one-time codes")),
        "awaited" if rest.rsplit('#').next() == Some(phone) => Some(Fate::Removed("receipts")),
        "receipt" => (text_of(item, "recipient") == Some(phone)).then_some(Fate::Removed("receipts")),
        "appointment" => is_written("customer").then_some(Fate::Removed("appointments")),
        "bill" => is_written("customer").then_some(Fate::Removed("bills")),
        "contract" => is_written("customer").then_some(Fate::Removed("contracts")),
        "workshop" => (sk.starts_with("registrant#") && is_written("phone")).then_some(Fate::Removed("registrants")),
        "shift" => {
            (text_of(item, "employee") == Some(phone)).then_some(Fate::Anonymous("lines of history", "employee"))
        }
        "inbound" => is_written("from").then_some(Fate::Anonymous("inbound texts", "from")),
        _ => None,
    }
}

/// Whether the key of the row is a digest of a text with its sender, which everybody can make of a number.
fn is_made_of_number(pk: &str, sk: &str) -> bool {
    let key = if pk.starts_with("inbound#") { pk } else { sk };
    let last = key.rsplit(['#', '-']).next().unwrap_or_default();
    last.len() == DIGITS && last.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The row with nobody in the place of the person and without their words, under a key that is made of nothing.
fn under_other_key(mut row: Item, attribute: &str, digits: &str) -> Item {
    row.insert(attribute.to_owned(), text(NOBODY));
    row.remove("body");
    if row.contains_key("inbound_id") {
        row.insert("inbound_id".to_owned(), text(digits));
    }
    let of = |name: &str| text_of(&row, name).unwrap_or_default().to_owned();
    let (pk, sk) = (of("pk"), of("sk"));
    let moved = match sk.rsplit_once('#') {
        Some((time, _)) => records::key(pk, format!("{time}#{digits}")),
        None => records::key(format!("inbound#{digits}"), sk),
    };
    row.extend(moved);
    row
}

/// Puts nobody in the place of the person, on a row that still names them, and takes their words from it.
fn anonymous(table: &str, key: Item, person: Person<'_>, attribute: &str, item: &Item) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let named = text_of(item, attribute).unwrap_or(person.phone.as_str());
    expression.require_unchanged(attribute, Some(text(named)));
    expression.set(attribute, text(NOBODY));
    expression.remove("body");
    expression.into_update(table, key)
}

#[cfg(test)]
mod tests {
    use domain::phone_number::PhoneNumber;

    use super::*;
    use crate::item::NewItem;

    fn fate_of(pk: &str, sk: &str, attribute: &str, value: &str) -> Option<Fate> {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let person = Person {
            phone: &phone,
            is_written_as: |text, phone| PhoneNumber::normalise(text).as_ref() == Ok(phone),
            random_digits: String::new,
        };
        let item = NewItem::with_key(records::key(pk, sk)).text(attribute, value);
        fate(person, &item.finish())
    }

    #[test]
    fn every_row_of_a_person_is_known_by_its_kind() {
        use Fate::{Anonymous, Removed};
        let phone = "+12025550101";
        for (pk, sk, attribute, value, expected) in [
            (
                "employee#+12025550101",
                "conversation",
                "-",
                "",
                Some(Removed("conversations")),
            ),
            (
                "employee#+12025550101",
                "booking#ABC1",
                "-",
                "",
                Some(Removed("bookings")),
            ),
            (
                "employee#+12025550101",
                "device#1f",
                "owner",
                phone,
                Some(Removed("devices")),
            ),
            ("employee#+12025550101", "question#a1", "-", "", Some(Removed("others"))),
            ("device#1f", "device", "owner", phone, Some(Removed("device tokens"))),
            (
                "awaited#skyline#+12025550101",
                "t#reply-1",
                "-",
                "",
                Some(Removed("receipts")),
            ),
            ("receipt#1f", "kept", "recipient", phone, Some(Removed("receipts"))),
            (
                "appointment#1",
                "appointment",
                "customer",
                "+1 202-555-0101",
                Some(Removed("appointments")),
            ),
            ("bill#1", "bill", "customer", phone, Some(Removed("bills"))),
            ("contract#1", "contract", "customer", phone, Some(Removed("contracts"))),
            (
                "workshop#1",
                "registrant#7",
                "phone",
                phone,
                Some(Removed("registrants")),
            ),
            (
                "shift#ABC1",
                "t#i1",
                "employee",
                phone,
                Some(Anonymous("lines of history", "employee")),
            ),
            (
                "inbound#i1",
                "handled",
                "from",
                phone,
                Some(Anonymous("inbound texts", "from")),
            ),
        ] {
            assert_eq!(fate_of(pk, sk, attribute, value), expected, "{pk} {sk}");
        }
    }

    #[test]
    fn k32_what_is_named_by_a_digest_gets_another_name() {
        let digest = "0123456789abcdef0123456789abcdef";
        for (pk, sk, expected) in [
            (format!("inbound#content-{digest}"), "handled".to_owned(), true),
            (format!("inbound#{digest}"), "handled".to_owned(), true),
            (
                "inbound#3d9b1c2e-0f4a-4b7e-9a51-2f6f3a1d7c11".to_owned(),
                "handled".to_owned(),
                false,
            ),
            (
                "shift#ABC1".to_owned(),
                format!("2026-11-20T12:00:00.000Z#content-{digest}"),
                true,
            ),
            (
                "shift#ABC1".to_owned(),
                "2026-11-20T12:00:00.000Z#i-1".to_owned(),
                false,
            ),
        ] {
            assert_eq!(is_made_of_number(&pk, &sk), expected, "{pk} {sk}");
            let attribute = if pk.starts_with("shift#") { "employee" } else { "from" };
            let row = NewItem::with_key(records::key(&pk, &sk))
                .text(attribute, "+12025550101")
                .text("body", "ABC1")
                .text("inbound_id", digest);
            let moved = under_other_key(row.finish(), attribute, "77");
            let text = format!("{moved:?}");
            assert!(
                !text.contains(digest) && !text.contains("2025550101") && !text.contains("body"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_another_persons_or_the_organisations_stays() {
        for (pk, sk, attribute, value) in [
            // A longer number.
            ("employee#+120255501012", "conversation", "-", ""),
            ("awaited#skyline#+120255501012", "t", "-", ""),
            ("appointment#1", "appointment", "customer", "+12025550102"),
            ("appointment#1", "answer", "-", ""),
            ("device#1f", "device", "owner", "+12025550102"),
            ("organisation#desk", "settings", "alerts_to", "+12025550101"),
            ("workshop#1", "workshop", "phone", "+12025550101"),
            ("inbound#i1", "handled", "from", "FSTSMS"),
        ] {
            assert_eq!(fate_of(pk, sk, attribute, value), None, "{pk} {sk}");
        }
    }

    #[test]
    fn a_line_of_history_keeps_what_happened() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let person = Person {
            phone: &phone,
            is_written_as: |_, _| false,
            random_digits: String::new,
        };
        let key = records::key("shift#ABC1", "t#i1");
        let item = NewItem::with_key(key.clone()).text("employee", "+12025550101").finish();
        let update = anonymous("t", key, person, "employee", &item).unwrap();
        assert_eq!(update.update_expression(), "SET #employee = :v1 REMOVE #body");
        assert_eq!(update.condition_expression(), Some("(#employee = :v0)"));
    }
}
