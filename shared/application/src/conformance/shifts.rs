//! The table of shifts, as its keeper sees it.

use std::collections::BTreeSet;

use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::shift::{Shift, ShiftRow};
use domain::shift_code::ShiftCode;
use jiff::tz::TimeZone;

use super::inbound::query;
use super::{Bench, person, typed};
use crate::inbound::FoundShift;

pub(super) async fn available_shifts_are_paged_to_the_end(bench: &dyn Bench) {
    let ids: Vec<String> = (0..450).map(|number| format!("S{number:03}")).collect();
    for id in ids.iter().rev() {
        bench.put_shift(typed(id, "available")).await;
    }
    bench.put_shift(typed("S100T", "taken")).await;
    bench
        .put_shift(ShiftRow {
            capacity: Some("two".to_owned()),
            ..typed("S999", "available")
        })
        .await;
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = bench.shifts().available(after.as_deref()).await.unwrap();
        found.extend(page.shifts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let last = found.pop();
    assert!(
        matches!(last, Some(FoundShift::Unusable { ref id, noted: false, .. }) if id == "S999"),
        "{last:?}"
    );
    assert_eq!(found.iter().map(FoundShift::id).collect::<Vec<_>>(), ids);
    assert!(found.iter().all(|found| matches!(found, FoundShift::Usable(_))));
}

pub(super) async fn a_row_that_cannot_be_offered_is_marked(bench: &dyn Bench) {
    bench
        .put_shift(ShiftRow {
            capacity: Some("two".to_owned()),
            ..typed("ABC1", "available")
        })
        .await;
    let error = async || match bench.shifts().available(None).await.unwrap().shifts.as_slice() {
        [FoundShift::Unusable { error, noted, .. }] => (error.to_string(), *noted),
        other => panic!("{other:?}"),
    };
    let (text, noted) = error().await;
    assert!(!noted);
    bench.shifts().reject("ABC1", &text).await.unwrap();
    assert_eq!(error().await, (text.clone(), true));
    let row = bench.shift("ABC1").await.unwrap();
    assert_eq!(
        (row.error.as_deref(), row.shift_status.as_deref()),
        (Some(text.as_str()), Some("available"))
    );
    bench
        .put_shift(ShiftRow {
            capacity: Some("2".to_owned()),
            ..row
        })
        .await;
    bench.shifts().reject("ABC1", &text).await.unwrap();
    for is_marked in [true, false, false] {
        let page = bench.shifts().available(None).await.unwrap();
        assert!(matches!(page.shifts.as_slice(), [FoundShift::Usable(shift)] if shift.is_marked == is_marked));
        bench.shifts().accept("ABC1").await.unwrap();
    }
}

pub(super) async fn shifts_begin_when_their_rows_say(bench: &dyn Bench) {
    for (id, status, starts_at) in [
        ("ABC1", "available", Some("2026-11-21T08:00:00+08:00")),
        ("abc2", "taken", Some("2026-11-21T00:00:01Z")),
        ("ABC3", "available", None),
        ("ABC4", "available", Some("next monday")),
        ("ABC5", "available", Some("2026-11-20T00:00:00Z")),
    ] {
        bench
            .put_shift(ShiftRow {
                starts_at: starts_at.map(ToOwned::to_owned),
                ..typed(id, status)
            })
            .await;
    }
    let codes = ["abc1", "ABC2", "abc3", "abc4", "none"];
    let codes = codes.iter().filter_map(|code| ShiftCode::fold(code)).collect();
    let mut starts = bench.shifts().starts(&codes).await.unwrap();
    starts.sort_unstable();
    let expected = ["2026-11-21T00:00:00Z", "2026-11-21T00:00:01Z"].map(|at| at.parse().unwrap());
    assert_eq!(starts, expected);
    assert_eq!(bench.shifts().starts(&BTreeSet::new()).await.unwrap(), []);
}

pub(super) async fn only_an_available_shift_is_closed(bench: &dyn Bench) {
    for (status, expected) in [("available", "closed"), ("taken", "taken"), ("cancelled", "cancelled")] {
        bench.put_shift(typed("ABC1", status)).await;
        bench.shifts().close("ABC1").await.unwrap();
        assert_eq!(
            bench.shift("ABC1").await.unwrap().shift_status.as_deref(),
            Some(expected)
        );
    }
}

pub(super) async fn a_shift_deleted_meanwhile_is_not_brought_back(bench: &dyn Bench) {
    bench.shifts().reject("ABC1", "no").await.unwrap();
    bench.shifts().close("ABC1").await.unwrap();
    bench.shifts().accept("ABC1").await.unwrap();
    assert_eq!(bench.shift("ABC1").await, None);
}

/// The shift as each port that reads shifts finds it.
async fn found(bench: &dyn Bench, id: &str) -> [Result<Shift, String>; 3] {
    let page = bench.shifts().available(None).await.unwrap().shifts;
    let listed = page.into_iter().find(|found| found.id() == id).unwrap();
    let held = bench.bookings().shift(id).await.unwrap().unwrap();
    let mut snapshot = bench.inbound().read(&query(&person(1), &[id])).await.unwrap();
    [listed, held, snapshot.shifts.remove(0)].map(|found| match found {
        FoundShift::Usable(shift) => Ok(shift),
        FoundShift::Unusable {
            organisation, error, ..
        } => Err(format!("{organisation}: {error}")),
    })
}

pub(super) async fn k21_a_shift_belongs_to_an_organisation_that_exists(bench: &dyn Bench) {
    let of = |organisation: &str| ShiftRow {
        organisation: Some(organisation.to_owned()),
        ..typed("ABC1", "available")
    };
    for organisation in ["", "default"] {
        bench.put_shift(of(organisation)).await;
        for found in found(bench, "ABC1").await {
            assert_eq!(found.unwrap().organisation, DEFAULT_ORGANISATION);
        }
    }
    bench.put_shift(of(" north ")).await;
    for found in found(bench, "ABC1").await {
        let error = found.unwrap_err();
        assert!(
            error.starts_with("north: organisation \"north\" does not exist: "),
            "{error}"
        );
    }
    bench.put_organisation("north", Organisation::default()).await;
    for found in found(bench, "ABC1").await {
        assert_eq!(found.unwrap().organisation, "north");
    }
}

pub(super) async fn k26_a_start_is_read_by_the_organisations_clock(bench: &dyn Bench) {
    let shift = |organisation: Option<&str>, starts_at: &str| ShiftRow {
        organisation: organisation.map(ToOwned::to_owned),
        starts_at: Some(starts_at.to_owned()),
        ..typed("ABC1", "available")
    };
    let in_zone = |zone: Option<&str>| Organisation {
        zone: zone.and_then(|zone| TimeZone::get(zone).ok()),
        ..Organisation::default()
    };
    bench.put_shift(shift(None, "28.03.2027 9 am")).await;
    for found in found(bench, "ABC1").await {
        let error = found.unwrap_err();
        assert!(error.starts_with("default: starts_at has no zone"), "{error}");
    }
    bench
        .put_organisation(DEFAULT_ORGANISATION, in_zone(Some("Europe/Berlin")))
        .await;
    bench.put_organisation("north", in_zone(Some("Asia/Ulaanbaatar"))).await;
    bench.put_organisation("south", in_zone(None)).await;
    for (organisation, expected) in [
        (None, "2027-03-28T07:00:00Z"),
        (Some("north"), "2027-03-28T01:00:00Z"),
        (Some("south"), "2027-03-28T07:00:00Z"),
    ] {
        bench.put_shift(shift(organisation, "28.03.2027 9 am")).await;
        for found in found(bench, "ABC1").await {
            assert_eq!(found.unwrap().starts_at, expected.parse().ok(), "{organisation:?}");
        }
    }
}
