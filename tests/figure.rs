//! What the benchmarks print: one JSON line a figure, beside the limit it is measured against.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

/// One measured figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    benchmark: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// With its unit, as in `p50_ms`.
    figure: &'static str,
    value: f64,
    /// The same figure of what cannot be faster, from the same run.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    /// What is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    measures: Option<&'static str>,
}

/// What a figure should reach.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// So many times the limit.
    AtMostTimes(f64),
    AtLeastTimes(f64),
}

impl Figure {
    pub fn new(benchmark: &'static str, figure: &'static str, value: f64) -> Self {
        Self {
            benchmark,
            case: None,
            figure,
            value: rounded(value),
            limit: None,
            ratio: None,
            aim: None,
            met: None,
            measures: None,
        }
    }

    pub fn case(mut self, case: impl Into<String>) -> Self {
        self.case = Some(case.into());
        self
    }

    pub fn beside(mut self, limit: f64) -> Self {
        self.limit = Some(rounded(limit));
        self.ratio = Some(rounded(self.value / limit));
        self
    }

    pub fn measures(mut self, what: &'static str) -> Self {
        self.measures = Some(what);
        self
    }

    pub fn aim(mut self, aim: Aim) -> Self {
        let ratio = self.ratio.unwrap_or(f64::NAN);
        let (words, met) = match aim {
            Aim::AtMost(most) => (format!("<= {most}"), self.value <= most),
            Aim::AtLeast(least) => (format!(">= {least}"), self.value >= least),
            Aim::AtMostTimes(times) => (format!("<= {times} x limit"), ratio <= times),
            Aim::AtLeastTimes(times) => (format!(">= {times} x limit"), ratio >= times),
        };
        self.aim = Some(words);
        self.met = Some(met);
        self
    }

    /// # Panics
    ///
    /// When the standard output is closed.
    pub fn print(&self) {
        let line = serde_json::to_string(self).unwrap();
        let mut output = io::stdout().lock();
        writeln!(output, "{line}").unwrap();
    }
}

/// Thousandths are below what two runs have in common.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The value that `share` of the values do not exceed.
///
/// # Panics
///
/// When there are no values.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
