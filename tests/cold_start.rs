//! Size, start-up time and memory of the functions' release binaries, beside an empty function of the same profile.
//!
//! `cold-start [DIR]`: the folder of the binaries, with `examples/empty_function` in it; without, the folder of this one.
//! Each is started as Lambda starts it, with the template's own variables, until it asks for its first event. That
//! includes loading, settings, root certificates, clients and the warm-up request to an endpoint on this machine, over
//! TCP without TLS. Linux only.

#![expect(clippy::unwrap_used, reason = "what cannot be measured is said by what went wrong")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use local_aws::template::local_parameters;
use local_aws::template::{Account, DEPLOYED, Template};
use tests::figure::{Aim, Figure, median, milliseconds};
use tests::process;

/// Starts of each binary that count; one before them brings it into the page cache.
const STARTS: usize = 21;

/// Longer than any start; Lambda gives ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

const MEASURES: &str =
    "process started until its first poll of the Runtime API, a warm-up request without TLS included";

fn main() {
    let folder = std::env::args_os().nth(1).map_or_else(own_folder, PathBuf::from);
    let lambda = Lambda::listen();
    let mut binaries = vec![Binary::empty(&folder)];
    binaries.extend(Binary::deployed(&folder));
    for start in 0..=STARTS {
        for binary in &mut binaries {
            let (elapsed, peak) = lambda.start(binary);
            if start > 0 {
                binary.starts.push(elapsed);
                binary.peaks.push(peak);
            }
        }
    }
    report(&binaries);
}

fn own_folder() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

fn report(binaries: &[Binary]) {
    let empty = &binaries[0];
    for binary in binaries {
        let figure = |name, value| Figure::new("cold_start", name, value).case(&binary.name);
        let size = figure("size_mb", binary.megabytes());
        let start = figure("first_poll_ms", median(&binary.starts)).measures(MEASURES);
        let peak = figure("peak_memory_mb", median(&binary.peaks)).measures("VmHWM at the first poll");
        if std::ptr::eq(binary, empty) {
            [size, start, peak].iter().for_each(Figure::print);
        } else {
            size.aim(Aim::AtMost(6.0)).print();
            start.beside(median(&empty.starts)).aim(Aim::AtMostTimes(3.0)).print();
            peak.beside(median(&empty.peaks)).aim(Aim::AtMostTimes(3.0)).print();
        }
    }
}

struct Binary {
    name: String,
    path: PathBuf,
    environment: BTreeMap<String, String>,
    /// Milliseconds.
    starts: Vec<f64>,
    /// Megabytes.
    peaks: Vec<f64>,
}

impl Binary {
    fn new(name: &str, path: PathBuf, environment: BTreeMap<String, String>) -> Self {
        Self {
            name: name.to_owned(),
            path,
            environment,
            starts: Vec::new(),
            peaks: Vec::new(),
        }
    }

    fn empty(folder: &Path) -> Self {
        Self::new(
            "empty function",
            folder.join("examples/empty_function"),
            BTreeMap::new(),
        )
    }

    /// One for each package, however often it is deployed.
    fn deployed(folder: &Path) -> Vec<Self> {
        let template = Template::read(DEPLOYED, Account::local(), &local_parameters()).unwrap();
        let mut packages = BTreeSet::new();
        let functions = template
            .functions
            .into_iter()
            .filter(|function| packages.insert(function.package.clone()));
        functions
            .map(|it| Self::new(&it.package, folder.join(&it.package), it.environment))
            .collect()
    }

    fn megabytes(&self) -> f64 {
        std::fs::metadata(&self.path).unwrap().len() as f64 / 1_000_000.0
    }

    fn spawn(&self, address: &str) -> Child {
        let variables = [
            ("AWS_LAMBDA_RUNTIME_API", address),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("AWS_LAMBDA_FUNCTION_NAME", &self.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "local"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
        ];
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .envs(variables)
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }
}

/// The Runtime API, which hands out no event, and an AWS endpoint that finds nothing, on one address.
struct Lambda {
    address: String,
    polls: Receiver<Instant>,
}

impl Lambda {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (polled, polls) = mpsc::channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let polled = polled.clone();
                // It ends with an error when the process at the other end is killed.
                thread::spawn(move || serve(connection?, &polled));
            }
        });
        Self { address, polls }
    }

    /// Starts the binary once; answers the milliseconds to its first poll and its peak memory in megabytes.
    fn start(&self, binary: &Binary) -> (f64, f64) {
        let begun = Instant::now();
        let mut process = binary.spawn(&self.address);
        let polled = self.polls.recv_timeout(PATIENCE);
        let peak = polled.is_ok().then(|| process::peak_megabytes(process.id()));
        process.kill().unwrap();
        process.wait().unwrap();
        let (Ok(polled), Some(peak)) = (polled, peak) else {
            panic!("{} never asked for an event", binary.name)
        };
        (milliseconds(polled - begun), peak)
    }
}

/// Answers the requests of one connection until it is polled for an event, which never comes.
fn serve(connection: TcpStream, polled: &Sender<Instant>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head)? == 0 {
                return Ok(());
            }
        }
        let arrived = Instant::now();
        let head = String::from_utf8_lossy(&head).to_lowercase();
        if head.starts_with("get ") && head.contains("/runtime/invocation/next") {
            // The waiting side may have given up.
            let _ = polled.send(arrived);
            continue;
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        io::copy(&mut reader.by_ref().take(length.unwrap_or(0)), &mut io::sink())?;
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
        reader.get_mut().write_all(answer.as_bytes())?;
    }
}
