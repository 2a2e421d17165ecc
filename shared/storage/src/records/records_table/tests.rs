//! Rows of the table of records, written and read back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::appointment::{AppointmentRow, Confirmation, Facts, Notified, Question};
use domain::bill::BillRow;
use domain::civil;
use domain::contract::ContractRow;
use domain::message::MessageId;
use domain::money::{Currency, Money};
use domain::phone_number::PhoneNumber;
use domain::record::Timer;
use jiff::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::item::Item;

type Row = HashMap<String, AttributeValue>;

fn times() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000_000).prop_map(|millisecond| Timestamp::from_millisecond(millisecond).unwrap())
}

fn phones() -> impl Strategy<Value = PhoneNumber> {
    select(&["+12025550101", "+97699112233"][..]).prop_map(|phone| PhoneNumber::parse(phone).unwrap())
}

fn dates() -> impl Strategy<Value = jiff::civil::Date> {
    times().prop_map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn timers() -> impl Strategy<Value = Option<Timer>> {
    option::of((select(Sweep::ALL), times()).prop_map(|(sweep, at)| Timer { sweep, at }))
}

fn typed() -> impl Strategy<Value = Option<String>> {
    option::of("\\PC{0,12}")
}

prop_compose! {
    fn notified_appointments()(
        customer in phones(), name in "\\PC{1,12}", place in "\\PC{1,12}",
        starts_at in times(), zone in select(&["Europe/Berlin", "Asia/Ulaanbaatar", "UTC"][..]), ends_at in times(),
        cancelled: bool, confirmation in select(Confirmation::ALL),
        stated in option::of(select(Confirmation::ALL)), at in times(),
    ) -> Notified {
        let starts_at = starts_at.to_zoned(civil::parse_zone(zone).unwrap());
        Notified { facts: Facts { customer, name, place, starts_at, ends_at }, cancelled, confirmation, stated, at }
    }
}

prop_compose! {
    fn typed_appointments()(
        appointment_id in "[a-z#]{1,9}", customer in typed(), name in typed(), place in typed(), starts_at in typed(),
        ends_at in typed(), duration_minutes in typed(), zone in typed(), organisation in typed(), status in typed(),
        confirmation in typed(), tell_staff: bool,
    ) -> AppointmentRow {
        AppointmentRow {
            appointment_id, customer, name, place, starts_at, ends_at, duration_minutes, zone, organisation, status,
            confirmation, tell_staff, ..AppointmentRow::default()
        }
    }
}

prop_compose! {
    fn appointments()(
        row in typed_appointments(), error in typed(), notified in option::of(notified_appointments()), revision: u32,
        question in option::of(("[a-z]{1,9}", 0_u64..9)), asked in option::of(0_u64..9), not_asked in typed(),
        answered in option::of(0_u64..9), review_asked_at in option::of(times()), timer in timers(),
    ) -> AppointmentRow {
        AppointmentRow {
            question: question.map(|(id, revision)| Question { message_id: MessageId::from_text(&id), revision }),
            error, notified, revision: revision.into(), asked, not_asked, answered, review_asked_at, timer, ..row
        }
    }
}

prop_compose! {
    fn bills()(
        bill_id in "[a-z#]{1,9}", customer in typed(), title in typed(), amount in typed(), currency in typed(),
        due_on in typed(), paid_at in typed(), zone in typed(), organisation in typed(), status in typed(),
        notified in option::of((phones(), 0_i64..9_000_000_000, select(&Currency::ALL[..]), dates(),
            select(domain::bill::Standing::ALL), any::<bool>())),
        timer in timers(),
    ) -> BillRow {
        let notified = notified.map(|(customer, minor, currency, due_on, standing, overdue)| domain::bill::Notified {
            facts: domain::bill::Facts { customer, title: "Water".into(), amount: Money { minor, currency }, due_on },
            standing, overdue,
        });
        BillRow {
            bill_id, customer, title, amount, currency, due_on, paid_at, zone, organisation, status, notified, timer,
            revision: 7, error: None, malformed: None, country: None,
        }
    }
}

prop_compose! {
    fn contracts()(
        contract_id in "[a-z#]{1,9}", customer in typed(), title in typed(), ends_on in typed(), zone in typed(),
        organisation in typed(), status in typed(), error in typed(), notified in option::of((phones(), dates())),
        timer in timers(),
    ) -> ContractRow {
        let notified = notified.map(|(customer, ends_on)| domain::contract::Facts { customer, title: "Lease".into(), ends_on });
        ContractRow {
            contract_id, customer, title, ends_on, zone, organisation, status, error, notified, timer, revision: 7,
            malformed: None, country: None,
        }
    }
}

fn rows() -> impl Strategy<Value = RecordRow> {
    prop_oneof![
        appointments().prop_map(RecordRow::Appointment),
        bills().prop_map(RecordRow::Bill),
        contracts().prop_map(RecordRow::Contract),
    ]
}

/// The row as the table holds it.
fn stored(row: &RecordRow) -> Item {
    let key = row.key();
    let known = attributes(row);
    let values = known
        .names()
        .filter_map(|name| Some((name.to_owned(), known.get(name)?.clone())));
    crate::records::key(key.pk(), key.sk())
        .into_iter()
        .chain(values)
        .collect()
}

fn plan(row: RecordRow) -> RecordPlan {
    RecordPlan {
        row,
        messages: Vec::new(),
        bases: Vec::new(),
    }
}

proptest! {
    #[test]
    fn a_row_reads_back_as_it_was(row in rows()) {
        let read = decode(stored(&row)).unwrap();
        prop_assert_eq!(read.row, row);
    }

    #[test]
    fn what_is_as_it_was_read_is_not_touched(row in rows()) {
        let read = decode(stored(&row)).unwrap();
        let update = planned("t", &read, &plan(row.clone())).unwrap();
        let written = update.update_expression().matches('#').count();
        prop_assert_eq!(written, 1 + usize::from(row.error().is_some()));
    }
}

fn bill(attributes: &[(&str, AttributeValue)]) -> Row {
    let mut row = crate::records::key("bill#b1", "bill");
    row.extend(
        attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    row
}

fn complaint(row: Row) -> Option<String> {
    match decode(row).unwrap().row {
        RecordRow::Bill(row) => row.malformed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_of_another_kind_is_no_record_and_a_misplaced_one_says_where_it_belongs() {
    for (pk, sk) in [("tag#yoga", "tag"), ("bill#b1", "booking")] {
        let image = decode_record_image(crate::records::key(pk, sk));
        assert_eq!(image, RecordImage::Other, "{pk} {sk}");
    }
    for pk in ["bill#", "b1", "appointment#b1"] {
        let RecordImage::Misplaced(row) = decode_record_image(crate::records::key(pk, "bill")) else {
            panic!("{pk}");
        };
        assert_eq!(
            row.complaint(),
            "pk must be bill# and an id, such as bill#1, where sk is bill"
        );
    }
    assert!(matches!(decode_record_image(bill(&[])), RecordImage::Record(_)));
    assert_eq!(decode_record_image(Row::new()), RecordImage::Other);
}

#[test]
fn what_cannot_be_read_is_complained_of_and_the_rest_is_read() {
    for (attribute, value, expected) in [
        ("amount", AttributeValue::L(Vec::new()), "amount must be text"),
        (
            "notified",
            text("x"),
            "notified is not for people to write: take it off the row",
        ),
        (
            "revision",
            text("1"),
            "revision is not for people to write: take it off the row",
        ),
    ] {
        assert_eq!(complaint(bill(&[(attribute, value)])).as_deref(), Some(expected));
    }
    let timer = [("due_bucket", text("soon")), ("due_at", text("tomorrow"))];
    assert_eq!(complaint(bill(&timer)), None);
}

#[test]
fn a_row_is_written_only_as_long_as_nobody_has_changed_what_was_read() {
    let typed = bill(&[("amount", AttributeValue::N("12.50".into())), ("note", text("by hand"))]);
    let read = decode(typed).unwrap();
    let update = planned("t", &read, &plan(read.row.clone())).unwrap();
    let condition = update.condition_expression().unwrap();
    assert!(condition.starts_with("(attribute_exists(#pk))"), "{condition}");
    assert_eq!(
        condition.matches("attribute_not_exists").count(),
        known(&read.row).len() - 1
    );
    assert!(!condition.contains("#note"));
    let values = update.expression_attribute_values().unwrap();
    assert!(values.values().any(|value| *value == AttributeValue::N("12.50".into())));

    let new = ReadRecord { version: None, ..read };
    let update = planned("t", &new, &plan(new.row.clone())).unwrap();
    assert_eq!(update.condition_expression(), Some("(attribute_not_exists(#pk))"));
    assert!(update.update_expression().contains("#amount"));
}

#[test]
fn a_rejected_row_that_can_be_used_says_so_no_more() {
    let rejected_row = bill(&[("status", text(REJECTED)), ("error", text("no amount"))]);
    let read = decode(rejected_row).unwrap();
    let update = planned("t", &read, &plan(read.row.clone())).unwrap();
    let (_, removed) = update.update_expression().split_once("REMOVE ").unwrap();
    assert_eq!(removed, "#error, #status");

    let update = rejected("t", &read, "still no amount", None).unwrap();
    assert!(update.update_expression().ends_with("REMOVE #due_bucket, #due_at"));
    assert!(!update.update_expression().contains(TYPED_STATUS));
}

/// Otherwise the rejection would remove the cause of the error, and the row would count as corrected.
#[test]
fn what_was_typed_as_the_status_outlives_the_rejection() {
    for (typed, status, complaint) in [
        (text("paid"), Some("paid"), None),
        (text("perhaps"), Some("perhaps"), None),
        (AttributeValue::L(Vec::new()), None, Some("status must be text")),
    ] {
        let read = decode(bill(&[("status", typed.clone())])).unwrap();
        let update = rejected("t", &read, "no amount", None).unwrap();
        assert!(
            update
                .expression_attribute_values()
                .unwrap()
                .values()
                .any(|value| *value == typed)
        );

        let noted = bill(&[
            ("status", text(REJECTED)),
            (TYPED_STATUS, typed),
            ("error", text("no amount")),
        ]);
        let read = decode(noted).unwrap();
        let RecordRow::Bill(row) = &read.row else {
            panic!("{read:?}")
        };
        assert_eq!((row.status.as_deref(), row.malformed.as_deref()), (status, complaint));
        let update = planned("t", &read, &plan(read.row.clone())).unwrap();
        let (set, removed) = update.update_expression().split_once(" REMOVE ").unwrap();
        assert_eq!(set.contains("#status"), status.is_some(), "{set}");
        assert!(removed.contains("#typed_status"), "{removed}");
    }
}
