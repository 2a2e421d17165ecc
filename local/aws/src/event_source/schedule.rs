//! Schedules of EventBridge Scheduler: a function invoked by time. A run that takes longer than its period delays the
//! next one.

use std::time::Duration;

use jiff::Timestamp;
use local_providers::clock;
use serde_json::json;
use tokio::time;
use uuid::Uuid;

use super::{SourceError, Sources, expression};
use crate::lambda::Functions;
use crate::template::{Account, Function, Schedule};

pub(super) struct Trigger {
    function: String,
    period: Duration,
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
        Ok(Self {
            function: function.name.clone(),
            period: expression::period(&schedule.expression)?,
            input: schedule.input.clone(),
            arn: account.arn("scheduler", &format!("schedule/default/{name}")),
            account,
            speed: sources.schedule_speed,
        })
    }

    /// Runs for ever, unless schedules never fire.
    pub(super) async fn run(self, functions: Functions) {
        if self.speed <= 0.0 {
            return;
        }
        // The schedule's own time, which runs faster than the clock's.
        let mut now = clock::now();
        loop {
            time::sleep(self.period.div_f64(self.speed)).await;
            now = now.saturating_add(self.period).unwrap_or(Timestamp::MAX);
            if let Err(error) = functions.deliver(&self.function, self.payload(now)).await {
                functions
                    .logs()
                    .write(&self.function, format!("not run on schedule: {error}"));
            }
        }
    }

    fn payload(&self, at: Timestamp) -> Vec<u8> {
        let execution = Uuid::new_v4().to_string();
        let at = format!("{at:.0}");
        let payload = match &self.input {
            Some(input) => input
                .replace("<aws.scheduler.schedule-arn>", &self.arn)
                .replace("<aws.scheduler.scheduled-time>", &at)
                .replace("<aws.scheduler.execution-id>", &execution)
                .replace("<aws.scheduler.attempt-number>", "1"),
            None => json!({
                "version": "0",
                "id": execution,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": self.account.id,
                "time": at,
                "region": self.account.region,
                "resources": [self.arn],
                "detail": "{}",
            })
            .to_string(),
        };
        payload.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn payload(input: Option<&str>) -> Value {
        let trigger = Trigger {
            function: "shiftline-Sweep".to_owned(),
            period: Duration::from_secs(60),
            input: input.map(str::to_owned),
            arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/SweepEveryMinute".to_owned(),
            account: Account::local(),
            speed: 1.0,
        };
        serde_json::from_slice(&trigger.payload("2026-11-20T10:00:00Z".parse().unwrap())).unwrap()
    }

    #[test]
    fn without_input_the_scheduler_sends_its_own_event() {
        let event = payload(None);
        assert_eq!(
            (&event["source"], &event["detail"], &event["time"]),
            (&json!("aws.scheduler"), &json!("{}"), &json!("2026-11-20T10:00:00Z"))
        );
    }

    #[test]
    fn the_scheduler_fills_in_its_keywords() {
        let input = r#"{"at":"<aws.scheduler.scheduled-time>","sweep":"outbox"}"#;
        assert_eq!(
            payload(Some(input)),
            json!({ "at": "2026-11-20T10:00:00Z", "sweep": "outbox" })
        );
    }
}
