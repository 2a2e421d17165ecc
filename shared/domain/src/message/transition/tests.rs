use proptest::prelude::*;

use super::*;
use crate::message::FollowUp;
use crate::phone_number::PhoneNumber;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn message(kind: Kind) -> Message {
    let phone = PhoneNumber::parse("+12025550101").unwrap();
    Message::queued(
        &Cause::Inbound { inbound_id: "i1" },
        kind,
        Some(phone),
        "text".into(),
        at(0),
    )
}

fn after(mut message: Message, events: &[(i64, Event)]) -> Message {
    for (seconds, event) in events {
        if let Some(change) = transition(&message, event, at(*seconds), 0.0) {
            apply(&mut message, change);
        }
    }
    message
}

fn apply(message: &mut Message, change: Change) {
    message.status = change.status;
    message.reason = change.reason;
    message.attempt = change.attempt;
    message.due_at = change.due_at;
    message.provider = change.provider;
    message.provider_message_id = change.provider_message_id;
    message.receipt_at = change.receipt_at;
}

fn accepted() -> Event {
    Event::Accepted {
        provider: "p".into(),
        provider_message_id: Some("x".into()),
        receipts: true,
    }
}

fn refused(kind: RefusalKind, retryable: bool) -> Event {
    Event::Refused {
        provider: "p".into(),
        refusal: Refusal {
            kind,
            retryable,
            detail: "no".into(),
        },
    }
}

fn not_known() -> Event {
    Event::NotKnown {
        provider: "p".into(),
        detail: "timed out".into(),
    }
}

fn receipt(outcome: ReceiptOutcome, is_final: bool) -> Event {
    Event::Receipt(Receipt {
        provider: "p".into(),
        provider_message_id: Some("x".into()),
        outcome,
        at: at(5),
        is_final,
        code: "CODE".into(),
    })
}

/// Its name, the message's kind, what happens at which second, and where that takes it.
type Case = (&'static str, Kind, Vec<(i64, Event)>, Status);

#[test]
fn a_message_goes_where_the_events_take_it() {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, NoReport, Undelivered};
    let claim = || (1, Event::Claimed);
    let throttled = || refused(RefusalKind::Throttled, true);
    let cases: Vec<Case> = vec![
        (
            "plain",
            Kind::Reply,
            vec![claim(), (2, accepted()), (3, receipt(Delivered, true))],
            Status::Delivered,
        ),
        (
            "claimed twice",
            Kind::Reply,
            vec![claim(), (2, Event::Claimed)],
            Status::Sending,
        ),
        (
            "claimed too late",
            Kind::Reply,
            vec![(3600, Event::Claimed)],
            Status::Expired,
        ),
        (
            "suppressed",
            Kind::Reply,
            vec![(1, Event::Suppressed(Suppression::OptedOut))],
            Status::Suppressed,
        ),
        (
            "refused",
            Kind::Reply,
            vec![claim(), (2, refused(RefusalKind::Content, false))],
            Status::Failed,
        ),
        (
            "opted out there",
            Kind::Reply,
            vec![claim(), (2, refused(RefusalKind::OptedOut, false))],
            Status::Suppressed,
        ),
        (
            "throttled",
            Kind::Reply,
            vec![claim(), (2, throttled())],
            Status::Scheduled,
        ),
        (
            "back",
            Kind::Reply,
            vec![claim(), (2, throttled()), (6, Event::TimerFired)],
            Status::Queued,
        ),
        (
            "not yet back",
            Kind::Reply,
            vec![claim(), (2, throttled()), (5, Event::TimerFired)],
            Status::Scheduled,
        ),
        (
            "not known",
            Kind::Announcement,
            vec![claim(), (2, not_known())],
            Status::Unknown,
        ),
        (
            "never repeated",
            Kind::Announcement,
            vec![claim(), (2, not_known()), (900_000, Event::TimerFired)],
            Status::Unknown,
        ),
        (
            "repeated",
            Kind::Reply,
            vec![claim(), (2, not_known()), (40, Event::TimerFired)],
            Status::Queued,
        ),
        (
            "resolved",
            Kind::Announcement,
            vec![claim(), (2, not_known()), (3, receipt(InProgress, false))],
            Status::Sent,
        ),
        (
            "sender died",
            Kind::Announcement,
            vec![claim(), (60, Event::TimerFired)],
            Status::Unknown,
        ),
        (
            "lease still on",
            Kind::Announcement,
            vec![claim(), (40, Event::TimerFired)],
            Status::Sending,
        ),
        (
            "early receipt",
            Kind::Reply,
            vec![claim(), (1, receipt(Delivered, true)), (2, accepted())],
            Status::Delivered,
        ),
        (
            "repeat stopped",
            Kind::Reply,
            vec![
                claim(),
                (2, not_known()),
                (40, Event::TimerFired),
                (41, receipt(Delivered, true)),
            ],
            Status::Delivered,
        ),
        (
            "disordered",
            Kind::Reply,
            vec![
                claim(),
                (2, accepted()),
                (3, receipt(Delivered, true)),
                (4, receipt(Accepted, true)),
            ],
            Status::Delivered,
        ),
        (
            "failed, then there",
            Kind::Reply,
            vec![
                claim(),
                (2, accepted()),
                (3, receipt(Undelivered, true)),
                (4, receipt(Delivered, true)),
            ],
            Status::Delivered,
        ),
        (
            "there, then failed",
            Kind::Reply,
            vec![
                claim(),
                (2, accepted()),
                (3, receipt(Delivered, true)),
                (4, receipt(Undelivered, true)),
            ],
            Status::Delivered,
        ),
        (
            "no report",
            Kind::Reply,
            vec![claim(), (2, accepted()), (3, receipt(NoReport, true))],
            Status::Sent,
        ),
        (
            "receipt for what was never sent",
            Kind::Reply,
            vec![(1, receipt(Delivered, true))],
            Status::Queued,
        ),
        (
            "overlooked",
            Kind::Reply,
            vec![(121, Event::TimerFired)],
            Status::Queued,
        ),
        (
            "overlooked too long",
            Kind::Reply,
            vec![(3700, Event::TimerFired)],
            Status::Expired,
        ),
    ];
    for (name, kind, events, expected) in cases {
        assert_eq!(after(message(kind), &events).status, expected, "{name}");
    }
}

#[test]
fn a_refused_message_is_tried_a_bounded_number_of_times() {
    let mut message = message(Kind::Reply);
    let mut now = 0;
    while message.status != Status::Failed {
        now += 1000;
        message.expires_at = at(now + 100_000);
        let next = [
            (now, Event::Claimed),
            (now, refused(RefusalKind::Throttled, true)),
            (now + 950, Event::TimerFired),
        ];
        message = after(message, &next);
        assert!(now < 100_000);
    }
    assert_eq!(message.attempt, Kind::Reply.policy().attempts);
}

#[test]
fn a_follow_up_says_how_it_ended() {
    let with_follow_up = message(Kind::CallBack)
        .leaving_from("+12025550100")
        .followed_up_by(FollowUp {
            accepted: "yes".into(),
            failed: "no".into(),
        });
    let sending = after(with_follow_up, &[(1, Event::Claimed)]);
    let follow_up = |event: Event| transition(&sending, &event, at(2), 0.0).unwrap().follow_up;
    let promised = follow_up(accepted()).unwrap();
    assert_eq!(
        (promised.body.as_str(), promised.from.as_deref()),
        ("yes", Some("+12025550100"))
    );
    assert_eq!(
        follow_up(refused(RefusalKind::Configuration, false)).unwrap().body,
        "no"
    );
    assert_eq!(follow_up(refused(RefusalKind::Throttled, true)), None);
    assert_eq!(follow_up(not_known()), None);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Claimed),
        Just(Event::Suppressed(Suppression::OptedOut)),
        Just(accepted()),
        Just(refused(RefusalKind::Throttled, true)),
        Just(refused(RefusalKind::Content, false)),
        Just(not_known()),
        Just(Event::TimerFired),
        (0..5_u8, any::<bool>()).prop_map(|(outcome, is_final)| {
            let outcome = match outcome {
                0 => ReceiptOutcome::InProgress,
                1 => ReceiptOutcome::Accepted,
                2 => ReceiptOutcome::Delivered,
                3 => ReceiptOutcome::Undelivered,
                _ => ReceiptOutcome::NoReport,
            };
            receipt(outcome, is_final)
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_claimed_late_and_delivery_is_never_taken_back(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        events in prop::collection::vec((0..2000_i64, any_event()), 0..40),
    ) {
        let mut message = message(kind);
        let mut now = 0;
        let mut not_known_before = false;
        for (elapsed, event) in events {
            now += elapsed;
            let before = message.clone();
            let Some(change) = transition(&message, &event, at(now), 0.5) else { continue };
            apply(&mut message, change);
            if message.status == Status::Sending && before.status != Status::Sending {
                prop_assert!(at(now) < message.expires_at);
                prop_assert!(kind.policy().repeat || !not_known_before, "repeated what may not be repeated");
                prop_assert!(message.attempt <= kind.policy().attempts);
            }
            not_known_before |= message.status == Status::Unknown;
            prop_assert!(before.status != Status::Delivered || message.status == Status::Delivered);
            prop_assert!(before.attempt <= message.attempt);
            let waits = matches!(message.status, Status::Scheduled | Status::Queued | Status::Sending);
            prop_assert!(!waits || message.due_at.is_some(), "{:?} waits for nothing", message.status);
        }
    }
}
