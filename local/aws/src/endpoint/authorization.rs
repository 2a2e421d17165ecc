//! What a request needs in the role of the function that signed it.
//!
//! Actions and resources: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::answer::{self, JSON_1_0};
use super::{EndpointParts, Request, Target, decoded, query, sns, sqs};
use crate::principal::{AccessDenied, Principal};

/// The resource of operations that are about none in particular.
const EVERYTHING: &str = "*";

impl Target<'_> {
    /// Whether the role of `principal` allows all that `action` does here.
    ///
    /// What cannot be read is left to the service, which refuses it.
    pub(super) fn authorize(
        &self,
        principal: &Principal,
        action: &str,
        request: &Request,
        parts: &EndpointParts,
    ) -> Result<(), AccessDenied> {
        let check = |resource: &str| principal.check(action, resource);
        let arn = |service: &str, resource: &str| parts.arn(service, resource);
        match self {
            Self::DynamoDb(operation) => {
                let named = |table: &str| arn("dynamodb", &format!("table/{table}"));
                read(&request.body).map_or(Ok(()), |body: OnTables| {
                    body.authorize(operation, principal, action, named)
                })
            }
            Self::EndUserMessaging(operation) => read(&request.body).map_or(Ok(()), |body: OnTexts| {
                body.resources(operation, parts)
                    .iter()
                    .try_for_each(|resource| check(resource))
            }),
            Self::Ssm(_) => read(&request.body).map_or(Ok(()), |body: OnParameters| {
                let named = |name: &String| arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')));
                each(body.name.iter().chain(&body.path).map(named), check)
            }),
            Self::Sqs(_) => read(&request.body).map_or(Ok(()), |body: OnQueue| {
                let name = body.queue_url.as_deref().and_then(|url| url.rsplit('/').next());
                each(name.map(|name| parts.queues.arn(name)), check)
            }),
            Self::Query(form) => check(form.get("TopicArn").unwrap_or(EVERYTHING)),
            Self::Rest(path) => match path.as_slice() {
                ["2015-03-31", "event-source-mappings"] | ["2016-08-19", ..] => check(EVERYTHING),
                ["2015-03-31", "functions", function, ..] => {
                    let function = decoded(function);
                    let function = full(&function, |name| arn("lambda", &format!("function:{name}")));
                    principal.check("lambda:InvokeFunction", &function)
                }
                ["contact", ..] => read(&request.body).map_or(Ok(()), |body: OnInstance| {
                    check(&arn("connect", &format!("instance/{}/contact/*", body.instance_id)))
                }),
                // One list of what actions need names the project, the other its campaigns.
                ["v1", "apps", project, "campaigns"] => {
                    let project = arn("mobiletargeting", &format!("apps/{project}"));
                    check(&project)?;
                    check(&format!("{project}/campaigns"))
                }
                ["v1", rest @ ..] => check(&arn("mobiletargeting", &rest.join("/"))),
                _ => Ok(()),
            },
            Self::CloudWatch(_) => check(EVERYTHING),
            Self::OtherJson => Ok(()),
        }
    }

    /// What the service answers to somebody who may not.
    pub(super) fn denied(&self, denied: &AccessDenied) -> Response {
        const KIND: &str = "AccessDeniedException";
        let message = denied.to_string();
        match self {
            Self::Sqs(_) => sqs::access_denied(message),
            Self::DynamoDb(_) | Self::Ssm(_) | Self::EndUserMessaging(_) | Self::CloudWatch(_) | Self::OtherJson => {
                let kind = format!("com.amazon.coral.service#{KIND}");
                let members = Map::from_iter([("Message".to_owned(), Value::from(message))]);
                answer::json_error(JSON_1_0, StatusCode::BAD_REQUEST, &kind, members)
            }
            Self::Query(_) => query::failed(sns::NAMESPACE, StatusCode::FORBIDDEN, "AuthorizationError", &message),
            Self::Rest(_) => answer::rest_error(StatusCode::FORBIDDEN, KIND, &message),
        }
    }
}

impl EndpointParts {
    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

fn each(
    resources: impl IntoIterator<Item = String>,
    check: impl Fn(&str) -> Result<(), AccessDenied>,
) -> Result<(), AccessDenied> {
    let mut resources = resources.into_iter().peekable();
    if resources.peek().is_none() {
        return check(EVERYTHING);
    }
    resources.try_for_each(|resource| check(&resource))
}

/// The ARN of what is named by its name or by its ARN.
fn full(name: &str, arn: impl Fn(&str) -> String) -> Cow<'_, str> {
    if name.starts_with("arn:") {
        name.into()
    } else {
        arn(name).into()
    }
}

/// The tables that a request of DynamoDB names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnTables {
    table_name: Option<String>,
    index_name: Option<String>,
    stream_arn: Option<String>,
    #[serde(default)]
    request_items: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    transact_items: Vec<TransactItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TransactItem {
    get: Option<OnTable>,
    put: Option<OnTable>,
    update: Option<OnTable>,
    delete: Option<OnTable>,
    condition_check: Option<OnTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnTable {
    table_name: String,
}

impl OnTables {
    fn authorize(
        &self,
        operation: &str,
        principal: &Principal,
        action: &str,
        arn: impl Fn(&str) -> String,
    ) -> Result<(), AccessDenied> {
        match operation {
            "TransactGetItems" | "TransactWriteItems" => self.transact_items.iter().try_for_each(|item| {
                let mut parts = item.parts().into_iter();
                parts.try_for_each(|(action, on)| match on {
                    Some(on) => principal.check(action, &full(&on.table_name, &arn)),
                    None => Ok(()),
                })
            }),
            "BatchGetItem" | "BatchWriteItem" => {
                let mut tables = self.request_items.keys();
                tables.try_for_each(|table| principal.check(action, &full(table, &arn)))
            }
            _ => principal.check(action, &self.resource(arn)),
        }
    }

    fn resource(&self, arn: impl Fn(&str) -> String) -> Cow<'_, str> {
        match (&self.table_name, &self.index_name, &self.stream_arn) {
            (Some(table), Some(index), _) => format!("{}/index/{index}", full(table, arn)).into(),
            (Some(table), None, _) => full(table, arn),
            (None, _, Some(stream)) => stream.into(),
            (None, _, None) => EVERYTHING.into(),
        }
    }
}

impl TransactItem {
    /// A transaction has no action of its own, but needs those of its parts.
    fn parts(&self) -> [(&'static str, Option<&OnTable>); 5] {
        [
            ("dynamodb:GetItem", self.get.as_ref()),
            ("dynamodb:PutItem", self.put.as_ref()),
            ("dynamodb:UpdateItem", self.update.as_ref()),
            ("dynamodb:DeleteItem", self.delete.as_ref()),
            ("dynamodb:ConditionCheckItem", self.condition_check.as_ref()),
        ]
    }
}

/// What a request of End User Messaging names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnTexts {
    origination_identity: Option<String>,
    configuration_set_name: Option<String>,
    opt_out_list_name: Option<String>,
}

impl OnTexts {
    fn resources(&self, operation: &str, parts: &EndpointParts) -> Vec<String> {
        let named =
            |kind: &str, name: &str| full(name, |name| parts.arn("sms-voice", &format!("{kind}/{name}"))).into_owned();
        if operation == "SendTextMessage" {
            let set = self
                .configuration_set_name
                .as_deref()
                .map(|name| named("configuration-set", name));
            let number = parts.messaging.origination_arn(self.origination_identity.as_deref());
            return number.into_iter().chain(set).collect();
        }
        let list = self
            .opt_out_list_name
            .as_deref()
            .map(|name| named("opt-out-list", name));
        vec![list.unwrap_or_else(|| EVERYTHING.to_owned())]
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnParameters {
    name: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnQueue {
    queue_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnInstance {
    instance_id: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::http::Method;
    use serde_json::json;

    use super::super::test_client::{BUSINESS, EMPLOYEE, FUNCTION, TestClient};
    use crate::principal::Principals;
    use crate::template::{Account, Template};

    /// A function that may do what the statements say.
    fn client(statements: &str) -> TestClient {
        let template = format!(
            "
Resources:
  {FUNCTION}:
    Type: AWS::Serverless::Function
    Properties: {{ CodeUri: functions/test/, Role: !GetAtt TestRole.Arn }}
  TestRole:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{{ PolicyName: test, PolicyDocument: {{ Version: '2012-10-17', Statement: [{statements}] }} }}]
"
        );
        let template = Template::read(&template, Account::local(), &BTreeMap::new()).unwrap();
        TestClient::with(Principals::of(&template))
    }

    fn allow(actions: &str, resource: &str) -> String {
        format!("{{ Effect: Allow, Action: [{actions}], Resource: '{resource}' }}")
    }

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";

    #[tokio::test]
    async fn each_dynamodb_operation_needs_its_own_action_on_its_own_table_or_index() {
        let get = json!({ "TableName": "tab", "Key": { "k": { "S": "a" } } });
        let query = json!({ "TableName": "tab", "IndexName": "due" });
        let batch = json!({ "RequestItems": { "tab": {}, "tab-2": {} } });
        let transaction = json!({ "TransactItems": [{ "Put": get }, { "ConditionCheck": get }, { "Delete": get }] });
        for (operation, body, actions, missing) in [
            ("GetItem", &get, "dynamodb:PutItem", "dynamodb:GetItem on resource: {}"),
            (
                "Query",
                &query,
                "dynamodb:Query",
                "dynamodb:Query on resource: {}/index/due",
            ),
            (
                "BatchGetItem",
                &batch,
                "dynamodb:BatchGetItem",
                "dynamodb:BatchGetItem on resource: {}-2",
            ),
            (
                "TransactWriteItems",
                &transaction,
                "dynamodb:PutItem",
                "dynamodb:ConditionCheckItem on resource: {}",
            ),
            (
                "TransactWriteItems",
                &transaction,
                "dynamodb:PutItem, dynamodb:ConditionCheckItem",
                "dynamodb:DeleteItem on resource: {}",
            ),
            (
                "ListTables",
                &json!({}),
                "dynamodb:ListTables",
                "dynamodb:ListTables on resource: *",
            ),
        ] {
            let client = client(&allow(actions, TABLE));
            let answer = client
                .json(&format!("DynamoDB_20120810.{operation}"), body.clone())
                .await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, "AccessDeniedException"),
                "{operation}"
            );
            let expected = format!(
                "is not authorized to perform: {} because no",
                missing.replace("{}", TABLE)
            );
            let message = answer.json()["Message"].as_str().unwrap().to_owned();
            assert!(message.contains(&expected), "{message}");
        }
    }

    #[tokio::test]
    async fn what_is_allowed_reaches_the_service() {
        let client = client(&allow("dynamodb:GetItem, dynamodb:PutItem", TABLE));
        let key = json!({ "TableName": "tab", "Key": { "k": { "S": "a" } } });
        let answer = client.json("DynamoDB_20120810.GetItem", key).await;
        assert_eq!(answer.error(), "ResourceNotFoundException");
        let unreadable = client
            .json("DynamoDB_20120810.PutItem", json!({ "TableName": 5 }))
            .await;
        assert_eq!(unreadable.error(), "SerializationException");
    }

    #[tokio::test]
    async fn a_text_needs_its_number_and_its_configuration_set() {
        let number = "arn:aws:sms-voice:us-east-1:000000000000:phone-number/*";
        let set = "arn:aws:sms-voice:us-east-1:000000000000:configuration-set/events";
        let text = json!({
            "DestinationPhoneNumber": EMPLOYEE,
            "OriginationIdentity": BUSINESS,
            "MessageBody": "Shift on Friday",
            "ConfigurationSetName": "events",
        });
        let send = allow("sms-voice:SendTextMessage", number);
        for (statements, status) in [
            (send.clone(), 400),
            (allow("sms-voice:SendTextMessage", set), 400),
            (format!("{send}, {}", allow("sms-voice:SendTextMessage", set)), 200),
        ] {
            let client = client(&statements);
            let answer = client.json("PinpointSMSVoiceV2.SendTextMessage", text.clone()).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            let sent = client.simulator.phones().received(Some(EMPLOYEE), 0).len();
            assert_eq!(sent, usize::from(status == 200));
        }
    }

    /// Who may read a path may read all below it: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html>.
    #[tokio::test]
    async fn parameters_need_their_path_and_no_more() {
        let path = "arn:aws:ssm:us-east-1:000000000000:parameter/shiftline/dev";
        let action = "ssm:GetParametersByPath";
        let both = allow(action, path) + ", " + &allow(action, &format!("{path}/*"));
        for (statements, asked, status) in [
            (both.clone(), "/shiftline/dev", 200),
            (both.clone(), "/shiftline/dev/", 200),
            (both.clone(), "/shiftline/dev/gsm", 200),
            (both.clone(), "/shiftline", 400),
            (both.clone(), "/shiftline/prod", 400),
            (both, "/shiftline/development", 400),
            (allow(action, path), "/shiftline/dev/gsm", 400),
            (allow(action, &format!("{path}/*")), "/shiftline/dev", 400),
            (allow("ssm:GetParameter", &format!("{path}*")), "/shiftline/dev", 400),
        ] {
            let body = json!({ "Path": asked, "Recursive": true, "WithDecryption": true });
            let answer = client(&statements).json("AmazonSSM.GetParametersByPath", body).await;
            assert_eq!(answer.status, status, "{asked} by {statements}: {}", answer.text);
            if status == 400 {
                assert_eq!(answer.error(), "AccessDeniedException");
                let resource = format!(
                    "ssm:GetParametersByPath on resource: arn:aws:ssm:us-east-1:000000000000:parameter{asked} "
                );
                assert!(answer.text.contains(&resource), "{}", answer.text);
            }
        }
    }

    #[tokio::test]
    async fn every_service_refuses_in_its_own_way() {
        let client = client(&allow("dynamodb:GetItem", TABLE));
        for (target, body, status) in [
            ("AmazonSSM.GetParameter", json!({ "Name": "/a/b" }), 400),
            (
                "AmazonSQS.SendMessage",
                json!({ "QueueUrl": "http://localhost/0/q", "MessageBody": "b" }),
                403,
            ),
            (
                "PinpointSMSVoiceV2.DeleteOptedOutNumber",
                json!({ "OptOutListName": "Default", "OptedOutNumber": EMPLOYEE }),
                400,
            ),
        ] {
            let answer = client.json(target, body).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (status, "AccessDeniedException"),
                "{target}"
            );
        }
        let topic = client
            .form(&[("Action", "Publish"), ("TopicArn", "arn:aws:sns:us-east-1:0:t")])
            .await;
        assert!(
            topic.status == 403 && topic.text.contains("<Code>AuthorizationError</Code>"),
            "{}",
            topic.text
        );
        for (method, path, body, resource) in [
            (
                Method::POST,
                "/2015-03-31/functions/echo/invocations",
                json!({}),
                "lambda:us-east-1:000000000000:function:echo",
            ),
            (
                Method::PUT,
                "/contact/outbound-voice",
                json!({ "InstanceId": "i" }),
                "instance/i/contact/*",
            ),
            (Method::POST, "/v1/apps/p/campaigns", json!({}), "apps/p "),
        ] {
            let answer = client.rest(method, path, body).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (403, "AccessDeniedException"),
                "{path}"
            );
            assert!(answer.text.contains(resource), "{}", answer.text);
        }
    }
}
