//! How much texts may cost in a month, and what they have cost.

use serde_json::Value;

use super::{list, number};
use crate::doctor::finding::Finding;

const LIMIT: &str = "spend-limit";
const SPENDING: &str = "spending";
/// US dollars; the limit of an account that never asked for another.
const NEVER_RAISED: f64 = 1.0;
/// Of the limit; from here on somebody should act.
const NEARLY_SPENT: f64 = 0.8;

const CASE: &str = "ask for more at https://console.aws.amazon.com/support/home#/case/create (service limit increase, \
                    End User Messaging SMS, monthly spend)";

fn text_limit(limits: &Value) -> Option<&Value> {
    list(&limits["SpendLimits"]).find(|limit| limit["Name"] == "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT")
}

fn raise(limit: &Value) -> String {
    match (number(&limit["MaxLimit"]), number(&limit["EnforcedLimit"])) {
        (Some(most), Some(enforced)) if most > enforced => {
            format!("aws pinpoint-sms-voice-v2 set-text-message-spend-limit-override --monthly-limit {most}")
        }
        _ => CASE.to_owned(),
    }
}

pub(in crate::doctor) fn limit(limits: &Value) -> Vec<Finding> {
    let limit = text_limit(limits);
    vec![match limit.and_then(|limit| number(&limit["EnforcedLimit"])) {
        None => Finding::warn(LIMIT, "AWS names no limit for texts", CASE),
        Some(dollars) if dollars <= NEVER_RAISED => {
            let text = format!("{dollars} US dollars a month, never raised: about a hundred texts");
            Finding::fail(LIMIT, text, limit.map_or_else(|| CASE.to_owned(), raise))
        }
        Some(dollars) => Finding::ok(LIMIT, format!("{dollars} US dollars a month")),
    }]
}

/// The month so far against the limit. AWS publishes no figure before the first text, which is not a zero.
pub(in crate::doctor) fn spent(metric: &Value, limits: &Value) -> Vec<Finding> {
    let figures = list(&metric["Datapoints"]).filter_map(|point| number(&point["Maximum"]));
    let Some(spent) = figures.reduce(f64::max) else {
        return vec![Finding::ok(SPENDING, "AWS has published no figure this month")];
    };
    let limit = text_limit(limits);
    let Some(enforced) = limit.and_then(|limit| number(&limit["EnforcedLimit"])) else {
        return vec![Finding::ok(SPENDING, format!("{spent:.2} US dollars this month"))];
    };
    let text = format!("{spent:.2} of {enforced} US dollars this month");
    let mend = limit.map_or_else(|| CASE.to_owned(), raise);
    vec![if spent >= enforced {
        Finding::fail(SPENDING, format!("{text}: AWS sends nothing more"), mend)
    } else if spent >= NEARLY_SPENT * enforced {
        Finding::warn(SPENDING, text, mend)
    } else {
        Finding::ok(SPENDING, text)
    }]
}
