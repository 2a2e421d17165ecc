//! The apps that can be pushed to: each device's own row, and the same among its owner's.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `device#<digest of the token>` and `device`, or `employee#<phone>` and `device#<digest>` |
//! | `token`, `platform` | S | what the push service knows it by, and what runs on it |
//! | `owner` | S | its owner's phone number |
//! | `last_seen_at` | S | when the app was last opened |
//! | `due_bucket`, `due_at` | S | on the device's own row: the sweep with the bucket of the digest, and `last_seen_at` |
//!
//! Both rows are written and deleted together.

use application::port::{Devices, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::device::{Device, DeviceToken, Platform};
use domain::digest::digest;
use domain::phone_number::PhoneNumber;
use domain::record::Sweep;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::one_table::on_one_table;
use crate::records::{self, due};
use crate::request::{self, deleting, putting};
use crate::stored_row::UnreadableRow;
use crate::{as_row, as_text, query, time};

const SORT_KEY: &str = "device";
const AMONG_OWNERS: &str = "device#";

on_one_table! {
    /// The port [`Devices`] on the table of records.
    DevicesTable, records
}

impl DevicesTable {
    /// The device as it is registered now.
    async fn registered(&self, token: &DeviceToken) -> Result<Option<Device>, StoreError> {
        let item = request::get(&self.client, &self.records, key(token)).await?;
        Ok(item.map(decode).transpose()?)
    }

    async fn try_put(&self, device: &Device) -> Result<(), StoreError> {
        let before = self.registered(&device.token).await?;
        let writes = registered(&self.records, device, before.as_ref())?;
        Ok(request::transact(&self.client, writes).await?)
    }

    async fn try_remove_unseen(&self, device: &Device) -> Result<bool, StoreError> {
        let mut own = Expression::default();
        let last_seen_at = own.name("last_seen_at");
        let seen = own.value(time::attribute(device.last_seen_at));
        own.require(&format!("{last_seen_at} <= {seen}"));
        match request::transact(&self.client, forgotten(&self.records, device, own)?).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed_condition_at(0) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_remove(&self, token: &DeviceToken) -> Result<(), StoreError> {
        let Some(before) = self.registered(token).await? else {
            return Ok(());
        };
        Ok(request::transact(&self.client, forgotten(&self.records, &before, Expression::default())?).await?)
    }
}

#[async_trait]
impl Devices for DevicesTable {
    async fn of(&self, owner: &PhoneNumber) -> Result<Vec<Device>, StoreError> {
        let devices = records::rows(&self.client, &self.records, records::employee(owner), AMONG_OWNERS);
        query::readable(devices, usize::MAX, decode).await
    }

    async fn put(&self, device: &Device) -> Result<(), StoreError> {
        request::despite_conflicts(|| self.try_put(device)).await
    }

    async fn remove(&self, token: &DeviceToken) -> Result<(), StoreError> {
        request::despite_conflicts(|| self.try_remove(token)).await
    }

    fn buckets(&self) -> u8 {
        due::BUCKETS
    }

    async fn unseen(&self, bucket: u8, since: Timestamp, limit: usize) -> Result<Vec<Device>, StoreError> {
        let bucket = due::numbered(Sweep::Devices, bucket);
        due::first(&self.client, &self.records, &bucket, since, limit, decode).await
    }

    async fn remove_unseen(&self, device: &Device) -> Result<bool, StoreError> {
        request::despite_conflicts(|| self.try_remove_unseen(device)).await
    }
}

fn key(token: &DeviceToken) -> Item {
    records::key(format!("{AMONG_OWNERS}{}", digest(&[token.as_str()])), SORT_KEY)
}

fn key_among_owners(owner: &PhoneNumber, token: &DeviceToken) -> Item {
    records::key(
        records::employee(owner),
        format!("{AMONG_OWNERS}{}", digest(&[token.as_str()])),
    )
}

/// Writes both rows and takes the device from its previous owner, if it still is theirs.
fn registered(table: &str, device: &Device, before: Option<&Device>) -> Result<Vec<TransactWriteItem>, StoreError> {
    let mut own = Expression::default();
    own.require_unchanged("owner", before.map(|before| text(before.owner.as_str())));
    let copy = encode(key_among_owners(&device.owner, &device.token), device)?;
    let mut writes = vec![
        putting(own.into_put(table, encode_own(device)?)?),
        putting(Expression::default().into_put(table, copy)?),
    ];
    if let Some(before) = before.filter(|before| before.owner != device.owner) {
        let key = key_among_owners(&before.owner, &before.token);
        writes.push(deleting(Expression::default().into_delete(table, key)?));
    }
    Ok(writes)
}

/// Deletes both rows, if the device is still the same person's and what else is required holds.
fn forgotten(table: &str, before: &Device, mut own: Expression) -> Result<Vec<TransactWriteItem>, StoreError> {
    own.require_unchanged("owner", Some(text(before.owner.as_str())));
    let copy = key_among_owners(&before.owner, &before.token);
    Ok(vec![
        deleting(own.into_delete(table, key(&before.token))?),
        deleting(Expression::default().into_delete(table, copy)?),
    ])
}

/// The device's own row, by which it is found once it was not seen for long.
fn encode_own(device: &Device) -> Result<Item, StoreError> {
    let bucket = due::bucket(Sweep::Devices, &digest(&[device.token.as_str()]));
    let mut item = encode(key(&device.token), device)?;
    item.insert("due_bucket".to_owned(), text(bucket));
    item.insert("due_at".to_owned(), time::attribute(device.last_seen_at));
    Ok(item)
}

/// What both rows say, besides their keys.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Device")]
struct Attributes {
    #[serde(with = "as_text")]
    token: DeviceToken,
    #[serde(with = "as_text")]
    platform: Platform,
    #[serde(with = "as_text")]
    owner: PhoneNumber,
    #[serde(with = "as_text")]
    last_seen_at: Timestamp,
}

fn encode(key: Item, device: &Device) -> Result<Item, StoreError> {
    let mut item = as_row::write(|serializer| Attributes::serialize(device, serializer))?;
    item.extend(key);
    Ok(item)
}

/// Errors name the row by the digest of its token, which both keys hold.
fn decode(item: Item) -> Result<Device, UnreadableRow> {
    let digest = ["pk", "sk"]
        .iter()
        .filter_map(|attribute| item.get(*attribute)?.as_s().ok()?.strip_prefix(AMONG_OWNERS))
        .next()
        .unwrap_or_default();
    as_row::read(format!("device {digest}"), item, Attributes::deserialize)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const PHONES: [&str; 2] = ["+12025550101", "+97699112233"];

    prop_compose! {
        fn devices()(
            token in "[!-~]{1,40}",
            platform in select(Platform::ALL),
            owner in select(&PHONES[..]),
            millisecond in 0_i64..4_000_000_000_000,
        ) -> Device {
            Device {
                token: DeviceToken::parse(&token).unwrap(),
                platform,
                owner: PhoneNumber::parse(owner).unwrap(),
                last_seen_at: Timestamp::from_millisecond(millisecond).unwrap(),
            }
        }
    }

    proptest! {
        #[test]
        fn both_rows_read_back_as_the_device_it_was(device in devices()) {
            for key in [key(&device.token), key_among_owners(&device.owner, &device.token)] {
                prop_assert_eq!(decode(encode(key, &device).unwrap()).unwrap(), device.clone());
            }
        }

        #[test]
        fn an_unreadable_row_is_named_by_its_digest_alone(device in devices(), broken in select(vec!["token", "platform", "owner", "last_seen_at"])) {
            for key in [key(&device.token), key_among_owners(&device.owner, &device.token)] {
                let mut item = encode(key, &device).unwrap();
                item.insert(broken.to_owned(), text("2025550101 secret"));
                let error = decode(item).unwrap_err();
                prop_assert_eq!(error.attribute, broken);
                prop_assert_eq!(error.row, format!("device {}", digest(&[device.token.as_str()])));
            }
        }
    }

    fn device(owner: &str) -> Device {
        Device {
            token: DeviceToken::parse("token").unwrap(),
            platform: Platform::Android,
            owner: PhoneNumber::parse(owner).unwrap(),
            last_seen_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_a_device_that_changes_hands_is_taken_from_somebody() {
        let [first, second] = PHONES.map(device);
        for (before, writes, condition) in [
            (None, 2, "(attribute_not_exists(#owner))"),
            (Some(&first), 2, "(#owner = :v0)"),
            (Some(&second), 3, "(#owner = :v0)"),
        ] {
            let written = registered("t", &first, before).unwrap();
            assert_eq!(written.len(), writes);
            assert_eq!(written[0].put().unwrap().condition_expression(), Some(condition));
        }
        let taken = registered("t", &first, Some(&second)).unwrap();
        assert_eq!(
            taken[2].delete().unwrap().key(),
            &key_among_owners(&second.owner, &second.token)
        );
    }
}
