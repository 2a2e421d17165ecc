//! What was written is what arrives.

use domain::message::RefusalKind;

use super::{Bench, Remote, Stop, address, ensure, ensure_accepted, ensure_nothing_left, message};
use crate::contract::{Capabilities, Outcome};

/// Bodies that have come out wrong somewhere before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Unicode,
    SeveralSegments,
    Longest,
    LineBreaksAndQuotes,
}

impl Body {
    pub(super) const ALL: [Self; 4] = [
        Self::Unicode,
        Self::SeveralSegments,
        Self::Longest,
        Self::LineBreaksAndQuotes,
    ];

    fn text(self, capabilities: Capabilities) -> String {
        match self {
            Self::Unicode => "Сайн уу! Ээлж баталгаажлаа 👋🏽 Ünïcode €5 \u{200b}ﬁ".to_owned(),
            Self::SeveralSegments => {
                let text = "ABC1 Friday 18:00 North gate, ".repeat(14);
                text.chars().take(capabilities.longest_body).collect()
            }
            Self::Longest => "x".repeat(capabilities.longest_body),
            Self::LineBreaksAndQuotes => "one\ntwo\r\n\"three\" 'four' \\five & <six>\ttab".to_owned(),
        }
    }
}

/// Arrives unchanged at its recipient; or is refused if the provider cannot encode it.
pub(super) async fn arrives(bench: &dyn Bench, body: Body) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let text = body.text(provider.capabilities());
    let message = message(provider.as_ref(), &text)?;
    let outcome = provider.send(&message).await;
    if body == Body::Unicode && !provider.capabilities().unicode {
        ensure_content_refused(&outcome)?;
        return ensure_nothing_left(bench);
    }
    ensure_accepted(&outcome)?;
    let arrivals = bench.calls().concat();
    let [arrival] = arrivals.as_slice() else {
        return Err(Stop::Failed(format!("{} arrivals", arrivals.len())));
    };
    ensure(arrival.body.as_ref() == Some(&text), || {
        format!("arrived as {:?}", arrival.body)
    })?;
    ensure(arrival.to.as_deref() == address(&message), || {
        format!("arrived for {:?}", arrival.to)
    })
}

pub(super) async fn too_long(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let body = "x".repeat(provider.capabilities().longest_body + 1);
    let outcome = provider.send(&message(provider.as_ref(), &body)?).await;
    ensure_content_refused(&outcome)?;
    ensure_nothing_left(bench)
}

fn ensure_content_refused(outcome: &Outcome) -> Result<(), Stop> {
    let expected = match outcome {
        Outcome::Refused(refusal) => refusal.kind == RefusalKind::Content && !refusal.retryable,
        Outcome::Accepted { .. } | Outcome::Unknown { .. } => false,
    };
    ensure(expected, || format!("{outcome:?}"))
}
