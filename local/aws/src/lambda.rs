//! Lambda: every deployed function as processes of its own, which speak the Runtime API.

mod asynchronous;
mod destination;
mod environment;
mod invocation;
mod process;
mod runtime_api;
mod status;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::invoke::{Answer, Invoke, InvokeError};
use crate::log::Logs;
use crate::template;

pub use self::destination::Destinations;
use self::invocation::{Invocation, Waiting};
pub use self::status::FunctionStatus;

/// How the functions are run.
#[derive(Clone, Debug)]
pub struct Launch {
    pub account: template::Account,
    /// Started as `<executable> function <package>`.
    pub executable: PathBuf,
    /// The most processes of one function.
    pub environments: usize,
    /// `AWS_ENDPOINT_URL` of the functions.
    pub endpoint_url: String,
    /// Says how the functions' clock is set.
    pub clock_file: PathBuf,
    /// Before the first retry of an asynchronous event; doubled for the second.
    pub retry_delay: Duration,
    pub logs: Logs,
    pub destinations: Destinations,
}

/// The deployed functions; all clones are the same functions.
#[derive(Clone)]
pub struct Functions {
    deployed: Arc<BTreeMap<String, Arc<Deployed>>>,
    launch: Arc<Launch>,
    stopping: Arc<watch::Sender<bool>>,
    supervisors: Arc<Mutex<JoinSet<()>>>,
}

/// One function: what is deployed, the events that wait for a process, and what came of those before.
#[derive(Debug)]
struct Deployed {
    function: template::Function,
    arn: String,
    queue: mpsc::UnboundedSender<Invocation>,
    waiting: Waiting,
    invocations: AtomicU64,
    errors: AtomicU64,
    under_way: AtomicU64,
    /// Events that wait for a process or are being served.
    open: watch::Sender<usize>,
    /// The most processes that run at once.
    slots: usize,
    /// Process ids and sessions by slot.
    processes: Mutex<BTreeMap<usize, (u32, String)>>,
}

/// An event that waits for a process or is being served, for as long as this lives.
struct Open<'a>(&'a Deployed);

impl<'a> Open<'a> {
    fn of(deployed: &'a Deployed) -> Self {
        deployed.open.send_modify(|open| *open += 1);
        Self(deployed)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

/// Something that was handed to a function and is neither served nor given up, for as long as this lives.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Deployed>);

impl UnderWay {
    fn of(deployed: &Arc<Deployed>) -> Self {
        deployed.under_way.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(deployed))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Functions {
    /// Starts a function's first process with its first event, and another one with as many events at once as there are
    /// processes; what has started is kept running.
    pub fn start(functions: Vec<template::Function>, launch: Launch) -> Self {
        let launch = Arc::new(launch);
        let (stopping, _) = watch::channel(false);
        let mut supervisors = JoinSet::new();
        let deployed = functions.into_iter().map(|function| {
            let slots = concurrency(&function).min(launch.environments).max(1);
            let deployed = Arc::new(Deployed::new(function, slots, &launch.account));
            for slot in 0..slots {
                let (deployed, launch) = (Arc::clone(&deployed), Arc::clone(&launch));
                supervisors.spawn(environment::supervise(slot, deployed, launch, stopping.subscribe()));
            }
            (deployed.function.name.clone(), deployed)
        });
        Self {
            deployed: Arc::new(deployed.collect()),
            launch,
            stopping: Arc::new(stopping),
            supervisors: Arc::new(Mutex::new(supervisors)),
        }
    }

    /// Kills every process, in the background.
    pub fn begin_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Kills every process and waits until they are gone.
    pub async fn stop(&self) {
        self.begin_stop();
        let mut supervisors = std::mem::take(&mut *self.supervisors.lock());
        while supervisors.join_next().await.is_some() {}
    }

    /// What each function has done, by name.
    #[must_use]
    pub fn status(&self) -> Vec<FunctionStatus> {
        self.deployed.values().map(|it| it.status()).collect()
    }

    fn find(&self, function: &str) -> Result<&Arc<Deployed>, InvokeError> {
        let name = function.split_once(":function:").map_or(function, |(_, rest)| rest);
        let name = name.split(':').next().unwrap_or(name);
        self.deployed
            .get(name)
            .or_else(|| self.deployed.values().find(|it| it.function.logical_id == name))
            .ok_or_else(|| InvokeError::NotFound(function.to_owned()))
    }

    async fn invoke_deployed(&self, deployed: &Deployed, payload: Vec<u8>) -> Result<Answer, InvokeError> {
        if *self.stopping.borrow() {
            return Err(InvokeError::Stopping);
        }
        let _open = Open::of(deployed);
        let (invocation, answer) = Invocation::new(payload);
        deployed.invocations.fetch_add(1, Ordering::Relaxed);
        deployed.queue.send(invocation).map_err(|_| InvokeError::Stopping)?;
        let mut stopping = self.stopping.subscribe();
        let answer = tokio::select! {
            answer = answer => answer.map_err(|_| InvokeError::Stopping)?,
            _ = stopping.wait_for(|it| *it) => return Err(InvokeError::Stopping),
        };
        if answer.function_error.is_some() {
            deployed.errors.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer)
    }
}

#[async_trait]
impl Invoke for Functions {
    async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Answer, InvokeError> {
        let deployed = self.find(function)?;
        let _under_way = UnderWay::of(deployed);
        self.invoke_deployed(deployed, payload).await
    }

    async fn invoke_async(&self, function: &str, payload: Vec<u8>) -> Result<(), InvokeError> {
        let deployed = Arc::clone(self.find(function)?);
        let functions = self.clone();
        let under_way = UnderWay::of(&deployed);
        tokio::spawn(async move {
            asynchronous::deliver(&functions, &deployed, payload).await;
            drop(under_way);
        });
        Ok(())
    }
}

impl Functions {
    /// As [`invoke_async`](Invoke::invoke_async), returning when the event is served or given up.
    pub(crate) async fn deliver(&self, function: &str, payload: Vec<u8>) -> Result<(), InvokeError> {
        let deployed = Arc::clone(self.find(function)?);
        let _under_way = UnderWay::of(&deployed);
        asynchronous::deliver(self, &deployed, payload).await;
        Ok(())
    }

    /// Counts something that a function is to serve until what is answered is dropped.
    pub(crate) fn under_way(&self, function: &str) -> Option<UnderWay> {
        self.find(function).ok().map(UnderWay::of)
    }

    pub(crate) fn logs(&self) -> &Logs {
        &self.launch.logs
    }

    pub(crate) fn destinations(&self) -> &Destinations {
        &self.launch.destinations
    }

    pub(crate) fn arn(&self, function: &str) -> Result<String, InvokeError> {
        self.find(function).map(|it| it.arn.clone())
    }
}

impl Deployed {
    fn new(function: template::Function, slots: usize, account: &template::Account) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        Self {
            arn: account.arn("lambda", &format!("function:{}", function.name)),
            function,
            queue,
            waiting: Waiting::new(waiting),
            invocations: AtomicU64::default(),
            errors: AtomicU64::default(),
            under_way: AtomicU64::default(),
            open: watch::channel(0).0,
            slots,
            processes: Mutex::default(),
        }
    }
}

/// How many events of a function AWS would serve at once, by its event sources.
fn concurrency(function: &template::Function) -> usize {
    let sources = function.events.values().map(|event| match event {
        template::Event::Stream(mapping) => mapping.parallelization,
        template::Event::Topic(_) | template::Event::Queue(_) | template::Event::Http(_) => usize::MAX,
        template::Event::Schedule(_) => 1,
    });
    sources.max().unwrap_or(1)
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions")
            .field("deployed", &self.deployed.keys())
            .finish_non_exhaustive()
    }
}
