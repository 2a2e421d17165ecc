//! Rows of the device's calls: what reading them needs, and the fields that receipts and texts share.

use std::fmt;

use domain::message::{Receipt, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::port::{self, Ports};
use super::value;
use crate::callback::Numbers;

/// The device's own words are kept up to this many characters.
pub(super) const LONGEST_CODE: usize = 120;

/// What the operator's parameters say of the gateway and the device does not.
pub(super) struct Gateway {
    /// How it writes numbers.
    pub(super) numbers: Numbers,
    /// The numbers of its SIM cards.
    pub(super) ports: Ports,
    /// Whether the operator is asked for delivery receipts. Where it is not, nothing follows the report that a text was sent.
    pub(super) receipts_requested: bool,
    /// When the gateway called: the time of reports that have none.
    pub(super) received_at: Timestamp,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("receipts_requested", &self.receipts_requested)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// Why a row cannot be used. Its text carries nothing of the message or a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place} {problem}")]
pub(super) struct RowError {
    /// Such as `rpts[0].sdr[2]`.
    place: String,
    /// Follows the place in a sentence.
    problem: &'static str,
}

pub(super) fn in_place(place: impl Into<String>, problem: &'static str) -> RowError {
    RowError {
        place: place.into(),
        problem,
    }
}

pub(super) fn receipt(outcome: ReceiptOutcome, is_final: bool, at: Timestamp, code: &str) -> Receipt {
    Receipt {
        provider: super::NAME.to_owned(),
        provider_message_id: None,
        recipient: None,
        outcome,
        port: None,
        at,
        is_final,
        code: code.chars().take(LONGEST_CODE).collect(),
        meaning: None,
    }
}

pub(super) fn cells(row: &Value) -> Result<&[Value], &'static str> {
    row.as_array().map(Vec::as_slice).ok_or("is no list of fields")
}

pub(super) fn recipient(number: &Value, gateway: &Gateway) -> Option<PhoneNumber> {
    gateway.numbers.normalise(&value::text(number)?)
}

pub(super) fn port_of(port: &Value) -> Option<String> {
    let port = value::text(port).filter(|port| !port.is_empty())?;
    Some(port::normalised(&port))
}

/// Seconds since 1970.
pub(super) fn time_of(time: &Value) -> Result<Timestamp, &'static str> {
    let seconds = value::integer(time).filter(|seconds| *seconds > 0);
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.ok_or("has no usable time")
}

#[cfg(test)]
impl Gateway {
    /// One with a known number in its second port.
    pub(super) fn example() -> Self {
        use crate::parameters::Parameters;

        let values = [("gsm/ports".to_owned(), r#"{"2":"+12025550199"}"#.to_owned())].into();
        Self {
            numbers: Numbers::new(&values, false),
            ports: Ports::from_parameters(&mut Parameters::new("gsm", &values)),
            receipts_requested: true,
            received_at: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }
}
