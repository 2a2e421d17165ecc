//! The state of a workshop's texts, step by step.

use domain::workshop::{Checkpoint, campaign_id};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{SequenceError, Sequencing};
use crate::port::{Progress, ReadWorkshop, StoreError};

/// Steps that are counted at once.
const AT_ONCE: usize = 8;

/// A step, and how its messages stand, counted from the messages themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointProgress {
    pub checkpoint: Checkpoint,
    pub progress: Progress,
}

/// A workshop with its checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkshopProgress {
    pub workshop: ReadWorkshop,
    /// In the order of the sequence when it was last run; none before the first run.
    pub checkpoints: Vec<CheckpointProgress>,
}

impl Sequencing {
    /// How a workshop's texts stand.
    ///
    /// # Errors
    ///
    /// Where there is no such workshop, or the store's.
    pub async fn checkpoints(&self, workshop: &str) -> Result<WorkshopProgress, SequenceError> {
        let read = self.workshops.get(workshop).await?.ok_or(SequenceError::NoWorkshop)?;
        let checkpoints = stream::iter(read.state.checkpoints.clone());
        let counted = checkpoints.map(|checkpoint| self.counted(workshop, checkpoint));
        let checkpoints = counted.buffered(AT_ONCE).try_collect().await?;
        Ok(WorkshopProgress {
            workshop: read,
            checkpoints,
        })
    }

    async fn counted(&self, workshop: &str, checkpoint: Checkpoint) -> Result<CheckpointProgress, StoreError> {
        let progress = self.outbox.progress(&campaign_id(workshop, &checkpoint.step)).await?;
        Ok(CheckpointProgress { checkpoint, progress })
    }
}
