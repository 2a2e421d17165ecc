//! The checks over answers in the shape of the services' models: a healthy stack, and each thing broken once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

const HEALTHY: &str = include_str!("tests/healthy.json");
const POLICY: &str = include_str!("../../../../docs/doctor-policy.json");
const TWO_WAY: &str = "get-topic-attributes arn:aws:sns:us-east-1:111122223333:shiftline-two-way-sms";
const LISTENERS: &str = "list-subscriptions-by-topic arn:aws:sns:us-east-1:111122223333:shiftline-two-way-sms";
const ALARM_LISTENERS: &str = "list-subscriptions-by-topic arn:aws:sns:us-east-1:111122223333:alarms";
const QUEUE: &str = "get-queue-attributes \
                     https://sqs.us-east-1.amazonaws.com/111122223333/shiftline-InboundSmsFailureQueue-a1b2c3d4";

/// An account whose answers are known. Keys are operations, with what they are about where there are several.
struct Recorded {
    answers: BTreeMap<String, Value>,
    refusals: BTreeMap<String, CliError>,
    asked: Mutex<BTreeSet<String>>,
}

impl Recorded {
    fn healthy() -> Self {
        Self {
            answers: serde_json::from_str(HEALTHY).unwrap(),
            refusals: BTreeMap::new(),
            asked: Mutex::default(),
        }
    }

    fn edit(mut self, edit: &Edit) -> Self {
        match edit {
            Edit::Set(operation, pointer, value) => {
                let value = serde_json::from_str(value).unwrap();
                // What an answer is about has the general one to begin with.
                let general = operation.split(' ').next().unwrap();
                let mut answer = self
                    .answers
                    .get(*operation)
                    .or(self.answers.get(general))
                    .unwrap()
                    .clone();
                let (parent, member) = pointer.rsplit_once('/').unwrap();
                match answer
                    .pointer_mut(parent)
                    .unwrap_or_else(|| panic!("{operation} {parent}"))
                {
                    Value::Array(items) => items[member.parse::<usize>().unwrap()] = value,
                    object => object[member] = value,
                }
                self.answers.insert((*operation).to_owned(), answer);
            }
            Edit::Parameter(name, value) => {
                let stack = &mut self.answers.get_mut("describe-stacks").unwrap()["Stacks"][0];
                let parameters = stack["Parameters"].as_array_mut().unwrap();
                parameters.retain(|parameter| parameter["ParameterKey"] != *name);
                parameters.push(json!({ "ParameterKey": name, "ParameterValue": value }));
            }
            Edit::Refuse(operation, code) => {
                let error = CliError::Refused {
                    code: (*code).to_owned(),
                    message: "no".to_owned(),
                };
                self.refusals.insert((*operation).to_owned(), error);
            }
        }
        self
    }

    async fn examine(&self) -> Report {
        let now: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
        examine(self, "shiftline", now).await.unwrap().report
    }
}

impl Ask for Recorded {
    async fn ask(&self, question: &Question) -> Result<Value, CliError> {
        self.asked.lock().unwrap().insert(question.action());
        let operation = question.call.operation;
        let full = match &question.subject {
            Some(subject) => format!("{operation} {subject}"),
            None => operation.to_owned(),
        };
        if let Some(error) = self.refusals.get(operation).or(self.refusals.get("*")) {
            return Err(error.clone());
        }
        let answer = self.answers.get(&full).or(self.answers.get(operation));
        Ok(answer
            .unwrap_or_else(|| panic!("nothing is recorded for {full}"))
            .clone())
    }
}

/// What is changed in the healthy account.
enum Edit {
    /// In the answer to an operation, at a place, to a JSON value.
    Set(&'static str, &'static str, &'static str),
    /// A parameter of the stack.
    Parameter(&'static str, &'static str),
    /// The operation is answered by an error with this code.
    Refuse(&'static str, &'static str),
}

use Edit::{Parameter, Refuse, Set};
use Level::{Fail, Ok as Fine, Warn};

/// Edits and their finding: the check, its level, a part of its text and a part of its fix.
type Case = (&'static [Edit], &'static str, Level, &'static str, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    (&[Set("describe-stacks", "/Stacks/0/StackStatus", r#""UPDATE_ROLLBACK_COMPLETE""#)], "stack", Warn, "rolled back", "describe-stack-events"),
    (&[Set("describe-stacks", "/Stacks/0/StackStatus", r#""UPDATE_IN_PROGRESS""#)], "stack", Warn, "under way", "run doctor again"),
    (&[Set("describe-stacks", "/Stacks/0/StackStatus", r#""ROLLBACK_COMPLETE""#)], "stack", Fail, "ROLLBACK_COMPLETE", "describe-stack-events"),
    (&[Set("describe-stacks", "/Stacks/0/Outputs", "[]")], "stack", Fail, "outputs are missing (ConfigurationSetName,", "sam deploy"),
    (&[Parameter("DeliveryMode", "log")], "delivery-mode", Warn, "never sent", "DeliveryMode=live"),
    (&[Set("describe-account-attributes", "/AccountAttributes/0/Value", r#""SANDBOX""#)], "account", Fail, "only 1 verified", "production access"),
    (&[Set("describe-spend-limits", "/SpendLimits/0/EnforcedLimit", "1")], "spend-limit", Fail, "never raised", "set-text-message-spend-limit-override --monthly-limit 500"),
    (&[Set("describe-spend-limits", "/SpendLimits/0/EnforcedLimit", "1"), Set("describe-spend-limits", "/SpendLimits/0/MaxLimit", "1")], "spend-limit", Fail, "never raised", "support/home"),
    (&[Set("describe-spend-limits", "/SpendLimits", "[]")], "spend-limit", Warn, "names no limit", "support/home"),
    (&[Set("get-metric-statistics", "/Datapoints/1/Maximum", "400")], "spending", Warn, "400.00 of 500", "support/home"),
    (&[Set("get-metric-statistics", "/Datapoints/1/Maximum", "500")], "spending", Fail, "sends nothing more", "support/home"),
    (&[Set("get-metric-statistics", "/Datapoints", "[]")], "spending", Fine, "no figure", ""),
    (&[Refuse("get-role", "NoSuchEntity")], "service-role", Warn, "does not exist", "create-service-linked-role"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers", "[]")], "number", Fail, "not one of this account's", "Phone numbers"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/Status", r#""PENDING""#)], "number", Fail, "is PENDING", "Phone numbers"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/NumberCapabilities", r#"["VOICE"]"#)], "number", Fail, "cannot send texts", "Phone numbers"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/MessageType", r#""PROMOTIONAL""#)], "number", Fail, "MESSAGE_TYPE_MISMATCH", "transactional number"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/TwoWayEnabled", "false")], "number", Fail, "does not hand people's texts", "--two-way-enabled --two-way-channel-arn arn:aws:sns:us-east-1:111122223333:shiftline-two-way-sms"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/TwoWayChannelArn", r#""arn:aws:sns:us-east-1:111122223333:other""#)], "number", Fail, "does not hand people's texts", "update-phone-number"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/SelfManagedOptOutsEnabled", "false")], "number", Fail, "answers it too", "--self-managed-opt-outs-enabled"),
    (&[Parameter("OptOutManagement", "aws")], "number", Fail, "nobody answers STOP", "--no-self-managed-opt-outs-enabled"),
    (&[Parameter("OptOutListName", "Own")], "number", Fail, "another opt-out list", "--opt-out-list-name Own"),
    (&[Parameter("OriginationIdentity", "")], "number", Fail, "names no number", "OriginationIdentity="),
    (&[Set("describe-registrations", "/Registrations/0/RegistrationStatus", r#""REQUIRES_UPDATES""#)], "registrations", Fail, "somebody has to act", "Registrations"),
    (&[Set("describe-registrations", "/Registrations/0/RegistrationStatus", r#""REVIEWING""#)], "registrations", Warn, "not usable yet", "wait"),
    (&[Set("describe-registrations", "/Registrations/0/RegistrationStatus", r#""CREATED""#)], "registrations", Fail, "never handed in", "Registrations"),
    (&[Set("describe-registrations", "/Registrations", "[]")], "registrations", Fail, "does not exist", "Registrations"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/RegistrationId", "null")], "registrations", Fail, "operators block", "create one"),
    (&[Set("describe-keywords", "/Keywords/0/Keyword", r#""JOIN""#)], "keywords", Warn, "AWS answers JOIN too", "delete-keyword"),
    (&[Parameter("OriginationIdentity", "pool-0a1b2c3d4e5f60718293a4b5c6d7e8f9")], "pool", Fine, "is active", ""),
    (&[Parameter("OriginationIdentity", "pool-other")], "pool", Fail, "there is no pool-other", "Phone pools"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/PoolId", r#""pool-0a1b2c3d4e5f60718293a4b5c6d7e8f9""#), Set("describe-phone-numbers", "/PhoneNumbers/0/TwoWayEnabled", "false"), Set("describe-pools", "/Pools/0/TwoWayEnabled", "false")], "pool", Fail, "does not hand people's texts", "update-pool"),
    (&[Parameter("OriginationIdentity", "pool-0a1b2c3d4e5f60718293a4b5c6d7e8f9"), Set("list-pool-origination-identities", "/OriginationIdentities", "[]")], "pool-identities", Fail, "has nothing", "associate-origination-identity"),
    (&[Parameter("OriginationIdentity", "ACME")], "sender-id", Warn, "cannot receive", "a number or a pool"),
    (&[Parameter("OriginationIdentity", "ACME"), Set("describe-sender-ids", "/SenderIds/0/Registered", "false")], "sender-id", Fail, "not registered yet in GB", "registration"),
    (&[Parameter("OriginationIdentity", "OTHER")], "sender-id", Fail, "not this account's", "Sender IDs"),
    (&[Set("get-parameters-by-path", "/Parameters/1/Type", r#""String""#)], "parameters", Warn, "in clear: /shiftline/prod/twilio/auth-token", "SecureString"),
    (&[Set("get-parameters-by-path", "/Parameters", "[]")], "rate", Warn, "none is set; the number may send 3", "--value 3/s"),
    (&[Set("get-parameters-by-path", "/Parameters", "[]"), Parameter("Rate", "2")], "rate", Fine, "2, of 3 a second", ""),
    (&[Set("get-parameters-by-path", "/Parameters/0/Value", r#""10/s""#)], "rate", Warn, "AWS throttles the rest", "--value 3/s"),
    (&[Set("get-parameters-by-path", "/Parameters/0/Value", r#""fast""#)], "rate", Fail, "is no rate", "--value 3/s"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/MessagingLimits", "null"), Set("describe-phone-numbers", "/PhoneNumbers/0/NumberType", r#""TEN_DLC""#)], "rate", Warn, "does not say", "Throughput"),
    (&[Set("describe-phone-numbers", "/PhoneNumbers/0/MessagingLimits/DailyMessageCaps", r#"{"T-Mobile": 2000}"#)], "rate", Fine, "T-Mobile 2000", ""),
    (&[Set("describe-configuration-sets", "/ConfigurationSets/0/EventDestinations/0/Enabled", "false")], "configuration-set", Fail, "switched off", "--enabled"),
    (&[Set("describe-configuration-sets", "/ConfigurationSets/0/EventDestinations/0/MatchingEventTypes", r#"["TEXT_DELIVERED"]"#)], "configuration-set", Fail, "not publish every kind", "TEXT_ALL"),
    (&[Set("describe-configuration-sets", "/ConfigurationSets/0/EventDestinations", "[]")], "configuration-set", Fail, "does not publish receipts to this stack", "create-event-destination"),
    (&[Refuse("describe-configuration-sets", "ResourceNotFoundException")], "configuration-set", Fail, "does not exist", "sam deploy"),
    (&[Set("get-protect-configuration-country-rule-set", "/CountryRuleSet/US/ProtectStatus", r#""BLOCK""#)], "countries", Fail, "texts to US are blocked", "ALLOW"),
    (&[Set("get-protect-configuration-country-rule-set", "/CountryRuleSet/GB/ProtectStatus", r#""BLOCK""#)], "countries", Warn, "blocked: GB; filtered: none", "ALLOW"),
    (&[Set("get-protect-configuration-country-rule-set", "/CountryRuleSet/GB/ProtectStatus", r#""FILTER""#)], "countries", Warn, "filtered: GB", "ALLOW"),
    (&[Set("describe-account-attributes", "/AccountAttributes/1/Value", r#""""#)], "countries", Fine, "no protect configuration", ""),
    (&[Set(TWO_WAY, "/Attributes/Policy", r#""{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"sns:Publish\"}]}""#)], "two-way-topic", Fail, "may not publish", "restores the topic's policy"),
    (&[Set(TWO_WAY, "/Attributes/Policy", r#""{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"sms-voice.amazonaws.com\"]},\"Action\":[\"SNS:Publish\"]}]}""#)], "two-way-topic", Warn, "every account's", "restores the topic's policy"),
    (&[Set(TWO_WAY, "/Attributes/KmsMasterKeyId", r#""alias/aws/sns""#)], "two-way-topic", Fail, "what it publishes is lost", "sam deploy"),
    (&[Refuse("get-topic-attributes", "NotFound")], "events-topic", Fail, "does not exist", "sam deploy"),
    (&[Set(LISTENERS, "/Subscriptions", "[]")], "two-way-topic", Fail, "no function of this stack", "sam deploy"),
    (&[Set(LISTENERS, "/Subscriptions/0/Endpoint", r#""arn:aws:lambda:us-east-1:111122223333:function:payroll-Export-1""#)], "two-way-topic", Fail, "no function of this stack", "sam deploy"),
    (&[Parameter("AlarmTopicArn", "")], "alarm-topic", Warn, "tell nobody", "create-topic"),
    (&[Set(ALARM_LISTENERS, "/Subscriptions", "[]")], "alarm-topic", Fail, "nobody is subscribed", "aws sns subscribe"),
    (&[Set(ALARM_LISTENERS, "/Subscriptions/0/SubscriptionArn", r#""PendingConfirmation""#)], "alarm-topic", Fail, "none of 1", "confirmation mail"),
    (&[Set("list-event-source-mappings", "/EventSourceMappings/0/State", r#""Disabled""#)], "streams", Fail, "ShiftCampaignsFunctionNewCampaign is switched off", "--uuid 4b7c2a10-5f6e-4d8c-9b1a-2c3d4e5f6a7b --enabled"),
    (&[Set("list-event-source-mappings", "/EventSourceMappings/0/State", r#""Updating""#)], "streams", Warn, "is Updating", "in a minute"),
    (&[Set("list-event-source-mappings", "/EventSourceMappings/0/LastProcessingResult", r#""PROBLEM: Function call failed""#)], "streams", Fail, "Function call failed", "failures list"),
    (&[Set("list-event-source-mappings", "/EventSourceMappings", "[]")], "streams", Fail, "was deleted", "sam deploy"),
    (&[Set("get-account-settings", "/AccountLimit/ConcurrentExecutions", "10")], "concurrency", Warn, "10 executions at once are allowed, and 14 may be needed", "request-service-quota-increase"),
    (&[Set(QUEUE, "/Attributes/ApproximateNumberOfMessages", r#""2""#)], "failure-queues", Fail, "2 in InboundSmsFailureQueue", "failures list --stack shiftline"),
    (&[Set(QUEUE, "/Attributes/ApproximateNumberOfMessagesNotVisible", r#""1""#)], "failure-queues", Fail, "1 in InboundSmsFailureQueue", "failures list"),
    (&[Set("describe-table", "/Table/DeletionProtectionEnabled", "false")], "tables", Warn, "not protected", "--deletion-protection-enabled --table-name shiftline-messages"),
    (&[Set("describe-table", "/Table/DeletionProtectionEnabled", "false"), Parameter("Stage", "dev")], "tables", Fine, "1 are active", ""),
    (&[Set("describe-table", "/Table/TableStatus", r#""INACCESSIBLE_ENCRYPTION_CREDENTIALS""#)], "tables", Fail, "INACCESSIBLE", "DynamoDB console"),
    (&[Refuse("describe-table", "ResourceNotFoundException")], "tables", Fail, "does not exist", "restore-table-to-point-in-time"),
    (&[Set("describe-alarms", "/MetricAlarms/0/StateValue", r#""ALARM""#)], "alarms", Fail, "ringing: shiftline-InboundSmsErrorsAlarm", "docs/doctor.md"),
    (&[Set("describe-alarms", "/MetricAlarms/0/ActionsEnabled", "false")], "alarms", Warn, "1 of 1 alarms tell nobody", "enable-alarm-actions"),
    (&[Set("describe-alarms", "/MetricAlarms", "[]")], "alarms", Warn, "no alarms", "sam deploy"),
    (&[Refuse("describe-pools", "AccessDeniedException"), Parameter("OriginationIdentity", "pool-1")], "pool", Warn, "could not be asked (sms-voice:DescribePools): this user may not", "docs/doctor-policy.json"),
    (&[Refuse("describe-alarms", "UnknownOperationException")], "alarms", Warn, "does not know the operation", "local stack"),
    (&[Refuse("describe-spend-limits", "ThrottlingException")], "spend-limit", Warn, "ThrottlingException", "run doctor again"),
];

#[tokio::test]
async fn a_healthy_stack_is_ok_throughout() {
    let report = Recorded::healthy().examine().await;

    let unhealthy: Vec<_> = report.findings().iter().filter(|it| it.level != Fine).collect();
    assert!(unhealthy.is_empty(), "{unhealthy:#?}");
    assert!(report.findings().len() > 15, "{report}");
}

#[tokio::test]
async fn each_thing_that_is_broken_is_found() {
    for (edits, check, level, text, mend) in CASES {
        let report = edits.iter().fold(Recorded::healthy(), Recorded::edit).examine().await;

        let found = report.findings().iter().find(|it| {
            let mends = it.mend.as_deref().unwrap_or_default().contains(mend);
            it.check == *check && it.level == *level && it.text.contains(text) && mends
        });
        assert!(found.is_some(), "{check} {level:?} {text:?} {mend:?}:\n{report}");
        let is_failed = report.failed() > 0;
        assert_eq!(is_failed, report.findings().iter().any(|it| it.level == Fail), "{text}");
    }
}

#[tokio::test]
async fn a_question_without_an_answer_is_no_failure() {
    let mut account = Recorded::healthy().edit(&Refuse("*", "AccessDenied"));
    let stack = account.answers["describe-stacks"].clone();
    let first = json!({ "describe-stacks": stack });
    account.answers = serde_json::from_value(first).unwrap();
    let now: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();

    let refused = examine(&account, "shiftline", now).await;

    assert!(refused.is_err(), "without the stack there is nothing to say");
    for operation in [
        "describe-account-attributes",
        "describe-phone-numbers",
        "list-stack-resources",
    ] {
        let report = Recorded::healthy()
            .edit(&Refuse(operation, "AccessDenied"))
            .examine()
            .await;
        assert!(
            report.findings().iter().any(|it| it.text.contains("this user may not")),
            "{report}"
        );
    }
}

#[tokio::test]
async fn a_stack_that_does_not_exist_is_said_so() {
    let mut account = Recorded::healthy();
    let error = CliError::Refused {
        code: "ValidationError".to_owned(),
        message: "Stack with id shiftline does not exist".to_owned(),
    };
    account.refusals.insert("describe-stacks".to_owned(), error);

    let report = account.examine().await;

    assert_eq!(report.failed(), 1);
    assert!(
        report.findings()[0].text.contains("there is no stack shiftline"),
        "{report}"
    );
}

/// The policy of the documentation names what is asked, whatever the stack is like, and nothing else.
#[tokio::test]
async fn the_policy_names_exactly_what_is_asked() {
    let mut asked = BTreeSet::new();
    for (edits, ..) in CASES {
        let account = edits.iter().fold(Recorded::healthy(), Recorded::edit);
        account.examine().await;
        asked.extend(account.asked.into_inner().unwrap());
    }
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let named = policy["Statement"][0]["Action"].as_array().unwrap();
    let named: BTreeSet<String> = named.iter().map(|action| action.as_str().unwrap().to_owned()).collect();

    assert_eq!(policy["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(named, asked);
    for action in named {
        let operation = action.split_once(':').unwrap().1;
        let reads = ["Describe", "Get", "List"]
            .iter()
            .any(|verb| operation.starts_with(verb));
        assert!(reads, "{action} is no read");
    }
}

#[tokio::test]
async fn no_finding_holds_a_phone_number() {
    for (edits, ..) in CASES {
        let report = edits.iter().fold(Recorded::healthy(), Recorded::edit).examine().await;
        let text = report.to_string() + &report.to_json().to_string();
        assert!(!text.contains("202555"), "{text}");
    }
}

#[test]
fn commands_carry_the_options_of_the_account() {
    let report = Report::new(vec![
        Finding::warn("a", "x", "aws iam get-role"),
        Finding::warn("b", "x", "aws sns create-topic, then deploy"),
    ]);

    let report = report.with_options(" --region eu-west-1");

    assert_eq!(
        report.findings()[0].mend.as_deref(),
        Some("aws iam get-role --region eu-west-1")
    );
    assert_eq!(
        report.findings()[1].mend.as_deref(),
        Some("aws sns create-topic, then deploy")
    );
    assert_eq!(report.to_json()["warned"], 2);
}
