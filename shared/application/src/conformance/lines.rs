//! The lines of the bulk lane.

use domain::message::{Cause, Event, Kind, Message, Status, transition};

use super::{Bench, at, person};
use crate::port::{Applied, Line, LinePosition};

fn message(number: u32, second: i64) -> Message {
    let to = person(number);
    let cause = Cause::Announcement {
        campaign_id: "c1",
        phone: &to,
    };
    Message::queued(&cause, Kind::Announcement, Some(to.clone()), "text".into(), at(second))
}

/// What waits in a line, read in pages of `limit`.
async fn waiting(bench: &dyn Bench, line: &str, limit: usize) -> Vec<Message> {
    let mut all = Vec::new();
    for part in 0..bench.lines().parts() {
        let mut after: Option<LinePosition> = None;
        loop {
            let page = bench.lines().waiting(line, part, after.as_ref(), limit).await.unwrap();
            assert!(page.messages.is_sorted_by_key(|message| message.due_at));
            assert!(page.messages.len() <= limit);
            all.extend(page.messages);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    all.sort_by_key(|message| message.due_at);
    all
}

pub(super) async fn k42_what_waits_is_in_its_line_and_has_no_timer(bench: &dyn Bench) {
    let queued: Vec<Message> = (1..20).map(|number| message(number, i64::from(number))).collect();
    let line = queued[0].line().unwrap();
    bench.outbox().put_new(queued.clone()).await.unwrap();
    for limit in [1, 7, 100] {
        assert_eq!(waiting(bench, &line, limit).await, queued, "{limit}");
    }
    for bucket in 0..bench.outbox().buckets() {
        assert_eq!(bench.outbox().due(bucket, at(9999), 100).await.unwrap(), []);
    }
    // It leaves the line when it is cancelled, and comes into it when its time has come.
    let called_off = transition(&queued[0], &Event::Cancelled, at(30), 0.0).unwrap();
    assert_eq!(
        bench.outbox().apply(&queued[0], &called_off).await.unwrap(),
        Applied::Written
    );
    assert_eq!(waiting(bench, &line, 100).await, queued[1..]);
    let later = message(30, 40).scheduled_for(at(50));
    bench.outbox().put_new(vec![later.clone()]).await.unwrap();
    assert_eq!(waiting(bench, &line, 100).await.len(), 18);
    let fired = transition(&later, &Event::TimerFired, at(50), 0.0).unwrap();
    assert_eq!(bench.outbox().apply(&later, &fired).await.unwrap(), Applied::Written);
    let last = waiting(bench, &line, 100).await.pop().unwrap();
    assert_eq!((last.id, last.status), (later.id, Status::Queued));
}

pub(super) async fn a_line_is_listed_until_it_is_closed(bench: &dyn Bench) {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let line = |name: &str, second: i64| Line {
        name: name.to_owned(),
        joined_at: at(second),
    };
    bench.lines().join(&names(&["a#1", "b"]), at(1)).await.unwrap();
    bench.lines().join(&names(&["b"]), at(2)).await.unwrap();
    // Somebody has joined it since it was read.
    bench.lines().close(&line("b", 1)).await.unwrap();
    assert_eq!(bench.lines().open().await.unwrap(), [line("a#1", 1), line("b", 2)]);
    bench.lines().close(&line("b", 2)).await.unwrap();
    bench.lines().close(&line("c", 2)).await.unwrap();
    assert_eq!(bench.lines().open().await.unwrap(), [line("a#1", 1)]);
}

pub(super) async fn one_pacer_serves_the_lines_until_it_lets_go_or_is_gone(bench: &dyn Bench) {
    let lines = bench.lines();
    let hold = async |pacer: &str, now: i64| lines.hold(pacer, at(now), at(now + 10)).await.unwrap();
    assert!(hold("one", 0).await);
    assert!(!hold("two", 5).await);
    assert!(hold("one", 9).await);
    assert!(!hold("two", 18).await);
    assert!(hold("two", 19).await, "it has not been heard of for ten seconds");
    lines.let_go("one").await.unwrap();
    assert!(!hold("one", 20).await);
    lines.let_go("two").await.unwrap();
    assert!(hold("one", 20).await);
}
