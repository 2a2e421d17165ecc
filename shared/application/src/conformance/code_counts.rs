//! How many one-time codes each number has been sent.

use domain::message::{Cause, Kind, Message};
use futures_util::future::join_all;

use super::{Bench, at, person};
use crate::port::CodeWritten;

fn code(key: &str, to: u32) -> Message {
    let to = person(to);
    let cause = Cause::Notice {
        organisation: domain::organisation::DEFAULT_ORGANISATION,
        kind: Kind::OneTimeCode,
        key,
        to: &to,
    };
    Message::queued(&cause, Kind::OneTimeCode, Some(to.clone()), "012345".to_owned(), at(0))
}

pub(super) async fn k14_a_code_is_written_with_its_count(bench: &dyn Bench) {
    let (codes, phone) = (bench.codes(), person(1));
    assert_eq!(codes.codes(&phone).await.unwrap(), []);
    let put = async |key: &str, before: &[i64], after: &[i64]| {
        let [before, after] = [before, after].map(|times| times.iter().map(|second| at(*second)).collect::<Vec<_>>());
        codes.put_code(&code(key, 1), &phone, &before, &after).await.unwrap()
    };
    assert_eq!(put("k1", &[], &[0]).await, CodeWritten::Written);
    assert_eq!(put("k1", &[0], &[0, 1]).await, CodeWritten::Known);
    assert_eq!(put("k2", &[], &[1]).await, CodeWritten::Overtaken);
    assert_eq!(codes.codes(&phone).await.unwrap(), [at(0)]);
    assert_eq!(put("k2", &[0], &[0, 1]).await, CodeWritten::Written);
    assert_eq!(codes.codes(&phone).await.unwrap(), [at(0), at(1)]);
    assert_eq!(codes.codes(&person(2)).await.unwrap(), []);
    assert!(bench.outbox().get(&code("k2", 1).id).await.unwrap().is_some());
}

pub(super) async fn k14_of_codes_at_once_one_is_counted(bench: &dyn Bench) {
    let put = async |n: u32| {
        let message = code(&format!("k{n}"), 1);
        bench
            .codes()
            .put_code(&message, &person(1), &[], &[at(0)])
            .await
            .unwrap()
    };
    let written = join_all((0..5).map(put)).await;
    let count = written
        .iter()
        .filter(|written| **written == CodeWritten::Written)
        .count();
    assert_eq!(count, 1, "{written:?}");
}
