//! The suite that every provider passes, whatever is on the other side of it.
//!
//! A provider brings a [`Bench`]: a remote side that can be told how to behave and remembers what arrived. The suite
//! then asks for the same things of all, leaving out what a provider does not claim in its [`Capabilities`]. Each case
//! is judged on its own, so that a [`Report`] shows all that is wrong at once.

mod answers;
mod batches;
mod bodies;
mod identity;
mod modes;
mod recipients;
mod report;

pub use report::{Report, Table, Verdict};

use std::sync::Arc;

use async_trait::async_trait;
use domain::device::{DeviceToken, Platform};
use domain::message::{Cause, Channel, Kind, Message, RefusalKind, Status};
use domain::phone_number::{PhoneNumber, PhoneNumberError};
use jiff::{SignedDuration, Timestamp};

use crate::contract::{Outcome, Provider};

/// The recipients of most messages of the suite: each provider gets the first that it reaches.
pub const RECIPIENTS: [&str; 3] = ["+12025550123", "+919876543210", "+97699112233"];

/// The test numbers of the delivery mode *redirect*, one for each of [`RECIPIENTS`].
pub const TEST_NUMBERS: [&str; 3] = ["+12025550199", "+919876543299", "+97699112299"];

/// What pushes are addressed to.
pub const DEVICE: &str = "cOnF0rM:APA91bConformance-suite_device";

/// The sender of the messages.
pub const SENDER: &str = "+12025550100";

/// What most of them say.
pub const BODY: &str = "Booked: ABC1, Friday 18:00. See you there!";

/// What a remote side that [`Remote::RefusesSome`] does not take.
pub const UNWANTED: &str = "You have won a prize!";

/// How long a remote side that [`Remote::AsksToWait`] wants to be left alone.
pub const WAIT: SignedDuration = SignedDuration::from_secs(7);

/// How the remote side behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// Takes the message.
    Accepts,
    /// Says that it does not take it, for this reason, and repeats recipient and body in its explanation.
    Refuses(RefusalKind),
    /// Asks to slow down, and for how long: [`WAIT`].
    AsksToWait,
    /// Takes the messages of one call that do not say [`UNWANTED`], and refuses the others.
    RefusesSome,
    /// Says that something broke, not whether before or after it took the message, and repeats both as well.
    Breaks,
    /// Answers with success in a form that cannot be read.
    Mumbles,
    /// Answers with success and an HTML page.
    ShowsAPage,
    /// Begins a good answer and closes the connection.
    CutsShort,
    /// Takes the request and closes the connection.
    HangsUp,
    /// Takes the request and keeps silent.
    Stalls,
    /// Is there and takes no connection.
    Deaf,
    /// Nothing listens at its address.
    Unreachable,
}

/// A message as the remote side saw it. `None` is what the provider has no place for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    /// Our id, or the reference that stands for it.
    pub message_id: Option<String>,
    /// The number in E.164 form, or the device's token.
    pub to: Option<String>,
    pub body: Option<String>,
    /// The remote side was asked to check the message and not to carry it.
    pub rehearsal: bool,
}

/// A provider together with its remote side.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A provider, wrapped as it is deployed, whose remote side behaves as `remote` and has seen nothing yet.
    ///
    /// # Errors
    ///
    /// With the reason, where the remote side has no such behaviour. The suite takes that for an answer only where the
    /// provider does not claim it.
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str>;

    /// The calls with messages since the last [`Bench::stage`], oldest first, and the messages of each.
    fn calls(&self) -> Vec<Vec<Arrival>>;

    /// What must never be seen in any output: passwords, keys, tokens.
    fn secrets(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether an HTML page in place of an answer is how the remote side asks for a login, which proves that it took
    /// nothing.
    fn page_is_a_login(&self) -> bool {
        false
    }
}

/// Runs every case, one after another.
pub async fn suite(bench: &dyn Bench) -> Report {
    let mut report = Report::default();
    for remote in answers::REMOTES {
        report.add(format!("remote side: {remote:?}"), answers::one(bench, remote).await);
    }
    for body in bodies::Body::ALL {
        report.add(format!("body: {body:?}"), bodies::arrives(bench, body).await);
    }
    let others = [
        (
            "a body that is too long is refused for good",
            bodies::too_long(bench).await,
        ),
        (
            "a message to nobody is refused and goes nowhere",
            recipients::nobody(bench).await,
        ),
        (
            "a country that is not served is refused",
            recipients::foreign(bench).await,
        ),
        ("the message id reaches the provider", identity::arrives(bench).await),
        (
            "an accepted message has a provider message id",
            identity::comes_back(bench).await,
        ),
        (
            "the reference of an attempt stays the same",
            identity::reference(bench).await,
        ),
        (
            "twice under one id is carried once",
            identity::carried_once(bench).await,
        ),
        ("a full batch arrives in calls that fit", batches::full(bench).await),
        (
            "a batch with mixed results keeps its order",
            batches::mixed(bench).await,
        ),
        ("delivery mode log: nothing leaves", modes::log(bench).await),
        (
            "delivery mode redirect: only the test number",
            modes::redirect(bench).await,
        ),
        (
            "delivery mode sandbox: a rehearsal at most",
            modes::sandbox(bench).await,
        ),
        (
            "debug output tells no person, text or secret",
            answers::debug_is_silent(bench).await,
        ),
    ];
    for (case, ended) in others {
        report.add(case.to_owned(), ended);
    }
    report
}

/// Why a case did not pass.
enum Stop {
    NotApplicable(String),
    Failed(String),
}

impl From<PhoneNumberError> for Stop {
    fn from(error: PhoneNumberError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What every provider can be asked; without it there is nothing to judge.
impl From<&'static str> for Stop {
    fn from(reason: &'static str) -> Self {
        Self::Failed(format!("the remote side does not play its part: {reason}"))
    }
}

fn not_applicable(reason: impl Into<String>) -> Stop {
    Stop::NotApplicable(reason.into())
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Failed(otherwise())) }
}

fn ensure_accepted(outcome: &Outcome) -> Result<(), Stop> {
    ensure(matches!(outcome, Outcome::Accepted { .. }), || format!("{outcome:?}"))
}

fn ensure_nothing_left(bench: &dyn Bench) -> Result<(), Stop> {
    let calls = bench.calls();
    ensure(calls.is_empty(), || format!("{} calls arrived", calls.len()))
}

/// A message such as this provider carries, as a sender has it after the claim.
fn message(provider: &dyn Provider, body: &str) -> Result<Message, Stop> {
    numbered(provider, 0, body)
}

/// The same for several: each with an id and a recipient of its own.
fn numbered(provider: &dyn Provider, number: usize, body: &str) -> Result<Message, Stop> {
    let channel = provider.capabilities().channel;
    let kind = match channel {
        Channel::Sms | Channel::Push => Kind::Reply,
        Channel::Call => Kind::CallBack,
        Channel::PinpointCampaign => Kind::PinpointCampaign,
    };
    let to = match channel {
        Channel::PinpointCampaign => None,
        _ => Some(neighbour(RECIPIENTS[place(provider)?], number)?),
    };
    let inbound_id = format!("conformance-{number}");
    let cause = Cause::Inbound {
        inbound_id: &inbound_id,
    };
    let message = Message::queued(&cause, kind, to, body.to_owned(), Timestamp::UNIX_EPOCH).leaving_from(SENDER);
    let message = match channel {
        Channel::Push => message.pushed_to(device(number)?, Platform::Android),
        Channel::PinpointCampaign => message.of_campaign("conformance"),
        Channel::Sms | Channel::Call => message,
    };
    let claimed = Message {
        status: Status::Sending,
        attempt: 1,
        provider: Some(provider.name().to_owned()),
        claimed_at: Some(Timestamp::UNIX_EPOCH),
        ..message
    };
    Ok(Message {
        provider_message_id: provider.reference(&claimed),
        ..claimed
    })
}

/// Which of [`RECIPIENTS`] the provider reaches.
fn place(provider: &dyn Provider) -> Result<usize, Stop> {
    for (place, recipient) in RECIPIENTS.into_iter().enumerate() {
        if provider.capabilities().reaches(&PhoneNumber::parse(recipient)?) {
            return Ok(place);
        }
    }
    Err(Stop::Failed("the suite has no recipient in its countries".to_owned()))
}

/// The number that is so many further on.
fn neighbour(number: &str, further: usize) -> Result<PhoneNumber, Stop> {
    let (fixed, last) = number.split_at(number.len() - 3);
    let last = last.parse::<usize>().unwrap_or_default() + further;
    Ok(PhoneNumber::parse(&format!("{fixed}{last:03}"))?)
}

fn device(number: usize) -> Result<DeviceToken, Stop> {
    let token = match number {
        0 => DEVICE.to_owned(),
        number => format!("{DEVICE}-{number}"),
    };
    DeviceToken::parse(&token).map_err(|error| Stop::Failed(error.to_string()))
}

/// What a message is addressed to, as it arrives.
fn address(message: &Message) -> Option<&str> {
    match message.channel {
        Channel::Push => message.device.as_ref().map(|(token, _)| token.as_str()),
        _ => message.to.as_ref().map(PhoneNumber::as_str),
    }
}

/// Whether a text for operators speaks of the person, repeats the message or gives a secret away.
fn tells(bench: &dyn Bench, text: &str) -> bool {
    let people = RECIPIENTS.map(|recipient| recipient.trim_start_matches('+'));
    let mut silent = people.iter().chain(&[BODY, DEVICE]).chain(bench.secrets());
    silent.any(|secret| text.contains(secret))
}
