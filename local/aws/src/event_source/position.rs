//! How far each mapping has read its stream, kept beside the data so that a restart announces nothing twice.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

/// The sequence number of the last record served, by mapping; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Positions(Arc<Mutex<Stored>>);

#[derive(Debug, Default)]
struct Stored {
    positions: BTreeMap<String, String>,
    /// `None` keeps them in memory only.
    file: Option<PathBuf>,
    changed: bool,
}

impl Positions {
    pub fn open(file: &Path) -> io::Result<Self> {
        let positions = match fs::read(file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self(Arc::new(Mutex::new(Stored {
            positions,
            file: Some(file.to_owned()),
            changed: false,
        }))))
    }

    pub(super) fn get(&self, mapping: &str) -> Option<String> {
        self.0.lock().positions.get(mapping).cloned()
    }

    pub(super) fn set(&self, mapping: &str, sequence_number: &str) {
        let mut stored = self.0.lock();
        let position = stored.positions.entry(mapping.to_owned()).or_default();
        if position != sequence_number {
            sequence_number.clone_into(position);
            stored.changed = true;
        }
    }

    /// Writes what has changed since the last time.
    pub(crate) fn save(&self) -> io::Result<()> {
        let mut stored = self.0.lock();
        if let Some(file) = stored.file.as_ref().filter(|_| stored.changed) {
            // Renamed into place, so that no half-written file is ever read.
            let unfinished = file.with_extension("new");
            fs::write(&unfinished, serde_json::to_vec(&stored.positions)?)?;
            fs::rename(&unfinished, file)?;
            stored.changed = false;
        }
        Ok(())
    }
}
