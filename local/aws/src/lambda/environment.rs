//! One execution environment: a process that is replaced when it ends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{self, Instant};
use uuid::Uuid;

use super::process::Process;
use super::runtime_api::Session;
use super::{Deployed, Launch};
use local_providers::connection;

/// The pause after a process that never asked for an event; doubled as long as its successors do not either.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

enum Ended {
    Stopping,
    /// With or without having asked for an event.
    Exited {
        initialised: bool,
    },
}

/// Keeps one process of the function running until the stack stops, from when there is more to do than the processes of
/// the lower slots can take.
pub(super) async fn supervise(
    slot: usize,
    deployed: Arc<Deployed>,
    launch: Arc<Launch>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut open = deployed.open.subscribe();
    tokio::select! {
        _ = open.wait_for(|open| *open > slot) => {}
        () = turned_on(&mut stopping) => return,
    }
    let mut pause = FIRST_PAUSE;
    loop {
        match run(slot, &deployed, &launch, stopping.clone()).await {
            Ok(Ended::Stopping) => return,
            Ok(Ended::Exited { initialised: true }) => {
                pause = FIRST_PAUSE;
                continue;
            }
            Ok(Ended::Exited { initialised: false }) => {}
            Err(error) => launch
                .logs
                .write(&deployed.function.name, format!("cannot be started: {error}")),
        }
        // What waits would otherwise wait for ever: Lambda, too, answers it with the failed initialisation.
        if let Some(invocation) = deployed.waiting.next_now() {
            invocation.process_died("initialisation failed");
        }
        tokio::select! {
            () = time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            () = turned_on(&mut stopping) => return,
        }
    }
}

async fn run(
    slot: usize,
    deployed: &Arc<Deployed>,
    launch: &Launch,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<Ended> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let session = Arc::new(Session::new(Arc::clone(deployed)));
    let mut closed = session.closed();
    let serving = connection::serve(listener, session.router(), async move { turned_on(&mut closed).await });
    tokio::spawn(serving);

    let session_token = Uuid::new_v4().simple().to_string();
    let mut process = Process::start(deployed, launch, &session_token, address)?;
    let listed = process
        .id()
        .map(|pid| Listed::new(slot, (pid, session_token), deployed));
    let mut deadline = session.deadline();
    let name = &deployed.function.name;
    loop {
        let due = *deadline.borrow_and_update();
        tokio::select! {
            how = process.exited() => {
                launch.logs.write(name, format!("process ended: {how}"));
                // Before the answer, so that its receiver no longer sees the process listed.
                drop(listed);
                if let Some(invocation) = session.close() {
                    invocation.process_died(&how);
                }
                return Ok(Ended::Exited { initialised: session.is_initialised() });
            }
            () = expiry(due) => {
                launch.logs.write(name, "timed out, its process is killed");
                process.kill().await;
                drop(listed);
                if let Some(invocation) = session.close() {
                    invocation.time_out(deployed.function.timeout);
                }
                return Ok(Ended::Exited { initialised: true });
            }
            () = turned_on(&mut stopping) => {
                process.kill().await;
                drop(session.close());
                return Ok(Ended::Stopping);
            }
            // Another event is being served, or none.
            _ = deadline.changed() => {}
        }
    }
}

async fn turned_on(signal: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, which ends what it announced as well.
    let _ = signal.wait_for(|it| *it).await;
}

async fn expiry(due: Option<Instant>) {
    match due {
        Some(due) => time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// A process id and its session in the function's list, for as long as the process lives.
struct Listed<'a> {
    slot: usize,
    deployed: &'a Deployed,
}

impl<'a> Listed<'a> {
    fn new(slot: usize, process: (u32, String), deployed: &'a Deployed) -> Self {
        deployed.processes.lock().insert(slot, process);
        Self { slot, deployed }
    }
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.deployed.processes.lock().remove(&self.slot);
    }
}
