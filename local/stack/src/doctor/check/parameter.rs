//! The operator's settings in Parameter Store: the rate of texts, and secrets stored in clear.

use serde_json::Value;

use super::{list, number, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const RATE: &str = "rate";
const PARAMETERS: &str = "parameters";

/// Last parts of names that hold secrets, which belong in a `SecureString`.
const SECRETS: [&str; 8] = [
    "api-key",
    "auth-token",
    "auth-token-previous",
    "inbound-token",
    "password",
    "service-account",
    "webhook-token",
    "webhook-token-previous",
];

/// `number` is the number that texts leave from, where they leave from one.
pub(in crate::doctor) fn check(answer: &Value, deployment: &Deployment, number: Option<&Value>) -> Vec<Finding> {
    let path = deployment.parameters_path();
    let parameters: Vec<&Value> = list(&answer["Parameters"]).collect();
    let open: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter["Type"] != "SecureString")
        .map(|parameter| text(&parameter["Name"]))
        .filter(|name| name.rsplit('/').next().is_some_and(|last| SECRETS.contains(&last)))
        .collect();
    let mut findings = vec![match open.first() {
        None => Finding::ok(PARAMETERS, format!("{} below {path}", parameters.len())),
        Some(first) => {
            let text = format!("secrets are stored in clear: {}", open.join(", "));
            let mend = format!("aws ssm delete-parameter --name {first}, then put it again with --type SecureString");
            Finding::warn(PARAMETERS, text, mend)
        }
    }];
    let name = format!("{path}/end-user-messaging/rate");
    let stored = parameters.iter().find(|parameter| parameter["Name"] == name.as_str());
    let set = match stored {
        Some(parameter) => text(&parameter["Value"]),
        None => deployment.parameter("Rate"),
    };
    if let Some(number) = number {
        findings.push(rate(set, number, &name));
    }
    findings
}

/// The rate that is set against the one that the number has.
fn rate(set: &str, number: &Value, name: &str) -> Finding {
    let put = |rate: f64| format!("aws ssm put-parameter --overwrite --type String --name {name} --value {rate}/s");
    let Some(real) = real_rate(number) else {
        let text = "AWS does not say how fast the number may be; the AWS CLI may be too old to tell";
        return Finding::warn(
            RATE,
            text,
            "look at Throughput of the number in the console, then set it as rate",
        );
    };
    if set.is_empty() {
        let text = format!("none is set; the number may send {real} message parts a second");
        return Finding::warn(RATE, text, put(real));
    }
    let cap = number["MessagingLimits"]["DailyMessageCaps"].as_object();
    let caps = cap.map_or_else(String::new, |caps| {
        let caps: Vec<String> = caps.iter().map(|(name, cap)| format!("{name} {cap}")).collect();
        format!("; caps a day: {}", caps.join(", "))
    });
    match parse(set) {
        None => Finding::fail(RATE, format!("{set:?} is no rate, such as 3/s or 30/min"), put(real)),
        Some(rate) if rate > real => {
            let text = format!("{set} is set, and the number may send {real} a second: AWS throttles the rest{caps}");
            Finding::warn(RATE, text, put(real))
        }
        Some(_) => Finding::ok(RATE, format!("{set}, of {real} a second{caps}")),
    }
}

/// Message parts a second, from the service or else from its table of kinds of numbers
/// ([limits](https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-mps.html)). A 10DLC number's limit
/// is its campaign's, which only the service knows.
fn real_rate(phone: &Value) -> Option<f64> {
    let told = number(&phone["MessagingLimits"]["RateLimits"]["SMS"]);
    let is_american = matches!(text(&phone["IsoCountryCode"]), "US" | "CA");
    told.or(match text(&phone["NumberType"]) {
        "SHORT_CODE" => Some(100.0),
        "TOLL_FREE" => Some(3.0),
        "LONG_CODE" if is_american => Some(1.0),
        "LONG_CODE" => Some(10.0),
        _ => None,
    })
}

/// Parts a second of `3/s`, `30/min` or a bare number.
fn parse(rate: &str) -> Option<f64> {
    let (parts, seconds) = match rate.split_once('/') {
        None => (rate, 1.0),
        Some((parts, period)) => match period.trim() {
            "s" => (parts, 1.0),
            "min" => (parts, 60.0),
            _ => return None,
        },
    };
    let parts: f64 = parts.trim().parse().ok()?;
    (parts.is_finite() && parts > 0.0).then_some(parts / seconds)
}
