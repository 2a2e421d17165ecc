//! The histories of unsolicited texts to people.

use futures_util::future::join_all;

use super::{Bench, at, person};
use crate::port::{TextHistory, Texted};

pub(super) async fn k31_what_is_noted_stays_beside_what_was(bench: &dyn Bench) {
    let histories = bench.histories();
    let history = |texted: Option<(i64, Option<&str>)>, explained: Option<i64>| TextHistory {
        texted: texted.map(|(second, organisation)| Texted {
            at: at(second),
            organisation: organisation.map(str::to_owned),
        }),
        stop_explained_at: explained.map(at),
    };
    for (noted, expected) in [
        (history(None, None), history(None, None)),
        (
            history(Some((1, Some("north"))), None),
            history(Some((1, Some("north"))), None),
        ),
        (history(None, Some(1)), history(Some((1, Some("north"))), Some(1))),
        (history(Some((5000, None)), None), history(Some((5000, None)), Some(1))),
    ] {
        if noted != TextHistory::default() {
            histories.note(&person(1), &noted).await.unwrap();
        }
        assert_eq!(histories.history(&person(1)).await.unwrap(), expected);
    }
    let people = [1, 2, 1].map(person);
    let read = join_all(people.iter().map(|phone| histories.history(phone))).await;
    let texted: Vec<bool> = read
        .into_iter()
        .map(|history| history.unwrap().texted.is_some())
        .collect();
    assert_eq!(texted, [true, false, true]);
}
