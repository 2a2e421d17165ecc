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
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use domain::numbering::{self, Country};
use runtime::clock::{SystemClock, random_digits};
use runtime::http::Problem;
use runtime::organisations::cached_organisations;
use runtime::providers::ConfiguredProviders;
use runtime::sequencing::sequencing;
use runtime::settings::{self, ApiSettings};
use runtime::storage::{
    CampaignsTable, CodeCountsTable, ContactsTable, MessagesTable, PeopleTableNames, PeopleTables, TemplatesTable,
};
use runtime::telemetry;

/// What the requests ask for.
#[derive(Debug)]
pub struct Api {
    pub providers: Arc<dyn CurrentProviders>,
    pub notify: Notify,
    pub erase: ErasePerson,
    pub sequencing: Sequencing,
    pub synchronise: SynchroniseTemplates,
    /// Of numbers without a country code, where no organisation names one.
    pub country: Option<Country>,
}

/// The addresses of the API.
pub fn router(api: Api) -> Router {
    let router = Router::new()
        .route("/providers", get(providers::list))
        .route("/providers/{name}/status", get(providers::status))
        .route("/v2/messages", post(messages::create))
        .route("/v2/people/{phone}", delete(people::erase))
        .route("/v2/workshops/{id}/run", post(workshops::run))
        .route("/v2/workshops/{id}/send-now", post(workshops::send_now))
        .route("/v2/workshops/{id}/cancel", post(workshops::cancel))
        .route("/v2/workshops/{id}/checkpoints", get(workshops::checkpoints))
        .route("/v2/templates/synchronise", post(templates::synchronise))
        .route("/v2/templates/{id}/check", post(templates::check));
    router
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This cannot be done at this address.")
        })
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address."))
        .with_state(Arc::new(api))
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
    runtime::http::run(router(Api::open(&settings).await?)).await
}

#[cfg(test)]
mod tests;
