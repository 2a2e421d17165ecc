//! The table of contacts: who may book, and the audience of campaigns. A person may type its rows; `phone` alone makes
//! an employee.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `phone` | S, key | number in E.164 form, or in any form in which a person types it |
//! | `groups` | SS, L or S with commas | groups that a campaign's `audience` may name |
//! | `organisation` | SS, L or S with commas | the organisations whose contact it is; absent is `default` |
//! | `name` | S | what the person is called |
//! | `language` | S | BCP 47 tag, such as `mn`; absent is the organisation's |
//! | `zone` | S | where the person's clock hangs, such as `Asia/Ulaanbaatar`; absent is the organisation's |
//! | `kinds_off` | S with commas, SS or L | kinds of messages that the person does not want, such as `announcement` |
//! | `may_book` | BOOL or S (`no`) | absent is yes |
//! | `interested` | BOOL or S (`no`) | whether announcements are welcome; absent is yes |
//! | `opted_out_at`, `opted_out_words` | S | since when nothing may be sent, and what the person wrote |
//! | `undeliverable_since`, `undeliverable_reason` | S | since when only texts that the person waits for are sent, and the reason: `number-dead`, `blocked` |
//! | `failed_at` | L of S | the last texts that failed for good because of the number; three in thirty days make it undeliverable |
//! | `opted_in_at` | S | when that was last undone |
//! | `status` | S | `rejected` where `error` says something; `mended` where `phone` is another spelling of `canonical` |
//! | `error` | S | what cannot be read, and what to write instead; only an invalid `phone` silences the person |
//! | `note` | S | what was mended, or what could not be followed although the person is texted, such as a language without a catalogue |
//! | `canonical` | S | on a mended row: the number, whose row counts |
//! | `carried` | M | on a mended row: what was carried over to that one last |
//! | `typed` | S | on a row that was made of a mended one: the key of that |
//!
//! `opted_out_at` counts by being there, whatever it holds: nobody is texted because of a typing error. So does
//! `undeliverable_since`, which goes when the person texts us, and which may be deleted by hand.

use std::collections::{BTreeSet, HashMap};

use application::port::{Contacts, ContactsPage, Position, StoreError, UnusableContact};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::contact::ContactNote;
use domain::contact::{Contact, OptOut, Undeliverable};
use domain::numbering::{self, NumberingError};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use serde_dynamo::Item as StoredItem;

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, key, text};
use crate::one_table::on_one_table;
use crate::request;
use crate::time;
use crate::typed_row::TypedRow;

pub(crate) const KEY: &str = "phone";

/// Rows read per page; with the attributes that are read far below DynamoDB's megabyte.
const PAGE: i32 = 1000;

on_one_table! {
    /// The port [`Contacts`] on the table of contacts.
    ContactsTable, name
}

#[async_trait]
impl Contacts for ContactsTable {
    async fn get(&self, phone: &PhoneNumber) -> Result<Option<Contact>, StoreError> {
        let item = request::get(&self.client, &self.name, key(KEY, phone.as_str())).await?;
        match item {
            Some(item) => Ok(Some(contact(phone.clone(), item))),
            None => Ok(None),
        }
    }

    async fn opt_out(&self, phone: &PhoneNumber, opt_out: &OptOut) -> Result<(), StoreError> {
        // The row may come and go between two tries; a person who does both that often does not exist.
        for row in [Row::Known, Row::New, Row::Known] {
            if request::update(&self.client, opted_out(&self.name, phone, opt_out, row)?).await? {
                return Ok(());
            }
        }
        Err(StoreError::Conflict(format!("a row of {} came and went", self.name)))
    }

    async fn page(&self, segment: u32, segments: u32, after: Option<&Position>) -> Result<ContactsPage, StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.name)
            .segment(i32::try_from(segment).unwrap_or(i32::MAX))
            .total_segments(i32::try_from(segments).unwrap_or(i32::MAX))
            .consistent_read(true)
            .set_exclusive_start_key(after.map(|position| key(KEY, &position.0)))
            .limit(PAGE)
            .filter_expression("attribute_not_exists(#opted_out_at)")
            .projection_expression(
                "#phone, #groups, #organisation, #name, #language, #zone, #kinds_off, #may_book, #interested, #status, \
                 #undeliverable_since",
            )
            .set_expression_attribute_names(Some(
                [
                    "phone",
                    "groups",
                    "organisation",
                    "name",
                    "language",
                    "zone",
                    "kinds_off",
                    "may_book",
                    "interested",
                    "status",
                    "undeliverable_since",
                    "opted_out_at",
                ]
                .map(|attribute| (format!("#{attribute}"), attribute.to_owned()))
                .into(),
            ));
        let answer = request
            .send()
            .await
            .map_err(|error| store_error("Scan", &self.name, &error))?;
        let next = answer
            .last_evaluated_key()
            .and_then(|key| key.get(KEY)?.as_s().ok())
            .cloned()
            .map(Position);
        let mut page = ContactsPage {
            next,
            ..ContactsPage::default()
        };
        for item in answer.items.unwrap_or_default() {
            match member(item) {
                Member::Usable(contact) => page.contacts.push(contact),
                Member::Unusable(contact) => page.unusable.push(contact),
                Member::Noted => {}
            }
        }
        Ok(page)
    }

    async fn reject(&self, contact: &UnusableContact) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.require_present(KEY);
        let error = expression.name("error");
        let same = expression.value(text(&contact.error));
        expression.require(&format!("attribute_not_exists({error}) OR {error} <> {same}"));
        expression.set("status", text("rejected"));
        expression.set("error", text(&contact.error));
        let update = expression.into_update(&self.name, key(KEY, &contact.key))?;
        // A row that says so already, or that was deleted meanwhile, needs no error.
        request::update(&self.client, update).await.map(drop)
    }
}

impl ContactsTable {
    /// Those of these people who are there.
    pub(crate) async fn get_all(
        &self,
        phones: BTreeSet<PhoneNumber>,
    ) -> Result<HashMap<PhoneNumber, Contact>, StoreError> {
        let keys = phones
            .iter()
            .map(|phone| (self.name.as_str(), key(KEY, phone.as_str())));
        let mut contacts = HashMap::with_capacity(phones.len());
        for (_, item) in request::batch_get(&self.client, keys.collect()).await? {
            let phone = item.get(KEY).and_then(|phone| phone.as_s().ok());
            if let Some(phone) = phone.and_then(|phone| PhoneNumber::parse(phone).ok()) {
                contacts.insert(phone.clone(), contact(phone, item));
            }
        }
        Ok(contacts)
    }
}

/// A row as one of an audience.
enum Member {
    Usable(Contact),
    Unusable(UnusableContact),
    /// Not to be texted: the person has another row that counts, or this one says already what is wrong with it or soon will.
    Noted,
}

fn member(item: Item) -> Member {
    let mut row = TypedRow::new(item);
    let typed = row.text(KEY).unwrap_or_default();
    let status = row.text("status");
    if status.as_deref() == Some("mended") {
        return Member::Noted;
    }
    match numbering::normalise(&typed, None) {
        // The same person's messages have the same ids, whatever rows they come from.
        Ok(phone) => Member::Usable(read(phone, &mut row).0),
        // Read by the country of its organisation as soon as it is checked.
        Err(NumberingError::NoCountry) => Member::Noted,
        Err(_) if status.as_deref() == Some("rejected") => Member::Noted,
        Err(error) => Member::Unusable(UnusableContact {
            key: typed,
            error: error.on_a_contact(),
        }),
    }
}

/// Reads the row of `phone`. What cannot be understood says no, or nothing.
pub(crate) fn contact(phone: PhoneNumber, item: Item) -> Contact {
    read(phone, &mut TypedRow::new(item)).0
}

/// What there is to say of a row.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// What cannot be read.
    pub(crate) complaint: Option<String>,
    /// What cannot be followed.
    pub(crate) note: Option<String>,
    /// The organisations that it names, which may not exist.
    pub(crate) organisations: BTreeSet<String>,
}

pub(crate) fn remarks(item: impl Into<StoredItem>) -> Remarks {
    let mut row = TypedRow::new(item);
    let Ok(phone) = PhoneNumber::normalise(&row.text(KEY).unwrap_or_default()) else {
        // This is reported first.
        return Remarks::default();
    };
    let (contact, note) = read(phone, &mut row);
    Remarks {
        complaint: row.into_malformed(),
        note,
        organisations: contact.organisations,
    }
}

/// The contact, and the note about a language that the row names and we do not have.
fn read(phone: PhoneNumber, row: &mut TypedRow) -> (Contact, Option<String>) {
    let groups = row.names("groups").into_iter().collect();
    let opted_out = row.has("opted_out_at");
    let is_undeliverable = row.has("undeliverable_since");
    let (language, note) = row.language("language");
    let contact = Contact {
        phone,
        groups,
        organisations: row.names("organisation").into_iter().collect(),
        name: row.filled("name"),
        language,
        zone: row.zone("zone"),
        kinds_off: row.kinds("kinds_off"),
        may_book: row.yes_unless_said("may_book"),
        interested: row.yes_unless_said("interested"),
        opt_out: opted_out.then(|| OptOut {
            at: row
                .text("opted_out_at")
                .and_then(|at| at.trim().parse().ok())
                .unwrap_or(Timestamp::UNIX_EPOCH),
            words: row.text("opted_out_words").unwrap_or_default(),
        }),
        failures: row.names("failed_at").iter().filter_map(|at| at.parse().ok()).collect(),
        undeliverable: is_undeliverable.then(|| Undeliverable {
            since: row
                .text("undeliverable_since")
                .and_then(|at| at.trim().parse().ok())
                .unwrap_or(Timestamp::UNIX_EPOCH),
            reason: row.text("undeliverable_reason").unwrap_or_default(),
        }),
    };
    (contact, note)
}

/// Whether a contact's row is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Known,
    /// There, and not opted out: of two who say STOP at once, one is confirmed.
    Welcoming,
    New,
}

/// Notes an opt-out on a row that is there, or makes a row for somebody who may not book. An earlier note stays.
pub(crate) fn opted_out(table: &str, phone: &PhoneNumber, opt_out: &OptOut, row: Row) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    match row {
        // A row typed with nothing but `phone` is an employee, and an opt-out must not change that.
        Row::Known => expression.require_present(KEY),
        Row::Welcoming => {
            expression.require_present(KEY);
            expression.require_absent("opted_out_at");
        }
        Row::New => {
            expression.require_absent(KEY);
            expression.set("may_book", AttributeValue::Bool(false));
        }
    }
    expression.set_if_absent("opted_out_at", time::attribute(opt_out.at));
    expression.set_if_absent("opted_out_words", text(&opt_out.words));
    if row == Row::Welcoming {
        forget_failures(&mut expression);
    }
    expression.into_update(table, key(KEY, phone.as_str()))
}

/// Writes what a provider said about a person on the current contact; `None` if that changes nothing.
pub(crate) async fn noted(
    client: &Client,
    table: &str,
    phone: &PhoneNumber,
    note: &ContactNote,
) -> Result<Option<Update>, StoreError> {
    let item = request::get(client, table, key(KEY, phone.as_str())).await?;
    let row = if item.is_some() { Row::Known } else { Row::New };
    match note {
        ContactNote::OptedOut(opt_out) => opted_out(table, phone, opt_out, row).map(Some),
        ContactNote::Failed { .. } => failed(table, phone, note, item),
    }
}

fn failed(
    table: &str,
    phone: &PhoneNumber,
    note: &ContactNote,
    item: Option<Item>,
) -> Result<Option<Update>, StoreError> {
    let mut expression = Expression::default();
    let before = match item {
        Some(item) => {
            expression.require_present(KEY);
            expression.require_unchanged("failed_at", item.get("failed_at").cloned());
            expression.require_unchanged("undeliverable_since", item.get("undeliverable_since").cloned());
            contact(phone.clone(), item)
        }
        None => {
            expression.require_absent(KEY);
            expression.set("may_book", AttributeValue::Bool(false));
            Contact::stranger(phone.clone())
        }
    };
    let mut after = before.clone();
    after.note(note);
    if after == before {
        return Ok(None);
    }
    let failures: Vec<AttributeValue> = after.failures.iter().copied().map(time::attribute).collect();
    expression.set_or_remove(
        "failed_at",
        (!failures.is_empty()).then_some(AttributeValue::L(failures)),
    );
    if let Some(undeliverable) = &after.undeliverable {
        expression.set("undeliverable_since", time::attribute(undeliverable.since));
        expression.set("undeliverable_reason", text(&undeliverable.reason));
    }
    expression.into_update(table, key(KEY, phone.as_str())).map(Some)
}

/// Forgets that texts to somebody who is there have failed.
pub(crate) fn reached(table: &str, phone: &PhoneNumber) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present(KEY);
    forget_failures(&mut expression);
    expression.into_update(table, key(KEY, phone.as_str()))
}

fn forget_failures(expression: &mut Expression) {
    for attribute in ["failed_at", "undeliverable_since", "undeliverable_reason"] {
        expression.remove(attribute);
    }
}

/// Undoes an opt-out on an existing row; without a row there is nobody to opt in.
pub(crate) fn opted_in(table: &str, phone: &PhoneNumber, at: Timestamp) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("opted_out_at");
    expression.set("opted_in_at", time::attribute(at));
    expression.remove("opted_out_at");
    expression.remove("opted_out_words");
    forget_failures(&mut expression);
    expression.into_update(table, key(KEY, phone.as_str()))
}

#[cfg(test)]
mod tests {
    use domain::language::Language;
    use domain::message::Kind;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::item::NewItem;

    const PHONE: &str = "+12025550101";

    fn decoded(row: NewItem) -> Contact {
        contact(PhoneNumber::parse(PHONE).unwrap(), row.finish())
    }

    fn row() -> NewItem {
        NewItem::with_key(key(KEY, PHONE))
    }

    #[test]
    fn a_number_alone_is_an_employee() {
        assert_eq!(decoded(row()), Contact::new(PhoneNumber::parse(PHONE).unwrap()));
    }

    #[test]
    fn groups_may_be_typed_in_any_way() {
        for groups in [
            text("night, kitchen"),
            AttributeValue::Ss(vec!["night".into(), "kitchen".into()]),
            AttributeValue::L(vec![text("night"), text(" kitchen ")]),
        ] {
            let groups = decoded(row().set("groups", groups)).groups;
            assert_eq!(groups.into_iter().collect::<Vec<_>>(), ["kitchen", "night"]);
        }
    }

    #[test]
    fn k22_a_contact_may_be_several_organisations() {
        for (typed, expected) in [
            (text("org-1"), &["org-1"][..]),
            (text(" org-1 , org-2,"), &["org-1", "org-2"]),
            (
                AttributeValue::Ss(vec!["org-2".into(), "org-1".into()]),
                &["org-1", "org-2"],
            ),
            (
                AttributeValue::L(vec![text("org-1"), text(" org-2 ")]),
                &["org-1", "org-2"],
            ),
            (text(" "), &[]),
            (AttributeValue::Null(true), &[]),
        ] {
            let organisations = decoded(row().set("organisation", typed)).organisations;
            assert_eq!(organisations.into_iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn an_opt_out_counts_whatever_was_typed() {
        for value in [
            text("2026-11-20T18:00:00.000Z"),
            text("yes"),
            text(""),
            AttributeValue::Bool(false),
        ] {
            assert!(decoded(row().set("opted_out_at", value)).opted_out());
        }
        let noted = decoded(
            row()
                .text("opted_out_at", "2026-11-20T18:00:00.000Z")
                .text("opted_out_words", "Stop"),
        );
        let expected = OptOut {
            at: "2026-11-20T18:00:00Z".parse().unwrap(),
            words: "Stop".into(),
        };
        assert_eq!(noted.opt_out, Some(expected));
    }

    #[test]
    fn no_is_understood() {
        let contact = decoded(
            row()
                .set("may_book", AttributeValue::Bool(false))
                .text("interested", "No"),
        );
        assert!(!contact.may_book && !contact.interested);
        assert_eq!(
            decoded(row().text("language", "mn-MN")).language,
            Some(Language::Mongolian)
        );
        assert_eq!(decoded(row().text("language", "xx")).language, None);
    }

    #[test]
    fn a_person_may_choose_a_language_a_clock_and_what_not_to_hear() {
        let chosen = decoded(
            row()
                .text("name", " Anna ")
                .text("language", "mn")
                .text("zone", "Asia/Ulaanbaatar")
                .text("kinds_off", "review-request, announcement"),
        );
        let expected = Contact {
            name: Some("Anna".into()),
            language: Some(Language::Mongolian),
            zone: Some(TimeZone::get("Asia/Ulaanbaatar").unwrap()),
            kinds_off: [Kind::ReviewRequest, Kind::Announcement].into(),
            ..Contact::new(PhoneNumber::parse(PHONE).unwrap())
        };
        assert_eq!(chosen, expected);
    }

    #[test]
    fn an_audience_has_everybody_once_and_nobody_who_cannot_be_texted() {
        let number = |phone: &str| match member(NewItem::with_key(key(KEY, phone)).finish()) {
            Member::Usable(contact) => contact.phone.as_str().to_owned(),
            Member::Unusable(contact) => contact.error,
            Member::Noted => "noted".to_owned(),
        };
        assert_eq!(number("+12025550101"), "+12025550101");
        // Not mended yet, and the same person all the same.
        assert_eq!(number("+52 1 55 1234 5678"), "+525512345678");
        assert_eq!(number("202-555-0101"), "noted");
        for (phone, expected) in [
            ("+1202555010", "too short"),
            ("4.479E+11", "spreadsheet"),
            ("Anna", "only digits"),
        ] {
            assert!(number(phone).contains(expected), "{}", number(phone));
        }
        let row = |status: &str| {
            NewItem::with_key(key(KEY, "+4407911123456"))
                .text("status", status)
                .finish()
        };
        assert!(matches!(member(row("mended")), Member::Noted));
        let rejected = NewItem::with_key(key(KEY, "+1202555010")).text("status", "rejected");
        assert!(matches!(member(rejected.finish()), Member::Noted));
        // A mistake elsewhere on the row silences nobody.
        let row = self::row()
            .text("zone", "Mars")
            .set("groups", AttributeValue::M(Item::new()));
        assert!(matches!(member(row.finish()), Member::Usable(_)));
    }

    #[test]
    fn an_opt_out_leaves_an_employee_one_and_makes_nobody_one() {
        let phone = PhoneNumber::parse(PHONE).unwrap();
        let opt_out = OptOut {
            at: Timestamp::UNIX_EPOCH,
            words: "STOP".into(),
        };
        let known = opted_out("t", &phone, &opt_out, Row::Known).unwrap();
        assert!(!known.update_expression().contains("may_book"));
        assert_eq!(known.condition_expression(), Some("(attribute_exists(#phone))"));
        let new = opted_out("t", &phone, &opt_out, Row::New).unwrap();
        assert!(new.update_expression().contains("#may_book = "));
        assert_eq!(new.condition_expression(), Some("(attribute_not_exists(#phone))"));
    }
}
