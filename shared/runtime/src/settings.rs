//! The only reader of the environment. Each function's settings are one struct, read once; everything that is missing
//! or wrong is reported together.

mod functions;
#[cfg(feature = "providers")]
mod message_sender;
#[cfg(feature = "providers")]
mod providers;

#[cfg(feature = "providers")]
pub use functions::ApiSettings;
pub use functions::{
    GatewayWebhookSettings, InboundSmsSettings, LedgerSettings, RecordChangesSettings, ShiftCampaignsSettings,
};
#[cfg(feature = "providers")]
pub use message_sender::MessageSenderSettings;
#[cfg(feature = "providers")]
pub use providers::ProviderSettings;

use thiserror::Error;
use tracing::Level;

/// Everything that is wrong with the settings, one sentence a problem.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the settings cannot be used: {}", .0.join("; "))]
pub struct SettingsError(pub Vec<String>);

/// Settings that are read from environment variables.
pub trait FromEnvironment: Sized {
    /// Reads every variable, also after one was missing; the caller looks at the reader's problems.
    fn from_environment(reader: &mut Reader<'_>) -> Self;
}

/// Reads variables and collects what is wrong with them.
pub struct Reader<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
    names: Vec<&'static str>,
    problems: Vec<String>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            source,
            names: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The value of a variable, `None` where it is absent or blank.
    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        self.names.push(name);
        (self.source)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    /// The value of a variable that must be there.
    pub fn required(&mut self, name: &'static str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is missing"));
            String::new()
        })
    }

    /// The value of a variable that must be one of `choices`.
    pub fn choice<T: Clone>(&mut self, name: &'static str, choices: &[(&str, T)], otherwise: T) -> T {
        let value = self.required(name);
        if let Some((_, choice)) = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(&value)) {
            return choice.clone();
        }
        if !value.is_empty() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(format!("{name} must be one of {}", words.join(", ")));
        }
        otherwise
    }

    /// A whole number from 1 up.
    pub fn count(&mut self, name: &'static str, otherwise: usize) -> usize {
        let Some(text) = self.optional(name) else {
            return otherwise;
        };
        match text.parse() {
            Ok(count) if count > 0 => count,
            _ => {
                self.problem(format!("{name} must be a whole number from 1 up"));
                otherwise
            }
        }
    }

    /// Notes something that is wrong; never the value of a variable, which may be a secret.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }
}

/// Reads `T` from the process's environment.
///
/// # Errors
///
/// All that is missing or wrong.
pub fn read<T: FromEnvironment>() -> Result<T, SettingsError> {
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    let source = |name: &str| std::env::var(name).ok();
    read_from(&source)
}

/// The file that says how the clock is set, on a machine where it can be.
#[cfg(feature = "displaced-clock")]
pub(crate) fn clock_file() -> Option<std::path::PathBuf> {
    std::env::var_os("CLOCK_FILE").map(std::path::PathBuf::from)
}

/// Reads `T` from any source of variables.
///
/// # Errors
///
/// All that is missing or wrong.
pub fn read_from<T: FromEnvironment>(source: &dyn Fn(&str) -> Option<String>) -> Result<T, SettingsError> {
    let mut reader = Reader::new(source);
    let settings = T::from_environment(&mut reader);
    if reader.problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError(reader.problems))
    }
}

/// The variables that `T` reads, besides those that Lambda itself provides.
pub fn variables<T: FromEnvironment>() -> Vec<&'static str> {
    let nothing = |_: &str| None;
    let mut reader = Reader::new(&nothing);
    T::from_environment(&mut reader);
    reader
        .names
        .into_iter()
        .filter(|name| !name.starts_with("AWS_"))
        .collect()
}

/// How much is logged.
#[derive(Debug, Clone, Copy)]
pub struct LogLevel(pub Level);

impl FromEnvironment for LogLevel {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let levels = [
            ("error", Level::ERROR),
            ("warn", Level::WARN),
            ("info", Level::INFO),
            ("debug", Level::DEBUG),
            ("trace", Level::TRACE),
        ];
        Self(reader.choice("LOG_LEVEL", &levels, Level::INFO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(values: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn everything_that_is_missing_or_wrong_is_reported_together() {
        let values = source(&[("LOG_LEVEL", "loud"), ("AWS_REGION", " ")]);
        let SettingsError(problems) = read_from::<LedgerSettings>(&values).unwrap_err();
        assert_eq!(
            problems,
            [
                "LOG_LEVEL must be one of error, warn, info, debug, trace",
                "CONTACTS_TABLE_NAME is missing",
                "MESSAGES_TABLE_NAME is missing",
                "RECORDS_TABLE_NAME is missing",
                "STACK_NAME is missing",
                "AWS_REGION is missing",
                "AWS_ACCESS_KEY_ID is missing",
                "AWS_SECRET_ACCESS_KEY is missing",
            ]
        );
    }

    #[cfg(feature = "providers")]
    #[test]
    fn redirecting_needs_a_number_to_redirect_to() {
        let values = source(&[("DELIVERY_MODE", "redirect"), ("REDIRECT_NUMBER", "555")]);
        let SettingsError(problems) = read_from::<MessageSenderSettings>(&values).unwrap_err();
        assert!(
            problems.iter().any(|problem| problem.contains("REDIRECT_NUMBER")),
            "{problems:?}"
        );
    }

    #[test]
    fn a_functions_variables_are_those_it_reads() {
        assert_eq!(
            variables::<LedgerSettings>(),
            [
                "LOG_LEVEL",
                "CONTACTS_TABLE_NAME",
                "MESSAGES_TABLE_NAME",
                "RECORDS_TABLE_NAME",
                "STACK_NAME"
            ]
        );
    }
}
