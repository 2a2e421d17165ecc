//! The `status-report` that the device posts to a task's `sr_url`: the results of its texts on their way to the
//! network.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::port;
use super::push::{Row, count};
use super::switch::Behaviour;
use super::task::Task;

/// How far a task is: totals since its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    sent: usize,
    failed: usize,
    unsent: usize,
}

impl Progress {
    pub(super) fn of(texts: usize) -> Self {
        Self {
            sent: 0,
            failed: 0,
            unsent: texts,
        }
    }

    pub(super) fn count(&mut self, fails: bool) {
        self.unsent -= 1;
        if fails {
            self.failed += 1;
        } else {
            self.sent += 1;
        }
    }
}

/// The result of one text, and the progress of its task at that time.
#[derive(Clone, Debug)]
pub(super) struct SendResult {
    tid: i32,
    progress: Progress,
    /// The row's place in the report, unless the task does not ask for it.
    list: Option<&'static str>,
    index: usize,
    recipient: String,
    port: usize,
    at: i64,
}

impl SendResult {
    pub(super) fn new(
        task: &Task,
        index: usize,
        recipient: &str,
        port: usize,
        at: Timestamp,
        fails: bool,
        progress: Progress,
    ) -> Self {
        let (list, asked) = if fails { ("fdr", task.fdr) } else { ("sdr", task.sdr) };
        Self {
            tid: task.tid,
            progress,
            list: asked.then_some(list),
            index,
            recipient: recipient.to_owned(),
            port,
            at: at.as_second(),
        }
    }

    fn row(&self, slot_letters: bool) -> Value {
        let port = port::written(self.port, slot_letters);
        match self.list {
            // The words of an operator's reason are assumed; its code is a cause of 3GPP TS 24.011.
            Some("fdr") => json!([
                self.index,
                self.recipient,
                port,
                self.at,
                "7 Server Error",
                "28 Unidentified subscriber"
            ]),
            _ => json!([self.index, self.recipient, port, self.at]),
        }
    }
}

impl Row for SendResult {
    fn body(rows: &[Self], behaviour: &Behaviour) -> Value {
        let mut reports: Vec<Value> = Vec::new();
        for row in rows {
            let at = reports
                .iter()
                .position(|report| report["tid"] == row.tid)
                .unwrap_or_else(|| {
                    reports.push(json!({ "tid": row.tid }));
                    reports.len() - 1
                });
            let report = &mut reports[at];
            report["sending"] = 0.into();
            report["sent"] = row.progress.sent.into();
            report["failed"] = row.progress.failed.into();
            report["unsent"] = row.progress.unsent.into();
            if let Some(list) = row.list {
                if report[list].is_null() {
                    report[list] = json!([]);
                }
                if let Some(list) = report[list].as_array_mut() {
                    list.push(row.row(behaviour.slot_letters));
                }
            }
        }
        json!({ "type": "status-report", "rpt_num": count(reports.len(), behaviour), "rpts": reports })
    }
}
