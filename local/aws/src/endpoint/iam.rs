//! IAM (AWS query protocol): the roles of the stack, and the one that End User Messaging makes for itself.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::query::{self, Form, Namespace, elements};
use crate::template::Template;

pub(super) const NAMESPACE: Namespace = Namespace("https://iam.amazonaws.com/doc/2010-05-08/");

/// Created with the first configuration set
/// ([roles](https://docs.aws.amazon.com/sms-voice/latest/userguide/using-service-linked-roles.html)).
const SERVICE_ROLE: &str = "AWSServiceRoleForSMSVoice";

/// Answers one action; `started_at` is when the stack was created.
pub(super) fn answer(deployed: &Template, started_at: Timestamp, form: &Form) -> Response {
    let action = form.action();
    if action != "GetRole" {
        return query::invalid_action(NAMESPACE, action);
    }
    let name = form.get("RoleName").unwrap_or_default();
    let path = match name {
        SERVICE_ROLE if !deployed.configuration_sets.is_empty() => "/aws-service-role/sms-voice.amazonaws.com/",
        _ if deployed.roles.iter().any(|role| role.name == name) => "/",
        _ => {
            let message = format!("The role with name {name} cannot be found.");
            return query::failed(NAMESPACE, StatusCode::NOT_FOUND, "NoSuchEntity", &message);
        }
    };
    let role = elements([
        ("Path", path),
        ("RoleName", name),
        ("RoleId", "AROALOCALLOCALLOCAL00"),
        ("Arn", &format!("arn:aws:iam::{}:role{path}{name}", deployed.account.id)),
        ("CreateDate", &started_at.to_string()),
    ]);
    query::succeeded(NAMESPACE, action, &format!("<Role>{role}</Role>"))
}

#[cfg(test)]
mod tests {
    use super::super::test_client::TestClient;
    use super::*;

    #[tokio::test]
    async fn roles_of_the_stack_and_of_the_service_are_known() {
        let client = TestClient::new();
        for (name, status, part) in [
            ("shiftline-EchoRole", 200, "<Path>/</Path>"),
            (SERVICE_ROLE, 200, "role/aws-service-role/sms-voice.amazonaws.com/"),
            ("other", 404, "<Code>NoSuchEntity</Code>"),
        ] {
            let answer = client.query("iam", &[("Action", "GetRole"), ("RoleName", name)]).await;

            assert_eq!(answer.status, status, "{name}: {}", answer.text);
            assert!(answer.text.contains(part), "{name}: {}", answer.text);
        }
    }
}
