//! The AWS CLI as a subprocess: an operator's own profiles, single sign-on and Regions, one JSON answer a call.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Stdio;
use std::time::Duration;

use reqwest::Url;
use serde_json::{Deserializer, Value};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time;

/// One call with all its pages and repetitions. Lambda may take fifteen minutes over an event.
const LONGEST_CALL: Duration = Duration::from_secs(60);
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

/// Which account and Region the calls go to.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub region: Option<String>,
    pub profile: Option<String>,
    /// Instead of AWS's own endpoints, such as `http://127.0.0.1:4566`.
    pub endpoint_url: Option<String>,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CliError {
    #[error(
        "the AWS CLI is not installed: there is no program called {0}. Install it as \
         https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html says, then run this again"
    )]
    NotInstalled(String),
    /// The service answered, and this is its error.
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    /// The CLI's own last words: no credentials, no Region, no connection, an operation that it does not know.
    #[error("{0}")]
    Failed(String),
    #[error("no answer within {} seconds", .0.as_secs())]
    TooLate(Duration),
}

/// A call: `aws <service> <operation> <arguments>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub service: &'static str,
    pub operation: &'static str,
    pub arguments: Vec<String>,
}

/// What a function answered to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// The kind of error, such as `Unhandled`, when the function failed.
    pub function_error: Option<String>,
    pub answer: Value,
}

/// The program and where its calls go.
#[derive(Clone, Debug)]
pub struct AwsCli {
    program: OsString,
    access: Access,
}

impl AwsCli {
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self::at("aws", access)
    }

    /// With the program at another path.
    #[must_use]
    pub fn at(program: impl Into<OsString>, access: Access) -> Self {
        Self {
            program: program.into(),
            access,
        }
    }

    /// True if calls reach AWS itself, whose quotas hold.
    #[must_use]
    pub fn reaches_aws(&self) -> bool {
        self.access.endpoint_url.is_none()
    }

    /// The options that lead other calls to the same place.
    #[must_use]
    pub fn options(&self) -> String {
        let named = [
            ("--region", &self.access.region),
            ("--profile", &self.access.profile),
            ("--endpoint-url", &self.access.endpoint_url),
        ];
        named
            .into_iter()
            .filter_map(|(option, value)| Some(format!(" {option} {}", value.as_deref()?)))
            .collect()
    }

    /// The answer with all its pages; nothing is `null`.
    ///
    /// # Errors
    ///
    /// When there is no program, no answer, or the service refuses.
    pub async fn ask(&self, call: &Call) -> Result<Value, CliError> {
        let output = self.run(call, b"", LONGEST_CALL).await?;
        let mut answers = read(&output)?;
        Ok(answers.pop().unwrap_or(Value::Null))
    }

    /// Invokes a function and waits for its answer. The event passes through pipes and touches no file.
    ///
    /// # Errors
    ///
    /// When there is no program, no answer, or Lambda refuses. A function that fails is no error here.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Invoked, CliError> {
        let arguments = [
            "--function-name",
            function,
            "--payload",
            "fileb:///dev/stdin",
            "/dev/stdout",
        ];
        let call = Call {
            service: "lambda",
            operation: "invoke",
            arguments: arguments.map(str::to_owned).into(),
        };
        let output = self
            .run(&call, event.to_string().as_bytes(), LONGEST_INVOCATION)
            .await?;
        invoked(read(&output)?)
    }

    async fn run(&self, call: &Call, input: &[u8], patience: Duration) -> Result<Vec<u8>, CliError> {
        let mut command = self.command(call, patience);
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let answered = async {
            if let Some(mut stdin) = child.stdin.take() {
                // A program that ends without reading its input says why on its own.
                let _ = stdin.write_all(input).await;
            }
            child.wait_with_output().await
        };
        let output = time::timeout(patience, answered)
            .await
            .map_err(|_| CliError::TooLate(patience))?
            .map_err(|error| CliError::Failed(error.to_string()))?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(refusal(&String::from_utf8_lossy(&output.stderr)))
        }
    }

    fn command(&self, call: &Call, patience: Duration) -> Command {
        let mut command = Command::new(&self.program);
        command.args([call.service, call.operation]).args(&call.arguments);
        command.args(["--output", "json"]);
        let read_timeout = patience.as_secs().to_string();
        command.args(["--cli-connect-timeout", "10", "--cli-read-timeout", &read_timeout]);
        for (option, value) in [
            ("--region", &self.access.region),
            ("--profile", &self.access.profile),
            ("--endpoint-url", &self.access.endpoint_url),
        ] {
            if let Some(value) = value {
                command.args([option, value]);
            }
        }
        // The second version of the CLI would show its answer in a pager.
        command.env("AWS_PAGER", "");
        if self.access.profile.is_none() && self.access.endpoint_url.as_deref().is_some_and(is_this_machine) {
            // An emulator takes any signature; nobody's real credentials have to be there, or leave.
            command
                .env("AWS_ACCESS_KEY_ID", "local")
                .env("AWS_SECRET_ACCESS_KEY", "local");
            command.env_remove("AWS_SESSION_TOKEN").env_remove("AWS_PROFILE");
            if self.access.region.is_none() {
                command.args(["--region", "us-east-1"]);
            }
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn not_started(&self, error: &io::Error) -> CliError {
        let program = self.program.to_string_lossy().into_owned();
        match error.kind() {
            io::ErrorKind::NotFound => CliError::NotInstalled(program),
            _ => CliError::Failed(format!("{program} cannot be started: {error}")),
        }
    }
}

fn is_this_machine(url: &str) -> bool {
    let host = Url::parse(url).ok();
    host.as_ref()
        .and_then(Url::host_str)
        .is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"))
}

/// The JSON values that the program wrote one after the other.
fn read(output: &[u8]) -> Result<Vec<Value>, CliError> {
    Deserializer::from_slice(output)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| CliError::Failed(format!("the AWS CLI answered something that is not JSON: {error}")))
}

/// The function's own answer, when there is one, and what Lambda says of the invocation.
fn invoked(mut answers: Vec<Value>) -> Result<Invoked, CliError> {
    let about = answers.pop().filter(|about| about["StatusCode"].is_number());
    let about = about.ok_or_else(|| CliError::Failed("the AWS CLI did not say how the invocation ended".to_owned()))?;
    Ok(Invoked {
        function_error: about["FunctionError"].as_str().map(str::to_owned),
        answer: answers.pop().unwrap_or(Value::Null),
    })
}

/// What went wrong, from what the program wrote to its standard error.
fn refusal(text: &str) -> CliError {
    let refused = text.split_once("An error occurred (").and_then(|(_, rest)| {
        let (code, rest) = rest.split_once(')')?;
        let (_, message) = rest.split_once(" operation")?;
        // The CLI says in brackets how often it tried.
        let tried = message.strip_prefix(" (").and_then(|message| message.split_once(')'));
        let message = tried.map_or(message, |(_, message)| message);
        Some(CliError::Refused {
            code: code.to_owned(),
            message: first_line(message.trim_start_matches(':')),
        })
    });
    let last = || text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    refused.unwrap_or_else(|| CliError::Failed(last().unwrap_or("the AWS CLI failed without a word").to_owned()))
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().trim().to_owned()
}

impl Call {
    #[must_use]
    pub fn new<T: AsRef<OsStr>>(
        service: &'static str,
        operation: &'static str,
        arguments: impl IntoIterator<Item = T>,
    ) -> Self {
        let text = |argument: T| argument.as_ref().to_string_lossy().into_owned();
        Self {
            service,
            operation,
            arguments: arguments.into_iter().map(text).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_told_apart() {
        let refused = |code: &str, message: &str| CliError::Refused {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        for (text, expected) in [
            (
                "\nAn error occurred (AccessDeniedException) when calling the DescribePools operation: not authorized\n",
                refused("AccessDeniedException", "not authorized"),
            ),
            (
                "aws: [ERROR]: An error occurred (Throttling) when calling the GetRole operation (reached max retries: 4): \
                 Rate: exceeded\n\nsecond line",
                refused("Throttling", "Rate: exceeded"),
            ),
            (
                "\nAn error occurred (UnknownOperationException) when calling the DescribePools operation: ",
                refused("UnknownOperationException", ""),
            ),
            (
                "\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n\n",
                CliError::Failed(
                    "Unable to locate credentials. You can configure credentials by running \"aws configure\"."
                        .to_owned(),
                ),
            ),
            ("", CliError::Failed("the AWS CLI failed without a word".to_owned())),
        ] {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn an_invocation_answers_with_and_without_a_payload() {
        for (output, function_error, answer) in [
            (
                r#"null{"StatusCode": 200, "ExecutedVersion": "$LATEST"}"#,
                None,
                json!(null),
            ),
            (r#"{"StatusCode": 200}"#, None, json!(null)),
            (
                r#"{"errorType":"E"}{"StatusCode": 200, "FunctionError": "Unhandled"}"#,
                Some("Unhandled"),
                json!({ "errorType": "E" }),
            ),
        ] {
            let expected = Invoked {
                function_error: function_error.map(str::to_owned),
                answer,
            };
            assert_eq!(invoked(read(output.as_bytes()).unwrap()), Ok(expected), "{output}");
        }
        assert!(invoked(read(b"null").unwrap()).is_err());
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let cli = AwsCli::at("no-such-aws", Access::default());

        let error = cli.ask(&Call::new("iam", "get-role", [""; 0])).await.unwrap_err();

        assert_eq!(error, CliError::NotInstalled("no-such-aws".to_owned()));
        assert!(error.to_string().starts_with("the AWS CLI is not installed"), "{error}");
    }

    #[test]
    fn only_endpoints_of_this_machine_get_invented_credentials() {
        for (url, expected) in [
            ("http://127.0.0.1:4566", true),
            ("http://localhost:4566", true),
            ("http://[::1]:4566", true),
            ("https://sns.us-east-1.amazonaws.com", false),
            ("http://127.0.0.1.example.com", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(is_this_machine(url), expected, "{url}");
        }
    }
}
