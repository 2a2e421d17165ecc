//! The account in this Region: sandbox or production, and the role of the service.

use serde_json::Value;

use super::{CONSOLE, list};
use crate::doctor::finding::Finding;
use crate::doctor::question::SERVICE_ROLE;

const ACCOUNT: &str = "account";

fn attribute<'a>(answer: &'a Value, name: &str) -> Option<&'a str> {
    let mut attributes = list(&answer["AccountAttributes"]);
    attributes.find(|attribute| attribute["Name"] == name)?["Value"].as_str()
}

pub(in crate::doctor) fn is_sandbox(attributes: &Value) -> bool {
    attribute(attributes, "ACCOUNT_TIER") != Some("PRODUCTION")
}

/// The protect configuration that is the account's default.
pub(in crate::doctor) fn protect_configuration(attributes: &Value) -> Option<String> {
    attribute(attributes, "DEFAULT_PROTECT_CONFIGURATION_ID")
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

pub(in crate::doctor) fn production() -> Finding {
    Finding::ok(ACCOUNT, "out of the sandbox")
}

/// A sandbox, with the recipients that it lets through.
pub(in crate::doctor) fn sandbox(verified: &Value) -> Vec<Finding> {
    let verified = list(&verified["VerifiedDestinationNumbers"])
        .filter(|number| number["Status"] == "VERIFIED")
        .count();
    let text = format!("in the sandbox: only {verified} verified recipients and the simulators can be texted");
    let mend = format!("request production access on {CONSOLE} (Account, in every Region of its own)");
    vec![Finding::fail(ACCOUNT, text, mend)]
}

pub(in crate::doctor) fn service_role(role: &Value) -> Vec<Finding> {
    const ROLE: &str = "service-role";
    vec![match role["Role"]["Arn"].as_str() {
        Some(_) => Finding::ok(ROLE, format!("{SERVICE_ROLE} exists")),
        None => Finding::warn(
            ROLE,
            format!("{SERVICE_ROLE} does not exist, so AWS publishes neither spending nor delivery metrics"),
            "aws iam create-service-linked-role --aws-service-name sms-voice.amazonaws.com",
        ),
    }]
}
