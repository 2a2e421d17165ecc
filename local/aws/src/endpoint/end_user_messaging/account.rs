//! What the account has, beside numbers, keywords and opt-out lists: out of the sandbox, with a raised spend limit and
//! approved registrations, without pools, sender IDs and protect configurations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Service;
use super::failure::Failure;
use super::field::{Fields, read};
use super::paging::{Page, epoch_seconds};

/// US dollars a month.
const SPEND_LIMIT: u64 = 1000;

pub(super) fn attributes(body: &[u8]) -> Result<Value, Failure> {
    let page: Page = read(body)?;
    let tier = json!({ "Name": "ACCOUNT_TIER", "Value": "PRODUCTION" });
    page.of("AccountAttributes", [("ACCOUNT_TIER".to_owned(), tier)].into_iter())
}

pub(super) fn spend_limits(body: &[u8]) -> Result<Value, Failure> {
    let page: Page = read(body)?;
    let limits = ["MEDIA", "TEXT", "VOICE"].map(|kind| {
        let name = format!("{kind}_MESSAGE_MONTHLY_SPEND_LIMIT");
        let limit = if kind == "TEXT" { SPEND_LIMIT } else { 1 };
        let entry = json!({ "Name": name, "EnforcedLimit": limit, "MaxLimit": limit, "Overridden": false });
        (name, entry)
    });
    page.of("SpendLimits", limits.into_iter())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeSets {
    configuration_set_names: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn configuration_sets(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeSets = read(body)?;
    let state = service.lock();
    let name = |identity: &String| identity.rsplit('/').next().unwrap_or(identity).to_owned();
    let asked: Vec<String> = request.configuration_set_names.iter().map(name).collect();
    if let Some(missing) = asked.iter().find(|name| !state.configuration_sets.contains_key(*name)) {
        return Err(Failure::not_found("configuration-set", missing));
    }
    let sets = state.configuration_sets.values();
    let sets = sets
        .filter(|set| asked.is_empty() || asked.contains(&set.name))
        .map(|set| {
            let destinations: Vec<Value> = set
                .topic_arn
                .iter()
                .map(|topic| {
                    json!({
                        "EventDestinationName": "sms-events",
                        "Enabled": true,
                        "MatchingEventTypes": set.event_types,
                        "SnsDestination": { "TopicArn": topic },
                    })
                })
                .collect();
            let entry = json!({
                "ConfigurationSetArn": service.arn("configuration-set", &set.name),
                "ConfigurationSetName": set.name,
                "EventDestinations": destinations,
                "CreatedTimestamp": 0,
            });
            (set.name.clone(), entry)
        });
    request.page.of("ConfigurationSets", sets)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRegistrations {
    registration_ids: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

/// One approved registration for each number.
pub(super) fn registrations(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeRegistrations = read(body)?;
    let state = service.lock();
    let known: Vec<_> = state
        .numbers
        .values()
        .map(|number| {
            let id = number.registration_id();
            let entry = json!({
                "RegistrationArn": service.arn("registration", &id),
                "RegistrationId": id,
                "RegistrationType": "US_TEN_DLC_CAMPAIGN_REGISTRATION",
                "RegistrationStatus": "COMPLETE",
                "CurrentVersionNumber": 1,
                "ApprovedVersionNumber": 1,
                "CreatedTimestamp": epoch_seconds(number.created_at()),
            });
            (id, entry)
        })
        .collect();
    let asked = &request.registration_ids;
    if let Some(missing) = asked.iter().find(|id| !known.iter().any(|(known, _)| known == *id)) {
        return Err(Failure::not_found("registration", missing));
    }
    let chosen = known
        .into_iter()
        .filter(|(id, _)| asked.is_empty() || asked.contains(id));
    request.page.of("Registrations", chosen)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribePools {
    pool_ids: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn pools(body: &[u8]) -> Result<Value, Failure> {
    let request: DescribePools = read(body)?;
    match request.pool_ids.first() {
        Some(pool) => Err(Failure::not_found("pool", pool)),
        None => request.page.of("Pools", std::iter::empty()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OfPool {
    pool_id: Option<String>,
}

pub(super) fn pool_identities(body: &[u8]) -> Result<Value, Failure> {
    let request: OfPool = read(body)?;
    let mut fields = Fields::default();
    let pool = fields.required("PoolId", request.pool_id.as_deref()).to_owned();
    fields.finish()?;
    Err(Failure::not_found("pool", &pool))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeSenderIds {
    sender_ids: Vec<SenderId>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderId {
    sender_id: String,
}

pub(super) fn sender_ids(body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeSenderIds = read(body)?;
    match request.sender_ids.first() {
        Some(asked) => Err(Failure::not_found("sender-id", &asked.sender_id)),
        None => request.page.of("SenderIds", std::iter::empty()),
    }
}

pub(super) fn verified_numbers(body: &[u8]) -> Result<Value, Failure> {
    let page: Page = read(body)?;
    page.of("VerifiedDestinationNumbers", std::iter::empty())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CountryRules {
    protect_configuration_id: Option<String>,
}

pub(super) fn country_rules(body: &[u8]) -> Result<Value, Failure> {
    let request: CountryRules = read(body)?;
    let mut fields = Fields::default();
    let configuration = fields
        .required("ProtectConfigurationId", request.protect_configuration_id.as_deref())
        .to_owned();
    fields.finish()?;
    Err(Failure::not_found("protect-configuration", &configuration))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::test_client::TestClient;

    #[tokio::test]
    async fn an_account_is_described_as_the_service_model_says() {
        let client = TestClient::new();
        for (operation, request, pointer, value) in [
            (
                "DescribeAccountAttributes",
                json!({}),
                "/AccountAttributes/0/Value",
                json!("PRODUCTION"),
            ),
            (
                "DescribeSpendLimits",
                json!({}),
                "/SpendLimits/1/EnforcedLimit",
                json!(1000),
            ),
            (
                "DescribeConfigurationSets",
                json!({ "ConfigurationSetNames": ["events"] }),
                "/ConfigurationSets/0/EventDestinations/0/SnsDestination/TopicArn",
                json!("arn:aws:sns:us-east-1:000000000000:events"),
            ),
            (
                "DescribeRegistrations",
                json!({}),
                "/Registrations/0/RegistrationStatus",
                json!("COMPLETE"),
            ),
            ("DescribePools", json!({}), "/Pools", json!([])),
            ("DescribeSenderIds", json!({}), "/SenderIds", json!([])),
            (
                "DescribeVerifiedDestinationNumbers",
                json!({}),
                "/VerifiedDestinationNumbers",
                json!([]),
            ),
        ] {
            let answer = client
                .json(&format!("PinpointSMSVoiceV2.{operation}"), request)
                .await
                .json();
            assert_eq!(answer.pointer(pointer), Some(&value), "{operation}: {answer}");
        }
    }

    #[tokio::test]
    async fn what_the_account_does_not_have_is_not_found() {
        let client = TestClient::new();
        for (operation, request) in [
            (
                "DescribeConfigurationSets",
                json!({ "ConfigurationSetNames": ["other"] }),
            ),
            (
                "DescribeRegistrations",
                json!({ "RegistrationIds": ["registration-0"] }),
            ),
            ("DescribePools", json!({ "PoolIds": ["pool-0"] })),
            ("ListPoolOriginationIdentities", json!({ "PoolId": "pool-0" })),
            (
                "DescribeSenderIds",
                json!({ "SenderIds": [{ "SenderId": "ACME", "IsoCountryCode": "GB" }] }),
            ),
            (
                "GetProtectConfigurationCountryRuleSet",
                json!({ "ProtectConfigurationId": "protect-0", "NumberCapability": "SMS" }),
            ),
        ] {
            let answer = client.json(&format!("PinpointSMSVoiceV2.{operation}"), request).await;
            assert_eq!(
                answer.error(),
                "ResourceNotFoundException",
                "{operation}: {}",
                answer.text
            );
        }
    }
}
