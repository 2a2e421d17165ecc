//! Many people at once: decisions race in several processes, and each shift still has exactly as many holders as places.

use std::collections::BTreeSet;

use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{BUSINESS, Product, Text};

use crate::FUNCTION;

const CODE: &str = "RUSH1";
const PLACES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_and_three_places() {
    rush(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_whose_texts_are_delivered_twice() {
    rush(2).await;
}

/// A crowd of employees texts the code of a shift with three places, and each text is delivered `deliveries` times.
async fn rush(deliveries: usize) {
    let crowd = tests::size(200, 1_000);
    let product = crowded(crowd).await;
    product
        .put(
            "shifts",
            json!({ "shift_id": CODE, "shift_info": "Sat 9-5", "capacity": PLACES }),
        )
        .await;
    for n in 0..crowd {
        for _ in 0..deliveries {
            text(&product, n, &format!(" {CODE}, "));
        }
    }
    let texts = answers(&product, crowd, crowd * deliveries).await;

    let shift = product.shift(CODE).await;
    assert_eq!(
        (strings(&shift["employees"]).len(), &shift["shift_status"]),
        (PLACES, &json!("taken"))
    );
    let told = |words: &str| -> BTreeSet<String> {
        texts
            .iter()
            .filter(|text| text.body.contains(words))
            .map(|text| text.to.clone())
            .collect()
    };
    assert_eq!(
        told("Shift booked: RUSH1 (Sat 9-5)"),
        strings(&shift["employees"]),
        "who was told, and who is on the row"
    );
    assert_eq!(told("Shift taken: RUSH1").len(), crowd - PLACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_employees_text_the_same_twenty_codes() {
    const ASKING: usize = 30;
    let product = crowded(ASKING).await;
    let codes: Vec<String> = (0..20).map(|n| format!("MANY{n:02}")).collect();
    let places = |n: usize| 1 + n % 3;
    fill(
        &product,
        "shifts",
        (0..20).map(|n| json!({ "shift_id": codes[n], "shift_status": "available", "capacity": places(n) })),
    );
    for n in 0..ASKING {
        // Each in another order, so that no two transactions meet their rows alike.
        let mut mine = codes.clone();
        mine.rotate_left(n % 20);
        text(&product, n, &mine.join(" "));
    }
    let texts = answers(&product, ASKING, ASKING).await;

    for (n, code) in codes.iter().enumerate() {
        let row = product.shift(code).await;
        let holders = if places(n) == 1 {
            BTreeSet::from([row["employee"].as_str().unwrap().to_owned()])
        } else {
            strings(&row["employees"])
        };
        let told: BTreeSet<String> = texts
            .iter()
            .filter(|text| booked(&text.body).contains(code))
            .map(|text| text.to.clone())
            .collect();
        assert_eq!((told, holders.len()), (holders, places(n)), "{code}");
    }
}

/// A product with this many employees, whose texts are decided in four processes.
async fn crowded(employees: usize) -> Product {
    let product = Product::start(Options {
        environments: 4,
        ..tests::options(FUNCTION)
    })
    .await;
    fill(
        &product,
        "contacts",
        (0..employees).map(|n| json!({ "phone": employee(n) })),
    );
    product
}

/// The nth employee's one text is delivered, or delivered again.
fn text(product: &Product, n: usize, body: &str) {
    product
        .stack
        .phone_simulator()
        .text(&employee(n), BUSINESS, body, Some(format!("inbound-{n}")))
        .unwrap();
}

/// The texts on the phones once all deliveries are handled and all messages are out: one for each who asked.
async fn answers(product: &Product, asked: usize, deliveries: usize) -> Vec<Text> {
    let handled = || {
        let logs = product.logs_of("InboundSmsFunction");
        logs.iter()
            .filter(|line| line.contains("text answered") || line.contains("answered before"))
            .count()
    };
    let received = || product.stack.phone_simulator().phones().received(None, 0).len();
    // To look is work too, which is done when nothing else is.
    let answered = async || (product.is_idle() && received() >= asked && handled() == deliveries).then_some(());
    product.until("all texts", answered).await;
    let all_out = async || {
        let rows = product.rows("messages").await;
        rows.iter().all(|row| row["status"] == "delivered").then_some(())
    };
    product.until("all receipts", all_out).await;

    let texts = product.texts().await;
    let phones: BTreeSet<&str> = texts.iter().map(|text| text.to.as_str()).collect();
    assert_eq!((texts.len(), phones.len()), (asked, asked), "each phone gets one reply");
    assert_eq!(product.all_failures(), Vec::<Value>::new());
    texts
}

/// The codes that a reply calls booked.
fn booked(reply: &str) -> Vec<String> {
    let Some((_, rest)) = reply.split_once("Shift booked: ") else {
        return Vec::new();
    };
    let group = rest.split([' ', '|']).take_while(|word| word.starts_with("MANY"));
    group.map(|word| word.trim_end_matches([',', '.']).to_owned()).collect()
}

fn strings(set: &Value) -> BTreeSet<String> {
    set.as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}
