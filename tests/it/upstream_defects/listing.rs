//! Defects of the original sample in listing shifts.

use std::collections::BTreeSet;

use serde_json::json;

use super::{ANNA, product_with};

#[tokio::test]
async fn d11_a_free_shift_is_found_behind_3000_taken_ones() {
    let product = product_with(&[ANNA]).await;
    let taken = |n: usize| {
        let info = "Mon 9-5 ".repeat(50);
        json!({ "shift_id": format!("A{n:05}"), "shift_status": "taken", "shift_info": info, "employee": "+12025550177" })
    };
    product.put_all("shifts", (0..3000).map(taken)).await;
    product.put_shift("ZZZ1", "Mon 9-5").await;

    assert_eq!(
        product.ask(ANNA, "REQUEST").await,
        "These are the shifts available: ZZZ1 (Mon 9-5). Reply with the codes to book."
    );
}

#[tokio::test]
async fn d12_a_long_list_comes_in_sendable_parts() {
    let product = product_with(&[ANNA]).await;
    let info = "15/08 from 9 am to 5 pm at the tills";
    let free = |n: usize| json!({ "shift_id": format!("ABC{n:03}"), "shift_status": "available", "shift_info": info });
    product.put_all("shifts", (0..60).map(free)).await;

    let mut listed = BTreeSet::new();
    let mut answer = product.ask(ANNA, "REQUEST").await;
    for _ in 0..60 {
        for item in answer.split("ABC").skip(1) {
            assert!(item.contains(&format!(" ({info})")), "only part of a shift: {answer}");
            assert!(listed.insert(item[..3].to_owned()), "listed twice: {item}");
        }
        if !answer.contains("MORE") {
            break;
        }
        answer = product.ask(ANNA, "MORE").await;
    }

    assert_eq!(listed.len(), 60);
    let texts = product.texts_to(ANNA).await;
    assert!(texts.len() > 1 && texts.iter().all(|text| text.segments <= 3));
}

#[tokio::test]
async fn d19_a_malformed_row_is_left_out_and_told_why() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("ABC1", "Tue 22-6 O'Neil [dock]").await;
    product
        .put("shifts", json!({ "shift_id": "ABC2", "shift_status": "available" }))
        .await;
    product
        .put(
            "shifts",
            json!({ "shift_id": "ABC3", "shift_status": "available", "shift_info": { "M": {} } }),
        )
        .await;
    product
        .put("shifts", json!({ "shift_id": "ABC4", "shift_info": "Wed 9-5" }))
        .await;

    assert_eq!(
        product.ask(ANNA, "REQUEST").await,
        "These are the shifts available: ABC1 (Tue 22-6 O'Neil [dock]), ABC2. Reply with the codes to book."
    );
    let row = product.shift("ABC3").await;
    assert_eq!(
        (&row["status"], &row["error"]),
        (&json!("rejected"), &json!("shift_info must be text"))
    );
    assert_eq!(
        product.ask(ANNA, "ABC2, ABC3, ABC4").await,
        "Request summary - Shift booked: ABC2, ABC4 (Wed 9-5) | Shift closed: ABC3. Text REQUEST for available shifts."
    );
}
