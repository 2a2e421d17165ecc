//! The organisations' use of their budgets.

use domain::budget::{Charge, Month};
use domain::message::{Cause, Change, Event, Kind, Message, Refusal, RefusalKind, Status, Suppression, transition};
use domain::organisation::DEFAULT_ORGANISATION;
use futures_util::future::join_all;

use super::{Bench, at, person};
use crate::port::{Applied, CHARGED_AT_ONCE, ChargedWrite, Reservation, Reserving};

const ORGANISATION: &str = "org-1";

fn month(text: &str) -> Month {
    Month::from_text(text).unwrap()
}

fn november() -> Month {
    month("2026-11")
}

fn charge(segments: u32) -> Option<Charge> {
    Some(Charge {
        month: november(),
        segments,
    })
}

fn message(number: u32) -> Message {
    let cause = Cause::Announcement {
        campaign_id: "c1",
        phone: &person(number),
    };
    Message::queued(
        &cause,
        Kind::Announcement,
        Some(person(number)),
        "Snow!".to_owned(),
        at(0),
    )
    .of_campaign("c1")
    .of_organisation(Some(ORGANISATION.to_owned()))
}

fn charged(number: u32, segments: u32) -> Message {
    Message {
        charge: charge(segments),
        ..message(number)
    }
}

async fn used(bench: &dyn Bench) -> u64 {
    bench.budgets().used(ORGANISATION, november()).await.unwrap()
}

fn claim(message: &Message, segments: u32, allowance: u64) -> Change {
    let claimed = Event::Claimed(domain::message::Claim {
        provider: "p".to_owned(),
        route: "p: the only one".to_owned(),
        provider_message_id: None,
        charge: charge(segments),
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    });
    Change {
        allowance: Some(allowance),
        ..transition(message, &claimed, at(1), 0.0).unwrap()
    }
}

/// Claims a message as it stands.
async fn claimed(bench: &dyn Bench, message: &Message, segments: u32, allowance: u64) -> Applied {
    let row = stored(bench, message).await;
    let claim = claim(&row, segments, allowance);
    bench.outbox().apply(&row, &claim).await.unwrap()
}

async fn stored(bench: &dyn Bench, message: &Message) -> Message {
    bench.outbox().get(&message.id).await.unwrap().unwrap()
}

async fn happened(bench: &dyn Bench, message: &Message, event: &Event, second: i64) -> Message {
    let row = stored(bench, message).await;
    let change = transition(&row, event, at(second), 0.0).unwrap();
    assert_eq!(bench.outbox().apply(&row, &change).await.unwrap(), Applied::Written);
    stored(bench, message).await
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

pub(super) async fn a_claim_takes_what_it_is_charged(bench: &dyn Bench) {
    assert_eq!(used(bench).await, 0);
    let (one, two) = (message(1), message(2));
    bench.outbox().put_new(vec![one.clone(), two.clone()]).await.unwrap();
    assert_eq!(claimed(bench, &one, 2, 5).await, Applied::Written);
    let row = stored(bench, &one).await;
    assert_eq!((row.status, row.charge), (Status::Sending, charge(2)));
    assert_eq!(claimed(bench, &two, 3, 5).await, Applied::Written);
    assert_eq!(used(bench).await, 5);
    let elsewhere = [(ORGANISATION, month("2026-12")), (DEFAULT_ORGANISATION, november())];
    for (organisation, month) in elsewhere {
        assert_eq!(bench.budgets().used(organisation, month).await.unwrap(), 0);
    }
}

pub(super) async fn what_names_no_organisation_is_the_stacks_own(bench: &dyn Bench) {
    let message = Message {
        organisation: None,
        ..message(1)
    };
    bench.outbox().put_new(vec![message.clone()]).await.unwrap();
    assert_eq!(claimed(bench, &message, 2, 5).await, Applied::Written);
    assert_eq!(bench.budgets().used(DEFAULT_ORGANISATION, november()).await.unwrap(), 2);
}

pub(super) async fn a_claim_beyond_its_allowance_is_not_written(bench: &dyn Bench) {
    for (number, segments, allowance, expected) in [
        (1, 6, 5, Applied::OverBudget),
        (2, 3, 5, Applied::Written),
        (3, 3, 5, Applied::OverBudget),
        (4, 2, 5, Applied::Written),
        (5, 1, 5, Applied::OverBudget),
        // Who may use the reserve goes further.
        (6, 1, 6, Applied::Written),
    ] {
        let message = message(number);
        bench.outbox().put_new(vec![message.clone()]).await.unwrap();
        assert_eq!(
            claimed(bench, &message, segments, allowance).await,
            expected,
            "{number}"
        );
        let row = stored(bench, &message).await;
        let written = expected == Applied::Written;
        assert_eq!(row.status == Status::Sending, written, "{number}");
        assert_eq!(row.charge, charge(segments).filter(|_| written), "{number}");
    }
    assert_eq!(used(bench).await, 6);
}

pub(super) async fn what_moved_on_takes_nothing(bench: &dyn Bench) {
    let message = message(1);
    bench.outbox().put_new(vec![message.clone()]).await.unwrap();
    assert_eq!(claimed(bench, &message, 2, 9).await, Applied::Written);
    let again = claim(&message, 2, 9);
    assert_eq!(bench.outbox().apply(&message, &again).await.unwrap(), Applied::Stale);
    assert_eq!(used(bench).await, 2);
}

pub(super) async fn what_is_tried_again_is_charged_once(bench: &dyn Bench) {
    let message = message(1);
    bench.outbox().put_new(vec![message.clone()]).await.unwrap();
    claimed(bench, &message, 2, 9).await;
    let waiting = happened(bench, &message, &refused(RefusalKind::Unavailable, true), 2).await;
    assert_eq!((waiting.status, waiting.charge), (Status::Scheduled, charge(2)));
    happened(bench, &message, &Event::TimerFired, 600).await;
    assert_eq!(claimed(bench, &message, 2, 9).await, Applied::Written);
    let lost = Event::Unknown {
        provider: "p".to_owned(),
        detail: "no answer".to_owned(),
    };
    let unknown = happened(bench, &message, &lost, 601).await;
    assert_eq!((unknown.status, unknown.charge), (Status::Unknown, charge(2)));
    assert_eq!(used(bench).await, 2);
}

pub(super) async fn what_ends_unsent_is_given_back(bench: &dyn Bench) {
    for (number, ended, expected) in [
        (1, refused(RefusalKind::Content, false), Status::Failed),
        (2, refused(RefusalKind::OptedOut, false), Status::Suppressed),
    ] {
        let message = message(number);
        bench.outbox().put_new(vec![message.clone()]).await.unwrap();
        claimed(bench, &message, 2, 9).await;
        assert_eq!(used(bench).await, 2);
        let row = happened(bench, &message, &ended, 2).await;
        assert_eq!((row.status, row.charge), (expected, None));
        assert_eq!(used(bench).await, 0, "{expected:?}");
    }
}

pub(super) async fn those_who_claim_at_once_get_no_more_than_there_is(bench: &dyn Bench) {
    let messages: Vec<Message> = (1..=20).map(message).collect();
    bench.outbox().put_new(messages.clone()).await.unwrap();
    let claims = messages.iter().map(|message| claimed(bench, message, 2, 15));
    let applied = join_all(claims).await;
    let count = |which| applied.iter().filter(|it| **it == which).count();
    assert_eq!((count(Applied::Written), count(Applied::OverBudget)), (7, 13));
    assert_eq!(used(bench).await, 14);
}

fn reservation(left: u64) -> Reservation {
    Reservation {
        organisation: ORGANISATION.to_owned(),
        month: november(),
        left,
    }
}

async fn reserve(bench: &dyn Bench, campaign_id: &str, segments: u64, allowance: u64) -> Reserving {
    let reservation = reservation(segments);
    bench
        .budgets()
        .reserve(campaign_id, &reservation, allowance)
        .await
        .unwrap()
}

async fn left(bench: &dyn Bench) -> Option<u64> {
    let reservation = bench.budgets().reservation("c1").await.unwrap();
    reservation.map(|reservation| reservation.left)
}

pub(super) async fn a_campaign_reserves_once_and_within_what_is_allowed(bench: &dyn Bench) {
    assert_eq!(bench.budgets().reservation("c1").await.unwrap(), None);
    for (campaign_id, segments, expected) in [
        ("c1", 11, Reserving::OverBudget),
        ("c1", 6, Reserving::Reserved),
        ("c1", 6, Reserving::ReservedBefore),
        ("c2", 5, Reserving::OverBudget),
        ("c2", 4, Reserving::Reserved),
        ("c3", 1, Reserving::OverBudget),
    ] {
        let reserved = reserve(bench, campaign_id, segments, 10).await;
        assert_eq!(reserved, expected, "{campaign_id} {segments}");
    }
    assert_eq!(used(bench).await, 10);
    assert_eq!(bench.budgets().reservation("c1").await.unwrap(), Some(reservation(6)));
    assert_eq!(bench.budgets().reservation("c3").await.unwrap(), None);
}

pub(super) async fn campaigns_at_once_reserve_no_more_than_there_is(bench: &dyn Bench) {
    let ids: Vec<String> = (0..12).map(|number| format!("c{number}")).collect();
    let reserved = join_all(ids.iter().map(|id| reserve(bench, id, 3, 20))).await;
    let count = |which| reserved.iter().filter(|it| **it == which).count();
    assert_eq!((count(Reserving::Reserved), count(Reserving::OverBudget)), (6, 6));
    assert_eq!(used(bench).await, 18);
}

pub(super) async fn messages_are_made_with_their_part_of_it(bench: &dyn Bench) {
    reserve(bench, "c1", 7, 10).await;
    let draw = |messages: Vec<Message>| bench.budgets().write_charged("c1", messages);
    assert_eq!(
        draw(vec![charged(1, 2), charged(2, 1)]).await.unwrap(),
        ChargedWrite::Written
    );
    assert_eq!(stored(bench, &message(1)).await, charged(1, 2));
    assert_eq!(left(bench).await, Some(4));
    let present = draw(vec![charged(3, 1), charged(2, 1), charged(1, 2)]).await.unwrap();
    assert_eq!(present, ChargedWrite::Present(vec![charged(2, 1).id, charged(1, 2).id]));
    let too_many = draw(vec![charged(3, 4), charged(4, 1)]).await.unwrap();
    assert_eq!(too_many, ChargedWrite::TooLittleLeft);
    assert_eq!(bench.outbox().get(&message(3).id).await.unwrap(), None);
    assert_eq!(draw(vec![charged(3, 4)]).await.unwrap(), ChargedWrite::Written);
    assert_eq!((left(bench).await, used(bench).await), (Some(0), 7));
    let nothing_reserved = bench.budgets().write_charged("c2", vec![charged(5, 1)]).await.unwrap();
    assert_eq!(nothing_reserved, ChargedWrite::TooLittleLeft);
}

pub(super) async fn as_many_messages_as_are_allowed_are_made_at_once(bench: &dyn Bench) {
    reserve(bench, "c1", 300, 300).await;
    let page = |first: u32| {
        (first..)
            .take(CHARGED_AT_ONCE)
            .map(|number| charged(number, 1))
            .collect()
    };
    let written = join_all([1, 1001, 2001].map(|first| bench.budgets().write_charged("c1", page(first)))).await;
    for write in written {
        assert_eq!(write.unwrap(), ChargedWrite::Written);
    }
    assert_eq!(left(bench).await, Some(3));
}

pub(super) async fn a_message_of_a_campaign_is_not_charged_again(bench: &dyn Bench) {
    reserve(bench, "c1", 7, 7).await;
    bench
        .budgets()
        .write_charged("c1", vec![charged(1, 2), charged(2, 2)])
        .await
        .unwrap();
    // Nothing is left for anybody else, and this one has its part.
    assert_eq!(claimed(bench, &message(1), 2, 7).await, Applied::Written);
    assert_eq!(used(bench).await, 7);
    let called_off = Event::Suppressed(Suppression::OptedOut);
    let row = happened(bench, &message(2), &called_off, 2).await;
    assert_eq!((row.charge, used(bench).await, left(bench).await), (None, 5, Some(3)));
}

pub(super) async fn what_is_left_is_given_back_once(bench: &dyn Bench) {
    bench.budgets().settle("c1").await.unwrap();
    reserve(bench, "c1", 7, 10).await;
    bench.budgets().write_charged("c1", vec![charged(1, 2)]).await.unwrap();
    let settled = join_all((0..4).map(|_| bench.budgets().settle("c1"))).await;
    assert!(settled.into_iter().all(|settled| settled.is_ok()));
    assert_eq!((left(bench).await, used(bench).await), (Some(0), 2));
    assert_eq!(reserve(bench, "c1", 1, 10).await, Reserving::ReservedBefore);
}
