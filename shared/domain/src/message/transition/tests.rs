//! Every transition of a message's state.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::budget::Month;
use crate::message::{FollowUp, Retention};
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
            message = change.next;
        }
    }
    message
}

fn claimed_by(provider: &str) -> Event {
    Event::Claimed(Claim {
        provider: provider.into(),
        route: format!("{provider}: because"),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "token".into(),
        has_next_provider: false,
    })
}

fn claimed() -> Event {
    claimed_by("p")
}

fn paced(until: i64) -> Event {
    Event::Postponed {
        reason: Postponement::Pace,
        until: at(until),
        quiet: SignedDuration::ZERO,
    }
}

/// What another provider may take at once.
fn refused_here(provider: &str, kind: RefusalKind, retryable: bool) -> Event {
    Event::Refused {
        provider: provider.into(),
        refusal: refusal(kind, retryable),
        elsewhere: true,
    }
}

fn refusal(kind: RefusalKind, retryable: bool) -> Refusal {
    Refusal {
        kind,
        retryable,
        not_before: None,
        detail: "no".into(),
    }
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
        refusal: refusal(kind, retryable),
        elsewhere: false,
    }
}

fn unknown_outcome() -> Event {
    Event::Unknown {
        provider: "p".into(),
        detail: "timed out".into(),
    }
}

fn receipt(outcome: ReceiptOutcome, is_final: bool) -> Event {
    Event::Receipt(Receipt {
        provider: "p".into(),
        provider_message_id: Some("x".into()),
        recipient: None,
        port: None,
        outcome,
        at: at(5),
        is_final,
        code: "CODE".into(),
        meaning: None,
    })
}

/// Its name, the message's kind, what happens at which second, and where that takes it.
type Case = (&'static str, Kind, Vec<(i64, Event)>, Status);

#[test]
fn a_message_goes_where_the_events_take_it() {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, NoReport, Undelivered};
    let claim = || (1, claimed());
    let throttled = || refused(RefusalKind::Unavailable, true);
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
            vec![claim(), (2, claimed())],
            Status::Sending,
        ),
        (
            "claimed too late",
            Kind::Reply,
            vec![(3600, claimed())],
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
            vec![claim(), (2, unknown_outcome())],
            Status::Unknown,
        ),
        (
            "never repeated",
            Kind::Announcement,
            vec![claim(), (2, unknown_outcome()), (900_000, Event::TimerFired)],
            Status::Unknown,
        ),
        (
            "repeated",
            Kind::Reply,
            vec![claim(), (2, unknown_outcome()), (40, Event::TimerFired)],
            Status::Queued,
        ),
        (
            "resolved",
            Kind::Announcement,
            vec![claim(), (2, unknown_outcome()), (3, receipt(InProgress, false))],
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
                (2, unknown_outcome()),
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
            "postponed",
            Kind::Reply,
            vec![(1, paced(5)), (4, Event::TimerFired)],
            Status::Scheduled,
        ),
        (
            "its turn",
            Kind::Reply,
            vec![(1, paced(5)), (5, Event::TimerFired)],
            Status::Queued,
        ),
        (
            "postponed until it is too late",
            Kind::Reply,
            vec![(1, paced(3600))],
            Status::Expired,
        ),
        (
            "postponed too late",
            Kind::Reply,
            vec![(3600, paced(3601))],
            Status::Expired,
        ),
        (
            "postponed while somebody sends it",
            Kind::Reply,
            vec![claim(), (2, paced(5))],
            Status::Sending,
        ),
        (
            "elsewhere",
            Kind::Announcement,
            vec![claim(), (2, refused_here("p", RefusalKind::Quota, false))],
            Status::Queued,
        ),
        (
            "elsewhere, and taken",
            Kind::Announcement,
            vec![
                claim(),
                (2, refused_here("p", RefusalKind::Unavailable, true)),
                (2, claimed_by("q")),
                (3, accepted()),
            ],
            Status::Sent,
        ),
        (
            "opted out everywhere",
            Kind::Announcement,
            vec![claim(), (2, refused_here("p", RefusalKind::OptedOut, false))],
            Status::Suppressed,
        ),
        (
            "gone everywhere",
            Kind::Announcement,
            vec![claim(), (2, refused_here("p", RefusalKind::Unregistered, false))],
            Status::Failed,
        ),
        (
            "elsewhere, too late",
            Kind::Reply,
            vec![
                (3590, claimed()),
                (3600, refused_here("p", RefusalKind::Unavailable, true)),
            ],
            Status::Expired,
        ),
        (
            "carried off by a gateway",
            Kind::Reply,
            vec![claim(), (2, receipt(Accepted, false)), (3, receipt(Undelivered, true))],
            Status::Undelivered,
        ),
        (
            "there, said while it waits for another provider",
            Kind::Reply,
            vec![
                claim(),
                (2, refused_here("p", RefusalKind::Unavailable, true)),
                (3, receipt(Delivered, true)),
            ],
            Status::Delivered,
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
fn refusals_are_retried_a_bounded_number() {
    let mut message = message(Kind::Reply);
    let mut now = 0;
    while message.status != Status::Failed {
        now += 1000;
        message.expires_at = at(now + 100_000);
        let next = [
            (now, claimed()),
            (now, refused(RefusalKind::Unavailable, true)),
            (now + 950, Event::TimerFired),
        ];
        message = after(message, &next);
        assert!(now < 100_000);
    }
    assert_eq!(message.attempt, Kind::Reply.policy().attempts);
}

#[test]
fn k41_unrelated_refusals_cost_no_attempt() {
    for kind in [
        RefusalKind::Throttled,
        RefusalKind::Quota,
        RefusalKind::Account,
        RefusalKind::Identity,
    ] {
        // A text of the bulk lane is back in its place in the line, however often that happens.
        let mut bulk = message(Kind::Announcement);
        let in_line = (bulk.line(), bulk.due_at);
        for second in 0..100 {
            bulk = after(bulk, &[(second, claimed()), (second, refused(kind, false))]);
            assert_eq!((bulk.status, bulk.attempt), (Status::Queued, 0), "{kind:?}");
            assert_eq!((bulk.line(), bulk.due_at), in_line, "{kind:?}");
        }
        // One that somebody waits for is tried for as long as it is of use.
        let mut reply = message(Kind::Reply);
        let mut second = 0;
        while reply.status != Status::Expired {
            reply = after(reply, &[(second, claimed()), (second, refused(kind, false))]);
            second = reply
                .due_at
                .map_or(second, |due_at| due_at.as_second() - at(0).as_second());
            assert!(reply.attempt == 0 || reply.status == Status::Expired, "{kind:?}");
            reply = after(reply, &[(second, Event::TimerFired)]);
        }
        assert!(second > 3500, "{kind:?}: {second}");
    }
    // A person who asked for a call learns at once that there will be none.
    let call = after(
        message(Kind::CallBack),
        &[(1, claimed()), (2, refused(RefusalKind::Account, false))],
    );
    assert_eq!(call.status, Status::Failed);
}

#[test]
fn k37_a_refusal_after_unknown_is_not_final() {
    let unknown = [
        (1, claimed()),
        (2, unknown_outcome()),
        (40, Event::TimerFired),
        (41, claimed()),
        (42, refused(RefusalKind::Content, false)),
    ];
    let message = after(message(Kind::Reply), &unknown);
    assert_eq!(
        (message.status, message.held_by.as_deref()),
        (Status::Unknown, Some("p"))
    );
}

#[test]
fn a_message_in_line_can_be_rescheduled() {
    let queued = message(Kind::SequenceStep);
    let line = queued.line();
    let now = Rewording {
        expires_at: queued.expires_at,
        ..rewording("other", 0)
    };
    let reworded = transition(&queued, &Event::Rescheduled(now), at(9), 0.0).unwrap().next;
    assert_eq!((reworded.body.as_str(), reworded.due_at), ("other", queued.due_at));
    assert_eq!(reworded.line(), line);
    let later = after(queued, &[(9, Event::Rescheduled(rewording("other", 7200)))]);
    assert_eq!((later.status, later.due_at), (Status::Scheduled, Some(at(7200))));
}

#[test]
fn a_claim_names_its_provider_and_reason() {
    let sending = after(message(Kind::Reply), &[(1, claimed())]);
    assert_eq!(
        (
            sending.provider.as_deref(),
            sending.route.as_deref(),
            sending.claimed_at
        ),
        (Some("p"), Some("p: because"), Some(at(1)))
    );
    assert_eq!((sending.attempt, sending.due_at), (1, Some(at(1) + LEASE)));
}

#[test]
fn our_provider_reference_is_set_when_claiming() {
    let chosen = |id: &str| {
        Event::Claimed(Claim {
            provider: "p".into(),
            route: String::new(),
            provider_message_id: Some(id.into()),
            charge: None,
            body: None,
            token: "token".to_owned(),
            has_next_provider: false,
        })
    };
    let id_after = |events: &[(i64, Event)]| after(message(Kind::Reply), events).provider_message_id;
    assert_eq!(id_after(&[(1, chosen("first"))]).as_deref(), Some("first"));
    // Refused for certain, so nobody will ever speak of the first.
    let refused = (2, refused(RefusalKind::Unavailable, true));
    let again = [
        (1, chosen("first")),
        refused,
        (9, Event::TimerFired),
        (10, chosen("second")),
    ];
    assert_eq!(id_after(&again).as_deref(), Some("second"));
    // It may be known under the first, so the repetition goes under the same.
    let again = [
        (1, chosen("first")),
        (2, unknown_outcome()),
        (40, Event::TimerFired),
        (41, chosen("second")),
    ];
    assert_eq!(id_after(&again).as_deref(), Some("first"));
    // What the provider answers counts more.
    assert_eq!(id_after(&[(1, chosen("first")), (2, accepted())]).as_deref(), Some("x"));
}

#[test]
fn an_unknown_outcome_keeps_its_provider() {
    let ways = [
        ("no answer", vec![(1, claimed()), (2, unknown_outcome())]),
        ("the sender died", vec![(1, claimed()), (60, Event::TimerFired)]),
    ];
    for (name, events) in ways {
        let lost = after(message(Kind::Reply), &events);
        assert_eq!(
            (lost.status, lost.held_by.as_deref()),
            (Status::Unknown, Some("p")),
            "{name}"
        );
        let due = lost.due_at.unwrap().as_second() - at(0).as_second();
        // It stays so through everything that follows.
        let later = [
            (due, Event::TimerFired),
            (due, claimed()),
            (due + 1, refused(RefusalKind::Unavailable, true)),
            (due + 100, Event::TimerFired),
        ];
        let back = after(lost, &later);
        assert_eq!(
            (back.status, back.held_by.as_deref()),
            (Status::Queued, Some("p")),
            "{name}"
        );
    }
}

#[test]
fn a_refusal_excludes_its_provider_while_it_holds() {
    use ExcludedProvider::{ForGood, ForNow};
    let over = |providers: &[(&str, ExcludedProvider)]| -> BTreeMap<String, ExcludedProvider> {
        providers
            .iter()
            .map(|(name, until)| ((*name).to_owned(), *until))
            .collect()
    };
    let busy = |provider| refused_here(provider, RefusalKind::Unavailable, true);
    let never = |provider| refused_here(provider, RefusalKind::Recipient, false);
    let last = |kind, retryable| Event::Refused {
        provider: "q".into(),
        refusal: refusal(kind, retryable),
        elsewhere: false,
    };
    let cases = [
        ("busy", vec![busy("p")], Status::Queued, over(&[("p", ForNow)])),
        ("never", vec![never("p")], Status::Queued, over(&[("p", ForGood)])),
        (
            "busy, and the other never: back to the first after a pause",
            vec![busy("p"), last(RefusalKind::Content, false)],
            Status::Scheduled,
            over(&[("q", ForGood)]),
        ),
        (
            "never, and the other busy: back to the other after a pause",
            vec![never("p"), last(RefusalKind::Unavailable, true)],
            Status::Scheduled,
            over(&[("p", ForGood)]),
        ),
        (
            "both busy",
            vec![busy("p"), last(RefusalKind::Unavailable, true)],
            Status::Scheduled,
            over(&[]),
        ),
        (
            "both never",
            vec![never("p"), last(RefusalKind::Content, false)],
            Status::Failed,
            over(&[("p", ForGood)]),
        ),
    ];
    for (name, refusals, status, expected) in cases {
        let mut events = Vec::new();
        for refused in refusals {
            events.extend([(1, claimed()), (2, refused)]);
        }
        let message = after(message(Kind::Reply), &events);
        assert_eq!(
            (message.status, &message.excluded_providers),
            (status, &expected),
            "{name}"
        );
    }
}

#[test]
fn a_requested_pause_is_kept() {
    let busy_for = |seconds: Option<i64>| Event::Refused {
        provider: "p".into(),
        refusal: Refusal {
            not_before: seconds.map(SignedDuration::from_secs),
            ..refusal(RefusalKind::Unavailable, true)
        },
        elsewhere: false,
    };
    // Our own first pause is four seconds.
    for (asked, pause) in [(None, 4), (Some(1), 4), (Some(60), 60), (Some(3000), 3000)] {
        let waiting = after(message(Kind::Reply), &[(1, claimed()), (2, busy_for(asked))]);
        assert_eq!(
            (waiting.status, waiting.due_at),
            (Status::Scheduled, Some(at(2 + pause))),
            "{asked:?}"
        );
    }
    let waiting = after(message(Kind::Reply), &[(1, claimed()), (2, busy_for(Some(3600)))]);
    assert_eq!(
        (waiting.status, waiting.reason.as_deref()),
        (Status::Expired, Some("unavailable"))
    );
}

#[test]
fn waiting_says_why_and_costs_no_attempt() {
    for (reason, word) in [(Postponement::Pace, "pace"), (Postponement::Settings, "settings")] {
        let event = Event::Postponed {
            reason,
            until: at(60),
            quiet: SignedDuration::ZERO,
        };
        let waiting = after(message(Kind::Reply), &[(1, event)]);
        assert_eq!(
            (
                waiting.status,
                waiting.reason.as_deref(),
                waiting.due_at,
                waiting.attempt
            ),
            (Status::Scheduled, Some(word), Some(at(60)), 0)
        );
    }
}

#[test]
fn each_suppression_has_its_own_word() {
    let suppressions = [
        (Suppression::OptedOut, "opted-out"),
        (Suppression::NoRecipient, "no-recipient"),
        (Suppression::NoDevice, "no-device"),
        (Suppression::NoProvider, "no-provider"),
        (Suppression::ProviderDisabled, "provider-disabled"),
        (Suppression::NoOrganisation, "no-organisation"),
        (Suppression::TextingOff, "texting-off"),
        (Suppression::KindOff, "kind-off"),
        (Suppression::KindOffByPerson, "kind-off-by-person"),
        (Suppression::NoLongerTrue, "no-longer-true"),
        (Suppression::Budget, "budget"),
    ];
    for (suppression, word) in suppressions {
        let ended = after(message(Kind::Reply), &[(1, Event::Suppressed(suppression))]);
        assert_eq!(
            (ended.status, ended.reason.as_deref(), ended.due_at),
            (Status::Suppressed, Some(word), None)
        );
    }
}

#[test]
fn a_follow_up_says_how_it_ended() {
    let with_follow_up = message(Kind::CallBack)
        .leaving_from("+12025550100")
        .of_organisation(Some("north".into()))
        .answering_through(Some("skyline".into()))
        .followed_up_by(FollowUp {
            accepted: "yes".into(),
            failed: "no".into(),
        });
    let sending = after(with_follow_up, &[(1, claimed())]);
    let follow_up = |event: Event| transition(&sending, &event, at(2), 0.0).unwrap().follow_up;
    let promised = follow_up(accepted()).unwrap();
    assert_eq!(
        (promised.body.as_str(), promised.from.as_deref()),
        ("yes", Some("+12025550100"))
    );
    assert_eq!(
        (promised.organisation.as_deref(), promised.via.as_deref()),
        (Some("north"), Some("skyline"))
    );
    assert_eq!(
        follow_up(refused(RefusalKind::Configuration, false)).unwrap().body,
        "no"
    );
    assert_eq!(follow_up(refused(RefusalKind::Unavailable, true)), None);
    assert_eq!(follow_up(refused_here("p", RefusalKind::Configuration, false)), None);
    assert_eq!(follow_up(unknown_outcome()), None);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(claimed()),
        Just(Event::Suppressed(Suppression::OptedOut)),
        Just(accepted()),
        Just(refused(RefusalKind::Unavailable, true)),
        Just(refused(RefusalKind::Content, false)),
        Just(refused(RefusalKind::Throttled, true)),
        Just(refused(RefusalKind::Quota, false)),
        Just(refused_here("q", RefusalKind::Identity, false)),
        Just(unknown_outcome()),
        Just(Event::TimerFired),
        Just(Event::Cancelled),
        Just(Event::Released),
        (0..20_000_i64).prop_map(|due_at| Event::Rescheduled(rewording("other", due_at))),
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
    fn no_late_claims_and_no_delivery_undone(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        kept in prop::option::of(0..48_i64),
        events in prop::collection::vec((0..2000_i64, any_event()), 0..40),
    ) {
        let mut message = kept.map_or_else(|| message(kind), |hours| self::kept(kind, hours));
        let mut now = 0;
        let mut not_known_before = false;
        for (elapsed, event) in events {
            now += elapsed;
            let before = message.clone();
            let Some(change) = transition(&message, &event, at(now), 0.5) else { continue };
            message = change.next;
            if message.status == Status::Sending && before.status != Status::Sending {
                prop_assert!(at(now) < message.expires_at);
                prop_assert!(kind.policy().repeat || !not_known_before, "repeated what may not be repeated");
                prop_assert!(message.attempt <= kind.policy().attempts);
            }
            not_known_before |= message.status == Status::Unknown;
            prop_assert!(before.held_by.is_none() || message.held_by == before.held_by, "let go of");
            prop_assert!(before.status != Status::Delivered || message.status == Status::Delivered);
            let is_spared = matches!(&event, Event::Refused { refusal, .. } if refusal.kind.spares_the_message());
            prop_assert!(before.attempt <= message.attempt + u32::from(is_spared));
            prop_assert_eq!(message.version, before.version + 1);
            let waits = matches!(message.status, Status::Scheduled | Status::Queued | Status::Sending);
            prop_assert!(!waits || message.due_at.is_some(), "{:?} waits for nothing", message.status);
            prop_assert!(!waits || !message.body.is_empty(), "{:?} and has nothing to say", message.status);
        }
    }
}

fn waiting(kind: Kind) -> Message {
    message(kind).scheduled_for(at(3600))
}

fn rewording(body: &str, due_at: i64) -> Rewording {
    Rewording {
        to: waiting(Kind::SequenceStep).to,
        body: body.into(),
        subject: None,
        due_at: at(due_at),
        expires_at: at(due_at + 60),
    }
}

#[test]
fn waiting_messages_can_be_changed() {
    let step = || waiting(Kind::SequenceStep);
    let moved = |events: &[(i64, Event)]| {
        let message = after(step(), events);
        (message.status, message.due_at, message.body)
    };
    let text = || "text".to_owned();
    let cancelled = (1, Event::Cancelled);
    let other = (2, Event::Rescheduled(rewording("other", 7200)));
    let cases = [
        (vec![cancelled.clone()], (Status::Cancelled, None, text())),
        (vec![(1, Event::Released)], (Status::Queued, Some(at(0)), text())),
        (vec![other.clone()], (Status::Scheduled, Some(at(7200)), "other".into())),
        (
            vec![cancelled.clone(), other.clone()],
            (Status::Scheduled, Some(at(7200)), "other".into()),
        ),
        // Nothing is released that was cancelled.
        (vec![cancelled, (2, Event::Released)], (Status::Cancelled, None, text())),
    ];
    for (events, expected) in cases {
        assert_eq!(moved(&events), expected, "{events:?}");
    }
}

#[test]
fn handed_over_messages_cannot_be_changed() {
    let retried = [
        (1, Event::Released),
        (2, claimed()),
        (3, refused(RefusalKind::Unavailable, true)),
    ];
    let message = after(waiting(Kind::SequenceStep), &retried);
    assert_eq!((message.status, message.attempt), (Status::Scheduled, 1));
    assert_eq!(
        transition(&message, &Event::Rescheduled(rewording("other", 7200)), at(9), 0.0),
        None
    );
    assert_eq!(transition(&message, &Event::Released, at(9), 0.0), None);
    // Nobody has it, so it can still be cancelled.
    let cancelled = transition(&message, &Event::Cancelled, at(9), 0.0).unwrap();
    assert_eq!(cancelled.next.status, Status::Cancelled);
    let sending = after(waiting(Kind::SequenceStep), &[(1, Event::Released), (2, claimed())]);
    assert_eq!(transition(&sending, &Event::Cancelled, at(9), 0.0), None);
}

#[test]
fn what_says_nothing_new_is_not_told_otherwise() {
    let message = Message {
        expires_at: at(3660),
        ..waiting(Kind::SequenceStep)
    };
    assert_eq!(
        transition(&message, &Event::Rescheduled(rewording("text", 3600)), at(1), 0.0),
        None
    );
}

#[test]
fn postponed_messages_fire_in_the_morning() {
    let until = at(8 * 3600);
    let quiet = Event::Postponed {
        reason: Postponement::QuietHours,
        until,
        quiet: SignedDuration::from_hours(7),
    };
    let asleep = after(message(Kind::BillIssued), &[(1, quiet)]);
    assert_eq!((asleep.status, asleep.due_at), (Status::Scheduled, Some(until)));
    assert_eq!(asleep.reason.as_deref(), Some("quiet-hours"));
    let awake = after(asleep, &[(8 * 3600, Event::TimerFired)]);
    assert_eq!((awake.status, awake.reason), (Status::Queued, None));
}

#[test]
fn k27_lifetimes_exclude_quiet_hours() {
    const HOUR: i64 = 3600;
    let waits = |from: i64, until: i64| Event::Postponed {
        reason: Postponement::QuietHours,
        until: at(until * HOUR),
        quiet: SignedDuration::from_hours(until - from),
    };
    for hours in [1, 10, 12, 15, 23, 40] {
        let asleep = after(message(Kind::Announcement), &[(0, waits(0, hours))]);
        assert_eq!(asleep.status, Status::Scheduled, "{hours} hours");
        assert_eq!(asleep.expires_at, at((hours + 12) * HOUR), "{hours} hours");
        let awake = after(asleep, &[(hours * HOUR, Event::TimerFired)]);
        assert_eq!(awake.status, Status::Queued, "{hours} hours");
        let late = after(awake, &[((hours + 12) * HOUR, claimed())]);
        assert_eq!(late.status, Status::Expired, "{hours} hours");
    }
    // What has a time after which it is of no use is of no use after that.
    let bounded = message(Kind::ShiftReminder).of_use_until(at(20 * HOUR));
    for (until, expected) in [(19, Status::Scheduled), (20, Status::Expired), (30, Status::Expired)] {
        let waiting = after(bounded.clone(), &[(0, waits(0, until))]);
        assert_eq!(waiting.status, expected, "until {until}");
        assert_eq!(waiting.expires_at, at(20 * HOUR));
    }
    // It is quiet at all hours.
    let never = Event::Postponed {
        reason: Postponement::QuietHours,
        until: Timestamp::MAX,
        quiet: Timestamp::MAX.duration_since(at(0)),
    };
    assert_eq!(
        after(message(Kind::Announcement), &[(0, never)]).status,
        Status::Expired
    );
}

/// A message whose organisation keeps bodies for this many hours.
fn kept(kind: Kind, hours: i64) -> Message {
    Message {
        retention: Some(Retention {
            body: SignedDuration::from_hours(hours),
            row: SignedDuration::from_hours(9999),
        }),
        ..message(kind)
    }
}

#[test]
fn words_are_kept_for_their_retention() {
    const HOUR: i64 = 3600;
    let delivered = || receipt(ReceiptOutcome::Delivered, true);
    let sent = || vec![(1, claimed()), (2, accepted())];
    let reported = || [sent(), vec![(3, delivered())]].concat();
    let fired = |events: Vec<(i64, Event)>, at| [events, vec![(at, Event::TimerFired)]].concat();
    let suppressed = vec![(1, Event::Suppressed(Suppression::OptedOut))];
    let cases = [
        (kept(Kind::BillIssued, 0), sent(), true),
        (kept(Kind::BillIssued, 0), reported(), false),
        (kept(Kind::BillIssued, 0), fired(sent(), 80 * HOUR), false),
        (kept(Kind::BillIssued, 0), suppressed.clone(), false),
        (kept(Kind::BillIssued, 48), reported(), true),
        (kept(Kind::BillIssued, 48), suppressed.clone(), true),
        (kept(Kind::BillIssued, 48), fired(reported(), 47 * HOUR), true),
        (kept(Kind::BillIssued, 48), fired(reported(), 48 * HOUR), false),
        (kept(Kind::BillIssued, 48), fired(suppressed, 48 * HOUR), false),
        (kept(Kind::BillIssued, 96), fired(sent(), 80 * HOUR), true),
        (kept(Kind::OneTimeCode, 48), vec![(1, claimed())], true),
        (kept(Kind::OneTimeCode, 48), sent(), false),
        (message(Kind::OneTimeCode), sent(), false),
        (message(Kind::BillIssued), reported(), true),
    ];
    for (message, events, expected) in cases {
        let ended = after(message.clone(), &events);
        assert_eq!(!ended.body.is_empty(), expected, "{:?} {events:?}", message.kind);
        // A message with a body to be removed has a timer for it, and no other timer goes on for ever.
        let waits = !ended.body.is_empty() && ended.retention.is_some();
        let later = after(
            ended.clone(),
            &[(400 * HOUR, Event::TimerFired), (800 * HOUR, Event::TimerFired)],
        );
        assert!(!waits || ended.due_at.is_some(), "{events:?}");
        assert_eq!(later.body.is_empty(), waits || !expected, "{events:?}");
    }
}

#[test]
fn a_retryable_code_keeps_its_words() {
    let unknown = after(kept(Kind::OneTimeCode, 0), &[(1, claimed()), (2, unknown_outcome())]);
    assert_eq!((unknown.status, unknown.body.as_str()), (Status::Unknown, "text"));
}

#[test]
fn what_nobody_has_is_not_paid_for() {
    let charge = Charge {
        month: Month::from_text("2026-11").unwrap(),
        segments: 2,
    };
    let paid = || {
        Event::Claimed(Claim {
            provider: "p".into(),
            route: String::new(),
            provider_message_id: None,
            charge: Some(charge),
            body: None,
            token: "token".to_owned(),
            has_next_provider: false,
        })
    };
    let throttled = || refused(RefusalKind::Unavailable, true);
    let cases = [
        (vec![(1, paid())], Some(charge)),
        (vec![(1, paid()), (2, accepted())], Some(charge)),
        (vec![(1, paid()), (2, unknown_outcome())], Some(charge)),
        (vec![(1, paid()), (2, throttled())], Some(charge)),
        (vec![(1, paid()), (2, refused(RefusalKind::Recipient, false))], None),
        (vec![(1, paid()), (2, throttled()), (3, Event::Cancelled)], None),
        (
            vec![(1, paid()), (2, throttled()), (25 * 3600, Event::TimerFired)],
            None,
        ),
    ];
    for (events, expected) in cases {
        assert_eq!(after(message(Kind::BillIssued), &events).charge, expected, "{events:?}");
    }
    // What was paid for once is not paid for again.
    let prepaid = Message {
        charge: Some(Charge { segments: 9, ..charge }),
        ..message(Kind::BillIssued)
    };
    let claimed = after(prepaid, &[(1, paid())]);
    assert_eq!(claimed.charge.map(|charge| charge.segments), Some(9));
}

/// Handed over while another provider was left.
fn claimed_with_a_next(provider: &str) -> Event {
    match claimed_by(provider) {
        Event::Claimed(claim) => Event::Claimed(Claim {
            has_next_provider: true,
            ..claim
        }),
        event => event,
    }
}

fn accepted_by(provider: &str) -> Event {
    Event::Accepted {
        provider: provider.into(),
        provider_message_id: Some("x".into()),
        receipts: true,
    }
}

fn reported(provider: &str, outcome: ReceiptOutcome, meaning: Option<ReceiptMeaning>) -> Event {
    match receipt(outcome, true) {
        Event::Receipt(receipt) => Event::Receipt(Receipt {
            provider: provider.into(),
            meaning,
            ..receipt
        }),
        event => event,
    }
}

fn failed(meaning: Option<ReceiptMeaning>) -> Event {
    reported("p", ReceiptOutcome::Undelivered, meaning)
}

#[test]
fn k49_undelivered_messages_are_queued_again() {
    use Kind::{Announcement, AppointmentConfirmation, OneTimeCode, OptOutConfirmation, Reply};
    use ReceiptMeaning::{Blocked, NotSent, NumberDead, OptedOut, Unreachable};
    use Status::{Delivered, Queued, Undelivered};
    let taken = || vec![(1, claimed_with_a_next("p")), (2, accepted_by("p"))];
    for (kind, second, meaning, expected) in [
        (Reply, 3, None, Queued),
        (Reply, 3, Some(Unreachable), Queued),
        (Reply, 3, Some(NotSent), Queued),
        (Reply, 3599, None, Queued),
        // Its life is over.
        (Reply, 3600, None, Undelivered),
        // The person or the number is the reason.
        (Reply, 3, Some(OptedOut), Undelivered),
        (Reply, 3, Some(NumberDead), Undelivered),
        (Reply, 3, Some(Blocked), Undelivered),
        (OneTimeCode, 3, None, Queued),
        (OneTimeCode, 300, None, Undelivered),
        (OptOutConfirmation, 3, None, Undelivered),
        (OptOutConfirmation, 3, Some(NotSent), Queued),
        (Announcement, 3, None, Undelivered),
        (Announcement, 3, Some(Unreachable), Undelivered),
        (Announcement, 3, Some(Blocked), Undelivered),
        (Announcement, 3, Some(NotSent), Queued),
        (AppointmentConfirmation, 3, None, Undelivered),
        (AppointmentConfirmation, 3, Some(NotSent), Queued),
    ] {
        let events = [taken(), vec![(second, failed(meaning))]].concat();
        let moved = after(message(kind), &events);
        assert_eq!(moved.status, expected, "{kind:?} {meaning:?} at {second}");
        assert_eq!(moved.excluded_providers.contains_key("p"), expected == Queued);
        assert_eq!(moved.body.is_empty(), kind == OneTimeCode && expected == Undelivered);
    }
    // It is noted, and what the first provider says late changes nothing unless the text did arrive.
    let sent = after(message(Reply), &taken());
    let change = transition(&sent, &failed(None), at(3), 0.0).unwrap();
    let attempt = change.attempted.clone().unwrap();
    assert_eq!(
        (
            attempt.provider.as_str(),
            attempt.outcome.as_str(),
            attempt.detail.as_deref()
        ),
        ("p", "undelivered", Some("CODE"))
    );
    let queued = change.next;
    for (late, expected) in [
        (failed(None), Queued),
        (reported("p", ReceiptOutcome::Accepted, None), Queued),
        (reported("p", ReceiptOutcome::InProgress, None), Queued),
        (reported("p", ReceiptOutcome::NoReport, None), Queued),
        (failed(Some(OptedOut)), Undelivered),
        (reported("p", ReceiptOutcome::Delivered, None), Delivered),
    ] {
        assert_eq!(after(queued.clone(), &[(4, late.clone())]).status, expected, "{late:?}");
    }
    // With nobody left it ends as what it is, and is paid for.
    for last in [
        vec![
            (5, claimed_by("q")),
            (6, accepted_by("q")),
            (7, reported("q", ReceiptOutcome::Undelivered, None)),
        ],
        vec![(5, claimed_by("q")), (6, refused(RefusalKind::Content, false))],
        vec![(4000, Event::TimerFired)],
    ] {
        let ended = after(queued.clone(), &last);
        assert_eq!(ended.status, Undelivered, "{last:?}");
    }
    // With nobody left from the beginning.
    let alone = vec![(1, claimed()), (2, accepted()), (3, failed(None))];
    assert_eq!(after(message(Reply), &alone).status, Undelivered);
}

#[test]
fn k49_a_code_keeps_words_for_failover() {
    let sent = after(
        message(Kind::OneTimeCode),
        &[(1, claimed_with_a_next("p")), (2, accepted_by("p"))],
    );
    assert_eq!((sent.body.as_str(), sent.due_at), ("text", Some(at(300))));
    let delivered = reported("p", ReceiptOutcome::Delivered, None);
    for event in [(3, delivered), (300, Event::TimerFired)] {
        assert_eq!(after(sent.clone(), &[event]).body, "");
    }
}

#[test]
fn k39_k48_contact_notes_accompany_the_change() {
    use ReceiptMeaning::{Blocked, NotSent, NumberDead, OptedOut, Unreachable};
    let opted_out = |second: i64| {
        Some(ContactNote::OptedOut(OptOut {
            at: at(second),
            words: "on the opt-out list of p".to_owned(),
        }))
    };
    let number = |reason| Some(ContactNote::Failed { at: at(3), reason });
    let sent = after(message(Kind::Reply), &[(1, claimed()), (2, accepted())]);
    for (meaning, expected) in [
        (Some(OptedOut), opted_out(3)),
        (Some(NumberDead), number(NumberDead)),
        (Some(Blocked), number(Blocked)),
        (Some(Unreachable), None),
        (Some(NotSent), None),
        (None, None),
    ] {
        let change = transition(&sent, &failed(meaning), at(3), 0.0).unwrap();
        assert_eq!(change.contact, expected, "{meaning:?}");
        // The same receipt again says nothing.
        assert_eq!(transition(&change.next, &failed(meaning), at(4), 0.0), None);
        // A text on the phone says nothing of the number.
        let delivered = transition(&sent, &reported("p", ReceiptOutcome::Delivered, meaning), at(3), 0.0);
        assert_eq!(delivered.unwrap().contact, None);
    }
    let sending = after(message(Kind::Reply), &[(1, claimed())]);
    for (message, kind, expected) in [
        (&sending, RefusalKind::OptedOut, opted_out(2)),
        (&sending, RefusalKind::Recipient, None),
        (&sending, RefusalKind::Unavailable, None),
        // Its receipt came first.
        (&sent, RefusalKind::OptedOut, opted_out(2)),
    ] {
        let change = transition(message, &refused(kind, false), at(2), 0.0).unwrap();
        assert_eq!(change.contact, expected, "{kind:?}");
    }
}

fn anything_at(provider: &'static str) -> impl Strategy<Value = Event> {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, NoReport, Undelivered};
    let outcomes = prop::sample::select(vec![
        Accepted,
        Delivered,
        InProgress,
        NoReport,
        Undelivered,
        Undelivered,
    ]);
    let meanings = prop::option::of(prop::sample::select(ReceiptMeaning::ALL.to_vec()));
    prop_oneof![
        Just(claimed_with_a_next(provider)),
        Just(claimed_by(provider)),
        Just(accepted_by(provider)),
        Just(refused_here(provider, RefusalKind::Unavailable, true)),
        Just(Event::Unknown {
            provider: provider.into(),
            detail: "timed out".into()
        }),
        Just(Event::TimerFired),
        (outcomes, meanings).prop_map(move |(outcome, meaning)| reported(provider, outcome, meaning)),
    ]
}

proptest! {
    /// Claims are made as the sender makes them, and receipts are those of the provider that has the message.
    #[test]
    fn k49_possibly_delivered_messages_stay_put(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        events in prop::collection::vec((0..400_i64, prop_oneof![anything_at("p"), anything_at("q")]), 0..30),
    ) {
        let mut message = message(kind);
        let mut now = 0;
        let mut may_have_it = BTreeSet::new();
        for (elapsed, event) in events {
            now += elapsed;
            let possible = match &event {
                Event::Claimed(claim) => routing::is_left(&message, &claim.provider),
                Event::Receipt(receipt) => message.provider.as_ref() == Some(&receipt.provider),
                Event::Accepted { provider, .. } | Event::Refused { provider, .. } | Event::Unknown { provider, .. } => {
                    message.status == Status::Sending && message.provider.as_ref() == Some(provider)
                }
                _ => true,
            };
            let Some(change) = possible.then(|| transition(&message, &event, at(now), 0.5)).flatten() else { continue };
            let before = std::mem::replace(&mut message, change.next);
            match &event {
                Event::Receipt(receipt) if message.status == Status::Queued => {
                    prop_assert!(at(now) < message.expires_at);
                    prop_assert!(!receipt.meaning.is_some_and(ReceiptMeaning::concerns_the_person));
                    prop_assert!(before.has_next_provider && message.excluded_providers.contains_key(&receipt.provider));
                    if receipt.meaning == Some(ReceiptMeaning::NotSent) {
                        may_have_it.remove(&receipt.provider);
                    }
                }
                _ if matches!(message.status, Status::Sent | Status::Unknown | Status::Delivered) => {
                    may_have_it.extend(message.provider.clone());
                }
                _ => {}
            }
            prop_assert!(kind.policy().repeat || may_have_it.len() <= 1, "two providers may have it");
        }
    }
}
