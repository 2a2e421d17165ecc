//! The providers in use, built from the settings of the deployment and the parameters of the operator.

use std::collections::BTreeMap;
use std::sync::Arc;

use application::port::{Clock, CurrentProviders};
use async_trait::async_trait;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use domain::routing::Routes;
use messaging::http::{HttpClient, Patience};
use messaging::provider::aws::Access;
use messaging::provider::surroundings::Surroundings;
use messaging::provider::{SETUPS, connect, end_user_messaging, pinpoint};
use messaging::{Delivering, Listed, Parameters, Provider, Providers, Redacting};
use parking_lot::Mutex;

use crate::clock::SystemClock;
use crate::parameters::{ParameterStore, ParametersError, Values};
use crate::settings::ProviderSettings;

/// The parameter that holds the stack's own routes, in JSON: `{"*":["end-user-messaging"],"+91":["fast2sms"]}`.
const ROUTING: &str = "routing";

/// The providers as the parameters describe them now.
#[derive(Debug)]
pub struct ConfiguredProviders {
    settings: ProviderSettings,
    parameters: ParameterStore,
    surroundings: Surroundings,
    built: Mutex<Built>,
}

/// What was built, and from which values.
#[derive(Debug, Clone)]
struct Built {
    values: Arc<Values>,
    providers: Arc<Providers>,
}

impl ConfiguredProviders {
    /// Reads the parameters and builds what they describe. What cannot be used is logged, in one line.
    ///
    /// # Errors
    ///
    /// When the parameters cannot be read.
    pub async fn open(settings: &ProviderSettings) -> Result<Self, ParametersError> {
        let aws = &settings.aws;
        let access = Access::new(&aws.region, SharedCredentialsProvider::new(aws.credentials.clone()))
            .at(aws.endpoint_url.clone());
        let surroundings = Surroundings {
            http: HttpClient::new(Patience::default()),
            aws: access,
            now: Arc::new(|| SystemClock.now()),
            webhook_url: settings.webhook_url.clone().unwrap_or_default(),
        };
        let parameters = ParameterStore::open(aws, &settings.parameters_path).await?;
        let values = parameters.values().await;
        let providers = Arc::new(build(settings, &surroundings, &values));
        Ok(Self {
            settings: settings.clone(),
            parameters,
            surroundings,
            built: Mutex::new(Built { values, providers }),
        })
    }
}

#[async_trait]
impl CurrentProviders for ConfiguredProviders {
    async fn current(&self) -> Arc<Providers> {
        let values = self.parameters.values().await;
        let mut built = self.built.lock();
        if !Arc::ptr_eq(&built.values, &values) {
            let providers = Arc::new(build(&self.settings, &self.surroundings, &values));
            *built = Built { values, providers };
        }
        Arc::clone(&built.providers)
    }
}

fn build(settings: &ProviderSettings, surroundings: &Surroundings, values: &Values) -> Providers {
    let mut listed = by_environment(settings, surroundings, values);
    for (name, path, setup) in SETUPS {
        let mut parameters = Parameters::new(path, values);
        if !parameters.any() {
            continue;
        }
        let enabled = parameters.switch("is-enabled", true);
        let rate = parameters.rate("rate");
        // What is switched off need not be complete.
        let provider = enabled.then(|| setup(&mut parameters, surroundings)).flatten();
        let problems = parameters.problems();
        let provider = provider
            .filter(|_| problems.is_empty())
            .map(|provider| guarded(settings, provider));
        listed.push(Listed {
            name,
            rate: rate.or_else(|| provider.as_ref()?.rate()),
            provider,
            enabled,
            has_stack_number: false,
            problems,
        });
    }
    let mut problems = Vec::new();
    let routes = routes(values, &listed, &mut problems);
    let providers = Providers::listed(listed, routes, problems);
    let problems = providers.problems();
    if !problems.is_empty() {
        tracing::error!(
            problems = problems.join("; "),
            "the parameters cannot be used as they are"
        );
    }
    providers
}

/// The services of the account itself, which the deployment configures. Parameters may only switch them off, say how fast
/// they are and what a text may cost, or list the texts that are registered in India.
fn by_environment(settings: &ProviderSettings, surroundings: &Surroundings, values: &Values) -> Vec<Listed> {
    let access = &surroundings.aws;
    let mut parameters = Parameters::new(end_user_messaging::NAME, values);
    let texts = end_user_messaging::Settings {
        origination_identity: settings.origination_identity.clone(),
        configuration_set: settings.configuration_set.clone(),
        opt_out_list: settings.opt_out_list.clone(),
        templates: end_user_messaging::settings::templates(&mut parameters),
        max_price: end_user_messaging::settings::max_price(&mut parameters),
    };
    let wrong_texts = parameters.problems();
    let texts = end_user_messaging::EndUserMessaging::new(access, texts, || SystemClock.now());
    let mut providers: Vec<(&'static str, Arc<dyn Provider>)> = vec![(end_user_messaging::NAME, Arc::new(texts))];
    if let Some(centre) = settings.contact_centre.clone() {
        providers.push((connect::NAME, Arc::new(connect::Connect::new(access, centre))));
    }
    if let Some(campaigns) = settings.pinpoint.clone() {
        providers.push((pinpoint::NAME, Arc::new(pinpoint::Pinpoint::new(access, campaigns))));
    }
    let listed = |(name, provider)| {
        let mut parameters = Parameters::new(name, values);
        let (enabled, mut rate) = (parameters.switch("is-enabled", true), parameters.rate("rate"));
        let mut problems = parameters.problems();
        if name == end_user_messaging::NAME {
            problems.extend_from_slice(&wrong_texts);
            rate = rate.or(settings.rate);
        }
        Listed {
            name,
            provider: problems.is_empty().then(|| guarded(settings, provider)),
            enabled,
            has_stack_number: true,
            rate,
            problems,
        }
    };
    providers.into_iter().map(listed).collect()
}

/// Behind the delivery mode, and with personal data kept out of what it reports.
fn guarded(settings: &ProviderSettings, provider: Arc<dyn Provider>) -> Arc<dyn Provider> {
    let delivering = Delivering::new(settings.delivery_mode.clone(), provider);
    Arc::new(Redacting::new(Arc::new(delivering)))
}

/// The stack's own routes. Without the parameter every text goes through End User Messaging.
fn routes(values: &Values, listed: &[Listed], problems: &mut Vec<String>) -> Option<Routes> {
    let otherwise = Routes::to_all([end_user_messaging::NAME]);
    let Some(text) = values.get(ROUTING).filter(|text| !text.trim().is_empty()) else {
        return Some(otherwise);
    };
    let Ok(rows) = serde_json::from_str::<BTreeMap<String, Vec<String>>>(text) else {
        problems.push(format!(
            "{ROUTING} must be a JSON object such as {{\"*\":[\"{}\"]}}",
            end_user_messaging::NAME
        ));
        return None;
    };
    let routes = match Routes::new(rows) {
        Ok(routes) => routes,
        Err(error) => {
            problems.push(format!("{ROUTING}: {error}"));
            return None;
        }
    };
    let mut missing: Vec<&str> = routes
        .providers()
        .filter(|name| listed.iter().all(|listed| listed.name != *name))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    for name in missing {
        problems.push(format!("{ROUTING} names {name}, which has no parameters"));
    }
    Some(routes)
}
