//! What the functions write: the last lines kept in memory, all of them passed on to wherever the user asks, and the metrics
//! in them read out.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::metrics::Metrics;

/// Lines kept in memory; the oldest are forgotten.
const CAPACITY: usize = 20_000;

/// Where log lines go besides memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogSink {
    #[default]
    Memory,
    StandardError,
    /// Appended to the file.
    File(PathBuf),
}

/// One line of a function's output, or of the stack about the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Name of the function.
    pub function: String,
    pub text: String,
}

/// The log of the running stack; all clones are the same log.
#[derive(Clone)]
pub struct Logs {
    inner: Arc<Mutex<Inner>>,
    metrics: Metrics,
}

struct Inner {
    lines: VecDeque<LogLine>,
    sink: Option<Box<dyn Write + Send>>,
}

impl Logs {
    pub fn open(sink: &LogSink) -> io::Result<Self> {
        let sink: Option<Box<dyn Write + Send>> = match sink {
            LogSink::Memory => None,
            LogSink::StandardError => Some(Box::new(io::stderr())),
            LogSink::File(path) => Some(Box::new(File::options().create(true).append(true).open(path)?)),
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(Inner {
                lines: VecDeque::new(),
                sink,
            })),
            metrics: Metrics::default(),
        })
    }

    pub(crate) fn write(&self, function: &str, text: impl Into<String>) {
        let line = LogLine {
            function: function.to_owned(),
            text: text.into(),
        };
        self.metrics.read(&line.text);
        let mut inner = self.inner.lock();
        if let Some(sink) = &mut inner.sink {
            // A full disk or a closed terminal must not stop the stack.
            let _ = writeln!(sink, "{} {}", line.function, line.text);
        }
        if inner.lines.len() == CAPACITY {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// The metrics that the lines hold.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The lines kept, oldest first.
    #[must_use]
    pub fn lines(&self) -> Vec<LogLine> {
        self.inner.lock().lines.iter().cloned().collect()
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").finish_non_exhaustive()
    }
}
