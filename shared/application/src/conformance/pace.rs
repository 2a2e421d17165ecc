//! The used part of each provider's rate.

use domain::pace::Lowered;
use futures_util::future::join_all;

use super::{Bench, at};
use crate::port::{PromisedRate, Speeds};

async fn take(bench: &dyn Bench, key: &str, second: i64, parts: u32, allowance: u32) -> bool {
    bench.pace().take(key, at(second), parts, allowance).await.unwrap()
}

pub(super) async fn a_period_gives_no_more_than_its_allowance(bench: &dyn Bench) {
    for (parts, allowance, expected) in [
        (6, 5, false),
        (3, 5, true),
        (3, 5, false),
        // Who may use less of the period finds it used up earlier.
        (1, 3, false),
        (1, 4, true),
        (1, 4, false),
        (1, 5, true),
        (1, 5, false),
        (1, u32::MAX, true),
    ] {
        let taken = take(bench, "twilio#1", 0, parts, allowance).await;
        assert_eq!(taken, expected, "{parts} of {allowance}");
    }
}

pub(super) async fn every_period_and_every_key_counts_for_itself(bench: &dyn Bench) {
    for (key, second) in [("twilio#1", 0), ("twilio#1", 1), ("twilio#2", 0), ("twilio", 0)] {
        assert!(take(bench, key, second, 1, 1).await, "{key} at {second}");
    }
    for (key, second) in [("twilio#1", 0), ("twilio#1", 1), ("twilio#2", 0), ("twilio", 0)] {
        assert!(!take(bench, key, second, 1, 1).await, "{key} at {second}");
    }
}

pub(super) async fn takers_at_once_get_no_more_than_the_allowance(bench: &dyn Bench) {
    let taken = join_all((0..20).map(|_| take(bench, "twilio", 0, 2, 15))).await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 7);
    assert!(take(bench, "twilio", 0, 1, 15).await);
    assert!(!take(bench, "twilio", 0, 1, 15).await);
}

pub(super) async fn what_is_promised_of_a_rate_is_promised_once(bench: &dyn Bench) {
    let pace = bench.pace();
    assert_eq!(pace.promised("twilio").await.unwrap(), None);
    for (was, until, expected) in [
        (None, 100, true),
        (None, 200, false),
        (Some(100), 200, true),
        (Some(100), 300, false),
        (Some(200), 150, true),
    ] {
        let next = PromisedRate {
            until: at(until),
            campaign_id: format!("until-{until}"),
        };
        let promised = pace.promise("twilio", was.map(at), &next).await.unwrap();
        assert_eq!(promised, expected, "{was:?} {until}");
    }
    let last = PromisedRate {
        until: at(150),
        campaign_id: "until-150".to_owned(),
    };
    assert_eq!(pace.promised("twilio").await.unwrap(), Some(last));
    assert_eq!(pace.promised("skyline").await.unwrap(), None);
}

pub(super) async fn what_is_said_of_all_rates_is_the_last_word(bench: &dyn Bench) {
    assert_eq!(bench.pace().speeds().await.unwrap(), None);
    for usual in [vec![], vec!["twilio".to_owned(), "skyline".to_owned()]] {
        let speeds = Speeds {
            providers: [
                ("skyline".to_owned(), None),
                ("twilio".to_owned(), "30/min".parse().ok()),
            ]
            .into(),
            usual,
        };
        bench.pace().tell_speeds(&speeds).await.unwrap();
        assert_eq!(bench.pace().speeds().await.unwrap(), Some(speeds));
    }
}

pub(super) async fn k41_a_rate_is_lowered_once_in_a_moment(bench: &dyn Bench) {
    let lowered = |parts: u32, second: i64| Lowered { parts, at: at(second) };
    assert_eq!(bench.pace().lowered("twilio").await.unwrap(), None);
    for (parts, second, expected) in [(5, 10, 5), (2, 10, 5), (3, 11, 3)] {
        let pace = bench.pace();
        pace.lower("twilio", lowered(parts, second), at(second - 1))
            .await
            .unwrap();
        assert_eq!(
            pace.lowered("twilio").await.unwrap().unwrap().parts,
            expected,
            "{second}"
        );
    }
    assert_eq!(bench.pace().lowered("skyline").await.unwrap(), None);
}
