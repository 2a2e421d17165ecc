//! What wakes a function: the `Events` of `AWS::Serverless::Function`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::http_api::{HttpRoute, RouteProperties};
use super::properties::{DestinationConfig, Flag, Whole};

/// An event source of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Stream(StreamMapping),
    /// ARN of the SNS topic.
    Topic(String),
    Queue(QueueMapping),
    Schedule(Schedule),
    Http(HttpRoute),
}

/// An event source mapping of a table's stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamMapping {
    /// ARN of the stream, as policies of the template name it.
    pub stream: String,
    /// The table's name.
    pub table: String,
    pub starting_position: StartingPosition,
    pub batch_size: usize,
    /// How long to gather records before a batch that is not full is handed over.
    pub batching_window: Duration,
    /// Patterns, at least one of which must match; without any, every record passes.
    pub filters: Vec<Value>,
    /// `None` tries until the record is trimmed.
    pub retries: Option<u64>,
    pub bisects: bool,
    pub maximum_record_age: Option<Duration>,
    /// `ReportBatchItemFailures`.
    pub reports_item_failures: bool,
    /// How many batches of the shard are served at once; records of one item stay in order.
    pub parallelization: usize,
    /// ARN of the queue or topic.
    pub on_failure: Option<String>,
}

/// An event source mapping of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMapping {
    /// ARN of the queue.
    pub queue: String,
    pub batch_size: usize,
    /// `ReportBatchItemFailures`.
    pub reports_item_failures: bool,
}

/// Where a mapping begins to read a stream it has never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartingPosition {
    TrimHorizon,
    Latest,
}

/// A schedule of a function (`ScheduleV2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// `rate(…)`.
    pub expression: String,
    /// The payload, where it is not the service's own.
    pub input: Option<String>,
}

// A property that is not listed is an error: it would change what happens on AWS and nothing here.
#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
enum Properties {
    #[serde(rename = "DynamoDB")]
    Stream(StreamProperties),
    #[serde(rename = "SNS")]
    Topic(TopicProperties),
    #[serde(rename = "SQS")]
    Queue(QueueProperties),
    #[serde(rename = "ScheduleV2")]
    Scheduler(SchedulerProperties),
    #[serde(rename = "HttpApi")]
    Http(RouteProperties),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamProperties {
    stream: String,
    starting_position: StartingPosition,
    batch_size: Option<Whole>,
    maximum_batching_window_in_seconds: Option<Whole>,
    maximum_retry_attempts: Option<Whole>,
    maximum_record_age_in_seconds: Option<Whole>,
    #[serde(default)]
    bisect_batch_on_function_error: Flag,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
    #[serde(default)]
    filter_criteria: FilterCriteria,
    destination_config: Option<DestinationConfig>,
    #[serde(rename = "Enabled")]
    _enabled: Option<Flag>,
    parallelization_factor: Option<Whole>,
    #[serde(rename = "MetricsConfig")]
    _metrics_config: Option<Value>,
}

#[derive(Deserialize)]
enum ResponseType {
    ReportBatchItemFailures,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TopicProperties {
    topic: String,
    // Only for what SNS cannot hand to Lambda at all, which does not happen within one process.
    #[serde(rename = "RedrivePolicy")]
    _redrive_policy: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueueProperties {
    queue: String,
    batch_size: Option<Whole>,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
    #[serde(rename = "Enabled")]
    _enabled: Option<Flag>,
    #[serde(rename = "MetricsConfig")]
    _metrics_config: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SchedulerProperties {
    schedule_expression: String,
    #[serde(rename = "ScheduleExpressionTimezone")]
    _schedule_expression_timezone: Option<Utc>,
    input: Option<String>,
    #[serde(rename = "Name")]
    _name: Option<String>,
    #[serde(rename = "OmitName")]
    _omit_name: Option<Flag>,
    #[serde(rename = "Description")]
    _description: Option<String>,
    #[serde(rename = "State")]
    _state: Option<String>,
    #[serde(rename = "GroupName")]
    _group_name: Option<String>,
    #[serde(rename = "FlexibleTimeWindow")]
    _flexible_time_window: Option<Value>,
    #[serde(rename = "RetryPolicy")]
    _retry_policy: Option<Value>,
    #[serde(rename = "DeadLetterConfig")]
    _dead_letter_config: Option<Value>,
    #[serde(rename = "RoleArn")]
    _role_arn: Option<Value>,
    #[serde(rename = "PermissionsBoundary")]
    _permissions_boundary: Option<Value>,
}

#[derive(Deserialize)]
enum Utc {
    #[serde(rename = "UTC")]
    Utc,
}

pub(super) fn read(event: Value) -> Result<Event, String> {
    match serde_json::from_value(event).map_err(|error| error.to_string())? {
        Properties::Stream(it) => it.into_mapping().map(Event::Stream),
        Properties::Topic(it) => Ok(Event::Topic(it.topic)),
        Properties::Queue(it) => Ok(Event::Queue(QueueMapping {
            reports_item_failures: reports_item_failures(&it.function_response_types),
            queue: it.queue,
            batch_size: count(it.batch_size).unwrap_or(10),
        })),
        Properties::Http(it) => it.into_route().map(Event::Http),
        Properties::Scheduler(it) => Ok(Event::Schedule(Schedule {
            expression: it.schedule_expression,
            input: it.input,
        })),
    }
}

impl StreamProperties {
    fn into_mapping(self) -> Result<StreamMapping, String> {
        let table = self
            .stream
            .split_once(":table/")
            .and_then(|(_, rest)| rest.split_once("/stream/"));
        let (table, _) = table.ok_or_else(|| format!("{:?} is no table's stream", self.stream))?;
        let filters = self.filter_criteria.filters.iter();
        let filters = filters
            .map(|it| serde_json::from_str(&it.pattern))
            .collect::<Result<_, _>>();
        Ok(StreamMapping {
            table: table.to_owned(),
            stream: self.stream,
            starting_position: self.starting_position,
            batch_size: count(self.batch_size).unwrap_or(100),
            batching_window: self
                .maximum_batching_window_in_seconds
                .map(Whole::seconds)
                .unwrap_or_default(),
            filters: filters.map_err(|error| format!("filter pattern: {error}"))?,
            retries: self.maximum_retry_attempts.and_then(Whole::limit),
            bisects: self.bisect_batch_on_function_error.0,
            maximum_record_age: self
                .maximum_record_age_in_seconds
                .and_then(Whole::limit)
                .map(Duration::from_secs),
            reports_item_failures: reports_item_failures(&self.function_response_types),
            parallelization: count(self.parallelization_factor).unwrap_or(1),
            on_failure: self.destination_config.and_then(DestinationConfig::into_arn),
        })
    }
}

fn reports_item_failures(types: &[ResponseType]) -> bool {
    types
        .iter()
        .any(|it| matches!(it, ResponseType::ReportBatchItemFailures))
}

fn count(number: Option<Whole>) -> Option<usize> {
    usize::try_from(number?.0).ok().filter(|it| *it > 0)
}
