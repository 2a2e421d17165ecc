//! Compares the template's roles with the functions' calls: no call is refused, and no allowed action is unused.
//!
//! Every other test runs under the same roles, since the AWS endpoint holds each function to its own.

use std::collections::BTreeSet;
use std::time::Duration;

use local_aws::principal::Principal;
use local_aws::template::{DEPLOYED, Decision, local_parameters};
use local_stack::stack::{Options, Stack, StartError};
use serde_json::{Value, json};
use tests::{LONG_AGO, Product, stage, waiting};

use crate::providers::GATEWAY_WEBHOOK;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const CHIDI: &str = "+12025550103";
const DANA: &str = "+12025550104";
/// Works for another organisation than the others do.
const EMMA: &str = "+12025550105";
const STRANGER: &str = "+12025550150";

/// What the story of [`roles_allow_what_is_needed_and_nothing_else`] leaves unused.
const UNUSED: [(&str, &str); 17] = [
    // A campaign that is held says so on its row: `lines` plays it.
    ("BulkSenderFunction", "dynamodb:UpdateItem on table/shiftline-campaigns"),
    // Texts of pools and sender IDs: `identities` plays them.
    ("BulkSenderFunction", "sms-voice:SendTextMessage on pool/*"),
    ("BulkSenderFunction", "sms-voice:SendTextMessage on sender-id/*"),
    ("InteractiveSenderFunction", "sms-voice:SendTextMessage on pool/*"),
    ("InteractiveSenderFunction", "sms-voice:SendTextMessage on sender-id/*"),
    // No receipt says anything of a number: `receipts` plays both.
    ("GatewayWebhookFunction", "dynamodb:GetItem on table/shiftline-contacts"),
    (
        "GatewayWebhookFunction",
        "dynamodb:UpdateItem on table/shiftline-contacts",
    ),
    ("OutboxSweepFunction", "dynamodb:GetItem on table/shiftline-contacts"),
    ("OutboxSweepFunction", "dynamodb:UpdateItem on table/shiftline-contacts"),
    // A provider that takes texts again is held no longer: `lines` plays it.
    (
        "InteractiveSenderFunction",
        "dynamodb:DeleteItem on table/shiftline-records",
    ),
    // A campaign that is refused for its budget loses its timer: `budget` plays it.
    (
        "ShiftCampaignsFunction",
        "dynamodb:DeleteItem on table/shiftline-records",
    ),
    // Codes and their limit, and the erasure of messages about a person: `notices` and `erasure` cover them.
    ("ApiFunction", "dynamodb:UpdateItem on table/shiftline-contacts"),
    ("ApiFunction", "dynamodb:UpdateItem on table/shiftline-messages"),
    // A contact that nobody can be is usually rejected before a campaign meets it.
    (
        "CampaignSweepFunction",
        "dynamodb:UpdateItem on table/shiftline-contacts",
    ),
    (
        "ShiftCampaignsFunction",
        "dynamodb:UpdateItem on table/shiftline-contacts",
    ),
    // Without a Pinpoint project there is nothing to hand campaigns to; `campaigns_may_be_handed_to_pinpoint` has one.
    ("BulkSenderFunction", "mobiletargeting:CreateCampaign on apps/"),
    (
        "BulkSenderFunction",
        "mobiletargeting:CreateCampaign on apps//campaigns",
    ),
];

/// What a sender needs when a receipt is recorded before the answer it is about, which is a matter of luck.
const WHEN_A_RECEIPT_COMES_FIRST: [&str; 2] = [
    "BulkSenderFunction: dynamodb:GetItem on table/shiftline-messages",
    "InteractiveSenderFunction: dynamodb:GetItem on table/shiftline-messages",
];

/// Lambda's own use of every role: no log group is emulated, and the story makes nothing fail for good.
const BY_LAMBDA: [&str; 3] = ["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"];

#[tokio::test]
async fn roles_allow_what_is_needed_and_nothing_else() {
    let (by_aws, by_gateways, reminding) = tokio::join!(carried_by_aws(), carried_by_gateways(), reminding());

    for product in [&by_aws, &by_gateways, &reminding] {
        assert!(product.all_failures().is_empty(), "{:?}", product.all_failures());
        assert_eq!(refused(product), BTreeSet::new());
    }
    let expected: BTreeSet<_> = UNUSED
        .map(|(function, permission)| format!("{function}: {permission}"))
        .into();
    let mut unused: BTreeSet<String> = &(&unused(&by_aws) & &unused(&by_gateways)) & &unused(&reminding);
    unused.retain(|permission| !WHEN_A_RECEIPT_COMES_FIRST.contains(&permission.as_str()));
    assert_eq!(unused, expected);
}

/// The product as it is without any parameter, after everything that happens to it.
async fn carried_by_aws() -> Product {
    let product = crate::product().await;
    furnish(&product).await;
    announce(&product).await;
    spend(&product).await;
    converse(&product).await;
    meet_refusals(&product).await;
    sweep(&product).await;
    receive(&product).await;
    manage(&product).await;
    product
}

/// The product with gateways that may only be given so much, and apps of its employees.
async fn carried_by_gateways() -> Product {
    let options = Options {
        provider: Some("skyline".to_owned()),
        ..tests::options(crate::FUNCTION)
    };
    let product = Product::start(options).await;
    furnish(&product).await;
    for (name, value) in [
        ("routing", r#"{"*":["skyline","twilio"]}"#),
        ("gsm/rate", "100/s"),
        ("twilio/rate", "100/s"),
        ("fcm/is-enabled", "false"),
    ] {
        product.put_parameter(name, value).await;
    }
    // New processes read the parameters at once.
    product.kill("InteractiveSenderFunction").await;
    product.kill("BulkSenderFunction").await;
    converse(&product).await;
    route(&product).await;
    push(&product).await;
    park_receipts(&product).await;
    ask(&product).await;
    product
}

/// A product without event sources, so that it is certain which function handles which record.
async fn reminding() -> Product {
    let product = Product::start(stage::woken_by_nobody(crate::FUNCTION, Duration::ZERO)).await;
    product.stack.clock().set(waiting::NOW.parse().unwrap()).unwrap();
    let customers = (0..8).map(stage::employee).chain([ANNA.to_owned(), BEN.to_owned()]);
    for phone in customers {
        product.put_employee(&phone).await;
    }
    take_up(&product).await;
    hold_workshop(&product).await;
    remind(&product).await;
    product
}

/// An appointment that is new, one that becomes another customer's, and one whose customer was asked whether they will come.
async fn take_up(product: &Product) {
    for case in [
        "appointment",
        "appointment_of_another_customer",
        "appointment_already_notified",
    ] {
        let mut event = tests::event("record-changes", case);
        let image = &mut event["Records"][0]["dynamodb"]["NewImage"];
        if case == "appointment_already_notified" {
            image["confirmation"] = json!({ "S": "sending" });
            image["question"] = question(&image["revision"]);
        }
        product.put("records", image.clone()).await;
        product.invoke("RecordChangesFunction", &event).await.unwrap();
    }
    assert_eq!(product.rows("messages").await.len(), 3);
}

/// The question of that revision, in a message that is gone.
fn question(revision: &Value) -> Value {
    json!({ "M": { "message_id": { "S": "appointment-confirmation-0" }, "revision": revision } })
}

/// A sequence run for a registrant and cancelled.
async fn hold_workshop(product: &Product) {
    let rows = [
        json!({ "pk": "template#t1", "sk": "template", "content": "See you soon." }),
        json!({
            "pk": "sequence#s1", "sk": "sequence", "steps": r#"[{"id":"welcome","template":"t1","at":"09:30","label":"Welcome"}]"#,
        }),
        json!({ "pk": "tag#pottery", "sk": "tag", "sequence": "s1" }),
        json!({ "pk": "workshop#w1", "sk": "registrant#r1", "phone": ANNA }),
        json!({ "pk": "workshop#w1", "sk": "workshop", "tag": "pottery", "date": "2027-03-20", "zone": "Asia/Kolkata" }),
    ];
    for row in rows {
        product.put("records", row).await;
    }
    let key = json!({ "pk": "workshop#w1", "sk": "workshop" });
    for (order, status) in [("run", "scheduled"), ("cancel", "cancelled")] {
        product.set("records", &key, order, &json!("yes")).await;
        let mut event = tests::event("record-changes", "booking");
        event["Records"][0]["dynamodb"]["NewImage"] =
            json!({ "pk": { "S": "workshop#w1" }, "sk": { "S": "workshop" } });
        product.invoke("RecordChangesFunction", &event).await.unwrap();
        let rows = product.rows("records").await;
        assert!(
            rows.iter()
                .any(|row| row["sk"] == "workshop" && row["status"] == status),
            "{rows:?}"
        );
    }
}

/// Everything that waits for its time, once.
async fn remind(product: &Product) {
    let mut asked = waiting::confirmation(1);
    asked["confirmation"] = json!("sending");
    asked["question"] = question(&json!({ "N": asked["revision"].to_string() }));
    asked["asked"] = asked["revision"].clone();
    stage::fill(product, "shifts", std::iter::once(waiting::shift(5)));
    let records = [
        asked,
        waiting::review(0),
        waiting::confirmation(2),
        waiting::notice(3),
        waiting::notice(4),
        waiting::booking(5),
    ];
    stage::fill(product, "records", records.into_iter().chain(waiting::device(6)));
    for (sweep, counted, count) in [
        ("reviews", "fired", 1),
        ("confirmations", "fired", 2),
        ("notices", "fired", 2),
        ("bookings", "reminded", 1),
        ("devices", "removed", 1),
    ] {
        let event = tests::event("reminder-sweep", sweep);
        let counts = product.invoke("ReminderSweepFunction", &event).await.unwrap();
        assert_eq!(counts[counted], count, "{sweep}: {counts}");
    }
}

async fn furnish(product: &Product) {
    for phone in [ANNA, BEN, CHIDI, DANA] {
        product.put_employee(phone).await;
    }
    product.put_shift("ABC1", "Mon 9-5").await;
    product.put_shift("MiXeD7", "Tue 9-5").await;
    // It says at once what is wrong with it.
    let unreadable = json!({ "shift_id": "SOON1", "starts_at": "soon" });
    product.put("shifts", unreadable).await;
    let organisation = json!({ "pk": "organisation#north", "sk": "settings" });
    product.put("records", organisation).await;
    let employee_of_north = json!({ "phone": EMMA, "organisation": "north" });
    product.put("contacts", employee_of_north).await;
    let of_north = json!({ "shift_id": "NORTH1", "shift_status": "available", "organisation": "north" });
    product.put("shifts", of_north).await;
}

/// A text of each lane that any of the gateways may carry.
async fn route(product: &Product) {
    let text = |lane: &str, kind: &str| {
        json!({
            "message_id": format!("{kind}-0123456789"), "status": "queued", "lane": lane, "channel": "sms", "kind": kind,
            "to": CHIDI, "body": "Snow today.", "attempt": 0, "created_at": "2026-11-20T12:00:00.000Z",
            "expires_at": "2126-11-20T12:00:00.000Z",
        })
    };
    for (lane, kind) in [("interactive", "reply"), ("bulk", "announcement")] {
        match lane {
            "bulk" => product.put_in_line(text(lane, kind)).await,
            _ => product.put("messages", text(lane, kind)).await,
        }
        let id = format!("{kind}-0123456789");
        let delivered = async || {
            // A receipt that comes before the answer it is about waits for the sweep, which no schedule runs here.
            product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
            message(product, |row| row["message_id"] == id && row["status"] == "delivered").await
        };
        product.until("the receipt", delivered).await;
    }
}

/// An announcement to the app of somebody who has removed it.
async fn push(product: &Product) {
    let device = |pk: &str, sk: &str| {
        json!({
            "pk": pk, "sk": sk, "token": "dead-1", "platform": "android", "owner": DANA,
            "last_seen_at": "2026-11-20T12:00:00.000Z",
        })
    };
    let digest = domain::digest::digest(&["dead-1"]);
    let (device_key, owner_key) = (format!("device#{digest}"), format!("employee#{DANA}"));
    product.put("records", device(&device_key, "device")).await;
    product.put("records", device(&owner_key, &device_key)).await;
    let campaign = json!({ "campaign_id": "push", "message": "Snow today.", "channel": "push" });
    product.put("campaigns", campaign).await;
    let removed = async || {
        let records = product.rows("records").await;
        records.iter().all(|row| row["token"] != "dead-1").then_some(())
    };
    product.until("the device to be removed", removed).await;
}

/// Reports that come before the message they are about is known by its id: that the network took it, and, by number alone,
/// that the phone has it.
async fn park_receipts(product: &Product) {
    let sent = json!({ "type": "status-report", "rpts": [{ "tid": 77, "sdr": [[0, "12025550177", "1.01", 4_950_871_200_i64]] }] });
    let receipt = json!([
        1,
        "1.01",
        4_950_871_253_i64,
        "12025550100",
        "12025550177",
        "0 26112018005332"
    ]);
    let received = json!({ "type": "recv-sms", "sms": [receipt] });
    for report in [sent, received] {
        let call = product
            .http(reqwest::Method::POST, GATEWAY_WEBHOOK)
            .body(report.to_string());
        assert!(call.send().await.unwrap().status().is_success());
    }
    try_again(product).await;
    assert_eq!(parked(product).await.len(), 2);

    let text = json!({
        "message_id": "reply-77", "status": "sent", "lane": "interactive", "channel": "sms", "kind": "reply",
        "to": "+12025550177", "body": "Snow today.", "attempt": 1, "created_at": "2026-11-20T12:00:00.000Z",
        "expires_at": "2126-11-20T12:00:00.000Z", "provider": "skyline", "provider_message_id": "77",
    });
    product.put("messages", text).await;
    // The report by id first, which says that one without it may follow.
    while !parked(product).await.is_empty() {
        try_again(product).await;
    }
    let row = product.row("messages", "message_id", "reply-77").await.unwrap();
    assert_eq!(row["status"], "delivered");
}

async fn parked(product: &Product) -> Vec<Value> {
    let records = product.rows("records").await;
    let is_parked = |row: &Value| row["pk"].as_str().unwrap().starts_with("receipt#");
    records.into_iter().filter(is_parked).collect()
}

/// Lets the sweep try every parked receipt again.
async fn try_again(product: &Product) {
    for row in parked(product).await {
        let key = json!({ "pk": row["pk"], "sk": row["sk"] });
        product.set("records", &key, "due_at", &json!(LONG_AGO)).await;
    }
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
}

async fn ask(product: &Product) {
    let path = "/providers/end-user-messaging/status";
    let answer = product.http(reqwest::Method::GET, path).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["reachable"], true, "{answer}");
}

/// A campaign whose audience has an invalid row, and a person who opted out at the provider.
async fn announce(product: &Product) {
    product.put_employee("not a number").await;
    opt_out_at_the_provider(product, CHIDI).await;
    product
        .put("campaigns", json!({ "campaign_id": "c1", "shifts": "Mon 9-5 ABC1" }))
        .await;
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "bad", "message": "", "shifts": "" }),
        )
        .await;
    until_row(product, "campaigns", "campaign_id", "bad", "rejected").await;
    until_row(product, "campaigns", "campaign_id", "c1", "sending").await;
    let suppressed = async || message(product, |row| row["to"] == CHIDI && row["status"] == "suppressed").await;
    product.until("the provider's opt-out", suppressed).await;
    let noted = async || {
        let row = product.row("contacts", "phone", CHIDI).await?;
        row["opted_out_at"].is_string().then_some(())
    };
    product.until("the note of it", noted).await;
}

/// A campaign within a budget, and a text that leaves little of another.
async fn spend(product: &Product) {
    for (organisation, segments) in [("north", 1000), ("south", 1)] {
        let settings = json!({
            "pk": format!("organisation#{organisation}"), "sk": "settings", "budget": segments, "budget_reserve": 0,
            "alerts_to": STRANGER,
        });
        product.put("records", settings).await;
    }
    let campaign = json!({ "campaign_id": "north", "message": "Snow today.", "organisation": "north" });
    product.put("campaigns", campaign).await;
    until_row(product, "campaigns", "campaign_id", "north", "sending").await;
    let text = json!({
        "message_id": "announcement-south", "status": "queued", "lane": "bulk", "channel": "sms", "kind": "announcement",
        "to": ANNA, "body": "Snow today.", "organisation": "south", "attempt": 0,
        "created_at": "2026-11-20T12:00:00.000Z", "expires_at": "2126-11-20T12:00:00.000Z",
    });
    product.put_in_line(text).await;
    let alert = async || message(product, |row| row["kind"] == "budget-alert").await;
    product.until("the alert", alert).await;
}

async fn converse(product: &Product) {
    for text in [
        "REQUEST",
        "MORE",
        "ABC1",
        "mixed7, nothere1",
        "MINE",
        "DROP ABC1",
        "mixED7",
        "zzz999",
    ] {
        product.ask(ANNA, text).await;
    }
    // Its place in the records is what finds a shift in an unusual mixture of cases once it is taken.
    product.ask(BEN, "mixed7").await;
    product.ask(BEN, "STOP").await;
    product.ask(BEN, "START").await;
    product.ask(STRANGER, "ABC1").await;
    product.ask(STRANGER, "STOP").await;
    product.ask(ANNA, "AGENT I am late").await;
    product
        .until("the call", async || product.calls().await.first().cloned())
        .await;
    let delivered = async || message(product, |row| row["status"] == "delivered").await;
    product.until("a receipt", delivered).await;
}

/// The provider is too busy, refuses a text, and refuses a person.
async fn meet_refusals(product: &Product) {
    product.fault("throttle", 1).await;
    product.text(BEN, "MINE").await;
    let refused = async || message(product, |row| row["to"] == BEN && row["reason"] == "throttled").await;
    let waiting = product.until("the back-off", refused).await;
    let id = waiting["message_id"].as_str().unwrap();
    product.fire(&[id]).await;
    let again = async || {
        message(product, |row| {
            row["message_id"] == id && row["attempts"].as_array().is_some_and(|it| it.len() == 2)
        })
        .await
    };
    product.until("the next try", again).await;

    product.fault("reject", 1).await;
    product.text(BEN, "REQUEST").await;
    product
        .until("the refusal", async || {
            message(product, |row| row["status"] == "failed").await
        })
        .await;

    opt_out_at_the_provider(product, DANA).await;
    product.text(DANA, "REQUEST").await;
    let noted = async || {
        product
            .row("contacts", "phone", DANA)
            .await
            .filter(|row| row["opted_out_at"].is_string())
    };
    product.until("the provider's opt-out", noted).await;
}

/// What the sweeps find: a call back that nobody took in time, campaigns due, a shift that has begun.
async fn sweep(product: &Product) {
    let fault = json!({ "provider": "connect", "kind": "throttle", "count": 1 });
    product
        .phone_simulator(reqwest::Method::POST, "/faults", Some(fault))
        .await;
    product.text(BEN, "AGENT please").await;
    let call = async || message(product, |row| row["channel"] == "call" && row["status"] == "scheduled").await;
    let call = product.until("the back-off", call).await;
    let id = call["message_id"].as_str().unwrap();
    product
        .set("messages", &json!({ "message_id": id }), "expires_at", &json!(LONG_AGO))
        .await;
    product.fire(&[id]).await;
    assert_eq!(
        product.row("messages", "message_id", id).await.unwrap()["status"],
        "expired"
    );

    let later = json!({
        "campaign_id": "later", "shifts": "Mon 9-5 ABC1", "scheduled_for": "2126-11-20T18:00:00Z",
        "organisation": "north",
    });
    product.put("campaigns", later).await;
    until_row(product, "campaigns", "campaign_id", "later", "scheduled").await;
    product
        .set(
            "campaigns",
            &json!({ "campaign_id": "later" }),
            "scheduled_for",
            &json!(LONG_AGO),
        )
        .await;
    product.put("contacts", json!({ "phone": "neither" })).await;
    let begun = json!({ "shift_id": "OLD1", "shift_status": "available", "starts_at": LONG_AGO });
    product.put("shifts", begun).await;
    for id in ["later", "c1"] {
        let timer = json!({ "pk": format!("campaign#{id}"), "sk": "timer" });
        product.set("records", &timer, "due_at", &json!(LONG_AGO)).await;
    }
    // A row that is gone has its timer taken away.
    product.delete("campaigns", "campaign_id", "c1").await;
    let swept = product.invoke("CampaignSweepFunction", &json!({})).await.unwrap();
    assert_eq!(
        (&swept["launched"], &swept["shifts_closed"], &swept["failed"]),
        (&json!(1), &json!(1), &json!(0))
    );
    // Announced and looked at again.
    let swept = product.invoke("CampaignSweepFunction", &json!({})).await.unwrap();
    assert_eq!((&swept["counted"], &swept["failed"]), (&json!(1), &json!(0)));
}

/// A delivery event without our own id is matched by the provider's, and one says that a number is dead.
async fn receive(product: &Product) {
    let text = json!({
        "message_id": "reply-00112233445566778899aabbccddeeff", "status": "sent", "lane": "interactive", "channel": "sms",
        "kind": "reply", "to": BEN, "body": "Snow today.", "attempt": 1, "created_at": "2026-11-20T12:00:00.000Z",
        "claimed_at": "2026-11-20T12:00:01.000Z", "expires_at": "2026-11-20T13:00:00.000Z", "provider": "end-user-messaging",
    });
    product.put("messages", text).await;
    product
        .invoke("SmsEventsFunction", &tests::event("sms-events", "invalid"))
        .await
        .unwrap();
    let contact = product.row("contacts", "phone", BEN).await.unwrap();
    assert_eq!(contact["failed_at"].as_array().map(Vec::len), Some(1), "{contact}");
    product
        .invoke("SmsEventsFunction", &tests::event("sms-events", "without_context"))
        .await
        .unwrap();
}

/// Calls of the management API: a person and a group are texted, a sequence is run, and two people are erased, one of
/// them opted out.
async fn manage(product: &Product) {
    let call = async |method: reqwest::Method, path: &str, body: Value| {
        let request = product.http(method, path).body(body.to_string());
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    };
    // There are no texts in that language, which is noted; and somebody holds a shift who never asked for it.
    product
        .put(
            "shifts",
            json!({ "shift_id": "HELD1", "shift_status": "taken", "employee": "+1 202 555 0102" }),
        )
        .await;
    product
        .put("contacts", json!({ "phone": STRANGER, "language": "tlh" }))
        .await;
    let told = json!({
        "type": "payment-confirmed", "to": STRANGER, "idempotency_key": "k", "variables": { "bill": "B-7", "amount": "$5" },
    });
    let announced = json!({
        "type": "announcement", "group": "nobody", "idempotency_key": "k", "variables": { "text": "Snow today." },
    });
    for body in [told, announced] {
        call(reqwest::Method::POST, "/v2/messages", body).await;
    }
    let rows = [
        json!({ "pk": "template#t1", "sk": "template", "content": "See you soon." }),
        json!({
            "pk": "sequence#s1", "sk": "sequence", "steps": r#"[{"id":"welcome","template":"t1","at":"09:30","label":"Welcome"}]"#,
        }),
        json!({ "pk": "tag#pottery", "sk": "tag", "sequence": "s1" }),
        json!({ "pk": "workshop#w1", "sk": "workshop", "tag": "pottery", "date": "2126-11-20", "zone": "Asia/Kolkata" }),
        json!({ "pk": "workshop#w1", "sk": "registrant#r1", "phone": BEN }),
    ];
    for row in rows {
        product.put("records", row).await;
    }
    call(reqwest::Method::POST, "/v2/workshops/w1/run", Value::Null).await;
    call(reqwest::Method::GET, "/v2/workshops/w1/checkpoints", Value::Null).await;
    // From a gateway whose texts have no id of their own.
    let text = json!({
        "pk": "inbound#content-0123456789abcdef0123456789abcdef", "sk": "handled", "from": ANNA, "to": "+12025550100",
        "body": "HELLO", "handled_at": "2026-11-20T12:00:00.000Z", "outcome": "not-understood",
    });
    product.put("records", text).await;
    for phone in [ANNA, CHIDI] {
        call(reqwest::Method::DELETE, &format!("/v2/people/{phone}"), Value::Null).await;
    }
}

#[tokio::test]
async fn campaigns_may_be_handed_to_pinpoint() {
    let mut options = tests::options(crate::FUNCTION);
    options
        .parameters
        .insert("PinpointProjectId".to_owned(), "project1".to_owned());
    options
        .parameters
        .insert("PinpointSegmentId".to_owned(), "segment1".to_owned());
    let product = Product::start(options).await;

    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;

    let sent = async || message(&product, |row| row["status"] == "sent").await;
    product.until("the campaign to be handed over", sent).await;
    assert_eq!(refused(&product), BTreeSet::new());
    let expected =
        UNUSED.map(|(function, permission)| format!("{function}: {}", permission.replace("apps/", "apps/project1")));
    let by_pinpoint = expected
        .into_iter()
        .filter(|permission| permission.contains("mobiletargeting"));
    assert!(unused(&product).is_disjoint(&by_pinpoint.collect()));
}

#[tokio::test]
async fn what_is_taken_from_a_role_is_refused() {
    let progress = "Action: [dynamodb:Query]\n                Resource: !Sub ${MessagesTable.Arn}/index/by-campaign";
    let product = Product::start(without(progress)).await;

    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;

    let words = "Query on shiftline-messages: AccessDeniedException";
    let said = async || {
        product
            .logs_of("ShiftCampaignsFunction")
            .into_iter()
            .find(|line| line.contains(words))
    };
    product.until("the refusal", said).await;
    let expected = "ShiftCampaignsFunction: dynamodb:Query on table/shiftline-messages/index/by-campaign";
    assert_eq!(refused(&product), BTreeSet::from([expected.to_owned()]));
}

#[tokio::test]
async fn lambda_keeps_failures_only_as_roles_allow() {
    let failures = "Action: [sqs:SendMessage]\n                Resource: !GetAtt InboundSmsFailureQueue.Arn";
    let product = Product::start(without(failures)).await;

    product.publish("two-way-sms", "not a text").await;

    let said = async || {
        product
            .logs_of("InboundSmsFunction")
            .into_iter()
            .find(|line| line.contains("not recorded at"))
    };
    let line = product.until("the end of the retries", said).await;
    assert!(line.contains("is not authorized to perform: sqs:SendMessage"), "{line}");
    assert!(product.failures("InboundSmsFailureQueue").is_empty());
}

#[tokio::test]
async fn a_stream_the_role_cannot_read_is_refused() {
    let stream =
        "dynamodb:GetShardIterator, dynamodb:ListStreams]\n                Resource: !GetAtt CampaignsTable.StreamArn";
    let refused = Stack::start(without(stream)).await.unwrap_err();
    assert!(matches!(refused, StartError::Source(_)), "{refused}");
    assert!(
        refused.to_string().contains("is not authorized to perform: dynamodb:"),
        "{refused}"
    );
}

/// The deployed template with a statement's resource turned into something else, in the first role that has it.
fn without(statement: &str) -> Options {
    let (action, _) = statement.split_once("Resource: ").unwrap();
    let template = DEPLOYED.replacen(statement, &format!("{action}Resource: arn:aws:sqs:::nothing"), 1);
    assert_ne!(template, DEPLOYED);
    Options {
        template,
        parameters: local_parameters(),
        ..tests::options(crate::FUNCTION)
    }
}

/// What any function was refused.
fn refused(product: &Product) -> BTreeSet<String> {
    let refused = |it: &Principal| {
        let asked = it
            .asked()
            .into_iter()
            .filter(|(.., decision)| *decision != Decision::Allowed);
        asked
            .map(|(action, resource, _)| described(it, &action, &resource))
            .collect::<Vec<_>>()
    };
    product.stack.principals().iter().flat_map(refused).collect()
}

/// What roles allow and nobody asked for.
fn unused(product: &Product) -> BTreeSet<String> {
    let mut unused = BTreeSet::new();
    for principal in product.stack.principals().iter() {
        let asked = principal.asked();
        for permission in principal.role().allowed() {
            let is_used = asked
                .iter()
                .any(|(action, resource, _)| permission.covers(action, resource));
            if !is_used && !BY_LAMBDA.contains(&permission.action.as_str()) {
                unused.insert(described(principal, &permission.action, &permission.resource));
            }
        }
    }
    unused
}

fn described(principal: &Principal, action: &str, resource: &str) -> String {
    let name = resource.splitn(6, ':').last().unwrap_or_default();
    format!("{}: {action} on {name}", principal.function)
}

/// Somebody answers STOP to a text of another product that shares the provider's opt-out list.
async fn opt_out_at_the_provider(product: &Product, phone: &str) {
    let body = json!({ "OptOutListName": "Default", "OptedOutNumber": phone });
    product
        .aws("PinpointSMSVoiceV2.PutOptedOutNumber", &body)
        .await
        .unwrap();
}

async fn until_row(product: &Product, table: &str, key: &str, value: &str, status: &str) -> Value {
    let is_so = async || {
        product
            .row(table, key, value)
            .await
            .filter(|row| row["status"] == status)
    };
    product.until(&format!("{value} to be {status}"), is_so).await
}

async fn message(product: &Product, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
    product.rows("messages").await.into_iter().find(is_it)
}
