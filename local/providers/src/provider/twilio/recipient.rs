//! What numbers look like, and those that stand for something.

/// Why a text to a number is accepted and does not arrive: the error that the number ends in. Our own rule, not Twilio's.
pub(super) fn operator_error(to: &str) -> Option<(u32, &'static str)> {
    let error = to.get(to.len().saturating_sub(4)..)?;
    Some(match error {
        "3003" => (30003, "Unreachable destination handset"),
        "3004" => (30004, "Message blocked"),
        "3005" => (30005, "Unknown destination handset"),
        "3006" => (30006, "Landline or unreachable carrier"),
        "3007" => (30007, "Message filtered"),
        "3008" => (30008, "Unknown error"),
        _ => return None,
    })
}

/// `+` and 7 to 15 digits, the first not 0.
pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// At most 11 letters, digits, blanks and a few signs, not all of them digits.
pub(super) fn is_alphanumeric_sender(sender: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '+' | '-' | '_' | '&');
    (1..=11).contains(&sender.len()) && sender.chars().all(allowed) && sender.chars().any(|c| c.is_ascii_alphabetic())
}
