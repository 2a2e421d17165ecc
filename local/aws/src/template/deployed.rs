//! The template that is deployed, and its parameters on this machine.

use std::collections::BTreeMap;

/// The template this executable was built from, so that it runs from any folder.
pub const DEPLOYED: &str = include_str!("../../../../template.yaml");

/// The number that people text.
pub const BUSINESS_NUMBER: &str = "+12025550100";

/// The template's parameters on this machine, where texts reach simulated phones only.
#[must_use]
pub fn local_parameters() -> BTreeMap<String, String> {
    [
        ("Stage", "dev"),
        ("DeliveryMode", "live"),
        ("OriginationIdentity", BUSINESS_NUMBER),
        // Simulated phones take as much as they are given.
        ("Rate", ""),
        ("ConnectEnable", "YES"),
        ("InstanceId", "11111111-1111-4111-8111-111111111111"),
        ("ContactFlowId", "22222222-2222-4222-8222-222222222222"),
        ("QueueId", "33333333-3333-4333-8333-333333333333"),
        ("SourcePhoneNumber", "+12025550199"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
