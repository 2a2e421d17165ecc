//! SNS (AWS query protocol).

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::query::{self, Form, Namespace, elements, members};
use crate::template::{Event, Template};
use crate::topic::{TopicError, Topics};

pub(super) const NAMESPACE: Namespace = Namespace("http://sns.amazonaws.com/doc/2010-03-31/");

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
        "ListTopics" => Ok(list(topics)),
        "GetTopicAttributes" => attributes(topics, deployed, form),
        "ListSubscriptionsByTopic" => subscriptions(topics, deployed, form),
        _ => return query::invalid_action(NAMESPACE, action),
    };
    match result {
        Ok(result) => query::succeeded(NAMESPACE, action, &result),
        Err(failure) => query::failed(NAMESPACE, failure.status, failure.code, &failure.message),
    }
}

fn list(topics: &Topics) -> String {
    let topics = topics.list();
    members("Topics", topics.iter().map(|arn| elements([("TopicArn", arn)])))
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
    async fn topics_are_listed_and_described() {
        let client = TestClient::new();

        let listed = client.form(&[("Action", "ListTopics")]).await.text;
        assert_eq!(listed.matches("<member>").count(), 2);
        let described = client
            .form(&[("Action", "GetTopicAttributes"), ("TopicArn", TOPIC)])
            .await;
        assert!(described.text.contains("sms-voice.amazonaws.com"), "{}", described.text);
    }

    #[tokio::test]
    async fn errors_are_those_of_the_query_protocol() {
        let client = TestClient::new();
        let missing = format!("{TOPIC}x");
        for (form, status, code) in [
            (
                vec![("Action", "GetTopicAttributes"), ("TopicArn", missing.as_str())],
                404,
                "NotFound",
            ),
            (vec![("Action", "GetTopicAttributes")], 400, "InvalidParameter"),
            (vec![("Action", "<x>")], 400, "InvalidAction"),
        ] {
            let answer = client.form(&form).await;
            assert_eq!(answer.status, status, "{form:?}");
            assert!(answer.text.contains(&format!("<Code>{code}</Code>")), "{}", answer.text);
            assert!(!answer.text.contains("<x>"), "{}", answer.text);
        }
    }
}
