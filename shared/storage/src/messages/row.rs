//! A message as a row.

use std::collections::BTreeMap;

use application::port::StoreError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::budget::{Charge, Month};
use domain::device::{DeviceToken, Platform};
use domain::language::Language;
use domain::message::{
    Attempt, Channel, ExcludedProvider, FollowUp, Kind, Message, MessageId, Retention, Status, Subject,
};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_dynamo::Item as StoredItem;

use super::{BUCKETS, KEY};
use crate::as_row::{self, optional};
use crate::as_text;
use crate::item::{Item, text};
use crate::stored_row::UnreadableRow;

/// How long a row is kept whose organisation has not been asked yet.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// So long after a message expired its last receipt may come.
const SETTLED: SignedDuration = SignedDuration::from_hours(4 * 24);

/// The attributes of a message, from which the same message is read. What is derived of them besides is added by
/// [`encode`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Message")]
struct Attributes {
    #[serde(rename = "message_id", with = "as_text")]
    id: MessageId,
    /// A row that we have not written yet has none.
    #[serde(default)]
    version: u64,
    #[serde(with = "as_text")]
    status: Status,
    #[serde(with = "as_text")]
    channel: Channel,
    #[serde(with = "as_text")]
    kind: Kind,
    #[serde(default, with = "as_text::optional")]
    to: Option<PhoneNumber>,
    #[serde(default, with = "device")]
    device: Option<(DeviceToken, Platform)>,
    organisation: Option<String>,
    via: Option<String>,
    from: Option<String>,
    body: String,
    campaign_id: Option<String>,
    #[serde(default, with = "follow_up")]
    follow_up: Option<FollowUp>,
    reason: Option<String>,
    attempt: u32,
    #[serde(with = "as_text")]
    created_at: Timestamp,
    #[serde(default, with = "as_text::optional")]
    due_at: Option<Timestamp>,
    #[serde(with = "as_text")]
    expires_at: Timestamp,
    #[serde(default, with = "as_text::optional")]
    not_after: Option<Timestamp>,
    #[serde(skip)]
    deliver_until: Option<Timestamp>,
    provider: Option<String>,
    route: Option<String>,
    provider_message_id: Option<String>,
    #[serde(default, with = "as_text::optional")]
    claimed_at: Option<Timestamp>,
    claim: Option<String>,
    held_by: Option<String>,
    #[serde(default, with = "as_text::by_name")]
    excluded_providers: BTreeMap<String, ExcludedProvider>,
    #[serde(rename = "next_provider", default, with = "yes")]
    has_next_provider: bool,
    #[serde(default, with = "as_text::optional")]
    receipt_at: Option<Timestamp>,
    #[serde(default, with = "subject")]
    subject: Option<Subject>,
    #[serde(default, with = "as_text::optional")]
    concerns: Option<PhoneNumber>,
    #[serde(default, with = "as_text::optional")]
    language: Option<Language>,
    #[serde(rename = "registered", default, with = "yes")]
    is_registered: bool,
    #[serde(default, with = "charge")]
    charge: Option<Charge>,
    #[serde(default, with = "retention")]
    retention: Option<Retention>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FollowUp")]
struct FollowUpMap {
    accepted: String,
    failed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Subject")]
struct SubjectMap {
    pk: String,
    sk: String,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Charge")]
struct ChargeMap {
    #[serde(with = "as_text")]
    month: Month,
    segments: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Retention")]
struct RetentionMap {
    #[serde(with = "seconds")]
    body: SignedDuration,
    #[serde(with = "seconds")]
    row: SignedDuration,
}

#[derive(Serialize)]
#[serde(remote = "Attempt")]
struct AttemptMap {
    #[serde(with = "as_text")]
    at: Timestamp,
    provider: String,
    outcome: String,
    detail: Option<String>,
}

optional!(follow_up: FollowUp, by FollowUpMap);
optional!(subject: Subject, by SubjectMap);
optional!(charge: Charge, by ChargeMap);
optional!(retention: Retention, by RetentionMap);

mod device {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Map {
        #[serde(with = "as_text")]
        token: DeviceToken,
        #[serde(with = "as_text")]
        platform: Platform,
    }

    type Device = Option<(DeviceToken, Platform)>;

    pub(super) fn serialize<S: Serializer>(device: &Device, serializer: S) -> Result<S::Ok, S::Error> {
        let map = device.clone().map(|(token, platform)| Map { token, platform });
        map.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Device, D::Error> {
        let Map { token, platform } = Map::deserialize(deserializer)?;
        Ok(Some((token, platform)))
    }
}

/// `yes`, or no attribute.
mod yes {
    use super::*;

    pub(super) fn serialize<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        flag.then_some("yes").serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        String::deserialize(deserializer).map(|_| true)
    }
}

mod seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(duration: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(duration.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
        i64::deserialize(deserializer).map(SignedDuration::from_secs)
    }
}

pub(crate) fn encode(message: &Message) -> Result<Item, StoreError> {
    let bucket = message.id.bucket(BUCKETS);
    let mut item = as_row::write(|serializer| Attributes::serialize(message, serializer))?;
    item.insert("lane".to_owned(), text(message.lane().as_str()));
    item.insert("delete_after".to_owned(), delete_after(message));
    if message.due_at.is_some() {
        item.insert("due_bucket".to_owned(), due_bucket(message));
    }
    if let Some(campaign_id) = &message.campaign_id {
        item.insert("campaign_bucket".to_owned(), text(campaign_bucket(campaign_id, bucket)));
    }
    Ok(item)
}

/// Reads a message's row from the table, or its image in an event of the table's stream.
///
/// # Errors
///
/// Names the message and an attribute that is missing or cannot be read, and nothing of its content.
pub fn decode_message_image(item: impl Into<StoredItem>) -> Result<Message, UnreadableRow> {
    as_row::read_with_id("message", KEY, item, Attributes::deserialize)
}

pub(super) fn attempt(attempt: &Attempt) -> Result<AttributeValue, StoreError> {
    as_row::write(|serializer| AttemptMap::serialize(attempt, serializer)).map(AttributeValue::M)
}

/// A message goes for good some time after it was made, and never while it may still be sent.
fn delete_after(message: &Message) -> AttributeValue {
    let kept = message.retention.map_or(KEPT, |retention| retention.row);
    let end = message.created_at.saturating_add(kept).unwrap_or(message.created_at);
    let settled = message.expires_at.saturating_add(SETTLED).unwrap_or(message.expires_at);
    AttributeValue::N(end.max(settled).as_second().to_string())
}

/// Only a row whose timer is set is in the index of timers, and one that waits in a line is there in its line.
fn due_bucket(message: &Message) -> AttributeValue {
    let bucket = message.id.bucket(BUCKETS);
    text(match message.line() {
        Some(line) => line_bucket(&line, bucket),
        None => bucket.to_string(),
    })
}

/// A part of a line: one key of an index takes no more than 1,000 writes a second.
pub(super) fn line_bucket(line: &str, part: u8) -> String {
    format!("line#{line}#{part}")
}

pub(super) fn campaign_bucket(campaign_id: &str, bucket: u8) -> String {
    format!("{campaign_id}#{bucket}")
}

#[cfg(test)]
mod tests {
    use domain::message::Cause;
    use jiff::tz::TimeZone;
    use proptest::collection::btree_map;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const CAUSE: Cause<'static> = Cause::Inbound { inbound_id: "i" };
    const TOKEN: &str = "fYk:APA91bH-_x";

    fn times() -> impl Strategy<Value = Timestamp> {
        (0_i64..4_000_000_000_000).prop_map(|millisecond| Timestamp::from_millisecond(millisecond).unwrap())
    }

    prop_compose! {
        fn parts()(
            id in "[a-z]{1,9}-[0-9a-f]{32}",
            channel in select(Channel::ALL),
            kind in select(Kind::ALL),
            status in select(Status::ALL),
            to in option::of(select(vec!["+12025550101", "+97699112233"])),
            device in option::of(("[!-~]{1,40}", select(Platform::ALL))),
            organisation in option::of("\\PC{1,12}"),
            via in option::of("[a-z-]{1,12}"),
            from in option::of("\\PC{0,12}"),
            body in "\\PC{0,80}",
            campaign_id in option::of("\\PC{1,12}"),
            follow_up in option::of(("\\PC{0,20}", "\\PC{0,20}")),
            subject in option::of(("\\PC{1,12}", "\\PC{1,12}", any::<u32>())),
            (concerns, language, is_registered) in (
                option::of(select(vec!["+12025550101", "+97699112233"])),
                option::of(select(&Language::ALL[..])),
                any::<bool>(),
            ),
        ) -> Message {
            Message {
                id: MessageId::from_text(&id),
                device: device.map(|(token, platform)| (DeviceToken::parse(&token).unwrap(), platform)),
                to: to.map(|phone| PhoneNumber::parse(phone).unwrap()),
                follow_up: follow_up.map(|(accepted, failed)| FollowUp { accepted, failed }),
                subject: subject.map(|(pk, sk, revision)| Subject { pk, sk, revision: u64::from(revision) }),
                concerns: concerns.map(|phone| PhoneNumber::parse(phone).unwrap()),
                language,
                is_registered,
                channel, kind, organisation, via, from, body, campaign_id, status,
                ..Message::queued(&CAUSE, kind, None, String::new(), Timestamp::UNIX_EPOCH)
            }
        }
    }

    prop_compose! {
        fn messages()(
            message in parts(),
            reason in option::of("\\PC{0,20}"),
            (version, attempt) in (0_u64..9, 0_u32..9),
            created_at in times(),
            due_at in option::of(times()),
            (expires_at, not_after) in (times(), option::of(times())),
            provider in option::of("\\PC{1,12}"),
            route in option::of("\\PC{0,30}"),
            provider_message_id in option::of("\\PC{1,12}"),
            (claimed_at, claim) in (option::of(times()), option::of("[0-9a-f]{1,8}")),
            held_by in option::of("[a-z-]{1,12}"),
            excluded_providers in btree_map("[a-z-]{1,12}", select(&[ExcludedProvider::ForNow, ExcludedProvider::ForGood, ExcludedProvider::Undelivered][..]), 0..3),
            (has_next_provider, receipt_at) in (any::<bool>(), option::of(times())),
            charge in option::of(0_u32..9),
            retention in option::of((0_i64..99_999_999, 0_i64..99_999_999)),
        ) -> Message {
            let charge = charge.map(|segments| Charge { month: Month::of(created_at, &TimeZone::UTC), segments });
            let retention = retention.map(|(body, row)| Retention {
                body: SignedDuration::from_secs(body),
                row: SignedDuration::from_secs(row),
            });
            Message {
                version, reason, attempt, created_at, due_at, expires_at, not_after, provider, route, provider_message_id, claimed_at, claim, held_by,
                excluded_providers, has_next_provider, receipt_at, charge, retention, ..message
            }
        }
    }

    proptest! {
        #[test]
        fn a_row_reads_back_as_the_message_it_was(message in messages()) {
            let item = encode(&message).unwrap();
            prop_assert_eq!(item.contains_key("due_bucket"), message.due_at.is_some());
            prop_assert_eq!(item.contains_key("campaign_bucket"), message.campaign_id.is_some());
            prop_assert_eq!(item["lane"].as_s().unwrap(), message.lane().as_str());
            prop_assert_eq!(decode_message_image(item).unwrap(), message);
        }
    }

    fn row() -> Item {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let message = Message::queued(&CAUSE, Kind::Reply, Some(phone), "secret".into(), Timestamp::UNIX_EPOCH);
        encode(&message.pushed_to(DeviceToken::parse(TOKEN).unwrap(), Platform::Web)).unwrap()
    }

    #[test]
    fn what_is_told_of_nobody_is_no_attribute() {
        let item = row();
        for attribute in [
            "organisation",
            "via",
            "route",
            "claimed_at",
            "held_by",
            "excluded_providers",
        ] {
            assert!(!item.contains_key(attribute), "{attribute}");
        }
        assert_eq!(item["channel"], text("push"));
    }

    #[test]
    fn an_unreadable_map_is_named_by_its_attribute_alone() {
        let map = |entries: [(&str, &str); 2]| {
            AttributeValue::M(entries.map(|(name, value)| (name.to_owned(), text(value))).into())
        };
        for (attribute, value, expected) in [
            ("device", map([("token", TOKEN), ("platform", "secret")]), "device"),
            ("device", map([("token", "not secret"), ("platform", "web")]), "device"),
            ("device", text(TOKEN), "device"),
            (
                "excluded_providers",
                map([("twilio", "for-now"), ("skyline", "secret")]),
                "excluded_providers",
            ),
            (
                "excluded_providers",
                AttributeValue::M([("twilio".into(), AttributeValue::Null(true))].into()),
                "excluded_providers",
            ),
            ("excluded_providers", text("twilio"), "excluded_providers"),
        ] {
            let mut item = row();
            item.insert(attribute.into(), value);
            let error = decode_message_image(item).unwrap_err();
            assert_eq!(error.attribute, expected);
            assert!(
                !error.to_string().contains("secret") && !error.to_string().contains(TOKEN),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unreadable_row_is_named_by_its_id_and_attribute_alone() {
        let cases = [
            ("status", Some(text("12025550101"))),
            ("status", None),
            ("to", Some(text("12025550101"))),
            ("attempt", Some(text("1"))),
            ("attempt", Some(AttributeValue::N("-1".into()))),
            ("created_at", Some(text("secret"))),
            ("due_at", Some(AttributeValue::Null(true))),
            ("claimed_at", Some(text("secret"))),
            ("organisation", Some(AttributeValue::L(vec![text("secret")]))),
            ("held_by", Some(AttributeValue::Bool(true))),
            ("body", Some(AttributeValue::Bool(true))),
            ("follow_up", Some(text("secret"))),
            (KEY, None),
        ];
        for (attribute, value) in cases {
            let mut item = row();
            match value {
                Some(value) => item.insert(attribute.into(), value),
                None => item.remove(attribute),
            };
            let error = decode_message_image(item).unwrap_err();
            assert_eq!(error.attribute, attribute);
            assert!(
                !error.to_string().contains("secret") && !error.to_string().contains("5550101"),
                "{error}"
            );
            assert_eq!(error.row.starts_with("message reply-"), attribute != KEY, "{error}");
        }
    }

    #[test]
    fn attributes_that_we_do_not_know_change_nothing() {
        let mut item = row();
        item.insert("note".into(), text("typed by hand"));
        assert!(decode_message_image(item).is_ok());
    }
}
