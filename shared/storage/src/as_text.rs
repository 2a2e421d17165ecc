//! Types of other crates that stand in a row as one text, for serde: `#[serde(with = "as_text")]`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::appointment::Confirmation;
use domain::bill::Standing;
use domain::budget::Month;
use domain::civil;
use domain::device::{DeviceToken, Platform};
use domain::language::Language;
use domain::message::{Channel, ExcludedProvider, Kind, MessageId, ReceiptMeaning, ReceiptOutcome, Status};
use domain::money::Currency;
use domain::phone_number::PhoneNumber;
use domain::workshop::SequenceCommand;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, Zoned};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::time;

/// What stands in a row as one text, from which the same is read.
pub(crate) trait AsText: Sized {
    fn to_text(&self) -> Cow<'_, str>;

    fn of_text(text: &str) -> Option<Self>;
}

/// How each type is written and read.
macro_rules! texts {
    ($($type:ty: $write:ident, $read:expr;)*) => {
        $(impl AsText for $type {
            fn to_text(&self) -> Cow<'_, str> {
                self.$write().into()
            }

            fn of_text(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }
        })*
    };
}

texts! {
    Channel: as_str, Channel::from_text;
    Confirmation: as_str, Confirmation::from_text;
    Currency: code, |text| text.parse().ok();
    Date: to_string, |text| text.parse().ok();
    DateTime: to_string, |text| text.parse().ok();
    DeviceToken: as_str, |text| DeviceToken::parse(text).ok();
    ExcludedProvider: as_str, ExcludedProvider::from_text;
    Kind: as_str, Kind::from_text;
    Language: tag, Language::from_tag;
    MessageId: as_str, |text| Some(MessageId::from_text(text));
    Month: to_string, Month::from_text;
    PhoneNumber: as_str, |text| PhoneNumber::parse(text).ok();
    Platform: as_str, Platform::from_text;
    ReceiptMeaning: as_str, ReceiptMeaning::from_text;
    ReceiptOutcome: as_str, ReceiptOutcome::from_text;
    SequenceCommand: to_text, SequenceCommand::from_text;
    Standing: as_str, Standing::from_text;
    Status: as_str, Status::from_text;
    String: as_str, |text| Some(text.to_owned());
    Zoned: to_string, civil::from_text;
}

/// To the millisecond, in the text of one width by which times sort.
impl AsText for Timestamp {
    fn to_text(&self) -> Cow<'_, str> {
        time::to_text(*self).into()
    }

    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

pub(crate) fn serialize<T: AsText, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_text())
}

pub(crate) fn deserialize<'de, T: AsText, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    // Without the text, which may be somebody's number.
    T::of_text(&text).ok_or_else(|| D::Error::custom("not understood"))
}

/// The same of what may be absent, where the field has `default` too.
pub(crate) mod optional {
    use super::*;

    pub(crate) fn serialize<T: AsText, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(AsText::to_text).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: AsText, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

/// The same of a map of such values, which is absent where it is empty; the field has `default` too.
pub(crate) mod by_name {
    use super::*;

    pub(crate) fn serialize<T: AsText, S: Serializer>(
        values: &BTreeMap<String, T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let texts = values.iter().map(|(name, value)| (name, value.to_text()));
        let texts = (!values.is_empty()).then(|| texts.collect::<BTreeMap<_, _>>());
        texts.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: AsText, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, T>, D::Error> {
        let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
        let values = texts.into_iter().map(|(name, text)| Some((name, T::of_text(&text)?)));
        let values: Option<BTreeMap<String, T>> = values.collect();
        values.ok_or_else(|| D::Error::custom("not understood"))
    }
}
