//! What a message is for, and what follows from that: its lane, its patience and whether it may be repeated.

use jiff::SignedDuration;

/// How a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    Interactive,
    Bulk,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Announcement,
    /// The answer to an employee's text.
    Reply,
    OptOutConfirmation,
    OptInConfirmation,
    Help,
    /// What somebody who may not book is told.
    Refusal,
    CallBack,
    PinpointCampaign,
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
}

impl Channel {
    pub const ALL: [Self; 4] = [Self::Sms, Self::Push, Self::Call, Self::PinpointCampaign];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Call => "call",
            Self::PinpointCampaign => "pinpoint-campaign",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

impl Lane {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Announcement,
        Self::Reply,
        Self::OptOutConfirmation,
        Self::OptInConfirmation,
        Self::Help,
        Self::Refusal,
        Self::CallBack,
        Self::PinpointCampaign,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announcement => "announcement",
            Self::Reply => "reply",
            Self::OptOutConfirmation => "opt-out-confirmation",
            Self::OptInConfirmation => "opt-in-confirmation",
            Self::Help => "help",
            Self::Refusal => "refusal",
            Self::CallBack => "call-back",
            Self::PinpointCampaign => "pinpoint-campaign",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn channel(self) -> Channel {
        match self {
            Self::CallBack => Channel::Call,
            Self::PinpointCampaign => Channel::PinpointCampaign,
            _ => Channel::Sms,
        }
    }

    pub fn policy(self) -> Policy {
        let interactive = Policy {
            lane: Lane::Interactive,
            repeat: true,
            despite_opt_out: false,
            lifetime: SignedDuration::from_hours(1),
            attempts: 5,
        };
        match self {
            Self::Reply | Self::OptInConfirmation => interactive,
            Self::Help => Policy {
                despite_opt_out: true,
                ..interactive
            },
            // One confirmation, within minutes, and never two: anchors/features.md §7.
            Self::OptOutConfirmation => Policy {
                repeat: false,
                despite_opt_out: true,
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
            Self::Announcement => Policy {
                lane: Lane::Bulk,
                repeat: false,
                despite_opt_out: false,
                lifetime: SignedDuration::from_hours(12),
                attempts: 6,
            },
            Self::PinpointCampaign => Policy {
                lane: Lane::Bulk,
                repeat: false,
                despite_opt_out: true,
                lifetime: SignedDuration::from_hours(12),
                attempts: 6,
            },
        }
    }
}
