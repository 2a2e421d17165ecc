//! People's texts, by the payloads the gateway sends.

use base64::engine::general_purpose::STANDARD as ENCODER;
use jiff::Timestamp;
use serde_json::json;

use super::*;

const AT: i64 = 1_755_697_537;

fn phone(number: &str) -> Sender {
    Sender::Phone(PhoneNumber::parse(number).unwrap())
}

fn text(cells: &Value) -> InboundMessage {
    match row(cells, &Gateway::example()) {
        Ok(Some(Row::Text(text))) => text,
        other => panic!("{cells}: {other:?}"),
    }
}

fn saying(content: impl AsRef<[u8]>) -> InboundMessage {
    text(&json!([
        0,
        "1.01",
        AT,
        "12025550123",
        "12025550188",
        ENCODER.encode(content)
    ]))
}

/// In the form that a unit with a SIM pool was seen to send.
const CAPTURED: &str = "U2VuZGVyOiAxMjAyNTU1MDEyMw0KUmVjZWl2ZXI6ICIxMi4wMSIgMTIwMjU1NTAxODgNClNNU0M6IDEyMDI1NTUwMTAwDQpTQ1RTOiAyNTA4MjAwNjQ1MzZBOA0KDQpZZXMsIEkgY2FuIHRha2UgRnJpZGF5";

#[test]
fn the_documented_row_is_a_text() {
    let cells = json!([0, "1.01", 1_466_506_477, "12025550123", "12025550188", "SGVsbG8="]);
    let text = text(&cells);
    assert_eq!((text.provider, &text.from), ("skyline", &phone("+12025550123")));
    assert_eq!((text.to.as_str(), text.body.as_str()), ("+12025550188", "Hello"));
}

#[test]
fn the_captured_row_loses_its_header() {
    let cells = json!([0, "12.01", AT, "12025550123", "12025550188", CAPTURED]);
    assert_eq!(text(&cells).body, "Yes, I can take Friday");
    let bare = json!([0, "12.01", AT, "", "", CAPTURED]);
    let from_the_header = text(&bare);
    assert_eq!(from_the_header.from, phone("+12025550123"));
    assert_eq!(from_the_header.to, "+12025550188");
}

#[test]
fn a_text_is_kept_as_written() {
    for (content, expected) in [
        ("Hello\0\0\0\0".as_bytes(), "Hello"),
        (b"", ""),
        (b"\0", ""),
        ("Сайн уу 👋🏽".as_bytes(), "Сайн уу 👋🏽"),
        (" line one\r\n\r\nline two ".as_bytes(), " line one\r\n\r\nline two "),
        // Cut inside the last character, and then padded.
        ("Сайн у".as_bytes().split_last().unwrap().1, "Сайн "),
        (b"Caf\xc3\0\0", "Caf"),
        // Never was UTF-8.
        (b"Caf\xe9 at 5", "Caf\u{fffd} at 5"),
        (b"Sender: it is me", "Sender: it is me"),
        (b"Sender: me\r\nbye", "Sender: me\r\nbye"),
        (b"Sender: 12025550123\n\nfirst\n\nsecond", "first\n\nsecond"),
        (b"Sender: 12025550123\r\n\r\n", ""),
        (
            "Sender: 12025550123\r\nReceiver: \"12.01\r\nodd\r\n\r\nЗа".as_bytes(),
            "За",
        ),
    ] {
        assert_eq!(saying(content).body, expected, "{content:?}");
    }
}

#[test]
fn base64_may_lack_padding_and_have_line_ends() {
    for content in ["SGVsbG8=", "SGVsbG8", "SGVs\r\nbG8=\n", " SGVsbG8= "] {
        let cells = json!([0, "1.01", AT, "12025550123", "", content]);
        assert_eq!(text(&cells).body, "Hello");
    }
}

#[test]
fn a_field_may_come_in_another_form() {
    let documented = text(&json!([0, "1.01", AT, "12025550123", "12025550188", "SGVsbG8="]));
    for cells in [
        json!([
            "0",
            "1A",
            AT.to_string(),
            12_025_550_123_i64,
            12_025_550_188_i64,
            "SGVsbG8="
        ]),
        json!([
            0,
            1,
            AT,
            "+12025550123",
            "+12025550188",
            "SGVsbG8=",
            "something",
            "newer"
        ]),
    ] {
        assert_eq!(text(&cells), documented, "{cells}");
    }
}

#[test]
fn a_repeated_push_has_the_same_id_and_every_other_text_another() {
    let base = json!([0, "1.01", AT, "12025550123", "12025550188", "SGVsbG8="]);
    let id = |cells: &Value| text(cells).id;
    assert_eq!(id(&base), id(&base));
    assert!(matches!(id(&base), InboundId::Stable(_)));
    for (place, other) in [
        (1, json!("1.02")),
        (2, json!(AT + 1)),
        (3, json!("12025550124")),
        (5, json!("SGVsbG8h")),
    ] {
        let mut cells = base.clone();
        cells[place] = other;
        assert_ne!(id(&cells), id(&base), "{cells}");
    }
    let mut undated = base.clone();
    undated[2] = json!(null);
    assert_eq!(id(&undated), InboundId::Content);
}

#[test]
fn a_machine_may_be_the_sender() {
    let from = |sender: &str| text(&json!([0, "1.01", AT, sender, "", "SGVsbG8="])).from;
    assert_eq!(from("131344"), Sender::ShortCode("131344".to_owned()));
    assert_eq!(from("China Mob"), Sender::Alphanumeric("China Mob".to_owned()));
}

#[test]
fn the_number_that_was_texted_is_the_operators_or_the_devices_or_the_port() {
    for (port, recipient, expected) in [
        ("2A", "12025550188", "+12025550199"),
        ("2.01", "", "+12025550199"),
        ("1.01", "12025550188", "+12025550188"),
        ("1A", "", "1.01"),
        ("12.sp256.101", "unknown", "12.sp256.101"),
        ("", "", ""),
    ] {
        let cells = json!([0, port, AT, "12025550123", recipient, "SGVsbG8="]);
        assert_eq!(text(&cells).to, expected, "{cells}");
    }
}

fn report(content: Value) -> Result<Option<Receipt>, &'static str> {
    let cells = json!([1, "1A", AT, "12025550100", "12025550123", content]);
    Ok(match row(&cells, &Gateway::example())? {
        Some(Row::Receipt(report)) => {
            assert_eq!(report.message_id, None);
            Some(report.receipt)
        }
        Some(Row::Text(text)) => panic!("{text:?}"),
        None => None,
    })
}

#[test]
fn the_operators_receipt_names_number_port_and_time_only() {
    let expected = Receipt {
        provider: "skyline".to_owned(),
        provider_message_id: None,
        recipient: Some(PhoneNumber::parse("+12025550123").unwrap()),
        outcome: ReceiptOutcome::Delivered,
        port: Some("1.01".to_owned()),
        at: Timestamp::from_second(AT).unwrap(),
        is_final: true,
        code: "0 16062118553032".to_owned(),
        meaning: None,
    };
    assert_eq!(report(json!("0 16062118553032")), Ok(Some(expected)));
}

#[test]
fn each_code_of_the_operator_has_its_outcome() {
    use ReceiptOutcome::{Accepted, Delivered, Undelivered};
    for (content, expected) in [
        (json!("0"), Ok(Some(Delivered))),
        (json!(0), Ok(Some(Delivered))),
        (json!("1 25082006"), Ok(Some(Accepted))),
        (json!("2"), Ok(Some(Undelivered))),
        (json!("31"), Ok(Some(Undelivered))),
        (json!("32"), Ok(None)),
        (json!("48 25082006"), Ok(None)),
        (json!("63"), Ok(None)),
        (json!("64"), Ok(Some(Undelivered))),
        (json!("70 25082006"), Ok(Some(Undelivered))),
        (json!("255"), Ok(Some(Undelivered))),
        (json!("256"), Err("has a code that no operator gives")),
        (json!("-1"), Err("has a code that no operator gives")),
        (json!("delivered"), Err("has no code of the operator's")),
        (json!(""), Err("has no code of the operator's")),
        (json!(null), Err("has no code of the operator's")),
    ] {
        let outcome = report(content.clone()).map(|receipt| receipt.map(|receipt| receipt.outcome));
        assert_eq!(outcome, expected, "{content}");
    }
}

#[test]
fn an_unusable_row_says_why() {
    let with = |place: usize, value: Value| {
        let mut cells = json!([0, "1.01", AT, "12025550123", "12025550188", "SGVsbG8="]);
        cells[place] = value;
        cells
    };
    let receipt = |place: usize, value: Value| {
        let mut cells = json!([1, "1.01", AT, "12025550100", "12025550123", "0"]);
        cells[place] = value;
        cells
    };
    for (cells, expected) in [
        (
            json!([0, "1.01", AT, "12025550123", "12025550188"]),
            "has fewer than 6 fields",
        ),
        (json!([]), "has fewer than 6 fields"),
        (json!({"port": "1.01"}), "is no list of fields"),
        (json!("12025550123"), "is no list of fields"),
        (json!(null), "is no list of fields"),
        (with(0, json!(2)), "is neither a text nor a receipt"),
        (with(0, json!("text")), "is neither a text nor a receipt"),
        (with(3, json!("")), "has no usable sender"),
        (with(3, json!(null)), "has no usable sender"),
        (with(3, json!("+12025550123999999999")), "has no usable sender"),
        (with(5, json!("not base64!")), "has a content that is not base64"),
        (with(5, json!("SGVsbG8=SGVs")), "has a content that is not base64"),
        (with(5, json!(["SGVsbG8="])), "has no usable content"),
        (with(5, json!(null)), "has no usable content"),
        (receipt(2, json!("yesterday")), "has no usable time"),
        (receipt(2, json!(-5)), "has no usable time"),
        (receipt(4, json!("")), "has no usable recipient"),
        (receipt(4, json!("131344")), "has no usable recipient"),
    ] {
        assert_eq!(row(&cells, &Gateway::example()), Err(expected), "{cells}");
    }
}

#[test]
fn a_text_may_come_behind_its_header_alone() {
    let body = "Sender: +12025550123\r\nReceiver: \"61.01\" 12025550188\r\nSMSC: 12025550100\r\n\
                SCTS: 250820064536A8\r\n\r\nYES\0\0";
    let read = |body: &str, query: &str| match with_header(body, query, &Gateway::example()) {
        Some(Ok(Row::Text(text))) => text,
        other => panic!("{other:?}"),
    };
    let text = read(body, "port=61A&sender=%2B12025550123&mac=00-30-f1-00-6c-55&iccid=8986");
    assert_eq!(text, read(body, "port=61A&sender=+12025550123"));
    assert_eq!(text, read(body, ""));
    assert_eq!((&text.from, text.to.as_str()), (&phone("+12025550123"), "+12025550188"));
    assert_eq!(text.body, "YES");
    assert!(matches!(text.id, InboundId::Stable(_)));
    assert_eq!(read("Sender: 131344\n\nhi", "port=2A").to, "+12025550199");
    assert_eq!(read("Sender: 131344\n\nhi", "port=2A").id, InboundId::Content);

    assert_eq!(
        with_header("Sender: 12025550123\r\nno text", "", &Gateway::example()),
        None
    );
    assert_eq!(with_header("Sender:\r\n\r\nhi", "", &Gateway::example()), None);
    assert_eq!(with_header("YES", "sender=12025550123", &Gateway::example()), None);
    assert_eq!(
        with_header("Sender: ?\r\n\r\nhi", "", &Gateway::example()),
        Some(Err("has no usable sender"))
    );
}
