//! The operator's view of the providers.
//!
//! - `GET /providers`: all that are set up: `{"providers":[{"name","enabled","channel","problems":[…]}],"problems":[…]}`.
//!   `problems` says in sentences what is wrong with a provider's parameters, and beside the list with any parameters.
//! - `GET /providers/{name}/status`: whether it can be reached now and, of a gateway, its ports:
//!   `{"name","enabled","problems":[…],"reachable":true,"detail","ports":[{"port","state","usable",…}]}`. `reachable` is
//!   `null` where nothing could be asked.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use messaging::{Listed, ProviderStatus};
use runtime::http::{Answer, Problem, json};
use serde::Serialize;

use crate::Api;

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

pub(crate) async fn list(State(api): State<Arc<Api>>) -> Response {
    let providers = api.providers.current().await;
    let list = List {
        providers: providers.iter().map(Summary::of).collect(),
        problems: providers.problems(),
    };
    json(StatusCode::OK, &list)
}

pub(crate) async fn status(State(api): State<Arc<Api>>, Path(name): Path<String>) -> Answer {
    let providers = api.providers.current().await;
    let listed = providers
        .get(&name)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "No provider of this name is set up."))?;
    let status = match &listed.provider {
        Some(provider) => provider.status().await,
        None => ProviderStatus::default(),
    };
    let status = Status {
        name: listed.name,
        enabled: listed.enabled,
        problems: &listed.problems,
        status,
    };
    Ok(json(StatusCode::OK, &status))
}
