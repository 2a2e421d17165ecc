//! Words that AWS answers itself, beside this stack's own answers.

use serde_json::Value;

use super::{list, text};
use crate::doctor::finding::Finding;

const CHECK: &str = "keywords";

pub(in crate::doctor) fn check(keywords: &Value, identity: &str) -> Vec<Finding> {
    let words: Vec<&Value> = list(&keywords["Keywords"]).collect();
    // STOP and HELP cannot be deleted; who answers them is a switch of the number.
    let extra: Vec<&str> = words
        .iter()
        .map(|keyword| text(&keyword["Keyword"]))
        .filter(|word| !matches!(*word, "STOP" | "HELP"))
        .collect();
    let Some(first) = extra.first() else {
        return vec![Finding::ok(CHECK, "AWS answers no words but STOP and HELP")];
    };
    let text = format!("AWS answers {} too, so people get two answers", extra.join(", "));
    let mend = format!("aws pinpoint-sms-voice-v2 delete-keyword --origination-identity {identity} --keyword {first}");
    vec![Finding::warn(CHECK, text, mend)]
}
