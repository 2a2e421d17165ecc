//! The values that notices name.

use proptest::prelude::*;

use super::*;

fn read(kind: &str, variables: &[(&str, &str)]) -> Result<Notice, Vec<String>> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Notice::from_variables(kind, &variables).map_err(|errors| {
        errors
            .into_iter()
            .map(|error| format!("{} {}", error.field, error.problem))
            .collect()
    })
}

#[test]
fn every_type_is_read_from_its_variables() {
    let bill = [
        ("bill", "B-7"),
        ("amount", "125,000"),
        ("currency", "MNT"),
        ("due_on", "2027-03-28"),
    ];
    let amount = Money::parse("125000", Some(Currency::Mnt)).unwrap();
    let due_on = "2027-03-28".parse().unwrap();
    let at = LocalTime::from(jiff::civil::date(2027, 3, 28).at(9, 0, 0, 0));
    for (kind, variables, expected) in [
        (
            "one-time-code",
            &[("code", " 012345 ")][..],
            Notice::OneTimeCode {
                code: "012345".into(),
                minutes: 5,
            },
        ),
        (
            "one-time-code",
            &[("code", "012345"), ("minutes", "10")],
            Notice::OneTimeCode {
                code: "012345".into(),
                minutes: 10,
            },
        ),
        (
            "contract-expiry",
            &[("contract", "A-12"), ("ends_on", "2027-03-28")],
            Notice::ContractExpiry {
                contract: "A-12".into(),
                ends_on: due_on,
            },
        ),
        (
            "bill-issued",
            &bill,
            Notice::BillIssued {
                bill: "B-7".into(),
                amount,
                due_on,
            },
        ),
        (
            "bill-overdue",
            &bill,
            Notice::BillOverdue {
                bill: "B-7".into(),
                amount,
                due_on,
            },
        ),
        (
            "payment-confirmed",
            &[("bill", "B-7"), ("amount", "125000₮")],
            Notice::PaymentConfirmed {
                bill: "B-7".into(),
                amount,
            },
        ),
        (
            "booking-created",
            &[("what", "Lesson"), ("at", "2027-03-28T09:00")],
            Notice::BookingCreated {
                what: "Lesson".into(),
                at,
            },
        ),
        (
            "booking-changed",
            // Texts state the local time, whatever the zone.
            &[("what", "Lesson"), ("at", "2027-03-28T09:00+08:00[Asia/Ulaanbaatar]")],
            Notice::BookingChanged {
                what: "Lesson".into(),
                at,
            },
        ),
        (
            "booking-cancelled",
            &[("what", "Lesson"), ("at", "28.03.2027 9 am")],
            Notice::BookingCancelled {
                what: "Lesson".into(),
                at,
            },
        ),
        (
            "announcement",
            &[("text", "Closed on Friday.")],
            Notice::Announcement {
                text: "Closed on Friday.".into(),
            },
        ),
    ] {
        let notice = read(kind, variables);
        assert_eq!(notice, Ok(expected), "{kind}");
        assert_eq!(notice.unwrap().kind().as_str(), kind);
    }
}

#[test]
fn every_wrong_variable_is_named_at_once() {
    let long = "a".repeat(201);
    for (kind, variables, expected) in [
        (
            "bill-issued",
            &[
                ("amount", "12,50"),
                ("currency", "MNT"),
                ("due_on", "at Easter"),
                ("due", "x"),
            ][..],
            &[
                "variables.bill is missing",
                "variables.amount an amount is digits with at most two decimals after a point, such as 125,000.50",
                "variables.due_on must be a date, such as 2027-03-28",
                "variables.due is none of bill, currency, amount, due_on",
            ][..],
        ),
        (
            "payment-confirmed",
            &[("bill", &long), ("amount", "5")],
            &[
                "variables.bill must have at most 200 characters",
                "variables.currency a currency is one of MNT, USD, EUR, GBP, INR",
            ],
        ),
        (
            "payment-confirmed",
            &[("bill", "B-7"), ("amount", "-5 MNT")],
            &["variables.amount must not be negative"],
        ),
        (
            "one-time-code",
            &[("code", " "), ("minutes", "0")],
            &[
                "variables.code is missing",
                "variables.minutes must be a whole number from 1 to 1440",
            ],
        ),
        (
            "booking-created",
            &[("what", "Lesson"), ("at", "2027-03-28T09:00Z")],
            &["variables.at must be a local date and time, such as 2027-03-28T09:00"],
        ),
        (
            "booking-created",
            &[("what", "Lesson"), ("at", "2027-02-30T09:00")],
            &["variables.at must be a local date and time, such as 2027-03-28T09:00"],
        ),
        (
            "booking-created",
            &[("what", "Lesson"), ("at", "03/04/2027 9 am")],
            &["variables.at can be read as two dates; it must be a local date and time, such as 2027-03-28T09:00"],
        ),
    ] {
        assert_eq!(read(kind, variables).unwrap_err(), expected, "{kind}");
    }
    for kind in ["reply", "lunch", ""] {
        let errors = read(kind, &[("text", "x")]).unwrap_err();
        let [error] = errors.as_slice() else {
            panic!("{errors:?}")
        };
        assert!(error.starts_with("type must be one of one-time-code, "), "{error}");
    }
}

proptest! {
    #[test]
    fn reading_is_total_and_errors_quote_nothing(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        values in proptest::collection::btree_map(
            "code|minutes|bill|amount|currency|due_on|what|at|text", "[0-9а-я:,.-]{30,40}", 0..6,
        ),
    ) {
        if let Err(errors) = Notice::from_variables(kind.as_str(), &values) {
            for value in values.values() {
                prop_assert!(errors.iter().all(|error| !error.problem.contains(value.as_str())), "{:?}", errors);
            }
        }
    }
}
