//! The table of shifts, as its keeper sees it.

use domain::shift::ShiftRow;

use super::{Bench, typed};
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

pub(super) async fn a_row_that_can_not_be_offered_is_marked(bench: &dyn Bench) {
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
        (row.error, row.shift_status.as_deref()),
        (Some(text), Some("available"))
    );
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
    assert_eq!(bench.shift("ABC1").await, None);
}
