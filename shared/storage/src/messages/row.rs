//! A message as a row.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::budget::{Charge, Month};
use domain::device::{DeviceToken, Platform};
use domain::language::Language;
use domain::message::{
    Attempt, Channel, ExcludedProvider, FollowUp, Kind, Message, MessageId, Retention, Status, Subject,
};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use serde_dynamo::Item as StoredItem;

use super::{BUCKETS, KEY};
use crate::item::{Item, NewItem, key, text};
use crate::stored_row::{StoredRow, UnreadableRow};

/// How long a row is kept whose organisation has not been asked yet.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// So long after a message expired its last receipt may come.
const SETTLED: SignedDuration = SignedDuration::from_hours(4 * 24);

pub(super) fn encode(message: Message) -> Item {
    let lane = message.lane();
    let bucket = message.id.bucket(BUCKETS);
    let due_bucket = due_bucket(&message);
    let campaign_bucket = message
        .campaign_id
        .as_deref()
        .map(|campaign_id| campaign_bucket(campaign_id, bucket));
    NewItem::with_key(key(KEY, message.id.as_str()))
        .number("version", message.version)
        .text("status", message.status.as_str())
        .text("lane", lane.as_str())
        .text("channel", message.channel.as_str())
        .text("kind", message.kind.as_str())
        .optional_text("to", message.to.as_ref().map(PhoneNumber::as_str))
        .optional("device", message.device.as_ref().map(device))
        .optional_text("organisation", message.organisation)
        .optional_text("via", message.via)
        .optional_text("from", message.from)
        .text("body", message.body)
        .optional_text("campaign_id", message.campaign_id)
        .optional_text("campaign_bucket", campaign_bucket)
        .optional("follow_up", message.follow_up.map(follow_up))
        .optional_text("reason", message.reason)
        .number("attempt", message.attempt)
        .time("created_at", message.created_at)
        .optional_time("due_at", message.due_at)
        .optional("due_bucket", due_bucket)
        .time("expires_at", message.expires_at)
        .optional_time("not_after", message.not_after)
        .optional_text("provider", message.provider)
        .optional_text("route", message.route)
        .optional_text("provider_message_id", message.provider_message_id)
        .optional_time("claimed_at", message.claimed_at)
        .optional_text("claim", message.claim)
        .optional_text("held_by", message.held_by)
        .optional("excluded_providers", excluded_providers(&message.excluded_providers))
        .optional("next_provider", message.has_next_provider.then(|| text("yes")))
        .optional_time("receipt_at", message.receipt_at)
        .optional("subject", message.subject.as_ref().map(subject))
        .optional_text("concerns", message.concerns.as_ref().map(PhoneNumber::as_str))
        .optional_text("language", message.language.map(Language::tag))
        .optional("registered", message.is_registered.then(|| text("yes")))
        .optional("charge", message.charge.as_ref().map(charge))
        .optional("retention", message.retention.map(retention))
        .set(
            "delete_after",
            delete_after(message.created_at, message.expires_at, message.retention),
        )
        .finish()
}

/// Reads a message's row from the table, or its image in an event of the table's stream.
///
/// # Errors
///
/// Names the message and the first attribute that is missing or cannot be read, and nothing of its content.
pub fn decode_message_image(item: impl Into<StoredItem>) -> Result<Message, UnreadableRow> {
    let mut row = StoredRow::with_id("message", KEY, item);
    let device = match row.optional_map("device")? {
        None => None,
        Some(mut map) => Some((
            map.required("token", |text| DeviceToken::parse(text).ok())?,
            map.required("platform", Platform::from_text)?,
        )),
    };
    let follow_up = match row.optional_map("follow_up")? {
        None => None,
        Some(mut map) => Some(FollowUp {
            accepted: map.text("accepted")?,
            failed: map.text("failed")?,
        }),
    };
    let subject = match row.optional_map("subject")? {
        None => None,
        Some(mut map) => Some(Subject {
            pk: map.text("pk")?,
            sk: map.text("sk")?,
            revision: map.number("revision")?,
        }),
    };
    let charge = match row.optional_map("charge")? {
        None => None,
        Some(mut map) => Some(Charge {
            month: map.required("month", Month::from_text)?,
            segments: map.number("segments")?,
        }),
    };
    let retention = match row.optional_map("retention")? {
        None => None,
        Some(mut map) => Some(Retention {
            body: SignedDuration::from_secs(map.number("body")?),
            row: SignedDuration::from_secs(map.number("row")?),
        }),
    };
    Ok(Message {
        id: MessageId::from_text(&row.text(KEY)?),
        version: row.number_or_zero("version")?,
        channel: row.required("channel", Channel::from_text)?,
        kind: row.required("kind", Kind::from_text)?,
        to: row.optional("to", |text| PhoneNumber::parse(text).ok())?,
        device,
        organisation: row.optional_text("organisation")?,
        via: row.optional_text("via")?,
        from: row.optional_text("from")?,
        body: row.text("body")?,
        campaign_id: row.optional_text("campaign_id")?,
        follow_up,
        status: row.required("status", Status::from_text)?,
        reason: row.optional_text("reason")?,
        attempt: row.number("attempt")?,
        created_at: row.time("created_at")?,
        due_at: row.optional_time("due_at")?,
        expires_at: row.time("expires_at")?,
        not_after: row.optional_time("not_after")?,
        deliver_until: None,
        provider: row.optional_text("provider")?,
        route: row.optional_text("route")?,
        provider_message_id: row.optional_text("provider_message_id")?,
        claimed_at: row.optional_time("claimed_at")?,
        claim: row.optional_text("claim")?,
        held_by: row.optional_text("held_by")?,
        excluded_providers: row.by_name("excluded_providers", ExcludedProvider::from_text)?,
        has_next_provider: row.optional_text("next_provider")?.is_some(),
        receipt_at: row.optional_time("receipt_at")?,
        subject,
        concerns: row.optional("concerns", |text| PhoneNumber::parse(text).ok())?,
        language: row.optional("language", Language::from_tag)?,
        is_registered: row.optional_text("registered")?.is_some(),
        charge,
        retention,
    })
}

fn device((token, platform): &(DeviceToken, Platform)) -> AttributeValue {
    NewItem::default()
        .text("token", token.as_str())
        .text("platform", platform.as_str())
        .into_map()
}

fn subject(subject: &Subject) -> AttributeValue {
    NewItem::default()
        .text("pk", &subject.pk)
        .text("sk", &subject.sk)
        .number("revision", subject.revision)
        .into_map()
}

fn charge(charge: &Charge) -> AttributeValue {
    NewItem::default()
        .text("month", charge.month.to_string())
        .number("segments", charge.segments)
        .into_map()
}

fn retention(retention: Retention) -> AttributeValue {
    NewItem::default()
        .number("body", retention.body.as_secs().unsigned_abs())
        .number("row", retention.row.as_secs().unsigned_abs())
        .into_map()
}

/// A message goes for good some time after it was made, and never while it may still be sent.
fn delete_after(created_at: Timestamp, expires_at: Timestamp, retention: Option<Retention>) -> AttributeValue {
    let kept = retention.map_or(KEPT, |retention| retention.row);
    let end = created_at.saturating_add(kept).unwrap_or(created_at);
    let settled = expires_at.saturating_add(SETTLED).unwrap_or(expires_at);
    AttributeValue::N(end.max(settled).as_second().to_string())
}

/// No attribute where nobody has refused it.
fn excluded_providers(excluded_providers: &BTreeMap<String, ExcludedProvider>) -> Option<AttributeValue> {
    let until = |(provider, until): (&String, &ExcludedProvider)| (provider.clone(), text(until.as_str()));
    (!excluded_providers.is_empty()).then(|| AttributeValue::M(excluded_providers.iter().map(until).collect()))
}

fn follow_up(follow_up: FollowUp) -> AttributeValue {
    NewItem::default()
        .text("accepted", follow_up.accepted)
        .text("failed", follow_up.failed)
        .into_map()
}

pub(super) fn attempt(attempt: &Attempt) -> AttributeValue {
    NewItem::default()
        .time("at", attempt.at)
        .text("provider", &attempt.provider)
        .text("outcome", &attempt.outcome)
        .optional_text("detail", attempt.detail.as_ref())
        .into_map()
}

/// Only a row whose timer is set is in the index of timers, and one that waits in a line is there in its line.
fn due_bucket(message: &Message) -> Option<AttributeValue> {
    message.due_at?;
    let bucket = message.id.bucket(BUCKETS);
    Some(text(match message.line() {
        Some(line) => line_bucket(&line, bucket),
        None => bucket.to_string(),
    }))
}

/// A part of a line: one key of an index takes no more than 1,000 writes a second.
pub(super) fn line_bucket(line: &str, part: u8) -> String {
    format!("line#{line}#{part}")
}

/// The same row under another id.
pub(crate) fn under_id(mut item: Item, id: &MessageId) -> Item {
    let bucket = id.bucket(BUCKETS);
    if let Some(AttributeValue::S(due_bucket)) = item.get_mut("due_bucket") {
        *due_bucket = match due_bucket.rsplit_once('#') {
            Some((line, _)) => format!("{line}#{bucket}"),
            None => bucket.to_string(),
        };
    }
    let campaign_id = item
        .get("campaign_id")
        .and_then(|campaign| campaign.as_s().ok())
        .cloned();
    if let Some(campaign_id) = campaign_id {
        item.insert(
            "campaign_bucket".to_owned(),
            text(campaign_bucket(&campaign_id, bucket)),
        );
    }
    item.extend(key(KEY, id.as_str()));
    item
}

pub(super) fn campaign_bucket(campaign_id: &str, bucket: u8) -> String {
    format!("{campaign_id}#{bucket}")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::collection::btree_map;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const TOKEN: &str = "fYk:APA91bH-_x";

    fn times() -> impl Strategy<Value = Timestamp> {
        (0_i64..4_000_000_000_000).prop_map(|millisecond| Timestamp::from_millisecond(millisecond).unwrap())
    }

    prop_compose! {
        fn parts()(
            id in "[a-z]{1,9}-[0-9a-f]{32}",
            channel in select(&Channel::ALL[..]),
            kind in select(&Kind::ALL[..]),
            status in select(&Status::ALL[..]),
            to in option::of(select(vec!["+12025550101", "+97699112233"])),
            device in option::of(("[!-~]{1,40}", select(&Platform::ALL[..]))),
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
                reason: None,
                version: 0,
                claim: None,
                attempt: 0,
                created_at: Timestamp::UNIX_EPOCH,
                due_at: None,
                expires_at: Timestamp::UNIX_EPOCH,
                provider: None,
                route: None,
                provider_message_id: None,
                claimed_at: None,
                held_by: None,
                excluded_providers: BTreeMap::new(),
                has_next_provider: false,
                receipt_at: None,
                subject: subject.map(|(pk, sk, revision)| Subject { pk, sk, revision: u64::from(revision) }),
                charge: None,
                retention: None,
                concerns: concerns.map(|phone| PhoneNumber::parse(phone).unwrap()),
                language,
                is_registered,
                not_after: None,
                deliver_until: None,
                channel, kind, organisation, via, from, body, campaign_id, status,
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
            let item = encode(message.clone());
            prop_assert_eq!(item.contains_key("due_bucket"), message.due_at.is_some());
            prop_assert_eq!(item.contains_key("campaign_bucket"), message.campaign_id.is_some());
            prop_assert_eq!(item["lane"].as_s().unwrap(), message.lane().as_str());
            prop_assert_eq!(decode_message_image(item).unwrap(), message);
        }
    }

    fn row() -> Item {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let cause = domain::message::Cause::Inbound { inbound_id: "i" };
        let message = Message::queued(&cause, Kind::Reply, Some(phone), "secret".into(), Timestamp::UNIX_EPOCH);
        encode(message.pushed_to(DeviceToken::parse(TOKEN).unwrap(), Platform::Web))
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
            ("device", map([("token", TOKEN), ("platform", "secret")]), "platform"),
            ("device", map([("token", "not secret"), ("platform", "web")]), "token"),
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
    fn attributes_that_we_do_not_know_are_excluded_providers() {
        let mut item = row();
        item.insert("note".into(), text("typed by hand"));
        assert!(decode_message_image(item).is_ok());
    }
}
