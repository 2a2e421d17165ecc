//! Rows of `recv-sms`: inbound texts, and operators' delivery receipts, which the device treats as texts.
//!
//! See *Delivery receipts* and *Inbound texts* in protocol.md.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::digest::digest;
use domain::message::{Receipt, ReceiptOutcome};
use domain::phone_number::{PhoneNumber, Sender};
use jiff::SignedDuration;
use serde_json::Value;

use super::row::{Gateway, RowError, cells, in_place, port_of, receipt, recipient, time_of};
use super::{NAME, port, value};
use crate::callback::Row;
use crate::inbound::{InboundId, InboundMessage};
use crate::report::DeliveryReport;

/// Some encoders leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a header block begins with.
const SENDER: &str = "Sender:";

/// The rows of `sms`.
pub(super) fn received(rows: &[Value], gateway: &Gateway) -> Vec<Result<Row, RowError>> {
    let mut read = read(rows, gateway);
    tell_apart(&mut read);
    read
}

/// Receipts for two parts of a text may be the same to the second. Within one call they are not the same receipt twice, so
/// each is given a moment of its own.
fn tell_apart(rows: &mut [Result<Row, RowError>]) {
    let mut seen: Vec<Receipt> = Vec::new();
    for row in rows.iter_mut().flatten() {
        let Row::Receipt(DeliveryReport { receipt, .. }) = row else {
            continue;
        };
        let told = receipt.clone();
        let before = seen.iter().filter(|other| **other == told).count();
        let moment = SignedDuration::from_nanos(i64::try_from(before).unwrap_or(i64::MAX));
        receipt.at = receipt.at.saturating_add(moment).unwrap_or(receipt.at);
        seen.push(told);
    }
}

fn read(rows: &[Value], gateway: &Gateway) -> Vec<Result<Row, RowError>> {
    let read = rows.iter().enumerate().filter_map(|(place, row)| {
        let read = self::row(row, gateway).transpose()?;
        Some(read.map_err(|problem| in_place(format!("sms[{place}]"), problem)))
    });
    read.collect()
}

/// Reads one row. `None` for a receipt after which another follows: it says nothing that is not known, and a receipt
/// without id counts for one text once.
fn row(row: &Value, gateway: &Gateway) -> Result<Option<Row>, &'static str> {
    let [flag, port, time, sender, recipient, content, ..] = cells(row)? else {
        return Err("has fewer than 6 fields");
    };
    match value::integer(flag) {
        Some(0) => {
            let content = value::text(content).ok_or("has no usable content")?;
            let bytes: Vec<u8> = content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let content = BASE64.decode(bytes).map_err(|_| "has a content that is not base64")?;
            let content = decoded(&content);
            let (header, body) = Header::split(&content);
            let cell = |cell| value::text(cell).unwrap_or_default();
            let text = Text {
                port: first_filled(&[&cell(port), header.port]),
                time: Some(cell(time)).filter(|time| !time.is_empty()),
                sender: first_filled(&[&cell(sender), header.sender]),
                recipients: [cell(recipient), header.recipient.into()],
                body,
            };
            Ok(Some(Row::Text(text.received(gateway)?)))
        }
        Some(1) => {
            let Some((outcome, is_final, code)) = operators_word(content)? else {
                return Ok(None);
            };
            let recipient = self::recipient(recipient, gateway).ok_or("has no usable recipient")?;
            let receipt = Receipt {
                recipient: Some(recipient),
                port: port_of(port),
                ..receipt(outcome, is_final, time_of(time)?, &code)
            };
            Ok(Some(Row::Receipt(DeliveryReport {
                message_id: None,
                receipt,
            })))
        }
        _ => Err("is neither a text nor a receipt"),
    }
}

/// Reads the device's other way to bring a text: the text itself behind its header, and the port and sender in the query as
/// well. `None` where the body does not begin so.
pub(super) fn with_header(body: &str, query: &str, gateway: &Gateway) -> Option<Result<Row, &'static str>> {
    let body = body.trim_end_matches('\0');
    let (header, body) = Header::split(body);
    if header.sender.is_empty() {
        return None;
    }
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(query.as_bytes());
        fields.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let (port, sender) = (field("port").unwrap_or_default(), field("sender").unwrap_or_default());
    let text = Text {
        port: first_filled(&[&port, header.port]),
        time: Some(header.time.into()).filter(|time: &Cow<'_, str>| !time.is_empty()),
        // A plus sign that was not escaped arrives as a blank, so the header knows better.
        sender: first_filled(&[header.sender, &sender]),
        recipients: [header.recipient.into(), Cow::default()],
        body,
    };
    Some(text.received(gateway).map(Row::Text))
}

fn first_filled(texts: &[&str]) -> String {
    let filled = texts.iter().map(|text| text.trim()).find(|text| !text.is_empty());
    filled.unwrap_or_default().to_owned()
}

/// A text as the device tells of it.
struct Text<'a> {
    port: String,
    /// In any form: it tells one text from the next of the same words.
    time: Option<Cow<'a, str>>,
    sender: String,
    /// What may be the number of the SIM card, best first.
    recipients: [Cow<'a, str>; 2],
    body: &'a str,
}

impl Text<'_> {
    fn received(&self, gateway: &Gateway) -> Result<InboundMessage, &'static str> {
        let phone = gateway.numbers.normalise(&self.sender).map(Sender::Phone);
        let from = phone
            .or_else(|| Sender::parse(&self.sender).ok())
            .ok_or("has no usable sender")?;
        let port = port::normalised(&self.port);
        let id = match &self.time {
            Some(time) => InboundId::Stable(digest(&[NAME, &port, time, from.as_str(), self.body])),
            None => InboundId::Content,
        };
        Ok(InboundMessage {
            provider: NAME,
            id,
            from,
            to: self.own_number(&port, gateway),
            body: self.body.to_owned(),
            answered: None,
        })
    }

    /// The number that was texted. The operator's word comes first, because the answer finds its way back through the same
    /// port by it; where nobody knows the number, the port itself serves.
    fn own_number(&self, port: &str, gateway: &Gateway) -> String {
        let told = || {
            let mut numbers = self
                .recipients
                .iter()
                .filter_map(|text| gateway.numbers.normalise(text));
            numbers.next().map(|number: PhoneNumber| number.as_str().to_owned())
        };
        let named = gateway.ports.number_of(port);
        named
            .map(|number| number.as_str().to_owned())
            .or_else(told)
            .unwrap_or_else(|| port.to_owned())
    }
}

/// What some units put before the text.
#[derive(Debug, PartialEq, Eq, Default)]
struct Header<'a> {
    sender: &'a str,
    port: &'a str,
    recipient: &'a str,
    /// In the network's own form, such as `250820064536A8`.
    time: &'a str,
}

impl<'a> Header<'a> {
    /// The header, empty where there is none, and the text behind it.
    fn split(content: &'a str) -> (Self, &'a str) {
        let mut header = Self::default();
        if !content.starts_with(SENDER) {
            return (header, content);
        }
        let mut end = 0;
        for line in content.split_inclusive('\n') {
            end += line.len();
            let line = line.trim();
            if line.is_empty() {
                return (header, content.get(end..).unwrap_or_default());
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.trim();
            match name {
                "Sender" => header.sender = value,
                "Receiver" => (header.port, header.recipient) = receiver(value),
                "SCTS" => header.time = value,
                _ => {}
            }
        }
        // Without an empty line it is what a person wrote.
        (Self::default(), content)
    }
}

/// `"12.01" 12025550188`: the port and the SIM card's number, of which either may be missing.
fn receiver(value: &str) -> (&str, &str) {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let (port, number) = quoted.unwrap_or(("", value));
    (port, number.trim())
}

/// UTF-8 without the NUL characters that some firmware pads with, and without the rest of a character that was cut.
fn decoded(content: &[u8]) -> String {
    let padding = content.iter().rev().take_while(|byte| **byte == 0).count();
    let content = content.get(..content.len() - padding).unwrap_or_default();
    let whole = match std::str::from_utf8(content) {
        Err(error) if error.error_len().is_none() => content.get(..error.valid_up_to()).unwrap_or_default(),
        _ => content,
    };
    String::from_utf8_lossy(whole).into_owned()
}

/// `"<code> <time>"`, of which the document explains code 0 only. The others are taken for the network's own TP-Status
/// (3GPP TS 23.040 §9.2.3.15). `None` while the operator is still trying.
fn operators_word(content: &Value) -> Result<Option<(ReceiptOutcome, bool, String)>, &'static str> {
    let code = value::leading_integer(content).ok_or("has no code of the operator's")?;
    let (outcome, is_final) = match code {
        // The phone has it.
        0 => (ReceiptOutcome::Delivered, true),
        // Passed on to where delivery cannot be confirmed.
        1 => (ReceiptOutcome::Accepted, true),
        // Not yet delivered, and the service centre goes on trying.
        32..=63 => return Ok(None),
        // Replaced, refused, expired, given up, or the service centre's own.
        2..=255 => (ReceiptOutcome::Undelivered, true),
        _ => return Err("has a code that no operator gives"),
    };
    let code = value::text(content).unwrap_or_default().into_owned();
    Ok(Some((outcome, is_final, code)))
}

#[cfg(test)]
mod tests;
