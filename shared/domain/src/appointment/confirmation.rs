//! Whether the customer of an appointment will come.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// Whether the customer will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
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
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}
