//! Sequences of texts, and the tags that point to them.

use domain::sequence::{SequenceRow, StepRow};

use super::Bench;

fn row() -> SequenceRow {
    let step = |id: &str, day: Option<&str>| StepRow {
        id: Some(id.to_owned()),
        template: Some("reminder".to_owned()),
        at: Some("18:00".to_owned()),
        day: day.map(ToOwned::to_owned),
        label: None,
    };
    SequenceRow {
        id: "course".to_owned(),
        steps: vec![step("thanks", None), step("eve", Some("-1"))],
        ..SequenceRow::default()
    }
}

pub(super) async fn a_sequence_reads_back_in_its_order(bench: &dyn Bench) {
    bench.put_sequence(row()).await;
    assert_eq!(bench.sequences().get("course").await.unwrap(), Some(row()));
    assert_eq!(bench.sequences().get("gone").await.unwrap(), None);
}

pub(super) async fn a_tag_points_to_a_sequence(bench: &dyn Bench) {
    bench.put_tag("pottery", "course").await;
    let of_tag = async |tag: &str| bench.sequences().of_tag(tag).await.unwrap();
    assert_eq!(of_tag("pottery").await.as_deref(), Some("course"));
    assert_eq!(of_tag("glass").await, None);
}

pub(super) async fn what_is_wrong_with_a_sequence_is_noted(bench: &dyn Bench) {
    let sequences = bench.sequences();
    bench.put_sequence(row()).await;
    for error in [Some("the row has no steps"), None] {
        sequences.note("course", error).await.unwrap();
        sequences.note("gone", error).await.unwrap();
        let noted = sequences.get("course").await.unwrap().unwrap().noted;
        assert_eq!(noted.as_deref(), error);
    }
    assert_eq!(sequences.get("gone").await.unwrap(), None);
}
