//! What the answers mean. Every check is a pure function over the JSON that the AWS CLI prints.

pub(super) mod account;
pub(super) mod alarm;
pub(super) mod configuration_set;
pub(super) mod country;
pub(super) mod function;
pub(super) mod identity;
pub(super) mod keyword;
pub(super) mod parameter;
pub(super) mod queue;
pub(super) mod registration;
pub(super) mod spending;
pub(super) mod stack;
pub(super) mod table;
pub(super) mod topic;

use serde_json::Value;

use super::finding::Finding;
use super::question::Question;
use crate::aws_cli::CliError;

const CONSOLE: &str = "https://console.aws.amazon.com/sms-voice/home";

/// True if the error says that what was named does not exist.
pub(super) fn is_missing(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "NoSuchEntity"
            | "NotFound"
            | "NotFoundException"
            | "AWS.SimpleQueueService.NonExistentQueue"
            | "QueueDoesNotExist"
    )
}

/// The finding for a question without an answer, which is never a FAIL.
pub(super) fn unanswered(check: &'static str, question: &Question, error: &CliError) -> Finding {
    let action = question.action();
    let denied = matches!(error, CliError::Refused { code, .. } if code.contains("AccessDenied") || code == "AuthorizationError");
    let (why, mend) = match error {
        _ if denied => (
            "this user may not".to_owned(),
            format!("allow {action}; docs/doctor-policy.json has everything that doctor asks"),
        ),
        CliError::Refused { code, .. } if code.contains("UnknownOperation") || code == "InvalidAction" => (
            "the service does not know the operation".to_owned(),
            "nothing to do on a local stack; on AWS, check the Region".to_owned(),
        ),
        CliError::Refused { code, .. } => (code.clone(), "run doctor again".to_owned()),
        error => (
            error.to_string(),
            "run doctor again; if it stays so, update the AWS CLI".to_owned(),
        ),
    };
    Finding::warn(check, format!("could not be asked ({action}): {why}"), mend)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A number that may come as text, as attributes of queues do.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
