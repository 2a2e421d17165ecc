//! The tables: there, and protected from being deleted by a slip.

use serde_json::Value;

use super::text;
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const CHECK: &str = "tables";

pub(in crate::doctor) fn check(tables: &[(&str, Value)], deployment: &Deployment) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unprotected = Vec::new();
    for (name, answer) in tables {
        let table = &answer["Table"];
        match text(&table["TableStatus"]) {
            "ACTIVE" | "UPDATING" => {}
            "" => findings.push(Finding::fail(
                CHECK,
                format!("{name} does not exist"),
                format!("restore it: aws dynamodb restore-table-to-point-in-time --source-table-name {name} --target-table-name {name} --use-latest-restorable-time"),
            )),
            status => findings.push(Finding::fail(CHECK, format!("{name} is {status}"), "look at it in the DynamoDB console")),
        }
        if !table.is_null() && table["DeletionProtectionEnabled"] != true {
            unprotected.push(*name);
        }
    }
    if let (Some(first), "prod") = (unprotected.first(), deployment.parameter("Stage")) {
        let text = format!("not protected from deletion: {}", unprotected.join(", "));
        let mend = format!("aws dynamodb update-table --deletion-protection-enabled --table-name {first}");
        findings.push(Finding::warn(CHECK, text, mend));
    }
    if findings.is_empty() && !tables.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{} are active", tables.len())));
    }
    findings
}
