//! The outbox and ledger of outbound messages.

use domain::contact::{Contact, OptOut};
use domain::device::{DeviceToken, Platform};
use domain::message::{
    Cause, Event, ExcludedProvider, FollowUp, Kind, Message, MessageId, Receipt, ReceiptMeaning, ReceiptOutcome,
    Refusal, RefusalKind, Status, Suppression, transition,
};
use jiff::{SignedDuration, Timestamp};

use super::{BUSINESS, Bench, at, person};
use crate::port::{Applied, Progress};

fn message(inbound_id: &str, kind: Kind) -> Message {
    let cause = Cause::Inbound { inbound_id };
    Message::queued(&cause, kind, Some(person(1)), "Booked: ABC1".to_owned(), at(0)).leaving_from(BUSINESS)
}

async fn put(bench: &dyn Bench, message: &Message) {
    assert_eq!(bench.outbox().put_new(vec![message.clone()]).await.unwrap(), 1);
}

async fn stored(bench: &dyn Bench, id: &MessageId) -> Message {
    bench.outbox().get(id).await.unwrap().unwrap()
}

/// Does `event` to the message as it stands, and answers how it stands then.
async fn happened(bench: &dyn Bench, id: &MessageId, event: Event) -> Message {
    let before = stored(bench, id).await;
    let change = transition(&before, &event, at(1), 0.0).unwrap();
    assert_eq!(bench.outbox().apply(&before, &change).await.unwrap(), Applied::Written);
    stored(bench, id).await
}

fn claimed() -> Event {
    Event::Claimed(domain::message::Claim {
        provider: "p".to_owned(),
        route: "p: the only one".to_owned(),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    })
}

fn accepted(provider_message_id: &str) -> Event {
    Event::Accepted {
        provider: "p".to_owned(),
        provider_message_id: Some(provider_message_id.to_owned()),
        receipts: true,
    }
}

fn refused(kind: RefusalKind, retryable: bool) -> Event {
    let refusal = Refusal {
        kind,
        retryable,
        not_before: None,
        detail: "no".to_owned(),
    };
    Event::Refused {
        provider: "p".to_owned(),
        refusal,
        elsewhere: false,
    }
}

fn receipt(outcome: ReceiptOutcome) -> Event {
    let provider = "p".to_owned();
    let code = "CODE".to_owned();
    Event::Receipt(Receipt {
        provider,
        provider_message_id: None,
        recipient: None,
        outcome,
        port: None,
        at: at(9),
        is_final: true,
        code,
        meaning: None,
    })
}

pub(super) async fn a_message_reads_back(bench: &dyn Bench) {
    let plain = message("i1", Kind::Reply);
    let follow_up = FollowUp {
        accepted: "They will call.".to_owned(),
        failed: "They cannot.".to_owned(),
    };
    let full = Message {
        status: Status::Sent,
        reason: Some("because".to_owned()),
        attempt: 3,
        provider: Some("p".to_owned()),
        route: Some("p: first choice".to_owned()),
        provider_message_id: Some("p1".to_owned()),
        claimed_at: Some(at(6)),
        held_by: Some("p".to_owned()),
        excluded_providers: [
            ("q".to_owned(), ExcludedProvider::ForNow),
            ("r".to_owned(), ExcludedProvider::ForGood),
        ]
        .into(),
        receipt_at: Some(at(7)),
        due_at: None,
        ..message("i2", Kind::CallBack)
            .of_campaign("c1")
            .of_organisation(Some("org-1".to_owned()))
            .answering_through(Some("p".to_owned()))
            .followed_up_by(follow_up)
    };
    let token = DeviceToken::parse("APA91b:x").unwrap();
    let pushed = message("i4", Kind::Announcement).pushed_to(token, Platform::Ios);
    let to_nobody = Message {
        to: None,
        from: None,
        ..message("i3", Kind::PinpointCampaign)
    };
    for message in [plain, full, to_nobody, pushed] {
        put(bench, &message).await;
        assert_eq!(bench.outbox().get(&message.id).await.unwrap(), Some(message));
    }
    assert_eq!(
        bench.outbox().get(&MessageId::from_text("reply-none")).await.unwrap(),
        None
    );
}

pub(super) async fn d20_what_moved_on_is_never_overwritten(bench: &dyn Bench) {
    let (old, new) = (message("i1", Kind::Announcement), message("i2", Kind::Announcement));
    put(bench, &old).await;
    happened(bench, &old.id, claimed()).await;
    let sent = happened(bench, &old.id, accepted("p1")).await;
    assert_eq!(bench.outbox().put_new(vec![old.clone(), new.clone()]).await.unwrap(), 1);
    assert_eq!(stored(bench, &old.id).await, sent);
    assert_eq!(stored(bench, &new.id).await, new);
    assert_eq!(bench.outbox().put_new(vec![old, new]).await.unwrap(), 0);
    assert_eq!(bench.outbox().put_new(Vec::new()).await.unwrap(), 0);
}

pub(super) async fn a_change_is_written_where_nothing_moved(bench: &dyn Bench) {
    let queued = message("i1", Kind::Reply);
    put(bench, &queued).await;
    let sending = happened(bench, &queued.id, claimed()).await;
    let expected = Message {
        status: Status::Sending,
        attempt: 1,
        due_at: sending.due_at,
        provider: Some("p".to_owned()),
        route: Some("p: the only one".to_owned()),
        claimed_at: Some(at(1)),
        claim: Some("token".to_owned()),
        version: 1,
        ..queued.clone()
    };
    assert_eq!(sending, expected);
    assert!(sending.due_at.is_some_and(|due_at| due_at > at(1)));
    let sent = happened(bench, &queued.id, accepted("p1")).await;
    let expected = Message {
        status: Status::Sent,
        due_at: sent.due_at,
        provider_message_id: Some("p1".to_owned()),
        version: 2,
        ..sending
    };
    assert_eq!(sent, expected);
    let delivered = happened(bench, &queued.id, receipt(ReceiptOutcome::Delivered)).await;
    let expected = Message {
        status: Status::Delivered,
        due_at: None,
        receipt_at: Some(at(9)),
        version: 3,
        ..expected
    };
    assert_eq!(delivered, expected);
}

pub(super) async fn a_change_of_what_moved_on_is_stale(bench: &dyn Bench) {
    let queued = message("i1", Kind::Reply);
    let claim = transition(&queued, &claimed(), at(1), 0.0).unwrap();
    assert_eq!(bench.outbox().apply(&queued, &claim).await.unwrap(), Applied::Stale);
    assert_eq!(bench.outbox().get(&queued.id).await.unwrap(), None);

    put(bench, &queued).await;
    let sending = happened(bench, &queued.id, claimed()).await;
    assert_eq!(bench.outbox().apply(&queued, &claim).await.unwrap(), Applied::Stale);
    assert_eq!(stored(bench, &queued.id).await, sending);

    // Of the same status, and yet another attempt: the first sender's lease is over.
    let late = transition(&sending, &accepted("p1"), at(1), 0.0).unwrap();
    happened(bench, &queued.id, refused(RefusalKind::Unavailable, true)).await;
    let scheduled = stored(bench, &queued.id).await;
    let again = transition(&scheduled, &Event::TimerFired, at(60), 0.0).unwrap();
    assert_eq!(
        bench.outbox().apply(&scheduled, &again).await.unwrap(),
        Applied::Written
    );
    let second = happened(bench, &queued.id, claimed()).await;
    assert_eq!((second.status, second.attempt), (Status::Sending, 2));
    assert_eq!(bench.outbox().apply(&sending, &late).await.unwrap(), Applied::Stale);
    assert_eq!(stored(bench, &queued.id).await, second);
}

fn call_back() -> Message {
    let follow_up = FollowUp {
        accepted: "They will call.".to_owned(),
        failed: "They cannot.".to_owned(),
    };
    message("i1", Kind::CallBack).followed_up_by(follow_up)
}

pub(super) async fn k39_an_opt_out_is_written_with_its_message(bench: &dyn Bench) {
    for is_employee in [true, false] {
        let number = if is_employee { 1 } else { 2 };
        if is_employee {
            bench.put_contact(Contact::new(person(number))).await;
        }
        let message = Message {
            to: Some(person(number)),
            ..message(&format!("i{number}"), Kind::Announcement)
        };
        put(bench, &message).await;
        let before = happened(bench, &message.id, claimed()).await;
        let refused = transition(&before, &refused(RefusalKind::OptedOut, false), at(2), 0.0).unwrap();
        // What has moved on says nothing of anybody.
        let stale = Message {
            version: 0,
            ..before.clone()
        };
        assert_eq!(bench.outbox().apply(&stale, &refused).await.unwrap(), Applied::Stale);
        let contact = bench.contacts().get(&person(number)).await.unwrap();
        assert!(contact.is_none_or(|contact| !contact.opted_out()));

        assert_eq!(bench.outbox().apply(&before, &refused).await.unwrap(), Applied::Written);
        assert_eq!(stored(bench, &message.id).await.status, Status::Suppressed);
        let expected = Contact {
            may_book: is_employee,
            opt_out: Some(OptOut {
                at: at(2),
                words: "on the opt-out list of p".to_owned(),
            }),
            ..Contact::new(person(number))
        };
        assert_eq!(bench.contacts().get(&person(number)).await.unwrap(), Some(expected));
    }
}

pub(super) async fn k48_failures_are_counted_with_their_messages(bench: &dyn Bench) {
    bench.put_contact(Contact::new(person(1))).await;
    let dead = Event::Receipt(Receipt {
        meaning: Some(ReceiptMeaning::NumberDead),
        ..undelivered()
    });
    // Several at once, of an employee and of somebody who has no row.
    for number in [1, 2] {
        let mut changes = Vec::new();
        for n in 0..4 {
            let message = Message {
                to: Some(person(number)),
                ..message(&format!("i{number}-{n}"), Kind::Announcement)
            };
            put(bench, &message).await;
            happened(bench, &message.id, claimed()).await;
            let sent = happened(bench, &message.id, accepted(&format!("x{number}-{n}"))).await;
            let change = transition(&sent, &dead, at(n), 0.0).unwrap();
            changes.push((sent, change));
        }
        let apply = async |range: std::ops::Range<usize>| {
            let writes = changes[range].iter();
            let writes = writes.map(|(message, change)| bench.outbox().apply(message, change));
            futures_util::future::try_join_all(writes).await.unwrap()
        };
        let contact = async || bench.contacts().get(&person(number)).await.unwrap().unwrap();
        assert_eq!(apply(0..2).await, [Applied::Written; 2]);
        // The same receipt again finds that its message has moved on.
        assert_eq!(apply(0..2).await, [Applied::Stale; 2]);
        let counted = contact().await;
        assert_eq!(
            (counted.failures.clone(), &counted.undeliverable),
            (vec![at(0), at(1)], &None)
        );
        assert_eq!(apply(2..4).await, [Applied::Written; 2]);
        let flagged = contact().await;
        assert_eq!((flagged.failures.len(), flagged.may_book), (0, number == 1));
        assert_eq!(
            flagged.undeliverable.map(|it| it.reason).as_deref(),
            Some("number-dead")
        );
        let page = bench.contacts().page(0, 1, None).await.unwrap();
        let listed = page
            .contacts
            .iter()
            .find(|contact| contact.phone == person(number))
            .unwrap();
        assert!(!listed.is_reached_by(&Default::default()));
    }
}

fn undelivered() -> Receipt {
    Receipt {
        provider: "p".to_owned(),
        provider_message_id: None,
        recipient: None,
        port: None,
        outcome: ReceiptOutcome::Undelivered,
        at: at(1),
        is_final: true,
        code: "CODE".to_owned(),
        meaning: None,
    }
}

pub(super) async fn a_follow_up_is_written_with_its_change(bench: &dyn Bench) {
    let call = call_back();
    put(bench, &call).await;
    let sending = happened(bench, &call.id, claimed()).await;
    let accept = transition(&sending, &accepted("p1"), at(1), 0.0).unwrap();
    let follow_up = accept.follow_up.as_deref().cloned().unwrap();
    assert_eq!(bench.outbox().apply(&call, &accept).await.unwrap(), Applied::Stale);
    assert_eq!(bench.outbox().get(&follow_up.id).await.unwrap(), None);
    assert_eq!(bench.outbox().apply(&sending, &accept).await.unwrap(), Applied::Written);
    assert_eq!(stored(bench, &follow_up.id).await, follow_up);
    assert_eq!(stored(bench, &call.id).await.status, Status::Sent);
}

pub(super) async fn a_follow_up_is_written_once(bench: &dyn Bench) {
    let call = call_back();
    put(bench, &call).await;
    let sending = happened(bench, &call.id, claimed()).await;
    let accept = transition(&sending, &accepted("p1"), at(1), 0.0).unwrap();
    let said_before = Message {
        status: Status::Delivered,
        due_at: None,
        ..*accept.follow_up.clone().unwrap()
    };
    put(bench, &said_before).await;
    assert_eq!(bench.outbox().apply(&sending, &accept).await.unwrap(), Applied::Written);
    assert_eq!(stored(bench, &call.id).await.status, Status::Sent);
    assert_eq!(stored(bench, &said_before.id).await, said_before);
}

pub(super) async fn every_attempt_is_kept(bench: &dyn Bench) {
    let queued = message("i1", Kind::Reply);
    put(bench, &queued).await;
    assert_eq!(bench.attempts(&queued.id).await, []);
    happened(bench, &queued.id, claimed()).await;
    let scheduled = happened(bench, &queued.id, refused(RefusalKind::Unavailable, true)).await;
    let again = transition(&scheduled, &Event::TimerFired, at(60), 0.0).unwrap();
    bench.outbox().apply(&scheduled, &again).await.unwrap();
    happened(bench, &queued.id, claimed()).await;
    happened(bench, &queued.id, accepted("p1")).await;
    let attempts = bench.attempts(&queued.id).await;
    let told: Vec<_> = attempts
        .iter()
        .map(|it| (it.outcome.as_str(), it.detail.as_deref()))
        .collect();
    assert_eq!(told, [("refused", Some("no")), ("accepted", None)]);
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt.provider == "p" && attempt.at == at(1))
    );
}

/// Messages with a timer each, at these seconds.
fn with_timers(seconds: impl IntoIterator<Item = i64>) -> Vec<Message> {
    let timed = |second: i64| Message {
        due_at: Some(at(second)),
        ..message(&format!("i{second}"), Kind::Reply)
    };
    seconds.into_iter().map(timed).collect()
}

/// The ids of what is due in any bucket, at most `limit` of each, each bucket by itself.
async fn due(bench: &dyn Bench, now: Timestamp, limit: usize) -> Vec<Vec<Message>> {
    let mut buckets = Vec::new();
    for bucket in 0..bench.outbox().buckets() {
        buckets.push(bench.outbox().due(bucket, now, limit).await.unwrap());
    }
    buckets
}

pub(super) async fn messages_are_due_oldest_first(bench: &dyn Bench) {
    let messages = with_timers((0..100).rev());
    bench.outbox().put_new(messages.clone()).await.unwrap();
    let buckets = due(bench, at(100), 100).await;
    for (number, bucket) in buckets.iter().enumerate() {
        assert!(bucket.is_sorted_by_key(|message| message.due_at), "bucket {number}");
        let own = bucket
            .iter()
            .all(|message| usize::from(message.id.bucket(bench.outbox().buckets())) == number);
        assert!(own, "bucket {number} holds another's messages");
    }
    let mut all: Vec<Message> = buckets.iter().flatten().cloned().collect();
    all.sort_by_key(|message| message.due_at);
    assert_eq!(all, messages.into_iter().rev().collect::<Vec<_>>());
    for (few, all) in due(bench, at(100), 3).await.iter().zip(&buckets) {
        assert_eq!(few.as_slice(), &all[..all.len().min(3)]);
    }
}

pub(super) async fn only_what_is_due_is_due(bench: &dyn Bench) {
    let messages = with_timers([10, 20, 30]);
    bench.outbox().put_new(messages.clone()).await.unwrap();
    put(
        bench,
        &Message {
            due_at: None,
            ..message("timeless", Kind::Reply)
        },
    )
    .await;
    let ids = async |now: Timestamp| {
        let mut due: Vec<_> = due(bench, now, 100)
            .await
            .into_iter()
            .flatten()
            .map(|message| message.due_at)
            .collect();
        due.sort();
        due
    };
    assert_eq!(ids(at(10) - SignedDuration::from_millis(1)).await, []);
    assert_eq!(ids(at(10)).await, [Some(at(10))]);
    assert_eq!(ids(at(29)).await, [Some(at(10)), Some(at(20))]);
    // A timer that was moved is due at its new time only, and one that was removed never.
    happened(bench, &messages[0].id, claimed()).await;
    happened(bench, &messages[1].id, Event::Suppressed(Suppression::OptedOut)).await;
    assert_eq!(ids(at(40)).await, [Some(at(30))]);
    assert_eq!(ids(at(3600)).await.len(), 2);
}

pub(super) async fn messages_are_found_by_the_providers_id(bench: &dyn Bench) {
    let found = async |provider_message_id: &str| {
        let mut found = bench
            .outbox()
            .find_by_provider_message_id(provider_message_id)
            .await
            .unwrap();
        found.sort();
        found
    };
    let mut ids = Vec::new();
    for inbound_id in ["i1", "i2", "i3"] {
        let queued = message(inbound_id, Kind::Reply);
        put(bench, &queued).await;
        happened(bench, &queued.id, claimed()).await;
        ids.push(queued.id);
    }
    assert_eq!(found("p1").await, []);
    happened(bench, &ids[0], accepted("p1")).await;
    assert_eq!(found("p1").await, ids[..1]);
    // Another provider may choose the same id.
    happened(bench, &ids[1], accepted("p1")).await;
    ids.pop();
    ids.sort();
    assert_eq!(found("p1").await, ids);
    assert_eq!(found("p").await, []);
}

pub(super) async fn providers_that_refused_are_stored_and_cleared(bench: &dyn Bench) {
    let queued = message("i1", Kind::Reply);
    put(bench, &queued).await;
    happened(bench, &queued.id, claimed()).await;
    let refusal = |elsewhere: bool| match refused(RefusalKind::Unavailable, true) {
        Event::Refused { provider, refusal, .. } => Event::Refused {
            provider,
            refusal,
            elsewhere,
        },
        event => event,
    };
    let passed_on = happened(bench, &queued.id, refusal(true)).await;
    assert_eq!(passed_on.status, Status::Queued);
    assert_eq!(
        passed_on.excluded_providers,
        [("p".to_owned(), ExcludedProvider::ForNow)].into()
    );
    happened(bench, &queued.id, claimed()).await;
    let paused = happened(bench, &queued.id, refusal(false)).await;
    assert_eq!((paused.status, paused.excluded_providers.len()), (Status::Scheduled, 0));
    let again = transition(
        &paused,
        &Event::TimerFired,
        at(3600) - SignedDuration::from_secs(1),
        0.0,
    )
    .unwrap();
    bench.outbox().apply(&paused, &again).await.unwrap();
    happened(bench, &queued.id, claimed()).await;
    let lost = Event::Unknown {
        provider: "p".to_owned(),
        detail: "no answer".to_owned(),
    };
    let unknown = happened(bench, &queued.id, lost).await;
    assert_eq!(
        (unknown.status, unknown.held_by.as_deref()),
        (Status::Unknown, Some("p"))
    );
}

pub(super) async fn progress_counts_every_message_once(bench: &dyn Bench) {
    assert_eq!(bench.outbox().progress("c1").await.unwrap(), Progress::default());
    let mut messages = Vec::new();
    for (number, status) in Status::ALL.iter().copied().enumerate() {
        // As many messages of each status as its place says, so that no two counts are alike.
        for copy in 0..=number {
            let queued = message(&format!("{number}-{copy}"), Kind::Announcement).of_campaign("c1");
            let reason = (status == Status::Suppressed && copy > 2).then(|| "opted-out".to_owned());
            messages.push(Message {
                status,
                reason,
                ..queued
            });
        }
    }
    messages.push(message("another", Kind::Announcement).of_campaign("c11"));
    messages.push(message("none", Kind::Reply));
    bench.outbox().put_new(messages).await.unwrap();
    let expected = Progress {
        recipients: 66,
        queued: 1 + 2 + 3,
        sent: 4,
        unknown: 5,
        delivered: 6,
        failed: 7 + 8,
        expired: 9,
        suppressed: [("opted-out".to_owned(), 7), ("other".to_owned(), 3)].into(),
        cancelled: 11,
    };
    assert_eq!(bench.outbox().progress("c1").await.unwrap(), expected);
}
