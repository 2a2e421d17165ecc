//! `X-Twilio-Signature` (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Base64 of the HMAC-SHA1 of the whole address and, sorted by name, each field's name and value, nothing between them.
pub(super) fn signature(auth_token: &str, url: &str, fields: &[(&str, String)]) -> String {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut signed = url.to_owned();
    for (name, value) in sorted {
        signed.push_str(name);
        signed.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation and of its libraries' tests.
    #[test]
    fn is_the_documented_one() {
        let fields = [
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Caller", "+14158675309"),
            ("CallSid", "CA1234567890ABCDE"),
        ];
        let fields = fields.map(|(name, value)| (name, value.to_owned()));

        let signature = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);

        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
