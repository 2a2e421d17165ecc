//! `SendTextMessage`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time;
use uuid::Uuid;

use super::event::{self, SentText, outcome_for};
use super::failure::Failure;
use super::field::{Fields, is_identity, is_message, is_name_or_arn, is_phone_number, is_price, read};
use super::opt_out::normalised;
use super::{PROVIDER, Service, State, id_in, kind_of_identity, respond};
use local_providers::clock;
use local_providers::connection::Connection;
use local_providers::phone_simulator::{Fault, FaultKind, Segments, Text};

/// Millionths of a US dollar for one part, about what a part to the United States costs.
const PRICE_PER_PART: u64 = 5_810;
const SECONDS_TO_LIVE: std::ops::RangeInclusive<i64> = 5..=259_200;
const LONGEST_SENDER_ID: usize = 11;
const MAXIMUM_CONTEXT: usize = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SendTextMessage {
    destination_phone_number: Option<String>,
    origination_identity: Option<String>,
    message_body: Option<String>,
    message_type: Option<String>,
    configuration_set_name: Option<String>,
    max_price: Option<String>,
    time_to_live: Option<i64>,
    context: BTreeMap<String, String>,
    destination_country_parameters: BTreeMap<String, String>,
    dry_run: bool,
}

/// A text that was accepted; only a real one has something to report.
struct Accepted {
    message_id: String,
    sent: Option<SentText>,
}

pub(super) async fn send_text_message(service: &Arc<Service>, connection: &Connection, body: &[u8]) -> Response {
    let fault = service.simulator.faults().meet(PROVIDER);
    if let Some(answer) = fault.as_ref().and_then(|fault| refusal(fault, connection)) {
        return answer;
    }
    let accepted = match read(body).and_then(|request| accept(service, request)) {
        Ok(accepted) => accepted,
        Err(failure) => return failure.into_response(),
    };
    if let Some(sent) = accepted.sent {
        event::report(service, sent, fault.as_ref()).await;
    }
    match fault {
        Some(Fault {
            kind: FaultKind::DropAfterAccept,
            ..
        }) => return connection.broken(),
        Some(fault) if fault.kind == FaultKind::Delay => time::sleep(fault.delay()).await,
        _ => {}
    }
    respond(Ok(json!({ "MessageId": accepted.message_id })))
}

/// The answer of the faults that keep a text from being looked at.
fn refusal(fault: &Fault, connection: &Connection) -> Option<Response> {
    match fault.kind {
        FaultKind::Throttle => Some(Failure::throttling().into_response()),
        FaultKind::Unavailable => Some(Failure::internal().into_response()),
        FaultKind::Reject => Some(Failure::invalid("INVALID_REQUEST", "The message was rejected.").into_response()),
        FaultKind::Quota => Some(Failure::spent().into_response()),
        FaultKind::Disabled => Some(Failure::disabled().into_response()),
        FaultKind::Inactive => Some(
            Failure::conflict(
                "RESOURCE_NOT_ACTIVE",
                "The phone number is not active.",
                "phone-number",
                "",
            )
            .into_response(),
        ),
        FaultKind::DropBeforeAccept => Some(connection.broken()),
        FaultKind::Delay
        | FaultKind::DropAfterAccept
        | FaultKind::NoReceipt
        | FaultKind::DuplicateReceipt
        | FaultKind::LateReceipt
        | FaultKind::EarlyReceipt => None,
    }
}

fn accept(service: &Service, request: SendTextMessage) -> Result<Accepted, Failure> {
    let now = clock::now();
    let (to, body) = validated(&request)?;
    let segments = Segments::of(&body);
    let price = PRICE_PER_PART * segments.count as u64;
    let mut state = service.state.lock();
    let from = origin(&state, request.origination_identity.as_deref())?;
    let configuration_set = match &request.configuration_set_name {
        Some(name) => {
            let short = name.rsplit('/').next().unwrap_or(name);
            let set = state.configuration_sets.get(short).cloned();
            Some(set.ok_or_else(|| Failure::not_found("configuration-set", name))?)
        }
        None => None,
    };
    check_opt_out(&state, &from, &to)?;
    if let Some(highest) = request
        .max_price
        .as_deref()
        .and_then(|price| format!("0{price}").parse::<f64>().ok())
        && price as f64 / 1_000_000.0 > highest
    {
        return Err(Failure::invalid(
            "PRICE_OVER_THRESHOLD",
            "The price of the message is above MaxPrice.",
        ));
    }
    let message_id = Uuid::new_v4().to_string();
    if request.dry_run {
        return Ok(Accepted { message_id, sent: None });
    }
    state.last_sent.insert((from.clone(), to.clone()), message_id.clone());
    drop(state);

    if outcome_for(&to).arrives {
        service.simulator.phones().deliver(Text {
            provider: PROVIDER,
            from: from.clone(),
            to: to.clone(),
            body,
            segments: segments.count,
            message_id: message_id.clone(),
        });
    }
    let sent = configuration_set.map(|configuration_set| SentText {
        message_id: message_id.clone(),
        from,
        to,
        message_type: request.message_type.unwrap_or_else(|| "TRANSACTIONAL".to_owned()),
        segments,
        price,
        requested_at: now,
        context: json!(request.context),
        configuration_set,
    });
    Ok(Accepted { message_id, sent })
}

/// The destination and the body of a request that keeps the rules of the service model.
fn validated(request: &SendTextMessage) -> Result<(String, String), Failure> {
    let mut fields = Fields::default();
    let to = request.destination_phone_number.as_deref();
    let body = request.message_body.as_deref();
    fields.check(
        "DestinationPhoneNumber",
        to,
        r"pattern \+?[1-9][0-9]{1,18}",
        is_phone_number,
    );
    fields.check(
        "OriginationIdentity",
        request.origination_identity.as_deref(),
        "pattern [A-Za-z0-9_:/+-]+",
        is_identity,
    );
    fields.check("MessageBody", body, "1 to 1600 characters, not blank", is_message);
    fields.check(
        "MessageType",
        request.message_type.as_deref(),
        "enum value set: [TRANSACTIONAL, PROMOTIONAL]",
        |kind| ["TRANSACTIONAL", "PROMOTIONAL"].contains(&kind),
    );
    fields.check(
        "ConfigurationSetName",
        request.configuration_set_name.as_deref(),
        "pattern [A-Za-z0-9_:/-]+",
        is_name_or_arn,
    );
    fields.check(
        "MaxPrice",
        request.max_price.as_deref(),
        r"pattern [0-9]{0,2}\.[0-9]{1,5}",
        is_price,
    );
    if request
        .time_to_live
        .is_some_and(|seconds| !SECONDS_TO_LIVE.contains(&seconds))
    {
        fields.refuse("TimeToLive", "Member must be between 5 and 259200");
    }
    check_context(&mut fields, &request.context);
    check_country_parameters(&mut fields, &request.destination_country_parameters);
    let to = normalised(fields.required("DestinationPhoneNumber", to));
    fields.finish()?;
    // The model does not require a body; the service does.
    let body = body.ok_or_else(|| Failure::invalid("MISSING_PARAMETER", "A message needs a MessageBody."))?;
    Ok((to, body.to_owned()))
}

fn check_context(fields: &mut Fields, context: &BTreeMap<String, String>) {
    if context.len() > MAXIMUM_CONTEXT {
        fields.refuse("Context", "Map must have at most 5 entries");
    }
    for (key, value) in context {
        if !(1..=100).contains(&key.chars().count()) || key.contains(char::is_whitespace) {
            fields.refuse("Context", r"Map keys must satisfy pattern \S{1,100}");
        }
        let length = value.chars().count();
        if !(1..=800).contains(&length)
            || value.starts_with(char::is_whitespace)
            || value.ends_with(char::is_whitespace)
        {
            fields.refuse(
                "Context",
                "Map values must have 1 to 800 characters, not blank at either end",
            );
        }
    }
}

fn check_country_parameters(fields: &mut Fields, parameters: &BTreeMap<String, String>) {
    for (key, value) in parameters {
        if !["IN_TEMPLATE_ID", "IN_ENTITY_ID"].contains(&key.as_str()) {
            fields.refuse(
                "DestinationCountryParameters",
                "Map keys must be IN_TEMPLATE_ID or IN_ENTITY_ID",
            );
        }
        if !(1..=64).contains(&value.chars().count()) || value.contains(char::is_whitespace) {
            fields.refuse(
                "DestinationCountryParameters",
                r"Map values must satisfy pattern \S{1,64}",
            );
        }
    }
}

/// What a phone shows as the sender. Every pool has all numbers of the account, and there is every pool and sender ID that
/// there can be.
fn origin(state: &State, identity: Option<&str>) -> Result<String, Failure> {
    let kind = identity.map(|identity| kind_of_identity(id_in(identity)));
    if let (Some(identity), Some("sender-id")) = (identity.map(id_in), kind)
        && identity.len() <= LONGEST_SENDER_ID
    {
        return Ok(identity.to_owned());
    }
    let number = match identity.filter(|identity| !is_pool(id_in(identity))) {
        Some(identity) => state.number(identity)?,
        None => state.numbers.values().next().ok_or_else(|| {
            Failure::conflict(
                "NO_ORIGINATION_IDENTITIES_FOUND",
                "The account has no origination identity for this destination.",
                "account",
                "",
            )
        })?,
    };
    Ok(number.number.clone())
}

fn is_pool(identity: &str) -> bool {
    let id = identity.strip_prefix("pool-");
    id.is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn check_opt_out(state: &State, from: &str, to: &str) -> Result<(), Failure> {
    let list = state
        .numbers
        .get(from)
        .and_then(|number| state.opt_out_lists.get(&number.opt_out_list_name));
    if list.is_some_and(|list| list.contains(to)) {
        return Err(Failure::conflict(
            "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            "Destination phone number has opted out.",
            "opted-out-number",
            to,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::test_client::{Answered, BUSINESS, EMPLOYEE, TestClient};
    use axum::http::Method;
    use serde_json::{Value, json};
    use std::time::Duration;

    async fn send(client: &TestClient, changes: Value) -> Answered {
        let mut body = json!({
            "DestinationPhoneNumber": EMPLOYEE,
            "OriginationIdentity": BUSINESS,
            "MessageBody": "Shift on Friday",
            "ConfigurationSetName": "events",
            "Context": { "message-id": "m1" },
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
                value => body[name] = value.clone(),
            }
        }
        client.json("PinpointSMSVoiceV2.SendTextMessage", body).await
    }

    fn texts(client: &TestClient) -> usize {
        client.simulator.phones().received(Some(EMPLOYEE), 0).len()
    }

    async fn client_with(fault: Value) -> TestClient {
        let client = TestClient::new();
        assert_eq!(client.control(Method::POST, "/faults", fault).await.status, 201);
        client
    }

    #[tokio::test]
    async fn a_text_arrives_and_its_events_carry_our_context() {
        let mut client = TestClient::new();

        let id = send(&client, json!({})).await.json()["MessageId"].clone();

        let received = client
            .control(Method::GET, "/messages?to=+12025550101&since=0", json!(null))
            .await
            .json();
        let text = &received["messages"][0];
        assert_eq!(
            (&text["body"], &text["message_id"], &text["from"]),
            (&json!("Shift on Friday"), &id, &json!(BUSINESS))
        );
        for (kind, last) in [("TEXT_QUEUED", false), ("TEXT_DELIVERED", true)] {
            let event: Value = serde_json::from_str(&client.events.recv().await.unwrap().message).unwrap();
            assert_eq!((&event["eventType"], &event["isFinal"]), (&json!(kind), &json!(last)));
            assert_eq!(
                (&event["messageId"], &event["context"]),
                (&id, &json!({ "message-id": "m1" }))
            );
            assert_eq!(
                (&event["totalMessageParts"], &event["messageEncoding"]),
                (&json!(1), &json!("GSM"))
            );
        }
    }

    #[tokio::test]
    async fn a_text_without_a_configuration_set_has_no_events() {
        let mut client = TestClient::new();
        send(&client, json!({ "ConfigurationSetName": null })).await;

        assert!(client.event_types(Duration::from_millis(200)).await.is_empty());
        assert_eq!(texts(&client), 1);
    }

    #[tokio::test]
    async fn fields_are_checked_by_the_service_model() {
        let client = TestClient::new();
        for (changes, field) in [
            (json!({ "DestinationPhoneNumber": null }), "DestinationPhoneNumber"),
            (json!({ "DestinationPhoneNumber": "+0123" }), "DestinationPhoneNumber"),
            (json!({ "OriginationIdentity": "a b" }), "OriginationIdentity"),
            (json!({ "MessageBody": "   " }), "MessageBody"),
            (json!({ "MessageBody": "a".repeat(1601) }), "MessageBody"),
            (json!({ "MessageType": "OTHER" }), "MessageType"),
            (json!({ "MaxPrice": "1" }), "MaxPrice"),
            (json!({ "TimeToLive": 4 }), "TimeToLive"),
            (json!({ "Context": { "a b": "c" } }), "Context"),
            (json!({ "Context": { "a": " c" } }), "Context"),
            (
                json!({ "Context": { "a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1" } }),
                "Context",
            ),
            (
                json!({ "DestinationCountryParameters": { "XX": "1" } }),
                "DestinationCountryParameters",
            ),
        ] {
            let answer = send(&client, changes).await;
            let body = answer.json();
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, "ValidationException"),
                "{field}"
            );
            assert_eq!(
                (&body["Reason"], &body["Fields"][0]["Name"]),
                (&json!("FIELD_VALIDATION_FAILED"), &json!(field))
            );
        }
        assert_eq!(
            send(&client, json!({ "MessageBody": null })).await.json()["Reason"],
            "MISSING_PARAMETER"
        );
        assert_eq!(
            send(&client, json!({ "DryRun": "yes" })).await.error(),
            "SerializationException"
        );
        assert_eq!(texts(&client), 0);
    }

    #[tokio::test]
    async fn what_does_not_exist_is_named_by_its_kind() {
        let client = TestClient::new();
        for (changes, kind) in [
            (json!({ "OriginationIdentity": "+12025550777" }), "phone-number"),
            (json!({ "OriginationIdentity": "pool-1" }), "pool"),
            (json!({ "OriginationIdentity": "ShiftlineLimited" }), "sender-id"),
            (json!({ "ConfigurationSetName": "other" }), "configuration-set"),
        ] {
            let answer = send(&client, changes).await;
            assert_eq!(
                (answer.error().as_str(), &answer.json()["ResourceType"]),
                ("ResourceNotFoundException", &json!(kind))
            );
        }
    }

    #[tokio::test]
    async fn an_opted_out_destination_is_a_conflict() {
        let client = TestClient::new();
        let entry = json!({ "OptOutListName": "Default", "OptedOutNumber": EMPLOYEE });
        client.json("PinpointSMSVoiceV2.PutOptedOutNumber", entry.clone()).await;

        let refused = send(&client, json!({})).await;
        assert_eq!((refused.status, refused.error().as_str()), (400, "ConflictException"));
        assert_eq!(refused.json()["Reason"], "DESTINATION_PHONE_NUMBER_OPTED_OUT");
        client.json("PinpointSMSVoiceV2.DeleteOptedOutNumber", entry).await;
        assert_eq!(send(&client, json!({})).await.status, 200);
    }

    #[tokio::test]
    async fn a_dry_run_is_checked_and_not_sent() {
        let mut client = TestClient::new();

        assert_eq!(send(&client, json!({ "DryRun": true })).await.status, 200);
        assert_eq!(texts(&client), 0);
        assert!(client.event_types(Duration::from_millis(200)).await.is_empty());
    }

    #[tokio::test]
    async fn a_text_that_is_too_dear_is_refused() {
        let client = TestClient::new();
        let refused = send(&client, json!({ "MaxPrice": ".001" })).await;
        assert_eq!(refused.json()["Reason"], "PRICE_OVER_THRESHOLD");
        assert_eq!(texts(&client), 0);
    }

    #[tokio::test]
    async fn each_fault_has_its_answer_and_its_number_of_texts() {
        for (kind, status, error, arrived) in [
            ("throttle", 400, "ThrottlingException", 0),
            ("unavailable", 500, "InternalServerException", 0),
            ("reject", 400, "ValidationException", 0),
            ("quota", 400, "ServiceQuotaExceededException", 0),
            ("disabled", 400, "AccessDeniedException", 0),
            ("inactive", 400, "ConflictException", 0),
            ("delay", 200, "", 1),
            // In process there is no connection to break: the status stands for it.
            ("drop-after-accept", 503, "", 1),
            ("drop-before-accept", 503, "", 0),
            ("no-receipt", 200, "", 1),
        ] {
            let client = client_with(json!({ "kind": kind, "delay_ms": 20 })).await;
            let answer = send(&client, json!({})).await;
            assert_eq!(
                (answer.status, answer.error().as_str(), texts(&client)),
                (status, error, arrived),
                "{kind}"
            );
            assert_eq!(send(&client, json!({})).await.status, 200, "{kind} only once");
        }
    }

    #[tokio::test]
    async fn receipts_come_as_the_fault_has_it() {
        for (kind, types) in [
            ("no-receipt", vec![]),
            (
                "duplicate-receipt",
                vec!["TEXT_QUEUED", "TEXT_DELIVERED", "TEXT_DELIVERED"],
            ),
            ("late-receipt", vec!["TEXT_QUEUED", "TEXT_DELIVERED"]),
            ("drop-after-accept", vec!["TEXT_QUEUED", "TEXT_DELIVERED"]),
        ] {
            let mut client = client_with(json!({ "kind": kind, "delay_ms": 150 })).await;
            send(&client, json!({})).await;
            assert_eq!(client.event_types(Duration::from_millis(400)).await, types, "{kind}");
        }
        let mut client = client_with(json!({ "kind": "early-receipt", "delay_ms": 50 })).await;
        send(&client, json!({})).await;
        assert!(
            client.events.try_recv().is_ok() && client.events.try_recv().is_ok(),
            "before the answer"
        );
    }

    #[tokio::test]
    async fn some_numbers_never_get_a_text() {
        let mut client = TestClient::new();
        send(&client, json!({ "DestinationPhoneNumber": "+12025550192" })).await;

        assert_eq!(
            client.event_types(Duration::from_millis(300)).await,
            ["TEXT_QUEUED", "TEXT_UNREACHABLE"]
        );
        assert!(client.simulator.phones().received(None, 0).is_empty());
    }
}
