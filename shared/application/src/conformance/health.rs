//! The health of the providers.

use std::collections::BTreeMap;

use domain::routing::{Health, HealthCounts, Window};
use futures_util::future::join_all;

use super::{Bench, at};

async fn add(bench: &dyn Bench, provider: &str, second: i64, counts: HealthCounts) {
    bench.health().add(provider, at(second), counts).await.unwrap();
}

async fn read(bench: &dyn Bench, providers: &[&str], since: i64) -> BTreeMap<String, Health> {
    let providers: Vec<String> = providers.iter().map(ToString::to_string).collect();
    bench.health().read(&providers, at(since)).await.unwrap()
}

/// The health of a provider with these windows of good, bad and slow outcomes.
fn health(windows: &[(i64, u32, u32, u32)]) -> Health {
    let window = |&(second, good, bad, slow): &(i64, u32, u32, u32)| Window {
        start: at(second),
        counts: HealthCounts { good, bad, slow },
    };
    Health::new(windows.iter().map(window).collect())
}

pub(super) async fn what_is_counted_adds_up_window_by_window(bench: &dyn Bench) {
    let slow = HealthCounts {
        slow: 2,
        ..HealthCounts::default()
    };
    for (second, counts) in [
        (0, HealthCounts::GOOD),
        (10, HealthCounts::BAD),
        (10, HealthCounts::GOOD),
        (0, HealthCounts::GOOD),
        (10, slow),
    ] {
        add(bench, "twilio", second, counts).await;
    }
    let expected = health(&[(0, 2, 0, 0), (10, 1, 1, 2)]);
    assert_eq!(read(bench, &["twilio"], 0).await["twilio"], expected);
}

pub(super) async fn only_the_windows_asked_for_are_read(bench: &dyn Bench) {
    for second in [0, 10, 20] {
        add(bench, "a", second, HealthCounts::GOOD).await;
        add(bench, "ab", second, HealthCounts::BAD).await;
        add(bench, "b", second, HealthCounts::GOOD).await;
    }
    let expected = [
        ("a".to_owned(), health(&[(10, 1, 0, 0), (20, 1, 0, 0)])),
        ("ab".to_owned(), health(&[(10, 0, 1, 0), (20, 0, 1, 0)])),
        ("unused".to_owned(), Health::default()),
    ];
    assert_eq!(read(bench, &["a", "ab", "unused"], 10).await, expected.into());
    assert_eq!(
        read(bench, &["a"], 30).await,
        [("a".to_owned(), Health::default())].into()
    );
    assert_eq!(read(bench, &[], 0).await, BTreeMap::new());
}

pub(super) async fn those_who_count_at_once_all_count(bench: &dyn Bench) {
    join_all((0..20).map(|_| add(bench, "twilio", 0, HealthCounts::GOOD))).await;
    assert_eq!(read(bench, &["twilio"], 0).await["twilio"], health(&[(0, 20, 0, 0)]));
}
