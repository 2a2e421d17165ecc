//! Nothing but *live* reaches the people that messages are for.

use std::sync::Arc;

use domain::message::{Channel, Kind, Message};
use domain::phone_number::PhoneNumber;

use super::{BODY, Bench, Remote, Stop, TEST_NUMBERS, ensure, ensure_accepted, ensure_nothing_left, numbered, place};
use crate::contract::{Outcome, Provider};
use crate::delivery_mode::{Delivering, DeliveryMode};

pub(super) async fn log(bench: &dyn Bench) -> Result<(), Stop> {
    for outcome in sent_in(DeliveryMode::Log, bench).await? {
        ensure_accepted(&outcome)?;
    }
    ensure_nothing_left(bench)
}

pub(super) async fn redirect(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let number = TEST_NUMBERS[place(provider.as_ref())?];
    let mode = DeliveryMode::Redirect(PhoneNumber::parse(number)?);
    let outcomes = sent_in(mode, bench).await?;
    if matches!(
        provider.capabilities().channel,
        Channel::Push | Channel::PinpointCampaign
    ) {
        let refused = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_)));
        ensure(refused, || format!("{outcomes:?}"))?;
        return ensure_nothing_left(bench);
    }
    for outcome in &outcomes {
        ensure_accepted(outcome)?;
    }
    let arrivals = bench.calls().concat();
    let redirected = arrivals.iter().all(|arrival| arrival.to.as_deref() == Some(number));
    ensure(redirected && arrivals.len() >= outcomes.len(), || {
        let people: Vec<_> = arrivals.iter().map(|arrival| arrival.to.as_deref()).collect();
        format!("{} messages arrived for {people:?}", outcomes.len())
    })
}

pub(super) async fn sandbox(bench: &dyn Bench) -> Result<(), Stop> {
    for outcome in sent_in(DeliveryMode::Sandbox, bench).await? {
        ensure_accepted(&outcome)?;
    }
    let arrivals = bench.calls().concat();
    ensure(arrivals.iter().all(|arrival| arrival.rehearsal), || {
        "a message arrived to be carried".to_owned()
    })
}

/// The outcomes of a text and of a whole batch, also of a confirmation that the provider handles separately.
async fn sent_in(mode: DeliveryMode, bench: &dyn Bench) -> Result<Vec<Outcome>, Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let delivering: Arc<dyn Provider> = Arc::new(Delivering::new(mode, Arc::clone(&provider)));
    let mut messages = Vec::new();
    for number in 0..4 {
        messages.push(numbered(provider.as_ref(), number, BODY)?);
    }
    if provider.capabilities().channel == Channel::Sms {
        let confirmation = numbered(provider.as_ref(), 4, BODY)?;
        messages.push(Message {
            kind: Kind::OptInConfirmation,
            ..confirmation
        });
    }
    let mut outcomes = Vec::new();
    for message in &messages {
        outcomes.push(delivering.send(message).await);
    }
    let batch = messages.len().min(delivering.capabilities().batch);
    outcomes.extend(delivering.send_all(&messages[..batch]).await);
    Ok(outcomes)
}
