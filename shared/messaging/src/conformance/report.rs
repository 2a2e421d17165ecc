//! How the cases ended, for one provider and for several side by side.

use std::fmt;

use super::Stop;

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// The provider does not claim what the case is about; the text names the capability.
    NotApplicable(String),
    Failed(String),
}

/// All cases with their verdicts; displayed as a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub verdicts: Vec<(String, Verdict)>,
}

impl Report {
    pub(super) fn add(&mut self, case: String, ended: Result<(), Stop>) {
        let verdict = match ended {
            Ok(()) => Verdict::Passed,
            Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable(reason),
            Err(Stop::Failed(text)) => Verdict::Failed(text),
        };
        self.verdicts.push((case, verdict));
    }

    pub fn failures(&self) -> Vec<&str> {
        let failed = self
            .verdicts
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)));
        failed.map(|(case, _)| case.as_str()).collect()
    }

    /// How a case ended, by its name in the list.
    pub fn verdict(&self, case: &str) -> Option<&Verdict> {
        self.verdicts
            .iter()
            .find(|(name, _)| name == case)
            .map(|(_, verdict)| verdict)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (case, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => writeln!(f, "{case:<52} passed")?,
                Verdict::NotApplicable(reason) => writeln!(f, "{case:<52} not applicable: {reason}")?,
                Verdict::Failed(text) => writeln!(f, "{case:<52} FAILED: {text}")?,
            }
        }
        Ok(())
    }
}

/// Cases down, providers across. What a cell cannot say in a word is a numbered note below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub providers: Vec<(String, Report)>,
}

impl Table {
    /// Each failed cell: provider and case.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let mut failed = Vec::new();
        for (provider, report) in &self.providers {
            failed.extend(report.failures().into_iter().map(|case| (provider.as_str(), case)));
        }
        failed
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((_, first)) = self.providers.first() else {
            return Ok(());
        };
        let mut notes: Vec<String> = Vec::new();
        write!(f, "{:<52}", "")?;
        for (provider, _) in &self.providers {
            write!(f, " {:<width$}", provider, width = width(provider))?;
        }
        writeln!(f)?;
        for (case, _) in &first.verdicts {
            write!(f, "{case:<52}")?;
            for (provider, report) in &self.providers {
                let cell = match report.verdict(case) {
                    Some(Verdict::Passed) => "ok".to_owned(),
                    Some(Verdict::NotApplicable(reason)) => format!("n/a {}", number(&mut notes, reason)),
                    Some(Verdict::Failed(text)) => format!("FAIL {}", number(&mut notes, text)),
                    None => "-".to_owned(),
                };
                write!(f, " {:<width$}", cell, width = width(provider))?;
            }
            writeln!(f)?;
        }
        for (index, note) in notes.iter().enumerate() {
            writeln!(f, "{:>3}  {note}", index + 1)?;
        }
        Ok(())
    }
}

/// Wide enough for the name and for a cell with a note.
fn width(provider: &str) -> usize {
    provider.len().max("FAIL 00".len())
}

/// The number of a note, which is written once however many cells need it.
fn number(notes: &mut Vec<String>, text: &str) -> usize {
    let place = notes.iter().position(|note| note == text).unwrap_or_else(|| {
        notes.push(text.to_owned());
        notes.len() - 1
    });
    place + 1
}
