//! The suite that every provider passes, whatever is on the other side of it.
//!
//! A provider brings a [`Bench`]: a remote side that can be told how to behave and remembers what arrived. The suite
//! then asks for the same things of all, leaving out what a provider does not claim in its [`Capabilities`]. Each case
//! is judged on its own, so that a [`Report`] shows all that is wrong at once.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Cause, Channel, Kind, Message, RefusalKind};
use domain::phone_number::{PhoneNumber, PhoneNumberError};
use jiff::Timestamp;

use crate::contract::{Capabilities, Outcome, Provider};

/// To whom all messages of the suite are addressed.
pub const RECIPIENT: &str = "+12025550123";

/// From whom they come.
pub const SENDER: &str = "+12025550100";

/// What most of them say.
pub const BODY: &str = "Booked: ABC1, Friday 18:00. See you there!";

/// How the remote side behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// Takes the message.
    Accepts,
    /// Says that it does not take it, for this reason, and repeats [`RECIPIENT`] and [`BODY`] in its explanation.
    Refuses(RefusalKind),
    /// Says that something broke, not whether before or after it took the message, and repeats both as well.
    Breaks,
    /// Answers with success in a form that can not be read.
    Mumbles,
    /// Takes the request and closes the connection.
    HangsUp,
    /// Takes the request and keeps silent.
    Stalls,
    /// Nothing listens at its address.
    Unreachable,
}

impl Remote {
    pub const ALL: [Self; 14] = [
        Self::Accepts,
        Self::Refuses(RefusalKind::Throttled),
        Self::Refuses(RefusalKind::Unavailable),
        Self::Refuses(RefusalKind::OptedOut),
        Self::Refuses(RefusalKind::Recipient),
        Self::Refuses(RefusalKind::Content),
        Self::Refuses(RefusalKind::Configuration),
        Self::Refuses(RefusalKind::Quota),
        Self::Refuses(RefusalKind::Other),
        Self::Breaks,
        Self::Mumbles,
        Self::HangsUp,
        Self::Stalls,
        Self::Unreachable,
    ];
}

/// A message as the remote side saw it. `None` is what the provider has no place for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    pub message_id: Option<String>,
    pub to: Option<String>,
    pub body: Option<String>,
}

/// A provider together with its remote side.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A provider, wrapped as it is deployed, whose remote side behaves as `remote` and has seen nothing yet.
    ///
    /// # Errors
    ///
    /// With the reason, where the remote side has no such behaviour.
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str>;

    /// What has arrived since the last [`Bench::stage`], oldest first.
    fn arrivals(&self) -> Vec<Arrival>;
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    NotApplicable(&'static str),
    Failed(String),
}

/// All cases with their verdicts; displayed as a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub verdicts: Vec<(String, Verdict)>,
}

impl Report {
    pub fn failures(&self) -> Vec<&str> {
        let failed = self
            .verdicts
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)));
        failed.map(|(case, _)| case.as_str()).collect()
    }

    /// How a case ended, by its name in the table.
    pub fn verdict(&self, case: &str) -> Option<&Verdict> {
        self.verdicts
            .iter()
            .find(|(name, _)| name == case)
            .map(|(_, verdict)| verdict)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (case, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => writeln!(f, "{case:<52} passed")?,
                Verdict::NotApplicable(reason) => writeln!(f, "{case:<52} not applicable: {reason}")?,
                Verdict::Failed(text) => writeln!(f, "{case:<52} FAILED: {text}")?,
            }
        }
        Ok(())
    }
}

/// Runs every case, one after another.
pub async fn suite(bench: &dyn Bench) -> Report {
    let mut report = Report::default();
    for remote in Remote::ALL {
        report
            .verdicts
            .push((format!("remote side: {remote:?}"), answers(bench, remote).await.into()));
    }
    for body in Body::ALL {
        report
            .verdicts
            .push((format!("body: {body:?}"), body_arrives(bench, body).await.into()));
    }
    let others = [
        ("the message id reaches the provider", message_id_arrives(bench).await),
        (
            "an accepted message has a provider message id",
            id_comes_back(bench).await,
        ),
        ("twice under one id is carried once", carried_once(bench).await),
        ("a body that is too long is refused for good", too_long(bench).await),
        (
            "a message to nobody is refused and goes nowhere",
            to_nobody(bench).await,
        ),
        (
            "debug output tells nothing of person or text",
            debug_is_silent(bench).await,
        ),
    ];
    report
        .verdicts
        .extend(others.map(|(case, ended)| (case.to_owned(), ended.into())));
    report
}

/// Why a case did not pass.
enum Stop {
    NotApplicable(&'static str),
    Failed(String),
}

impl From<&'static str> for Stop {
    fn from(reason: &'static str) -> Self {
        Self::NotApplicable(reason)
    }
}

impl From<PhoneNumberError> for Stop {
    fn from(error: PhoneNumberError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Result<(), Stop>> for Verdict {
    fn from(ended: Result<(), Stop>) -> Self {
        match ended {
            Ok(()) => Self::Passed,
            Err(Stop::NotApplicable(reason)) => Self::NotApplicable(reason),
            Err(Stop::Failed(text)) => Self::Failed(text),
        }
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Failed(otherwise())) }
}

/// A message such as this provider carries.
fn message(capabilities: Capabilities, body: &str) -> Result<Message, Stop> {
    let (kind, to) = match capabilities.channel {
        Channel::Sms => (Kind::Reply, Some(PhoneNumber::parse(RECIPIENT)?)),
        Channel::Call => (Kind::CallBack, Some(PhoneNumber::parse(RECIPIENT)?)),
        Channel::PinpointCampaign => (Kind::PinpointCampaign, None),
    };
    let cause = Cause::Inbound {
        inbound_id: "conformance",
    };
    let message = Message::queued(&cause, kind, to, body.to_owned(), Timestamp::UNIX_EPOCH).leaving_from(SENDER);
    Ok(if capabilities.channel == Channel::PinpointCampaign {
        message.of_campaign("conformance")
    } else {
        message
    })
}

/// Each behaviour of the remote side has one outcome, is asked once only, and is told without person and text.
async fn answers(bench: &dyn Bench, remote: Remote) -> Result<(), Stop> {
    let provider = bench.stage(remote).await?;
    let outcome = provider.send(&message(provider.capabilities(), BODY)?).await;
    let expected = match (remote, &outcome) {
        (Remote::Accepts, Outcome::Accepted { .. }) => true,
        (Remote::Unreachable, Outcome::Refused(refusal)) => {
            refusal.kind == RefusalKind::Unavailable && refusal.retryable
        }
        (Remote::Refuses(kind), Outcome::Refused(refusal)) => {
            let passes_by_itself = matches!(kind, RefusalKind::Throttled | RefusalKind::Unavailable);
            refusal.kind == kind && refusal.retryable == passes_by_itself
        }
        (Remote::Breaks | Remote::Mumbles | Remote::HangsUp | Remote::Stalls, Outcome::NotKnown { .. }) => true,
        _ => false,
    };
    ensure(expected, || format!("{outcome:?}"))?;
    let detail = match &outcome {
        Outcome::Accepted { .. } => "",
        Outcome::Refused(refusal) => &refusal.detail,
        Outcome::NotKnown { detail } => detail,
    };
    ensure(!tells(detail), || {
        format!("the detail tells of person or text: {detail}")
    })?;
    let asked = bench.arrivals().len();
    ensure(asked == usize::from(remote != Remote::Unreachable), || {
        format!("the remote side was asked {asked} times")
    })
}

/// Bodies that have come out wrong somewhere before.
#[derive(Debug, Clone, Copy)]
enum Body {
    Unicode,
    SeveralSegments,
    Longest,
    LineBreaksAndQuotes,
}

impl Body {
    const ALL: [Self; 4] = [
        Self::Unicode,
        Self::SeveralSegments,
        Self::Longest,
        Self::LineBreaksAndQuotes,
    ];

    fn text(self, capabilities: Capabilities) -> String {
        match self {
            Self::Unicode => "Сайн уу! Ээлж баталгаажлаа 👋🏽 Ünïcode €5 \u{200b}ﬁ".to_owned(),
            Self::SeveralSegments => "ABC1 Friday 18:00 North gate, ".repeat(14),
            Self::Longest => "x".repeat(capabilities.longest_body),
            Self::LineBreaksAndQuotes => "one\ntwo\r\n\"three\" 'four' \\five & <six>\ttab".to_owned(),
        }
    }
}

/// What was written is what arrives, to whom it was addressed.
async fn body_arrives(bench: &dyn Bench, body: Body) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let text = body.text(provider.capabilities());
    let message = message(provider.capabilities(), &text)?;
    let outcome = provider.send(&message).await;
    ensure(matches!(outcome, Outcome::Accepted { .. }), || format!("{outcome:?}"))?;
    let arrivals = bench.arrivals();
    let [arrival] = arrivals.as_slice() else {
        return Err(Stop::Failed(format!("{} arrivals", arrivals.len())));
    };
    ensure(arrival.body.as_ref() == Some(&text), || {
        format!("arrived as {:?}", arrival.body)
    })?;
    let to = message.to.as_ref().map(PhoneNumber::as_str);
    ensure(arrival.to.as_deref() == to, || format!("arrived for {:?}", arrival.to))
}

/// So that receipts, or the provider's own memory of what it did, can be joined with our row.
async fn message_id_arrives(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let message = message(provider.capabilities(), BODY)?;
    provider.send(&message).await;
    let arrived = bench
        .arrivals()
        .into_iter()
        .next()
        .and_then(|arrival| arrival.message_id);
    let claims = provider.capabilities().receipts || provider.capabilities().idempotent;
    if arrived.is_none() && !claims {
        return Err("it claims neither receipts nor idempotency".into());
    }
    ensure(arrived.as_deref() == Some(message.id.as_str()), || {
        format!("arrived as {arrived:?}")
    })
}

async fn id_comes_back(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let outcome = provider.send(&message(provider.capabilities(), BODY)?).await;
    let id = match &outcome {
        Outcome::Accepted { provider_message_id } => provider_message_id.as_deref(),
        Outcome::Refused(_) | Outcome::NotKnown { .. } => None,
    };
    ensure(id.is_some_and(|id| !id.is_empty()), || format!("{outcome:?}"))
}

async fn carried_once(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    if !provider.capabilities().idempotent {
        return Err("it does not claim idempotency".into());
    }
    let message = message(provider.capabilities(), BODY)?;
    let (first, second) = (provider.send(&message).await, provider.send(&message).await);
    ensure(first == second, || format!("{first:?}, then {second:?}"))
}

async fn too_long(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    let body = "x".repeat(provider.capabilities().longest_body + 1);
    let outcome = provider.send(&message(provider.capabilities(), &body)?).await;
    let expected = match &outcome {
        Outcome::Refused(refusal) => refusal.kind == RefusalKind::Content && !refusal.retryable,
        Outcome::Accepted { .. } | Outcome::NotKnown { .. } => false,
    };
    ensure(expected, || format!("{outcome:?}"))
}

async fn to_nobody(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    if provider.capabilities().channel == Channel::PinpointCampaign {
        return Err("the provider finds the recipients itself".into());
    }
    let message = Message {
        to: None,
        ..message(provider.capabilities(), BODY)?
    };
    let outcome = provider.send(&message).await;
    let expected = matches!(&outcome, Outcome::Refused(refusal) if !refusal.retryable);
    ensure(expected && bench.arrivals().is_empty(), || format!("{outcome:?}"))
}

async fn debug_is_silent(bench: &dyn Bench) -> Result<(), Stop> {
    let provider = bench.stage(Remote::Accepts).await?;
    provider.send(&message(provider.capabilities(), BODY)?).await;
    let debug = format!("{provider:?}");
    ensure(!tells(&debug), || debug)
}

fn tells(text: &str) -> bool {
    text.contains(RECIPIENT.trim_start_matches('+')) || text.contains(BODY)
}
