//! One reader of a table's stream: records in order, in the shape that Lambda hands them to a function.

use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::get_records::{GetRecordsRequest, Record as StreamRecord};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use jiff::Timestamp;
use serde_json::Value;

use super::SourceError;
use crate::lambda::UnderWay;
use crate::template::StartingPosition;

/// How long a record can be read ([DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)).
pub(super) const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Records of one read: the database serves nobody else meanwhile, so this bounds how long a request waits for it.
const READ_LIMIT: usize = 200;

/// A record of a stream.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) sequence_number: String,
    /// When the item was written, to the second.
    pub(super) created: Timestamp,
    /// The item's key, which orders the records that must not overtake each other.
    pub(super) key: String,
    pub(super) event: Value,
    /// Since it was handed over.
    pub(super) under_way: Option<Arc<UnderWay>>,
}

/// A position in the one shard of a table's stream.
pub(super) struct Shard {
    database: Database,
    region: String,
    /// With the account's region, where the engine has its own name for it.
    pub(super) stream_arn: String,
    iterator: String,
}

impl Shard {
    /// `after` is the last record served; without one the mapping has never read this stream.
    pub(super) fn open(
        database: &Database,
        table: &str,
        region: &str,
        start: StartingPosition,
        after: Option<String>,
    ) -> Result<Self, SourceError> {
        let listed = database.list_streams(ListStreamsRequest {
            table_name: Some(table.to_owned()),
            ..ListStreamsRequest::default()
        })?;
        let stream = listed
            .streams
            .into_iter()
            .next()
            .ok_or_else(|| SourceError::NoStream(table.to_owned()))?;
        let id = dynoxide::streams::shard_id(table);
        let iterator_type = match (&after, start) {
            (Some(_), _) => "AFTER_SEQUENCE_NUMBER",
            (None, StartingPosition::TrimHorizon) => "TRIM_HORIZON",
            (None, StartingPosition::Latest) => "LATEST",
        };
        let opened = database.get_shard_iterator(GetShardIteratorRequest {
            stream_arn: stream.stream_arn.clone(),
            shard_id: id,
            shard_iterator_type: iterator_type.to_owned(),
            sequence_number: after,
        })?;
        Ok(Self {
            database: database.clone(),
            stream_arn: stream.stream_arn.replacen(dynoxide::streams::LOCAL_REGION, region, 1),
            region: region.to_owned(),
            iterator: opened.shard_iterator.unwrap_or_default(),
        })
    }

    /// The next records, none when the end is reached. Blocks while the database is busy.
    pub(super) fn read(&mut self) -> Result<Vec<Record>, SourceError> {
        let request = GetRecordsRequest {
            shard_iterator: self.iterator.clone(),
            limit: Some(READ_LIMIT),
        };
        let response = self.database.get_records(request)?;
        if let Some(next) = response.next_shard_iterator {
            self.iterator = next;
        }
        Ok(response.records.into_iter().map(|record| self.record(record)).collect())
    }

    fn record(&self, record: StreamRecord) -> Record {
        let seconds = record.dynamodb.approximate_creation_date_time;
        let mut event = serde_json::to_value(&record).unwrap_or_default();
        event["awsRegion"] = self.region.as_str().into();
        event["eventSourceARN"] = self.stream_arn.as_str().into();
        Record {
            sequence_number: record.dynamodb.sequence_number,
            created: Timestamp::from_second(seconds as i64).unwrap_or(Timestamp::UNIX_EPOCH),
            key: event["dynamodb"]["Keys"].to_string(),
            event,
            under_way: None,
        }
    }
}
