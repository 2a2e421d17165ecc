//! The functions' event sources: streams of tables, topics, queues and schedules, as the template wires them.

mod batch;
mod change;
mod expression;
mod filter;
mod position;
mod progress;
mod queue;
mod schedule;
mod shard;
mod stream;
mod topic;

use std::fmt;
use std::time::Duration;

use dynoxide::Database;
use tokio::task::JoinSet;

pub use self::change::Changes;
pub use self::expression::ExpressionError;
pub use self::filter::Filters;
pub use self::filter::PatternError;
pub use self::position::Positions;
use crate::lambda::Functions;
use crate::principal::{AccessDenied, Principals};
use crate::queue::Queues;
use crate::template::{Event, Function};
use crate::topic::Topics;

/// What the event sources read.
#[derive(Clone)]
pub struct Sources {
    pub principals: Principals,
    pub database: Database,
    pub topics: Topics,
    pub queues: Queues,
    /// Before a message that was not served comes again. AWS waits for the queue's visibility time-out.
    pub retry_delay: Duration,
    pub changes: Changes,
    pub positions: Positions,
    pub region: String,
    /// How many times faster schedules run; at 0 they never fire.
    pub schedule_speed: f64,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// An event source that cannot be read as the template wants it.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    #[error("stream: {0}")]
    Stream(#[from] dynoxide::DynoxideError),
    #[error("table {0} has no stream")]
    NoStream(String),
    /// AWS does not even create the mapping.
    #[error("the source cannot be read: {0}")]
    Role(#[from] AccessDenied),
}

/// Starts every event source of every function. They end when the set is dropped or aborted.
pub fn start(deployed: &[Function], functions: &Functions, sources: &Sources) -> Result<JoinSet<()>, SourceError> {
    let mut tasks = JoinSet::new();
    for function in deployed {
        for (id, event) in &function.events {
            match event {
                Event::Stream(mapping) => {
                    let id = format!("{}/{id}", function.logical_id);
                    tasks.spawn(stream::Mapping::open(id, &function.name, mapping, functions, sources)?.run());
                }
                Event::Topic(arn) => {
                    let notifications = sources.topics.subscribe(arn);
                    tasks.spawn(topic::forward(notifications, function.name.clone(), functions.clone()));
                }
                Event::Queue(mapping) => {
                    let poller = queue::Poller::open(&function.name, mapping, functions, sources)?;
                    for _ in 0..queue::POLLERS {
                        tasks.spawn(poller.clone().run());
                    }
                }
                Event::Schedule(schedule) => {
                    let schedule = schedule::Trigger::new(id, function, schedule, sources)?;
                    tasks.spawn(schedule.run(functions.clone()));
                }
                // Nothing to start: each call invokes the function.
                Event::Http(_) => {}
            }
        }
    }
    Ok(tasks)
}
