//! What the account has, beside numbers, keywords and opt-out lists: out of the sandbox, with a raised spend limit and
//! approved registrations, without pools, sender IDs and protect configurations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::field::read;
use super::{Service, epoch_seconds};

/// US dollars a month.
const SPEND_LIMIT: u64 = 1000;

pub(super) fn attributes() -> Value {
    json!({ "AccountAttributes": [{ "Name": "ACCOUNT_TIER", "Value": "PRODUCTION" }] })
}

pub(super) fn spend_limits() -> Value {
    let limits = [("MEDIA", 1), ("TEXT", SPEND_LIMIT), ("VOICE", 1)].map(|(kind, limit)| {
        let name = format!("{kind}_MESSAGE_MONTHLY_SPEND_LIMIT");
        json!({ "Name": name, "EnforcedLimit": limit, "MaxLimit": limit, "Overridden": false })
    });
    json!({ "SpendLimits": limits })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeSets {
    configuration_set_names: Vec<String>,
}

pub(super) fn configuration_sets(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeSets = read(body)?;
    let state = service.state.lock();
    let described = request.configuration_set_names.iter().map(|identity| {
        let name = identity.rsplit('/').next().unwrap_or(identity);
        let set = state.configuration_sets.get(name);
        let set = set.ok_or_else(|| Failure::not_found("configuration-set", name))?;
        let destination = set.topic_arn.as_ref().map(|topic| {
            json!({
                "EventDestinationName": "sms-events",
                "Enabled": true,
                "MatchingEventTypes": set.event_types,
                "SnsDestination": { "TopicArn": topic },
            })
        });
        Ok(json!({
            "ConfigurationSetArn": service.arn("configuration-set", name),
            "ConfigurationSetName": name,
            "EventDestinations": destination.as_slice(),
            "CreatedTimestamp": 0,
        }))
    });
    let described: Vec<Value> = described.collect::<Result<_, _>>()?;
    Ok(json!({ "ConfigurationSets": described }))
}

/// One approved registration for each number.
pub(super) fn registrations(service: &Service) -> Value {
    let state = service.state.lock();
    let registrations = state.numbers.values().map(|number| {
        let id = number.registration_id();
        json!({
            "RegistrationArn": service.arn("registration", &id),
            "RegistrationId": id,
            "RegistrationType": "US_TEN_DLC_CAMPAIGN_REGISTRATION",
            "RegistrationStatus": "COMPLETE",
            "CurrentVersionNumber": 1,
            "ApprovedVersionNumber": 1,
            "CreatedTimestamp": epoch_seconds(number.created_at()),
        })
    });
    json!({ "Registrations": registrations.collect::<Vec<_>>() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribePools {
    #[serde(default)]
    pool_ids: Vec<String>,
}

pub(super) fn pools(body: &[u8]) -> Result<Value, Failure> {
    let request: DescribePools = read(body)?;
    match request.pool_ids.first() {
        Some(pool) => Err(Failure::not_found("pool", pool)),
        None => Ok(json!({ "Pools": [] })),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfPool {
    pool_id: String,
}

pub(super) fn pool_identities(body: &[u8]) -> Result<Value, Failure> {
    let request: OfPool = read(body)?;
    Err(Failure::not_found("pool", &request.pool_id))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CountryRules {
    protect_configuration_id: String,
}

pub(super) fn country_rules(body: &[u8]) -> Result<Value, Failure> {
    let request: CountryRules = read(body)?;
    Err(Failure::not_found(
        "protect-configuration",
        &request.protect_configuration_id,
    ))
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
            ("DescribePools", json!({ "PoolIds": ["pool-0"] })),
            ("ListPoolOriginationIdentities", json!({ "PoolId": "pool-0" })),
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
