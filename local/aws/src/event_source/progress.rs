//! Which records of a stream are still being served, and so how far the mapping has come.

use std::collections::BTreeSet;

use parking_lot::Mutex;

/// Records are read in order and may be finished in any order.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    unfinished: BTreeSet<String>,
    /// Read and finished, or read and filtered out, with nothing unfinished before it.
    done: Option<String>,
    finished: BTreeSet<String>,
}

impl Progress {
    /// A record was handed over to be served.
    pub(super) fn begin(&self, sequence_number: &str) {
        self.state(|state| {
            state.unfinished.insert(sequence_number.to_owned());
        });
    }

    /// A record is served, given up or was never wanted.
    pub(super) fn finish<'a>(&self, sequence_numbers: impl IntoIterator<Item = &'a str>) {
        self.state(|state| {
            for sequence_number in sequence_numbers {
                state.unfinished.remove(sequence_number);
                state.finished.insert(sequence_number.to_owned());
            }
            let rest = match state.unfinished.first() {
                Some(first) => state.finished.split_off(first),
                None => BTreeSet::new(),
            };
            if let Some(last) = state.finished.pop_last() {
                state.done = Some(last);
            }
            state.finished = rest;
        });
    }

    /// The last record up to which all are finished.
    pub(super) fn done(&self) -> Option<String> {
        self.state(|state| state.done.clone())
    }

    fn state<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        action(&mut self.0.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_never_passes_an_unfinished_record() {
        let progress = Progress::default();
        for number in ["1", "2", "3"] {
            progress.begin(number);
        }
        progress.finish(["2"]);
        assert_eq!(progress.done(), None);
        progress.finish(["1"]);
        assert_eq!(progress.done().as_deref(), Some("2"));
        progress.finish(["4"]);
        assert_eq!(progress.done().as_deref(), Some("2"));
        progress.finish(["3"]);
        assert_eq!(progress.done().as_deref(), Some("4"));
    }
}
