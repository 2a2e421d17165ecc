//! The deployment's settings for providers: the delivery mode, and the services of the account itself.

use messaging::DeliveryMode;
use messaging::provider::{connect, pinpoint};

use domain::pace::Rate;

use super::{FromEnvironment, Reader};
use crate::aws::AwsSettings;

#[derive(Debug, Clone)]
pub struct ProviderSettings {
    pub aws: AwsSettings,
    pub delivery_mode: DeliveryMode,
    /// Below which the operator's parameters are, such as `/shiftline/prod`.
    pub parameters_path: String,
    /// Where gateways report to; `None` in a function that sends nothing.
    pub webhook_url: Option<String>,
    /// What texts leave from that name nothing else; `None` in a function that sends nothing.
    pub origination_identity: Option<String>,
    /// Of that, where no parameter names another. `None` is as fast as texts are accepted.
    pub rate: Option<Rate>,
    pub configuration_set: Option<String>,
    /// The provider's own opt-out list, from which somebody who opts in again has to be removed.
    pub opt_out_list: Option<String>,
    /// `None` where the contact centre takes no call backs.
    pub contact_centre: Option<connect::Settings>,
    pub pinpoint: Option<pinpoint::Settings>,
}

/// What the original's parameters hold where they are not used.
const NOT_APPLICABLE: &str = "NA";

fn applicable(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.eq_ignore_ascii_case(NOT_APPLICABLE))
}

impl FromEnvironment for ProviderSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        Self {
            aws: AwsSettings::from_environment(reader),
            delivery_mode: delivery_mode(reader),
            parameters_path: reader.required("PARAMETERS_PATH"),
            webhook_url: None,
            origination_identity: None,
            rate: None,
            configuration_set: reader.optional("CONFIGURATION_SET_NAME"),
            opt_out_list: reader.optional("OPT_OUT_LIST_NAME"),
            contact_centre: contact_centre(reader),
            pinpoint: super::functions::pinpoint(reader)
                .map(|(project_id, segment_id)| pinpoint::Settings { project_id, segment_id }),
        }
    }
}

fn delivery_mode(reader: &mut Reader<'_>) -> DeliveryMode {
    let mode = reader.required("DELIVERY_MODE");
    let redirect_number = reader.optional("REDIRECT_NUMBER").unwrap_or_default();
    DeliveryMode::parse(&mode, &redirect_number).unwrap_or_else(|error| {
        if !mode.is_empty() {
            reader.problem(format!("DELIVERY_MODE and REDIRECT_NUMBER: {error}"));
        }
        DeliveryMode::Log
    })
}

pub(super) fn rate(reader: &mut Reader<'_>) -> Option<Rate> {
    let parsed = reader.optional("RATE")?.parse();
    if let Err(error) = &parsed {
        reader.problem(format!("RATE: {error}"));
    }
    parsed.ok()
}

fn contact_centre(reader: &mut Reader<'_>) -> Option<connect::Settings> {
    let [instance_id, contact_flow_id, queue_id, source_phone_number] =
        ["INSTANCE_ID", "CONTACT_FLOW_ID", "QUEUE_ID", "SOURCE_PHONE_NUMBER"]
            .map(|name| applicable(reader.optional(name)));
    match (instance_id, contact_flow_id) {
        (None, None) => None,
        (Some(instance_id), Some(contact_flow_id)) if queue_id.is_some() || source_phone_number.is_some() => {
            Some(connect::Settings {
                instance_id,
                contact_flow_id,
                queue_id,
                source_phone_number,
            })
        }
        _ => {
            reader.problem(
                "call backs need INSTANCE_ID, CONTACT_FLOW_ID and one of QUEUE_ID and SOURCE_PHONE_NUMBER".to_owned(),
            );
            None
        }
    }
}
