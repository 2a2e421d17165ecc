//! A task of a send request and the codes that the device gives it.

use std::fmt;

use serde_json::{Value, json};

use super::integer;

/// What the device says to one task; a code other than 0 means that it did not take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskCode {
    Ok = 0,
    InvalidPort = 2,
    SimUnregistered = 5,
    SmsExpected = 8,
    ToExpected = 9,
    TidExpected = 11,
    DuplicatedTaskId = 13,
    InvalidCmd = 15,
    TooManyTask = 16,
}

impl fmt::Display for TaskCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Ok => "OK",
            Self::InvalidPort => "Invalid Port",
            Self::SimUnregistered => "SIM Unregistered",
            Self::SmsExpected => "SMS expected",
            Self::ToExpected => "TO expected",
            Self::TidExpected => "TID Expected",
            Self::DuplicatedTaskId => "Duplicated TaskId",
            Self::InvalidCmd => "Invalid CMD",
            Self::TooManyTask => "Too Many Task",
        };
        write!(f, "{} {text}", *self as u8)
    }
}

/// What the device says about one task: the id as it counts, or as it came when it is none.
pub(super) fn status(task: &Value, code: TaskCode) -> Value {
    let tid = tid(task).map_or_else(|| task["tid"].clone(), Value::from);
    json!({ "tid": tid, "status": code.to_string() })
}

/// A text to one recipient.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) tid: i32,
    /// From 1; `None` lets the device choose.
    pub(super) port: Option<usize>,
    pub(super) recipient: String,
    pub(super) text: String,
    /// Whether the operator is asked for a receipt.
    pub(super) asks_for_receipt: bool,
}

/// The task id of an entry. The device counts in 32 bits: a larger number wraps and may come back negative.
#[expect(clippy::cast_possible_truncation, reason = "the device's own wrapping")]
pub(super) fn tid(task: &Value) -> Option<i32> {
    integer(&task["tid"]).map(|tid| tid as i32)
}

impl Task {
    pub(super) fn read(task: &Value) -> Result<Self, TaskCode> {
        let tid = tid(task).ok_or(TaskCode::TidExpected)?;
        if integer(&task["smstype"]).is_some_and(|kind| kind != 0) {
            return Err(TaskCode::InvalidCmd);
        }
        let text = |name: &str| task[name].as_str().filter(|text| !text.is_empty());
        Ok(Self {
            tid,
            text: text("sms").ok_or(TaskCode::SmsExpected)?.to_owned(),
            recipient: text("to").ok_or(TaskCode::ToExpected)?.to_owned(),
            port: match text("from") {
                None => None,
                Some(port) => Some(
                    port.parse()
                        .ok()
                        .filter(|port| *port > 0)
                        .ok_or(TaskCode::InvalidPort)?,
                ),
            },
            asks_for_receipt: integer(&task["dr"]) == Some(1),
        })
    }
}
