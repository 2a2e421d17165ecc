//! What is asked: read-only calls.

use jiff::Timestamp;
use serde_json::Value;

use crate::aws_cli::{Call, CliError};

/// A read-only call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub call: Call,
    /// What of several of its kind it is about, such as a topic's ARN.
    pub subject: Option<String>,
}

/// Answers questions.
pub trait Ask: Sync {
    fn ask(&self, question: &Question) -> impl Future<Output = Result<Value, CliError>> + Send;
}

/// The CLI's name of AWS End User Messaging.
const SMS_VOICE: &str = "pinpoint-sms-voice-v2";

/// The role without which End User Messaging publishes no metrics.
pub(super) const SERVICE_ROLE: &str = "AWSServiceRoleForSMSVoice";

impl Question {
    fn new<'a>(service: &'static str, operation: &'static str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            call: Call::new(service, operation, arguments),
            subject: None,
        }
    }

    fn about(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// Returns the IAM action that the call needs, such as `sms-voice:DescribePhoneNumbers`.
    #[must_use]
    pub fn action(&self) -> String {
        let service = match self.call.service {
            SMS_VOICE => "sms-voice",
            service => service,
        };
        let words = self.call.operation.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        format!("{service}:{}", words.collect::<String>())
    }

    /// True if the service takes no more than one such call a second
    /// ([quotas](https://docs.aws.amazon.com/sms-voice/latest/userguide/quotas.html)).
    #[must_use]
    pub fn is_paced(&self) -> bool {
        self.call.service == SMS_VOICE
    }

    pub(super) fn stack(name: &str) -> Self {
        let arguments = ["--stack-name", name];
        Self::new("cloudformation", "describe-stacks", arguments)
    }

    /// All resources; `DescribeStackResources` stops at the hundredth.
    pub(super) fn resources(stack: &str) -> Self {
        let arguments = ["--stack-name", stack];
        Self::new("cloudformation", "list-stack-resources", arguments)
    }

    pub(super) fn account_attributes() -> Self {
        Self::new(SMS_VOICE, "describe-account-attributes", [])
    }

    pub(super) fn verified_numbers() -> Self {
        Self::new(SMS_VOICE, "describe-verified-destination-numbers", [])
    }

    pub(super) fn spend_limits() -> Self {
        Self::new(SMS_VOICE, "describe-spend-limits", [])
    }

    /// What this month's texts have cost so far, in US dollars; a figure that only grows within a month.
    pub(super) fn spending(month: Timestamp, now: Timestamp) -> Self {
        let (start, end) = (month.to_string(), now.to_string());
        let arguments = [
            "--namespace",
            "AWS/SMSVoice",
            "--metric-name",
            "TextMessageMonthlySpend",
            "--statistics",
            "Maximum",
            "--period",
            "86400",
            "--start-time",
            &start,
            "--end-time",
            &end,
        ];
        Self::new("cloudwatch", "get-metric-statistics", arguments)
    }

    pub(super) fn phone_numbers() -> Self {
        Self::new(SMS_VOICE, "describe-phone-numbers", [])
    }

    pub(super) fn pool(id: &str) -> Self {
        let arguments = ["--pool-ids", id];
        Self::new(SMS_VOICE, "describe-pools", arguments)
    }

    pub(super) fn pool_identities(id: &str) -> Self {
        let arguments = ["--pool-id", id];
        Self::new(SMS_VOICE, "list-pool-origination-identities", arguments)
    }

    pub(super) fn sender_ids() -> Self {
        Self::new(SMS_VOICE, "describe-sender-ids", [])
    }

    pub(super) fn keywords(identity: &str) -> Self {
        let arguments = ["--origination-identity", identity];
        Self::new(SMS_VOICE, "describe-keywords", arguments)
    }

    pub(super) fn registrations() -> Self {
        Self::new(SMS_VOICE, "describe-registrations", [])
    }

    pub(super) fn configuration_set(name: &str) -> Self {
        let arguments = ["--configuration-set-names", name];
        Self::new(SMS_VOICE, "describe-configuration-sets", arguments)
    }

    pub(super) fn country_rules(protect_configuration: &str) -> Self {
        let arguments = [
            "--protect-configuration-id",
            protect_configuration,
            "--number-capability",
            "SMS",
        ];
        Self::new(SMS_VOICE, "get-protect-configuration-country-rule-set", arguments)
    }

    pub(super) fn topic(arn: &str) -> Self {
        let arguments = ["--topic-arn", arn];
        Self::new("sns", "get-topic-attributes", arguments).about(arn)
    }

    pub(super) fn subscriptions(topic: &str) -> Self {
        let arguments = ["--topic-arn", topic];
        Self::new("sns", "list-subscriptions-by-topic", arguments).about(topic)
    }

    /// Secrets stay encrypted.
    pub(super) fn parameters(path: &str) -> Self {
        let arguments = ["--path", path, "--recursive", "--no-with-decryption"];
        Self::new("ssm", "get-parameters-by-path", arguments)
    }

    pub(super) fn lambda_settings() -> Self {
        Self::new("lambda", "get-account-settings", [])
    }

    pub(super) fn mappings() -> Self {
        Self::new("lambda", "list-event-source-mappings", [])
    }

    pub(super) fn table(name: &str) -> Self {
        let arguments = ["--table-name", name];
        Self::new("dynamodb", "describe-table", arguments).about(name)
    }

    pub(super) fn queue(url: &str) -> Self {
        let arguments = ["--queue-url", url, "--attribute-names", "All"];
        Self::new("sqs", "get-queue-attributes", arguments).about(url)
    }

    pub(super) fn alarms(stack: &str) -> Self {
        let prefix = format!("{stack}-");
        let arguments = [
            "--alarm-types",
            "MetricAlarm",
            "CompositeAlarm",
            "--alarm-name-prefix",
            &prefix,
        ];
        Self::new("cloudwatch", "describe-alarms", arguments)
    }

    pub(super) fn service_role() -> Self {
        let arguments = ["--role-name", SERVICE_ROLE];
        Self::new("iam", "get-role", arguments)
    }
}
