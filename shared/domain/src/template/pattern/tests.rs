//! Whether a text is the registered one.

use proptest::prelude::*;

use super::*;

fn template(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn k52_punctuation_variants_match_the_registered_text() {
    let registered = "Hi {#var#}, don’t forget\u{2028}“{#var#}” – see you…";
    for (text, expected) in [
        (
            "Hi Asha, don’t forget\u{2028}“Pottery” – see you…",
            Some(["Asha", "Pottery"]),
        ),
        (
            "Hi Asha, don't forget\n\"Pottery\" - see you...",
            Some(["Asha", "Pottery"]),
        ),
        (
            "Hi O'Neill, don't forget\n\"Pottery\" - see you...",
            Some(["O'Neill", "Pottery"]),
        ),
        ("Hi Asha, do not forget\n\"Pottery\" - see you...", None),
    ] {
        let found = template(registered).registered(text).ok();
        let expected = expected.map(|[name, course]| {
            let text = format!("Hi {name}, don’t forget\u{2028}“{course}” – see you…");
            (text, vec![name.to_owned(), course.to_owned()])
        });
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn matching_returns_the_values() {
    let longest = "x".repeat(30);
    let offer = "Hi {#var#}, your shift is on {#var#}.";
    let cases: [(&str, &str, &[&str]); 12] = [
        ("No variable.", "No variable.", &[]),
        (
            offer,
            "Hi Asha, your shift is on Friday 18:00.",
            &["Asha", "Friday 18:00"],
        ),
        (offer, "Hi A, B, your shift is on C.D.", &["A, B", "C.D"]),
        ("Hi {#var1#}, {#var2#}!", "Hi Asha, 5!", &["Asha", "5"]),
        ("{#numeric#} is your code", "1234 is your code", &["1234"]),
        ("{#alphanumeric#}{#url#}", "xy", &["x", "y"]),
        (
            "See {#urlott#} or {#cbn#} or {#email#}",
            "See a.b/c or 18001 or a@b.c",
            &["a.b/c", "18001", "a@b.c"],
        ),
        ("{#var#}", &longest, &[&longest]),
        ("{#var#}{#var#}", &"y".repeat(60), &[&"y".repeat(30), &"y".repeat(30)]),
        ("Line\n{#var#}\r\nline | end", "Line\nA\r\nline | end", &["A"]),
        (
            "नमस्ते {#var#}, शिफ्ट {#var#}",
            "नमस्ते आशा, शिफ्ट शुक्रवार",
            &["आशा", "शुक्रवार"],
        ),
        ("{#var#} {#var#}", "{#var#} {#var#}", &["{#var#}", "{#var#}"]),
    ];
    for (registered, text, values) in cases {
        let found = template(registered).values(text).unwrap();
        assert_eq!(found, values, "{registered:?}");
    }
}

#[test]
fn a_mismatch_names_its_position() {
    use MismatchKind::{Differs, LongValue, Separator};
    let offer = "Hi {#var#}, your shift is on {#var#}.";
    let long = format!("Hi {}, your shift is on Friday.", "x".repeat(31));
    let cases = [
        ("one blank more", "No variable.", "No  variable.", Differs, 4),
        ("another first character", "No variable.", "no variable.", Differs, 1),
        ("nothing", "No variable.", "", Differs, 1),
        ("too short", "No variable.", "No vari", Differs, 8),
        ("too long", "No variable.", "No variable. ", Differs, 13),
        (
            "a letter in the middle",
            offer,
            "Hi Asha, your Shift is on Friday.",
            Differs,
            15,
        ),
        (
            "the end is missing",
            offer,
            "Hi Asha, your shift is on Friday",
            Differs,
            32,
        ),
        (
            "the end is another",
            offer,
            "Hi Asha, your shift is on Friday!",
            Differs,
            33,
        ),
        (
            "the end is further away",
            "Hi {#var#} and thanks.",
            "Hi A, thanks!",
            Differs,
            7,
        ),
        ("nothing of the middle", offer, "Hi Asha: go", Differs, 4),
        (
            "more after the end",
            offer,
            "Hi Asha, your shift is on Friday. Bye",
            Differs,
            34,
        ),
        ("an empty value", offer, "Hi , your shift is on Friday.", Differs, 4),
        ("an empty value at the end", "Hi {#var#}", "Hi ", Differs, 4),
        ("a long value", offer, &long, LongValue, 34),
        (
            "a separator in a value",
            offer,
            "Hi As|ha, your shift is on Friday.",
            Separator,
            6,
        ),
        (
            "a line break in a value",
            offer,
            "Hi Asha, your shift is on Fri\nday.",
            Separator,
            30,
        ),
        ("in another alphabet", "नमस्ते {#var#}!", "नमस्ते आशा?", Differs, 11),
    ];
    for (name, registered, text, kind, position) in cases {
        let mismatch = template(registered).values(text).unwrap_err();
        assert_eq!((mismatch.kind, mismatch.position), (kind, position), "{name}");
    }
}

#[test]
fn what_is_more_alike_is_closer() {
    let text = "Hi Asha, your shift is on Friday!";
    let alike = |registered| template(registered).values(text).unwrap_err().alike;
    assert!(alike("Hi {#var#}, your shift is on {#var#}.") > alike("Hi {#var#}, your code is {#var#}"));
    assert!(alike("Hi {#var#}, your code is {#var#}") > alike("Dear {#var#}, your shift is on {#var#}"));
}

#[test]
fn a_placeholder_is_one_that_operators_know() {
    let cases = [
        ("", PatternError::Empty),
        ("Hi {#name#}", PatternError::UnknownPlaceholder(4)),
        ("Hi {#Var#}", PatternError::UnknownPlaceholder(4)),
        ("Hi {##}", PatternError::UnknownPlaceholder(4)),
        ("é {#var#} {# var#}", PatternError::UnknownPlaceholder(11)),
        ("{#var1a#}", PatternError::UnknownPlaceholder(1)),
        ("Hi {#var", PatternError::Unclosed(4)),
        ("Hi {#var}, {#", PatternError::Unclosed(4)),
    ];
    for (text, error) in cases {
        assert_eq!(Pattern::parse(text), Err(error), "{text:?}");
    }
    for text in ["{var}", "{ #var# }", "#}", "100 # {x}"] {
        assert_eq!(template(text).values(text), Ok(vec![]), "{text:?}");
    }
}

#[test]
fn a_difference_shows_what_stands_there_in_both() {
    let offer = "Hi {#var1#}, your shift is on {#numeric#}. See {#url#}";
    let long = "x".repeat(31);
    let cases = [
        ("Hi Asha, your Shift", 15, "shift is on {#numeri", "Shift"),
        ("Hi Asha, your shift is on 5. See ", 34, "{#url#}", ""),
        ("Hello", 2, "i {#var#}, your shif", "ello"),
    ];
    for (text, position, expected, found) in cases {
        let difference = template(offer).check(text).unwrap_err();
        assert_eq!(difference.kind, MismatchKind::Differs, "{text}");
        assert_eq!(
            (
                difference.position,
                difference.expected.as_str(),
                difference.found.as_str()
            ),
            (position, expected, found)
        );
    }
    let longer = template("No variable.").check("No variable. Bye").unwrap_err();
    assert_eq!(
        (longer.position, longer.expected.as_str(), longer.found.as_str()),
        (13, "", " Bye")
    );
    let kind = |text: &str| template(offer).check(text).unwrap_err().kind;
    assert_eq!(
        kind("Hi Asha, your shift is on Friday. See a.b/c"),
        MismatchKind::WrongKind(Placeholder::Numeric)
    );
    assert_eq!(
        kind("Hi Asha, your shift is on 5. See you"),
        MismatchKind::WrongKind(Placeholder::Url)
    );
    assert_eq!(
        kind(&format!("Hi {long}, your shift is on 5. See a.b/c")),
        MismatchKind::LongValue
    );
    assert!(!format!("{:?}", template(offer).check("Hello").unwrap_err()).contains("ello"));
}

#[test]
fn ambiguous_values_are_split_by_kind() {
    let values = template("{#alphanumeric#}{#numeric#}").check("Room 12").unwrap();
    assert_eq!(values, ["Room 1", "2"]);
    let values = template("{#numeric#}{#alphanumeric#}").check("12 Room").unwrap();
    assert_eq!(values, ["12", " Room"]);
    let values = template("{#numeric#} {#email#} {#var#}").check("1 a@b.c d e").unwrap();
    assert_eq!(values, ["1", "a@b.c", "d e"]);
}

#[test]
fn values_are_put_in_one_for_each_variable() {
    let offer = template("Hi {#var1#}, code {#numeric#}.");
    assert_eq!(offer.fill(&["Asha", "17"]), Ok("Hi Asha, code 17.".to_owned()));
    assert_eq!(template("Bye.").fill::<&str>(&[]), Ok("Bye.".to_owned()));
    let long = "x".repeat(31);
    let wrong = |variable, error| FillError::Value { variable, error };
    let cases: [(&[&str], FillError, &str); 5] = [
        (
            &["Asha"],
            FillError::Count { variables: 2, given: 1 },
            "the text has 2 variables and 1 values were given",
        ),
        (
            &["Asha", "17", "18"],
            FillError::Count { variables: 2, given: 3 },
            "the text has 2 variables and 3 values were given",
        ),
        (&["", "17"], wrong(1, ValueError::Empty), "value 1 is empty"),
        (
            &[&long, "17"],
            wrong(1, ValueError::TooLong(31)),
            "value 1 has 31 characters; at most 30 are allowed",
        ),
        (
            &["Asha", "x"],
            wrong(2, ValueError::WrongKind(Placeholder::Numeric)),
            "value 2 is not digits only",
        ),
    ];
    for (values, error, text) in cases {
        assert_eq!(offer.fill(values), Err(error));
        assert_eq!(error.to_string(), text);
    }
}

/// A registered text, its values, and the result.
fn filled() -> impl Strategy<Value = (String, String)> {
    let piece = prop_oneof![
        "[a-c |é,.\n]{1,6}".prop_map(|text| (text.clone(), text)),
        "[a-c ,.é]{1,30}".prop_map(|value| ("{#var#}".to_owned(), value)),
    ];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.into_iter().unzip())
}

fn fill(registered: &str, values: &[String]) -> String {
    let mut values = values.iter();
    let mut pieces = registered.split("{#var#}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(values.next().unwrap());
        text.push_str(piece);
    }
    assert_eq!(values.next(), None);
    text
}

proptest! {
    #[test]
    fn filled_text_matches_and_round_trips((registered, text) in filled()) {
        let values = template(&registered).values(&text).unwrap();
        prop_assert_eq!(fill(&registered, &values), text);
        for value in values {
            prop_assert!((1..=30).contains(&value.chars().count()));
            prop_assert!(!value.contains(['|', '\n', '\r']));
        }
    }

    #[test]
    fn any_match_can_be_filled_again(
        (registered, _) in filled(),
        (_, text) in filled(),
    ) {
        match template(&registered).values(&text) {
            Ok(values) => prop_assert_eq!(fill(&registered, &values), text),
            Err(mismatch) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&mismatch.position));
                prop_assert!(mismatch.alike <= registered.chars().count());
            }
        }
    }

    #[test]
    fn what_can_be_filled_in_passes_the_check(
        pieces in proptest::collection::vec(prop_oneof![
            "[a-z0-9 @.{#]{1,8}".prop_map(|text| (text, None)),
            "[0-9]{1,30}".prop_map(|value| ("{#numeric#}".to_owned(), Some(value))),
            "[A-Za-z0-9 é]{1,30}".prop_map(|value| ("{#alphanumeric#}".to_owned(), Some(value))),
            "[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{2,3}".prop_map(|value| ("{#email#}".to_owned(), Some(value))),
            "https://[a-z]{1,9}\\.[a-z]{2,3}".prop_map(|value| ("{#url#}".to_owned(), Some(value))),
            "[0-9]{3,15}".prop_map(|value| ("{#cbn#}".to_owned(), Some(value))),
            "\\PC{1,30}".prop_map(|value| ("{#var3#}".to_owned(), Some(value))),
        ], 1..8),
    ) {
        let registered: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        let values: Vec<&String> = pieces.iter().filter_map(|(_, value)| value.as_ref()).collect();
        let Ok(pattern) = Pattern::parse(&registered) else {
            return Ok(());
        };
        let Ok(text) = pattern.fill(&values) else {
            return Ok(());
        };
        let found = pattern.check(&text).unwrap();
        prop_assert_eq!(pattern.fill(&found), Ok(text.clone()));
        prop_assert!(pattern.values(&text).is_ok());
    }

    #[test]
    fn reading_is_total(registered in "(\\{#|#\\}|var|\\PC){0,12}", text in "\\PC{0,40}") {
        if let Ok(template) = Pattern::parse(&registered) {
            let _ = template.values(&text);
            let _ = template.check(&text);
        }
    }
}
