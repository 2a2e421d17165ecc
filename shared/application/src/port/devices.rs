//! Devices that take pushes.

use async_trait::async_trait;
use domain::device::{Device, DeviceToken};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;

/// The apps that can be pushed to.
#[async_trait]
pub trait Devices: Send + Sync + std::fmt::Debug {
    /// A person's devices.
    async fn of(&self, owner: &PhoneNumber) -> Result<Vec<Device>, StoreError>;

    /// Registers a device, or moves it to its new owner: a phone may change hands.
    async fn put(&self, device: &Device) -> Result<(), StoreError>;

    /// Forgets a device. Forgetting it again is harmless.
    async fn remove(&self, token: &DeviceToken) -> Result<(), StoreError>;

    /// The devices are spread over this many buckets, each read on its own.
    fn buckets(&self) -> u8;

    /// Devices of one bucket that were not seen after `since`, the longest unseen first. They may be a little older than
    /// the table.
    async fn unseen(&self, bucket: u8, since: Timestamp, limit: usize) -> Result<Vec<Device>, StoreError>;

    /// Forgets a device that has been seen no later than `device` says. Returns whether it was forgotten.
    async fn remove_unseen(&self, device: &Device) -> Result<bool, StoreError>;
}
