//! CloudFormation (AWS query protocol): the stack that this machine runs, as deployed.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::query::{self, Form, Namespace, elements, members};
use crate::template::Template;

pub(super) const NAMESPACE: Namespace = Namespace("http://cloudformation.amazonaws.com/doc/2010-05-15/");
const MAXIMUM_PAGE: usize = 100;

/// Answers one action; `started_at` is when the stack was created.
pub(super) fn answer(deployed: &Template, started_at: Timestamp, form: &Form) -> Response {
    let action = form.action();
    let name = form.get("StackName").unwrap_or_default();
    let stack_id = stack_id(deployed);
    let is_ours = name.is_empty() || name == deployed.account.stack || name == stack_id;
    let result = match action {
        "DescribeStacks" if is_ours => describe(deployed, started_at, &stack_id),
        "ListStackResources" if is_ours => resources(deployed, started_at, form.get("NextToken").unwrap_or_default()),
        "DescribeStacks" | "ListStackResources" => {
            let message = format!("Stack with id {name} does not exist");
            return query::failed(NAMESPACE, StatusCode::BAD_REQUEST, "ValidationError", &message);
        }
        _ => return query::invalid_action(NAMESPACE, action),
    };
    query::succeeded(NAMESPACE, action, &result)
}

fn stack_id(deployed: &Template) -> String {
    let account = &deployed.account;
    account.arn("cloudformation", &format!("stack/{}/local", account.stack))
}

fn describe(deployed: &Template, started_at: Timestamp, stack_id: &str) -> String {
    let parameters = deployed
        .inputs
        .iter()
        .map(|(name, value)| elements([("ParameterKey", name), ("ParameterValue", value)]));
    let outputs = deployed.outputs.iter().map(|output| {
        elements([
            ("OutputKey", &output.name),
            ("OutputValue", &output.value),
            ("Description", &output.description),
        ])
    });
    let stack = elements([
        ("StackId", stack_id),
        ("StackName", &deployed.account.stack),
        ("CreationTime", &started_at.to_string()),
        ("StackStatus", "CREATE_COMPLETE"),
        ("DisableRollback", "false"),
        ("EnableTerminationProtection", "false"),
    ]);
    let stack = stack + &members("Parameters", parameters) + &members("Outputs", outputs);
    members("Stacks", [stack])
}

/// The resources after the one that the token names.
fn resources(deployed: &Template, started_at: Timestamp, after: &str) -> String {
    let mut rest = deployed
        .resources
        .iter()
        .filter(|resource| resource.logical_id.as_str() > after)
        .peekable();
    let page: Vec<_> = rest.by_ref().take(MAXIMUM_PAGE).collect();
    let next = match (rest.peek(), page.last()) {
        (Some(_), Some(last)) => elements([("NextToken", &last.logical_id)]),
        _ => String::new(),
    };
    let summaries = page.into_iter().map(|resource| {
        elements([
            ("LogicalResourceId", &resource.logical_id),
            ("PhysicalResourceId", &resource.physical_id),
            ("ResourceType", &resource.kind),
            ("LastUpdatedTimestamp", &started_at.to_string()),
            ("ResourceStatus", "CREATE_COMPLETE"),
        ])
    });
    members("StackResourceSummaries", summaries) + &next
}

#[cfg(test)]
mod tests {
    use super::super::test_client::TestClient;

    #[tokio::test]
    async fn a_stack_is_described_with_parameters_and_outputs() {
        let client = TestClient::new();

        let answer = client
            .query(
                "cloudformation",
                &[("Action", "DescribeStacks"), ("StackName", "shiftline")],
            )
            .await;

        assert_eq!(answer.status, 200, "{}", answer.text);
        for part in [
            "<StackStatus>CREATE_COMPLETE</StackStatus>",
            "<ParameterKey>Stage</ParameterKey><ParameterValue>dev</ParameterValue>",
            "<OutputKey>TopicArn</OutputKey><OutputValue>arn:aws:sns:us-east-1:000000000000:two-way</OutputValue>",
        ] {
            assert!(answer.text.contains(part), "{part} in {}", answer.text);
        }
    }

    #[tokio::test]
    async fn resources_have_their_types_after_the_transformation() {
        let client = TestClient::new();

        let answer = client
            .query(
                "cloudformation",
                &[("Action", "ListStackResources"), ("StackName", "shiftline")],
            )
            .await;

        for part in [
            "<LogicalResourceId>Echo</LogicalResourceId><PhysicalResourceId>echo</PhysicalResourceId>\
             <ResourceType>AWS::Lambda::Function</ResourceType>",
            "<ResourceType>AWS::Lambda::EventSourceMapping</ResourceType>",
        ] {
            assert!(answer.text.contains(part), "{part} in {}", answer.text);
        }
        assert!(!answer.text.contains("NextToken"));
    }

    #[tokio::test]
    async fn another_stack_does_not_exist() {
        let client = TestClient::new();

        let answer = client
            .query(
                "cloudformation",
                &[("Action", "DescribeStacks"), ("StackName", "other")],
            )
            .await;

        assert_eq!(answer.status, 400);
        assert!(
            answer
                .text
                .contains("<Message>Stack with id other does not exist</Message>")
        );
    }
}
