//! SNS (AWS query protocol).

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::query::{self, Form, Namespace, elements, members};
use crate::template::{Event, Template};
use crate::topic::{MessageAttribute, MessageAttributes, TopicError, Topics};

pub(super) const NAMESPACE: Namespace = Namespace("http://sns.amazonaws.com/doc/2010-03-31/");
const MAXIMUM_PAGE: usize = 100;

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, Failure> {
    form.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
        Failure::invalid(format!(
            "Invalid parameter: {name} Reason: no value for required parameter"
        ))
    })
}

#[derive(Debug)]
struct Failure {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
}

impl Failure {
    fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "InvalidParameter",
            message: message.into(),
        }
    }
}

impl From<TopicError> for Failure {
    fn from(error: TopicError) -> Self {
        match error {
            TopicError::NotFound => Self {
                status: StatusCode::NOT_FOUND,
                code: "NotFound",
                message: error.to_string().into(),
            },
            TopicError::InvalidParameter(_) => Self::invalid(error.to_string()),
        }
    }
}

pub(super) fn answer(topics: &Topics, deployed: &Template, form: &Form) -> Response {
    let action = form.action();
    let result = match action {
        "Publish" => publish(topics, form),
        "ListTopics" => list(topics, form),
        "CreateTopic" => create(topics, form),
        "GetTopicAttributes" => attributes(topics, deployed, form),
        "ListSubscriptionsByTopic" => subscriptions(topics, deployed, form),
        _ => return query::invalid_action(NAMESPACE, action),
    };
    match result {
        Ok(result) => query::succeeded(NAMESPACE, action, &result),
        Err(failure) => query::failed(NAMESPACE, failure.status, failure.code, &failure.message),
    }
}

fn publish(topics: &Topics, form: &Form) -> Result<String, Failure> {
    let arn = match form.get("TopicArn").or_else(|| form.get("TargetArn")) {
        Some(arn) => arn,
        None => required(form, "TopicArn")?,
    };
    if arn.split(':').count() < 6 {
        return Err(Failure::invalid(
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements",
        ));
    }
    let subject = form.get("Subject");
    if subject.is_some_and(|subject| subject.is_empty() || subject.chars().count() > 100) {
        return Err(Failure::invalid("Invalid parameter: Subject"));
    }
    let message = form.get("Message").unwrap_or_default();
    let message = match form.get("MessageStructure") {
        Some("json") => Cow::Owned(message_for_lambda(message)?),
        _ => Cow::Borrowed(message),
    };
    let id = topics.publish(arn, &message, subject, message_attributes(form)?)?;
    Ok(format!("<MessageId>{id}</MessageId>"))
}

/// A message with one text per kind of subscriber; every subscriber here is a function.
fn message_for_lambda(message: &str) -> Result<String, Failure> {
    let texts: Map<String, Value> = serde_json::from_str(message)
        .map_err(|_| Failure::invalid("Invalid parameter: Message Structure - JSON message body failed to parse"))?;
    let text = texts
        .get("lambda")
        .or_else(|| texts.get("default"))
        .and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Failure::invalid("Invalid parameter: Message Structure - No default entry in JSON message body"))
}

fn message_attributes(form: &Form) -> Result<MessageAttributes, Failure> {
    let mut attributes = MessageAttributes::new();
    for n in 1.. {
        let entry = format!("MessageAttributes.entry.{n}");
        let Some(name) = form.get(&format!("{entry}.Name")) else {
            break;
        };
        let data_type = required(form, &format!("{entry}.Value.DataType"))?.to_owned();
        let value = form
            .get(&format!("{entry}.Value.StringValue"))
            .or_else(|| form.get(&format!("{entry}.Value.BinaryValue")))
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Failure::invalid(format!(
                    "The message attribute '{name}' must contain non-empty message attribute value for message \
                     attribute type '{data_type}'."
                ))
            })?;
        attributes.insert(
            name.to_owned(),
            MessageAttribute {
                data_type,
                value: value.to_owned(),
            },
        );
    }
    Ok(attributes)
}

fn list(topics: &Topics, form: &Form) -> Result<String, Failure> {
    let after = form.get("NextToken").unwrap_or_default();
    let mut arns = topics.list();
    arns.retain(|arn| arn.as_str() > after);
    let next = match arns.get(MAXIMUM_PAGE) {
        Some(_) => format!("<NextToken>{}</NextToken>", arns[MAXIMUM_PAGE - 1]),
        None => String::new(),
    };
    let members: String = arns
        .iter()
        .take(MAXIMUM_PAGE)
        .map(|arn| format!("<member><TopicArn>{arn}</TopicArn></member>"))
        .collect();
    Ok(format!("<Topics>{members}</Topics>{next}"))
}

fn create(topics: &Topics, form: &Form) -> Result<String, Failure> {
    let name = required(form, "Name")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() > 256 || !name.chars().all(allowed) {
        return Err(Failure::invalid("Invalid parameter: Topic Name"));
    }
    Ok(format!("<TopicArn>{}</TopicArn>", topics.create(name)))
}

fn attributes(topics: &Topics, deployed: &Template, form: &Form) -> Result<String, Failure> {
    let arn = required(form, "TopicArn")?;
    let subscriptions = topics.subscriptions(arn).ok_or(TopicError::NotFound)?;
    let owner = arn.split(':').nth(4).unwrap_or_default();
    let name = arn.rsplit(':').next().unwrap_or_default();
    let topic = deployed.topics.iter().find(|topic| topic.name == name);
    let entries = [
        ("TopicArn", Some(arn.to_owned())),
        ("Owner", Some(owner.to_owned())),
        ("DisplayName", Some(String::new())),
        ("Policy", deployed.topic_policies.get(arn).map(Value::to_string)),
        ("KmsMasterKeyId", topic.and_then(|topic| topic.key.clone())),
        ("SubscriptionsConfirmed", Some(subscriptions.to_string())),
        ("SubscriptionsPending", Some("0".to_owned())),
        ("SubscriptionsDeleted", Some("0".to_owned())),
    ];
    let entries: String = entries
        .into_iter()
        .filter_map(|(key, value)| {
            Some(format!(
                "<entry>{}</entry>",
                elements([("key", key), ("value", &value?)])
            ))
        })
        .collect();
    Ok(format!("<Attributes>{entries}</Attributes>"))
}

/// The functions that the template subscribes to the topic.
fn subscriptions(topics: &Topics, deployed: &Template, form: &Form) -> Result<String, Failure> {
    let arn = required(form, "TopicArn")?;
    if !topics.exists(arn) {
        return Err(TopicError::NotFound.into());
    }
    let account = &deployed.account;
    let subscribed = deployed.functions.iter().filter(|function| {
        let mut events = function.events.values();
        events.any(|event| matches!(event, Event::Topic(topic) if topic == arn))
    });
    let subscriptions = subscribed.map(|function| {
        elements([
            ("SubscriptionArn", &format!("{arn}:local")),
            ("Owner", &account.id),
            ("Protocol", "lambda"),
            (
                "Endpoint",
                &account.arn("lambda", &format!("function:{}", function.name)),
            ),
            ("TopicArn", arn),
        ])
    });
    Ok(members("Subscriptions", subscriptions))
}

#[cfg(test)]
mod tests {
    use super::super::test_client::TestClient;

    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:two-way";

    #[tokio::test]
    async fn a_published_message_arrives_with_its_attributes() {
        let mut client = TestClient::new();

        let answer = client
            .form(&[
                ("Action", "Publish"),
                ("TopicArn", TOPIC),
                ("Message", "a & b + ü"),
                ("Subject", "news"),
                ("MessageAttributes.entry.1.Name", "kind"),
                ("MessageAttributes.entry.1.Value.DataType", "String"),
                ("MessageAttributes.entry.1.Value.StringValue", "test"),
            ])
            .await;

        let got = client.two_way.try_recv().unwrap();
        assert!(
            answer
                .text
                .contains(&format!("<MessageId>{}</MessageId>", got.message_id)),
            "{}",
            answer.text
        );
        assert_eq!(
            (got.message.as_str(), got.subject.as_deref()),
            ("a & b + ü", Some("news"))
        );
        assert_eq!(got.attributes["kind"].value, "test");
    }

    #[tokio::test]
    async fn a_structured_message_reaches_functions_with_their_text() {
        let mut client = TestClient::new();
        for (message, text) in [
            (r#"{"default":"d","lambda":"l"}"#, Some("l")),
            (r#"{"default":"d"}"#, Some("d")),
            ("{}", None),
        ] {
            let form = [
                ("Action", "Publish"),
                ("TopicArn", TOPIC),
                ("Message", message),
                ("MessageStructure", "json"),
            ];
            client.form(&form).await;
            assert_eq!(client.two_way.try_recv().ok().map(|got| got.message).as_deref(), text);
        }
    }

    #[tokio::test]
    async fn errors_are_those_of_the_query_protocol() {
        let client = TestClient::new();
        let missing = format!("{TOPIC}x");
        for (form, status, code) in [
            (
                vec![("Action", "Publish"), ("TopicArn", missing.as_str()), ("Message", "m")],
                404,
                "NotFound",
            ),
            (
                vec![("Action", "Publish"), ("TopicArn", TOPIC)],
                400,
                "InvalidParameter",
            ),
            (vec![("Action", "Publish"), ("Message", "m")], 400, "InvalidParameter"),
            (
                vec![("Action", "CreateTopic"), ("Name", "a b")],
                400,
                "InvalidParameter",
            ),
            (vec![("Action", "<x>")], 400, "InvalidAction"),
        ] {
            let answer = client.form(&form).await;
            assert_eq!(answer.status, status, "{form:?}");
            assert!(answer.text.contains(&format!("<Code>{code}</Code>")), "{}", answer.text);
            assert!(!answer.text.contains("<x>"), "{}", answer.text);
        }
    }

    #[tokio::test]
    async fn topics_are_listed_a_hundred_at_a_time() {
        let client = TestClient::new();
        for n in 0..120 {
            client
                .form(&[("Action", "CreateTopic"), ("Name", &format!("t{n:03}"))])
                .await;
        }
        let first = client.form(&[("Action", "ListTopics")]).await.text;
        let (_, rest) = first.split_once("<NextToken>").unwrap();
        let (token, _) = rest.split_once("</NextToken>").unwrap();
        let second = client
            .form(&[("Action", "ListTopics"), ("NextToken", token)])
            .await
            .text;

        assert_eq!(
            (first.matches("<member>").count(), second.matches("<member>").count()),
            (100, 22)
        );
        assert!(!second.contains("NextToken"));
    }
}
