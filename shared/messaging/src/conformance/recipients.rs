//! Recipients that a provider must not try to reach.

use domain::message::{Channel, Message, RefusalKind};
use domain::phone_number::PhoneNumber;

use super::{BODY, Bench, RECIPIENTS, Remote, Stop, ensure, ensure_nothing_left, message, not_applicable};
use crate::contract::Outcome;

pub(super) async fn nobody(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    if provider.capabilities().channel == Channel::PinpointCampaign {
        return Err(not_applicable("channel: the provider finds the recipients itself"));
    }
    let message = Message {
        to: None,
        device: None,
        ..message(provider.as_ref(), BODY)?
    };
    ensure_recipient_refused(&provider.send(&message).await)?;
    ensure_nothing_left(bench)
}

pub(super) async fn foreign(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    for recipient in RECIPIENTS {
        let to = PhoneNumber::parse(recipient)?;
        if !provider.capabilities().reaches(&to) {
            let message = Message {
                to: Some(to),
                ..message(provider.as_ref(), BODY)?
            };
            ensure_recipient_refused(&provider.send(&message).await)?;
            return ensure_nothing_left(bench);
        }
    }
    Err(not_applicable("countries: it reaches every number"))
}

fn ensure_recipient_refused(outcome: &Outcome) -> Result<(), Stop> {
    let expected = match outcome {
        Outcome::Refused(refusal) => refusal.kind == RefusalKind::Recipient && !refusal.retryable,
        Outcome::Accepted { .. } | Outcome::Unknown { .. } => false,
    };
    ensure(expected, || format!("{outcome:?}"))
}
