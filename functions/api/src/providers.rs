//! The operator's view of the providers.
//!
//! - `GET /providers`: all that are set up: `{"providers":[{"name","enabled","channel","problems":[…]}],"problems":[…]}`.
//!   `problems` says in sentences what is wrong with a provider's parameters, and beside the list with any parameters.
//! - `GET /providers/{name}/status`: whether it can be reached now and, of a gateway, its ports:
//!   `{"name","enabled","problems":[…],"reachable":true,"detail","ports":[{"port","state","usable",…}]}`. `reachable` is
//!   `null` where nothing could be asked.

use messaging::{Listed, ProviderStatus, Providers};
use runtime::FunctionError;
use runtime::http::{self, Response, StatusCode, problem};
use serde::Serialize;

#[derive(Serialize)]
struct List<'a> {
    providers: Vec<Summary<'a>>,
    problems: Vec<&'a str>,
}

#[derive(Serialize)]
struct Summary<'a> {
    name: &'a str,
    enabled: bool,
    /// What it carries; unknown where its parameters cannot be used.
    channel: Option<&'a str>,
    problems: &'a [String],
}

impl<'a> Summary<'a> {
    fn of(listed: &'a Listed) -> Self {
        Self {
            name: listed.name,
            enabled: listed.enabled,
            channel: listed
                .provider
                .as_ref()
                .map(|provider| provider.capabilities().channel.as_str()),
            problems: &listed.problems,
        }
    }
}

#[derive(Serialize)]
struct Status<'a> {
    name: &'a str,
    enabled: bool,
    problems: &'a [String],
    #[serde(flatten)]
    status: ProviderStatus,
}

pub(crate) fn list(providers: &Providers) -> Result<Response, FunctionError> {
    http::json(&List {
        providers: providers.iter().map(Summary::of).collect(),
        problems: providers.problems(),
    })
}

pub(crate) async fn status(providers: &Providers, name: &str) -> Result<Response, FunctionError> {
    let Some(listed) = providers.get(name) else {
        return Ok(problem(StatusCode::NOT_FOUND, "No provider of this name is set up."));
    };
    let status = match &listed.provider {
        Some(provider) => provider.status().await,
        None => ProviderStatus::default(),
    };
    http::json(&Status {
        name: listed.name,
        enabled: listed.enabled,
        problems: &listed.problems,
        status,
    })
}
