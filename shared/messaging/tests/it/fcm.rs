//! FCM against its answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::device::{DeviceToken, Platform};
use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp, ToSpan};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use messaging::conformance::{Arrival, DEVICE, Remote, UNWANTED};
use messaging::provider::fcm;
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider};
use serde_json::{Value, json};

use crate::remote_side::{self, Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const SEND: &str = "/v1/projects/shiftline-test/messages:send";
const TOKEN: &str = "/token";
const ACCESS_TOKEN: &str = "ya29.access-token-of-the-test";
const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

/// The service account's key, made for this run.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

fn private_key() -> String {
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = KEY.as_der().unwrap();
    pem("PRIVATE KEY", der.as_ref())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|start| &text[start..text.len().min(start + 64)])
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn service_account(url: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "shiftline-test",
        "private_key_id": "key-1",
        "private_key": private_key(),
        "client_email": "sender@shiftline-test.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": format!("{url}{TOKEN}"),
    })
}

pub(crate) fn wire() -> Wire {
    Wire {
        aside: granted,
        secrets: &[ACCESS_TOKEN, "PRIVATE KEY"],
        ..Wire::new(provider, answer, arrivals)
    }
}

fn provider(surroundings: &Surroundings, url: &str) -> Arc<dyn Provider> {
    let (provider, problems) = set_up(surroundings, url, &[]);
    assert_eq!(problems, [""; 0]);
    provider.unwrap()
}

/// With the service account of the test and whatever `parameters` say otherwise.
fn set_up(
    surroundings: &Surroundings,
    url: &str,
    parameters: &[(&str, &str)],
) -> (Option<Arc<dyn Provider>>, Vec<String>) {
    let account = service_account(url).to_string();
    let complete = [("service-account", account.as_str()), ("base-url", url)];
    let values: BTreeMap<String, String> = complete
        .iter()
        .chain(parameters)
        .map(|(name, value)| (format!("fcm/{name}"), (*value).to_owned()))
        .collect();
    let mut parameters = Parameters::new(fcm::PATH, &values);
    let provider = (fcm::REGISTRATION.setup)(&mut parameters, surroundings);
    (provider, parameters.problems())
}

fn grant() -> Answer {
    let body = json!({"access_token": ACCESS_TOKEN, "expires_in": 3599, "token_type": "Bearer"});
    http(200, body.to_string())
}

fn granted(request: &Request) -> Option<Answer> {
    (request.path == TOKEN).then(grant)
}

fn sent() -> Answer {
    http(
        200,
        json!({"name": "projects/shiftline-test/messages/0:15%31bd"}).to_string(),
    )
}

fn error(status: u16, word: &str, code: Option<&str>) -> Answer {
    error_saying(&format!("{} at {DEVICE}", echo()), status, word, code)
}

fn error_saying(message: &str, status: u16, word: &str, code: Option<&str>) -> Answer {
    let details = code.map(|code| json!({"@type": FCM_ERROR, "errorCode": code}));
    let error = json!({"code": status, "message": message, "status": word, "details": Vec::from_iter(details)});
    http(status, json!({"error": error}).to_string())
}

fn answer(remote: Remote, request: &Request) -> Result<Answer, &'static str> {
    let invalid = || error(400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT"));
    Ok(match remote {
        Remote::Accepts => sent(),
        Remote::RefusesSome if request.body.contains(UNWANTED) => {
            let message = &request.json()["message"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (body, token) = (text(&message["notification"]["body"]), text(&message["token"]));
            let said = format!("Cannot send '{body}' to {token}");
            error_saying(&said, 400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT"))
        }
        Remote::RefusesSome => sent(),
        Remote::Refuses(RefusalKind::Throttled) => error(429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")),
        Remote::Refuses(RefusalKind::Unavailable) => error(503, "UNAVAILABLE", Some("UNAVAILABLE")),
        Remote::Refuses(RefusalKind::Unregistered) => error(404, "NOT_FOUND", Some("UNREGISTERED")),
        Remote::Refuses(RefusalKind::Content) => invalid(),
        Remote::Refuses(RefusalKind::Configuration) => error(404, "NOT_FOUND", None),
        Remote::Refuses(RefusalKind::Other) => error(400, "FAILED_PRECONDITION", None),
        Remote::Refuses(_) => return Err("FCM has no such error"),
        _ => error(500, "INTERNAL", Some("INTERNAL")),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    if request.path != SEND {
        return Vec::new();
    }
    let body = request.json();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    vec![Arrival {
        message_id: text(&body["message"]["data"]["id"]),
        to: text(&body["message"]["token"]),
        body: text(&body["message"]["notification"]["body"]),
        rehearsal: body["validate_only"] == true,
    }]
}

fn push(platform: Platform) -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse("+12025550123").unwrap();
    Message::queued(
        &cause,
        Kind::Reply,
        Some(to),
        "Booked: ABC1".into(),
        Timestamp::UNIX_EPOCH,
    )
    .pushed_to(DeviceToken::parse(DEVICE).unwrap(), platform)
}

/// How often tokens were asked for, and pushes handed over.
fn counts(remote: &RemoteSide) -> (usize, usize) {
    let requests = remote.requests();
    let tokens = requests.iter().filter(|request| request.path == TOKEN).count();
    (tokens, requests.len() - tokens)
}

fn refusal(outcome: &Outcome) -> Option<(RefusalKind, bool)> {
    match outcome {
        Outcome::Refused(refusal) => Some((refusal.kind, refusal.retryable)),
        Outcome::Unknown { .. } | Outcome::Accepted { .. } => None,
    }
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn k51_each_platform_replaces_by_our_id_and_android_keeps_more_than_four() {
    let id = push(Platform::Android).id;
    let id = id.as_str();
    let notification = json!({"title": "Shiftline", "body": "Booked: ABC1"});
    let data = json!({"id": id, "kind": "reply"});
    let cases = [
        (
            Platform::Android,
            json!({"token": DEVICE, "notification": notification, "data": data, "android": {
                "priority": "high", "ttl": "2700s",
                "notification": {"sound": "default", "tag": id},
            }}),
        ),
        (
            Platform::Ios,
            json!({"token": DEVICE, "notification": notification, "data": data, "apns": {
                "headers": {"apns-priority": "10", "apns-collapse-id": id, "apns-expiration": "3600"},
                "payload": {"aps": {"sound": "default"}},
            }}),
        ),
        (
            Platform::Web,
            json!({"token": DEVICE, "notification": notification, "data": data, "webpush": {
                "headers": {"TTL": "2700", "Urgency": "high"}, "notification": {"tag": id},
            }}),
        ),
    ];
    for (platform, message) in cases {
        let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
        let outcome = wire().provider_at(&remote.url).send(&push(platform)).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                provider_message_id: Some("0:15%31bd".into())
            }
        );
        let requests = remote.requests();
        let [_, request] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", SEND));
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {ACCESS_TOKEN}").as_str())
        );
        assert_eq!(
            request.json(),
            json!({"validate_only": false, "message": message}),
            "{platform:?}"
        );
        // Apple's limit, in bytes.
        assert!(id.len() <= 64);
    }
}

#[tokio::test]
async fn a_push_is_not_tried_after_it_expires() {
    let epoch = Timestamp::UNIX_EPOCH;
    for (expires_at, ttl) in [
        (epoch, "0s"),
        (epoch + 16.minutes(), "60s"),
        (epoch + 1440.hours(), "2419200s"),
    ] {
        let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
        let message = Message {
            expires_at,
            ..push(Platform::Android)
        };
        wire().provider_at(&remote.url).send(&message).await;
        assert_eq!(remote.requests()[1].json()["message"]["android"]["ttl"], ttl);
    }
}

#[tokio::test]
async fn a_payload_that_is_too_large_goes_nowhere() {
    let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
    let provider = wire().provider_at(&remote.url);
    for (body, fits) in [
        ("x".repeat(3000), true),
        ("x".repeat(3001), false),
        // Two bytes a letter.
        ("ж".repeat(1600), true),
        ("ж".repeat(2000), false),
        // Six bytes a character, as JSON writes it.
        ("\u{1}".repeat(800), false),
    ] {
        let length = body.len();
        let outcome = provider
            .send(&Message {
                body,
                ..push(Platform::Ios)
            })
            .await;
        let expected = (!fits).then_some((RefusalKind::Content, false));
        assert_eq!(refusal(&outcome), expected, "{length} bytes: {outcome:?}");
    }
    assert_eq!(counts(&remote).1, 2);
}

#[tokio::test]
async fn the_request_for_a_token_is_signed_by_the_service_account() {
    let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
    wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
    let requests = remote.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", TOKEN));
    assert_eq!(
        request.field("grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
    );
    let assertion = request.field("assertion").unwrap();
    let header = jsonwebtoken::decode_header(&assertion).unwrap();
    assert_eq!(
        (header.alg, header.typ.as_deref(), header.kid.as_deref()),
        (Algorithm::RS256, Some("JWT"), Some("key-1"))
    );
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_der(KEY.public_key().as_ref());
    let claims = jsonwebtoken::decode::<Value>(&assertion, &key, &validation)
        .unwrap()
        .claims;
    assert_eq!(
        claims,
        json!({
            "iss": "sender@shiftline-test.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": format!("{}{TOKEN}", remote.url),
            "iat": 900,
            "exp": 4500,
        })
    );
}

#[tokio::test]
async fn a_token_is_kept_until_a_minute_before_it_expires() {
    let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
    let second = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&second);
    let surroundings = Surroundings {
        now: Arc::new(move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap()),
        ..surroundings(&remote.url)
    };
    let provider = provider(&surroundings, &remote.url);
    // Good for 3599 s each time.
    for (now, asked) in [(0, 1), (1, 1), (3538, 1), (3539, 2), (7000, 2), (7078, 3)] {
        second.store(now, Ordering::Relaxed);
        let outcome = provider.send(&push(Platform::Android)).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        assert_eq!(counts(&remote).0, asked, "after {now} s");
    }
}

#[tokio::test]
async fn pushes_side_by_side_share_one_token_and_keep_their_order() {
    let remote = RemoteSide::start(|request| {
        granted(request).unwrap_or_else(|| {
            let token = request.json()["message"]["token"].as_str().unwrap().to_owned();
            let number: usize = token.trim_start_matches("device-").parse().unwrap();
            match number % 5 {
                0 => error(404, "NOT_FOUND", Some("UNREGISTERED")),
                _ => http(
                    200,
                    json!({"name": format!("projects/p/messages/{number}")}).to_string(),
                ),
            }
        })
    })
    .await;
    let provider = wire().provider_at(&remote.url);
    assert_eq!(provider.capabilities().batch, 500);
    let messages: Vec<Message> = (0..500)
        .map(|number| {
            let token = DeviceToken::parse(&format!("device-{number}")).unwrap();
            push(Platform::Android).pushed_to(token, Platform::Android)
        })
        .collect();
    let outcomes = provider.send_all(&messages).await;
    assert_eq!(outcomes.len(), 500);
    for (number, outcome) in outcomes.iter().enumerate() {
        let accepted = Outcome::Accepted {
            provider_message_id: Some(number.to_string()),
        };
        if number % 5 == 0 {
            assert_eq!(refusal(outcome), Some((RefusalKind::Unregistered, false)), "{number}");
        } else {
            assert_eq!(outcome, &accepted);
        }
    }
    assert_eq!(counts(&remote), (1, 500));
}

#[tokio::test]
async fn a_message_that_cannot_be_pushed_does_not_hold_up_its_batch() {
    let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
    let nobody = Message {
        device: None,
        ..push(Platform::Ios)
    };
    let messages = [push(Platform::Ios), nobody, push(Platform::Web)];
    let outcomes = wire().provider_at(&remote.url).send_all(&messages).await;
    let refusals: Vec<_> = outcomes.iter().map(refusal).collect();
    assert_eq!(refusals, [None, Some((RefusalKind::Recipient, false)), None]);
    assert_eq!(counts(&remote), (1, 2));
}

/// Pushes that carry one of the first `refused` access tokens are answered so.
async fn refusing(refused: usize, answer: fn() -> Answer) -> RemoteSide {
    let tokens = AtomicUsize::new(0);
    RemoteSide::start(move |request| {
        if request.path == TOKEN {
            let token = format!("{ACCESS_TOKEN}-{}", tokens.fetch_add(1, Ordering::Relaxed));
            return http(200, json!({"access_token": token, "expires_in": 3599}).to_string());
        }
        let (_, number) = request.header("authorization").unwrap().rsplit_once('-').unwrap();
        let number: usize = number.parse().unwrap();
        if number < refused { answer() } else { sent() }
    })
    .await
}

#[tokio::test]
async fn a_refused_access_token_is_replaced_once() {
    for unauthenticated in [|| error(401, "UNAUTHENTICATED", None), || http(401, "<html>")] {
        let remote = refusing(1, unauthenticated).await;
        let provider = wire().provider_at(&remote.url);
        let outcome = provider.send(&push(Platform::Android)).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        assert_eq!(counts(&remote), (2, 2));
        let bearers: Vec<String> = remote
            .requests()
            .iter()
            .filter_map(|request| Some(request.header("authorization")?.to_owned()))
            .collect();
        assert_eq!(
            bearers,
            [format!("Bearer {ACCESS_TOKEN}-0"), format!("Bearer {ACCESS_TOKEN}-1")]
        );

        let remote = refusing(usize::MAX, unauthenticated).await;
        let outcome = wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
        assert_eq!(refusal(&outcome), Some((RefusalKind::Configuration, false)));
        assert_eq!(counts(&remote), (2, 2));
    }
}

#[tokio::test]
async fn pushes_refused_together_ask_for_one_token() {
    let remote = refusing(1, || error(401, "UNAUTHENTICATED", None)).await;
    let messages = vec![push(Platform::Android); 20];
    let outcomes = wire().provider_at(&remote.url).send_all(&messages).await;
    let accepted = |outcome: &Outcome| matches!(outcome, Outcome::Accepted { .. });
    assert!(outcomes.iter().all(accepted), "{outcomes:?}");
    assert_eq!(counts(&remote), (2, 40));
}

#[tokio::test]
async fn apples_401_is_not_ours() {
    let remote = refusing(1, || error(401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR"))).await;
    let outcome = wire().provider_at(&remote.url).send(&push(Platform::Ios)).await;
    assert_eq!(refusal(&outcome), Some((RefusalKind::Configuration, false)));
    assert_eq!(counts(&remote), (1, 1));
}

#[tokio::test]
async fn without_an_access_token_nothing_leaves() {
    use RefusalKind::{Configuration, Throttled, Unavailable};
    let denied = |status, error: &str| {
        let body = json!({"error": error, "error_description": "Invalid JWT Signature."});
        http(status, body.to_string())
    };
    let cases = [
        (
            denied(400, "invalid_grant"),
            (Configuration, false),
            "no access token: invalid_grant: Invalid JWT Signature.",
        ),
        (
            http(401, r#"{"error":"invalid_client"}"#),
            (Configuration, false),
            "no access token: invalid_client",
        ),
        (http(404, "<html>"), (Configuration, false), "no access token: HTTP 404"),
        (http(429, ""), (Throttled, true), "no access token: HTTP 429"),
        (http(500, ""), (Unavailable, true), "no access token: HTTP 500"),
        (http(200, "<html>"), (Unavailable, true), "no access token: HTTP 200"),
        (http(200, "{}"), (Unavailable, true), "no access token: HTTP 200"),
        (
            http(200, r#"{"access_token":"","expires_in":1}"#),
            (Unavailable, true),
            "no access token: HTTP 200",
        ),
        (
            Answer::HangUp,
            (Unavailable, true),
            "no access token: the connection broke",
        ),
        (
            Answer::CutShort,
            (Unavailable, true),
            "no access token: the answer broke off",
        ),
        (Answer::Stall, (Unavailable, true), "no access token: no answer in time"),
    ];
    for (answered, expected, detail) in cases {
        let again = answered.clone();
        let remote = RemoteSide::start(move |_| again.clone()).await;
        let provider = wire().provider_at(&remote.url);
        let outcome = provider.send(&push(Platform::Android)).await;
        assert_eq!(refusal(&outcome), Some(expected), "{answered:?}: {outcome:?}");
        assert!(
            matches!(&outcome, Outcome::Refused(refusal) if refusal.detail == detail),
            "{outcome:?}"
        );
        assert_eq!(counts(&remote), (1, 0), "{answered:?}");
        let batch = provider.send_all(&vec![push(Platform::Android); 3]).await;
        assert_eq!(batch, vec![outcome; 3], "{answered:?}");
        assert_eq!(counts(&remote), (2, 0), "{answered:?}");
    }
    let provider = wire().provider_at(&remote_side::nowhere().await);
    let outcome = provider.send(&push(Platform::Android)).await;
    assert_eq!(refusal(&outcome), Some((Unavailable, true)));
}

#[tokio::test]
async fn those_who_wait_for_a_token_are_told_what_the_first_was_told() {
    let remote = RemoteSide::start(|_| http(500, "")).await;
    let provider = wire().provider_at(&remote.url);
    let push = push(Platform::Android);
    let sends = (0..20).map(|_| provider.send(&push));
    let outcomes = futures_util::future::join_all(sends).await;
    for outcome in outcomes {
        assert_eq!(refusal(&outcome), Some((RefusalKind::Unavailable, true)));
    }
    assert_eq!(counts(&remote), (1, 0));
    // The next one tries again.
    provider.send(&push).await;
    assert_eq!(counts(&remote), (2, 0));
}

/// The documented errors, and what is in front of FCM: a proxy, a firewall.
#[tokio::test]
async fn each_answer_has_its_outcome() {
    use RefusalKind::{Configuration, Content, Other, Throttled, Unavailable, Unregistered};
    let text = "The registration token is not a valid FCM registration token";
    let violation = json!({"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT", "details": [
        {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
        {"@type": "type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations": [{"field": "message.token", "description": text}]},
    ]}});
    let cases = [
        (
            error(404, "NOT_FOUND", Some("UNREGISTERED")),
            Some((Unregistered, false)),
        ),
        (http(400, violation.to_string()), Some((Unregistered, false))),
        (
            error(400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")),
            Some((Content, false)),
        ),
        (
            error(403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH")),
            Some((Configuration, false)),
        ),
        (
            error(429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")),
            Some((Throttled, true)),
        ),
        (
            error(503, "UNAVAILABLE", Some("UNAVAILABLE")),
            Some((Unavailable, true)),
        ),
        (error(500, "INTERNAL", Some("INTERNAL")), None),
        (
            error(401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR")),
            Some((Configuration, false)),
        ),
        (
            error(400, "INVALID_ARGUMENT", Some("UNSPECIFIED_ERROR")),
            Some((Other, false)),
        ),
        (error(500, "UNKNOWN", Some("UNSPECIFIED_ERROR")), None),
        (error(404, "NOT_FOUND", None), Some((Configuration, false))),
        (error(403, "PERMISSION_DENIED", None), Some((Configuration, false))),
        (http(404, "<html>Not Found</html>"), Some((Configuration, false))),
        (http(502, "<html>Bad Gateway</html>"), None),
        (http(503, ""), None),
        (http(200, "<html>It works!</html>"), None),
        (http(200, "{\"name\": \"proj"), None),
        (http(200, "{}"), None),
    ];
    for (answered, expected) in cases {
        let again = answered.clone();
        let remote = RemoteSide::start(move |request| granted(request).unwrap_or_else(|| again.clone())).await;
        let outcome = wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
        assert_eq!(refusal(&outcome), expected, "{answered:?}: {outcome:?}");
        assert!(!matches!(outcome, Outcome::Accepted { .. }), "{answered:?}");
        assert!(!format!("{outcome:?}").contains(DEVICE), "{outcome:?}");
        assert_eq!(counts(&remote), (1, 1), "{answered:?}");
    }
}

#[tokio::test]
async fn an_exhausted_quota_rests_for_a_minute_at_least() {
    for (headers, seconds) in [(vec![], 60), (vec![("retry-after", "90")], 90)] {
        let remote = RemoteSide::start(move |request| {
            granted(request).unwrap_or_else(|| {
                let Answer::Http { status, body, .. } = error(429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")) else {
                    unreachable!()
                };
                Answer::Http {
                    status,
                    headers: headers.clone(),
                    body,
                }
            })
        })
        .await;
        let outcome = wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
        let Outcome::Refused(refusal) = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal.not_before, Some(SignedDuration::from_secs(seconds)));
    }
}

#[tokio::test]
async fn the_sandbox_only_validates() {
    let remote = RemoteSide::start(|request| granted(request).unwrap_or_else(sent)).await;
    let sandbox = wire().provider_at(&remote.url).sandbox().unwrap();
    sandbox.send(&push(Platform::Android)).await;
    sandbox.send_all(&[push(Platform::Ios)]).await;
    let requests = remote.requests();
    let pushes: Vec<_> = requests.iter().filter(|request| request.path == SEND).collect();
    assert_eq!(pushes.len(), 2);
    assert!(pushes.iter().all(|request| request.json()["validate_only"] == true));
}

#[tokio::test]
async fn the_status_is_whether_there_is_an_access_token() {
    let denied = || {
        http(
            400,
            r#"{"error":"invalid_grant","error_description":"Account not found"}"#,
        )
    };
    for (answer, reachable, detail) in [
        (grant(), true, None),
        (
            denied(),
            false,
            Some("no access token: invalid_grant: Account not found"),
        ),
    ] {
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let status = wire().provider_at(&remote.url).status().await;
        assert_eq!((status.reachable, status.detail.as_deref()), (Some(reachable), detail));
        assert_eq!(counts(&remote), (1, 0));
    }
}

/// The service account of the test with some members changed, or taken away where they are `null`.
fn changed(members: &Value) -> String {
    let mut account = service_account("http://127.0.0.1:9");
    let account = account.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => account.remove(name),
            value => account.insert(name.clone(), value.clone()),
        };
    }
    serde_json::to_string(account).unwrap()
}

#[tokio::test]
async fn service_accounts_that_can_be_used() {
    let rsa_key: aws_lc_rs::encoding::Pkcs8V1Der<'_> = KEY.as_der().unwrap();
    let crlf = pem("PRIVATE KEY", rsa_key.as_ref()).replace('\n', "\r\n");
    for members in [
        json!({}),
        json!({"type": null, "private_key_id": null, "token_uri": null}),
        json!({"universe_domain": "googleapis.com"}),
        json!({"project_id": "example.com:shiftline"}),
        json!({"private_key": crlf}),
    ] {
        let account = changed(&members);
        let parameters = [("service-account", account.as_str()), ("title", "Café Sydhavn")];
        let (provider, problems) = set_up(&surroundings("http://127.0.0.1:9"), "http://127.0.0.1:9", &parameters);
        assert_eq!(problems, [""; 0], "{members}");
        assert!(provider.is_some());
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_told_all_at_once() {
    let broken_key = "fcm/service-account has a broken private_key: it is not an RSA key in PEM form that can sign";
    let other_type =
        "fcm/service-account is the key of something else than a service account: its type must be service_account";
    let long = "x".repeat(101);
    let cut = private_key();
    let cut = format!("{}\n-----END PRIVATE KEY-----\n", &cut[..cut.len() / 2]);
    let zeros = pem("PRIVATE KEY", &[0; 1200]);
    let literal = private_key().replace('\n', "\\n");
    let cases = [
        (" ".to_owned(), vec!["fcm/service-account is missing"]),
        (
            "{".to_owned(),
            vec!["fcm/service-account is not JSON (line 1, column 1)"],
        ),
        (
            "-----BEGIN PRIVATE KEY-----".to_owned(),
            vec!["fcm/service-account is not JSON (line 1, column 2)"],
        ),
        (
            "[7]".to_owned(),
            vec!["fcm/service-account is JSON of another shape than it must have (line 1, column 2)"],
        ),
        (changed(&json!({"type": "authorized_user"})), vec![other_type]),
        (
            changed(&json!({"project_id": null})),
            vec!["fcm/service-account has no usable project_id"],
        ),
        (
            changed(&json!({"project_id": "a/b"})),
            vec!["fcm/service-account has no usable project_id"],
        ),
        (
            changed(&json!({"client_email": null})),
            vec!["fcm/service-account has no usable client_email"],
        ),
        (
            changed(&json!({"client_email": "me"})),
            vec!["fcm/service-account has no usable client_email"],
        ),
        (
            changed(&json!({"token_uri": "oauth2.googleapis.com"})),
            vec!["fcm/service-account has a token_uri that is no address"],
        ),
        (
            changed(&json!({"private_key": null})),
            vec!["fcm/service-account has no private_key"],
        ),
        (changed(&json!({"private_key": ""})), vec![broken_key]),
        (changed(&json!({"private_key": "hunter2"})), vec![broken_key]),
        (changed(&json!({"private_key": cut})), vec![broken_key]),
        (changed(&json!({"private_key": zeros})), vec![broken_key]),
        (changed(&json!({"private_key": literal})), vec![broken_key]),
        (
            json!({"type": "external_account", "token_uri": "x", "private_key": "hunter2"}).to_string(),
            vec![
                other_type,
                "fcm/service-account has no usable project_id",
                "fcm/service-account has no usable client_email",
                "fcm/service-account has a token_uri that is no address",
                broken_key,
            ],
        ),
    ];
    for (account, expected) in cases {
        let parameters = [
            ("service-account", account.as_str()),
            ("title", &long),
            ("base-url", "fcm.googleapis.com"),
        ];
        let (provider, problems) = set_up(&surroundings("http://127.0.0.1:9"), "http://127.0.0.1:9", &parameters);
        let others = [
            "fcm/title must have at most 100 characters",
            "fcm/base-url must be an address that begins with http:// or https://",
        ];
        assert_eq!(problems, [expected, others.to_vec()].concat());
        assert!(provider.is_none() || account.contains("token_uri"), "{problems:?}");
        let told = problems.join("\n");
        assert!(!told.contains("hunter2") && !told.contains("PRIVATE KEY"), "{told}");
    }
}
