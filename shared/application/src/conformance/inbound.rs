//! Reading a snapshot and committing a plan.

use domain::contact::ContactNote;
use domain::contact::{Contact, OptOut};
use domain::language::Language;
use domain::message::{Cause, Kind, Message, ReceiptMeaning};
use domain::phone_number::PhoneNumber;
use domain::shift::{Shift, ShiftRow};
use domain::shift_code::ShiftCode;
use jiff::{SignedDuration, Timestamp};

use super::{BUSINESS, Bench, at, person, typed};
use crate::inbound::{
    AnswerCounts, Claim, ContactChange, Conversation, FoundShift, Handled, InboundId, OpenQuestion, Plan, Query,
    Release, Snapshot, Standing, Subject,
};
use crate::port::StoreError;

fn text(id: &str) -> InboundId {
    InboundId::Stable(id.to_owned())
}

/// A query of everything about one person and these codes.
pub(super) fn query(phone: &PhoneNumber, codes: &[&str]) -> Query {
    Query {
        inbound: text("unseen"),
        phone: Some(phone.clone()),
        codes: codes.iter().map(|code| ShiftCode::fold(code).unwrap()).collect(),
        thorough: false,
        available: None,
        bookings: true,
        questions: false,
    }
}

pub(super) async fn read(bench: &dyn Bench, query: &Query) -> Snapshot {
    bench.inbound().read(query).await.unwrap()
}

/// The shift as one who wants to book it reads it.
pub(super) async fn shift(bench: &dyn Bench, id: &str) -> Shift {
    let snapshot = read(bench, &query(&person(1), &[id])).await;
    match snapshot.shifts.as_slice() {
        [FoundShift::Usable(shift)] => shift.clone(),
        other => panic!("{id}: {other:?}"),
    }
}

/// A plan that only records a text.
pub(super) fn plan(id: &str, phone: &PhoneNumber, now: Timestamp) -> Plan {
    Plan {
        handled: Handled {
            id: text(id),
            from: phone.as_str().to_owned(),
            to: BUSINESS.to_owned(),
            body: "abc1".to_owned(),
            at: now,
            outcome: "tried",
            codes: Vec::new(),
        },
        phone: Some(phone.clone()),
        claims: Vec::new(),
        releases: Vec::new(),
        answer: None,
        contact: None,
        conversation: None,
        standing: None,
        messages: Vec::new(),
        rejected_shifts: Vec::new(),
    }
}

pub(super) fn claiming(id: &str, phone: &PhoneNumber, shifts: &[&Shift]) -> Plan {
    let claims = shifts
        .iter()
        .map(|shift| Claim {
            shift: (*shift).clone(),
        })
        .collect();
    Plan {
        claims,
        ..plan(id, phone, at(0))
    }
}

pub(super) fn giving_back(id: &str, phone: &PhoneNumber, shift: &Shift) -> Plan {
    Plan {
        releases: vec![Release { shift: shift.clone() }],
        ..plan(id, phone, at(60))
    }
}

fn answer(inbound_id: &str, phone: &PhoneNumber) -> Message {
    let cause = Cause::Inbound { inbound_id };
    Message::queued(&cause, Kind::Reply, Some(phone.clone()), "Booked.".to_owned(), at(0)).leaving_from(BUSINESS)
}

async fn commit(bench: &dyn Bench, plan: &Plan) {
    bench.inbound().commit(plan).await.unwrap();
}

pub(super) async fn conflicts(bench: &dyn Bench, plan: &Plan) {
    let ended = bench.inbound().commit(plan).await;
    assert!(matches!(ended, Err(StoreError::Conflict(_))), "{ended:?}");
}

fn several(shift_id: &str, capacity: u32, holders: &[&PhoneNumber]) -> ShiftRow {
    ShiftRow {
        capacity: Some(capacity.to_string()),
        employee: holders.last().map(|holder| holder.as_str().to_owned()),
        employees: holders.iter().map(|holder| holder.as_str().to_owned()).collect(),
        ..typed(shift_id, "available")
    }
}

fn status(row: &ShiftRow) -> Option<&str> {
    row.shift_status.as_deref()
}

fn employees<const N: usize>(numbers: [u32; N]) -> Vec<String> {
    numbers.map(|number| person(number).as_str().to_owned()).to_vec()
}

pub(super) async fn nothing_is_read_where_nothing_is(bench: &dyn Bench) {
    let query = Query {
        available: Some(None),
        ..query(&person(1), &["ABC1"])
    };
    let snapshot = read(bench, &query).await;
    assert_eq!(snapshot.query, query);
    assert_eq!((snapshot.handled_at, snapshot.contact), (None, None));
    assert_eq!(snapshot.conversation, Default::default());
    assert_eq!(snapshot.available, Default::default());
    assert!(snapshot.shifts.is_empty() && snapshot.bookings.is_empty());
}

pub(super) async fn only_what_was_asked_for_is_read(bench: &dyn Bench) {
    bench.put_contact(Contact::new(person(1))).await;
    for id in ["ABC1", "ABC2"] {
        bench.put_shift(typed(id, "available")).await;
    }
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &claiming("i1", &person(1), &[&abc1])).await;

    let everything = Query {
        inbound: text("i1"),
        available: Some(None),
        ..query(&person(1), &["ABC2"])
    };
    let snapshot = read(bench, &everything).await;
    assert_eq!(snapshot.handled_at, Some(at(0)));
    assert_eq!(snapshot.contact, Some(Contact::new(person(1))));
    assert_eq!(snapshot.shifts.iter().map(FoundShift::id).collect::<Vec<_>>(), ["ABC2"]);
    assert_eq!(
        snapshot.available.shifts.iter().map(FoundShift::id).collect::<Vec<_>>(),
        ["ABC2"]
    );
    assert_eq!(snapshot.bookings.len(), 1);

    let little = Query {
        bookings: false,
        available: None,
        ..everything.clone()
    };
    let snapshot = read(bench, &little).await;
    assert!(snapshot.bookings.is_empty() && snapshot.available.shifts.is_empty());
    let another = Query {
        phone: Some(person(2)),
        ..everything.clone()
    };
    let snapshot = read(bench, &another).await;
    assert!(snapshot.bookings.is_empty() && snapshot.contact.is_none());
    let nobody = Query {
        phone: None,
        codes: Vec::new(),
        ..little
    };
    assert_eq!(read(bench, &nobody).await.handled_at, Some(at(0)));
}

pub(super) async fn a_code_is_found_under_its_usual_spellings(bench: &dyn Bench) {
    for id in ["ABC1", "low2", "Cap3", "MiXeD4"] {
        bench.put_shift(typed(id, "available")).await;
    }
    for (code, expected) in [
        ("abc1", Some("ABC1")),
        ("LOW2", Some("low2")),
        ("CAP3", Some("Cap3")),
        ("mixed4", None),
    ] {
        let snapshot = read(bench, &query(&person(1), &[code])).await;
        assert_eq!(snapshot.shifts.first().map(FoundShift::id), expected, "{code}");
    }
    let all = read(bench, &query(&person(1), &["abc1", "LOW2", "nosuch"])).await;
    assert_eq!(all.shifts.len(), 2);
}

pub(super) async fn a_thorough_search_finds_any_mixture_of_cases(bench: &dyn Bench) {
    bench.put_shift(typed("MiXeD1", "available")).await;
    bench.put_shift(typed("ABC2", "available")).await;
    let thorough = Query {
        thorough: true,
        ..query(&person(1), &["mixed1", "abc2", "nosuch"])
    };
    let found = |snapshot: Snapshot| {
        let mut ids: Vec<String> = snapshot.shifts.iter().map(|found| found.id().to_owned()).collect();
        ids.sort();
        ids
    };
    let snapshot = read(bench, &thorough).await;
    assert_eq!(found(snapshot.clone()), ["ABC2", "MiXeD1"]);

    // Once booked it is on no list of available shifts any more, and is still found.
    let mixed = snapshot.shifts.iter().find(|found| found.id() == "MiXeD1");
    let Some(FoundShift::Usable(mixed)) = mixed else {
        panic!("not usable")
    };
    commit(bench, &claiming("i1", &person(2), &[mixed])).await;
    assert_eq!(found(read(bench, &thorough).await), ["ABC2", "MiXeD1"]);
}

pub(super) async fn available_shifts_come_in_order_and_each_once(bench: &dyn Bench) {
    let ids: Vec<String> = (0..450).map(|number| format!("S{number:03}")).collect();
    for id in ids.iter().rev() {
        bench.put_shift(typed(id, "available")).await;
    }
    bench.put_shift(typed("S100T", "taken")).await;
    bench.put_shift(typed("S100C", "closed")).await;
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = read(
            bench,
            &Query {
                available: Some(after),
                ..query(&person(1), &[])
            },
        )
        .await
        .available;
        listed.extend(page.shifts.iter().map(|found| found.id().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, ids);
}

pub(super) async fn a_booking_is_written_with_its_record_and_its_answer(bench: &dyn Bench) {
    let starts_at = "2026-11-21T08:00:00+08:00".to_owned();
    bench
        .put_shift(ShiftRow {
            starts_at: Some(starts_at.clone()),
            ..typed("ABC1", "available")
        })
        .await;
    let abc1 = shift(bench, "ABC1").await;
    let message = answer("i1", &person(1));
    let plan = Plan {
        messages: vec![message.clone()],
        ..claiming("i1", &person(1), &[&abc1])
    };
    commit(bench, &plan).await;

    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!(
        (status(&row), row.employee.as_deref()),
        (Some("taken"), Some(person(1).as_str()))
    );
    assert_eq!(
        (row.shift_info.as_deref(), row.starts_at),
        (Some("15/08 5h"), Some(starts_at))
    );
    let snapshot = read(
        bench,
        &Query {
            inbound: text("i1"),
            ..query(&person(1), &[])
        },
    )
    .await;
    assert_eq!(snapshot.handled_at, Some(at(0)));
    let booking = snapshot.bookings.first().unwrap();
    assert_eq!((booking.shift_id.as_str(), booking.info.as_str()), ("ABC1", "15/08 5h"));
    assert_eq!((booking.starts_at, booking.booked_at), (abc1.starts_at, at(0)));
    assert_eq!(bench.outbox().get(&message.id).await.unwrap(), Some(message));
}

pub(super) async fn what_cannot_be_written_whole_is_not_written_at_all(bench: &dyn Bench) {
    for id in ["ABC1", "ABC2"] {
        bench.put_shift(typed(id, "available")).await;
    }
    bench.put_contact(Contact::new(person(1))).await;
    let (abc1, abc2) = (shift(bench, "ABC1").await, shift(bench, "ABC2").await);
    commit(bench, &claiming("i2", &person(2), &[&abc2])).await;

    let message = answer("i1", &person(1));
    let lost = Plan {
        contact: Some(ContactChange::OptOut(OptOut {
            at: at(0),
            words: "STOP".to_owned(),
        })),
        conversation: Some(Conversation {
            call_back_at: Some(at(0)),
            ..Conversation::default()
        }),
        messages: vec![message.clone()],
        ..claiming("i1", &person(1), &[&abc1, &abc2])
    };
    conflicts(bench, &lost).await;
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!((status(&row), &row.employee), (Some("available"), &None));
    let snapshot = read(
        bench,
        &Query {
            inbound: text("i1"),
            ..query(&person(1), &[])
        },
    )
    .await;
    assert_eq!((snapshot.handled_at, snapshot.conversation), (None, Default::default()));
    assert_eq!(snapshot.contact, Some(Contact::new(person(1))));
    assert!(snapshot.bookings.is_empty());
    assert_eq!(bench.outbox().get(&message.id).await.unwrap(), None);
}

pub(super) async fn d03_two_employees_one_shift_one_winner(bench: &dyn Bench) {
    bench.put_shift(typed("ABC1", "available")).await;
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &claiming("i1", &person(1), &[&abc1])).await;
    conflicts(bench, &claiming("i2", &person(2), &[&abc1])).await;
    assert_eq!(
        bench.shift("ABC1").await.unwrap().employee.as_deref(),
        Some(person(1).as_str())
    );
    assert!(read(bench, &query(&person(2), &[])).await.bookings.is_empty());
}

pub(super) async fn d04_a_deleted_shift_stays_deleted(bench: &dyn Bench) {
    bench.put_shift(typed("ABC1", "available")).await;
    bench.put_shift(several("CREW2", 3, &[&person(2)])).await;
    let (abc1, crew2) = (shift(bench, "ABC1").await, shift(bench, "CREW2").await);
    for id in ["ABC1", "CREW2"] {
        bench.delete_shift(id).await;
    }
    conflicts(bench, &claiming("i1", &person(1), &[&abc1])).await;
    conflicts(bench, &claiming("i2", &person(1), &[&crew2])).await;
    conflicts(bench, &giving_back("i3", &person(2), &crew2)).await;
    assert_eq!((bench.shift("ABC1").await, bench.shift("CREW2").await), (None, None));
}

pub(super) async fn a_status_that_changed_is_a_conflict(bench: &dyn Bench) {
    for by_hand in ["closed", "taken", "Available"] {
        bench.put_shift(typed("ABC1", "available")).await;
        let abc1 = shift(bench, "ABC1").await;
        bench.put_shift(typed("ABC1", by_hand)).await;
        conflicts(bench, &claiming("i1", &person(1), &[&abc1])).await;
        assert_eq!(status(&bench.shift("ABC1").await.unwrap()), Some(by_hand));
    }
}

pub(super) async fn a_capacity_that_changed_is_a_conflict(bench: &dyn Bench) {
    for (before, after) in [(None, Some("2")), (Some("2"), None), (Some("3"), Some("2"))] {
        let row = |capacity: Option<&str>| ShiftRow {
            capacity: capacity.map(Into::into),
            ..typed("ABC1", "available")
        };
        bench.put_shift(row(before)).await;
        let abc1 = shift(bench, "ABC1").await;
        bench.put_shift(row(after)).await;
        conflicts(bench, &claiming("i1", &person(1), &[&abc1])).await;
    }
}

pub(super) async fn a_row_set_back_by_hand_is_open_again(bench: &dyn Bench) {
    let left = Some(person(2).as_str().to_owned());
    bench
        .put_shift(ShiftRow {
            employee: left,
            ..typed("ABC1", "available")
        })
        .await;
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &claiming("i1", &person(1), &[&abc1])).await;
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!(
        (status(&row), row.employee.as_deref()),
        (Some("taken"), Some(person(1).as_str()))
    );
}

pub(super) async fn a_row_with_nothing_but_an_id_can_be_taken(bench: &dyn Bench) {
    bench
        .put_shift(ShiftRow {
            shift_id: "ABC1".to_owned(),
            ..ShiftRow::default()
        })
        .await;
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &claiming("i1", &person(1), &[&abc1])).await;
    assert_eq!(status(&bench.shift("ABC1").await.unwrap()), Some("taken"));
    conflicts(bench, &claiming("i2", &person(2), &[&abc1])).await;
}

pub(super) async fn several_places_are_taken_one_by_one_and_no_more(bench: &dyn Bench) {
    bench.put_shift(several("CREW1", 3, &[])).await;
    let mut before = shift(bench, "CREW1").await;
    for (number, expected) in [(1, "available"), (2, "available"), (3, "taken")] {
        before = shift(bench, "CREW1").await;
        commit(bench, &claiming(&format!("i{number}"), &person(number), &[&before])).await;
        let row = bench.shift("CREW1").await.unwrap();
        assert_eq!(status(&row), Some(expected), "after {number}");
        assert_eq!(row.employee.as_deref(), Some(person(number).as_str()));
    }
    conflicts(bench, &claiming("i4", &person(4), &[&before])).await;
    let row = bench.shift("CREW1").await.unwrap();
    assert_eq!(row.employees.into_iter().collect::<Vec<_>>(), employees([1, 2, 3]));
}

pub(super) async fn two_employees_take_two_of_many_places_at_once(bench: &dyn Bench) {
    bench.put_shift(several("CREW1", 5, &[])).await;
    let as_both_read_it = shift(bench, "CREW1").await;
    for number in [1, 2] {
        commit(
            bench,
            &claiming(&format!("i{number}"), &person(number), &[&as_both_read_it]),
        )
        .await;
    }
    let row = bench.shift("CREW1").await.unwrap();
    assert_eq!(row.employees.into_iter().collect::<Vec<_>>(), employees([1, 2]));
}

pub(super) async fn nobody_takes_two_places_of_one_shift(bench: &dyn Bench) {
    bench.put_shift(several("CREW1", 5, &[])).await;
    let crew1 = shift(bench, "CREW1").await;
    commit(bench, &claiming("i1", &person(1), &[&crew1])).await;
    conflicts(bench, &claiming("i2", &person(1), &[&crew1])).await;
}

pub(super) async fn who_fills_a_shift_knows_that_it_is_full(bench: &dyn Bench) {
    bench.put_shift(several("CREW1", 2, &[])).await;
    let empty = shift(bench, "CREW1").await;
    commit(bench, &claiming("i1", &person(1), &[&empty])).await;
    // Decided for an empty shift, this plan would not set the status of the full one.
    conflicts(bench, &claiming("i2", &person(2), &[&empty])).await;

    bench.put_shift(several("CREW2", 2, &[&person(1)])).await;
    let half_full = shift(bench, "CREW2").await;
    bench.put_shift(several("CREW2", 2, &[])).await;
    // And this one would call the shift full although one place is left.
    conflicts(bench, &claiming("i3", &person(2), &[&half_full])).await;
}

pub(super) async fn a_holder_typed_by_hand_keeps_the_place(bench: &dyn Bench) {
    let typed_by_hand = Some(person(2).as_str().to_owned());
    bench
        .put_shift(ShiftRow {
            employee: typed_by_hand,
            ..several("CREW1", 2, &[])
        })
        .await;
    let crew1 = shift(bench, "CREW1").await;
    commit(bench, &claiming("i1", &person(1), &[&crew1])).await;
    let row = bench.shift("CREW1").await.unwrap();
    assert_eq!(status(&row), Some("taken"));
    assert_eq!(row.employees.into_iter().collect::<Vec<_>>(), employees([1, 2]));
}

pub(super) async fn a_shift_given_back_is_open_again(bench: &dyn Bench) {
    bench.put_shift(typed("ABC1", "available")).await;
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &claiming("i1", &person(1), &[&abc1])).await;
    let abc1 = shift(bench, "ABC1").await;
    commit(bench, &giving_back("i2", &person(1), &abc1)).await;
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!((status(&row), &row.employee), (Some("available"), &None));
    assert!(read(bench, &query(&person(1), &[])).await.bookings.is_empty());
    conflicts(bench, &giving_back("i3", &person(1), &abc1)).await;
}

pub(super) async fn a_closed_shift_given_back_stays_closed(bench: &dyn Bench) {
    let holder = Some(person(1).as_str().to_owned());
    bench
        .put_shift(ShiftRow {
            employee: holder,
            ..typed("ABC1", "closed")
        })
        .await;
    bench
        .put_shift(ShiftRow {
            shift_status: Some("closed".to_owned()),
            ..several("CREW2", 2, &[&person(1)])
        })
        .await;
    for (text, id) in [("i1", "ABC1"), ("i2", "CREW2")] {
        let closed = shift(bench, id).await;
        commit(bench, &giving_back(text, &person(1), &closed)).await;
        let row = bench.shift(id).await.unwrap();
        assert_eq!(
            (status(&row), &row.employee, row.employees.len()),
            (Some("closed"), &None, 0),
            "{id}"
        );
    }
}

pub(super) async fn one_of_several_gives_a_place_back(bench: &dyn Bench) {
    let full = several("CREW1", 2, &[&person(2), &person(1)]);
    bench
        .put_shift(ShiftRow {
            shift_status: Some("taken".to_owned()),
            ..full
        })
        .await;
    let crew1 = shift(bench, "CREW1").await;
    commit(bench, &giving_back("i1", &person(1), &crew1)).await;
    let row = bench.shift("CREW1").await.unwrap();
    assert_eq!(
        (status(&row), row.employee.as_deref()),
        (Some("available"), Some(person(2).as_str()))
    );
    assert_eq!(row.employees.into_iter().collect::<Vec<_>>(), employees([2]));
}

pub(super) async fn the_last_of_several_leaves_an_empty_shift(bench: &dyn Bench) {
    bench.put_shift(several("CREW1", 3, &[&person(1)])).await;
    let crew1 = shift(bench, "CREW1").await;
    commit(bench, &giving_back("i1", &person(1), &crew1)).await;
    let row = bench.shift("CREW1").await.unwrap();
    assert_eq!(
        (status(&row), &row.employee, row.employees.len()),
        (Some("available"), &None, 0)
    );
    let crew1 = shift(bench, "CREW1").await;
    commit(bench, &claiming("i2", &person(2), &[&crew1])).await;
}

pub(super) async fn what_another_holds_by_now_cannot_be_given_back(bench: &dyn Bench) {
    let held = |number: u32| ShiftRow {
        employee: Some(person(number).as_str().to_owned()),
        ..typed("ABC1", "taken")
    };
    bench.put_shift(held(1)).await;
    bench.put_shift(several("CREW2", 3, &[&person(1), &person(2)])).await;
    let (abc1, crew2) = (shift(bench, "ABC1").await, shift(bench, "CREW2").await);
    bench.put_shift(held(2)).await;
    bench.put_shift(several("CREW2", 3, &[&person(2)])).await;
    conflicts(bench, &giving_back("i1", &person(1), &abc1)).await;
    conflicts(bench, &giving_back("i2", &person(1), &crew2)).await;
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!(
        (status(&row), row.employee.as_deref()),
        (Some("taken"), Some(person(2).as_str()))
    );
    assert_eq!(
        bench
            .shift("CREW2")
            .await
            .unwrap()
            .employees
            .into_iter()
            .collect::<Vec<_>>(),
        employees([2])
    );
}

pub(super) async fn d05_a_text_is_recorded_once(bench: &dyn Bench) {
    commit(bench, &plan("i1", &person(1), at(0))).await;
    conflicts(bench, &plan("i1", &person(1), at(0))).await;
    conflicts(bench, &plan("i1", &person(1), at(86_400))).await;
    commit(bench, &plan("i2", &person(1), at(0))).await;
    let machine = Plan {
        phone: None,
        ..plan("i3", &person(1), at(0))
    };
    commit(bench, &machine).await;
    conflicts(bench, &machine).await;
}

pub(super) async fn equal_words_are_one_text_for_ten_seconds(bench: &dyn Bench) {
    let id = InboundId::Content("digest".to_owned());
    let at_millisecond = |millisecond| {
        let now = at(0) + SignedDuration::from_millis(millisecond);
        let plan = plan("", &person(1), now);
        Plan {
            handled: Handled {
                id: id.clone(),
                ..plan.handled
            },
            ..plan
        }
    };
    commit(bench, &at_millisecond(0)).await;
    conflicts(bench, &at_millisecond(9_999)).await;
    commit(bench, &at_millisecond(10_000)).await;
    let snapshot = read(
        bench,
        &Query {
            inbound: id.clone(),
            ..query(&person(1), &[])
        },
    )
    .await;
    assert_eq!(snapshot.handled_at, Some(at(10)));
    conflicts(bench, &at_millisecond(19_999)).await;
}

fn stop() -> OptOut {
    OptOut {
        at: at(0),
        words: "Stop!".to_owned(),
    }
}

fn changing(id: &str, contact: ContactChange) -> Plan {
    Plan {
        contact: Some(contact),
        ..plan(id, &person(1), at(0))
    }
}

pub(super) async fn a_known_contact_opts_out_and_stays_an_employee(bench: &dyn Bench) {
    let known = Contact {
        groups: ["night".to_owned()].into(),
        ..Contact::new(person(1))
    };
    bench.put_contact(known.clone()).await;
    commit(bench, &changing("i1", ContactChange::OptOut(stop()))).await;
    let contact = read(bench, &query(&person(1), &[])).await.contact;
    assert_eq!(
        contact,
        Some(Contact {
            opt_out: Some(stop()),
            ..known
        })
    );
}

pub(super) async fn a_stranger_opts_out_and_becomes_no_employee(bench: &dyn Bench) {
    commit(bench, &changing("i1", ContactChange::StrangerOptOut(stop()))).await;
    let expected = Contact {
        opt_out: Some(stop()),
        may_book: false,
        ..Contact::new(person(1))
    };
    assert_eq!(read(bench, &query(&person(1), &[])).await.contact, Some(expected));
}

pub(super) async fn an_opt_in_undoes_an_opt_out(bench: &dyn Bench) {
    bench
        .put_contact(Contact {
            opt_out: Some(stop()),
            ..Contact::new(person(1))
        })
        .await;
    commit(bench, &changing("i1", ContactChange::OptIn { at: at(5) })).await;
    assert_eq!(
        read(bench, &query(&person(1), &[])).await.contact,
        Some(Contact::new(person(1)))
    );
    commit(bench, &changing("i2", ContactChange::OptOut(stop()))).await;
    assert!(read(bench, &query(&person(1), &[])).await.contact.unwrap().opted_out());
}

pub(super) async fn k48_a_text_of_the_person_ends_what_failures_said(bench: &dyn Bench) {
    conflicts(bench, &changing("i0", ContactChange::Reached)).await;
    for (n, change) in [ContactChange::Reached, ContactChange::OptOut(stop())]
        .into_iter()
        .enumerate()
    {
        let known = Contact::new(person(1));
        bench.put_contact(known.clone()).await;
        fail(bench, &format!("f{n}"), 2).await;
        assert!(
            read(bench, &query(&person(1), &[]))
                .await
                .contact
                .unwrap()
                .has_failures()
        );
        fail(bench, &format!("g{n}"), 1).await;
        let failing = read(bench, &query(&person(1), &[])).await.contact.unwrap();
        assert!(failing.undeliverable.is_some());
        commit(bench, &changing(&format!("i{}", n + 1), change)).await;
        let contact = read(bench, &query(&person(1), &[])).await.contact.unwrap();
        assert_eq!(
            Contact {
                opt_out: None,
                ..contact
            },
            known
        );
    }
}

/// So many texts to the first person fail because nobody has the number.
async fn fail(bench: &dyn Bench, cause: &str, times: usize) {
    for n in 0..times {
        let inbound_id = format!("{cause}-{n}");
        let cause = Cause::Inbound {
            inbound_id: &inbound_id,
        };
        let message = Message::queued(&cause, Kind::Announcement, Some(person(1)), "text".to_owned(), at(0));
        bench.outbox().put_new(vec![message.clone()]).await.unwrap();
        let mut change = domain::message::Change::from(Message {
            version: 1,
            ..message.clone()
        });
        change.contact = Some(ContactNote::Failed {
            at: at(0),
            reason: ReceiptMeaning::NumberDead,
        });
        assert_eq!(
            bench.outbox().apply(&message, &change).await.unwrap(),
            crate::port::Applied::Written
        );
    }
}

pub(super) async fn of_two_who_say_stop_or_start_at_once_one_is_committed(bench: &dyn Bench) {
    bench.put_contact(Contact::new(person(1))).await;
    conflicts(bench, &changing("i1", ContactChange::OptIn { at: at(0) })).await;
    commit(bench, &changing("i1", ContactChange::OptOut(stop()))).await;
    conflicts(bench, &changing("i2", ContactChange::OptOut(stop()))).await;
    commit(bench, &changing("i2", ContactChange::OptIn { at: at(1) })).await;
    conflicts(bench, &changing("i3", ContactChange::OptIn { at: at(1) })).await;
}

pub(super) async fn a_contact_that_came_or_went_is_a_conflict(bench: &dyn Bench) {
    for gone in [ContactChange::OptOut(stop()), ContactChange::OptIn { at: at(0) }] {
        conflicts(bench, &changing("i1", gone)).await;
    }
    assert_eq!(read(bench, &query(&person(1), &[])).await.contact, None);
    bench.put_contact(Contact::new(person(1))).await;
    conflicts(bench, &changing("i1", ContactChange::StrangerOptOut(stop()))).await;
    assert_eq!(
        read(bench, &query(&person(1), &[])).await.contact,
        Some(Contact::new(person(1)))
    );
    bench.delete_contact(&person(1)).await;
    commit(bench, &changing("i1", ContactChange::StrangerOptOut(stop()))).await;
}

fn remembering(id: &str, conversation: Conversation) -> Plan {
    Plan {
        conversation: Some(conversation),
        ..plan(id, &person(1), at(0))
    }
}

pub(super) async fn an_exchange_is_remembered_by_versions(bench: &dyn Bench) {
    let listed = Conversation {
        listed_up_to: Some("ABC1".to_owned()),
        call_back_at: Some(at(1)),
        refused_at: Some(at(2)),
        answered_at: Some(at(3)),
        counts: AnswerCounts {
            answered: vec![at(1), at(3)],
            helped: vec![at(1)],
            unhelpful: 2,
            unhelpful_at: Some(at(2)),
            paused_until: Some(at(3600)),
        },
        ..Conversation::default()
    };
    commit(bench, &remembering("i1", listed.clone())).await;
    // Of two texts that have read the same, one is decided again.
    conflicts(bench, &remembering("i2", listed.clone())).await;
    // A plan that changes nothing of it leaves it alone.
    commit(bench, &plan("i3", &person(1), at(0))).await;
    let stored = read(bench, &query(&person(1), &[])).await.conversation;
    assert_eq!(stored, Conversation { version: 1, ..listed });
    let forgetting = Conversation {
        version: 1,
        ..Conversation::default()
    };
    commit(bench, &remembering("i4", forgetting.clone())).await;
    let stored = read(bench, &query(&person(1), &[])).await.conversation;
    assert_eq!(
        stored,
        Conversation {
            version: 2,
            ..forgetting
        }
    );
    assert_eq!(
        read(bench, &query(&person(2), &[])).await.conversation,
        Conversation::default()
    );
}

pub(super) async fn a_question_carries_the_shifts_that_it_is_about(bench: &dyn Bench) {
    bench.put_shift(typed("ABC1", "available")).await;
    bench.put_shift(several("CREW1", 3, &[&person(2), &person(3)])).await;
    let [abc1, crew1] = [shift(bench, "ABC1").await, shift(bench, "CREW1").await];
    let asking = |subject, version| Standing {
        version,
        asks: vec![OpenQuestion {
            subject,
            open_until: at(1800),
            language: Some(Language::English),
        }],
    };
    let given_back = Subject::Drop {
        id: "ABC1".to_owned(),
        info: "15/08 5h".to_owned(),
        shift: None,
    };
    let subjects = [Subject::Offer(vec![abc1.clone(), crew1]), given_back];
    for (version, subject) in (0..).zip(subjects) {
        let standing = asking(subject, version);
        let asked = Plan {
            standing: Some(standing.clone()),
            ..plan(&format!("i{version}"), &person(1), at(0))
        };
        commit(bench, &asked).await;
        conflicts(
            bench,
            &Plan {
                handled: plan("late", &person(1), at(0)).handled,
                ..asked
            },
        )
        .await;
        let stored = read(bench, &query(&person(1), &[])).await.standing;
        let expected = Standing {
            version: version + 1,
            ..standing
        };
        assert_eq!(stored, expected);
    }
    // What was asked about can be claimed as it was then, as long as it is still so.
    commit(bench, &claiming("yes", &person(1), &[&abc1])).await;
    conflicts(bench, &claiming("late yes", &person(2), &[&abc1])).await;
}

pub(super) async fn an_answer_that_is_there_already_is_a_conflict(bench: &dyn Bench) {
    let message = answer("i1", &person(1));
    bench.outbox().put_new(vec![message.clone()]).await.unwrap();
    conflicts(
        bench,
        &Plan {
            messages: vec![message],
            ..plan("i1", &person(1), at(0))
        },
    )
    .await;
    let snapshot = read(
        bench,
        &Query {
            inbound: text("i1"),
            ..query(&person(1), &[])
        },
    )
    .await;
    assert_eq!(snapshot.handled_at, None);
}

pub(super) async fn unusable_shifts_are_marked_in_passing(bench: &dyn Bench) {
    bench
        .put_shift(ShiftRow {
            capacity: Some("two".to_owned()),
            ..typed("ABC1", "available")
        })
        .await;
    let found = async || {
        let shifts = read(bench, &query(&person(1), &["ABC1"])).await.shifts;
        match shifts.as_slice() {
            [FoundShift::Unusable { id, error, noted, .. }] => (id.clone(), error.to_string(), *noted),
            other => panic!("{other:?}"),
        }
    };
    let (id, error, noted) = found().await;
    assert!(!noted && error.contains("capacity"), "{error}");
    commit(
        bench,
        &Plan {
            rejected_shifts: vec![(id, error.clone())],
            ..plan("i1", &person(1), at(0))
        },
    )
    .await;
    assert_eq!(found().await, ("ABC1".to_owned(), error.clone(), true));
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!((row.error, row.shift_info.as_deref()), (Some(error), Some("15/08 5h")));
}
