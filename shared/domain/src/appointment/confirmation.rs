//! Whether the customer of an appointment will come.

/// Whether the customer will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confirmation {
    /// Nobody knows.
    Pending,
    /// The question is on its way.
    Sending,
    /// The question was sent.
    Sent,
    Confirmed,
    Declined,
}

impl Confirmation {
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Sending,
        Self::Sent,
        Self::Confirmed,
        Self::Declined,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|confirmation| confirmation.as_str().eq_ignore_ascii_case(text.trim()))
    }
}
