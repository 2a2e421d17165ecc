//! The queue of inbound texts, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use parking_lot::Mutex;

use crate::port::{InboundQueue, QueuedText, StoreError};

/// A queue that nobody empties. Clones share what was put.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    texts: Arc<Mutex<Vec<(QueuedText, SignedDuration)>>>,
}

impl MemoryQueue {
    /// What was put so far with its delay, oldest first.
    pub fn texts(&self) -> Vec<(QueuedText, SignedDuration)> {
        self.texts.lock().clone()
    }
}

#[async_trait]
impl InboundQueue for MemoryQueue {
    async fn put(&self, texts: &[QueuedText], delay: SignedDuration) -> Result<(), StoreError> {
        let mut queued = self.texts.lock();
        queued.extend(texts.iter().map(|text| (text.clone(), delay)));
        Ok(())
    }
}
