//! Several messages at once, where the provider takes them so.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::message::Message;

use super::{BODY, Bench, Remote, Stop, UNWANTED, address, ensure, ensure_accepted, not_applicable, numbered, tells};
use crate::contract::{Outcome, Provider};

/// A batch is tried up to this size.
const MOST: usize = 100;

/// Every message of the largest batch arrives once, and no call holds more than the provider says it may.
pub(super) async fn full(bench: &dyn Bench) -> Result<(), Stop> {
    let (provider, messages) = staged(bench, Remote::Accepts, |_| BODY.to_owned()).await?;
    let outcomes = provider.send_all(&messages).await;
    ensure(outcomes.len() == messages.len(), || {
        format!("{} outcomes for {} messages", outcomes.len(), messages.len())
    })?;
    for outcome in &outcomes {
        ensure_accepted(outcome)?;
    }
    let calls = bench.calls();
    let largest = calls.iter().map(Vec::len).max().unwrap_or_default();
    ensure(largest <= provider.capabilities().batch, || {
        format!("a call with {largest} messages")
    })?;
    let arrivals = calls.concat();
    let arrived: BTreeSet<Option<&str>> = arrivals.iter().map(|arrival| arrival.to.as_deref()).collect();
    let addressed: BTreeSet<Option<&str>> = messages.iter().map(address).collect();
    ensure(arrived == addressed && arrivals.len() == messages.len(), || {
        format!("{} arrivals for {} messages", arrivals.len(), messages.len())
    })
}

/// What is refused says so in its own place, and what is taken in its own.
pub(super) async fn mixed(bench: &dyn Bench) -> Result<(), Stop> {
    let body = |number: usize| match number % 3 {
        1 => format!("{UNWANTED} {BODY}"),
        _ => BODY.to_owned(),
    };
    let (provider, messages) = staged(bench, Remote::RefusesSome, body).await?;
    let outcomes = provider.send_all(&messages).await;
    ensure(outcomes.len() == messages.len(), || {
        format!("{} outcomes for {} messages", outcomes.len(), messages.len())
    })?;
    for (number, (message, outcome)) in messages.iter().zip(&outcomes).enumerate() {
        let expected = match outcome {
            Outcome::Accepted { .. } => !message.body.contains(UNWANTED),
            Outcome::Refused(refusal) => message.body.contains(UNWANTED) && !tells(bench, &refusal.detail),
            Outcome::Unknown { .. } => false,
        };
        ensure(expected, || format!("message {number}: {outcome:?}"))?;
    }
    Ok(())
}

async fn staged(
    bench: &dyn Bench,
    remote: Remote,
    body: impl Fn(usize) -> String,
) -> Result<(Arc<dyn Provider>, Vec<Message>), Stop> {
    let batch = bench.stage(Remote::Accepts).await?.capabilities().batch;
    if batch <= 1 {
        return Err(not_applicable("batch: one message a call"));
    }
    let provider = bench.stage(remote).await?;
    let mut messages = Vec::new();
    for number in 0..batch.min(MOST) {
        messages.push(numbered(provider.as_ref(), number, &body(number))?);
    }
    Ok((provider, messages))
}
