//! Contracts that end.

use super::*;
use crate::record::Sweep;

fn row() -> ContractRow {
    ContractRow {
        contract_id: "c1".into(),
        customer: Some("+12025550101".into()),
        ends_on: Some("2027-03-31".into()),
        zone: Some("Europe/Berlin".into()),
        ..ContractRow::default()
    }
}

/// Handles the row; returns the number of notices of its end.
fn at(row: &mut ContractRow, now: &str) -> usize {
    let (now, organisation) = (now.parse().unwrap(), Organisation::default());
    let done = reconcile(now, row, &organisation).unwrap();
    let said = done.map_or(0, |done| {
        *row = done.row;
        done.said.len()
    });
    assert_eq!(reconcile(now, row, &organisation).unwrap(), None, "taken up twice");
    said
}

#[test]
fn the_end_is_notified_five_days_before() {
    let mut row = row();
    assert_eq!(at(&mut row, "2027-01-01T10:00:00Z"), 0);
    let timer = row.timer.unwrap();
    assert_eq!(
        (timer.sweep, timer.at.to_string().as_str()),
        (Sweep::Notices, "2027-03-26T08:00:00Z")
    );
    assert_eq!(at(&mut row, "2027-03-26T07:59:59Z"), 0);
    assert_eq!(at(&mut row, "2027-03-27T09:00:00Z"), 1);
    assert_eq!(row.timer, None);
    assert_eq!(at(&mut row, "2027-03-28T09:00:00Z"), 0);
}

#[test]
fn a_late_contract_is_notified_until_it_ends() {
    for (now, expected) in [("2027-03-31T21:59:59Z", 1), ("2027-03-31T22:00:00Z", 0)] {
        assert_eq!(at(&mut row(), now), expected, "{now}");
    }
}

#[test]
fn another_end_is_told_of_in_its_time() {
    let mut row = row();
    assert_eq!(at(&mut row, "2027-03-27T09:00:00Z"), 1);
    let before = row.revision;
    row.ends_on = Some("2028-03-31".into());
    assert_eq!(at(&mut row, "2027-03-27T10:00:00Z"), 0);
    assert!(row.revision > before);
    assert_eq!(at(&mut row, "2028-03-26T08:00:00Z"), 1);
    let before = row.revision;
    row.status = Some("cancelled".into());
    assert_eq!(at(&mut row, "2028-03-26T09:00:00Z"), 0);
    assert!(row.revision > before);
    assert_eq!(row.timer, None);
}

#[test]
fn an_unusable_row_says_what_to_change() {
    type Edit = fn(&mut ContractRow);
    let cases: [(Edit, &str); 7] = [
        (|row| row.customer = None, "the row has no customer"),
        (
            |row| row.customer = Some("Anna".into()),
            "customer: a phone number has only digits",
        ),
        (|row| row.ends_on = None, "the row has no ends_on"),
        (|row| row.ends_on = Some("soon".into()), "ends_on must be a date"),
        (
            |row| row.zone = Some("Atlantis".into()),
            "zone names a time zone that does not exist",
        ),
        (
            |row| row.status = Some("lost".into()),
            "status must be active or cancelled",
        ),
        (|row| row.title = Some("x".repeat(201)), "title has at most 200"),
    ];
    for (edit, expected) in cases {
        let mut row = row();
        edit(&mut row);
        let error = Contract::read(&row, &Organisation::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
