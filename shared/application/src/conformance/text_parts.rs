//! The parts of long texts.

use futures_util::future::join_all;

use super::{Bench, at, person};
use crate::inbound::InboundId;
use crate::port::{PartsKey, WaitingPart, WaitingParts};

fn key(provider: &str, from: u32) -> PartsKey {
    PartsKey {
        provider: provider.to_owned(),
        to: "+12025550100".to_owned(),
        from: person(from),
    }
}

fn waiting(ids: &[&str], closed_by: Option<&str>) -> WaitingParts {
    let part = |(second, id): (i64, &&str)| WaitingPart {
        id: match id.strip_prefix("content-") {
            Some(digest) => InboundId::Content(digest.to_owned()),
            None => InboundId::Stable((*id).to_owned()),
        },
        body: format!("Words of {id}, ‘quoted’."),
        received_at: at(second),
    };
    WaitingParts {
        parts: (0..).zip(ids).map(part).collect(),
        closed_by: closed_by.map(str::to_owned),
    }
}

pub(super) async fn k54_parts_are_kept_as_they_were_written(bench: &dyn Bench) {
    let parts = bench.text_parts();
    let (mine, others) = (key("skyline", 1), [key("skyline", 2), key("other", 1)]);
    assert_eq!(parts.get(&mine).await.unwrap(), None);
    let (one, two) = (waiting(&["a"], None), waiting(&["a", "content-b"], None));
    let closed = waiting(&["a", "content-b"], Some("c"));
    for (before, after, is_written) in [
        (Some(&one), Some(&two), false),
        (None, Some(&one), true),
        (None, Some(&two), false),
        (Some(&one), Some(&two), true),
        (Some(&one), None, false),
        (Some(&two), Some(&closed), true),
        (Some(&two), Some(&one), false),
        (Some(&closed), Some(&one), true),
        (Some(&one), Some(&closed), true),
        (Some(&two), None, false),
        (Some(&closed), None, true),
        (Some(&closed), None, false),
    ] {
        let read = parts.get(&mine).await.unwrap();
        assert_eq!(
            parts.replace(&mine, before, after).await.unwrap(),
            is_written,
            "{before:?} {after:?}"
        );
        let expected = if is_written { after.cloned() } else { read };
        assert_eq!(parts.get(&mine).await.unwrap(), expected);
        for other in &others {
            assert_eq!(parts.get(other).await.unwrap(), None);
        }
    }
}

pub(super) async fn k54_of_parts_at_once_one_is_written(bench: &dyn Bench) {
    let key = key("skyline", 1);
    let put = async |n: u32| {
        let part = waiting(&[&format!("part-{n}")], None);
        bench.text_parts().replace(&key, None, Some(&part)).await.unwrap()
    };
    let written = join_all((0..5).map(put)).await;
    assert_eq!(written.iter().filter(|is_written| **is_written).count(), 1);
}
