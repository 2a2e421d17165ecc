//! Countries that a protect configuration blocks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::text;
use crate::doctor::finding::Finding;

const CHECK: &str = "countries";

pub(in crate::doctor) fn unprotected() -> Finding {
    Finding::ok(CHECK, "no protect configuration: texts may go to every country")
}

/// `home` is the country of the number that texts leave from.
pub(in crate::doctor) fn check(rules: &Value, configuration: &str, home: Option<&str>) -> Vec<Finding> {
    let Some(rules) = rules["CountryRuleSet"].as_object() else {
        let text = format!("the protect configuration {configuration} does not exist");
        return vec![Finding::warn(
            CHECK,
            text,
            "set another one, or none, on the configuration set or the account",
        )];
    };
    let mut by_status: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (country, rule) in rules {
        by_status.entry(text(&rule["ProtectStatus"])).or_default().push(country);
    }
    let blocked = by_status.remove("BLOCK").unwrap_or_default();
    let filtered = by_status.remove("FILTER").unwrap_or_default();
    let allow = |country: &str| {
        format!(
            "aws pinpoint-sms-voice-v2 update-protect-configuration-country-rule-set --protect-configuration-id \
             {configuration} --number-capability SMS --country-rule-set-updates \
             '{{\"{country}\":{{\"ProtectStatus\":\"ALLOW\"}}}}'"
        )
    };
    if let Some(home) = home.filter(|home| blocked.contains(home)) {
        let text = format!("texts to {home} are blocked, where the number is");
        return vec![Finding::fail(CHECK, text, allow(home))];
    }
    let Some(first) = blocked.first().or(filtered.first()) else {
        return vec![Finding::ok(CHECK, "texts may go to every country")];
    };
    let text = format!("blocked: {}; filtered: {}", countries(&blocked), countries(&filtered));
    vec![Finding::warn(CHECK, text, allow(first))]
}

fn countries(codes: &[&str]) -> String {
    match codes.len() {
        0 => "none".to_owned(),
        1..=10 => codes.join(", "),
        count => format!("{count} countries"),
    }
}
