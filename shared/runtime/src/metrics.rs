//! The functions' metrics: one line in CloudWatch's embedded metric format on standard output for each invocation.
//!
//! The lines do not pass through the log's filter and are no fields of a log line, which would nest or quote them: Lambda hands on a
//! line that is JSON already as it is, and CloudWatch reads the metrics out of it
//! ([format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)).
//!
//! Every combination of dimensions is a metric of its own that is paid for. The only dimensions are the stack and the reason of a
//! refusal, which is one of a closed list, so neither a number nor an organisation nor a campaign can become one.

use std::collections::BTreeMap;
use std::io::Write;

use application::port::Clock;
use domain::message::{RefusalKind, Status};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::SystemClock;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Shiftline";

/// What is measured. Each is a sum over an invocation, except ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Messages that a sender took up.
    Queued,
    /// Messages that a provider accepted.
    Accepted,
    /// Messages that a provider refused, for now or for good.
    Refused,
    /// Refusals because a rate limit was exceeded. They are no part of [`Self::Refused`].
    Throttled,
    /// Messages that a receipt says have arrived.
    Delivered,
    /// Messages that a receipt says have not arrived.
    Undelivered,
    /// Messages whose time passed before they could be sent.
    Expired,
    /// How long the oldest message timer has been due, in seconds.
    OldestDueSeconds,
    /// Texts that came in, each once.
    InboundReceived,
    /// Call backs that the contact centre refused.
    CallRefused,
    /// Campaigns that are held because their provider takes nothing at the moment.
    CampaignHeld,
    /// Claims that failed because the row had changed since it was read.
    StaleClaim,
}

impl Metric {
    pub const ALL: [Self; 12] = [
        Self::Queued,
        Self::Accepted,
        Self::Refused,
        Self::Throttled,
        Self::Delivered,
        Self::Undelivered,
        Self::Expired,
        Self::OldestDueSeconds,
        Self::InboundReceived,
        Self::CallRefused,
        Self::CampaignHeld,
        Self::StaleClaim,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Accepted => "Accepted",
            Self::Refused => "Refused",
            Self::Throttled => "Throttled",
            Self::Delivered => "Delivered",
            Self::Undelivered => "Undelivered",
            Self::Expired => "Expired",
            Self::OldestDueSeconds => "OldestDueSeconds",
            Self::InboundReceived => "InboundReceived",
            Self::CallRefused => "CallRefused",
            Self::CampaignHeld => "CampaignHeld",
            Self::StaleClaim => "StaleClaim",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::OldestDueSeconds => "Seconds",
            _ => "Count",
        }
    }
}

/// The counts of one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    sums: BTreeMap<Metric, u64>,
    refusals: BTreeMap<&'static str, u64>,
}

impl Metrics {
    /// Adds `count`. What is never added is not written; adding 0 writes a 0.
    pub fn add(&mut self, metric: Metric, count: u64) {
        *self.sums.entry(metric).or_default() += count;
    }

    /// Counts a refusal by its reason; one for the rate limit as [`Metric::Throttled`].
    pub fn refused(&mut self, reason: RefusalKind) {
        if reason == RefusalKind::Throttled {
            return self.add(Metric::Throttled, 1);
        }
        self.add(Metric::Refused, 1);
        *self.refusals.entry(reason.as_str()).or_default() += 1;
    }

    /// Counts a message by where a receipt moved it, if that is its end.
    pub fn receipt(&mut self, status: Status) {
        match status {
            Status::Delivered => self.add(Metric::Delivered, 1),
            Status::Undelivered => self.add(Metric::Undelivered, 1),
            _ => {}
        }
    }

    /// The count so far; 0 where nothing was added.
    #[must_use]
    pub fn count(&self, metric: Metric) -> u64 {
        self.sums.get(&metric).copied().unwrap_or_default()
    }

    /// The sums as one line, and one more for each reason of a refusal, since a line has one value for each dimension.
    fn lines(&self, stack: &str, at: Timestamp) -> Vec<String> {
        let sums = (!self.sums.is_empty()).then(|| line(stack, None, &self.sums, at));
        let refusals = self.refusals.iter();
        let refusals = refusals.map(|(reason, count)| {
            let count = BTreeMap::from([(Metric::Refused, *count)]);
            line(stack, Some(reason), &count, at)
        });
        sums.into_iter().chain(refusals).collect()
    }

    fn write(&self, stack: &str) {
        let mut lines = self.lines(stack, SystemClock.now()).join("\n");
        if !lines.is_empty() {
            lines.push('\n');
            // Nothing can be done about an output that is closed, and the work itself is done.
            let _ = std::io::stdout().write_all(lines.as_bytes());
        }
    }
}

fn line(stack: &str, reason: Option<&str>, values: &BTreeMap<Metric, u64>, at: Timestamp) -> String {
    let dimensions = reason.map_or_else(|| vec!["Stack"], |_| vec!["Stack", "Reason"]);
    let metrics = values.keys();
    let metrics: Vec<Value> = metrics
        .map(|metric| json!({ "Name": metric.name(), "Unit": metric.unit() }))
        .collect();
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics });
    let mut line = Map::from_iter([
        (
            "_aws".to_owned(),
            json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive] }),
        ),
        // Lambda takes a line without these two for one that is still to be wrapped.
        ("level".to_owned(), "INFO".into()),
        ("timestamp".to_owned(), format!("{at:.3}").into()),
        ("Stack".to_owned(), stack.into()),
    ]);
    line.extend(reason.map(|reason| ("Reason".to_owned(), reason.into())));
    line.extend(
        values
            .iter()
            .map(|(metric, value)| (metric.name().to_owned(), (*value).into())),
    );
    Value::Object(line).to_string()
}

/// Does the work of one invocation and then writes what it counted, also where it failed.
pub async fn measured<Answer>(stack: &str, work: impl AsyncFnOnce(&mut Metrics) -> Answer) -> Answer {
    let mut metrics = Metrics::default();
    let answer = work(&mut metrics).await;
    metrics.write(stack);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(metrics: &Metrics) -> Vec<Value> {
        let at = "2026-11-20T18:00:00.5Z".parse().unwrap();
        let lines = metrics.lines("shiftline", at);
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_invocation_is_one_line_and_one_for_each_reason() {
        let mut metrics = Metrics::default();
        metrics.add(Metric::Accepted, 2);
        metrics.add(Metric::Accepted, 3);
        metrics.add(Metric::OldestDueSeconds, 0);
        metrics.refused(RefusalKind::Quota);
        metrics.refused(RefusalKind::Quota);
        metrics.refused(RefusalKind::Throttled);
        assert_eq!(
            lines(&metrics),
            [
                json!({
                    "_aws": { "Timestamp": 1_795_197_600_500_i64, "CloudWatchMetrics": [{
                        "Namespace": "Shiftline",
                        "Dimensions": [["Stack"]],
                        "Metrics": [
                            { "Name": "Accepted", "Unit": "Count" },
                            { "Name": "Refused", "Unit": "Count" },
                            { "Name": "Throttled", "Unit": "Count" },
                            { "Name": "OldestDueSeconds", "Unit": "Seconds" },
                        ],
                    }] },
                    "level": "INFO", "timestamp": "2026-11-20T18:00:00.500Z",
                    "Stack": "shiftline", "Accepted": 5, "Refused": 2, "Throttled": 1, "OldestDueSeconds": 0,
                }),
                json!({
                    "_aws": { "Timestamp": 1_795_197_600_500_i64, "CloudWatchMetrics": [{
                        "Namespace": "Shiftline",
                        "Dimensions": [["Stack", "Reason"]],
                        "Metrics": [{ "Name": "Refused", "Unit": "Count" }],
                    }] },
                    "level": "INFO", "timestamp": "2026-11-20T18:00:00.500Z",
                    "Stack": "shiftline", "Reason": "quota", "Refused": 2,
                }),
            ]
        );
    }

    #[test]
    fn nothing_counted_is_nothing_written() {
        assert_eq!(lines(&Metrics::default()), Vec::<Value>::new());
    }

    /// Whatever is counted, a line holds the stack's name and words of closed lists, and no other text.
    #[test]
    fn no_number_organisation_or_campaign_can_be_a_dimension() {
        let reasons = [
            RefusalKind::Unavailable,
            RefusalKind::OptedOut,
            RefusalKind::Recipient,
            RefusalKind::Unregistered,
            RefusalKind::Content,
            RefusalKind::Configuration,
            RefusalKind::Quota,
            RefusalKind::Other,
        ];
        let mut metrics = Metrics::default();
        Metric::ALL.iter().for_each(|metric| metrics.add(*metric, 1));
        reasons.iter().for_each(|reason| metrics.refused(*reason));
        let lines = lines(&metrics);
        assert_eq!(lines.len(), 1 + reasons.len());
        for line in lines {
            for dimensions in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].as_array().unwrap() {
                assert!(
                    [json!(["Stack"]), json!(["Stack", "Reason"])].contains(dimensions),
                    "{dimensions}"
                );
            }
            for (name, value) in line.as_object().unwrap() {
                let is_known = match value {
                    Value::String(text) => match name.as_str() {
                        "Stack" => text == "shiftline",
                        "Reason" => reasons.iter().any(|reason| reason.as_str() == text),
                        "level" => text == "INFO",
                        "timestamp" => text.parse::<Timestamp>().is_ok(),
                        _ => false,
                    },
                    Value::Number(_) => Metric::ALL.iter().any(|metric| metric.name() == name),
                    _ => name == "_aws",
                };
                assert!(is_known, "{name}: {value}");
            }
        }
    }
}
