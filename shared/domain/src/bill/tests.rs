//! Bills issued, paid, corrected and overdue.

use jiff::tz::TimeZone;

use super::*;
use crate::message::{Kind, Subject};
use crate::record::Sweep;

const ANNA: &str = "+12025550101";

fn row() -> BillRow {
    BillRow {
        bill_id: "b1".into(),
        customer: Some(ANNA.into()),
        amount: Some("125,000".into()),
        currency: Some("MNT".into()),
        due_on: Some("2027-03-28".into()),
        ..BillRow::default()
    }
}

fn organisation() -> Organisation {
    Organisation {
        zone: Some(TimeZone::get("Asia/Ulaanbaatar").unwrap()),
        ..Organisation::default()
    }
}

/// Handles the row; returns its messages.
fn at(row: &mut BillRow, now: &str) -> Vec<(Kind, Subject)> {
    let now = now.parse().unwrap();
    let done = reconcile(now, row, &organisation()).unwrap();
    let said = done.map_or_else(Vec::new, |done| {
        *row = done.row;
        done.said
    });
    assert_eq!(reconcile(now, row, &organisation()).unwrap(), None, "taken up twice");
    said.into_iter()
        .map(|said| (said.notice.kind(), said.subject))
        .collect()
}

fn kinds(said: &[(Kind, Subject)]) -> Vec<Kind> {
    said.iter().map(|(kind, _)| *kind).collect()
}

#[test]
fn an_overdue_bill_is_notified_next_morning() {
    let mut row = row();
    let issued = at(&mut row, "2027-03-01T10:00:00Z");
    assert_eq!(kinds(&issued), [Kind::BillIssued]);
    let timer = row.timer.unwrap();
    assert_eq!(
        (timer.sweep, timer.at.to_string().as_str()),
        (Sweep::Notices, "2027-03-29T01:00:00Z")
    );
    assert_eq!(at(&mut row, "2027-03-29T00:59:59Z"), []);
    let overdue = at(&mut row, "2027-03-30T03:00:00Z");
    assert_eq!(kinds(&overdue), [Kind::BillOverdue]);
    assert_eq!(row.timer, None);
    assert_eq!(at(&mut row, "2027-04-30T03:00:00Z"), []);
    row.paid_at = Some("2027-04-30".into());
    let paid = at(&mut row, "2027-04-30T04:00:00Z");
    assert_eq!(kinds(&paid), [Kind::PaymentConfirmed]);
    // A request to pay that still waits is not sent any more.
    assert!(paid[0].1.revision > overdue[0].1.revision);
}

#[test]
fn a_bill_that_is_paid_is_never_overdue() {
    for paid in [Some("2027-03-28T23:00+08:00"), None] {
        let mut row = row();
        at(&mut row, "2027-03-01T10:00:00Z");
        match paid {
            Some(_) => row.paid_at = paid.map(ToOwned::to_owned),
            None => row.status = Some("paid".into()),
        }
        assert_eq!(kinds(&at(&mut row, "2027-03-29T00:00:00Z")), [Kind::PaymentConfirmed]);
        assert_eq!(row.timer, None);
        assert_eq!(at(&mut row, "2027-03-29T02:00:00Z"), []);
    }
}

#[test]
fn a_changed_bill_is_issued_again() {
    type Edit = fn(&mut BillRow);
    let edits: [(Edit, &[Kind]); 5] = [
        (|row| row.amount = Some("130000".into()), &[Kind::BillIssued]),
        (|row| row.due_on = Some("2027-04-28".into()), &[Kind::BillIssued]),
        (|row| row.customer = Some("+12025550102".into()), &[Kind::BillIssued]),
        (|row| row.status = Some("cancelled".into()), &[]),
        (|row| row.currency = Some("mnt".into()), &[]),
    ];
    for (number, (edit, expected)) in edits.into_iter().enumerate() {
        let mut row = row();
        at(&mut row, "2027-03-01T10:00:00Z");
        let before = row.revision;
        edit(&mut row);
        assert_eq!(kinds(&at(&mut row, "2027-03-02T10:00:00Z")), expected, "case {number}");
        assert_eq!(row.revision > before, number < 4, "case {number}");
        assert_eq!(row.timer.is_none(), number == 3, "case {number}");
    }
}

#[test]
fn old_events_of_new_bills_are_silent() {
    for (edit, expected) in [
        (("due_on", "2027-02-01"), vec![Kind::BillIssued]),
        (("paid_at", "2027-02-26"), vec![]),
        (("paid_at", "2027-02-27"), vec![Kind::PaymentConfirmed]),
        (("status", "cancelled"), vec![]),
    ] {
        let mut row = row();
        let value = Some(edit.1.to_owned());
        match edit.0 {
            "due_on" => row.due_on = value,
            "paid_at" => row.paid_at = value,
            _ => row.status = value,
        }
        assert_eq!(kinds(&at(&mut row, "2027-03-01T10:00:00Z")), expected, "{edit:?}");
        assert_eq!(row.timer, None, "{edit:?}");
    }
}

#[test]
fn a_returned_payment_reopens_the_bill() {
    let mut row = row();
    at(&mut row, "2027-03-01T10:00:00Z");
    row.paid_at = Some("2027-03-02".into());
    at(&mut row, "2027-03-02T10:00:00Z");
    row.paid_at = None;
    assert_eq!(at(&mut row, "2027-03-03T10:00:00Z"), []);
    assert_eq!(kinds(&at(&mut row, "2027-03-29T02:00:00Z")), [Kind::BillOverdue]);
}

#[test]
fn an_unusable_row_says_what_to_change() {
    type Edit = fn(&mut BillRow);
    let cases: [(Edit, &str); 12] = [
        (|row| row.customer = None, "the row has no customer"),
        (
            |row| row.customer = Some("Anna".into()),
            "customer: a phone number has only digits",
        ),
        (|row| row.amount = None, "the row has no amount"),
        (|row| row.amount = Some("much".into()), "amount: "),
        (|row| row.amount = Some("-1".into()), "amount must not be negative"),
        (|row| row.currency = Some("XXX".into()), "currency: "),
        (|row| row.due_on = None, "the row has no due_on"),
        (
            |row| row.due_on = Some("03/04/2027".into()),
            "due_on may mean 2027-03-04 or 2027-04-03",
        ),
        (|row| row.paid_at = Some("yes".into()), "paid_at must be a date"),
        (
            |row| row.zone = Some("Atlantis".into()),
            "zone names a time zone that does not exist",
        ),
        (
            |row| row.status = Some("lost".into()),
            "status must be open, paid or cancelled",
        ),
        (|row| row.title = Some("x".repeat(201)), "title has at most 200"),
    ];
    for (edit, expected) in cases {
        let mut row = row();
        edit(&mut row);
        let error = Bill::read(&row, &organisation()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
