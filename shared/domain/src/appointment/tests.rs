//! Appointments as people type them.

use super::*;

fn row() -> AppointmentRow {
    AppointmentRow {
        appointment_id: "a1".into(),
        customer: Some("+1 202 555 0101".into()),
        place: Some("Salon Nord".into()),
        starts_at: Some("2027-03-28T09:00[Europe/Berlin]".into()),
        ..AppointmentRow::default()
    }
}

fn facts(row: &AppointmentRow, organisation: &Organisation) -> Facts {
    match Appointment::read(row, organisation).unwrap().standing {
        Standing::Scheduled(facts) => facts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_needs_customer_place_and_time() {
    let facts = facts(&row(), &Organisation::default());
    assert_eq!(facts.customer.as_str(), "+12025550101");
    assert_eq!(facts.name, "+12025550101");
    assert_eq!(facts.starts_at.to_string(), "2027-03-28T09:00:00+02:00[Europe/Berlin]");
    assert_eq!(facts.ends_at.to_string(), "2027-03-28T08:00:00Z");
}

#[test]
fn missing_attributes_come_from_the_organisation() {
    let organisation = Organisation {
        name: Some("Salon".into()),
        zone: Some(civil::parse_zone("Asia/Ulaanbaatar").unwrap()),
        ..Organisation::default()
    };
    let row = AppointmentRow {
        place: None,
        starts_at: Some("2027-03-28T09:00".into()),
        ends_at: Some("2027-03-29T01:00".into()),
        ..row()
    };
    let typed = facts(&row, &organisation);
    assert_eq!(typed.place, "Salon");
    assert_eq!(typed.starts_at.timestamp().to_string(), "2027-03-28T01:00:00Z");
    assert_eq!(typed.ends_at.to_string(), "2027-03-28T17:00:00Z");
    let zone = Some("Europe/Berlin".into());
    let elsewhere = facts(&AppointmentRow { zone, ..row }, &organisation);
    assert_eq!(elsewhere.starts_at.timestamp().to_string(), "2027-03-28T07:00:00Z");
}

#[test]
fn an_unusable_row_says_what_to_change() {
    type Edit = fn(&mut AppointmentRow);
    let cases: [(Edit, &str); 16] = [
        (|row| row.customer = None, "the row has no customer"),
        (
            |row| row.customer = Some("0101".into()),
            "customer: the number has no country code",
        ),
        (|row| row.place = Some(" ".into()), "the row has no place"),
        (
            |row| row.place = Some("x".repeat(201)),
            "place and name have at most 200",
        ),
        (|row| row.starts_at = None, "the row has no starts_at"),
        (
            |row| row.starts_at = Some("tomorrow".into()),
            "starts_at must be a date and a time",
        ),
        (
            |row| row.starts_at = Some("2027-03-28T09:00".into()),
            "starts_at has no zone",
        ),
        (
            |row| row.ends_at = Some("noon".into()),
            "ends_at must be a date and a time",
        ),
        (
            |row| row.ends_at = Some("2027-03-28T08:59".into()),
            "ends_at must be after starts_at",
        ),
        (
            |row| row.duration_minutes = Some("0".into()),
            "duration_minutes must be a whole number",
        ),
        (
            |row| row.duration_minutes = Some("1h".into()),
            "duration_minutes must be a whole number",
        ),
        (
            |row| row.zone = Some("Atlantis".into()),
            "zone names a time zone that does not exist",
        ),
        (
            |row| row.status = Some("perhaps".into()),
            "status must be one of scheduled, rescheduled, ",
        ),
        (
            |row| row.confirmation = Some("maybe".into()),
            "confirmation must be pending",
        ),
        (
            |row| row.malformed = Some("place must be text".into()),
            "place must be text",
        ),
        (
            |row| row.appointment_id = "x".repeat(201),
            "appointment_id has more than",
        ),
    ];
    for (edit, expected) in cases {
        let mut row = row();
        edit(&mut row);
        let error = Appointment::read(&row, &Organisation::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_cancelled_row_needs_nothing_else() {
    for status in ["cancelled", " Canceled "] {
        let row = AppointmentRow {
            appointment_id: "a1".into(),
            status: Some(status.into()),
            ..AppointmentRow::default()
        };
        let appointment = Appointment::read(&row, &Organisation::default()).unwrap();
        assert_eq!(appointment.standing, Standing::Cancelled);
    }
}
