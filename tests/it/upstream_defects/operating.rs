//! Defects of the original sample under load and faults.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ANNA, product_with};
use crate::template::document::{Document, one_or_many, spelled};

#[tokio::test]
async fn d23_replies_at_once_are_all_answered() {
    let deployed = Document::deployed();
    let capped = |properties: &Value| !properties["ReservedConcurrentExecutions"].is_null();
    assert!(!capped(deployed.at("/Globals/Function")));
    assert!(deployed.functions().iter().all(|function| !capped(function.properties)));

    let employees: Vec<String> = (101..=140).map(|n| format!("+12025550{n}")).collect();
    let product = product_with(&employees.iter().map(String::as_str).collect::<Vec<_>>()).await;
    product
        .put("shifts", json!({ "shift_id": "ABC1", "capacity": 3 }))
        .await;
    for phone in &employees {
        product.text(phone, "ABC1").await;
    }

    let answered = async || Some(product.texts().await).filter(|texts| texts.len() == employees.len());
    let texts = product.until("every answer", answered).await;
    let phones: BTreeSet<_> = texts.iter().map(|text| &text.to).collect();
    assert_eq!(phones.len(), employees.len());
    let holders = product.shift("ABC1").await["employees"].clone();
    for text in texts {
        let holds = holders.as_array().unwrap().contains(&json!(text.to));
        assert_eq!(text.body.contains("Shift booked: ABC1"), holds, "{}", text.body);
        assert_eq!(text.body.contains("Shift taken: ABC1"), !holds, "{}", text.body);
    }
    assert_eq!(holders.as_array().unwrap().len(), 3);
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn d24_what_cannot_be_served_is_kept_and_rings() {
    let product = product_with(&[ANNA]).await;

    product.publish("two-way-sms", "REQUEST").await;

    let kept = async || product.failures("InboundSmsFailureQueue").pop();
    let record = product.until("the failure record", kept).await;
    assert_eq!(record["requestPayload"]["Records"][0]["Sns"]["Message"], "REQUEST");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["responsePayload"]["errorType"], "UnusableEvent");
    let logs = product.logs_of("InboundSmsFunction");
    let line = logs.iter().find(|line| line.contains("text not answered")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert!(line["span"]["request.id"].is_string(), "{line}");

    let deployed = Document::deployed();
    let alarms: Vec<_> = deployed
        .of_type("AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| alarm)
        .collect();
    for function in deployed.functions() {
        if function.is_waited_for() {
            continue;
        }
        let queue = format!("{}.QueueName", function.failure_queue());
        let read = |alarm: &Value| {
            let metrics = alarm["Metrics"].as_array().cloned().unwrap_or_default();
            metrics
                .iter()
                .any(|metric| spelled(&metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]) == queue)
        };
        let watched = alarms.iter().any(|alarm| read(alarm));
        assert!(watched, "nobody hears of what {} gives up", function.id);
    }
}

#[test]
fn d25_nothing_is_allowed_on_everything() {
    let deployed = Document::deployed();
    let mut used: Vec<_> = deployed
        .functions()
        .iter()
        .map(|function| spelled(&function.properties["Role"]))
        .collect();
    used.sort();
    let mut roles = Vec::new();
    for (id, role) in deployed.of_type("AWS::IAM::Role") {
        roles.push(format!("{id}.Arn"));
        assert!(
            role["ManagedPolicyArns"].is_null(),
            "{id} brings policies of which this template says nothing"
        );
        for policy in role["Policies"].as_array().unwrap() {
            for statement in policy["PolicyDocument"]["Statement"].as_array().unwrap() {
                // IAM knows no resource for what is asked of the account as a whole.
                if statement["Action"] == json!(["sms-voice:DescribeAccountAttributes"]) {
                    continue;
                }
                let everything = |what: &String| what == "*" || what.ends_with(":*") || what.ends_with("instance/*");
                let wide = [&statement["Action"], &statement["Resource"]].map(one_or_many).concat();
                assert!(!wide.iter().any(everything), "{id}: {statement}");
            }
        }
    }
    roles.sort();
    assert_eq!(roles, used, "every role belongs to one function");
    for (id, topic) in deployed.of_type("AWS::SNS::Topic") {
        assert!(!topic["KmsMasterKeyId"].is_null(), "{id} is not encrypted");
    }
}
