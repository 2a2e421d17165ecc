//! Handles the requests of the management API. API Gateway has authorised the caller: it admits callers of the account
//! that IAM allows.

mod messages;
mod people;
mod providers;
mod templates;
mod workshops;

use std::sync::Arc;

use application::erase_person::ErasePerson;
use application::notify::Notify;
use application::port::{Clock, CurrentProviders};
use application::sequences::{Sequencing, SynchroniseTemplates};
use domain::numbering::{self, Country};
use runtime::clock::{SystemClock, random_digits};
use runtime::http::{Method, Request, Response, StatusCode, problem};
use runtime::organisations::cached_organisations;
use runtime::providers::ConfiguredProviders;
use runtime::sequencing::sequencing;
use runtime::settings::{self, ApiSettings};
use runtime::storage::{
    CampaignsTable, CodeCountsTable, ContactsTable, MessagesTable, PeopleTableNames, PeopleTables, TemplatesTable,
};
use runtime::{FunctionError, telemetry};

/// What the requests ask for.
#[derive(Debug, Clone)]
pub struct Api {
    pub providers: Arc<dyn CurrentProviders>,
    pub notify: Notify,
    pub erase: ErasePerson,
    pub sequencing: Sequencing,
    pub synchronise: SynchroniseTemplates,
    /// Of numbers without a country code, where no organisation names one.
    pub country: Option<Country>,
}

/// Answers one request.
///
/// # Errors
///
/// When the answer cannot be written, and the store's.
pub async fn handle(api: &Api, request: &Request) -> Result<Response, FunctionError> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (&request.method, segments.as_slice()) {
        (&Method::GET, ["providers"]) => providers::list(&*api.providers.current().await),
        (&Method::GET, ["providers", name, "status"]) => providers::status(&*api.providers.current().await, name).await,
        (&Method::POST, ["v2", "messages"]) => messages::create(&api.notify, api.country, request).await,
        (&Method::DELETE, ["v2", "people", phone]) => people::erase(&api.erase, phone, request.deadline).await,
        (&Method::POST, ["v2", "workshops", id, "run"]) => workshops::run(&api.sequencing, id, request.deadline).await,
        (&Method::POST, ["v2", "workshops", id, "send-now"]) => workshops::send_now(&api.sequencing, id, request).await,
        (&Method::POST, ["v2", "workshops", id, "cancel"]) => {
            workshops::cancel(&api.sequencing, id, request.deadline).await
        }
        (&Method::GET, ["v2", "workshops", id, "checkpoints"]) => workshops::checkpoints(&api.sequencing, id).await,
        (&Method::POST, ["v2", "templates", "synchronise"]) => templates::synchronise(&api.synchronise).await,
        (&Method::POST, ["v2", "templates", id, "check"]) => templates::check(&api.sequencing, id, request).await,
        (_, ["v2", "workshops", _, "run" | "send-now" | "cancel" | "checkpoints"])
        | (_, ["v2", "templates", "synchronise"] | ["v2", "templates", _, "check"])
        | (_, ["providers"] | ["providers", _, "status"] | ["v2", "messages"] | ["v2", "people", _]) => {
            let detail = "This cannot be done at this address.";
            Ok(problem(StatusCode::METHOD_NOT_ALLOWED, detail))
        }
        _ => Ok(problem(StatusCode::NOT_FOUND, "There is nothing at this address.")),
    }
}

impl Api {
    async fn open(settings: &ApiSettings) -> Result<Self, lambda_runtime::Error> {
        let client = settings.providers.aws.dynamodb();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let campaigns = CampaignsTable::new(client.clone(), &settings.campaigns_table, &settings.records_table);
        let messages = MessagesTable::new(client.clone(), &settings.messages_table, &settings.records_table);
        let notify = Notify {
            outbox: Arc::new(messages),
            contacts: Arc::new(ContactsTable::new(client.clone(), &settings.contacts_table)),
            organisations: cached_organisations(&client, &settings.records_table),
            campaigns: Arc::new(campaigns),
            clock: Arc::clone(&clock),
            language: settings.language,
            codes: Arc::new(CodeCountsTable::new(
                client.clone(),
                &settings.messages_table,
                &settings.records_table,
            )),
            code_limit: settings.code_limit,
            takes_codes: numbering::is_ordinary,
        };
        let sequencing = sequencing(
            &client,
            &settings.messages_table,
            &settings.records_table,
            settings.country,
        );
        let providers: Arc<dyn CurrentProviders> = Arc::new(ConfiguredProviders::open(&settings.providers).await?);
        let synchronise = SynchroniseTemplates {
            templates: Arc::new(TemplatesTable::new(client.clone(), &settings.records_table)),
            providers: Arc::clone(&providers),
            clock: Arc::clone(&clock),
        };
        let names = PeopleTableNames {
            contacts: settings.contacts_table.clone(),
            shifts: settings.shifts_table.clone(),
            messages: settings.messages_table.clone(),
            records: settings.records_table.clone(),
        };
        let erase = ErasePerson {
            people: Arc::new(PeopleTables::new(
                client,
                names,
                numbering::is_written_as,
                random_digits,
            )),
            clock,
        };
        Ok(Self {
            providers,
            notify,
            erase,
            sequencing,
            synchronise,
            country: settings.country,
        })
    }
}

/// Serves requests until the process ends.
///
/// # Errors
///
/// When the settings or parameters cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: ApiSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let api = Api::open(&settings).await?;
    let api = &api;
    runtime::http::run(|request| async move { handle(api, &request).await }).await
}

#[cfg(test)]
mod tests;
