//! Receipts that cannot be joined with their message by an id.

use std::collections::BTreeSet;

use domain::message::{MessageId, Receipt, ReceiptOutcome};
use futures_util::future::join_all;
use jiff::SignedDuration;

use super::{Bench, at, person};
use crate::port::{AwaitedReceipt, ParkedReceipt};

fn parked(code: &str, due_at: i64) -> ParkedReceipt {
    ParkedReceipt {
        message_id: None,
        receipt: Receipt {
            provider: "skyline".to_owned(),
            provider_message_id: None,
            recipient: None,
            outcome: ReceiptOutcome::Delivered,
            port: None,
            at: at(0),
            is_final: true,
            code: code.to_owned(),
            meaning: None,
        },
        since: at(1),
        due_at: at(due_at),
    }
}

async fn park(bench: &dyn Bench, receipt: &ParkedReceipt) {
    bench.receipts().park(receipt).await.unwrap();
}

async fn due(bench: &dyn Bench, now: i64) -> Vec<ParkedReceipt> {
    bench.receipts().due(at(now), 100).await.unwrap()
}

pub(super) async fn a_parked_receipt_reads_back(bench: &dyn Bench) {
    let bare = parked("0", 1);
    let mut full = ParkedReceipt {
        message_id: Some(MessageId::from_text("reply-1")),
        ..parked("SM 30008", 2)
    };
    full.receipt = Receipt {
        provider_message_id: Some("SM1".to_owned()),
        recipient: Some(person(1)),
        outcome: ReceiptOutcome::Undelivered,
        port: Some("1.01".to_owned()),
        // The receipt's key is made of this too, to the last digit.
        at: at(0) + SignedDuration::from_nanos(1),
        is_final: false,
        ..full.receipt
    };
    for receipt in [&bare, &full] {
        park(bench, receipt).await;
    }
    let read = due(bench, 10).await;
    let keys: Vec<String> = read.iter().map(ParkedReceipt::key).collect();
    assert_eq!(keys, [bare.key(), full.key()]);
    assert_eq!(read, [bare, full]);
}

pub(super) async fn a_receipt_that_comes_again_is_parked_once(bench: &dyn Bench) {
    let first = parked("0", 10);
    let again = ParkedReceipt {
        since: at(5),
        due_at: at(20),
        ..first.clone()
    };
    let earlier = ParkedReceipt {
        due_at: at(15),
        ..first.clone()
    };
    for receipt in [&first, &first, &again, &earlier] {
        park(bench, receipt).await;
    }
    assert_eq!(due(bench, 19).await, []);
    let expected = ParkedReceipt {
        due_at: at(20),
        ..first
    };
    assert_eq!(due(bench, 20).await, [expected]);
}

pub(super) async fn parked_receipts_are_due_oldest_first(bench: &dyn Bench) {
    for (code, second) in [("a", 30), ("b", 10), ("c", 20), ("later", 101)] {
        park(bench, &parked(code, second)).await;
    }
    let codes = async |now: i64, limit: usize| -> Vec<String> {
        let due = bench.receipts().due(at(now), limit).await.unwrap();
        due.into_iter().map(|parked| parked.receipt.code).collect()
    };
    assert_eq!(codes(100, 10).await, ["b", "c", "a"]);
    assert_eq!(codes(100, 2).await, ["b", "c"]);
    assert_eq!(codes(10, 10).await, ["b"]);
    assert_eq!(codes(9, 10).await, [""; 0]);
}

pub(super) async fn a_forgotten_receipt_is_gone(bench: &dyn Bench) {
    let (one, other) = (parked("0", 10), parked("1", 10));
    for receipt in [&one, &other] {
        park(bench, receipt).await;
    }
    // It is forgotten as it was read, and may have been put off since.
    let put_off = ParkedReceipt {
        due_at: at(20),
        ..one.clone()
    };
    park(bench, &put_off).await;
    for _ in 0..2 {
        bench.receipts().forget(&one).await.unwrap();
        assert_eq!(due(bench, 100).await.as_slice(), std::slice::from_ref(&other));
    }
    // It is a new one when it comes again.
    let again = ParkedReceipt { since: at(50), ..one };
    park(bench, &again).await;
    assert_eq!(due(bench, 100).await.len(), 2);
    assert!(due(bench, 100).await.contains(&again));
}

fn awaited(message_id: &str, sent_at: i64) -> AwaitedReceipt {
    AwaitedReceipt {
        message_id: MessageId::from_text(message_id),
        sent_at: at(sent_at),
        handed_over_at: Some(at(sent_at - 1)),
        port: Some("1.01".to_owned()),
        parts: 1,
        delivered_by: BTreeSet::new(),
        failed_by: BTreeSet::new(),
    }
}

async fn expect(bench: &dyn Bench, awaited: &AwaitedReceipt) {
    bench.receipts().expect("skyline", &person(1), awaited).await.unwrap();
}

async fn expected(bench: &dyn Bench) -> Vec<AwaitedReceipt> {
    bench.receipts().expected("skyline", &person(1)).await.unwrap()
}

async fn resolve(bench: &dyn Bench, awaited: &AwaitedReceipt, receipt: &str) -> bool {
    resolve_part(bench, awaited, receipt, true).await
}

async fn resolve_part(bench: &dyn Bench, awaited: &AwaitedReceipt, receipt: &str, is_delivered: bool) -> bool {
    let (receipts, phone) = (bench.receipts(), person(1));
    let taken = receipts.resolve("skyline", &phone, awaited, receipt, is_delivered);
    taken.await.unwrap()
}

fn digests<const N: usize>(digests: [&str; N]) -> BTreeSet<String> {
    digests.map(str::to_owned).into()
}

pub(super) async fn what_is_expected_reads_back_newest_first(bench: &dyn Bench) {
    let portless = AwaitedReceipt {
        port: None,
        handed_over_at: None,
        parts: 3,
        ..awaited("m2", 30)
    };
    let (oldest, twin) = (awaited("m1", 10), awaited("m3", 10));
    for awaited in [&oldest, &portless, &twin] {
        expect(bench, awaited).await;
    }
    assert_eq!(expected(bench).await, [portless, twin, oldest]);
    let receipts = bench.receipts();
    assert_eq!(receipts.expected("skyline", &person(2)).await.unwrap(), []);
    assert_eq!(receipts.expected("twilio", &person(1)).await.unwrap(), []);
}

pub(super) async fn of_many_the_newest_are_expected(bench: &dyn Bench) {
    for second in 0..60 {
        expect(bench, &awaited(&format!("m{second}"), second)).await;
    }
    let seconds: Vec<_> = expected(bench).await.iter().map(|awaited| awaited.sent_at).collect();
    assert_eq!(seconds, (10..60).rev().map(at).collect::<Vec<_>>());
}

pub(super) async fn what_is_expected_again_stays_as_it_is(bench: &dyn Bench) {
    let awaited = awaited("m1", 10);
    expect(bench, &awaited).await;
    assert!(resolve(bench, &awaited, "digest").await);
    expect(bench, &awaited).await;
    let resolved = AwaitedReceipt {
        delivered_by: digests(["digest"]),
        ..awaited
    };
    assert_eq!(expected(bench).await, [resolved]);
}

pub(super) async fn one_receipt_is_taken_for_a_message(bench: &dyn Bench) {
    let (first, second) = (awaited("m1", 10), awaited("m2", 20));
    assert!(!resolve(bench, &first, "nothing is expected").await);
    assert_eq!(expected(bench).await, []);
    for awaited in [&first, &second] {
        expect(bench, awaited).await;
    }
    for (receipt, taken) in [("one", true), ("another", false)] {
        assert_eq!(resolve(bench, &first, receipt).await, taken, "{receipt}");
    }
    let by: Vec<_> = expected(bench).await.into_iter().map(|it| it.delivered_by).collect();
    assert_eq!(by, [digests([]), digests(["one"])]);
}

pub(super) async fn k50_each_part_takes_a_receipt(bench: &dyn Bench) {
    let long = AwaitedReceipt {
        parts: 3,
        ..awaited("m1", 10)
    };
    expect(bench, &long).await;
    for (receipt, is_delivered) in [("a", true), ("b", false), ("c", true)] {
        let [read] = expected(bench).await.try_into().unwrap();
        assert!(resolve_part(bench, &read, receipt, is_delivered).await, "{receipt}");
        assert!(!resolve_part(bench, &read, "late", is_delivered).await, "{receipt}");
    }
    let [read] = expected(bench).await.try_into().unwrap();
    let taken = AwaitedReceipt {
        delivered_by: digests(["a", "c"]),
        failed_by: digests(["b"]),
        ..long
    };
    assert_eq!(read, taken);
}

pub(super) async fn k50_what_is_given_up_is_not_due(bench: &dyn Bench) {
    let (one, other) = (parked("0", 10), parked("1", 10));
    for receipt in [&one, &other] {
        park(bench, receipt).await;
    }
    bench.receipts().give_up(&one, "no text fits").await.unwrap();
    assert_eq!(due(bench, 1000).await, [other]);
}

pub(super) async fn of_receipts_at_once_one_is_taken(bench: &dyn Bench) {
    let awaited = awaited("m1", 10);
    expect(bench, &awaited).await;
    let receipts: Vec<String> = (0..10).map(|n| format!("receipt {n}")).collect();
    let taken = join_all(receipts.iter().map(|receipt| resolve(bench, &awaited, receipt))).await;
    let taken: Vec<&String> = receipts
        .iter()
        .zip(taken)
        .filter_map(|(it, taken)| taken.then_some(it))
        .collect();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(
        expected(bench).await[0].delivered_by,
        BTreeSet::from([taken[0].clone()])
    );
}
