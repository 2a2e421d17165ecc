//! The events that the functions gave up on: reads the failure queues, explains each message, runs it again.
//!
//! Explanations hold no phone number and no text of anybody: ids, names, times and kinds of errors only.

mod envelope;
mod explanation;
mod inbox;
mod repetition;
mod stream;

use std::io::{self, Write};

use serde_json::Value;
use thiserror::Error;

use crate::aws_cli::{AwsCli, Call, CliError};
use crate::deployment::Deployment;

use self::envelope::Envelope;
use self::inbox::{Held, Inbox};
use self::repetition::{Repeated, Repetition};

/// The subcommand.
#[derive(Clone, Debug)]
pub enum FailuresCommand {
    List,
    Show {
        /// The message's id or its beginning.
        id: String,
        /// Prints the event itself, with numbers and texts.
        reveal: bool,
    },
    Retry(Chosen),
}

/// Which failures are run again.
#[derive(Clone, Debug)]
pub enum Chosen {
    All,
    /// By their ids, or the beginnings of them.
    These(Vec<String>),
}

/// Why the command did not do all that was asked.
#[derive(Debug, Error)]
pub enum FailuresError {
    #[error(transparent)]
    Cli(#[from] CliError),
    #[error("there is no stack {0} in this account and Region; name another --stack, --region or --profile")]
    NoStack(String),
    #[error("no failure has an id that begins with {0}; `failures list` shows them")]
    NoSuchFailure(String),
    #[error("{count} failures have ids that begin with {id}; write more of it")]
    Ambiguous { id: String, count: usize },
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error("{0} failures are left in their queues")]
    Left(usize),
}

/// A failure with what it says.
struct Failure {
    held: Held,
    envelope: Envelope,
}

/// Reads the failure queues of the stack and does what is asked.
///
/// # Errors
///
/// When the AWS CLI or the stack cannot be used, no failure is meant, or some are left.
pub async fn run(
    cli: &AwsCli,
    stack: &str,
    command: &FailuresCommand,
    output: &mut impl Write,
) -> Result<(), FailuresError> {
    let deployment = deployment(cli, stack).await?;
    let inbox = Inbox::new(cli, &deployment);
    let (failures, is_everything) = read(&inbox, &deployment).await?;
    let (wanted, others) = match choose(command, failures) {
        Ok(chosen) => chosen,
        Err((error, failures)) => {
            inbox.release(failures.iter().map(|failure| &failure.held)).await?;
            return Err(error);
        }
    };
    inbox.release(others.iter().map(|failure| &failure.held)).await?;
    let done = act(cli, &deployment, &inbox, command, &wanted, output).await;
    if !is_everything {
        writeln!(output, "There are more; run this again when these are done.")?;
    }
    done
}

async fn act(
    cli: &AwsCli,
    deployment: &Deployment,
    inbox: &Inbox<'_>,
    command: &FailuresCommand,
    failures: &[Failure],
    output: &mut impl Write,
) -> Result<(), FailuresError> {
    match command {
        FailuresCommand::List => {
            inbox.release(failures.iter().map(|failure| &failure.held)).await?;
            list(failures, output)
        }
        FailuresCommand::Show { reveal, .. } => {
            let repetition = Repetition::new(cli, deployment);
            for failure in failures {
                let event = repetition.prepare(&failure.held, &failure.envelope).await;
                let shown = explanation::full(&failure.held, &failure.envelope, &event);
                write!(output, "{shown}")?;
                if *reveal {
                    let body: Value =
                        serde_json::from_str(&failure.held.body).unwrap_or(Value::from(&*failure.held.body));
                    let events = event
                        .as_ref()
                        .map_or(std::slice::from_ref(&body), |event| &event.payloads);
                    for event in events {
                        writeln!(output, "\n{event:#}")?;
                    }
                }
            }
            inbox.release(failures.iter().map(|failure| &failure.held)).await?;
            Ok(())
        }
        FailuresCommand::Retry(_) => retry(cli, deployment, inbox, failures, output).await,
    }
}

fn list(failures: &[Failure], output: &mut impl Write) -> Result<(), FailuresError> {
    for failure in failures {
        writeln!(output, "{}", explanation::line(&failure.held, &failure.envelope))?;
    }
    match failures.len() {
        0 => writeln!(output, "Nothing was given up.")?,
        count => writeln!(
            output,
            "\n{count} in all. `failures show ID` explains one, `failures retry ID` runs it again."
        )?,
    }
    Ok(())
}

async fn retry(
    cli: &AwsCli,
    deployment: &Deployment,
    inbox: &Inbox<'_>,
    failures: &[Failure],
    output: &mut impl Write,
) -> Result<(), FailuresError> {
    let repetition = Repetition::new(cli, deployment);
    let mut left = 0;
    for Failure { held, envelope } in failures {
        let id = held.short_id();
        match repetition.run(held, envelope).await {
            Repeated::Served(what) => {
                inbox.delete(held).await?;
                writeln!(output, "{id}  done: {what}")?;
            }
            Repeated::Left(why) => {
                inbox.release([held]).await?;
                left += 1;
                writeln!(output, "{id}  left: {why}")?;
            }
        }
    }
    if failures.is_empty() {
        writeln!(output, "Nothing was given up.")?;
    }
    if left > 0 {
        Err(FailuresError::Left(left))
    } else {
        Ok(())
    }
}

async fn deployment(cli: &AwsCli, stack: &str) -> Result<Deployment, FailuresError> {
    let missing = || FailuresError::NoStack(stack.to_owned());
    let arguments = ["--stack-name", stack];
    let stacks = match cli
        .ask(&Call::new("cloudformation", "describe-stacks", arguments))
        .await
    {
        Err(CliError::Refused { message, .. }) if message.contains("does not exist") => return Err(missing()),
        answered => answered?,
    };
    let resources = cli
        .ask(&Call::new("cloudformation", "list-stack-resources", arguments))
        .await?;
    let deployment = Deployment::read(&stacks).ok_or_else(missing)?;
    Ok(deployment.with_resources(&resources))
}

/// Every failure that waits, and whether these are all.
async fn read(inbox: &Inbox<'_>, deployment: &Deployment) -> Result<(Vec<Failure>, bool), FailuresError> {
    let (held, is_everything) = inbox.receive().await?;
    let failures = held.into_iter().map(|held| Failure {
        envelope: Envelope::read(&held, deployment),
        held,
    });
    Ok((failures.collect(), is_everything))
}

/// Those that the command is about, and the others.
#[expect(
    clippy::type_complexity,
    reason = "failing callers still have to release what is held"
)]
fn choose(
    command: &FailuresCommand,
    failures: Vec<Failure>,
) -> Result<(Vec<Failure>, Vec<Failure>), (FailuresError, Vec<Failure>)> {
    let ids: &[String] = match command {
        FailuresCommand::List | FailuresCommand::Retry(Chosen::All) => return Ok((failures, Vec::new())),
        FailuresCommand::Show { id, .. } => std::slice::from_ref(id),
        FailuresCommand::Retry(Chosen::These(ids)) => ids,
    };
    for id in ids {
        let count = failures
            .iter()
            .filter(|failure| failure.held.id.starts_with(id))
            .count();
        let error = match count {
            0 => FailuresError::NoSuchFailure(id.clone()),
            1 => continue,
            count => FailuresError::Ambiguous { id: id.clone(), count },
        };
        return Err((error, failures));
    }
    Ok(failures
        .into_iter()
        .partition(|failure| ids.iter().any(|id| failure.held.id.starts_with(id))))
}
