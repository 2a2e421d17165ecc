//! Devices that take pushes, in memory.

use async_trait::async_trait;
use domain::device::{Device, DeviceToken};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Devices, StoreError};

const BUCKETS: u8 = 8;

#[async_trait]
impl Devices for MemoryStore {
    async fn of(&self, owner: &PhoneNumber) -> Result<Vec<Device>, StoreError> {
        let tables = self.tables();
        let devices = tables.devices.values().filter(|device| device.owner == *owner);
        Ok(devices.cloned().collect())
    }

    async fn put(&self, device: &Device) -> Result<(), StoreError> {
        self.tables().devices.insert(device.token.clone(), device.clone());
        Ok(())
    }

    async fn remove(&self, token: &DeviceToken) -> Result<(), StoreError> {
        self.tables().devices.remove(token);
        Ok(())
    }

    fn buckets(&self) -> u8 {
        BUCKETS
    }

    async fn unseen(&self, bucket: u8, since: Timestamp, limit: usize) -> Result<Vec<Device>, StoreError> {
        let tables = self.tables();
        let unseen = tables.devices.values().filter(|device| device.last_seen_at <= since);
        let mut unseen: Vec<Device> = unseen
            .filter(|device| bucket_of(&device.token) == bucket)
            .cloned()
            .collect();
        unseen.sort_by_key(|device| device.last_seen_at);
        unseen.truncate(limit);
        Ok(unseen)
    }

    async fn remove_unseen(&self, device: &Device) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let stored = tables.devices.get(&device.token);
        let unseen = stored.is_some_and(|stored| stored.last_seen_at <= device.last_seen_at);
        if unseen {
            tables.devices.remove(&device.token);
        }
        Ok(unseen)
    }
}

fn bucket_of(token: &DeviceToken) -> u8 {
    token.as_str().bytes().fold(0_u8, u8::wrapping_add) % BUCKETS
}
