//! The `status-report` that the device posts to a request's `sr_url`: the result of a text on its way to the network.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::task::Task;
use super::with_slot;

/// The report on a task's one text. The words of an operator's reason are assumed; its code is a cause of 3GPP TS 24.011.
pub(super) fn body(task: &Task, port: usize, at: Timestamp, fails: bool) -> Value {
    let (port, at) = (with_slot(port), at.as_second());
    let mut report = json!({
        "tid": task.tid, "sending": 0, "sent": u8::from(!fails), "failed": u8::from(fails), "unsent": 0,
    });
    if fails {
        report["fdr"] = json!([[
            0,
            task.recipient,
            port,
            at,
            "7 Server Error",
            "28 Unidentified subscriber"
        ]]);
    } else {
        report["sdr"] = json!([[0, task.recipient, port, at]]);
    }
    json!({ "type": "status-report", "rpt_num": 1, "rpts": [report] })
}
