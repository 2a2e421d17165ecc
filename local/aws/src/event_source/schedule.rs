//! Schedules: a function invoked by time. A run that takes longer than its period delays the next one.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time;
use uuid::Uuid;

use super::expression::Expression;
use super::{SourceError, Sources};
use crate::lambda::Functions;
use crate::template::{Account, Function, Schedule, ScheduleKind};
use local_providers::clock;

pub(super) struct Trigger {
    function: String,
    kind: ScheduleKind,
    expression: Expression,
    input: Option<String>,
    arn: String,
    account: Account,
    speed: f64,
}

impl Trigger {
    pub(super) fn new(
        event_id: &str,
        function: &Function,
        schedule: &Schedule,
        sources: &Sources,
    ) -> Result<Self, SourceError> {
        let account = Account {
            region: sources.region.clone(),
            ..Account::local()
        };
        let name = format!("{}{event_id}", function.logical_id);
        let arn = match schedule.kind {
            ScheduleKind::Rule => account.arn("events", &format!("rule/{}-{name}", account.stack)),
            ScheduleKind::Scheduler => account.arn("scheduler", &format!("schedule/default/{name}")),
        };
        Ok(Self {
            function: function.name.clone(),
            kind: schedule.kind,
            expression: schedule.expression.parse()?,
            input: schedule.input.clone(),
            arn,
            account,
            speed: sources.schedule_speed,
        })
    }

    /// Runs for ever, or until a cron expression has no further time.
    pub(super) async fn run(self, functions: Functions) {
        if self.speed <= 0.0 {
            return;
        }
        // The schedule's own time, which runs faster than the clock's.
        let mut now = clock::now();
        while let Some(next) = self.expression.next_after(now) {
            let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            time::sleep(wait.div_f64(self.speed)).await;
            now = next;
            if let Err(error) = functions.deliver(&self.function, self.payload(next)).await {
                functions
                    .logs()
                    .write(&self.function, format!("not run on schedule: {error}"));
            }
        }
    }

    fn payload(&self, at: Timestamp) -> Vec<u8> {
        let execution = Uuid::new_v4().to_string();
        let at = format!("{at:.0}");
        let payload = match (&self.input, self.kind) {
            (Some(input), ScheduleKind::Rule) => input.clone(),
            (Some(input), ScheduleKind::Scheduler) => input
                .replace("<aws.scheduler.schedule-arn>", &self.arn)
                .replace("<aws.scheduler.scheduled-time>", &at)
                .replace("<aws.scheduler.execution-id>", &execution)
                .replace("<aws.scheduler.attempt-number>", "1"),
            (None, ScheduleKind::Rule) => self.event(&execution, &at, "aws.events", json!({})),
            (None, ScheduleKind::Scheduler) => self.event(&execution, &at, "aws.scheduler", json!("{}")),
        };
        payload.into_bytes()
    }

    fn event(&self, id: &str, time: &str, source: &str, detail: Value) -> String {
        json!({
            "version": "0",
            "id": id,
            "detail-type": "Scheduled Event",
            "source": source,
            "account": self.account.id,
            "time": time,
            "region": self.account.region,
            "resources": [self.arn],
            "detail": detail,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(kind: ScheduleKind, input: Option<&str>) -> Trigger {
        Trigger {
            function: "shiftline-Sweep".to_owned(),
            kind,
            expression: "rate(1 minute)".parse().unwrap(),
            input: input.map(str::to_owned),
            arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/SweepEveryMinute".to_owned(),
            account: Account::local(),
            speed: 1.0,
        }
    }

    fn payload(trigger: &Trigger) -> Value {
        serde_json::from_slice(&trigger.payload("2026-11-20T10:00:00Z".parse().unwrap())).unwrap()
    }

    #[test]
    fn without_input_each_service_sends_its_own_event() {
        let rule = payload(&trigger(ScheduleKind::Rule, None));
        assert_eq!((&rule["source"], &rule["detail"]), (&json!("aws.events"), &json!({})));
        let scheduler = payload(&trigger(ScheduleKind::Scheduler, None));
        assert_eq!(
            (&scheduler["source"], &scheduler["detail"]),
            (&json!("aws.scheduler"), &json!("{}"))
        );
        assert_eq!(scheduler["time"], "2026-11-20T10:00:00Z");
    }

    #[test]
    fn the_scheduler_fills_in_its_keywords() {
        let input = r#"{"at":"<aws.scheduler.scheduled-time>","sweep":"outbox"}"#;
        assert_eq!(
            payload(&trigger(ScheduleKind::Scheduler, Some(input))),
            json!({ "at": "2026-11-20T10:00:00Z", "sweep": "outbox" })
        );
    }
}
