//! Chooses a message's provider: by the organisation's order of providers for the recipient's country, adjusted by the
//! health of each.

mod health;

pub use health::{Health, HealthCounts, WINDOW, WINDOWS_KEPT, Window};

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::message::{ExcludedProvider, Message};
use crate::phone_number::PhoneNumber;

/// Ordered lists of providers by the beginning of the recipient's number; the longest beginning that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes(BTreeMap<String, Vec<String>>);

/// Why a table of routes cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutesError {
    #[error("\"{0}\" is no beginning of a number: write +, then digits, or * for all numbers")]
    Prefix(String),
    #[error("the route for \"{0}\" names no provider")]
    Empty(String),
    #[error("the route for \"{0}\" names {1} twice")]
    Twice(String, String),
}

/// Stands for all numbers.
const ANY: &str = "*";

impl Routes {
    /// The same providers for every number.
    pub fn to_all(providers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let providers = providers.into_iter().map(Into::into).collect();
        Self([(String::new(), providers)].into())
    }

    /// Builds the table from its rows, such as `("+91", ["fast2sms", "twilio"])` and `("*", ["end-user-messaging"])`.
    ///
    /// # Errors
    ///
    /// For a row whose key is no beginning of a number, or whose list is empty or names a provider twice.
    pub fn new(rows: impl IntoIterator<Item = (String, Vec<String>)>) -> Result<Self, RoutesError> {
        let mut routes = BTreeMap::new();
        for (prefix, providers) in rows {
            let digits = match prefix.as_str() {
                ANY => Some(""),
                prefix => prefix.strip_prefix('+').filter(|digits| !digits.is_empty()),
            };
            if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err(RoutesError::Prefix(prefix));
            }
            if providers.is_empty() {
                return Err(RoutesError::Empty(prefix));
            }
            for (index, provider) in providers.iter().enumerate() {
                if providers[..index].contains(provider) {
                    return Err(RoutesError::Twice(prefix, provider.clone()));
                }
            }
            routes.insert(if prefix == ANY { String::new() } else { prefix }, providers);
        }
        Ok(Self(routes))
    }

    /// The providers for a number, in order of preference; none where no row fits.
    pub fn for_number(&self, number: &PhoneNumber) -> &[String] {
        let fitting = self.0.iter().filter(|(prefix, _)| number.as_str().starts_with(*prefix));
        fitting
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, providers)| providers.as_slice())
            .unwrap_or_default()
    }

    /// The providers for most numbers, in order of preference: those that no row says anything else of.
    pub fn usual(&self) -> &[String] {
        let otherwise = self
            .0
            .get("")
            .or_else(|| self.0.values().next().filter(|_| self.0.len() == 1));
        otherwise.map(Vec::as_slice).unwrap_or_default()
    }

    /// Every provider that is named anywhere.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().map(String::as_str)
    }
}

/// A provider that could carry the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub provider: String,
    pub health: Health,
}

/// Which provider, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub provider: String,
    /// For the message's row: readable, and without anything of the person.
    pub reason: String,
}

/// Chooses among `candidates`, which are in order of preference. `spread` from 0 to 1 decides where shares do.
///
/// - A message that one provider may hold already goes back to that one or nowhere.
/// - The answer to a text goes through the provider that brought it, so that it leaves from the number that was texted.
/// - Otherwise the first provider is preferred by as much as its health allows, then the second, and so on. One that
///   fails entirely gets nothing but a probe now and then.
///
/// `None` where nobody is left who has not refused it.
pub fn choose(message: &Message, candidates: &[Candidate], now: Timestamp, spread: f64) -> Option<Choice> {
    if let Some(holder) = &message.held_by {
        let held = candidates.iter().find(|candidate| candidate.provider == *holder)?;
        return Some(choice(held, "it may hold the message already"));
    }
    let open: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| !message.excluded_providers.contains_key(&candidate.provider))
        .collect();
    let brought = message.via.as_ref();
    if let Some(candidate) = open.iter().find(|candidate| Some(&candidate.provider) == brought) {
        return Some(choice(candidate, "it brought the text that this answers"));
    }
    let refused = candidates.len() - open.len();
    let [first, others @ ..] = open.as_slice() else {
        return None;
    };
    if others.is_empty() {
        return Some(match refused {
            0 => choice(first, "the only provider for this number"),
            _ => choice(first, "the last one that has not refused the message"),
        });
    }
    let working = open.iter().filter(|candidate| !candidate.health.fails_entirely(now));
    let best = working.map(|candidate| candidate.health.share(now)).fold(0.0, f64::max);
    let mut spread = spread.clamp(0.0, 1.0);
    for (place, candidate) in open.iter().enumerate() {
        if candidate.health.fails_entirely(now) {
            if candidate.health.wants_a_probe(now) {
                return Some(choice(candidate, "a probe of a provider that fails"));
            }
            continue;
        }
        let share = if best > 0.0 {
            candidate.health.share(now) / best
        } else {
            1.0
        };
        if spread < share || place + 1 == open.len() {
            let percent = (share * 100.0).round();
            return Some(match (place, refused) {
                (0, 0) => choice(candidate, &format!("first choice, given {percent} % of its texts")),
                _ => choice(candidate, &format!("choice {} for this number", place + refused + 1)),
            });
        }
        spread = (spread - share) / (1.0 - share).max(f64::EPSILON);
    }
    let working = open.iter().find(|candidate| !candidate.health.fails_entirely(now));
    Some(match working {
        Some(candidate) => choice(candidate, "the others fail"),
        None => choice(first, "all providers for this number fail"),
    })
}

/// Whether somebody else could take a message that `provider` refuses. One that a provider may hold goes to nobody else.
pub fn has_alternative(message: &Message, candidates: &[Candidate], provider: &str) -> bool {
    message.held_by.is_none() && has_next(message, candidates, provider)
}

/// Whether somebody else is left for a message that `provider` is given and may report as not delivered.
pub fn has_next(message: &Message, candidates: &[Candidate], provider: &str) -> bool {
    candidates.iter().any(|candidate| {
        candidate.provider != provider && !message.excluded_providers.contains_key(&candidate.provider)
    })
}

/// Whether a provider that was chosen for the message a moment ago may still be asked.
pub fn is_left(message: &Message, provider: &str) -> bool {
    !message.excluded_providers.contains_key(provider)
        && message.held_by.as_ref().is_none_or(|holder| holder == provider)
}

fn choice(candidate: &Candidate, why: &str) -> Choice {
    Choice {
        provider: candidate.provider.clone(),
        reason: format!("{}: {why}", candidate.provider),
    }
}

/// Providers that refused for now may be asked again after a pause; those that refused for good may not.
pub(crate) fn after_a_pause(
    excluded_providers: &BTreeMap<String, ExcludedProvider>,
) -> BTreeMap<String, ExcludedProvider> {
    let for_good = excluded_providers
        .iter()
        .filter(|(_, until)| **until != ExcludedProvider::ForNow);
    for_good.map(|(provider, until)| (provider.clone(), *until)).collect()
}

#[cfg(test)]
mod tests;
