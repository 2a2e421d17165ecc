//! The signature by which a webhook call is known to be Twilio's.
//!
//! Base64 of the HMAC-SHA1, keyed with the account's auth token, over the address as Twilio called it, query included,
//! followed by every form field's name and value in the order of the names.
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>; repeated fields and ports as in Twilio's own
//! validators.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Whether `signature`, the value of `X-Twilio-Signature`, was made with `auth_token` for this call. Compared in constant
/// time. `form` are the decoded fields of the body, in any order.
pub(super) fn is_genuine(auth_token: &str, url: &str, form: &[(String, String)], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    if auth_token.is_empty() {
        return false;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    let fields = in_order(form);
    addresses(url).any(|address| hmac::verify(&key, format!("{address}{fields}").as_bytes(), &signature).is_ok())
}

/// Names and values without anything between them. Of a field that is repeated with the same value one is signed.
fn in_order(form: &[(String, String)]) -> String {
    let mut fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// The address as it is, without its port, and with the scheme's own: Twilio is not consistent in which of them it signs.
fn addresses(url: &str) -> impl Iterator<Item = String> {
    let parts = url.split_once("://").map(|(scheme, rest)| {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        (scheme, authority, path)
    });
    let others = parts.map(|(scheme, authority, path)| {
        let host = authority
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(authority, |(host, _)| host);
        let own_port = if scheme == "https" { 443 } else { 80 };
        let with_port = (host == authority).then(|| format!("{scheme}://{host}:{own_port}{path}"));
        [Some(format!("{scheme}://{host}{path}")), with_port]
    });
    std::iter::once(url.to_owned()).chain(others.into_iter().flatten().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    /// Of the call at `URL` in Twilio's documentation and in the tests of its libraries.
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn documented() -> Vec<(String, String)> {
        form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ])
    }

    #[test]
    fn the_documented_call_is_genuine() {
        assert!(is_genuine(TOKEN, URL, &documented(), SIGNATURE));
    }

    #[test]
    fn a_change_anywhere_is_noticed() {
        let cases = [
            ("token", "12346", URL, documented(), SIGNATURE),
            ("no token", "", URL, documented(), SIGNATURE),
            (
                "path",
                TOKEN,
                "https://mycompany.com/other.php?foo=1&bar=2",
                documented(),
                SIGNATURE,
            ),
            (
                "query",
                TOKEN,
                "https://mycompany.com/myapp.php?foo=1&bar=3",
                documented(),
                SIGNATURE,
            ),
            (
                "host",
                TOKEN,
                "https://mycompany.co/myapp.php?foo=1&bar=2",
                documented(),
                SIGNATURE,
            ),
            ("a field fewer", TOKEN, URL, documented().split_off(1), SIGNATURE),
            (
                "a field more",
                TOKEN,
                URL,
                [documented(), form(&[("Z", "")])].concat(),
                SIGNATURE,
            ),
            (
                "another signature",
                TOKEN,
                URL,
                documented(),
                "RSOYDt4T1cUTdK1PDd93/VVr8B9=",
            ),
            ("cut short", TOKEN, URL, documented(), "RSOYDt4T1cUTdK1P"),
            ("not base64", TOKEN, URL, documented(), "genuine, honestly"),
            ("empty", TOKEN, URL, documented(), ""),
        ];
        for (case, token, url, form, signature) in cases {
            assert!(!is_genuine(token, url, &form, signature), "{case}");
        }
    }

    #[test]
    fn a_port_may_be_signed_or_not() {
        let cases = [
            ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", SIGNATURE),
            (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (
                "http://mycompany.com/myapp.php?foo=1&bar=2",
                "0ZXoZLH/DfblKGATFgpif+LLRf4=",
            ),
            (
                "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
                "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
            ),
        ];
        for (url, signature) in cases {
            assert!(is_genuine(TOKEN, url, &documented(), signature), "{url}");
        }
    }

    #[test]
    fn repeated_fields_are_signed_once_a_value() {
        let signature = "IK+Dwps556ElfBT0I3Rgjkr1wJU=";
        for fields in [
            vec![
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
            ],
            vec![
                ("Digits", "1234"),
                ("Digits", "1234"),
                ("Digits", "5678"),
                ("SidAccount", "AC123"),
                ("Sid", "CA123"),
            ],
        ] {
            assert!(is_genuine(TOKEN, URL, &form(&fields), signature), "{fields:?}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_not_genuine() {
        for url in [
            "",
            "://",
            "https://",
            "mycompany.com",
            "https://:",
            "https://[::1]:8080/x",
        ] {
            assert!(!is_genuine(TOKEN, url, &documented(), SIGNATURE), "{url}");
        }
    }
}
