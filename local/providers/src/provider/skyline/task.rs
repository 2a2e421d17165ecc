//! A task of a send request and the codes that the device gives it.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{integer, port};

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

/// A text to one or more recipients.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) tid: i32,
    /// As it came, for the list of tasks.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) sms: String,
    pub(super) chs: String,
    pub(super) coding: i64,
    /// The ports it names; none lets the device choose.
    pub(super) ports: Vec<usize>,
    pub(super) recipients: Vec<String>,
    pub(super) text: String,
    pub(super) interval: Duration,
    /// Whether reports have a row for what was sent.
    pub(super) sdr: bool,
    /// Whether reports have a row for what failed.
    pub(super) fdr: bool,
    /// Whether the operator is asked for a receipt.
    pub(super) dr: bool,
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
        let text = |name: &str| task[name].as_str().unwrap_or_default().to_owned();
        let flag = |name: &str, default: bool| integer(&task[name]).map_or(default, |flag| flag == 1);
        let (from, to, sms) = (text("from"), text("to"), text("sms"));
        let chs = Some(text("chs"))
            .filter(|chs| !chs.is_empty())
            .unwrap_or_else(|| "utf8".to_owned());
        let decoded = decoded(&sms, &chs)
            .filter(|text| !text.is_empty())
            .ok_or(TaskCode::SmsExpected)?;
        let recipients: Vec<_> = to
            .split(',')
            .map(|number| number.trim().to_owned())
            .filter(|number| !number.is_empty())
            .collect();
        if recipients.is_empty() {
            return Err(TaskCode::ToExpected);
        }
        let ports = match from.as_str() {
            "" => Vec::new(),
            list => port::listed(list).ok_or(TaskCode::InvalidPort)?,
        };
        Ok(Self {
            tid,
            coding: integer(&task["coding"]).unwrap_or_default(),
            ports,
            recipients,
            text: decoded,
            interval: Duration::from_millis(integer(&task["intvl"]).and_then(|it| it.try_into().ok()).unwrap_or(0)),
            sdr: flag("sdr", false),
            fdr: flag("fdr", true),
            dr: flag("dr", false),
            from,
            to,
            sms,
            chs,
        })
    }
}

fn decoded(sms: &str, chs: &str) -> Option<String> {
    match chs {
        "base64" => STANDARD
            .decode(sms)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()),
        _ => Some(sms.to_owned()),
    }
}
