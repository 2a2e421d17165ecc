//! The deployed template, read into plain values: the one description of tables, functions, topics, queues, event
//! sources and schedules, for AWS and for this machine alike.

mod account;
mod deployed;
mod event;
mod function;
mod http_api;
mod intrinsic;
mod parameter;
mod properties;
mod resource;
mod role;
mod route_key;
mod table;
mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::account::Account;
pub use self::deployed::{BUSINESS_NUMBER, DEPLOYED, local_parameters};
pub use self::event::{Event, QueueMapping, Schedule, StartingPosition, StreamMapping};
pub use self::function::{AsynchronousInvocation, Function};
pub use self::http_api::{HttpApi, HttpRoute};
use self::intrinsic::Scope;
pub use self::resource::{Output, Resource, mapping_id};
pub use self::role::{Decision, Permission, Role};
pub use self::route_key::{RouteKey, Segment};
pub use self::table::Table;
use crate::queue::QueueRules;

/// Resources that have no effect on one machine: alarms and what operators look at, log retention, what admits services to each other.
const WITHOUT_EFFECT: &[&str] = &[
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SQS::QueuePolicy",
];

/// Everything of the stack that has an effect on one machine. Conditions and parameters are already applied.
#[derive(Clone, Debug)]
pub struct Template {
    pub account: Account,
    /// The template's own parameters, defaults included.
    pub inputs: BTreeMap<String, String>,
    pub tables: Vec<Table>,
    pub functions: Vec<Function>,
    pub http_api: Option<HttpApi>,
    pub roles: Vec<Role>,
    pub topics: Vec<Topic>,
    pub queues: Vec<Queue>,
    pub configuration_sets: Vec<ConfigurationSet>,
    /// SSM parameters that the stack itself creates, by name.
    pub parameters: BTreeMap<String, String>,
    /// Everything that exists in the stack, by logical id.
    pub resources: Vec<Resource>,
    pub outputs: Vec<Output>,
    /// By the topic's ARN.
    pub topic_policies: BTreeMap<String, Value>,
}

/// An SNS topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub logical_id: String,
    pub name: String,
    /// The key that its messages are encrypted with.
    pub key: Option<String>,
}

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub logical_id: String,
    pub name: String,
    pub rules: QueueRules,
}

/// A configuration set of End User Messaging: where the events of the texts sent with it are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationSet {
    pub logical_id: String,
    pub name: String,
    /// ARN of the topic.
    pub topic: Option<String>,
    /// What the topic receives, such as `TEXT_ALL`.
    pub event_types: Vec<String>,
}

/// Why a template cannot be run here. Every variant names the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the template is not the YAML that is read here: {0}")]
    Syntax(String),
    #[error("parameter {0} has no default and was not given")]
    MissingParameter(String),
    #[error("the template has no parameter {0}")]
    UnknownParameter(String),
    #[error("parameter {name} does not allow {value:?}")]
    ForbiddenParameter { name: String, value: String },
    #[error("nothing is called {0}")]
    Reference(String),
    #[error("{0} is not emulated")]
    UnknownIntrinsic(String),
    #[error("{name} cannot take {argument}")]
    Malformed { name: String, argument: String },
    #[error("resource {logical_id}: the type {kind} is not emulated")]
    UnknownResource { logical_id: String, kind: String },
    #[error("resource {logical_id}: {reason}")]
    Resource { logical_id: String, reason: String },
}

impl Template {
    /// Reads a template as AWS would deploy it with these parameters.
    pub fn read(text: &str, account: Account, overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let document = yaml::parse(text)?;
        let nothing = Map::new();
        let section = |name: &str| document.get(name).and_then(Value::as_object).unwrap_or(&nothing);
        let scope = Scope {
            account: &account,
            parameters: parameter::resolve(section("Parameters"), overrides)?,
            conditions: section("Conditions"),
            resources: section("Resources"),
        };
        let defaults = section("Globals").get("Function").unwrap_or(&Value::Null);

        let mut tables = Vec::new();
        let mut functions = Vec::new();
        let mut http_api = None;
        let mut roles = Vec::new();
        let mut topics = Vec::new();
        let mut queues = Vec::new();
        let mut configuration_sets = Vec::new();
        let mut parameters = BTreeMap::new();
        let mut resources = Vec::new();
        let mut topic_policies = BTreeMap::new();
        for (logical_id, resource) in section("Resources") {
            if let Some(condition) = resource["Condition"].as_str()
                && !scope.holds(condition)?
            {
                continue;
            }
            resources.push(resource::read(&scope, logical_id)?);
            let properties = &resource["Properties"];
            let logical_id = logical_id.clone();
            match scope.kind(&logical_id)? {
                "AWS::DynamoDB::Table" => tables.push(table::read(&scope, logical_id, properties)?),
                "AWS::Serverless::Function" => {
                    functions.push(function::read(&scope, logical_id, properties, defaults)?);
                }
                "AWS::Serverless::HttpApi" => {
                    let api = http_api::read(&scope, logical_id, properties)?;
                    if http_api.is_some() {
                        return Err(TemplateError::Resource {
                            logical_id: api.logical_id,
                            reason: "a second HTTP API is not emulated".to_owned(),
                        });
                    }
                    http_api = Some(api);
                }
                "AWS::IAM::Role" => roles.push(role::read(&scope, logical_id, properties)?),
                "AWS::SNS::Topic" => topics.push(Topic {
                    name: scope.physical_name(&logical_id)?,
                    key: resource::topic_key(&scope, &logical_id, properties)?,
                    logical_id,
                }),
                "AWS::SNS::TopicPolicy" => {
                    let (topics, policy) = resource::topic_policy(&scope, &logical_id, properties)?;
                    topic_policies.extend(topics.into_iter().map(|topic| (topic, policy.clone())));
                }
                "AWS::SQS::Queue" => queues.push(Queue {
                    name: scope.physical_name(&logical_id)?,
                    rules: properties::queue_rules(&scope, &logical_id, properties)?,
                    logical_id,
                }),
                "AWS::SMSVOICE::ConfigurationSet" => {
                    let (topic, event_types) = properties::event_destination(&scope, &logical_id, properties)?.unzip();
                    let event_types = event_types.unwrap_or_default();
                    let name = scope.physical_name(&logical_id)?;
                    configuration_sets.push(ConfigurationSet {
                        logical_id,
                        name,
                        topic,
                        event_types,
                    });
                }
                "AWS::SSM::Parameter" => {
                    let (name, value) = properties::ssm_parameter(&scope, &logical_id, properties)?;
                    parameters.insert(name, value);
                }
                known if WITHOUT_EFFECT.contains(&known) => {}
                kind => {
                    return Err(TemplateError::UnknownResource {
                        kind: kind.to_owned(),
                        logical_id,
                    });
                }
            }
        }
        resources.extend(functions.iter().flat_map(resource::mappings));
        resources.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
        let outputs = resource::outputs(&scope, section("Outputs"))?;
        let inputs = scope.parameters;
        Ok(Self {
            account,
            inputs,
            tables,
            functions,
            http_api,
            roles,
            topics,
            queues,
            configuration_sets,
            parameters,
            resources,
            outputs,
            topic_policies,
        })
    }

    /// The function of this name, ARN or logical id.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        let name = name.rsplit_once(":function:").map_or(name, |(_, name)| name);
        self.functions
            .iter()
            .find(|it| it.name == name || it.logical_id == name)
    }

    /// The role that a function runs as; `None` where SAM derives one, which is not emulated.
    #[must_use]
    pub fn role(&self, function: &Function) -> Option<&Role> {
        let (_, name) = function.role.as_deref()?.rsplit_once(":role/")?;
        self.roles.iter().find(|it| it.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    const EXAMPLE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: dev }
  Seconds: { Type: Number, Default: 20 }
Conditions:
  Live: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Timeout: 10
    Environment: { Variables: { LOG_LEVEL: info, STAGE: !Ref Stage } }
Resources:
  Messages:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub ${AWS::StackName}-messages
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: message_id, AttributeType: S }
        - { AttributeName: bucket, AttributeType: S }
        - { AttributeName: due_at, AttributeType: S }
      KeySchema: [{ AttributeName: message_id, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: due
          KeySchema: [{ AttributeName: bucket, KeyType: HASH }, { AttributeName: due_at, KeyType: RANGE }]
          Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [status] }
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: delete_after, Enabled: true }
  Inbound:
    Type: AWS::SNS::Topic
    Properties: { TopicName: !Sub '${AWS::StackName}-two-way-sms' }
  Failures:
    Type: AWS::SQS::Queue
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: Live
  Sender:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/message-sender/
      Timeout: !Ref Seconds
      Policies: [!Sub 'nobody reads ${ThisHere}']
      Environment: { Variables: { TABLE: !Ref Messages, LIMIT: 5 } }
      EventInvokeConfig:
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Failures.Arn } }
      Events:
        Queued:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Messages.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 25
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 3
            MaximumRecordAgeInSeconds: 3600
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Failures.Arn } }
        Texts: { Type: SNS, Properties: { Topic: !Ref Inbound } }
        Minute:
          Type: ScheduleV2
          Properties: { ScheduleExpression: rate(1 minute), FlexibleTimeWindow: { Mode: "OFF" } }
"#;

    fn read(text: &str) -> Result<Template, TemplateError> {
        Template::read(text, Account::local(), &BTreeMap::new())
    }

    #[test]
    fn a_table_has_keys_indexes_stream_and_time_to_live() {
        let template = read(EXAMPLE).unwrap();
        let [table] = template.tables.as_slice() else {
            panic!("one table")
        };

        assert_eq!(table.name, "shiftline-messages");
        assert_eq!(table.stream.as_deref(), Some("NEW_IMAGE"));
        assert_eq!(table.time_to_live.as_deref(), Some("delete_after"));
        let request = table.create_request();
        assert_eq!(request["KeySchema"][0]["AttributeName"], "message_id");
        assert_eq!(
            request["GlobalSecondaryIndexes"][0]["Projection"],
            json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"] })
        );
    }

    #[test]
    fn a_function_has_its_package_environment_and_limits() {
        let template = read(EXAMPLE).unwrap();
        let function = template.function("Sender").unwrap();

        assert_eq!(
            (function.name.as_str(), function.package.as_str()),
            ("shiftline-Sender", "message-sender")
        );
        assert_eq!(function.timeout, Duration::from_secs(20));
        let expected = [
            ("LIMIT", "5"),
            ("LOG_LEVEL", "info"),
            ("STAGE", "dev"),
            ("TABLE", "shiftline-messages"),
        ];
        assert!(
            function
                .environment
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .eq(expected)
        );
        assert_eq!(function.asynchronous.retries, 2);
        assert_eq!(
            function.asynchronous.on_failure.as_deref(),
            Some("arn:aws:sqs:us-east-1:000000000000:shiftline-Failures")
        );
    }

    #[test]
    fn events_are_read_with_their_limits() {
        let template = read(EXAMPLE).unwrap();
        let function = template
            .function("arn:aws:lambda:us-east-1:000000000000:function:shiftline-Sender")
            .unwrap();
        let Some(Event::Stream(mapping)) = function.events.get("Queued") else {
            panic!("a stream")
        };

        assert_eq!((mapping.table.as_str(), mapping.batch_size), ("shiftline-messages", 25));
        assert_eq!(mapping.starting_position, StartingPosition::TrimHorizon);
        assert_eq!(mapping.retries, Some(3));
        assert_eq!(mapping.maximum_record_age, Some(Duration::from_secs(3600)));
        assert!(mapping.bisects && mapping.reports_item_failures);
        assert_eq!(mapping.filters, [json!({ "eventName": ["INSERT"] })]);
        assert_eq!(
            function.events.get("Texts"),
            Some(&Event::Topic(
                "arn:aws:sns:us-east-1:000000000000:shiftline-two-way-sms".to_owned()
            ))
        );
        let Some(Event::Schedule(schedule)) = function.events.get("Minute") else {
            panic!("a schedule")
        };
        assert_eq!(schedule.expression, "rate(1 minute)");
    }

    #[test]
    fn what_is_not_emulated_is_named() {
        let bucket = EXAMPLE
            .replace("AWS::SQS::Queue", "AWS::S3::Bucket")
            .replace("!GetAtt Failures.Arn", "arn");
        assert_eq!(
            read(&bucket).unwrap_err().to_string(),
            "resource Failures: the type AWS::S3::Bucket is not emulated"
        );
        let event = EXAMPLE.replace("Type: SNS,", "Type: Kinesis,");
        let error = read(&event).unwrap_err().to_string();
        assert!(
            error.starts_with("resource Sender: event Texts: unknown variant `Kinesis`"),
            "{error}"
        );
    }

    #[test]
    fn the_deployed_template_is_understood() {
        let overrides = BTreeMap::from([("OriginationIdentity".to_owned(), "+12025550100".to_owned())]);
        let template = Template::read(DEPLOYED, Account::local(), &overrides).unwrap();

        assert!(template.functions.iter().any(|it| it.package == "inbound-sms"));
        assert!(
            template
                .tables
                .iter()
                .any(|it| it.name == "shiftline-campaigns" && it.stream.is_some())
        );
        assert_eq!(
            template.configuration_sets[0].topic.as_deref(),
            Some("arn:aws:sns:us-east-1:000000000000:shiftline-sms-events")
        );
    }
}
