//! The stack itself: the state of its last deployment, its outputs, and whether it may text anybody.

use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const STACK: &str = "stack";
const DELIVERY: &str = "delivery-mode";

/// What the other checks and the README rely on.
const OUTPUTS: [&str; 4] = [
    "ConfigurationSetName",
    "MessagesTableName",
    "SmsEventsTopicArn",
    "TwoWaySmsTopicArn",
];

pub(in crate::doctor) fn missing(stack: &str) -> Finding {
    let text = format!("there is no stack {stack} in this account and Region");
    let mend = "name another --stack, --region or --profile, or deploy it: sam deploy --guided";
    Finding::fail(STACK, text, mend)
}

pub(in crate::doctor) fn check(deployment: &Deployment) -> Vec<Finding> {
    let missing: Vec<&str> = OUTPUTS
        .into_iter()
        .filter(|name| deployment.output(name).is_none())
        .collect();
    let mut findings = vec![status(deployment)];
    if !missing.is_empty() {
        let text = format!(
            "outputs are missing ({}): not a Shiftline stack, or an older one",
            missing.join(", ")
        );
        findings.push(Finding::fail(STACK, text, "sam build && sam deploy"));
    }
    findings.push(delivery_mode(deployment));
    findings
}

fn status(deployment: &Deployment) -> Finding {
    let Deployment { stack, status, .. } = deployment;
    let events = format!("aws cloudformation describe-stack-events --stack-name {stack}");
    match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::ok(STACK, status.as_str()),
        "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => {
            Finding::warn(STACK, "the last deployment was rolled back", events)
        }
        _ if status.ends_with("_IN_PROGRESS") => {
            let wait = "run doctor again when the deployment is done";
            Finding::warn(STACK, format!("a deployment is under way ({status})"), wait)
        }
        _ => Finding::fail(STACK, format!("the stack is {status}"), events),
    }
}

fn delivery_mode(deployment: &Deployment) -> Finding {
    let mode = deployment.parameter("DeliveryMode");
    let text = match mode {
        "live" => return Finding::ok(DELIVERY, "live: texts reach people"),
        "log" => "log: texts are recorded and never sent",
        "redirect" => "redirect: every text goes to one number",
        "sandbox" => "sandbox: texts are checked by AWS and not sent",
        _ => "the stack has no DeliveryMode",
    };
    Finding::warn(
        DELIVERY,
        text,
        "sam deploy --parameter-overrides Stage=prod DeliveryMode=live",
    )
}
