//! The registration of the number with the operators.

use serde_json::Value;

use super::{CONSOLE, list, text};
use crate::doctor::finding::Finding;

const CHECK: &str = "registrations";

/// Kinds of numbers that operators in the United States block until they are registered.
const REGISTERED: [&str; 3] = ["SHORT_CODE", "TEN_DLC", "TOLL_FREE"];

pub(in crate::doctor) fn check(registrations: &Value, number: &Value) -> Finding {
    let page = format!("{CONSOLE} (Registrations)");
    let Some(id) = number["RegistrationId"].as_str() else {
        let kind = text(&number["NumberType"]);
        if number["IsoCountryCode"] == "US" && REGISTERED.contains(&kind) {
            let text = format!("the {kind} number has no registration: operators block what it sends");
            return Finding::fail(CHECK, text, format!("create one on {page}"));
        }
        return Finding::ok(CHECK, "none needed here");
    };
    let ours = list(&registrations["Registrations"]).find(|one| one["RegistrationId"] == id);
    let page = format!("{page}, {id}");
    match ours.map(|registration| text(&registration["RegistrationStatus"])) {
        Some("COMPLETE") => Finding::ok(CHECK, "complete"),
        Some(status @ ("REQUIRES_UPDATES" | "REQUIRES_AUTHENTICATION")) => {
            Finding::fail(CHECK, format!("{status}: somebody has to act"), page)
        }
        Some(status @ ("SUBMITTED" | "AWS_REVIEWING" | "REVIEWING" | "PROVISIONING")) => Finding::warn(
            CHECK,
            format!("{status}: not usable yet"),
            "wait; reviews take days to weeks",
        ),
        Some(status) => Finding::fail(CHECK, format!("{status}: never handed in, or withdrawn"), page),
        None => Finding::fail(CHECK, "the number's registration does not exist", page),
    }
}
