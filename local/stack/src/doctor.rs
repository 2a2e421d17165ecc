//! Checks a deployed stack without changing it: each check is OK, WARN or FAIL, with its fix.
//!
//! What is asked is in `question`, in which order in [`examine`]; what the answers mean is in `check`, as pure
//! functions over the JSON that the AWS CLI prints.

mod check;
mod examination;
mod finding;
mod question;
mod smoke;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use thiserror::Error;

use crate::aws_cli::{AwsCli, CliError};
use local_providers::clock;

use self::examination::Paced;
pub use self::examination::{Examined, examine};
pub use self::finding::{Finding, Level, Report};
pub use self::question::{Ask, Question};

/// What is checked, and how it is reported.
#[derive(Clone, Debug)]
pub struct DoctorOptions {
    pub stack: String,
    /// Also send to the service's own simulators and wait for the receipts.
    pub smoke: bool,
    pub json: bool,
}

/// Why there is no healthy report.
#[derive(Debug, Error)]
pub enum DoctorError {
    #[error(transparent)]
    Cli(#[from] CliError),
    #[error("the report cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error("{0} of the checks failed")]
    Unhealthy(usize),
}

/// Examines the stack and writes the report.
///
/// # Errors
///
/// When a check fails, or the AWS CLI cannot be used at all.
pub async fn run(cli: &AwsCli, options: &DoctorOptions, output: &mut impl Write) -> Result<(), DoctorError> {
    let patient = Paced::new(cli);
    let Examined {
        mut report,
        deployment,
        country,
    } = examine(&patient, &options.stack, clock::now()).await?;
    if let (true, Some(deployment)) = (options.smoke, &deployment) {
        report.extend(smoke::run(cli, deployment, country.as_deref()).await);
    }
    let report = report.with_options(&cli.options());
    if options.json {
        writeln!(output, "{:#}", report.to_json())?;
    } else {
        write!(output, "{report}")?;
    }
    match report.failed() {
        0 => Ok(()),
        failed => Err(DoctorError::Unhealthy(failed)),
    }
}
