//! What an answer says, as it may be recorded.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Enough for the reason, too little for a page.
const LONGEST: usize = 200;

/// What stands where something was taken out.
const HIDDEN: &str = "…";

/// The beginning of `text`, on one line and without any of `hidden`, plain or as in an address.
///
/// What is secret or personal is taken out before the rest is cut off: half of a text is not recognised any more.
pub(crate) fn excerpt<'a>(text: &str, hidden: impl IntoIterator<Item = &'a str>) -> String {
    let mut kept = text.to_owned();
    for secret in hidden.into_iter().map(str::trim).filter(|secret| !secret.is_empty()) {
        let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        for written in [secret, &form, &percent] {
            kept = kept.replace(written, HIDDEN);
        }
    }
    let line: Vec<&str> = kept.split_whitespace().collect();
    line.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_line_without_what_is_hidden() {
        let cases: [(&str, &[&str], &str); 8] = [
            ("Invalid Numbers", &[], "Invalid Numbers"),
            ("  two\r\n lines\t", &[], "two lines"),
            ("bad key k-1: k-1", &["k-1"], "bad key …: …"),
            ("GET /s?text=Hi+J%26J&p=1", &["Hi J&J"], "GET /s?text=…&p=1"),
            ("GET /s?text=Hi%20J%26J&p=1", &["Hi J&J"], "GET /s?text=…&p=1"),
            ("nothing to hide", &["", " "], "nothing to hide"),
            ("one\ntwo three", &["one\ntwo"], "… three"),
            ("", &["x"], ""),
        ];
        for (text, hidden, expected) in cases {
            assert_eq!(excerpt(text, hidden.iter().copied()), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_hidden_leaves_no_beginning_behind_where_the_text_is_cut() {
        let body = "a body of many words, ".repeat(20);
        let text = format!("{} cannot send '{}' today", "x".repeat(180), body.trim());
        let kept = excerpt(&text, [body.as_str()]);
        assert_eq!(kept.chars().count(), 200);
        assert!(!kept.contains("many words"), "{kept}");
        assert_eq!(excerpt(&"ы".repeat(300), []), "ы".repeat(200));
    }
}
