//! What the gateway tells us by itself: what became of our texts, and what people send.
//!
//! Nothing of it is signed and each field may come in another form, so every row is judged on its own: one that cannot
//! be used says why and takes no other with it. See *Status reports* and *Callbacks* in protocol.md.

use std::fmt;

use domain::message::{Receipt, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use thiserror::Error;

use super::{inbound, port, value};
use crate::excerpt::excerpt;
use crate::inbound::InboundMessage;
use crate::report::DeliveryReport;

/// The device's own words are kept up to this many characters.
const LONGEST_CODE: usize = 120;

/// What the caller knows of the gateway and the device does not say.
#[derive(Clone, Copy)]
pub struct Gateway<'a> {
    /// Makes a phone number of what the gateway writes, such as digits without `+` or the national form. `None` for what
    /// is no phone number, such as a short code or a name.
    pub normalise: &'a dyn Fn(&str) -> Option<PhoneNumber>,
    /// The number of the SIM card in a port, in E.164, where the operator has named it.
    pub own_number: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the operator is asked for delivery receipts. Where it is not, nothing follows the report that a text was sent.
    pub receipts_requested: bool,
    /// When the gateway called: the time of reports that have none.
    pub received_at: Timestamp,
}

impl fmt::Debug for Gateway<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("receipts_requested", &self.receipts_requested)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// One call of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Rows(Vec<Result<Row, RowError>>),
    /// A state of the device or a port, of this type, which nobody waits for.
    Ignored(&'static str),
    /// Of this type, which belongs to a newer generation of firmware with another protocol.
    Unsupported(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Report(DeliveryReport),
    Text(InboundMessage),
}

/// Why a row cannot be used. Its text carries nothing of the message or a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place} {problem}")]
pub struct RowError {
    /// Such as `rpts[0].sdr[2]`.
    place: String,
    /// Follows the place in a sentence.
    problem: &'static str,
}

/// Why nothing of a call can be used.
#[derive(Debug, Error)]
pub enum EventError {
    #[error("the gateway's call is neither JSON nor a text with its header: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the gateway's call has no usable {0}")]
    Missing(&'static str),
    #[error("\"{0}\" is no type of call that is known of the gateway")]
    Unknown(String),
}

/// Reads the body of a call, and its query, which one of the device's ways to bring a text needs.
///
/// # Errors
///
/// When the whole of it cannot be used. Single rows that cannot are in the event.
pub fn parse(body: &str, query: &str, gateway: &Gateway<'_>) -> Result<Event, EventError> {
    if let Some(row) = inbound::with_header(body, query, gateway) {
        return Ok(Event::Rows(vec![row.map_err(|problem| in_place("the text", problem))]));
    }
    let body: Value = serde_json::from_str(body.trim_matches('\0'))?;
    let list = |key: &'static str| body[key].as_array().ok_or(EventError::Missing(key));
    match body["type"].as_str().ok_or(EventError::Missing("type"))? {
        "status-report" => Ok(Event::Rows(reports(list("rpts")?, gateway))),
        "recv-sms" => Ok(Event::Rows(received(list("sms")?, gateway))),
        "dev-status" => Ok(Event::Ignored("dev-status")),
        "port-status" => Ok(Event::Ignored("port-status")),
        "received-sms" => Ok(Event::Unsupported("received-sms")),
        "sms-sent-status" => Ok(Event::Unsupported("sms-sent-status")),
        other => Err(EventError::Unknown(other.chars().take(40).collect())),
    }
}

fn in_place(place: impl Into<String>, problem: &'static str) -> RowError {
    RowError {
        place: place.into(),
        problem,
    }
}

fn received(rows: &[Value], gateway: &Gateway<'_>) -> Vec<Result<Row, RowError>> {
    let mut read = read(rows, gateway);
    tell_apart(&mut read);
    read
}

/// Receipts for two parts of a text may be the same to the second. Within one call they are not the same receipt twice, so
/// each is given a moment of its own.
fn tell_apart(rows: &mut [Result<Row, RowError>]) {
    let mut seen: Vec<Receipt> = Vec::new();
    for row in rows.iter_mut().flatten() {
        let Row::Report(DeliveryReport { receipt, .. }) = row else {
            continue;
        };
        let told = receipt.clone();
        let before = seen.iter().filter(|other| **other == told).count();
        let moment = SignedDuration::from_nanos(i64::try_from(before).unwrap_or(i64::MAX));
        receipt.at = receipt.at.saturating_add(moment).unwrap_or(receipt.at);
        seen.push(told);
    }
}

fn read(rows: &[Value], gateway: &Gateway<'_>) -> Vec<Result<Row, RowError>> {
    let read = rows.iter().enumerate().filter_map(|(place, row)| {
        let read = inbound::row(row, gateway).transpose()?;
        Some(read.map_err(|problem| in_place(format!("sms[{place}]"), problem)))
    });
    read.collect()
}

fn reports(reports: &[Value], gateway: &Gateway<'_>) -> Vec<Result<Row, RowError>> {
    let read = reports
        .iter()
        .enumerate()
        .flat_map(|(place, report)| of_task(&format!("rpts[{place}]"), report, gateway));
    read.map(|receipt| {
        receipt.map(|receipt| {
            Row::Report(DeliveryReport {
                message_id: None,
                receipt,
            })
        })
    })
    .collect()
}

/// All that a report says of one task: a receipt for each of its rows, and where there is none that can be used, what the
/// counters say.
fn of_task(place: &str, report: &Value, gateway: &Gateway<'_>) -> Vec<Result<Receipt, RowError>> {
    let Some(id) = value::integer(&report["tid"]) else {
        return vec![Err(in_place(place, "has no usable tid"))];
    };
    // Ours are from 1 to 2^31 - 1, which no firmware has reason to wrap around.
    let Some(id) = i32::try_from(id).ok().filter(|id| *id > 0) else {
        return vec![Err(in_place(place, "has a tid that cannot be one of ours"))];
    };
    let mut receipts = Vec::new();
    for (key, read) in [("sdr", sent as ReadRow), ("fdr", failed)] {
        match &report[key] {
            Value::Null => {}
            Value::Array(rows) => receipts.extend(rows.iter().enumerate().map(|(row, cells)| {
                read(cells, gateway).map_err(|problem| in_place(format!("{place}.{key}[{row}]"), problem))
            })),
            _ => receipts.push(Err(in_place(format!("{place}.{key}"), "is no list of rows"))),
        }
    }
    if !receipts.iter().any(Result::is_ok) {
        match counted(report, gateway).transpose() {
            Some(counted) => receipts.push(counted.map_err(|problem| in_place(place, problem))),
            None if receipts.is_empty() => receipts.push(Err(in_place(place, "has neither rows nor counters"))),
            None => {}
        }
    }
    for receipt in receipts.iter_mut().flatten() {
        receipt.provider_message_id = Some(id.to_string());
    }
    receipts
}

type ReadRow = fn(&Value, &Gateway<'_>) -> Result<Receipt, &'static str>;

/// `[index, number, port, time]`: the network took the text; a phone may or may not get it.
fn sent(row: &Value, gateway: &Gateway<'_>) -> Result<Receipt, &'static str> {
    let [_, number, port, time, ..] = cells(row)? else {
        return Err("has fewer than 4 fields");
    };
    Ok(Receipt {
        recipient: recipient(number, gateway),
        port: port_of(port),
        ..receipt(
            ReceiptOutcome::Accepted,
            !gateway.receipts_requested,
            time_of(time)?,
            "sdr",
        )
    })
}

/// `[index, number, port, time, reason, operator's reason]`: the text was not sent.
fn failed(row: &Value, gateway: &Gateway<'_>) -> Result<Receipt, &'static str> {
    let [_, number, port, time, reasons @ ..] = cells(row)? else {
        return Err("has fewer than 4 fields");
    };
    let reasons = reasons.iter().take(2).filter_map(value::text);
    let reasons: Vec<_> = reasons.filter(|reason| !reason.is_empty()).collect();
    // The device's words may name the number.
    let code = if reasons.is_empty() {
        "fdr".to_owned()
    } else {
        excerpt(&reasons.join("; "), value::text(number).as_deref())
    };
    Ok(Receipt {
        recipient: recipient(number, gateway),
        port: port_of(port),
        ..receipt(ReceiptOutcome::Undelivered, true, time_of(time)?, &code)
    })
}

/// What totals say where there are no rows. Their number is that of recipients, which for us is one, or on some firmware of
/// the text's parts; a person who lacks one of them does not have the text.
fn counted(report: &Value, gateway: &Gateway<'_>) -> Result<Option<Receipt>, &'static str> {
    let keys = ["sending", "unsent", "sent", "failed"];
    if keys.iter().all(|key| report[*key].is_null()) {
        return Ok(None);
    }
    let mut totals = [0; 4];
    for (total, key) in totals.iter_mut().zip(keys) {
        if !report[key].is_null() {
            *total = value::integer(&report[key])
                .filter(|total| *total >= 0)
                .ok_or("has counters that are no counts")?;
        }
    }
    let [sending, unsent, sent, failed] = totals;
    let (outcome, is_final) = match (sending.saturating_add(unsent), sent, failed) {
        (0, 0, 0) => return Err("has counters that are all zero"),
        (0, _, 1..) => (ReceiptOutcome::Undelivered, true),
        (0, ..) => (ReceiptOutcome::Accepted, !gateway.receipts_requested),
        _ => (ReceiptOutcome::InProgress, false),
    };
    let code = format!("sending {sending}, unsent {unsent}, sent {sent}, failed {failed}");
    Ok(Some(receipt(outcome, is_final, gateway.received_at, &code)))
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

pub(super) fn recipient(number: &Value, gateway: &Gateway<'_>) -> Option<PhoneNumber> {
    (gateway.normalise)(&value::text(number)?)
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
mod tests;
