//! By what a message is known on both sides.

use domain::message::Message;

use super::{BODY, Bench, Remote, Stop, ensure, message, not_applicable, numbered};
use crate::contract::Outcome;

/// So that receipts, or the provider's own memory of what it did, can be joined with our row.
pub(super) async fn arrives(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    if !provider.capabilities().carries_our_id {
        return Err(not_applicable("carries_our_id: it has no place for it"));
    }
    let message = message(provider.as_ref(), BODY)?;
    provider.send(&message).await;
    let first = bench.calls().concat().into_iter().next();
    let arrived = first.and_then(|arrival| arrival.message_id);
    let expected = message.provider_message_id.as_deref().unwrap_or(message.id.as_str());
    ensure(arrived.as_deref() == Some(expected), || {
        format!("arrived as {arrived:?}")
    })
}

pub(super) async fn comes_back(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let message = message(provider.as_ref(), BODY)?;
    let outcome = provider.send(&message).await;
    let Outcome::Accepted { provider_message_id } = &outcome else {
        return Err(Stop::Failed(format!("{outcome:?}")));
    };
    match (provider_message_id.as_deref(), &message.provider_message_id) {
        (Some(""), _) => Err(Stop::Failed("it is empty".to_owned())),
        (Some(id), Some(reference)) => ensure(id == reference, || format!("{id}, and not its reference {reference}")),
        (Some(_), None) => Ok(()),
        (None, _) if !provider.capabilities().receipts => Err(not_applicable("receipts: it promises none")),
        (None, _) => Err(Stop::Failed("receipts would not find the message".to_owned())),
    }
}

/// A sender that stops after the claim, and the one that repeats the attempt, must come to the same.
pub(super) async fn reference(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let message = message(provider.as_ref(), BODY)?;
    let Some(reference) = provider.reference(&message) else {
        return Err(not_applicable("reference: the provider chooses the id"));
    };
    let moved = Message {
        provider_message_id: Some(reference.clone()),
        ..message.clone()
    };
    let later = bench.stage(Remote::Accepts).await?;
    for repeated in [
        provider.reference(&message),
        later.reference(&message),
        later.reference(&moved),
    ] {
        ensure(repeated.as_ref() == Some(&reference), || {
            format!("{reference}, then {repeated:?}")
        })?;
    }
    let other = provider.reference(&numbered(provider.as_ref(), 1, BODY)?);
    ensure(other.as_ref() != Some(&reference), || {
        format!("two messages are both {reference}")
    })
}

pub(super) async fn carried_once(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    if !provider.capabilities().idempotent {
        return Err(not_applicable("idempotent: it does not claim it"));
    }
    let message = Message {
        held_by: Some(provider.name().to_owned()),
        ..message(provider.as_ref(), BODY)?
    };
    let (first, second) = (provider.send(&message).await, provider.send(&message).await);
    ensure(first == second, || format!("{first:?}, then {second:?}"))
}
