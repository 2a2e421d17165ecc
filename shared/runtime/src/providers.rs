//! The providers that a sender uses, built from its settings. The one list of what exists.

use std::sync::Arc;

use application::port::Clock;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use messaging::provider::aws::Access;
use messaging::provider::{connect, end_user_messaging, pinpoint};
use messaging::{Delivering, Provider, Providers, Redacting};

use crate::clock::SystemClock;
use crate::settings::MessageSenderSettings;

/// Every configured provider, behind the delivery mode and with personal data kept out of what it reports.
pub fn from_settings(settings: &MessageSenderSettings) -> Providers {
    let aws = &settings.aws;
    let access =
        Access::new(&aws.region, SharedCredentialsProvider::new(aws.credentials.clone())).at(aws.endpoint_url.clone());
    let texts = end_user_messaging::Settings {
        configuration_set: settings.configuration_set.clone(),
        opt_out_list: settings.opt_out_list.clone(),
    };
    let mut providers: Vec<Arc<dyn Provider>> = vec![Arc::new(end_user_messaging::EndUserMessaging::new(
        &access,
        texts,
        || SystemClock.now(),
    ))];
    if let Some(centre) = settings.contact_centre.clone() {
        providers.push(Arc::new(connect::Connect::new(&access, centre)));
    }
    if let Some(campaigns) = settings.pinpoint.clone() {
        providers.push(Arc::new(pinpoint::Pinpoint::new(&access, campaigns)));
    }
    let guarded = |provider| -> Arc<dyn Provider> {
        Arc::new(Redacting::new(Arc::new(Delivering::new(
            settings.delivery_mode.clone(),
            provider,
        ))))
    };
    Providers::new(providers.into_iter().map(guarded))
}
