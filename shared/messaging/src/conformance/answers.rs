//! What the provider makes of each behaviour of its remote side, and what it says of it.

use domain::message::RefusalKind;

use super::{BODY, Bench, Remote, Stop, WAIT, ensure, message, not_applicable, tells};
use crate::contract::{Capabilities, Outcome};

/// The behaviours that one message meets.
pub(super) const REMOTES: [Remote; 19] = [
    Remote::Accepts,
    Remote::Refuses(RefusalKind::Throttled),
    Remote::AsksToWait,
    Remote::Refuses(RefusalKind::Unavailable),
    Remote::Refuses(RefusalKind::OptedOut),
    Remote::Refuses(RefusalKind::Recipient),
    Remote::Refuses(RefusalKind::Unregistered),
    Remote::Refuses(RefusalKind::Content),
    Remote::Refuses(RefusalKind::Configuration),
    Remote::Refuses(RefusalKind::Quota),
    Remote::Refuses(RefusalKind::Other),
    Remote::Breaks,
    Remote::Mumbles,
    Remote::ShowsAPage,
    Remote::CutsShort,
    Remote::HangsUp,
    Remote::Stalls,
    Remote::Deaf,
    Remote::Unreachable,
];

/// Each behaviour has one outcome, is asked once only, and is reported without person and text.
pub(super) async fn one(bench: &dyn Bench, remote: Remote) -> Result<(), Stop> {
    claimed(bench.stage(Remote::Accepts).await?.capabilities(), remote)?;
    let provider = bench.stage(remote).await?;
    let outcome = provider.send(&message(provider.as_ref(), BODY)?).await;
    ensure(is_right(remote, &outcome, bench.page_is_a_login()), || {
        format!("{outcome:?}")
    })?;
    let detail = match &outcome {
        Outcome::Accepted { .. } => "",
        Outcome::Refused(refusal) => &refusal.detail,
        Outcome::Unknown { detail } => detail,
    };
    ensure(!tells(bench, detail), || {
        format!("the detail tells of person or text: {detail}")
    })?;
    let asked = bench.calls().len();
    let hears = !matches!(remote, Remote::Unreachable | Remote::Deaf);
    ensure(asked == usize::from(hears), || {
        format!("the remote side was asked {asked} times")
    })
}

/// Only a reason that the provider claims to know can be expected of it.
fn claimed(capabilities: Capabilities, remote: Remote) -> Result<(), Stop> {
    let kind = match remote {
        Remote::Refuses(kind) => kind,
        Remote::AsksToWait => RefusalKind::Throttled,
        _ => return Ok(()),
    };
    if capabilities.refusals.contains(&kind) {
        Ok(())
    } else {
        Err(not_applicable(format!("refusals: {} is not among them", kind.as_str())))
    }
}

fn is_right(remote: Remote, outcome: &Outcome, page_is_a_login: bool) -> bool {
    match (remote, outcome) {
        (Remote::Accepts, Outcome::Accepted { .. }) => true,
        (Remote::Unreachable | Remote::Deaf, Outcome::Refused(refusal)) => {
            refusal.kind == RefusalKind::Unavailable && refusal.retryable
        }
        (Remote::Refuses(kind), Outcome::Refused(refusal)) => {
            let passes_by_itself = matches!(kind, RefusalKind::Throttled | RefusalKind::Unavailable);
            // A limit may be raised, or the account filled up, while the message is still worth sending.
            let either = kind == RefusalKind::Quota;
            refusal.kind == kind && (either || refusal.retryable == passes_by_itself)
        }
        (Remote::AsksToWait, Outcome::Refused(refusal)) => {
            refusal.kind == RefusalKind::Throttled && refusal.retryable && refusal.not_before == Some(WAIT)
        }
        (Remote::ShowsAPage, Outcome::Refused(refusal)) => {
            page_is_a_login && refusal.kind == RefusalKind::Configuration
        }
        (Remote::ShowsAPage, Outcome::Unknown { .. }) => !page_is_a_login,
        (
            Remote::Breaks | Remote::Mumbles | Remote::CutsShort | Remote::HangsUp | Remote::Stalls,
            Outcome::Unknown { .. },
        ) => true,
        _ => false,
    }
}

pub(super) async fn debug_is_silent(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    provider.send(&message(provider.as_ref(), BODY)?).await;
    let debug = format!("{provider:?}");
    ensure(!tells(bench, &debug), || debug)
}
