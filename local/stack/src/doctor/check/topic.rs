//! The topics of inbound texts, receipts and alarms: who may publish, who listens.

use serde_json::{Value, json};

use super::{list, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const ALARM_TOPIC: &str = "alarm-topic";
const SERVICE: &str = "sms-voice.amazonaws.com";

/// The messaging service may publish to the topic, and may use its key.
pub(in crate::doctor) fn policy(check: &'static str, topic: &Value, arn: &str) -> Vec<Finding> {
    let attributes = &topic["Attributes"];
    if attributes.is_null() {
        return vec![Finding::fail(check, "the topic does not exist", "sam deploy")];
    }
    if attributes["KmsMasterKeyId"]
        .as_str()
        .is_some_and(|key| key.ends_with("alias/aws/sns"))
    {
        let text = "encrypted with AWS's own key, which End User Messaging may not use: what it publishes is lost";
        return vec![Finding::fail(check, text, "sam deploy, which sets the stack's own key")];
    }
    let policy: Value = serde_json::from_str(text(&attributes["Policy"])).unwrap_or_default();
    let allowing: Vec<&Value> = list(&policy["Statement"]).filter(|one| admits_service(one)).collect();
    let account = arn.split(':').nth(4).unwrap_or_default();
    if allowing.is_empty() {
        let text = "End User Messaging may not publish to it";
        return vec![Finding::fail(
            check,
            text,
            "sam deploy, which restores the topic's policy",
        )];
    }
    if !allowing.iter().any(|statement| is_limited_to(statement, account)) {
        let text = "every account's End User Messaging may publish to it";
        return vec![Finding::warn(
            check,
            text,
            "sam deploy, which restores the topic's policy",
        )];
    }
    vec![Finding::ok(check, "End User Messaging may publish to it")]
}

fn admits_service(statement: &Value) -> bool {
    let publishes = |action: &str| matches!(action.to_ascii_lowercase().as_str(), "sns:publish" | "sns:*" | "*");
    statement["Effect"] == "Allow"
        && one_or_several(&statement["Principal"]["Service"]).any(|service| service == SERVICE)
        && one_or_several(&statement["Action"]).any(|action| publishes(text(action)))
}

fn is_limited_to(statement: &Value, account: &str) -> bool {
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    conditions
        .filter_map(|(_, keys)| keys.as_object())
        .flatten()
        .any(|(key, values)| {
            key.eq_ignore_ascii_case("aws:SourceAccount") && one_or_several(values).all(|value| value == account)
        })
}

/// Policies write a list of one without the list.
fn one_or_several(value: &Value) -> impl Iterator<Item = &Value> {
    let several = value.as_array().map(Vec::as_slice);
    several.unwrap_or(std::slice::from_ref(value)).iter()
}

/// A function of the stack listens.
pub(in crate::doctor) fn functions(
    check: &'static str,
    subscriptions: &Value,
    deployment: &Deployment,
) -> Vec<Finding> {
    let listeners = list(&subscriptions["Subscriptions"])
        .filter(|one| one["Protocol"] == "lambda" && !is_pending(one))
        .filter_map(|one| deployment.function(text(&one["Endpoint"])));
    let listeners: Vec<&str> = listeners.map(|function| function.logical_id.as_str()).collect();
    vec![if listeners.is_empty() {
        Finding::fail(check, "no function of this stack listens to it", "sam deploy")
    } else {
        Finding::ok(check, format!("heard by {}", listeners.join(", ")))
    }]
}

fn is_pending(subscription: &Value) -> bool {
    let arn = &subscription["SubscriptionArn"];
    arn == &json!("PendingConfirmation") || arn == &json!("Deleted")
}

pub(in crate::doctor) fn no_alarm_topic(deployment: &Deployment) -> Finding {
    let mend = format!(
        "aws sns create-topic --name {0}-alarms, subscribe somebody, then: sam deploy --parameter-overrides \
         AlarmTopicArn=<its ARN>",
        deployment.stack
    );
    Finding::warn(ALARM_TOPIC, "alarms tell nobody", mend)
}

/// Somebody is notified of alarms.
pub(in crate::doctor) fn alarms(subscriptions: &Value, arn: &str) -> Vec<Finding> {
    let subscribe = format!("aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint <address>");
    if subscriptions.is_null() {
        let text = "the topic of the alarms does not exist";
        return vec![Finding::fail(ALARM_TOPIC, text, "deploy with another AlarmTopicArn")];
    }
    let all: Vec<&Value> = list(&subscriptions["Subscriptions"]).collect();
    let confirmed = all.iter().filter(|one| !is_pending(one)).count();
    vec![match (confirmed, all.len()) {
        (0, 0) => Finding::fail(ALARM_TOPIC, "nobody is subscribed to the alarms", subscribe),
        (0, pending) => {
            let text = format!("none of {pending} subscriptions to the alarms is confirmed");
            Finding::fail(ALARM_TOPIC, text, "follow the link in the confirmation mail")
        }
        (confirmed, _) => Finding::ok(ALARM_TOPIC, format!("{confirmed} confirmed subscriptions")),
    }]
}
