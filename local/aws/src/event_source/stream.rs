//! An event source mapping of a table's stream: reads, filters and hands over in batches, keeping each item's order.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};
use tokio::time::{self, Instant};

use super::batch::Server;
use super::filter::Filters;
use super::position::Positions;
use super::progress::Progress;
use super::shard::{RETENTION, Record, Shard};
use super::{SourceError, Sources};
use crate::lambda::Functions;
use crate::template::StreamMapping;
use local_providers::clock;

/// How often to look without a notification, for writes that do not come through the endpoint.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What Lambda needs in the function's role to read a stream
/// ([list](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html#events-dynamodb-permissions)).
const READING: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

/// Reads that a lane may be behind the reader before the reader waits for it.
const READS_AHEAD: usize = 4;

pub(super) struct Mapping {
    id: String,
    shard: Shard,
    filters: Filters,
    changes: watch::Receiver<()>,
    positions: Positions,
    progress: Arc<Progress>,
    lanes: Vec<mpsc::Sender<Vec<Record>>>,
    /// The tasks that serve the lanes, which end with the mapping.
    _servers: JoinSet<()>,
    server: Arc<Server>,
}

impl Mapping {
    pub(super) fn open(
        id: String,
        function: &str,
        mapping: &StreamMapping,
        functions: &Functions,
        sources: &Sources,
    ) -> Result<Self, SourceError> {
        for action in READING {
            sources.principals.check(function, action, &mapping.stream)?;
        }
        let after = sources.positions.get(&id);
        let shard = Shard::open(
            &sources.database,
            &mapping.table,
            &sources.region,
            mapping.starting_position,
            after,
        )?;
        let progress = Arc::new(Progress::default());
        let server = Arc::new(Server::new(function, mapping, functions, &shard));
        let mut servers = JoinSet::new();
        let lanes = (0..mapping.parallelization).map(|_| {
            let (lane, records) = mpsc::channel(READS_AHEAD);
            let batches = Batches {
                records,
                waiting: Vec::new(),
                size: mapping.batch_size,
                window: mapping.batching_window,
            };
            servers.spawn(serve(batches, Arc::clone(&server), Arc::clone(&progress)));
            lane
        });
        Ok(Self {
            lanes: lanes.collect(),
            id,
            shard,
            filters: Filters::new(&mapping.filters)?,
            changes: sources.changes.subscribe(),
            positions: sources.positions.clone(),
            progress,
            _servers: servers,
            server,
        })
    }

    /// Runs until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            self.changes.mark_unchanged();
            let reading = task::spawn_blocking(move || {
                let records = self.shard.read();
                (self, records)
            });
            let Ok((mapping, records)) = reading.await else { return };
            self = mapping;
            match records {
                Ok(records) if !records.is_empty() => self.hand_over(records).await,
                Ok(_) => {
                    self.save_position();
                    // An error would mean that nobody can write any more.
                    let _ = time::timeout(POLL_INTERVAL, self.changes.changed()).await;
                }
                Err(error) => {
                    self.server.log(format!("its stream cannot be read: {error}"));
                    time::sleep(POLL_INTERVAL).await;
                }
            }
        }
    }

    async fn hand_over(&mut self, records: Vec<Record>) {
        let trimmed = clock::now() - RETENTION;
        let mut lanes: Vec<Vec<Record>> = self.lanes.iter().map(|_| Vec::new()).collect();
        for mut record in records {
            if record.created >= trimmed && self.filters.pass(&record.event) {
                self.progress.begin(&record.sequence_number);
                record.under_way = self.server.under_way();
                let lane = lane_of(&record.key, lanes.len());
                lanes[lane].push(record);
            } else {
                self.progress.finish([record.sequence_number.as_str()]);
            }
        }
        for (lane, records) in self.lanes.iter().zip(lanes) {
            if !records.is_empty() {
                // Closed only when the stack stops.
                let _ = lane.send(records).await;
            }
        }
        self.save_position();
    }

    fn save_position(&self) {
        if let Some(done) = self.progress.done() {
            self.positions.set(&self.id, &done);
        }
        if let Err(error) = self.positions.save() {
            self.server.log(format!("its position cannot be kept: {error}"));
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.save_position();
    }
}

/// Records of one item share a lane, as AWS promises.
fn lane_of(key: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes.max(1) as u64).unwrap_or_default()
}

async fn serve(mut batches: Batches, server: Arc<Server>, progress: Arc<Progress>) {
    while let Some(batch) = batches.next().await {
        let sequence_numbers: Vec<_> = batch.iter().map(|it| it.sequence_number.clone()).collect();
        if !server.serve(batch).await {
            return;
        }
        progress.finish(sequence_numbers.iter().map(String::as_str));
    }
}

/// Cuts what arrives in a lane into batches.
struct Batches {
    records: mpsc::Receiver<Vec<Record>>,
    waiting: Vec<Record>,
    size: usize,
    window: Duration,
}

impl Batches {
    async fn next(&mut self) -> Option<Vec<Record>> {
        if self.waiting.is_empty() {
            self.waiting = self.records.recv().await?;
        }
        let until = Instant::now() + self.window;
        while self.waiting.len() < self.size {
            match time::timeout_at(until, self.records.recv()).await {
                Ok(Some(more)) => self.waiting.extend(more),
                Ok(None) | Err(_) => break,
            }
        }
        let rest = self.waiting.split_off(self.waiting.len().min(self.size));
        Some(std::mem::replace(&mut self.waiting, rest))
    }
}
