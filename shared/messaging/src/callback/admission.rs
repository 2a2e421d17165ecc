//! Admission of callbacks. Providers that cannot sign them are authenticated by a secret token in their callback URL and,
//! if it is configured, by their source address.
//!
//! Tokens are compared as digests of equal length, and with all valid ones, so that the time taken reveals nothing
//! about them. A refused caller only learns that there is nothing here.

use std::net::IpAddr;

use ipnet::IpNet;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{Callback, Refusal};
use crate::parameters::{Parameters, Values};

/// A token with fewer characters could be guessed, so it opens nothing.
pub const SHORTEST_TOKEN: usize = 32;

/// The parameter that says where a gateway may call from: addresses and networks such as `192.0.2.0/24`, with commas.
const ALLOWED_SOURCES: &str = "allowed-sources";

/// The admission rules of a provider, as its parameters describe them now.
#[derive(Debug)]
pub struct CallbackAuth {
    tokens: Vec<[u8; 32]>,
    /// Some parameter holds a token that is too short.
    has_weak_token: bool,
    sources: Sources,
}

/// The addresses from which a provider may call.
#[derive(Debug)]
pub enum Sources {
    Anywhere,
    Networks(Vec<IpNet>),
    /// The parameter cannot be read, so nobody is admitted.
    Unusable,
}

impl CallbackAuth {
    /// The rules that the parameters below `path` describe, with the tokens in these parameters.
    pub fn of(path: &str, token_names: &[&str], values: &Values) -> Self {
        let mut parameters = Parameters::new(path, values);
        let given: Vec<String> = token_names
            .iter()
            .filter_map(|name| parameters.optional(name))
            .collect();
        Self {
            tokens: given
                .iter()
                .filter(|token| !is_weak(token))
                .map(|token| Sha256::digest(token).into())
                .collect(),
            has_weak_token: given.iter().any(|token| is_weak(token)),
            sources: Sources::of(path, values),
        }
    }

    /// Admits a call whose token is the one segment behind the provider's own, or a field of its query.
    ///
    /// # Errors
    ///
    /// With the reason why not.
    pub fn admit(&self, callback: &Callback<'_>) -> Result<(), Refusal> {
        match callback.address {
            [_] | [_, ""] => {
                let mut fields = callback.query_fields().into_iter();
                let token = fields.find(|(name, _)| name == "token").map(|(_, token)| token);
                self.admit_token(token.as_deref(), callback.source)
            }
            [_, token] => self.admit_token(Some(token), callback.source),
            _ => Err(Refusal::UnknownAddress),
        }
    }

    /// Admits a call with `token` from `source`, or says why not.
    fn admit_token(&self, token: Option<&str>, source: Option<IpAddr>) -> Result<(), Refusal> {
        if self.tokens.is_empty() {
            return Err(if self.has_weak_token {
                Refusal::WeakToken
            } else {
                Refusal::NotSetUp
            });
        }
        let token = token.filter(|token| !token.is_empty()).ok_or(Refusal::NoToken)?;
        let shown: [u8; 32] = Sha256::digest(token).into();
        let is_valid = self
            .tokens
            .iter()
            .fold(Choice::from(0), |valid, known| valid | known.ct_eq(&shown));
        if !bool::from(is_valid) {
            return Err(Refusal::WrongToken);
        }
        self.sources.admit(source)
    }
}

fn is_weak(token: &str) -> bool {
    token.chars().count() < SHORTEST_TOKEN
}

impl Sources {
    /// Those that the parameters below `path` name.
    pub fn of(path: &str, values: &Values) -> Self {
        let Some(text) = Parameters::new(path, values).optional(ALLOWED_SOURCES) else {
            return Self::Anywhere;
        };
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        networks
            .map(network)
            .collect::<Option<Vec<IpNet>>>()
            .map_or(Self::Unusable, Self::Networks)
    }

    /// Admits a call from `source`.
    ///
    /// # Errors
    ///
    /// With the reason why not.
    pub fn admit(&self, source: Option<IpAddr>) -> Result<(), Refusal> {
        match (self, source.map(|source| source.to_canonical())) {
            (Self::Anywhere, _) => Ok(()),
            (Self::Unusable, _) => Err(Refusal::UnusableSources),
            (Self::Networks(networks), Some(source)) if networks.iter().any(|network| network.contains(&source)) => {
                Ok(())
            }
            (Self::Networks(_), _) => Err(Refusal::ForeignSource),
        }
    }
}

/// A network, or one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "new-token-0123456789abcdef01234567";
    const OLD: &str = "old-token-0123456789abcdef01234567";
    const OTHERS: &str = "another-gateways-token-0123456789a";
    const NAMES: [&str; 2] = ["webhook-token", "webhook-token-previous"];

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn only_tokens_of_this_gateway_are_admitted() {
        let rotating = [
            ("gsm/webhook-token", NEW),
            ("gsm/webhook-token-previous", OLD),
            ("fast2sms/webhook-token", OTHERS),
        ];
        let settled = [("gsm/webhook-token", NEW), ("gsm/webhook-token-previous", " ")];
        let weak = [("gsm/webhook-token", "guess-me")];
        let beside_weak = [("gsm/webhook-token", NEW), ("gsm/webhook-token-previous", "guess-me")];
        let others = [("fast2sms/webhook-token", OTHERS)];
        for (what, parameters, shown, expected) in [
            ("the new one", &rotating[..], Some(NEW), Ok(())),
            ("the old one, meanwhile", &rotating, Some(OLD), Ok(())),
            ("the old one, afterwards", &settled, Some(OLD), Err(Refusal::WrongToken)),
            ("none", &rotating, None, Err(Refusal::NoToken)),
            ("an empty one", &rotating, Some(""), Err(Refusal::NoToken)),
            (
                "a blank one, as an empty parameter",
                &settled,
                Some(" "),
                Err(Refusal::WrongToken),
            ),
            ("half of it", &rotating, Some(&NEW[..17]), Err(Refusal::WrongToken)),
            (
                "in capitals",
                &rotating,
                Some("NEW-TOKEN-0123456789ABCDEF01234567"),
                Err(Refusal::WrongToken),
            ),
            ("another gateway's", &rotating, Some(OTHERS), Err(Refusal::WrongToken)),
            (
                "another gateway's, alone",
                &others,
                Some(OTHERS),
                Err(Refusal::NotSetUp),
            ),
            ("a weak one", &weak, Some("guess-me"), Err(Refusal::WeakToken)),
            (
                "a weak one beside a good one",
                &beside_weak,
                Some("guess-me"),
                Err(Refusal::WrongToken),
            ),
            ("without parameters", &[], Some(NEW), Err(Refusal::NotSetUp)),
        ] {
            let auth = CallbackAuth::of("gsm", &NAMES, &values(parameters));
            assert_eq!(auth.admit_token(shown, None), expected, "{what}");
        }
    }

    #[test]
    fn a_gateway_calls_from_where_it_may() {
        for (allowed, source, expected) in [
            (None, Some("192.0.2.1"), Ok(())),
            (None, None, Ok(())),
            (Some("192.0.2.0/24"), Some("192.0.2.255"), Ok(())),
            (Some("192.0.2.0/24"), Some("192.0.3.1"), Err(Refusal::ForeignSource)),
            (Some("192.0.2.0/24"), None, Err(Refusal::ForeignSource)),
            (Some("198.51.100.7, 192.0.2.0/24,"), Some("198.51.100.7"), Ok(())),
            (Some("198.51.100.7"), Some("198.51.100.8"), Err(Refusal::ForeignSource)),
            (Some("192.0.2.0/24"), Some("::ffff:192.0.2.9"), Ok(())),
            (Some("2001:db8::/32"), Some("2001:db8::1"), Ok(())),
            (Some("2001:db8::/32"), Some("192.0.2.1"), Err(Refusal::ForeignSource)),
            (Some("our office"), Some("192.0.2.1"), Err(Refusal::UnusableSources)),
            (
                Some("192.0.2.0/24,192.0.2.0/64"),
                Some("192.0.2.1"),
                Err(Refusal::UnusableSources),
            ),
        ] {
            let mut parameters = vec![("gsm/webhook-token", NEW)];
            parameters.extend(allowed.map(|allowed| ("gsm/allowed-sources", allowed)));
            let values = values(&parameters);
            let source = source.map(|source| source.parse().unwrap());
            let auth = CallbackAuth::of("gsm", &NAMES, &values);
            assert_eq!(auth.admit_token(Some(NEW), source), expected, "{allowed:?} {source:?}");
            assert_eq!(
                Sources::of("gsm", &values).admit(source),
                expected,
                "{allowed:?} {source:?}"
            );
        }
    }

    #[test]
    fn callback_auth_shows_no_token() {
        let auth = CallbackAuth::of("gsm", &NAMES, &values(&[("gsm/webhook-token", NEW)]));
        assert!(!format!("{auth:?}").contains(NEW));
    }
}
