//! Status reports: what became of our texts.
//!
//! Nothing of them is signed and each field may come in another form, so every row is judged on its own: one that cannot
//! be used says why and takes no other with it. See *Status reports* in protocol.md.

use domain::message::{Receipt, ReceiptOutcome};
use serde_json::Value;

use super::row::{Gateway, RowError, cells, in_place, port_of, receipt, recipient, time_of};
use super::value;
use crate::callback::Row;
use crate::excerpt::excerpt;
use crate::report::DeliveryReport;

/// The receipts of `rpts`.
pub(super) fn reports(reports: &[Value], gateway: &Gateway) -> Vec<Result<Row, RowError>> {
    let read = reports
        .iter()
        .enumerate()
        .flat_map(|(place, report)| of_task(&format!("rpts[{place}]"), report, gateway));
    read.map(|receipt| {
        receipt.map(|receipt| {
            Row::Receipt(DeliveryReport {
                message_id: None,
                receipt,
            })
        })
    })
    .collect()
}

/// All that a report says of one task: a receipt for each of its rows, and where there is none that can be used, what the
/// counters say.
fn of_task(place: &str, report: &Value, gateway: &Gateway) -> Vec<Result<Receipt, RowError>> {
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

type ReadRow = fn(&Value, &Gateway) -> Result<Receipt, &'static str>;

/// `[index, number, port, time]`: the network took the text; a phone may or may not get it.
fn sent(row: &Value, gateway: &Gateway) -> Result<Receipt, &'static str> {
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
fn failed(row: &Value, gateway: &Gateway) -> Result<Receipt, &'static str> {
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
fn counted(report: &Value, gateway: &Gateway) -> Result<Option<Receipt>, &'static str> {
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
