use async_trait::async_trait;
use domain::device::{Device, DeviceToken};
use domain::phone_number::PhoneNumber;

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
}
