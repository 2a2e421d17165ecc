//! Calls by providers: who is let in, what is recorded, and the answer each is owed.

mod down;

use application::inbound::InboundId;
use application::memory::{FixedClock, MemoryQueue, MemoryStore};
use application::port::{Outbox, ProviderHealth, Receipts};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::message::{Cause, Kind, Message, MessageId, Status};
use domain::phone_number::PhoneNumber;
use messaging::callback::LONGEST_BODY;

use self::down::Down;
use super::*;

const GSM: &str = "gsm-token-0123456789abcdef01234567";
const GSM_BEFORE: &str = "gsm-before-0123456789abcdef01234567";
const GSM_INBOUND: &str = "gsm-inbound-0123456789abcdef0123456";
const FAST2SMS: &str = "fast2sms-token-0123456789abcdef012";

/// The text that the gateways report of.
const MESSAGE: &str = "reply-1";
const ANNA: &str = "+12025550123";

const REPORT: &str = r#"{"type":"status-report","rpt_num":1,"rpts":[{"tid":1223,"sending":0,"sent":1,"failed":0,"unsent":0,
    "sdr":[[0,"12025550123","1.01",1795197600]]}]}"#;

fn now() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}

fn values() -> Values {
    let values = [
        ("gsm/webhook-token", GSM),
        ("gsm/webhook-token-previous", GSM_BEFORE),
        ("gsm/inbound-token", GSM_INBOUND),
        ("gsm/ports", r#"{"1":"+12025550100"}"#),
        ("fast2sms/webhook-token", FAST2SMS),
        ("twilio/auth-token", "new-auth-token"),
        ("twilio/auth-token-previous", "old-auth-token"),
    ];
    values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn webhook<Store>(store: &Store, texts: &(impl InboundQueue + Clone + 'static)) -> Webhook
where
    Store: Outbox + Receipts + ProviderHealth + Clone + 'static,
{
    let store = Arc::new(store.clone());
    Webhook {
        receipts: RecordReceipt {
            outbox: Arc::<Store>::clone(&store),
            receipts: Arc::<Store>::clone(&store),
            health: Arc::<Store>::clone(&store),
            clock: Arc::new(FixedClock::at(now())),
        },
        texts: Arc::new(texts.clone()),
    }
}

/// A text whose outcome is not known, so that every report shows in it.
fn message(provider: &str, provider_message_id: &str) -> Message {
    let cause = Cause::Inbound { inbound_id: "1" };
    let to = PhoneNumber::parse(ANNA).unwrap();
    Message {
        id: MessageId::from_text(MESSAGE),
        status: Status::Unknown,
        attempt: 1,
        provider: Some(provider.to_owned()),
        provider_message_id: Some(provider_message_id.to_owned()),
        ..Message::queued(&cause, Kind::Reply, Some(to), "Shift booked.".to_owned(), now())
    }
}

fn request(method: Method, address: &str, body: &str) -> Request {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    Request {
        method,
        path: format!("/sms-gateway{path}"),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        source: None,
    }
}

impl Request {
    fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }
}

fn post(address: &str, body: &str) -> Request {
    request(Method::POST, address, body)
}

async fn status(webhook: &Webhook, request: &Request) -> u16 {
    handle(webhook, &values(), request, &mut Metrics::default())
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// The state of the message after one call about it.
async fn told(provider: &str, provider_message_id: &str, request: &Request) -> (u16, Status) {
    let store = MemoryStore::default();
    store
        .put_new(vec![message(provider, provider_message_id)])
        .await
        .unwrap();
    let status = status(&webhook(&store, &Down), request).await;
    (status, store.messages().swap_remove(0).status)
}

#[tokio::test]
async fn strangers_hear_nothing_and_cost_nothing() {
    // Whatever asked this store would fail.
    let webhook = webhook(&Down, &Down);
    let skyline = |token: &str| format!("/handle-serverless/{token}");
    let fast2sms = |token: &str| format!("/fast2sms/{token}");
    for request in [
        post("/", REPORT),
        post("/elsewhere", REPORT),
        post("/handle-serverlessness", REPORT),
        post("/handle-serverless", REPORT),
        post("/handle-serverless/", REPORT),
        post("/handle-serverless?token=", REPORT),
        post("/handle-serverless?token=wrong", REPORT),
        post(&skyline("wrong"), REPORT),
        post(&skyline(&GSM[..33]), REPORT),
        post(&skyline(FAST2SMS), REPORT),
        post(&format!("{}/more", skyline(GSM)), REPORT),
        request(Method::GET, &skyline(GSM), ""),
        request(Method::PUT, &skyline(GSM), REPORT),
        post(&skyline("wrong"), &"x".repeat(300_000)),
        post(&fast2sms("wrong"), &"x".repeat(300_000)),
        post(&fast2sms(GSM), "{}"),
        request(Method::DELETE, &fast2sms(FAST2SMS), ""),
        post("/twilio", ""),
        post("/twilio/voice", ""),
        post("/twilio/status", "MessageSid=SM1&MessageStatus=delivered"),
        post("/twilio/inbound", &"x".repeat(300_000)),
        post("/twilio/inbound", "Body=x").with_header("x-twilio-signature", "qaVa/TIQVV/+7x2rSg5/4kkKmcY="),
        post("/twilio/inbound", &"x".repeat(300_000)).with_header("x-twilio-signature", "qaVa/TIQVV/+7x2rSg5/4kkKmcY="),
    ] {
        let response = handle(&webhook, &values(), &request, &mut Metrics::default())
            .await
            .unwrap();
        assert_eq!(response.status(), 404, "{}", request.path);
        assert!(
            response.body().is_empty() && response.headers().is_empty(),
            "{}",
            request.path
        );
    }
    let nothing_set_up = Values::new();
    for address in [skyline(GSM), fast2sms(FAST2SMS), "/twilio/status".to_owned()] {
        let response = handle(
            &webhook,
            &nothing_set_up,
            &post(&address, REPORT),
            &mut Metrics::default(),
        )
        .await
        .unwrap();
        assert_eq!(response.status(), 404, "{address}");
    }
}

#[tokio::test]
async fn a_report_moves_the_message_it_is_about() {
    let json = r#"{"request_id":"r1","status":"delivered","mobile":"2025550123","udf1":"reply-1"}"#;
    let form = "request_id=r1&status=failed&udf1=reply-1";
    let skyline = format!("/handle-serverless/{GSM}");
    let before = format!("/handle-serverless/{GSM_BEFORE}");
    let inbound = format!("/handle-serverless/{GSM_INBOUND}");
    let in_query = format!("/handle-serverless?token={GSM}");
    let fast2sms = format!("/fast2sms/{FAST2SMS}");
    let asked = format!("/fast2sms?token={FAST2SMS}&{form}");
    for (provider, id, request, expected) in [
        ("skyline", "1223", post(&skyline, REPORT), Status::Sent),
        ("skyline", "1223", post(&before, REPORT), Status::Sent),
        ("skyline", "1223", post(&inbound, REPORT), Status::Sent),
        ("skyline", "1223", post(&in_query, REPORT), Status::Sent),
        ("skyline", "9", post(&skyline, REPORT), Status::Unknown),
        // A receipt counts only for a message that was sent through its gateway.
        ("fast2sms", "1223", post(&skyline, REPORT), Status::Unknown),
        ("fast2sms", "r1", post(&fast2sms, json), Status::Delivered),
        ("fast2sms", "r1", post(&fast2sms, form), Status::Undelivered),
        (
            "fast2sms",
            "r1",
            request(Method::PUT, &fast2sms, json),
            Status::Delivered,
        ),
        ("fast2sms", "r1", request(Method::GET, &asked, ""), Status::Undelivered),
        ("twilio", "r1", post(&fast2sms, json), Status::Unknown),
    ] {
        let moved = told(provider, id, &request).await;
        assert_eq!(moved, (200, expected), "{provider} {id} {}", request.path);
    }
}

/// The text of a person, in the words of each gateway that brings any.
fn texts() -> [(&'static str, Request, &'static str); 2] {
    let pushed = r#"{"type":"recv-sms","sms_num":1,"sms":[[0,"1.01",1795197600,"12025550123","","UkVRVUVTVA=="]]}"#;
    let form = "MessageSid=SM2&From=%2B12025550123&To=%2B12025550100&Body=REQUEST";
    let signed = post("/twilio/inbound", form)
        .with_header("host", "hooks.example")
        .with_header("x-twilio-signature", "+uivjDff9NRyjLwvDx8aXq+usNs=");
    [
        (
            "skyline",
            post(&format!("/handle-serverless/{GSM}"), pushed),
            r#"{"code":200,"reason":"OK"}"#,
        ),
        ("twilio", signed, r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#),
    ]
}

#[tokio::test]
async fn k36_a_text_is_accepted_while_the_store_is_down() {
    for (provider, request, answer) in texts() {
        let queue = MemoryQueue::default();

        let response = handle(&webhook(&Down, &queue), &values(), &request, &mut Metrics::default())
            .await
            .unwrap();

        assert_eq!((response.status().as_u16(), response.body().as_str()), (200, answer));
        let queued = queue.texts();
        let [(QueuedText { text, .. }, SignedDuration::ZERO)] = queued.as_slice() else {
            panic!("{queued:?}")
        };
        assert_eq!((text.provider.as_str(), text.body.as_str()), (provider, "REQUEST"));
        assert_eq!(text.from.as_str(), ANNA);
        assert_eq!(text.to, "+12025550100", "the number of the SIM card, or of the account");
    }
}

/// What fills a part to its end may go on, and is served alone where nothing does.
#[tokio::test]
async fn k54_a_text_that_may_go_on_is_queued_a_second_time_for_later() {
    let queue = MemoryQueue::default();
    let webhook = webhook(&Down, &queue);
    let full = STANDARD.encode("a".repeat(153));
    let body = format!(r#"{{"type":"recv-sms","sms":[[0,"1.01",1795197600,"12025550123","","{full}"]]}}"#);

    assert_eq!(
        status(&webhook, &post(&format!("/handle-serverless/{GSM}"), &body)).await,
        200
    );

    let queued: Vec<_> = queue.texts();
    let queued: Vec<_> = queued
        .iter()
        .map(|(queued, delay)| (queued.has_waited, delay.as_secs(), queued.received_at))
        .collect();
    assert_eq!(queued, [(true, 11, now()), (false, 0, now())]);
}

#[tokio::test]
async fn k36_texts_of_a_call_are_queued_in_their_order_before_its_reports_fail() {
    // REQUEST twice, and MINE.
    let texts: Vec<String> = ["UkVRVUVTVA==", "UkVRVUVTVA==", "TUlORQ=="]
        .iter()
        .zip(1_795_197_600..)
        .map(|(body, at)| format!(r#"[0,"1.01",{at},"12025550123","","{body}"]"#))
        .collect();
    let receipt = r#"[1,"1.01",1795197600,"12025550100","12025550123","0 x"]"#;
    let body = format!(r#"{{"type":"recv-sms","sms":[{receipt},{}]}}"#, texts.join(","));
    let request = post(&format!("/handle-serverless/{GSM}"), &body);
    let queue = MemoryQueue::default();

    let failed = handle(&webhook(&Down, &queue), &values(), &request, &mut Metrics::default())
        .await
        .unwrap_err();

    assert!(
        matches!(failed, FunctionError::Store(StoreError::Unavailable(_))),
        "{failed}"
    );
    let texts = queue
        .texts()
        .into_iter()
        .map(|(queued, _)| (queued.text.id, queued.text.body));
    let (ids, bodies): (Vec<InboundId>, Vec<String>) = texts.unzip();
    assert_eq!(bodies, ["REQUEST", "REQUEST", "MINE"]);
    assert_ne!(ids[0], ids[1], "the time of each tells them apart");
}

#[tokio::test]
async fn a_bad_row_stops_no_other() {
    let body = r#"{"type":"status-report","rpts":[{"tid":-5},{"tid":1223,"sdr":[[0],[0,"12025550123","1.01",1795197600]]},7]}"#;
    let request = post(&format!("/handle-serverless/{GSM}"), body);
    assert_eq!(told("skyline", "1223", &request).await, (200, Status::Sent));
}

#[tokio::test]
async fn a_gateway_that_makes_no_sense_is_told_so() {
    let webhook = webhook(&Down, &Down);
    for (address, body, expected) in [
        (format!("/handle-serverless/{GSM}"), "not JSON".to_owned(), 400),
        (format!("/handle-serverless/{GSM}"), String::new(), 400),
        (format!("/handle-serverless/{GSM}"), "[]".to_owned(), 400),
        (
            format!("/handle-serverless/{GSM}"),
            r#"{"type":"dev-status"}"#.to_owned(),
            200,
        ),
        (
            format!("/handle-serverless/{GSM}"),
            r#"{"type":"received-sms"}"#.to_owned(),
            200,
        ),
        (format!("/handle-serverless/{GSM}"), "x".repeat(LONGEST_BODY), 400),
        (format!("/handle-serverless/{GSM}"), "x".repeat(LONGEST_BODY + 1), 413),
        (format!("/fast2sms/{FAST2SMS}"), "x".repeat(LONGEST_BODY + 1), 413),
        (format!("/fast2sms/{FAST2SMS}"), "{".to_owned(), 400),
        (format!("/fast2sms/{FAST2SMS}"), String::new(), 400),
    ] {
        assert_eq!(status(&webhook, &post(&address, &body)).await, expected, "{address}");
    }
}

/// The answer asks the gateway to try again, and says nothing else.
#[tokio::test]
async fn what_neither_the_queue_nor_the_store_took_is_a_failure() {
    let webhook = webhook(&Down, &Down);
    let report = post(&format!("/handle-serverless/{GSM}"), REPORT);
    for request in texts().map(|(_, request, _)| request).into_iter().chain([report]) {
        let failed = handle(&webhook, &values(), &request, &mut Metrics::default())
            .await
            .unwrap_err();
        assert!(
            matches!(failed, FunctionError::Store(StoreError::Unavailable(_))),
            "{failed}"
        );
    }
}

const STATUS_FORM: &str = "MessageSid=SM1&MessageStatus=delivered&To=%2B12025550123";

/// The signatures were made outside of this code, with the address in the second column.
#[tokio::test]
async fn twilio_is_known_by_its_signature_over_the_public_address() {
    let https = [("host", "hooks.example"), ("x-forwarded-proto", "https")];
    let http = [("host", "hooks.example"), ("x-forwarded-proto", "http")];
    let evil = [("host", "evil.example"), ("x-forwarded-proto", "https")];
    let genuine = (200, Status::Delivered);
    let refused = (404, Status::Unknown);
    for (what, headers, signature, expected) in [
        ("the new token", &https[..], "qaVa/TIQVV/+7x2rSg5/4kkKmcY=", genuine),
        (
            "the old one, meanwhile",
            &https,
            "9JoooJkaYrjBGBj2pVVx5JdZbek=",
            genuine,
        ),
        ("another account's", &https, "1VdlisXwzg9RdKdMc4oVVeqyVjY=", refused),
        ("without TLS", &http, "OSMjc2aj1prO0zG47DDvL9BOrDI=", genuine),
        ("of another scheme", &https, "OSMjc2aj1prO0zG47DDvL9BOrDI=", refused),
        ("of another host", &evil, "qaVa/TIQVV/+7x2rSg5/4kkKmcY=", refused),
        ("no signature at all", &https, "", refused),
    ] {
        let mut request = post("/twilio/status?message-id=reply-1", STATUS_FORM);
        for (name, value) in headers {
            request = request.with_header(name, value);
        }
        let request = request.with_header("x-twilio-signature", signature);
        assert_eq!(told("twilio", "SM1", &request).await, expected, "{what}");
    }
}

#[tokio::test]
async fn an_allow_list_holds_for_everybody() {
    for (path, address, body) in [
        ("gsm", format!("/handle-serverless/{GSM}"), r#"{"type":"dev-status"}"#),
        ("fast2sms", format!("/fast2sms/{FAST2SMS}"), r#"{"status":"delivered"}"#),
        ("twilio", "/twilio/status?message-id=reply-1".to_owned(), STATUS_FORM),
    ] {
        let mut values = values();
        values.insert(format!("{path}/allowed-sources"), "192.0.2.0/24".to_owned());
        let store = MemoryStore::default();
        for (source, expected) in [("192.0.2.9", 200), ("198.51.100.1", 404)] {
            let mut request = post(&address, body)
                .with_header("host", "hooks.example")
                .with_header("x-twilio-signature", "qaVa/TIQVV/+7x2rSg5/4kkKmcY=");
            request.source = source.parse().ok();
            let response = handle(&webhook(&store, &Down), &values, &request, &mut Metrics::default())
                .await
                .unwrap();
            assert_eq!(response.status(), expected, "{path} {source}");
        }
    }
}
