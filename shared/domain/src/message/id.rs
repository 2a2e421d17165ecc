//! Message ids, derived from their cause, so that a repeated cause creates nothing new.

use crate::device::DeviceToken;
use crate::digest::digest;
use crate::phone_number::PhoneNumber;

use super::Kind;

/// A message's id: stable, unguessable from outside, and telling nothing about the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// An id that was derived before, as read back from a row, an event or a provider's echo.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number from 0 to `buckets` - 1 that spreads messages evenly.
    pub fn bucket(&self, buckets: u8) -> u8 {
        let sum = self
            .0
            .bytes()
            .fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
        u8::try_from(sum % u32::from(buckets.max(1))).unwrap_or(0)
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a message exists.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// The answer to an inbound text.
    Inbound { inbound_id: &'a str },
    /// What an inbound text asked for besides its answer.
    CallBack { inbound_id: &'a str },
    Announcement {
        campaign_id: &'a str,
        phone: &'a PhoneNumber,
    },
    /// The same to an app of that person.
    Push {
        campaign_id: &'a str,
        token: &'a DeviceToken,
    },
    /// A whole campaign handed to the provider.
    ProviderCampaign { campaign_id: &'a str },
    /// The message that follows once the outcome of `message` is known.
    FollowUp { message: &'a MessageId },
    /// A notice sent once for each `key` of an organisation: a record and its revision, or the caller's own.
    Notice {
        organisation: &'a str,
        kind: Kind,
        key: &'a str,
        to: &'a PhoneNumber,
    },
    /// A step of a sequence for a registrant of a workshop.
    Step {
        workshop: &'a str,
        step: &'a str,
        registrant: &'a str,
    },
    /// That the budget of a month is nearly used up.
    BudgetAlert { organisation: &'a str, month: &'a str },
}

impl Cause<'_> {
    pub fn message_id(&self) -> MessageId {
        let (prefix, parts): (_, &[&str]) = match self {
            Self::Inbound { inbound_id } => ("reply", &[inbound_id, ""]),
            Self::CallBack { inbound_id } => ("call", &[inbound_id, ""]),
            Self::Announcement { campaign_id, phone } => ("announcement", &[campaign_id, phone.as_str()]),
            Self::Push { campaign_id, token } => ("push", &[campaign_id, token.as_str()]),
            Self::ProviderCampaign { campaign_id } => ("campaign", &[campaign_id, ""]),
            Self::FollowUp { message } => ("follow-up", &[message.as_str(), ""]),
            Self::Notice {
                organisation,
                kind,
                key,
                to,
            } => (kind.as_str(), &[organisation, key, to.as_str()]),
            Self::Step {
                workshop,
                step,
                registrant,
            } => ("step", &[workshop, step, registrant]),
            Self::BudgetAlert { organisation, month } => ("budget-alert", &[organisation, month]),
        };
        MessageId(format!("{prefix}-{}", digest(&[&[prefix], parts].concat())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_the_cause_alone() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let announcement = |campaign_id| {
            Cause::Announcement {
                campaign_id,
                phone: &phone,
            }
            .message_id()
        };
        assert_eq!(announcement("c1"), announcement("c1"));
        assert_ne!(announcement("c1"), announcement("c2"));
        assert_ne!(
            Cause::Inbound { inbound_id: "i" }.message_id().as_str(),
            Cause::CallBack { inbound_id: "i" }.message_id().as_str()
        );
        assert!(!announcement("c1").as_str().contains("2025550101"));
    }

    #[test]
    fn k23_a_key_is_its_organisations_own() {
        let to = &PhoneNumber::parse("+12025550101").unwrap();
        let notice = |organisation, key| {
            Cause::Notice {
                organisation,
                kind: Kind::BillIssued,
                key,
                to,
            }
            .message_id()
        };
        assert_eq!(notice("north", "bill-7"), notice("north", "bill-7"));
        assert_ne!(notice("north", "bill-7"), notice("south", "bill-7"));
        assert_ne!(notice("north", "bill-7"), notice("default", "bill-7"));
        assert_ne!(notice("ab", "c"), notice("a", "bc"));
    }

    #[test]
    fn buckets_are_filled_evenly() {
        let mut filled = [0_u32; 8];
        for n in 0..8000 {
            let inbound_id = n.to_string();
            filled[usize::from(
                Cause::Inbound {
                    inbound_id: &inbound_id,
                }
                .message_id()
                .bucket(8),
            )] += 1;
        }
        assert!(filled.iter().all(|n| (850..1150).contains(n)), "{filled:?}");
    }
}
