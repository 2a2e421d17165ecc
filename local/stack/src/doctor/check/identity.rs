//! What texts leave from: a number, a pool or a sender ID. No number is ever part of a finding.

use serde_json::Value;

use super::{CONSOLE, list, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const NUMBER: &str = "number";
const POOL: &str = "pool";
const POOL_IDENTITIES: &str = "pool-identities";
const SENDER_ID: &str = "sender-id";

/// The stack's own origination identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Identity {
    None,
    /// A long, toll-free or short code.
    Number(String),
    /// By its id.
    Pool(String),
    SenderId(String),
}

impl Identity {
    pub(in crate::doctor) fn of(deployment: &Deployment) -> Self {
        let identity = deployment.parameter("OriginationIdentity");
        if identity.is_empty() {
            return Self::None;
        }
        let (path, id) = identity.rsplit_once('/').unwrap_or(("", identity));
        if id.starts_with("pool-") {
            Self::Pool(id.to_owned())
        } else if id.starts_with("phone-") || id.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Number(id.to_owned())
        } else if path.ends_with(":sender-id") || path.is_empty() {
            Self::SenderId(id.to_owned())
        } else {
            // ARNs and settings of sender IDs name the country last.
            Self::SenderId(path.rsplit('/').next().unwrap_or(path).to_owned())
        }
    }
}

pub(in crate::doctor) fn none() -> Finding {
    let text = "the stack names no number, pool or sender ID that texts leave from";
    Finding::fail(
        NUMBER,
        text,
        "sam deploy --parameter-overrides OriginationIdentity=<number>",
    )
}

pub(in crate::doctor) fn unknown_number() -> Finding {
    let text = "the stack's origination number is not one of this account's in this Region";
    let mend = format!("request or import it on {CONSOLE} (Phone numbers), or deploy with another");
    Finding::fail(NUMBER, text, mend)
}

/// The number among the account's own, by itself or by its id.
pub(in crate::doctor) fn find<'a>(numbers: &'a Value, identity: &str) -> Option<&'a Value> {
    let bare = |number: &str| number.trim_start_matches('+').to_owned();
    list(&numbers["PhoneNumbers"])
        .find(|number| number["PhoneNumberId"] == identity || bare(text(&number["PhoneNumber"])) == bare(identity))
}

pub(in crate::doctor) fn number(number: &Value, deployment: &Deployment) -> Vec<Finding> {
    let id = text(&number["PhoneNumberId"]);
    let page = format!("{CONSOLE} (Phone numbers, {id})");
    let mut broken = Vec::new();
    let status = text(&number["Status"]);
    if status != "ACTIVE" {
        broken.push(Finding::fail(
            NUMBER,
            format!("{id} is {status}, so nothing leaves"),
            page.clone(),
        ));
    }
    if !list(&number["NumberCapabilities"]).any(|capability| capability == "SMS") {
        broken.push(Finding::fail(NUMBER, format!("{id} cannot send texts"), page.clone()));
    }
    if text(&number["MessageType"]) != "TRANSACTIONAL" {
        let text =
            format!("{id} is promotional, and every text is transactional: AWS refuses all (MESSAGE_TYPE_MISMATCH)");
        let mend = format!("request a transactional number on {CONSOLE} (Phone numbers); the type cannot be changed");
        broken.push(Finding::fail(NUMBER, text, mend));
    }
    // In a pool the pool's own settings count.
    if number["PoolId"].is_null() {
        let command = format!("aws pinpoint-sms-voice-v2 update-phone-number --phone-number-id {id}");
        broken.extend(inbound(NUMBER, number, id, &command, deployment));
    }
    if broken.is_empty() {
        let kind = text(&number["NumberType"]);
        broken.push(Finding::ok(NUMBER, format!("{id} ({kind}) is active")));
    }
    broken
}

/// How people's texts and their STOP are handled, which a number and a pool say in the same words.
fn inbound(check: &'static str, settings: &Value, id: &str, command: &str, deployment: &Deployment) -> Vec<Finding> {
    let mut broken = Vec::new();
    let topic = deployment.output("TwoWaySmsTopicArn").unwrap_or_default();
    if settings["TwoWayEnabled"] != true || settings["TwoWayChannelArn"] != topic {
        let text = format!("{id} does not hand people's texts to this stack");
        let mend = format!("{command} --two-way-enabled --two-way-channel-arn {topic}");
        broken.push(Finding::fail(check, text, mend));
    }
    let is_ours = deployment.parameter("OptOutManagement") != "aws";
    if settings["SelfManagedOptOutsEnabled"] != is_ours {
        let (text, option) = if is_ours {
            (
                "AWS answers STOP itself, and this stack answers it too",
                "--self-managed-opt-outs-enabled",
            )
        } else {
            (
                "nobody answers STOP: OptOutManagement leaves it to AWS, and the number to this stack",
                "--no-self-managed-opt-outs-enabled",
            )
        };
        broken.push(Finding::fail(
            check,
            format!("{id}: {text}"),
            format!("{command} {option}"),
        ));
    }
    let list = deployment.parameter("OptOutListName");
    if !list.is_empty() && settings["OptOutListName"] != list {
        let text = format!("{id} uses another opt-out list than the stack's, {list}");
        let mend = format!("{command} --opt-out-list-name {list}");
        broken.push(Finding::fail(check, text, mend));
    }
    broken
}

pub(in crate::doctor) fn pool(pools: &Value, id: &str, deployment: &Deployment) -> Vec<Finding> {
    let Some(pool) = list(&pools["Pools"]).find(|pool| pool["PoolId"] == id) else {
        let mend = format!("create it on {CONSOLE} (Phone pools), or deploy with another identity");
        return vec![Finding::fail(POOL, format!("there is no {id}"), mend)];
    };
    let mut broken = Vec::new();
    let status = text(&pool["Status"]);
    if status != "ACTIVE" {
        let mend = format!("{CONSOLE} (Phone pools, {id})");
        broken.push(Finding::fail(POOL, format!("{id} is {status}"), mend));
    }
    if text(&pool["MessageType"]) != "TRANSACTIONAL" {
        let text = format!("{id} is promotional, and every text is transactional");
        broken.push(Finding::fail(
            POOL,
            text,
            format!("create a transactional pool on {CONSOLE}"),
        ));
    }
    let command = format!("aws pinpoint-sms-voice-v2 update-pool --pool-id {id}");
    broken.extend(inbound(POOL, pool, id, &command, deployment));
    if broken.is_empty() {
        broken.push(Finding::ok(POOL, format!("{id} is active")));
    }
    broken
}

pub(in crate::doctor) fn pool_identities(identities: &Value, id: &str) -> Vec<Finding> {
    let sending = list(&identities["OriginationIdentities"])
        .filter(|identity| list(&identity["NumberCapabilities"]).any(|capability| capability == "SMS"))
        .count();
    vec![match sending {
        0 => {
            let mend = format!(
                "aws pinpoint-sms-voice-v2 associate-origination-identity --pool-id {id} --origination-identity <number id> \
                 --iso-country-code <country>"
            );
            Finding::fail(
                POOL_IDENTITIES,
                format!("{id} has nothing that texts could leave from"),
                mend,
            )
        }
        count => Finding::ok(POOL_IDENTITIES, format!("{id} has {count} that texts can leave from")),
    }]
}

pub(in crate::doctor) fn sender_id(ids: &Value, id: &str) -> Vec<Finding> {
    let ours: Vec<&Value> = list(&ids["SenderIds"]).filter(|one| one["SenderId"] == id).collect();
    let page = format!("{CONSOLE} (Sender IDs)");
    if ours.is_empty() {
        let text = format!("the sender ID {id} is not this account's");
        return vec![Finding::fail(SENDER_ID, text, format!("request it on {page}"))];
    }
    let unregistered: Vec<&str> = ours
        .iter()
        .filter(|one| one["Registered"] != true && !one["RegistrationId"].is_null())
        .map(|one| text(&one["IsoCountryCode"]))
        .collect();
    let mut findings = Vec::new();
    if !unregistered.is_empty() {
        let text = format!("{id} is not registered yet in {}", unregistered.join(", "));
        findings.push(Finding::fail(
            SENDER_ID,
            text,
            format!("complete its registration on {page}"),
        ));
    }
    let text = format!("{id} cannot receive: nobody can book, answer or say STOP by replying");
    findings.push(Finding::warn(
        SENDER_ID,
        text,
        "deploy with a number or a pool that can",
    ));
    findings
}
