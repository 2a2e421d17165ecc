//! Ends pushes to apps that nobody has opened for two months.

use domain::device::Device;
use futures_util::future::ready;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{AT_ONCE, BUCKETS_AT_ONCE, PAGE, ReminderSweep};
use crate::port::StoreError;

/// Requirement M5.
const UNSEEN_FOR: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What a sweep of devices did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DevicesReport {
    pub removed: u64,
    /// Devices that were seen in the meantime.
    pub seen_again: u64,
    /// Devices that could not be removed this time; the next run tries again.
    pub failed: u64,
    /// Whether the run stopped before everything was removed; the next one goes on.
    pub unfinished: bool,
}

impl ReminderSweep {
    /// Removes the devices that were not seen for long. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was removed stays so.
    pub async fn devices(&self, deadline: Timestamp) -> Result<DevicesReport, StoreError> {
        let buckets = stream::iter(0..self.devices.buckets()).map(|bucket| self.devices_of(bucket, deadline));
        let swept: Vec<DevicesReport> = buckets.buffer_unordered(BUCKETS_AT_ONCE).try_collect().await?;
        Ok(swept.into_iter().fold(DevicesReport::default(), DevicesReport::plus))
    }

    async fn devices_of(&self, bucket: u8, deadline: Timestamp) -> Result<DevicesReport, StoreError> {
        let mut report = DevicesReport::default();
        loop {
            let now = self.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let unseen = self.devices.unseen(bucket, now - UNSEEN_FOR, PAGE).await?;
            let removed: Vec<Result<bool, StoreError>> = stream::iter(&unseen)
                .take_while(|_| ready(self.now() < deadline))
                .map(|device| self.remove(device))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            report.unfinished = removed.len() < unseen.len();
            let before = report.removed;
            for removed in removed {
                match removed {
                    Ok(true) => report.removed += 1,
                    Ok(false) => report.seen_again += 1,
                    Err(_) => report.failed += 1,
                }
            }
            // The index lags behind the table; a page in which nothing moved is left to the next run.
            if unseen.len() < PAGE || report.unfinished || report.removed == before {
                return Ok(report);
            }
        }
    }

    async fn remove(&self, device: &Device) -> Result<bool, StoreError> {
        let removed = self.devices.remove_unseen(device).await;
        if let Err(error) = &removed {
            tracing::warn!(sweep = "devices", %error, "device left for the next run");
        }
        removed
    }
}

impl DevicesReport {
    fn plus(mut self, other: Self) -> Self {
        self.removed += other.removed;
        self.seen_again += other.seen_again;
        self.failed += other.failed;
        self.unfinished |= other.unfinished;
        self
    }
}
