//! The kinds of messages, and their policies: lane, patience and whether they may be repeated.

use jiff::{SignedDuration, Timestamp};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::phone_number::tidy;

/// A queued message that no sender has claimed by then is put before the senders again.
const OVERLOOKED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// How a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Channel {
    Sms,
    /// A notification of an app.
    Push,
    /// A call back asked of the contact centre.
    Call,
    /// A campaign that the provider expands itself.
    PinpointCampaign,
}

/// Which of the two senders carries a message, so that a reply never waits behind a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Lane {
    Interactive,
    Bulk,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    Announcement,
    /// The answer to an employee's text.
    Reply,
    OptOutConfirmation,
    OptInConfirmation,
    Help,
    /// The answer to somebody who may not book.
    Refusal,
    CallBack,
    PinpointCampaign,
    AppointmentScheduled,
    AppointmentRescheduled,
    AppointmentCancelled,
    /// Asks the customer whether they will come.
    AppointmentConfirmation,
    /// Notifies the staff of the customer's answer to that.
    AppointmentAnswered,
    ReviewRequest,
    /// Before a shift that the person has booked.
    ShiftReminder,
    OneTimeCode,
    ContractExpiry,
    BillIssued,
    PaymentConfirmed,
    BillOverdue,
    BookingCreated,
    BookingChanged,
    BookingCancelled,
    /// One step of a sequence, to one registrant of a workshop.
    SequenceStep,
    /// Tells the organisation that its budget is nearly used up.
    BudgetAlert,
}

/// The rules for one kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub lane: Lane,
    /// Whether it is sent again when it is not known whether the provider took it.
    pub repeat: bool,
    /// Whether it goes to somebody who opted out.
    pub despite_opt_out: bool,
    pub lifetime: SignedDuration,
    pub attempts: u32,
    /// Whether it goes at any hour. Anything else waits for the morning.
    pub critical: bool,
    /// Whether it may use what the organisation's budget holds in reserve.
    pub reserved: bool,
    /// Whether its body is removed once a provider has it, whatever the organisation keeps.
    pub body_goes_when_sent: bool,
}

impl Channel {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Lane {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The timer of a message that is queued: in the bulk lane its place in its line, which is when it was made; in the
    /// other one when it counts as overlooked.
    pub(super) fn queued_until(self, created_at: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Self::Interactive => now + OVERLOOKED_AFTER,
            Self::Bulk => created_at,
        }
    }
}

impl Kind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// The kind as people may type it, such as `One time codes` or `bill_issued`.
    pub fn from_typed(text: &str) -> Option<Self> {
        let letters = |text: &str| -> String {
            let letters = text.chars().filter(|it| it.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let typed = letters(&tidy(text));
        Self::ALL.iter().copied().find(|kind| {
            let name = letters(kind.as_str());
            let several = name
                .strip_suffix('y')
                .map_or_else(|| format!("{name}s"), |stem| format!("{stem}ies"));
            typed == name || typed == several
        })
    }

    /// Whether we begin with it, so that it is no answer to the person's own text.
    pub fn is_begun_by_us(self) -> bool {
        !matches!(
            self,
            Self::Reply
                | Self::OptOutConfirmation
                | Self::OptInConfirmation
                | Self::Help
                | Self::Refusal
                | Self::CallBack
                | Self::PinpointCampaign
        )
    }

    /// Whether it says how to stop by itself.
    pub fn says_how_to_stop(self) -> bool {
        self == Self::Announcement
    }

    /// Whether the first of our texts to a person may end with how to stop.
    pub fn may_end_with_how_to_stop(self) -> bool {
        self.is_begun_by_us() && !self.says_how_to_stop() && self != Self::OneTimeCode
    }

    pub fn channel(self) -> Channel {
        match self {
            Self::CallBack => Channel::Call,
            Self::PinpointCampaign => Channel::PinpointCampaign,
            _ => Channel::Sms,
        }
    }

    pub fn policy(self) -> Policy {
        // Somebody waits for it.
        let interactive = Policy {
            lane: Lane::Interactive,
            repeat: true,
            despite_opt_out: false,
            lifetime: SignedDuration::from_hours(1),
            attempts: 5,
            critical: true,
            reserved: false,
            body_goes_when_sent: false,
        };
        // Nobody waits for it, so better never than twice; it outlives a night of quiet.
        let notice = Policy {
            lane: Lane::Bulk,
            repeat: false,
            lifetime: SignedDuration::from_hours(24),
            attempts: 6,
            critical: false,
            ..interactive
        };
        match self {
            Self::Reply => interactive,
            Self::OptInConfirmation => Policy {
                reserved: true,
                ..interactive
            },
            Self::Help => Policy {
                despite_opt_out: true,
                reserved: true,
                ..interactive
            },
            // One confirmation, within minutes, and never two.
            Self::OptOutConfirmation => Policy {
                repeat: false,
                despite_opt_out: true,
                reserved: true,
                lifetime: SignedDuration::from_mins(15),
                ..interactive
            },
            Self::Refusal => Policy {
                repeat: false,
                ..interactive
            },
            // Connect recognises a repeated ClientToken, so repeating a call back asks for nothing twice.
            Self::CallBack => Policy {
                lifetime: SignedDuration::from_mins(15),
                ..interactive
            },
            // The person asks for it again rather than read an old one.
            Self::OneTimeCode => Policy {
                lifetime: SignedDuration::from_mins(5),
                reserved: true,
                body_goes_when_sent: true,
                ..interactive
            },
            Self::BudgetAlert => Policy {
                repeat: false,
                reserved: true,
                lifetime: SignedDuration::from_hours(24),
                ..interactive
            },
            Self::Announcement => Policy {
                lifetime: SignedDuration::from_hours(12),
                ..notice
            },
            Self::PinpointCampaign => Policy {
                despite_opt_out: true,
                lifetime: SignedDuration::from_hours(12),
                critical: true,
                ..notice
            },
            Self::AppointmentScheduled
            | Self::AppointmentRescheduled
            | Self::AppointmentCancelled
            | Self::AppointmentConfirmation
            | Self::AppointmentAnswered
            | Self::ReviewRequest
            | Self::ShiftReminder
            | Self::ContractExpiry
            | Self::BillIssued
            | Self::PaymentConfirmed
            | Self::BillOverdue
            | Self::BookingCreated
            | Self::BookingChanged
            | Self::BookingCancelled
            | Self::SequenceStep => notice,
        }
    }
}
