//! What providers send us by themselves over HTTP: delivery receipts and inbound texts.
//!
//! Each provider says in its [`Callbacks`] where it calls, how a call proves who it is, what it brings, and what it wants
//! to hear. [`receive`] finds the provider of a call and asks it, in the one order that is safe.

mod admission;
mod numbers;

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use thiserror::Error;

pub use admission::{CallbackAuth, SHORTEST_TOKEN, Sources};
pub use numbers::Numbers;

use crate::inbound::InboundMessage;
use crate::parameters::Values;
use crate::report::DeliveryReport;

/// The longest body that is read, in bytes.
pub const LONGEST_BODY: usize = 256 * 1024;

/// One HTTP call to our webhook. Its debug output shows nothing that the caller wrote, which may be a secret or a person.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// In capitals, such as `POST`.
    pub method: &'a str,
    /// Decoded, as it was called, such as `/sms-gateway/twilio/status`.
    pub path: &'a str,
    /// The segments of the path below the webhook's own address, such as `twilio` and `status`.
    pub address: &'a [&'a str],
    /// As it came, without the question mark.
    pub query: &'a str,
    /// Asked for a name in small letters. `host` is the name under which the webhook was called.
    pub headers: &'a dyn Fn(&str) -> Option<&'a str>,
    pub body: &'a [u8],
    /// Who connected.
    pub source: Option<IpAddr>,
}

impl fmt::Debug for Callback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Decoded fields of a query or a form, in their order.
pub type Fields = Vec<(String, String)>;

impl<'a> Callback<'a> {
    pub fn header(&self, name: &str) -> Option<&'a str> {
        (self.headers)(name)
    }

    /// The fields of the query.
    pub fn query_fields(&self) -> Fields {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The fields of the body as a form.
    pub fn form(&self) -> Fields {
        form_urlencoded::parse(self.body).into_owned().collect()
    }
}

/// The value of a field, `None` where it is absent or blank.
pub(crate) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// What a provider sends us by itself.
pub trait Callbacks: fmt::Debug + Sync {
    /// By which routes, messages and receipts name the provider.
    fn provider(&self) -> &'static str;

    /// What its addresses begin with below the webhook's own: one segment that no other provider has.
    fn address(&self) -> &'static str;

    /// The methods it calls with.
    fn methods(&self) -> &'static [&'static str] {
        &["POST"]
    }

    /// Proves that the call is the provider's. `values` are the operator's parameters.
    ///
    /// # Errors
    ///
    /// With the reason, for the log. The caller is not told.
    fn admit(&self, callback: &Callback<'_>, values: &Values) -> Result<(), Refusal>;

    /// Reads a call that was admitted. What has no time of its own is dated by `received_at`.
    ///
    /// # Errors
    ///
    /// When nothing of the call can be understood.
    fn read(&self, callback: &Callback<'_>, values: &Values, received_at: Timestamp) -> Result<Reading, Refusal>;
}

/// What a call brings.
#[derive(Debug, Default)]
pub struct Reading {
    /// Each judged on its own; a problem names no number and no text.
    pub rows: Vec<Result<Row, String>>,
    /// The provider may bring a long text in parts.
    pub texts_in_parts: bool,
    /// What the provider hears once all is committed; `None` is a success without words.
    pub answer: Option<Answer>,
}

impl Reading {
    /// Those rows, of whole texts, and a success without words.
    pub fn of(rows: impl IntoIterator<Item = Result<Row, String>>) -> Self {
        Self {
            rows: rows.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// One item of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Receipt(DeliveryReport),
    Text(InboundMessage),
}

/// The body of a successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub content_type: &'static str,
    pub body: &'static str,
}

/// Why nothing of a call was read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("there is no such address")]
    UnknownAddress,
    #[error("the gateway does not call in this way")]
    OtherMethod,
    #[error("the gateway has no token in its parameters")]
    NotSetUp,
    #[error("the token in the gateway's parameters is too short to be unguessable")]
    WeakToken,
    #[error("the address has no token")]
    NoToken,
    #[error("the token is not the gateway's")]
    WrongToken,
    #[error("the gateway may not call from there")]
    ForeignSource,
    #[error("the gateway's parameter allowed-sources is no list of addresses and networks")]
    UnusableSources,
    #[error("the signature is missing or not the gateway's")]
    WrongSignature,
    #[error("the body is longer than 256 kB, so its signature was not looked at")]
    TooLongToCheck,
    /// The caller is the provider.
    #[error("the body is longer than 256 kB")]
    TooLong,
    /// The caller is the provider, and nothing of what it says can be understood. Names no number and no text.
    #[error("{0}")]
    Unusable(String),
}

/// Reads a call: the name of the provider that made it, and what it brings. `values` are the operator's parameters.
///
/// # Errors
///
/// When the call is not a provider's, or nothing of it can be understood.
pub fn receive(
    providers: impl IntoIterator<Item = &'static dyn Callbacks>,
    callback: &Callback<'_>,
    values: &Values,
    received_at: Timestamp,
) -> Result<(&'static str, Reading), Refusal> {
    let [first, ..] = callback.address else {
        return Err(Refusal::UnknownAddress);
    };
    let provider = providers
        .into_iter()
        .find(|callbacks| callbacks.address() == *first)
        .ok_or(Refusal::UnknownAddress)?;
    if !provider.methods().contains(&callback.method) {
        return Err(Refusal::OtherMethod);
    }
    provider.admit(callback, values)?;
    if callback.body.len() > LONGEST_BODY {
        return Err(Refusal::TooLong);
    }
    let reading = provider.read(callback, values, received_at)?;
    Ok((provider.provider(), reading))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::provider::CALLBACKS;

    #[test]
    fn no_two_providers_share_an_address() {
        let addresses: Vec<&str> = CALLBACKS.into_iter().flatten().map(Callbacks::address).collect();
        let different: BTreeSet<&str> = addresses.iter().copied().collect();
        assert_eq!(different.len(), addresses.len(), "{addresses:?}");
        assert!(
            addresses
                .iter()
                .all(|address| !address.is_empty() && !address.contains('/'))
        );
    }
}
