use async_trait::async_trait;
use domain::device::{Device, DeviceToken};
use domain::phone_number::PhoneNumber;

use super::MemoryStore;
use crate::port::{Devices, StoreError};

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
}
