//! `shiftline`: the whole product on one machine.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use local_aws::log::LogSink;
use local_stack::aws_cli::{Access, AwsCli};
use local_stack::chosen_provider::ChosenProvider;
use local_stack::demo::{self, Story};
use local_stack::doctor::{self, DoctorOptions};
use local_stack::erase::erase;
use local_stack::failures::{self, Chosen, FailuresCommand};
use local_stack::function;
use local_stack::stack::{Addresses, Options, Stack};
use tokio::runtime::Builder;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The whole product on one machine: AWS endpoint, functions, phone simulator.
#[derive(Parser)]
#[command(name = "shiftline", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Play one story on a stack of its own and print the conversation
    Demo {
        /// Which story
        #[arg(long, value_name = "NAME", value_parser = stories(), default_value = Story::Shifts.name())]
        story: String,
        /// Play it through this provider instead of End User Messaging
        #[arg(long, value_name = "NAME", value_parser = providers())]
        provider: Option<String>,
        /// Write the functions' log lines to FILE, or to the standard error without one
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
        log: Option<PathBuf>,
    },
    /// Erase a person of a running stack and print what was done
    Erase {
        /// The person's number in E.164 form
        #[arg(value_name = "PHONE")]
        phone: String,
        /// Port of the stack's HTTP API
        #[arg(long, value_name = "PORT", default_value_t = 8080)]
        http_port: u16,
    },
    /// Check a deployed stack without changing it; fails when anything is broken
    Doctor {
        #[command(flatten)]
        deployed: Deployed,
        /// Also text the simulators of End User Messaging and wait for their receipts
        #[arg(long)]
        smoke: bool,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read what the functions of a deployed stack gave up, and run it again
    #[command(subcommand)]
    Failures(Failures),
    /// Run as one function's process, which the stack starts itself
    #[command(hide = true)]
    Function { package: String },
}

/// A stack, and how the AWS CLI reaches its account.
#[derive(Args)]
struct Deployed {
    /// Name of the stack
    #[arg(long, value_name = "NAME")]
    stack: String,
    /// Region of the stack, instead of the profile's
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Profile of the AWS CLI
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Ask this address instead of AWS, such as that of a local stack
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
}

#[derive(Subcommand)]
enum Failures {
    /// List what waits in the failure queues
    List {
        #[command(flatten)]
        deployed: Deployed,
    },
    /// Explain one failure
    Show {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Also print the event, with phone numbers and texts
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        deployed: Deployed,
    },
    /// Give failures to their functions again, and delete those that are served
    Retry {
        /// Their ids, or the beginnings of them
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All of them
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        deployed: Deployed,
    },
}

impl Deployed {
    fn cli(self) -> (AwsCli, String) {
        let access = Access {
            region: self.region,
            profile: self.profile,
            endpoint_url: self.endpoint_url,
        };
        (AwsCli::new(access), self.stack)
    }
}

impl Failures {
    fn parts(self) -> (FailuresCommand, Deployed) {
        match self {
            Self::List { deployed } => (FailuresCommand::List, deployed),
            Self::Show { id, reveal, deployed } => (FailuresCommand::Show { id, reveal }, deployed),
            Self::Retry { ids, all, deployed } => {
                let chosen = if all { Chosen::All } else { Chosen::These(ids) };
                (FailuresCommand::Retry(chosen), deployed)
            }
        }
    }
}

#[derive(Args)]
struct Serve {
    /// Port of the AWS endpoint; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 4566)]
    aws_port: u16,
    /// Port of what API Gateway would serve; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    http_port: u16,
    /// Port of the phone simulator; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8081)]
    phones_port: u16,
    /// Keep the data in this folder instead of in memory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start without demonstration data
    #[arg(long)]
    empty: bool,
    /// Send everything through this provider instead of End User Messaging
    #[arg(long, value_name = "NAME", value_parser = providers())]
    provider: Option<String>,
    /// Run schedules N times faster; 0 never fires them
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    schedule_speed: f64,
    /// Delay every answer of the AWS endpoint by so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Write the functions' log lines to FILE, or to the standard error without one
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    log: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::Function { package }) => run_function(&package),
        Some(Command::Demo { story, provider, log }) => run_stack(play(&story, provider, sink(log))),
        Some(Command::Erase { phone, http_port }) => run_stack(forget(phone, http_port)),
        Some(Command::Doctor { deployed, smoke, json }) => run_stack(examine(deployed, smoke, json)),
        Some(Command::Failures(command)) => run_stack(handle_failures(command)),
        None => run_stack(serve(arguments.serve)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "shiftline: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One event at a time, as a function has it on Lambda.
fn run_function(package: &str) -> Outcome {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(function::run(package))
}

fn run_stack(stack: impl Future<Output = Outcome>) -> Outcome {
    Builder::new_multi_thread().enable_all().build()?.block_on(stack)
}

async fn serve(arguments: Serve) -> Outcome {
    let stack = Stack::start(Options {
        aws_port: arguments.aws_port,
        http_port: arguments.http_port,
        phones_port: arguments.phones_port,
        data: arguments.data,
        provider: arguments.provider,
        schedule_speed: arguments.schedule_speed,
        latency: Duration::from_millis(arguments.latency),
        log: sink(arguments.log),
        ..Options::default()
    })
    .await?;
    if !arguments.empty {
        demo::load(&stack).await?;
    }
    io::stdout().write_all(welcome(&stack).as_bytes())?;
    interrupted().await?;
    stack.stop().await;
    Ok(())
}

async fn forget(phone: String, http_port: u16) -> Outcome {
    let url = format!("http://127.0.0.1:{http_port}");
    Ok(erase(&url, &phone, &mut io::stdout()).await?)
}

async fn examine(deployed: Deployed, smoke: bool, json: bool) -> Outcome {
    let (cli, stack) = deployed.cli();
    let options = DoctorOptions { stack, smoke, json };
    Ok(doctor::run(&cli, &options, &mut io::stdout()).await?)
}

async fn handle_failures(command: Failures) -> Outcome {
    let (command, deployed) = command.parts();
    let (cli, stack) = deployed.cli();
    Ok(failures::run(&cli, &stack, &command, &mut io::stdout()).await?)
}

async fn play(story: &str, provider: Option<String>, log: LogSink) -> Outcome {
    let story = Story::from_name(story).unwrap_or(Story::Shifts);
    let stack = Stack::start(Options {
        provider,
        schedule_speed: story.schedule_speed(),
        log,
        ..Options::default()
    })
    .await?;
    demo::load(&stack).await?;
    let mut output = io::stdout();
    let played = story.play(&stack, &mut output).await;
    stack.stop().await;
    played?;
    writeln!(output, "\nEvery step happened.")?;
    Ok(())
}

/// The names that `--provider` takes, which its help lists.
fn providers() -> PossibleValuesParser {
    PossibleValuesParser::new(ChosenProvider::names())
}

/// The names that `--story` takes.
fn stories() -> PossibleValuesParser {
    PossibleValuesParser::new(Story::ALL.map(Story::name))
}

fn sink(log: Option<PathBuf>) -> LogSink {
    match log {
        None => LogSink::Memory,
        Some(path) if path.as_os_str() == "-" => LogSink::StandardError,
        Some(path) => LogSink::File(path),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.0..=100_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0 to 100000".to_owned()),
    }
}

fn welcome(stack: &Stack) -> String {
    let Addresses { aws, http, phones } = stack.addresses();
    let employee = demo::first_employee(stack);
    format!(
        "Shiftline is running. Ctrl-C ends it.

  AWS endpoint      http://{aws}
  HTTP API          http://{http}
  simulated phones  http://{phones}

To try it, in another terminal:

  {credentials}

  # announce shifts to everybody
  aws dynamodb put-item --table-name shiftline-campaigns --item '{{\"campaign_id\":{{\"S\":\"try-1\"}},\"shifts\":{{\"S\":\"XYZ123 Mon 8 am, XYZ222 Mon 4 pm\"}}}}'

  # book one of them as an employee
  curl -s http://{phones}/messages -H 'content-type: application/json' -d '{{\"from\":\"{employee}\",\"to\":\"+12025550100\",\"body\":\"xyz123\"}}'

  # read that employee's texts
  curl -s 'http://{phones}/messages?to={encoded}'

",
        credentials = credentials(aws),
        encoded = employee.replace('+', "%2B"),
    )
}

/// The AWS CLI signs whatever it sends; the endpoint takes any signature.
fn credentials(aws: SocketAddr) -> String {
    format!(
        "export AWS_ENDPOINT_URL=http://{aws} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
    )
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
