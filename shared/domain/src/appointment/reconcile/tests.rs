//! Appointments typed, moved, cancelled and confirmed: what the customer is told.

use jiff::tz::TimeZone;

use super::*;
use crate::message::Kind;
use crate::quiet_hours::QuietHours;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const STAFF: &str = "+12025550190";

/// One appointment, and the process that handles it.
struct Desk {
    organisation: Organisation,
    row: AppointmentRow,
    question: Option<QuestionState>,
    /// When the customer is not to be disturbed.
    quiet: Option<QuietClock>,
    bases: BTreeMap<BasisKey, Basis>,
    /// The last notices, by recipient and kind.
    last: Vec<Said>,
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Desk {
    /// On 28 March the clocks of Berlin go from 2 to 3.
    fn new() -> Self {
        Self {
            organisation: Organisation {
                zone: Some(TimeZone::get("Europe/Berlin").unwrap()),
                staff: vec![PhoneNumber::parse(STAFF).unwrap()],
                ..Organisation::default()
            },
            row: AppointmentRow {
                appointment_id: "a1".into(),
                customer: Some(ANNA.into()),
                name: Some("Anna".into()),
                place: Some("Salon Nord".into()),
                starts_at: Some("2027-03-28T09:00".into()),
                ..AppointmentRow::default()
            },
            question: None,
            quiet: None,
            bases: BTreeMap::new(),
            last: Vec::new(),
        }
    }

    /// Handles the row; returns its messages, as `kind to`.
    fn at(&mut self, now: &str) -> Vec<String> {
        let now = time(now);
        self.last.clear();
        let awaited = self.question.clone().filter(|_| self.row.awaited_question().is_some());
        if let Some(done) = reconcile(
            now,
            &self.row,
            &self.organisation,
            awaited.as_ref(),
            self.quiet.as_ref(),
        )
        .unwrap()
        {
            for change in done.bases {
                match change {
                    BasisChange::Put(basis) => self.bases.insert(basis.key.clone(), basis),
                    BasisChange::Remove(key) => self.bases.remove(&key),
                };
            }
            self.row = done.row;
            self.last = done.said;
        }
        let again = reconcile(
            now,
            &self.row,
            &self.organisation,
            awaited.as_ref(),
            self.quiet.as_ref(),
        )
        .unwrap();
        assert_eq!(again, None, "taken up twice");
        self.last
            .iter()
            .map(|said| format!("{} {}", said.notice.kind().as_str(), said.to.as_str()))
            .collect()
    }

    fn confirmation(&self) -> &str {
        self.row.confirmation.as_deref().unwrap_or("pending")
    }

    fn timer(&self) -> Option<(Sweep, String)> {
        self.row.timer.map(|timer| (timer.sweep, timer.at.to_string()))
    }

    /// The customer texts.
    fn answers(&mut self, confirmation: &str) {
        let question = self.row.question.clone().unwrap();
        self.row.answered = Some(question.revision);
        self.row.confirmation = Some(confirmation.into());
    }

    fn message_is(&mut self, status: Status) {
        self.question = Some(QuestionState {
            status: Some(status),
            reason: Some("opted-out".into()),
            due_at: None,
        });
    }
}

fn said(kind: Kind, to: &str) -> String {
    format!("{} {to}", kind.as_str())
}

#[test]
fn the_life_of_an_appointment() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.at("2027-03-20T10:00:00Z"),
        [said(Kind::AppointmentScheduled, ANNA)]
    );
    // The same time of the day on the other side of the clock change.
    assert_eq!(
        desk.timer(),
        Some((Sweep::Confirmations, "2027-03-27T08:00:00Z".into()))
    );
    assert_eq!(desk.at("2027-03-27T07:59:59Z"), [""; 0]);
    assert_eq!(
        desk.at("2027-03-27T08:00:00Z"),
        [said(Kind::AppointmentConfirmation, ANNA)]
    );
    assert_eq!(desk.confirmation(), "sending");
    desk.message_is(Status::Queued);
    assert_eq!(desk.at("2027-03-27T08:01:00Z"), [""; 0]);
    assert_eq!(
        desk.timer(),
        Some((Sweep::Confirmations, "2027-03-27T08:02:00Z".into()))
    );
    desk.message_is(Status::Sent);
    assert_eq!(desk.at("2027-03-27T08:30:00Z"), [""; 0]);
    assert_eq!(desk.confirmation(), "sent");
    assert_eq!(desk.timer(), Some((Sweep::Reviews, "2027-03-28T09:00:00Z".into())));
    desk.answers("confirmed");
    assert_eq!(
        desk.at("2027-03-27T09:00:00Z"),
        [said(Kind::AppointmentAnswered, STAFF)]
    );
    assert_eq!(desk.last[0].subject.revision, desk.row.revision);
    // The customer may change their mind; the staff is notified.
    for (answer, confirmed) in [("declined", false), ("confirmed", true)] {
        let question = desk.row.question.clone().unwrap();
        assert_eq!((question.revision, desk.row.answered), (desk.row.revision, None));
        desk.answers(answer);
        assert_eq!(
            desk.at("2027-03-27T10:00:00Z"),
            [said(Kind::AppointmentAnswered, STAFF)]
        );
        let asked = desk.bases.values().find_map(|basis| basis.asked.clone()).unwrap();
        assert_eq!(asked.answered, Some(confirmed));
    }
    assert_eq!(desk.at("2027-03-28T08:59:59Z"), [""; 0]);
    assert_eq!(desk.at("2027-03-28T09:00:00Z"), [said(Kind::ReviewRequest, ANNA)]);
    assert_eq!(desk.timer(), None);
    assert_eq!(desk.at("2027-03-29T09:00:00Z"), [""; 0]);
}

#[test]
fn every_change_is_notified_once() {
    type Edit = fn(&mut AppointmentRow);
    let cases: [(Edit, &[(Kind, &str)]); 7] = [
        (
            |row| row.starts_at = Some("2027-03-29T11:00".into()),
            &[(Kind::AppointmentRescheduled, ANNA)],
        ),
        (
            |row| row.place = Some("Salon Süd".into()),
            &[(Kind::AppointmentRescheduled, ANNA)],
        ),
        (
            |row| row.status = Some("cancelled".into()),
            &[(Kind::AppointmentCancelled, ANNA)],
        ),
        (
            |row| row.customer = Some(BEN.into()),
            &[(Kind::AppointmentCancelled, ANNA), (Kind::AppointmentScheduled, BEN)],
        ),
        (|row| row.starts_at = Some("2027-03-19T11:00".into()), &[]),
        (|row| row.duration_minutes = Some("90".into()), &[]),
        (|row| row.name = Some("Anna B.".into()), &[]),
    ];
    for (number, (edit, expected)) in cases.into_iter().enumerate() {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        let before = desk.row.revision;
        edit(&mut desk.row);
        let expected: Vec<String> = expected.iter().map(|(kind, to)| said(*kind, to)).collect();
        assert_eq!(desk.at("2027-03-20T11:00:00Z"), expected, "case {number}");
        let untrue_now = number < 5;
        assert_eq!(desk.row.revision > before, untrue_now, "case {number}");
        let current = desk.last.iter().filter(|said| said.subject.pk == "appointment#a1");
        assert!(
            current.clone().all(|said| said.subject.revision == desk.row.revision),
            "case {number}"
        );
    }
}

#[test]
fn staff_is_notified_on_request() {
    let mut desk = Desk::new();
    desk.row.tell_staff = true;
    let scheduled = [
        said(Kind::AppointmentScheduled, ANNA),
        said(Kind::AppointmentScheduled, STAFF),
    ];
    assert_eq!(desk.at("2027-03-20T10:00:00Z"), scheduled);
    desk.row.status = Some("cancelled".into());
    let cancelled = [
        said(Kind::AppointmentCancelled, ANNA),
        said(Kind::AppointmentCancelled, STAFF),
    ];
    assert_eq!(desk.at("2027-03-20T11:00:00Z"), cancelled);
    desk.row.status = None;
    desk.row.customer = Some(STAFF.into());
    assert_eq!(
        desk.at("2027-03-20T12:00:00Z"),
        [said(Kind::AppointmentScheduled, STAFF)]
    );
}

#[test]
fn nobody_is_told_of_what_is_over() {
    let mut desk = Desk::new();
    // It has begun, and is still going on.
    assert_eq!(
        desk.at("2027-03-28T07:30:00Z"),
        [said(Kind::AppointmentScheduled, ANNA)]
    );
    let mut desk = Desk::new();
    assert_eq!(desk.at("2027-03-28T08:00:00Z"), [""; 0]);
    assert_eq!(desk.timer(), None);
    for status in ["cancelled", "scheduled"] {
        desk.row.status = Some(status.into());
        assert_eq!(desk.at("2027-03-28T10:00:00Z"), [""; 0]);
    }
    // Its customer has never heard of it.
    desk.row.starts_at = Some("2027-04-01T09:00".into());
    assert_eq!(
        desk.at("2027-03-29T10:00:00Z"),
        [said(Kind::AppointmentScheduled, ANNA)]
    );
}

#[test]
fn late_notified_customers_are_not_asked() {
    for (created, asked) in [("2027-03-27T07:59:00Z", true), ("2027-03-27T08:00:00Z", false)] {
        let mut desk = Desk::new();
        desk.at(created);
        let later = desk.at("2027-03-27T08:30:00Z");
        assert_eq!(
            later.contains(&said(Kind::AppointmentConfirmation, ANNA)),
            asked,
            "{created}"
        );
        desk.row.starts_at = Some("2027-03-27T19:00".into());
        assert_eq!(
            desk.at("2027-03-27T09:00:00Z"),
            [said(Kind::AppointmentRescheduled, ANNA)]
        );
        assert_eq!(desk.at("2027-03-27T12:00:00Z"), [""; 0]);
    }
}

#[test]
fn late_sweeps_ask_while_it_is_useful() {
    for (now, expected) in [
        ("2027-03-28T06:59:59Z", vec![said(Kind::AppointmentConfirmation, ANNA)]),
        ("2027-03-28T07:00:00Z", vec![]),
        ("2027-03-29T10:00:00Z", vec![said(Kind::ReviewRequest, ANNA)]),
        ("2027-03-30T08:59:59Z", vec![said(Kind::ReviewRequest, ANNA)]),
        ("2027-03-30T09:00:00Z", vec![]),
    ] {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        assert_eq!(desk.at(now), expected, "{now}");
    }
}

#[test]
fn an_unsent_question_is_not_repeated() {
    for status in [Status::Suppressed, Status::Failed, Status::Expired, Status::Cancelled] {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        desk.at("2027-03-27T08:00:00Z");
        assert_eq!(desk.bases.len(), 1);
        desk.message_is(status);
        assert_eq!(desk.at("2027-03-27T08:30:00Z"), [""; 0]);
        assert_eq!(
            (desk.confirmation(), desk.row.not_asked.as_deref()),
            ("pending", Some("opted-out"))
        );
        assert_eq!(desk.bases.len(), 0);
        assert_eq!(desk.at("2027-03-27T10:00:00Z"), [""; 0]);
    }
}

#[test]
fn a_change_asks_anew_in_its_time() {
    type Edit = fn(&mut AppointmentRow);
    let edits: [(Edit, &str); 4] = [
        (|row| row.starts_at = Some("2027-04-10T09:00".into()), "pending"),
        (|row| row.customer = Some(BEN.into()), "pending"),
        (|row| row.status = Some("cancelled".into()), "sending"),
        (|row| row.confirmation = Some("confirmed".into()), "confirmed"),
    ];
    for (edit, expected) in edits {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        desk.at("2027-03-27T08:00:00Z");
        let question = desk.last[0].subject.clone();
        let is_open = |desk: &Desk| desk.bases.keys().any(|key| matches!(key, BasisKey::Question { .. }));
        assert!(is_open(&desk));
        edit(&mut desk.row);
        desk.at("2027-03-27T08:10:00Z");
        assert!(!is_open(&desk));
        assert!(desk.row.revision > question.revision);
        assert_eq!((desk.row.question.as_ref(), desk.confirmation()), (None, expected));
        // An answer that comes now does not count.
        assert_eq!(desk.row.answered, None);
    }
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.at("2027-03-27T08:00:00Z");
    desk.row.starts_at = Some("2027-04-10T09:00".into());
    desk.at("2027-03-27T08:10:00Z");
    assert_eq!(
        desk.at("2027-04-09T07:00:00Z"),
        [said(Kind::AppointmentConfirmation, ANNA)]
    );
}

#[test]
fn a_typed_confirmation_outlives_a_change() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.row.starts_at = Some("2027-04-10T09:00".into());
    desk.row.confirmation = Some("confirmed".into());
    desk.at("2027-03-20T11:00:00Z");
    assert_eq!(desk.confirmation(), "confirmed");
    desk.row.starts_at = Some("2027-04-11T09:00".into());
    desk.at("2027-03-20T12:00:00Z");
    assert_eq!(desk.confirmation(), "pending");
    desk.at("2027-04-10T07:00:00Z");
    desk.answers("confirmed");
    desk.row.starts_at = Some("2027-04-20T09:00".into());
    assert_eq!(
        desk.at("2027-04-10T08:00:00Z"),
        [said(Kind::AppointmentRescheduled, ANNA)]
    );
    assert_eq!(desk.confirmation(), "pending");
}

#[test]
fn no_review_is_asked_for_after_a_refusal() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.at("2027-03-27T08:00:00Z");
    desk.answers("declined");
    assert_eq!(
        desk.at("2027-03-27T08:10:00Z"),
        [said(Kind::AppointmentAnswered, STAFF)]
    );
    assert_eq!(desk.timer(), None);
    assert_eq!(desk.at("2027-03-28T09:00:00Z"), [""; 0]);
    // The same where it is noted too late, but before the request is sent.
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.at("2027-03-28T09:00:00Z");
    let request = desk.last[0].subject.revision;
    desk.row.confirmation = Some("declined".into());
    assert_eq!(desk.at("2027-03-28T09:10:00Z"), [""; 0]);
    assert!(desk.row.revision > request);
}

#[test]
fn another_answer_withdraws_the_staff_notice() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.at("2027-03-27T08:00:00Z");
    desk.answers("confirmed");
    desk.at("2027-03-27T08:10:00Z");
    let notified = desk.last[0].subject.revision;
    for confirmation in ["pending", "declined", "pending"] {
        desk.row.confirmation = Some(confirmation.into());
        assert_eq!(desk.at("2027-03-27T08:20:00Z"), [""; 0], "{confirmation}");
        assert!(desk.row.revision > notified);
    }
}

#[test]
fn a_parting_holds_until_the_appointment_returns() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.row.customer = Some(BEN.into());
    desk.at("2027-03-20T11:00:00Z");
    let parting = desk.last[0].subject.clone();
    let holds = |desk: &Desk| {
        let basis = desk.bases.values().find(|basis| basis.key.sk() == parting.sk);
        basis.is_some_and(|basis| basis.revision == parting.revision)
    };
    assert!(holds(&desk));
    desk.row.starts_at = Some("2027-04-10T09:00".into());
    desk.at("2027-03-20T12:00:00Z");
    assert!(holds(&desk));
    desk.row.customer = Some(ANNA.into());
    desk.at("2027-03-20T13:00:00Z");
    assert!(!holds(&desk));
}

#[test]
fn another_zone_of_the_organisation_is_another_time() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.organisation.zone = Some(TimeZone::get("Europe/London").unwrap());
    assert_eq!(
        desk.at("2027-03-20T11:00:00Z"),
        [said(Kind::AppointmentRescheduled, ANNA)]
    );
    desk.organisation.zone = Some(TimeZone::get("Europe/Lisbon").unwrap());
    assert_eq!(desk.at("2027-03-20T12:00:00Z"), [""; 0]);
}

#[test]
fn a_mended_row_counts_as_new() {
    let mut desk = Desk::new();
    desk.row.status = Some("rejected".into());
    desk.row.error = Some("the row has no place".into());
    assert_eq!(
        desk.at("2027-03-20T10:00:00Z"),
        [said(Kind::AppointmentScheduled, ANNA)]
    );
    assert_eq!(
        (desk.row.status.as_deref(), desk.row.error.as_deref()),
        (Some("scheduled"), None)
    );
}

/// The clock of the customers of [`Desk`].
fn nights() -> Option<QuietClock> {
    let zones = vec![TimeZone::get("Europe/Berlin").unwrap()];
    QuietClock::new(vec![QuietHours::default()], zones, time("2027-03-20T10:00:00Z"))
}

#[test]
fn k28_night_questions_go_the_evening_before() {
    for (starts_at, known_at, expected) in [
        // 07:30 is quiet on the day before; 21:00 the evening before that is not.
        ("2027-03-26T07:30", "2027-03-20T10:00:00Z", "2027-03-24T20:00:00Z"),
        ("2027-03-26T09:30", "2027-03-20T10:00:00Z", "2027-03-25T08:30:00Z"),
        // A customer who is notified after that evening is asked in the morning.
        ("2027-03-26T07:30", "2027-03-24T21:30:00Z", "2027-03-25T06:30:00Z"),
    ] {
        let mut desk = Desk::new();
        desk.quiet = nights();
        desk.row.starts_at = Some(starts_at.into());
        desk.at(known_at);
        assert_eq!(
            desk.timer(),
            Some((Sweep::Confirmations, expected.into())),
            "{starts_at} {known_at}"
        );
    }
}

#[test]
fn k53_absent_customers_get_no_review_request() {
    for status in ["no show", "No-Show", "ирээгүй", "no asistió", "absent"] {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        desk.row.status = Some(status.into());
        assert_eq!(desk.at("2027-03-28T07:20:00Z"), Vec::<String>::new(), "{status}");
        assert_eq!(desk.timer(), None, "{status}");
        assert_eq!(desk.at("2027-03-28T09:30:00Z"), Vec::<String>::new(), "{status}");
        // It was a mistake.
        desk.row.status = Some("done".into());
        assert_eq!(
            desk.at("2027-03-28T09:40:00Z"),
            [said(Kind::ReviewRequest, ANNA)],
            "{status}"
        );
    }
}

#[test]
fn k53_a_no_show_withdraws_the_review_that_waits() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    assert_eq!(desk.at("2027-03-28T09:30:00Z"), [said(Kind::ReviewRequest, ANNA)]);
    let subject = desk.last[0].subject.revision;
    desk.row.status = Some("no-show".into());
    assert_eq!(desk.at("2027-03-28T09:31:00Z"), Vec::<String>::new());
    assert_ne!(desk.row.revision, subject);
}

#[test]
fn k53_what_is_done_is_reviewed_as_usual() {
    let mut desk = Desk::new();
    desk.at("2027-03-20T10:00:00Z");
    desk.at("2027-03-27T08:00:00Z");
    assert_eq!(desk.confirmation(), "sending");
    desk.row.status = Some("Дууссан".into());
    assert_eq!(desk.at("2027-03-28T08:05:00Z"), Vec::<String>::new());
    assert!(desk.bases.is_empty() && desk.row.question.is_none());
    assert_eq!(desk.at("2027-03-28T09:05:00Z"), [said(Kind::ReviewRequest, ANNA)]);
}

#[test]
fn k53_customers_confirmed_by_staff_are_not_asked() {
    for status in ["confirmed", "Confirmada", "confirmée", "баталгаажсан"] {
        for first in [true, false] {
            let mut desk = Desk::new();
            if !first {
                desk.at("2027-03-20T10:00:00Z");
            }
            desk.row.status = Some(status.into());
            desk.at("2027-03-20T10:01:00Z");
            assert_eq!(
                (desk.confirmation(), desk.row.error.as_deref()),
                ("confirmed", None),
                "{status}"
            );
            assert_eq!(desk.at("2027-03-27T08:00:00Z"), Vec::<String>::new(), "{status}");
            // Moved, they are asked about the new time although the status stays.
            desk.row.starts_at = Some("2027-03-29T09:00".into());
            assert_eq!(
                desk.at("2027-03-27T09:00:00Z"),
                [said(Kind::AppointmentRescheduled, ANNA)]
            );
            assert_eq!(desk.confirmation(), "pending", "{status}");
        }
    }
}

#[test]
fn k53_a_cancellation_in_any_language_is_told() {
    for status in ["Cancelled", "canceled", "цуцлагдсан", "anulada", "Annulé"] {
        let mut desk = Desk::new();
        desk.at("2027-03-20T10:00:00Z");
        desk.row.status = Some(status.into());
        assert_eq!(
            desk.at("2027-03-20T11:00:00Z"),
            [said(Kind::AppointmentCancelled, ANNA)],
            "{status}"
        );
        assert_eq!(desk.at("2027-03-28T09:30:00Z"), Vec::<String>::new(), "{status}");
    }
}

#[test]
fn k53_what_is_not_understood_lists_what_is() {
    let mut desk = Desk::new();
    desk.row.status = Some("perhaps".into());
    let error = reconcile(time("2027-03-20T10:00:00Z"), &desk.row, &desk.organisation, None, None).unwrap_err();
    let error = error.to_string();
    for word in [
        "scheduled",
        "confirmed",
        "cancelled",
        "no show",
        "done",
        "цуцлагдсан",
        "ирээгүй",
        "cancelada",
        "annule",
        "\"perhaps\"",
    ] {
        assert!(error.contains(word), "{word}: {error}");
    }
}
