//! The gateway's calls, by the payloads it sends.

use domain::message::{Receipt, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::inbound::InboundId;
use crate::provider::skyline::row::LONGEST_CODE;

/// The moment of the examples in the vendor's document.
const SENT_AT: i64 = 1_466_506_477;

/// A number in the form of the examples, which are no numbers by any plan.
fn phone(digits: &str) -> Option<PhoneNumber> {
    PhoneNumber::parse(&format!("+{digits}")).ok()
}

fn rows(body: impl ToString) -> Vec<Result<Row, RowError>> {
    match parse(&body.to_string(), "", &Gateway::example()) {
        Ok(Event::Rows(rows)) => rows,
        other => panic!("{other:?}"),
    }
}

/// The receipts of a report, and its errors in words.
fn receipts(rpts: Value) -> Vec<Result<Receipt, String>> {
    let rows = rows(json!({"type": "status-report", "rpt_num": 1, "rpts": rpts}));
    rows.into_iter()
        .map(|row| match row {
            Ok(Row::Receipt(report)) => {
                assert_eq!(report.message_id, None);
                Ok(report.receipt)
            }
            Ok(Row::Text(text)) => panic!("{text:?}"),
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

fn sdr(second: i64) -> Receipt {
    Receipt {
        provider: "skyline".to_owned(),
        provider_message_id: Some("1223".to_owned()),
        recipient: phone("13686876620"),
        outcome: ReceiptOutcome::Accepted,
        port: Some("1.01".to_owned()),
        at: Timestamp::from_second(second).unwrap(),
        is_final: false,
        code: "sdr".to_owned(),
        meaning: None,
    }
}

#[test]
fn the_documented_report_says_which_were_sent_and_which_not() {
    let report = json!([{"tid": 1223, "sending": 0, "sent": 5, "failed": 1, "unsent": 0,
        "sdr": [[0, "13686876620", "1.01", SENT_AT]],
        "fdr": [[1, "13686876621", "1.02", SENT_AT + 3, "6 Timeout", ""]]}]);
    let fdr = Receipt {
        recipient: phone("13686876621"),
        outcome: ReceiptOutcome::Undelivered,
        port: Some("1.02".to_owned()),
        is_final: true,
        code: "6 Timeout".to_owned(),
        ..sdr(SENT_AT + 3)
    };
    assert_eq!(receipts(report), [Ok(sdr(SENT_AT)), Ok(fdr)]);
}

#[test]
fn without_a_request_for_receipts_sent_is_the_end() {
    let body = json!({"type": "status-report", "rpts": [{"tid": 1223, "sdr": [[0, "13686876620", "1.01", SENT_AT]]}]});
    let gateway = Gateway {
        receipts_requested: false,
        ..Gateway::example()
    };
    let Ok(Event::Rows(rows)) = parse(&body.to_string(), "", &gateway) else {
        panic!()
    };
    let [Ok(Row::Receipt(report))] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert!(report.receipt.is_final && report.receipt.outcome == ReceiptOutcome::Accepted);
}

#[test]
fn a_field_may_come_in_another_form() {
    let time = SENT_AT.to_string();
    for (tid, row) in [
        (json!("1223"), json!([0, "13686876620", "1.01", SENT_AT])),
        (json!(1223), json!(["0", 13_686_876_620_i64, 1, time])),
        (
            json!(1223),
            json!([0, "+13686876620", "1A", SENT_AT, "something", "newer"]),
        ),
        (json!(1223), json!([null, " 13686876620 ", " 1.1 ", SENT_AT])),
    ] {
        let report = json!([{"tid": tid, "sdr": [row], "fdr": []}]);
        assert_eq!(receipts(report.clone()), [Ok(sdr(SENT_AT))], "{report}");
    }
}

#[test]
fn a_port_or_number_that_is_none_is_left_out_or_left_as_it_is() {
    for (number, port, recipient, expected) in [
        (json!("131344"), json!("12.sp256.101"), None, Some("12.sp256.101")),
        (json!(null), json!(null), None, None),
        (json!(["x"]), json!(""), None, None),
    ] {
        let receipts = receipts(json!([{"tid": 1223, "sdr": [[0, number, port, SENT_AT]]}]));
        let [Ok(receipt)] = receipts.as_slice() else {
            panic!("{receipts:?}")
        };
        assert_eq!(
            (receipt.recipient.clone(), receipt.port.as_deref()),
            (recipient, expected)
        );
    }
}

#[test]
fn reasons_of_device_and_operator_are_kept_without_the_number() {
    let long = "9".repeat(1000);
    for (reasons, expected) in [
        (json!(["6 Timeout", ""]), "6 Timeout"),
        (
            json!(["7 Server Error", "38 Network out of order"]),
            "7 Server Error; 38 Network out of order",
        ),
        (json!([6, 21]), "6; 21"),
        (json!(["38 no answer of 13686876620"]), "38 no answer of …"),
        (json!(["6 Timeout"]), "6 Timeout"),
        (json!([]), "fdr"),
        (json!([null, ""]), "fdr"),
        (json!([long]), &long[..LONGEST_CODE]),
    ] {
        let mut row = json!([0, "13686876620", "1.01", SENT_AT]);
        row.as_array_mut().unwrap().extend(reasons.as_array().unwrap().clone());
        let receipts = receipts(json!([{"tid": 1223, "fdr": [row]}]));
        let [Ok(receipt)] = receipts.as_slice() else {
            panic!("{receipts:?}")
        };
        assert_eq!(receipt.code, expected);
    }
}

#[test]
fn counters_serve_where_there_are_no_rows() {
    use ReceiptOutcome::{Accepted, InProgress, Undelivered};
    let cases = [
        (
            json!({"sending": 0, "sent": 1, "failed": 0, "unsent": 0}),
            Accepted,
            false,
        ),
        (
            json!({"sending": "0", "sent": "1", "failed": "0", "unsent": "0"}),
            Accepted,
            false,
        ),
        (json!({"sent": 3}), Accepted, false),
        (
            json!({"sending": 0, "sent": 0, "failed": 1, "unsent": 0}),
            Undelivered,
            true,
        ),
        (
            json!({"sending": 0, "sent": 2, "failed": 1, "unsent": 0}),
            Undelivered,
            true,
        ),
        (
            json!({"sending": 1, "sent": 0, "failed": 0, "unsent": 0}),
            InProgress,
            false,
        ),
        (
            json!({"sending": 0, "sent": 0, "failed": 0, "unsent": 1}),
            InProgress,
            false,
        ),
        (
            json!({"sending": 0, "sent": 1, "failed": 1, "unsent": 1}),
            InProgress,
            false,
        ),
        (
            json!({"sending": i64::MAX, "sent": 1, "failed": 0, "unsent": 1}),
            InProgress,
            false,
        ),
        (
            json!({"sending": 0, "sent": 1, "unsent": 0, "sdr": [], "fdr": []}),
            Accepted,
            false,
        ),
    ];
    for (mut report, outcome, is_final) in cases {
        report["tid"] = json!(1223);
        let receipts = receipts(json!([report]));
        let [Ok(receipt)] = receipts.as_slice() else {
            panic!("{report}: {receipts:?}")
        };
        assert_eq!((receipt.outcome, receipt.is_final), (outcome, is_final), "{report}");
        assert_eq!(receipt.provider_message_id.as_deref(), Some("1223"));
        assert_eq!(receipt.at, Gateway::example().received_at);
    }
}

#[test]
fn what_cannot_be_used_says_why_and_takes_nothing_with_it() {
    let good = json!([0, "13686876620", "1.01", SENT_AT]);
    let of_reports = [
        (json!({"sdr": [good]}), "rpts[1] has no usable tid"),
        (
            json!({"tid": "x13686876620", "sdr": [good]}),
            "rpts[1] has no usable tid",
        ),
        (
            json!({"tid": -1_155_656_598, "sdr": [good]}),
            "rpts[1] has a tid that cannot be one of ours",
        ),
        (
            json!({"tid": 0, "sdr": [good]}),
            "rpts[1] has a tid that cannot be one of ours",
        ),
        (
            json!({"tid": 3_139_310_698_i64, "sdr": [good]}),
            "rpts[1] has a tid that cannot be one of ours",
        ),
        (json!({"tid": 7}), "rpts[1] has neither rows nor counters"),
        (
            json!({"tid": 7, "sdr": [], "fdr": null}),
            "rpts[1] has neither rows nor counters",
        ),
        (json!({"tid": 7, "sdr": "none"}), "rpts[1].sdr is no list of rows"),
        (json!({"tid": 7, "sent": -1}), "rpts[1] has counters that are no counts"),
        (
            json!({"tid": 7, "sent": "many"}),
            "rpts[1] has counters that are no counts",
        ),
        (
            json!({"tid": 7, "sent": 0, "failed": 0}),
            "rpts[1] has counters that are all zero",
        ),
        (json!([7]), "rpts[1] has no usable tid"),
        (json!("13686876620"), "rpts[1] has no usable tid"),
        (json!(null), "rpts[1] has no usable tid"),
    ];
    let whole = json!({"tid": 1223, "sdr": [good]});
    for (report, expected) in of_reports {
        let receipts = receipts(json!([whole, report, whole]));
        let [first, broken, last] = receipts.as_slice() else {
            panic!("{report}: {receipts:?}")
        };
        assert_eq!((first, last), (&Ok(sdr(SENT_AT)), &Ok(sdr(SENT_AT))));
        assert_eq!(broken, &Err(expected.to_owned()), "{report}");
    }
    let of_rows = [
        (json!([0, "13686876620", "1.01"]), "has fewer than 4 fields"),
        (json!([]), "has fewer than 4 fields"),
        (json!({"number": "13686876620"}), "is no list of fields"),
        (json!("13686876620"), "is no list of fields"),
        (json!([0, "13686876620", "1.01", "yesterday"]), "has no usable time"),
        (json!([0, "13686876620", "1.01", -1]), "has no usable time"),
        (json!([0, "13686876620", "1.01", 0]), "has no usable time"),
        (json!([0, "13686876620", "1.01", i64::MAX]), "has no usable time"),
        (json!([0, "13686876620", "1.01", 1.5]), "has no usable time"),
        (json!([0, "13686876620", "1.01", null]), "has no usable time"),
    ];
    for (row, expected) in of_rows {
        for key in ["sdr", "fdr"] {
            let mut report = json!({"tid": 1223, "sdr": [good], "fdr": []});
            let rows = report[key].as_array_mut().unwrap();
            rows.push(row.clone());
            let place = rows.len() - 1;
            let receipts = receipts(json!([report]));
            let expected = format!("rpts[0].{key}[{place}] {expected}");
            assert_eq!(receipts, [Ok(sdr(SENT_AT)), Err(expected)], "{row}");
        }
    }
}

#[test]
fn counters_save_a_report_whose_rows_cannot_be_used() {
    let receipts = receipts(json!([{"tid": 1223, "sent": 1, "sdr": [[0, "13686876620"]]}]));
    let [Err(error), Ok(receipt)] = receipts.as_slice() else {
        panic!("{receipts:?}")
    };
    assert_eq!(error, "rpts[0].sdr[0] has fewer than 4 fields");
    assert_eq!(receipt.outcome, ReceiptOutcome::Accepted);
}

#[test]
fn states_of_the_device_are_ignored_and_the_newer_protocol_is_not_guessed_at() {
    let event = |body: Value| parse(&body.to_string(), "", &Gateway::example());
    let port = json!({"type": "port-status", "port": "2B", "seq": 1, "status": "3 OK", "bal": "100.00"});
    assert_eq!(event(port).unwrap(), Event::Ignored("port-status"));
    let device = json!({"type": "dev-status", "status": [{"port": "1.01", "st": 3}]});
    assert_eq!(event(device).unwrap(), Event::Ignored("dev-status"));
    let newer = json!({"type": "received-sms", "smses": [{"is_report": false, "sms": "SGVsbG8="}]});
    assert_eq!(event(newer).unwrap(), Event::Unsupported("received-sms"));
    let newer = json!({"type": "sms-sent-status", "statuses": [{"tid": -1155656598}]});
    assert_eq!(event(newer).unwrap(), Event::Unsupported("sms-sent-status"));
}

#[test]
fn a_call_that_cannot_be_used_says_why_and_nothing_of_a_person() {
    for (body, expected) in [
        ("", "neither JSON nor a text"),
        ("13686876620 {", "neither JSON nor a text"),
        (
            "{\"type\":\"recv-sms\",\"sms\":[[0,\"13686876620\"",
            "neither JSON nor a text",
        ),
        ("[]", "no usable type"),
        ("null", "no usable type"),
        ("\"13686876620\"", "no usable type"),
        ("{\"type\":7}", "no usable type"),
        ("{\"type\":\"status-report\"}", "no usable rpts"),
        (
            "{\"type\":\"status-report\",\"rpts\":{\"tid\":13686876620}}",
            "no usable rpts",
        ),
        ("{\"type\":\"recv-sms\",\"sms\":\"13686876620\"}", "no usable sms"),
        ("{\"type\":\"send-sms\"}", "\"send-sms\" is no type of call"),
    ] {
        let error = parse(body, "", &Gateway::example()).unwrap_err().to_string();
        assert!(
            error.contains(expected) && !error.contains("6876620"),
            "{body}: {error}"
        );
    }
}

#[test]
fn empty_lists_are_no_rows() {
    assert_eq!(rows(json!({"type": "recv-sms", "sms_num": "0", "sms": []})), []);
    assert_eq!(receipts(json!([])), []);
}

#[test]
fn the_padding_of_some_firmware_is_no_part_of_the_body() {
    let body = format!("{}\0\0\0\0", json!({"type": "status-report", "rpts": []}));
    assert_eq!(rows(body), []);
}

/// Any value in the place of any other.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_i64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[0-9]{0,14}".prop_map(Value::from),
        "(U2VuZGVyO|[A-Za-z0-9+/]){0,8}={0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 7, |inner| {
        prop::collection::vec(inner, 0..7).prop_map(Value::from)
    })
}

fn call() -> impl Strategy<Value = Value> {
    let report = (anything(), anything(), anything(), anything())
        .prop_map(|(tid, sent, sdr, fdr)| json!({"tid": tid, "sent": sent, "sdr": sdr, "fdr": fdr}));
    let reports = prop::collection::vec(prop_oneof![report, anything()], 0..4);
    prop_oneof![
        reports.prop_map(|rpts| json!({"type": "status-report", "rpts": rpts})),
        prop::collection::vec(anything(), 0..4).prop_map(|sms| json!({"type": "recv-sms", "sms": sms})),
        anything(),
    ]
}

proptest! {
    #[test]
    fn any_call_is_read_or_refused(call in call(), query in ".{0,40}") {
        if let Ok(Event::Rows(rows)) = parse(&call.to_string(), &query, &Gateway::example()) {
            for row in rows {
                match row {
                    Ok(Row::Receipt(report)) => prop_assert_eq!(report.receipt.provider, "skyline"),
                    Ok(Row::Text(text)) => prop_assert!(!matches!(text.id, InboundId::Stable(id) if id.is_empty())),
                    Err(error) => prop_assert!(!error.to_string().is_empty()),
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(body in "(Sender:)?\\PC{0,20}(\r?\n){0,2}.{0,80}", query in ".{0,40}") {
        let _ = parse(&body, &query, &Gateway::example());
    }
}
