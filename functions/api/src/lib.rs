//! Woken by each request of the management API. Who may call it is decided before: API Gateway admits callers of the
//! account that IAM allows to.

mod providers;

use application::port::CurrentProviders;
use runtime::http::{Method, Request, Response, StatusCode, problem};
use runtime::providers::ConfiguredProviders;
use runtime::settings::{self, ApiSettings};
use runtime::{FunctionError, telemetry};

/// Answers one request.
///
/// # Errors
///
/// When the answer can not be written.
pub async fn handle(providers: &dyn CurrentProviders, request: &Request) -> Result<Response, FunctionError> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    if request.method != Method::GET {
        return Ok(problem(StatusCode::METHOD_NOT_ALLOWED, "This can only be read."));
    }
    match segments.as_slice() {
        ["providers"] => providers::list(&*providers.current().await),
        ["providers", name, "status"] => providers::status(&*providers.current().await, name).await,
        _ => Ok(problem(StatusCode::NOT_FOUND, "There is nothing at this address.")),
    }
}

/// Serves requests until the process ends.
///
/// # Errors
///
/// When the settings or parameters can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: ApiSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let providers = ConfiguredProviders::open(&settings.providers).await?;
    let providers = &providers;
    runtime::http::run(|request| async move { handle(providers, &request).await }).await
}

#[cfg(test)]
mod tests;
