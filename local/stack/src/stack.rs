//! The running stack: everything the template describes, on three addresses of this machine.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time;

use crate::chosen_provider::{ChosenProvider, UnknownProvider};
use crate::function_clock::FunctionClock;
use local_aws::database::{self, Database, DatabaseError};
use local_aws::endpoint::{
    Checkpoints, ConfigurationSet, DEFAULT_OPT_OUT_LIST, EndUserMessaging, Endpoint, EndpointParts, ParameterKind,
    Parameters, PhoneNumber,
};
use local_aws::event_source::{self, Changes, Positions, SourceError, Sources};
use local_aws::http_api;
use local_aws::invoke::{Answer, Invoke, InvokeError};
use local_aws::lambda::{Destinations, FunctionStatus, Functions, Launch};
use local_aws::log::{LogLine, LogSink, Logs};
use local_aws::metrics::Metrics;
use local_aws::principal::Principals;
use local_aws::queue::Queues;
use local_aws::template::{self, Account, Template, TemplateError};
use local_aws::topic::Topics;
use local_providers::connection;
use local_providers::phone_simulator::PhoneSimulator;
use local_providers::provider::{ProviderParts, Providers};
use local_providers::request_counts::RequestCounts;

/// How long open connections are waited for when the stack stops.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// How the stack is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ports on 127.0.0.1; 0 takes any free one.
    pub aws_port: u16,
    pub http_port: u16,
    pub phones_port: u16,
    /// Folder that keeps the data; in memory without.
    pub data: Option<PathBuf>,
    /// What the functions' clock shows when the stack has started, and goes on from; without, the real time.
    pub clock: Option<Timestamp>,
    /// Which of [`ChosenProvider::all`] carries what the product sends, by its name. Without, End User Messaging carries
    /// texts and the first push service carries pushes.
    pub provider: Option<String>,
    /// How many times faster schedules run; 0 never fires them.
    pub schedule_speed: f64,
    /// Delays every answer of the AWS endpoint.
    pub latency: Duration,
    /// Parameters of the template, over those of [`template::local_parameters`].
    pub parameters: BTreeMap<String, String>,
    /// Started as `<executable> function <package>`; without, this executable.
    pub function_executable: Option<PathBuf>,
    /// The most processes of one function.
    pub environments: usize,
    /// Before the first retry of an asynchronous event, doubled for the second. AWS waits one minute, then two.
    pub retry_delay: Duration,
    pub log: LogSink,
    /// The template that is deployed, unless it is a test's own.
    pub template: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            aws_port: 0,
            http_port: 0,
            phones_port: 0,
            data: None,
            clock: None,
            provider: None,
            schedule_speed: 1.0,
            latency: Duration::ZERO,
            parameters: BTreeMap::new(),
            function_executable: None,
            environments: 2,
            retry_delay: Duration::from_secs(1),
            log: LogSink::default(),
            template: template::DEPLOYED.to_owned(),
        }
    }
}

/// Where the stack is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub aws: SocketAddr,
    pub http: SocketAddr,
    pub phones: SocketAddr,
}

impl Addresses {
    #[must_use]
    pub fn aws_url(&self) -> String {
        format!("http://{}", self.aws)
    }

    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    #[must_use]
    pub fn phones_url(&self) -> String {
        format!("http://{}", self.phones)
    }
}

/// Why the stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {port} for {purpose} cannot be opened: {source}. Choose another one, or 0 for any free one")]
    Port {
        port: u16,
        purpose: &'static str,
        source: io::Error,
    },
    #[error(transparent)]
    Provider(#[from] UnknownProvider),
    #[error("template.yaml: {0}")]
    Template(#[from] TemplateError),
    #[error("database: {0}")]
    Database(#[from] DatabaseError),
    #[error("event source: {0}")]
    Source(#[from] SourceError),
    #[error("log: {0}")]
    Log(io::Error),
    #[error("stream positions: {0}")]
    Positions(io::Error),
    #[error("the functions' clock: {0}")]
    Clock(io::Error),
    #[error("own executable: {0}")]
    Executable(io::Error),
}

/// The running stack. Dropping it ends everything; [`stop`](Self::stop) also waits for the end.
pub struct Stack {
    addresses: Addresses,
    template: Template,
    database: Database,
    queues: Queues,
    topics: Topics,
    parameters: Parameters,
    simulator: PhoneSimulator,
    providers: Providers,
    provider: Option<ChosenProvider>,
    request_counts: RequestCounts,
    checkpoints: Checkpoints,
    principals: Principals,
    functions: Functions,
    clock: Arc<FunctionClock>,
    logs: Logs,
    stopping: watch::Sender<bool>,
    servers: JoinSet<()>,
    sources: JoinSet<()>,
}

impl Stack {
    /// Starts everything; it answers when this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let provider = options.provider.as_deref().map(ChosenProvider::from_name).transpose()?;
        let aws = listen(options.aws_port, "the AWS endpoint").await?;
        let http = listen(options.http_port, "the HTTP API").await?;
        let phones_listener = listen(options.phones_port, "the phone simulator").await?;
        let addresses = Addresses {
            aws: aws.1,
            http: http.1,
            phones: phones_listener.1,
        };

        let account = Account {
            http_url: addresses.http_url(),
            ..Account::local()
        };
        // A template of its own declares what it needs.
        let is_deployed = options.template == template::DEPLOYED;
        let mut inputs = if is_deployed {
            template::local_parameters()
        } else {
            BTreeMap::new()
        };
        inputs.extend(options.parameters);
        let template = Template::read(&options.template, account.clone(), &inputs)?;
        let logs = Logs::open(&options.log).map_err(StartError::Log)?;

        let database = database::open(options.data.as_deref(), &template.tables)?;
        let positions = match &options.data {
            Some(folder) => Positions::open(&folder.join("stream-positions.json")).map_err(StartError::Positions)?,
            None => Positions::default(),
        };
        let topics = Topics::new(&account.region, &account.id);
        for topic in &template.topics {
            topics.create(&topic.name);
        }
        let queues = Queues::new(&account.region, &account.id);
        for queue in &template.queues {
            queues.create_with(&queue.name, queue.rules.clone());
        }
        let clock = Arc::new(FunctionClock::new());
        if let Some(at) = options.clock {
            clock.set(at).map_err(StartError::Clock)?;
        }
        let simulator = PhoneSimulator::with_clock(Arc::<FunctionClock>::clone(&clock));
        let messaging = messaging(&template, &topics, &simulator);
        // After End User Messaging: the last one to register a number serves it.
        let providers = providers(&template, &addresses, &simulator, provider);
        let parameters = parameters(&template, &providers, provider);

        let principals = Principals::of(&template);
        let executable = match options.function_executable {
            Some(executable) => executable,
            None => std::env::current_exe().map_err(StartError::Executable)?,
        };
        let launch = Launch {
            account: account.clone(),
            executable,
            environments: options.environments,
            endpoint_url: addresses.aws_url(),
            clock_file: clock.file().to_owned(),
            retry_delay: options.retry_delay,
            logs: logs.clone(),
            destinations: Destinations {
                queues: queues.clone(),
                topics: topics.clone(),
                principals: principals.clone(),
                logs: logs.clone(),
            },
        };
        let functions = Functions::start(template.functions.clone(), launch);

        let endpoint = Endpoint::new(EndpointParts {
            region: account.region.clone(),
            account: account.id.clone(),
            principals: principals.clone(),
            database: database.clone(),
            topics: topics.clone(),
            queues: queues.clone(),
            parameters: parameters.clone(),
            invoker: Arc::new(functions.clone()),
            deployed: Arc::new(template.clone()),
            messaging,
            simulator: simulator.clone(),
            latency: options.latency,
        });
        let changes = Changes::default();
        let sources = Sources {
            principals: principals.clone(),
            database: database.clone(),
            topics: topics.clone(),
            queues: queues.clone(),
            retry_delay: options.retry_delay,
            changes: changes.clone(),
            positions,
            region: account.region,
            schedule_speed: options.schedule_speed,
        };
        let sources = event_source::start(&template.functions, &functions, &sources)?;

        let (stopping, _) = watch::channel(false);
        let mut servers = JoinSet::new();
        let mut serve = |listener: TcpListener, router: Router| {
            let mut stopping = stopping.subscribe();
            servers.spawn(async move {
                let stopped = async move {
                    let _ = stopping.wait_for(|it| *it).await;
                };
                // It ends with an error only when the listener is lost, which every client sees at once.
                let _ = connection::serve(listener, router, stopped).await;
            });
        };
        let request_counts = endpoint.requests().clone();
        let checkpoints = endpoint.checkpoints().clone();
        serve(aws.0, changes.watch(endpoint.router().merge(functions.router())));
        serve(http.0, http_api::router(&template, Arc::new(functions.clone())));
        serve(phones_listener.0, simulator.control_router().merge(providers.router()));
        let shown = Arc::clone(&clock);
        let present = move || shown.now();
        servers.spawn(database::delete_expired_rows(database.clone(), present, changes));

        Ok(Self {
            addresses,
            template,
            database,
            queues,
            topics,
            parameters,
            simulator,
            providers,
            provider,
            request_counts,
            checkpoints,
            principals,
            functions,
            clock,
            logs,
            stopping,
            servers,
            sources,
        })
    }

    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The engine itself, beside the endpoint: what it is asked here is neither counted nor delayed.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    #[must_use]
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// The parameter store, where operators enter their settings.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    #[must_use]
    pub fn phone_simulator(&self) -> &PhoneSimulator {
        &self.simulator
    }

    /// The simulated providers outside AWS.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The provider chosen when the stack was started.
    #[must_use]
    pub fn provider(&self) -> Option<ChosenProvider> {
        self.provider
    }

    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Requests to the AWS endpoint, by operation.
    #[must_use]
    pub fn request_counts(&self) -> &RequestCounts {
        &self.request_counts
    }

    /// Where a test can hold what the functions ask of the AWS endpoint.
    #[must_use]
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// The functions as their roles see them: what they asked for and whether it was allowed.
    #[must_use]
    pub fn principals(&self) -> &Principals {
        &self.principals
    }

    /// The clock that the functions go by.
    #[must_use]
    pub fn clock(&self) -> &FunctionClock {
        &self.clock
    }

    /// The functions with their process ids and counts.
    #[must_use]
    pub fn processes(&self) -> Vec<FunctionStatus> {
        self.functions.status()
    }

    /// What the functions have written, and the stack about them.
    #[must_use]
    pub fn logs(&self) -> Vec<LogLine> {
        self.logs.lines()
    }

    /// What the functions have counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        self.logs.metrics()
    }

    /// Invokes a function, named by name, ARN or logical id, and waits for its answer.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Answer, InvokeError> {
        self.functions.invoke(function, payload).await
    }

    /// Ends the event sources, the processes and the servers, in this order.
    pub async fn stop(mut self) {
        self.sources.shutdown().await;
        self.functions.stop().await;
        self.stopping.send_replace(true);
        let _ = time::timeout(LAST_ANSWERS, async {
            while self.servers.join_next().await.is_some() {}
        })
        .await;
        self.servers.shutdown().await;
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.functions.begin_stop();
        self.stopping.send_replace(true);
    }
}

async fn listen(port: u16, purpose: &'static str) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Port { port, purpose, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The messaging service with the business number, set up as a person does it in the console after deploying.
fn messaging(template: &Template, topics: &Topics, simulator: &PhoneSimulator) -> EndUserMessaging {
    let account = &template.account;
    let messaging = EndUserMessaging::new(&account.region, &account.id, topics.clone(), simulator.clone());
    for set in &template.configuration_sets {
        messaging.add_configuration_set(ConfigurationSet {
            name: set.name.clone(),
            topic_arn: set.topic.clone(),
            event_types: set.event_types.clone(),
        });
    }
    let input = |name: &str| template.inputs.get(name).map(String::as_str);
    {
        let number = business_number(template);
        let two_way = template.topics.iter().find(|it| it.logical_id == "TwoWaySmsTopic");
        messaging.add_phone_number(PhoneNumber {
            number,
            two_way_topic_arn: two_way.map(|it| account.arn("sns", &it.name)),
            self_managed_opt_outs: input("OptOutManagement") != Some("aws"),
            opt_out_list_name: input("OptOutListName").unwrap_or(DEFAULT_OPT_OUT_LIST).to_owned(),
        });
    }
    messaging
}

/// The number that people text: the one that texts leave from, or where that is a pool or a sender ID the usual one.
fn business_number(template: &Template) -> String {
    let identity = template.inputs.get("OriginationIdentity");
    let is_number = |identity: &&String| identity.bytes().all(|byte| byte == b'+' || byte.is_ascii_digit());
    identity
        .filter(is_number)
        .map_or_else(|| template::BUSINESS_NUMBER.to_owned(), Clone::clone)
}

/// The simulated providers, which report to the webhook of the HTTP API.
fn providers(
    template: &Template,
    addresses: &Addresses,
    simulator: &PhoneSimulator,
    provider: Option<ChosenProvider>,
) -> Providers {
    Providers::new(&ProviderParts {
        simulator: simulator.clone(),
        webhook_url: format!("{}/sms-gateway", addresses.http_url()),
        business_number: business_number(template),
        phones_url: addresses.phones_url(),
        texts_through: provider
            .filter(|it| it.traits().serves_the_number)
            .map(|it| it.name().to_owned()),
    })
}

/// What the template puts in the parameter store, and what an operator does to use the providers.
fn parameters(template: &Template, providers: &Providers, provider: Option<ChosenProvider>) -> Parameters {
    let account = &template.account;
    let parameters = Parameters::new(&account.region, &account.id);
    for (name, value) in &template.parameters {
        parameters.put(name, value, ParameterKind::String);
    }
    let stage = template.inputs.get("Stage").map_or("dev", String::as_str);
    let path = format!("/{}/{stage}", account.stack);
    for parameter in providers.parameters() {
        let kind = if parameter.is_secret {
            ParameterKind::SecureString
        } else {
            ParameterKind::String
        };
        parameters.put(&format!("{path}/{}", parameter.name), &parameter.value, kind);
    }
    for (name, value) in provider.map(ChosenProvider::parameters).unwrap_or_default() {
        parameters.put(&format!("{path}/{name}"), &value, ParameterKind::String);
    }
    parameters
}
