//! What a check found, and the report of all checks.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Ok,
    /// Works, with less than one would expect, or could not be checked.
    Warn,
    /// Texts are lost or late until somebody fixes it.
    Fail,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name, such as `spend-limit`.
    pub check: &'static str,
    pub level: Level,
    pub text: String,
    /// The command or console page that fixes it.
    pub mend: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            text: text.into(),
            mend: None,
        }
    }

    pub(super) fn warn(check: &'static str, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Warn,
            text: text.into(),
            mend: Some(mend.into()),
        }
    }

    pub(super) fn fail(check: &'static str, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            level: Level::Fail,
            ..Self::warn(check, text, mend)
        }
    }
}

/// The findings in the order of the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many checks failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(Level::Fail)
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    pub(super) fn extend(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    /// With the options of the AWS CLI in every command, so that it reaches the same account and Region.
    pub(super) fn with_options(mut self, options: &str) -> Self {
        for mend in self.findings.iter_mut().filter_map(|finding| finding.mend.as_mut()) {
            let is_command = mend.starts_with("aws ") || mend.starts_with("cargo run -- ");
            // Advice in words may begin with a command too.
            if is_command && !mend.contains(", ") {
                mend.push_str(options);
            }
        }
        self
    }

    /// `{"findings": [{"check", "level", "text", "mend"}], "failed", "warned"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "findings": self.findings, "failed": self.failed(), "warned": self.count(Level::Warn) })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(
                f,
                "{:<5} {:<18} {}",
                finding.level.as_str(),
                finding.check,
                finding.text
            )?;
            if let Some(mend) = &finding.mend {
                writeln!(f, "{:<24} > {mend}", "")?;
            }
        }
        let (failed, warned) = (self.failed(), self.count(Level::Warn));
        let fine = self.findings.len() - failed - warned;
        writeln!(f, "\n{fine} OK, {warned} WARN, {failed} FAIL")
    }
}
