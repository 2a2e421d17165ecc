//! A person we may text: the whitelist of who may book and the audience of campaigns are both made of contacts.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::language::Language;
use crate::message::{Kind, ReceiptMeaning};
use crate::organisation::DEFAULT_ORGANISATION;
use crate::phone_number::PhoneNumber;

/// A person's standing request not to be texted.
#[derive(Clone, PartialEq, Eq)]
pub struct OptOut {
    pub at: Timestamp,
    /// What the person wrote, or the provider's word for it.
    pub words: String,
}

crate::shows_only!(OptOut { at });

/// What a provider says about a message's recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactNote {
    /// The person has opted out at the provider or the operator.
    OptedOut(OptOut),
    /// A text failed for good because of the number.
    Failed { at: Timestamp, reason: ReceiptMeaning },
}

/// A number through which texts failed for good too often. Nothing that nobody waits for is sent to it, until the person
/// texts us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeliverable {
    pub since: Timestamp,
    /// The reason of the last failure, such as `number-dead`.
    pub reason: String,
}

/// So many failures for good within [`FAILURES_COUNT_FOR`] make a number undeliverable.
const TOO_MANY_FAILURES: usize = 3;

const FAILURES_COUNT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A row of the contacts table. A row that has only `phone` is a complete employee.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    pub phone: PhoneNumber,
    pub groups: BTreeSet<String>,
    /// The organisations that the person works for or belongs to; none is [`DEFAULT_ORGANISATION`].
    pub organisations: BTreeSet<String>,
    /// `None` where the row names no language that has a catalogue.
    pub language: Option<Language>,
    pub name: Option<String>,
    /// Where the person's clock hangs; `None` is where the organisation's does.
    pub zone: Option<TimeZone>,
    /// The message types that the person does not want.
    pub kinds_off: BTreeSet<Kind>,
    /// Whether this contact is an employee. False for somebody known only because they asked not to be texted.
    pub may_book: bool,
    /// Whether announcements of open shifts are welcome.
    pub interested: bool,
    pub opt_out: Option<OptOut>,
    /// When the last texts failed for good because of the number, oldest first.
    pub failures: Vec<Timestamp>,
    pub undeliverable: Option<Undeliverable>,
}

crate::shows_only!(Contact {
    phone,
    groups,
    may_book,
    opt_out,
    undeliverable
});

impl Contact {
    /// An employee with only a known number.
    pub fn new(phone: PhoneNumber) -> Self {
        Self {
            phone,
            groups: BTreeSet::new(),
            organisations: BTreeSet::new(),
            language: None,
            name: None,
            zone: None,
            kinds_off: BTreeSet::new(),
            may_book: true,
            interested: true,
            opt_out: None,
            failures: Vec::new(),
            undeliverable: None,
        }
    }

    /// Somebody who is known by the number only, and is no employee.
    pub fn stranger(phone: PhoneNumber) -> Self {
        Self {
            may_book: false,
            ..Self::new(phone)
        }
    }

    /// Records what a provider said about the person. An earlier opt-out stays as it is.
    pub fn note(&mut self, note: &ContactNote) {
        match note {
            ContactNote::OptedOut(opt_out) => {
                self.opt_out.get_or_insert_with(|| opt_out.clone());
            }
            ContactNote::Failed { at, reason } => self.count_failure(*at, *reason),
        }
    }

    fn count_failure(&mut self, at: Timestamp, reason: ReceiptMeaning) {
        if self.undeliverable.is_some() {
            return;
        }
        self.failures.push(at);
        self.failures.sort_unstable();
        let latest = self.failures.last().copied().unwrap_or(at);
        self.failures
            .retain(|failure| latest.duration_since(*failure) < FAILURES_COUNT_FOR);
        if self.failures.len() >= TOO_MANY_FAILURES {
            self.failures.clear();
            self.undeliverable = Some(Undeliverable {
                since: latest,
                reason: reason.as_str().to_owned(),
            });
        }
    }

    /// Forgets the failures: the person has shown that the number works.
    pub fn forget_failures(&mut self) {
        self.failures.clear();
        self.undeliverable = None;
    }

    pub fn has_failures(&self) -> bool {
        self.undeliverable.is_some() || !self.failures.is_empty()
    }

    pub fn opted_out(&self) -> bool {
        self.opt_out.is_some()
    }

    /// Whether the contact is one of that organisation's.
    pub fn works_for(&self, organisation: &str) -> bool {
        if self.organisations.is_empty() {
            organisation == DEFAULT_ORGANISATION
        } else {
            self.organisations.contains(organisation)
        }
    }

    /// The organisation that speaks to this contact where nothing else says which: the only one, if there is one.
    pub fn organisation(&self) -> Option<&str> {
        let mut organisations = self.organisations.iter();
        let organisation = organisations.next()?;
        organisations.next().is_none().then_some(organisation)
    }

    /// Whether a campaign to `groups` reaches this contact; no groups means everybody.
    pub fn is_reached_by(&self, groups: &BTreeSet<String>) -> bool {
        let is_welcome = self.may_book && self.interested && !self.opted_out();
        is_welcome && self.undeliverable.is_none() && (groups.is_empty() || !self.groups.is_disjoint(groups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(groups: &[&str]) -> Contact {
        let mut contact = Contact::new(PhoneNumber::parse("+12025550101").unwrap());
        contact.groups = groups.iter().map(ToString::to_string).collect();
        contact
    }

    #[test]
    fn an_audience_is_everybody_or_group_members() {
        let night: BTreeSet<String> = ["night".to_owned()].into();
        assert!(contact(&[]).is_reached_by(&BTreeSet::new()));
        assert!(contact(&["day", "night"]).is_reached_by(&night));
        assert!(!contact(&["day"]).is_reached_by(&night));
    }

    #[test]
    fn k24_contacts_work_for_named_organisations() {
        for (organisations, works_for, speaks) in [
            (&[][..], [true, false, false], None),
            (&["default"], [true, false, false], Some("default")),
            (&["north"], [false, true, false], Some("north")),
            (&["north", "south"], [false, true, true], None),
        ] {
            let contact = Contact {
                organisations: organisations.iter().map(ToString::to_string).collect(),
                ..contact(&[])
            };
            assert_eq!(["default", "north", "south"].map(|it| contact.works_for(it)), works_for);
            assert_eq!(contact.organisation(), speaks);
        }
    }

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn k48_three_failures_in_thirty_days_flag_a_number() {
        let month = 30 * 24;
        for (failures, flagged_at) in [
            (&[1][..], None),
            (&[1, 2], None),
            (&[1, 2, 3], Some(3)),
            (&[1, 1, 1], Some(1)),
            (&[3, 1, 2], Some(3)),
            (&[1, 2, month], Some(month)),
            (&[1, 2, month + 1], None),
            (&[1, 2, month + 1, month + 1], Some(month + 1)),
            (&[1, 2, 3, 4, 5], Some(3)),
        ] {
            let mut contact = contact(&[]);
            for at in failures {
                contact.note(&ContactNote::Failed {
                    at: hour(*at),
                    reason: ReceiptMeaning::NumberDead,
                });
            }
            let expected = flagged_at.map(|at| Undeliverable {
                since: hour(at),
                reason: "number-dead".to_owned(),
            });
            assert_eq!(contact.undeliverable, expected, "{failures:?}");
            assert_eq!(contact.is_reached_by(&BTreeSet::new()), expected.is_none());
            assert!(contact.has_failures());
            contact.forget_failures();
            assert_eq!(contact, super::tests::contact(&[]));
        }
    }

    #[test]
    fn audiences_leave_out_the_unwilling() {
        let everybody = BTreeSet::new();
        let opted_out = Contact {
            opt_out: Some(OptOut {
                at: Timestamp::UNIX_EPOCH,
                words: "STOP".into(),
            }),
            ..contact(&[])
        };
        assert!(!opted_out.is_reached_by(&everybody));
        assert!(
            !Contact {
                interested: false,
                ..contact(&[])
            }
            .is_reached_by(&everybody)
        );
        assert!(
            !Contact {
                may_book: false,
                ..contact(&[])
            }
            .is_reached_by(&everybody)
        );
    }
}
