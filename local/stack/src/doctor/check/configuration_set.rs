//! Where the receipts of texts are published.

use serde_json::Value;

use super::{list, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const CHECK: &str = "configuration-set";

pub(in crate::doctor) fn check(sets: &Value, deployment: &Deployment) -> Vec<Finding> {
    let name = deployment.output("ConfigurationSetName").unwrap_or_default();
    let topic = deployment.output("SmsEventsTopicArn").unwrap_or_default();
    let Some(set) = list(&sets["ConfigurationSets"]).find(|set| set["ConfigurationSetName"] == name) else {
        let text = format!("{name} does not exist: AWS refuses every text");
        return vec![Finding::fail(CHECK, text, "sam deploy")];
    };
    let ours = list(&set["EventDestinations"]).find(|one| one["SnsDestination"]["TopicArn"] == topic);
    let Some(destination) = ours else {
        let text = format!("{name} does not publish receipts to this stack");
        let mend = format!(
            "aws pinpoint-sms-voice-v2 create-event-destination --configuration-set-name {name} \
             --event-destination-name sms-events --matching-event-types TEXT_ALL --sns-destination TopicArn={topic}"
        );
        return vec![Finding::fail(CHECK, text, mend)];
    };
    let update = format!(
        "aws pinpoint-sms-voice-v2 update-event-destination --configuration-set-name {name} --event-destination-name {}",
        text(&destination["EventDestinationName"])
    );
    if destination["Enabled"] != true {
        let text = format!("the receipts of {name} are switched off");
        return vec![Finding::fail(CHECK, text, format!("{update} --enabled"))];
    }
    let is_everything = |kind: &Value| kind == "TEXT_ALL" || kind == "ALL";
    if !list(&destination["MatchingEventTypes"]).any(is_everything) {
        let text = format!("{name} does not publish every kind of receipt");
        return vec![Finding::fail(
            CHECK,
            text,
            format!("{update} --matching-event-types TEXT_ALL"),
        )];
    }
    vec![Finding::ok(CHECK, format!("{name} publishes every receipt"))]
}
