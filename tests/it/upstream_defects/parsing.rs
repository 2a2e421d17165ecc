//! Defects of the original sample in reading texts.

use super::{ANNA, BEN, product_with};

#[tokio::test]
async fn d06_stray_commas_and_empty_texts_are_answered() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    product.put_shift("ABC2", "Tue 9-5").await;

    assert!(
        product
            .ask(ANNA, "ABC1,")
            .await
            .contains("Shift booked: ABC1 (Mon 9-5).")
    );
    assert!(
        product
            .ask(ANNA, ",,ABC2,,")
            .await
            .contains("Shift booked: ABC2 (Tue 9-5).")
    );
    for nothing in ["", "  ", ",,"] {
        let answer = product.ask(ANNA, nothing).await;
        assert!(
            answer.starts_with("Sorry, we did not understand."),
            "{nothing:?}: {answer}"
        );
    }
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn d13_codes_are_read_as_people_write_them() {
    let product = product_with(&[ANNA]).await;
    let shifts = || (1..=4).map(|n| format!("ABC{n}"));
    for id in shifts() {
        product.put_shift(&id, "").await;
    }
    for text in [
        "ABC1,ABC2,ABC3,ABC4",
        "ABC1 ABC2 ABC3 ABC4",
        "ABC1\nABC2\r\nABC3\n\nABC4",
        "ABC1; ABC2; ABC3; ABC4",
        "ABC1/ABC2 / ABC3 + ABC4",
        "ABC1 & ABC2, ABC3 and ABC4",
        "ABC1, ABC2, ABC3, ABC4.",
        "\"ABC1\" 'ABC2' (ABC3) [ABC4]",
        "ＡＢＣ１、ABC２，ABC３；ABC４",
        "A\u{200b}BC1\u{feff} ABC2\u{a0}ABC3\tABC4",
    ] {
        let answer = product.ask(ANNA, text).await;
        assert!(
            answer.contains("Shift booked: ABC1, ABC2, ABC3, ABC4."),
            "{text:?}: {answer}"
        );
        let dropped = product.ask(ANNA, &format!("drop {text}")).await;
        assert!(
            dropped.contains("Shift given back: ABC1, ABC2, ABC3, ABC4."),
            "{text:?}: {dropped}"
        );
    }
    for text in ["REQUEST.", " Request! ", "\"request\"", "Request please"] {
        let answer = product.ask(ANNA, text).await;
        assert!(
            answer.starts_with("These are the shifts available: ABC1"),
            "{text:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn d14_a_shift_is_booked_whatever_its_case() {
    let product = product_with(&[ANNA, BEN]).await;
    for (stored, typed) in [
        ("low1", "LOW1"),
        ("low2", "low2"),
        ("UPP1", "upp1"),
        ("MiXeD1", "mixed1"),
    ] {
        product.put_shift(stored, "Mon 9-5").await;
        let answer = product.ask(ANNA, typed).await;
        assert!(
            answer.contains(&format!("Shift booked: {stored} (Mon 9-5).")),
            "{typed}: {answer}"
        );
        assert_eq!(product.shift(stored).await["employee"], ANNA);
        assert_eq!(
            product
                .rows("shifts")
                .await
                .iter()
                .filter(|row| row["shift_id"] == typed)
                .count(),
            usize::from(stored == typed)
        );
    }
}

#[tokio::test]
async fn d15_only_the_word_agent_calls_and_only_once() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("AGENT1", "Mon 9-5").await;

    assert!(product.ask(ANNA, "AGENT1").await.contains("Shift booked: AGENT1"));
    product.ask(ANNA, "agents shift please").await;
    product.ask(ANNA, "Agency ABC1").await;
    assert!(product.calls().await.is_empty());

    assert_eq!(
        product.ask(ANNA, "AGENT where is the entrance?").await,
        "Thank you, an agent will call you soon."
    );
    assert!(
        product
            .ask(ANNA, "AGENT please")
            .await
            .starts_with("An agent was asked to call you a short while ago.")
    );
    let calls = product.calls().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["to"], ANNA);
    assert_eq!(calls[0]["attributes"]["help-request"], "where is the entrance?");
}
