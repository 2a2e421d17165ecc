//! An app on somebody's device, which receives pushes.

use std::fmt;

use jiff::Timestamp;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::phone_number::PhoneNumber;

/// A push service's token for an app's installation. Any holder can push to the device, so it is not shown.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceToken(String);

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a device token has 1 to 4096 visible characters")]
pub struct DeviceTokenError;

impl DeviceToken {
    /// Reads a token as an app reports it.
    ///
    /// # Errors
    ///
    /// For what no push service hands out: nothing, blanks, control characters, more than 4096 bytes.
    pub fn parse(text: &str) -> Result<Self, DeviceTokenError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=4096).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DeviceTokenError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken")
    }
}

/// What runs on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Platform {
    Android,
    Ios,
    Web,
}

impl Platform {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A device and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub token: DeviceToken,
    pub platform: Platform,
    pub owner: PhoneNumber,
    /// When the app was last opened.
    pub last_seen_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_visible_and_never_shown() {
        assert!(DeviceToken::parse("fYk:APA91bH-_x").is_ok());
        for text in ["", " ", "a b", "a\n", "ключ", &"x".repeat(4097)] {
            assert_eq!(DeviceToken::parse(text), Err(DeviceTokenError), "{text:?}");
        }
        assert_eq!(format!("{:?}", DeviceToken::parse("secret").unwrap()), "DeviceToken");
    }
}
