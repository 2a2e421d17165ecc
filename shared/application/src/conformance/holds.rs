//! Holds on providers and their identities.

use super::{Bench, at};
use crate::port::Held;

fn held(probe: i64) -> Held {
    Held {
        reason: "quota".to_owned(),
        probe_at: Some(at(probe)),
    }
}

async fn read(bench: &dyn Bench, subject: &str) -> Option<Held> {
    let subjects = [subject.to_owned(), "other".to_owned()];
    bench.holds().read(&subjects).await.unwrap().remove(subject)
}

pub(super) async fn k45_a_hold_begins_once_and_ends(bench: &dyn Bench) {
    let holds = bench.holds();
    assert_eq!(read(bench, "twilio").await, None);
    assert!(holds.begin("twilio", &held(60), at(0)).await.unwrap());
    assert!(!holds.begin("twilio", &held(90), at(1)).await.unwrap());
    assert_eq!(read(bench, "twilio").await, Some(held(60)));
    assert_eq!(read(bench, "twilio#+1").await, None);
    assert!(holds.end("twilio").await.unwrap());
    assert!(!holds.end("twilio").await.unwrap());
    assert_eq!(read(bench, "twilio").await, None);
}

pub(super) async fn k45_one_sender_gets_the_probe(bench: &dyn Bench) {
    let holds = bench.holds();
    holds.begin("twilio", &held(60), at(0)).await.unwrap();
    assert!(holds.probe("twilio", &held(60), at(120)).await.unwrap());
    assert!(!holds.probe("twilio", &held(60), at(120)).await.unwrap());
    assert_eq!(read(bench, "twilio").await, Some(held(120)));
    assert!(!holds.probe("skyline", &held(60), at(120)).await.unwrap());
}
