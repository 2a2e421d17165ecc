//! AWS End User Messaging against its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_pinpointsmsvoicev2::config::{Credentials, ProvideCredentials};
use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use messaging::conformance::{Arrival, Remote};
use messaging::provider::end_user_messaging::{EndUserMessaging, Settings};
use messaging::provider::surroundings::Surroundings;
use messaging::{Delivering, DeliveryMode, Outcome, Provider};
use serde_json::{Value, json};

use crate::remote_side::{self, Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, access_of, assert_conforms, echo, http, surroundings};

const SEND: &str = "PinpointSMSVoiceV2.SendTextMessage";
const OPT_IN: &str = "PinpointSMSVoiceV2.DeleteOptedOutNumber";

pub(crate) fn wire() -> Wire {
    Wire::new(provider, answer, arrivals)
}

fn provider(surroundings: &Surroundings, _: &str) -> Arc<dyn Provider> {
    let settings = Settings {
        configuration_set: Some("sms-events".into()),
        opt_out_list: Some("Default".into()),
        ..Settings::default()
    };
    let now = Arc::clone(&surroundings.now);
    Arc::new(EndUserMessaging::new(&surroundings.aws, settings, move || now()))
}

pub(crate) async fn send(provider: &dyn Provider, kind: Kind, body: &str) -> Outcome {
    let to = PhoneNumber::parse("+12025550123").unwrap();
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let message = Message::queued(&cause, kind, Some(to), body.to_owned(), Timestamp::UNIX_EPOCH);
    provider.send(&message.leaving_from("+12025550100")).await
}

/// AWS JSON 1.0: the name of an error is in the body, behind its namespace.
fn error(exception: &str, members: Value) -> Answer {
    let mut body = json!({"__type": format!("com.amazonaws.pinpointsmsvoicev2#{exception}"), "Message": echo()});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let status = if exception == "InternalServerException" {
        500
    } else {
        400
    };
    http(status, body.to_string())
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    let conflict = |reason: &str| {
        error(
            "ConflictException",
            json!({"Reason": reason, "ResourceType": "opted-out-number"}),
        )
    };
    Ok(match remote {
        Remote::Accepts => http(
            200,
            json!({"MessageId": "862a8790-60c0-4430-9b2b-658bdexample"}).to_string(),
        ),
        Remote::Refuses(RefusalKind::Throttled) => error("ThrottlingException", json!({})),
        Remote::Refuses(RefusalKind::Unavailable) => http(503, "<html>Service Unavailable</html>"),
        Remote::Refuses(RefusalKind::OptedOut) => conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        Remote::Refuses(RefusalKind::Recipient) => conflict("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
        Remote::Refuses(RefusalKind::Content) => {
            let fields = json!([{"Name": "MessageBody", "Message": echo()}]);
            error(
                "ValidationException",
                json!({"Reason": "FIELD_VALIDATION_FAILED", "Fields": fields}),
            )
        }
        Remote::Refuses(RefusalKind::Configuration) => error(
            "ConflictException",
            json!({"Reason": "NO_ORIGINATION_IDENTITIES_FOUND"}),
        ),
        Remote::Refuses(RefusalKind::Quota) => error(
            "ServiceQuotaExceededException",
            json!({"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}),
        ),
        Remote::Refuses(RefusalKind::Other) => error("SomethingNewException", json!({})),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("the service has no such error"),
        _ => error("InternalServerException", json!({"RequestId": "0b4f1b5a"})),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let body = request.json();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let to = [&body["DestinationPhoneNumber"], &body["OptedOutNumber"]];
    vec![Arrival {
        message_id: text(&body["Context"]["message-id"]),
        to: to.into_iter().find_map(text),
        body: text(&body["MessageBody"]),
        rehearsal: body["DryRun"] == true,
    }]
}

async fn remote_side(opting_in: Answer) -> RemoteSide {
    RemoteSide::start(move |request| match request.header("x-amz-target") {
        Some(OPT_IN) => opting_in.clone(),
        _ => answer(Remote::Accepts, request).unwrap(),
    })
    .await
}

fn calls(remote: &RemoteSide) -> Vec<String> {
    remote
        .requests()
        .iter()
        .map(|request| request.header("x-amz-target").unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn speaks_aws_json() {
    let remote = remote_side(http(200, "{}")).await;
    send(&*wire().provider_at(&remote.url), Kind::Reply, "Hello").await;
    let requests = remote.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
    assert_eq!(request.header("x-amz-target"), Some(SEND));
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.0"));
    assert!(
        request
            .header("authorization")
            .unwrap()
            .contains("/us-east-1/sms-voice/aws4_request")
    );
    assert_eq!(
        request.json(),
        json!({
            "DestinationPhoneNumber": "+12025550123",
            "OriginationIdentity": "+12025550100",
            "MessageBody": "Hello",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "sms-events",
            "TimeToLive": 45 * 60,
            "Context": {"message-id": Cause::Inbound { inbound_id: "in-1" }.message_id().as_str()},
        })
    );
}

#[tokio::test]
async fn a_person_is_opted_in_before_it_is_confirmed() {
    let number_not_listed = error("ResourceNotFoundException", json!({"ResourceType": "opted-out-number"}));
    for opting_in in [http(200, "{}"), number_not_listed] {
        let remote = remote_side(opting_in).await;
        let outcome = send(
            &*wire().provider_at(&remote.url),
            Kind::OptInConfirmation,
            "Welcome back",
        )
        .await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        assert_eq!(calls(&remote), [OPT_IN, SEND]);
        let listed = remote.requests()[0].json();
        assert_eq!(
            listed,
            json!({"OptOutListName": "Default", "OptedOutNumber": "+12025550123"})
        );
    }
}

#[tokio::test]
async fn no_confirmation_leaves_while_the_person_is_on_the_list() {
    let validation = |reason: &str| error("ValidationException", json!({"Reason": reason}));
    let cases = [
        (
            validation("PHONE_NUMBER_CANNOT_BE_OPTED_IN"),
            RefusalKind::OptedOut,
            false,
        ),
        (
            error("ConflictException", json!({"Reason": "OPT_OUT_LIST_MISMATCH"})),
            RefusalKind::Configuration,
            false,
        ),
        (
            error("ResourceNotFoundException", json!({"ResourceType": "opt-out-list"})),
            RefusalKind::Configuration,
            false,
        ),
        (error("ThrottlingException", json!({})), RefusalKind::Throttled, true),
        // Whether the number came off the list is not known, but that no text left is.
        (
            error("InternalServerException", json!({})),
            RefusalKind::Unavailable,
            true,
        ),
        (Answer::HangUp, RefusalKind::Unavailable, true),
        (Answer::Stall, RefusalKind::Unavailable, true),
    ];
    for (opting_in, kind, retryable) in cases {
        let remote = remote_side(opting_in.clone()).await;
        let outcome = send(
            &*wire().provider_at(&remote.url),
            Kind::OptInConfirmation,
            "Welcome back",
        )
        .await;
        let Outcome::Refused(refusal) = &outcome else {
            panic!("{opting_in:?}: {outcome:?}")
        };
        assert_eq!((refusal.kind, refusal.retryable), (kind, retryable), "{opting_in:?}");
        assert_eq!(calls(&remote), [OPT_IN]);
    }
}

#[tokio::test]
async fn the_sandbox_only_rehearses() {
    for kind in [Kind::Reply, Kind::OptInConfirmation] {
        let remote = remote_side(http(200, "{}")).await;
        let delivering = Delivering::new(DeliveryMode::Sandbox, wire().provider_at(&remote.url));
        assert!(!delivering.capabilities().receipts);
        let outcome = send(&delivering, kind, "Hello").await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        assert_eq!(calls(&remote), [SEND], "and the opt-out list stays as it is");
        assert_eq!(remote.requests()[0].json()["DryRun"], true);
    }
}

#[tokio::test]
async fn an_answer_cut_short_leaves_the_outcome_open() {
    let remote = RemoteSide::start(|_| Answer::CutShort).await;
    let outcome = send(&*wire().provider_at(&remote.url), Kind::Announcement, "Hello").await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(remote.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_worked_before_is_no_reason_to_repeat() {
    let asked = AtomicUsize::new(0);
    let remote = RemoteSide::start(move |request| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => answer(Remote::Accepts, request).unwrap(),
        _ => Answer::HangUp,
    })
    .await;
    let provider = wire().provider_at(&remote.url);
    let first = send(&*provider, Kind::Announcement, "Hello").await;
    assert!(matches!(first, Outcome::Accepted { .. }), "{first:?}");
    let second = send(&*provider, Kind::Announcement, "Hello").await;
    assert!(matches!(second, Outcome::Unknown { .. }), "{second:?}");
    assert_eq!(remote.requests().len(), 2);
}

#[tokio::test]
async fn what_could_not_leave_is_refused() {
    let refused = [remote_side::nowhere().await, "http://nowhere.invalid:1".to_owned()];
    for url in refused {
        let outcome = send(&*wire().provider_at(&url), Kind::Announcement, "Hello").await;
        let Outcome::Refused(refusal) = &outcome else {
            panic!("{url}: {outcome:?}")
        };
        assert_eq!(
            (refusal.kind, refusal.retryable),
            (RefusalKind::Unavailable, true),
            "{url}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn without_credentials_nothing_leaves() {
    #[derive(Debug)]
    struct None;

    impl ProvideCredentials for None {
        fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let error = CredentialsError::not_loaded("there are none");
            aws_credential_types::provider::future::ProvideCredentials::ready(Err::<Credentials, _>(error))
        }
    }

    let remote = remote_side(http(200, "{}")).await;
    let surroundings = Surroundings {
        aws: access_of(None, &remote.url),
        ..surroundings(&remote.url)
    };
    let outcome = send(&*provider(&surroundings, &remote.url), Kind::Reply, "Hello").await;
    let Outcome::Refused(refusal) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (refusal.kind, refusal.retryable),
        (RefusalKind::Configuration, false),
        "{outcome:?}"
    );
    assert!(remote.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_not_from_the_service_is_judged_by_its_status() {
    let cases = [
        (http(502, "<html>Bad Gateway</html>"), None),
        (http(504, ""), None),
        (http(500, "{}"), None),
        (http(403, "<html>Forbidden</html>"), Some((RefusalKind::Account, false))),
        (http(429, ""), Some((RefusalKind::Throttled, true))),
        (http(400, "{}"), Some((RefusalKind::Other, false))),
        (
            error("ExpiredTokenException", json!({})),
            Some((RefusalKind::Configuration, true)),
        ),
        (
            error("UnrecognizedClientException", json!({})),
            Some((RefusalKind::Account, false)),
        ),
        (
            error("ConflictException", json!({"Reason": "NEW"})),
            Some((RefusalKind::Configuration, false)),
        ),
    ];
    for (answered, expected) in cases {
        let again = answered.clone();
        let remote = RemoteSide::start(move |_| again.clone()).await;
        let outcome = send(&*wire().provider_at(&remote.url), Kind::Reply, "Hello").await;
        let refusal = match &outcome {
            Outcome::Refused(refusal) => Some((refusal.kind, refusal.retryable)),
            _ => Option::None,
        };
        assert_eq!(refusal, expected, "{answered:?}: {outcome:?}");
        assert_eq!(remote.requests().len(), 1, "{answered:?}");
    }
}
