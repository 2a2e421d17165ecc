//! The stack's alarms.

use serde_json::Value;

use super::{list, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const CHECK: &str = "alarms";

pub(in crate::doctor) fn check(alarms: &Value, deployment: &Deployment) -> Vec<Finding> {
    let is_ours = |name: &str| {
        ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
            .into_iter()
            .any(|kind| deployment.of_kind(kind).any(|alarm| alarm.physical_id == name))
    };
    // Another stack's name may begin with this one's.
    let ours: Vec<&Value> = list(&alarms["MetricAlarms"])
        .chain(list(&alarms["CompositeAlarms"]))
        .filter(|alarm| is_ours(text(&alarm["AlarmName"])))
        .collect();
    let ringing: Vec<&&Value> = ours.iter().filter(|alarm| alarm["StateValue"] == "ALARM").collect();
    if let Some(first) = ringing.first() {
        let names: Vec<&str> = ringing.iter().map(|alarm| text(&alarm["AlarmName"])).collect();
        let name = text(&first["AlarmName"]);
        let mend = format!("docs/doctor.md says what to do; aws cloudwatch describe-alarm-history --alarm-name {name}");
        return vec![Finding::fail(CHECK, format!("ringing: {}", names.join(", ")), mend)];
    }
    let silenced = ours.iter().filter(|alarm| alarm["ActionsEnabled"] == false).count();
    vec![if ours.is_empty() {
        Finding::warn(CHECK, "the stack has no alarms", "sam deploy")
    } else if silenced > 0 {
        let mend = "aws cloudwatch enable-alarm-actions --alarm-names <names>";
        Finding::warn(CHECK, format!("{silenced} of {} alarms tell nobody", ours.len()), mend)
    } else {
        Finding::ok(CHECK, format!("none of {} is ringing", ours.len()))
    }]
}
