//! STOP, START, HELP and AGENT end to end, and who is not answered.

use std::collections::BTreeMap;

use local_aws::endpoint::Moment;
use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::{Product, held};

use crate::providers::PROVIDERS;
use crate::{FUNCTION, product};

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const STRANGER: &str = "+12025550177";

#[tokio::test]
async fn stop_is_confirmed_once_and_keeps_the_bookings() {
    let product = employing(product().await).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    product.ask(ANNA, "ABC1").await;

    let confirmation = product.ask(ANNA, "Stop. Thank you").await;
    assert_eq!(
        confirmation,
        "You are unsubscribed and will get no more texts. Your 1 booked shift stays yours. Text START to get texts again."
    );
    let contact = contact(&product, ANNA).await;
    assert_eq!(contact["opted_out_words"], "Stop. Thank you");
    assert!(contact["opted_out_at"].as_str().unwrap().ends_with('Z'), "{contact}");
    assert_eq!(product.shift("ABC1").await["employee"], ANNA);

    for (n, text) in ["STOP", "stop please", "REQUEST", "hello?"].into_iter().enumerate() {
        product.text(ANNA, text).await;
        answered(&product, 3 + n).await;
    }
    assert_eq!(
        product.texts_to(ANNA).await.len(),
        2,
        "the booking, and one confirmation"
    );
}

#[tokio::test]
async fn k40_stop_rests_on_no_other_row() {
    let unreadable = [
        json!({ "sk": "booking#ABC1", "shift_id": 7 }),
        json!({ "sk": "question#a1", "revision": "seven" }),
        json!({ "sk": "conversation", "version": 3, "answered_at": "yesterday", "answered": "often" }),
        json!({ "sk": "standing", "version": 2, "asks": "ABC1?" }),
    ];
    let product = employing(product().await).await;
    for row in &unreadable {
        let mut row = row.clone();
        row["pk"] = json!(format!("employee#{ANNA}"));
        product.put("records", row).await;
    }
    for (text, beginning) in [
        ("CANCEL", "You are unsubscribed"),
        ("HELP", "Shift booking by text."),
        ("START", "You are subscribed again."),
        ("MINE", "You have no shifts booked."),
        ("STOP", "You are unsubscribed"),
    ] {
        let answer = product.ask(ANNA, text).await;
        assert!(answer.starts_with(beginning), "{text}: {answer}");
    }
    assert!(contact(&product, ANNA).await["opted_out_at"].is_string());
    let lines = product.logs_of("InboundSmsFunction");
    for id in ["booking#ABC1", "question#a1", "conversation", "standing"] {
        let is_logged = |line: &&String| line.contains("ERROR") && line.contains(id) && !line.contains(&ANNA[1..]);
        assert!(lines.iter().find(is_logged).is_some(), "{id} is not in the log");
    }
}

#[tokio::test]
async fn a_sentence_about_stopping_is_no_opt_out() {
    let product = employing(product().await).await;
    assert!(
        product
            .ask(ANNA, "I can stop by at 5")
            .await
            .starts_with("Sorry, we did not understand.")
    );
    assert!(contact(&product, ANNA).await["opted_out_at"].is_null());
    assert!(
        product
            .ask(ANNA, "MINE")
            .await
            .starts_with("You have no shifts booked.")
    );
}

#[tokio::test]
async fn start_undoes_stop_and_help_is_answered() {
    let product = employing(product().await).await;
    product.ask(ANNA, "UNSUBSCRIBE").await;
    assert!(
        product.ask(ANNA, "help").await.starts_with("Shift booking by text."),
        "HELP is answered always"
    );
    assert_eq!(
        product.ask(ANNA, "Start!").await,
        "You are subscribed again. Text REQUEST for available shifts or STOP to unsubscribe."
    );
    let contact = contact(&product, ANNA).await;
    assert!(
        contact["opted_out_at"].is_null() && !contact["opted_in_at"].is_null(),
        "{contact}"
    );
    assert!(
        product
            .ask(ANNA, "REQUEST")
            .await
            .starts_with("There are no shifts at this time.")
    );
}

#[tokio::test]
async fn stop_counts_for_a_campaign_already_queued() {
    let product = employing(product().await).await;
    let mut checks = product
        .stack
        .checkpoints()
        .set("BulkSenderFunction", "dynamodb:GetItem", Moment::Arrived);
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    // The sender has the message and is about to look whether it may still go.
    let check = held(&mut checks, |body| body.contains(ANNA)).await;
    product.ask(ANNA, "STOP").await;
    check.go_on();
    drop(checks);

    let rows = async || {
        let rows = product.rows("messages").await;
        let announcements: BTreeMap<String, Value> = rows
            .into_iter()
            .filter(|row| {
                row["kind"] == "announcement"
                    && !["queued", "sending", "sent"].contains(&row["status"].as_str().unwrap())
            })
            .map(|row| (row["to"].as_str().unwrap().to_owned(), row))
            .collect();
        (announcements.len() == 2).then_some(announcements)
    };
    let rows = product.until("both announcements", rows).await;
    assert_eq!(
        (&rows[ANNA]["status"], &rows[ANNA]["reason"]),
        (&json!("suppressed"), &json!("opted-out"))
    );
    assert_eq!(rows[BEN]["status"], "delivered");
    let texts = product.texts_to(ANNA).await;
    assert!(
        texts.len() == 1 && texts[0].body.starts_with("You are unsubscribed"),
        "{texts:?}"
    );
}

#[tokio::test]
async fn what_aws_answers_is_not_answered_again() {
    let product = managed_by_aws().await;
    let publish = json!({ "publish_managed_keywords": true });
    product
        .phone_simulator(reqwest::Method::PUT, "/settings", Some(publish))
        .await;

    for (n, text) in ["STOP", "HELP"].into_iter().enumerate() {
        product.text([ANNA, BEN][n], text).await;
        answered(&product, n + 1).await;
    }
    assert_eq!(
        product.rows("messages").await,
        Vec::<Value>::new(),
        "AWS has answered both"
    );
    assert_eq!(
        (product.texts_to(ANNA).await.len(), product.texts_to(BEN).await.len()),
        (1, 1)
    );
    assert_eq!(contact(&product, ANNA).await["opted_out_words"], "STOP");
    assert_eq!(on_the_list(&product).await, [ANNA]);

    assert!(
        product
            .ask(ANNA, "START")
            .await
            .starts_with("You are subscribed again.")
    );
    assert_eq!(on_the_list(&product).await, Vec::<String>::new());
    assert!(contact(&product, ANNA).await["opted_out_at"].is_null());
    assert!(
        product
            .ask(ANNA, "MINE")
            .await
            .starts_with("You have no shifts booked.")
    );
}

#[tokio::test]
async fn an_unannounced_opt_out_is_learnt_when_texting() {
    let product = managed_by_aws().await;
    product.text(ANNA, "STOP").await;
    product
        .until("the answer of AWS", async || product.texts_to(ANNA).await.pop())
        .await;
    assert!(contact(&product, ANNA).await["opted_out_at"].is_null());

    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    let suppressed = async || {
        product
            .rows("messages")
            .await
            .into_iter()
            .find(|row| row["status"] == "suppressed")
    };
    let row = product.until("the refusal", suppressed).await;
    assert_eq!((&row["to"], &row["reason"]), (&json!(ANNA), &json!("opted-out")));
    let noted = async || {
        contact(&product, ANNA).await["opted_out_words"]
            .as_str()
            .map(ToOwned::to_owned)
    };
    let words = product.until("the note on the contact", noted).await;
    assert_eq!(words, "on the opt-out list of end-user-messaging");
    assert_eq!(product.texts_to(ANNA).await.len(), 1);
}

#[tokio::test]
async fn a_stranger_is_refused_once_and_a_machine_never() {
    let product = employing(product().await).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    assert_eq!(
        product.ask(STRANGER, "ABC1").await,
        "NOT-AUTHORISED please contact the administrator"
    );
    for (n, (from, text)) in [
        (STRANGER, "ABC1"),
        (STRANGER, "why?"),
        ("72345", "ABC1"),
        ("72345", "STOP"),
        ("MyBank", "Your code is 1234"),
    ]
    .into_iter()
    .enumerate()
    {
        product.text(from, text).await;
        answered(&product, 2 + n).await;
    }
    assert_eq!(
        (product.texts().await.len(), product.rows("messages").await.len()),
        (1, 1)
    );
    assert_eq!(product.shift("ABC1").await["shift_status"], "available");
}

#[tokio::test]
async fn a_stranger_who_says_stop_is_never_texted() {
    let product = employing(product().await).await;
    assert!(product.ask(STRANGER, "STOP").await.starts_with("You are unsubscribed"));
    let row = contact(&product, STRANGER).await;
    assert_eq!(row["may_book"], false, "an opt-out makes nobody an employee");
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    let texts = async || Some(product.texts().await).filter(|texts| texts.len() == 3);
    let texts = product.until("the announcement", texts).await;
    assert_eq!(texts.iter().filter(|text| text.to == STRANGER).count(), 1);
}

#[tokio::test]
async fn a_text_repeated_calls_an_agent_once() {
    let product = employing(product().await).await;
    for _ in 0..2 {
        product
            .text_as(ANNA, "AGENT I cannot find the entrance", Some("in-1"))
            .await;
    }
    answered(&product, 2).await;
    let text = product
        .until("the promise", async || product.texts_to(ANNA).await.pop())
        .await;
    assert_eq!(text.body, "Thank you, an agent will call you soon.");
    let calls = product.calls().await;
    assert_eq!((calls.len(), &calls[0]["to"]), (1, &json!(ANNA)), "{calls:?}");
    assert_eq!(product.texts_to(ANNA).await.len(), 1);
}

async fn employing(product: Product) -> Product {
    for phone in [ANNA, BEN] {
        product.put_employee(phone).await;
    }
    product
}

/// A product with a number whose STOP and HELP AWS answers.
async fn managed_by_aws() -> Product {
    let parameters = BTreeMap::from([("OptOutManagement".to_owned(), "aws".to_owned())]);
    let product = employing(
        Product::start(Options {
            parameters,
            ..tests::options(FUNCTION)
        })
        .await,
    )
    .await;
    let numbers = product
        .aws("PinpointSMSVoiceV2.DescribePhoneNumbers", &json!({}))
        .await
        .unwrap();
    assert_eq!(numbers["PhoneNumbers"][0]["SelfManagedOptOutsEnabled"], false);
    product
}

/// Twilio answers its keywords itself if its customer asks it to, and reports that.
#[tokio::test]
async fn k55_a_keyword_that_twilio_answered_is_answered_once() {
    let twilio = PROVIDERS.into_iter().find(|it| it.name == "twilio").unwrap();
    let product = twilio.product().await;
    let person = twilio.person(1);
    product.put_employee(&person).await;
    let switches = json!({ "opt_out_handling": true });
    product
        .phone_simulator(reqwest::Method::PUT, "/twilio/_local/switches", Some(switches))
        .await;

    for (n, (text, opted_out)) in [("STOP", true), ("START", false), ("HELP", false), ("stopall", true)]
        .into_iter()
        .enumerate()
    {
        product.text(&person, text).await;
        answered(&product, n + 1).await;
        let contact = contact(&product, &person).await;
        assert_eq!(!contact["opted_out_at"].is_null(), opted_out, "{text}: {contact}");
        assert_eq!(
            product.texts_to(&person).await.len(),
            n + 1,
            "{text} is answered by Twilio alone"
        );
    }
    assert_eq!(product.rows("messages").await, Vec::<Value>::new());
}

async fn contact(product: &Product, phone: &str) -> Value {
    product.row("contacts", "phone", phone).await.unwrap()
}

/// The numbers on the opt-out list of the provider.
async fn on_the_list(product: &Product) -> Vec<String> {
    let list = json!({ "OptOutListName": "Default" });
    let listed = product
        .aws("PinpointSMSVoiceV2.DescribeOptedOutNumbers", &list)
        .await
        .unwrap();
    let numbers = listed["OptedOutNumbers"].as_array().unwrap().iter();
    numbers
        .map(|number| number["OptedOutNumber"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until this many texts are handled, and their messages are out.
async fn answered(product: &Product, count: usize) {
    let handled = || {
        let lines = product.logs_of("InboundSmsFunction");
        lines
            .iter()
            .filter(|line| line.contains("text answered") || line.contains("answered before"))
            .count()
    };
    let out = async || {
        let rows = product.rows("messages").await;
        (handled() == count
            && rows
                .iter()
                .all(|row| !["queued", "sending"].contains(&row["status"].as_str().unwrap())))
        .then_some(())
    };
    product.until("every text", out).await;
}
