//! The functions' clock, which can be set and run faster, so that trying the product out need not wait for tomorrow.
//!
//! Only the functions follow it, and what judges the time of what they have signed. What else stands in for AWS and the
//! telephone network goes by the real time, and schedules come as often as before unless they run faster too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use runtime::clock::Displacement;
use uuid::Uuid;

use local_providers::clock::{self, Clock};

/// A clock of its own for each stack. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct FunctionClock {
    file: PathBuf,
}

impl FunctionClock {
    pub(crate) fn new() -> Self {
        Self {
            file: std::env::temp_dir().join(format!("shiftline-clock-{}", Uuid::new_v4().simple())),
        }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What the functions take for the present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let displacement = fs::read_to_string(&self.file).ok();
        let displacement: Option<Displacement> = displacement.and_then(|text| text.parse().ok());
        displacement.map_or_else(clock::now, |displacement| displacement.shown(clock::now()))
    }

    /// Sets the clock, which goes on from there at the speed of a clock.
    ///
    /// # Errors
    ///
    /// When the file for temporary files cannot be written.
    pub fn set(&self, to: Timestamp) -> io::Result<()> {
        self.run(to, 1.0)
    }

    /// Sets the clock, and how many times faster it runs from there.
    ///
    /// # Errors
    ///
    /// When the file for temporary files cannot be written.
    pub fn run(&self, to: Timestamp, speed: f64) -> io::Result<()> {
        let displacement = Displacement {
            set_at: clock::now(),
            to,
            speed,
        };
        // Renamed, so that no function reads half of it.
        let written = self.file.with_extension("new");
        fs::write(&written, displacement.to_string())?;
        fs::rename(written, &self.file)
    }
}

impl Clock for FunctionClock {
    fn now(&self) -> Timestamp {
        self.now()
    }
}

impl Drop for FunctionClock {
    fn drop(&mut self) {
        // It may never have been set.
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_it_was_set_to_and_goes_on() {
        let function_clock = FunctionClock::new();
        let before = clock::now();
        assert!(function_clock.now() >= before);
        let tomorrow: Timestamp = "2027-03-28T00:59:59Z".parse().unwrap();
        function_clock.set(tomorrow).unwrap();
        let shown = function_clock.now();
        assert!(
            shown >= tomorrow && shown.duration_since(tomorrow).as_secs() < 60,
            "{shown}"
        );
        let file = function_clock.file().to_owned();
        drop(function_clock);
        assert!(!file.exists());
    }
}
