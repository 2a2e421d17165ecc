//! The order of the questions. Those that depend on an answer are asked after it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::{self, Instant};

use super::check;
use super::finding::{Finding, Report};
use super::question::{Ask, Question};
use crate::aws_cli::{AwsCli, CliError};
use crate::deployment::Deployment;

/// Between two calls of End User Messaging.
const PACE: Duration = Duration::from_secs(1);

/// The AWS CLI, no faster than the services' quotas.
pub(super) struct Paced<'a> {
    cli: &'a AwsCli,
    last: Mutex<Option<Instant>>,
}

impl<'a> Paced<'a> {
    pub(super) fn new(cli: &'a AwsCli) -> Self {
        Self {
            cli,
            last: Mutex::new(None),
        }
    }
}

impl Ask for Paced<'_> {
    async fn ask(&self, question: &Question) -> Result<Value, CliError> {
        if question.is_paced() && self.cli.reaches_aws() {
            let mut last = self.last.lock().await;
            if let Some(last) = *last {
                time::sleep_until(last + PACE).await;
            }
            *last = Some(Instant::now());
        }
        self.cli.ask(&question.call).await
    }
}

/// What came of a question.
enum Asked {
    Answer(Value),
    /// The service says that there is no such thing.
    Missing,
    /// It is in the findings why.
    Unanswered,
}

struct Examination<'a, A> {
    aws: &'a A,
    findings: Vec<Finding>,
}

/// What was found, and what the smoke test needs to know.
#[derive(Clone, Debug)]
pub struct Examined {
    pub report: Report,
    /// Nothing when there is no such stack.
    pub deployment: Option<Deployment>,
    /// The country of the number that texts leave from, such as `US`.
    pub country: Option<String>,
}

impl Examined {
    fn nothing(stack: &str) -> Self {
        Self {
            report: Report::new(vec![check::stack::missing(stack)]),
            deployment: None,
            country: None,
        }
    }
}

/// Asks everything about the stack, and says what was found in it.
///
/// # Errors
///
/// When not even the stack could be asked for.
pub async fn examine(aws: &impl Ask, stack: &str, now: Timestamp) -> Result<Examined, CliError> {
    let mut examination = Examination {
        aws,
        findings: Vec::new(),
    };
    let stacks = match aws.ask(&Question::stack(stack)).await {
        Ok(stacks) => stacks,
        Err(CliError::Refused { code, message }) if code == "ValidationError" && message.contains("does not exist") => {
            return Ok(Examined::nothing(stack));
        }
        Err(error) => return Err(error),
    };
    let Some(deployment) = Deployment::read(&stacks) else {
        return Ok(Examined::nothing(stack));
    };
    examination.add(check::stack::check(&deployment));
    let deployment = match examination.ask("resources", Question::resources(stack)).await {
        Asked::Answer(answer) => deployment.with_resources(&answer),
        Asked::Missing | Asked::Unanswered => deployment,
    };
    let protection = examination.account(now).await;
    let country = examination.identity(&deployment).await;
    examination
        .configuration_set(&deployment, protection, country.as_deref())
        .await;
    examination.topics(&deployment).await;
    examination.functions(&deployment).await;
    examination.data(&deployment).await;
    examination.alarms(&deployment).await;
    Ok(Examined {
        report: Report::new(examination.findings),
        deployment: Some(deployment),
        country,
    })
}

impl<A: Ask> Examination<'_, A> {
    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    async fn ask(&mut self, check: &'static str, question: Question) -> Asked {
        match self.aws.ask(&question).await {
            Ok(answer) => Asked::Answer(answer),
            Err(CliError::Refused { code, .. }) if check::is_missing(&code) => Asked::Missing,
            Err(error) => {
                // Of several queues or tables one line is enough.
                let finding = check::unanswered(check, &question, &error);
                if !self.findings.contains(&finding) {
                    self.add([finding]);
                }
                Asked::Unanswered
            }
        }
    }

    /// Asks, and lets `judge` say what the answer means; what does not exist is `null`.
    async fn judge(&mut self, check: &'static str, question: Question, judge: impl FnOnce(&Value) -> Vec<Finding>) {
        match self.ask(check, question).await {
            Asked::Answer(answer) => self.add(judge(&answer)),
            Asked::Missing => self.add(judge(&Value::Null)),
            Asked::Unanswered => {}
        }
    }

    /// Answers the account's default protect configuration.
    async fn account(&mut self, now: Timestamp) -> Option<String> {
        let mut protection = None;
        if let Asked::Answer(attributes) = self.ask("account", Question::account_attributes()).await {
            if check::account::is_sandbox(&attributes) {
                self.judge("account", Question::verified_numbers(), check::account::sandbox)
                    .await;
            } else {
                self.add([check::account::production()]);
            }
            protection = check::account::protect_configuration(&attributes);
        }
        if let Asked::Answer(limits) = self.ask("spend-limit", Question::spend_limits()).await {
            self.add(check::spending::limit(&limits));
            self.judge("spending", Question::spending(month_of(now), now), |metric| {
                check::spending::spent(metric, &limits)
            })
            .await;
        }
        self.judge("service-role", Question::service_role(), check::account::service_role)
            .await;
        protection
    }

    /// Answers the country of the number that texts leave from.
    async fn identity(&mut self, deployment: &Deployment) -> Option<String> {
        let identity = check::identity::Identity::of(deployment);
        let mut rated = None;
        match &identity {
            check::identity::Identity::None => self.add([check::identity::none()]),
            check::identity::Identity::Number(number) => {
                if let Asked::Answer(numbers) = self.ask("number", Question::phone_numbers()).await {
                    let found = check::identity::find(&numbers, number);
                    self.number(deployment, found).await;
                    rated = found.cloned();
                }
            }
            check::identity::Identity::Pool(pool) => self.pool(deployment, pool).await,
            check::identity::Identity::SenderId(id) => {
                self.judge("sender-id", Question::sender_ids(), |ids| {
                    check::identity::sender_id(ids, id)
                })
                .await;
            }
        }
        let path = deployment.parameters_path();
        self.judge("parameters", Question::parameters(&path), |parameters| {
            check::parameter::check(parameters, deployment, rated.as_ref())
        })
        .await;
        rated?["IsoCountryCode"].as_str().map(str::to_owned)
    }

    async fn number(&mut self, deployment: &Deployment, number: Option<&Value>) {
        let Some(number) = number else {
            return self.add([check::identity::unknown_number()]);
        };
        self.add(check::identity::number(number, deployment));
        if let Asked::Answer(registrations) = self.ask("registrations", Question::registrations()).await {
            self.add([check::registration::check(&registrations, number)]);
        }
        if let Some(pool) = number["PoolId"].as_str() {
            self.pool(deployment, pool).await;
        }
        let id = number["PhoneNumberId"].as_str().unwrap_or_default();
        self.judge("keywords", Question::keywords(id), |keywords| {
            check::keyword::check(keywords, id)
        })
        .await;
    }

    async fn pool(&mut self, deployment: &Deployment, id: &str) {
        self.judge("pool", Question::pool(id), |pools| {
            check::identity::pool(pools, id, deployment)
        })
        .await;
        self.judge("pool-identities", Question::pool_identities(id), |identities| {
            check::identity::pool_identities(identities, id)
        })
        .await;
    }

    async fn configuration_set(&mut self, deployment: &Deployment, protection: Option<String>, country: Option<&str>) {
        let mut protection = protection;
        if let Some(name) = deployment.output("ConfigurationSetName") {
            let question = Question::configuration_set(name);
            let answer = match self.ask("configuration-set", question).await {
                Asked::Answer(answer) => Some(answer),
                Asked::Missing => Some(Value::Null),
                Asked::Unanswered => None,
            };
            if let Some(answer) = answer {
                self.add(check::configuration_set::check(&answer, deployment));
                // It goes before the account's default.
                let own = answer["ConfigurationSets"][0]["ProtectConfigurationId"].as_str();
                protection = own.map(str::to_owned).or(protection);
            }
        }
        match protection {
            None => self.add([check::country::unprotected()]),
            Some(id) => {
                self.judge("countries", Question::country_rules(&id), |rules| {
                    check::country::check(rules, &id, country)
                })
                .await;
            }
        }
    }

    async fn topics(&mut self, deployment: &Deployment) {
        for (check, output) in [
            ("two-way-topic", "TwoWaySmsTopicArn"),
            ("events-topic", "SmsEventsTopicArn"),
        ] {
            let Some(arn) = deployment.output(output) else { continue };
            self.judge(check, Question::topic(arn), |topic| {
                check::topic::policy(check, topic, arn)
            })
            .await;
            self.judge(check, Question::subscriptions(arn), |subscriptions| {
                check::topic::functions(check, subscriptions, deployment)
            })
            .await;
        }
        match deployment.parameter("AlarmTopicArn") {
            "" => self.add([check::topic::no_alarm_topic(deployment)]),
            arn => {
                self.judge("alarm-topic", Question::subscriptions(arn), |subscriptions| {
                    check::topic::alarms(subscriptions, arn)
                })
                .await;
            }
        }
    }

    async fn functions(&mut self, deployment: &Deployment) {
        if let Asked::Answer(mappings) = self.ask("streams", Question::mappings()).await {
            self.add(check::function::mappings(&mappings, deployment));
            self.judge("concurrency", Question::lambda_settings(), |settings| {
                check::function::concurrency(settings, &mappings, deployment)
            })
            .await;
        }
        let queues: Vec<_> = deployment.failure_queues().cloned().collect();
        let mut answers = Vec::new();
        for queue in &queues {
            if let Asked::Answer(answer) = self.ask("failure-queues", Question::queue(&queue.physical_id)).await {
                answers.push((queue, answer));
            }
        }
        self.add(check::queue::check(&answers, deployment));
    }

    async fn data(&mut self, deployment: &Deployment) {
        let mut answers = Vec::new();
        for table in deployment.of_kind("AWS::DynamoDB::Table") {
            match self.ask("tables", Question::table(&table.physical_id)).await {
                Asked::Answer(answer) => answers.push((table.physical_id.as_str(), answer)),
                Asked::Missing => answers.push((table.physical_id.as_str(), Value::Null)),
                Asked::Unanswered => {}
            }
        }
        self.add(check::table::check(&answers, deployment));
    }

    async fn alarms(&mut self, deployment: &Deployment) {
        self.judge("alarms", Question::alarms(&deployment.stack), |alarms| {
            check::alarm::check(alarms, deployment)
        })
        .await;
    }
}

/// The first instant of the month, UTC, by which the service counts.
fn month_of(now: Timestamp) -> Timestamp {
    let today = TimeZone::UTC.to_datetime(now).date();
    Date::new(today.year(), today.month(), 1)
        .ok()
        .and_then(|first| first.to_zoned(TimeZone::UTC).ok())
        .map_or(now, |first| first.timestamp())
}
