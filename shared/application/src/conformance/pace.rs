//! How much of each provider's rate is used up.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Bench, at};

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

async fn fall_in(bench: &dyn Bench, key: &str, now: i64, takes: i64) -> Timestamp {
    let takes = SignedDuration::from_secs(takes);
    bench.pace().fall_in(key, at(now), takes).await.unwrap()
}

pub(super) async fn a_line_gives_turn_after_turn(bench: &dyn Bench) {
    for (now, takes, turn) in [
        (0, 10, 0),
        (0, 5, 10),
        (14, 5, 15),
        // The line was empty from 20 on.
        (20, 1, 20),
        (100, 3, 100),
        // Clocks differ: who comes from the past waits for those who are there.
        (0, 1, 103),
    ] {
        assert_eq!(fall_in(bench, "twilio#bulk", now, takes).await, at(turn), "at {now}");
    }
    assert_eq!(fall_in(bench, "twilio#interactive", 0, 1).await, at(0));
}

pub(super) async fn those_who_fall_in_at_once_get_a_turn_each(bench: &dyn Bench) {
    for key in ["empty", "standing"] {
        let first = if key == "empty" {
            at(0)
        } else {
            fall_in(bench, key, 0, 7).await + SignedDuration::from_secs(7)
        };
        let mut turns = join_all((0..20).map(|_| fall_in(bench, key, 0, 2))).await;
        turns.sort();
        let expected: Vec<Timestamp> = (0..20).map(|n| first + SignedDuration::from_secs(2 * n)).collect();
        assert_eq!(turns, expected, "{key}");
    }
}
