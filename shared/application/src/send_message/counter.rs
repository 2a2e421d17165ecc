//! A sender's counts for its operator.

use domain::message::{Channel, RefusalKind, Status};
use messaging::Outcome;
use parking_lot::Mutex;

/// What was counted since it was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that were claimed, or ended instead.
    pub taken_up: u64,
    pub accepted: u64,
    pub refused: Vec<RefusalKind>,
    /// Call backs among them, apart from those that come too fast.
    pub calls_refused: u64,
    pub expired: u64,
    /// Claims of messages that had moved on.
    pub stale: u64,
}

/// The counts of a sender.
#[derive(Debug, Default)]
pub struct Counter(Mutex<Counts>);

impl Counter {
    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock());
    }

    /// Returns the counts and resets them.
    pub fn take(&self) -> Counts {
        let mut counts = Counts::default();
        self.change(|counted| counts = std::mem::take(counted));
        counts
    }

    pub(super) fn taken_up(&self, status: Status) {
        self.change(|counts| {
            counts.taken_up += 1;
            counts.expired += u64::from(status == Status::Expired);
        });
    }

    pub(super) fn stale(&self) {
        self.change(|counts| counts.stale += 1);
    }

    pub(super) fn answered(&self, channel: Channel, outcome: &Outcome) {
        self.change(|counts| match outcome {
            Outcome::Accepted { .. } => counts.accepted += 1,
            Outcome::Refused(refusal) => {
                counts.refused.push(refusal.kind);
                let is_throttled = refusal.kind == RefusalKind::Throttled;
                counts.calls_refused += u64::from(channel == Channel::Call && !is_throttled);
            }
            Outcome::Unknown { .. } => {}
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttled_call_backs_do_not_count_as_refused() {
        let counter = Counter::default();
        for (channel, kind) in [
            (Channel::Call, RefusalKind::Recipient),
            (Channel::Call, RefusalKind::Throttled),
            (Channel::Sms, RefusalKind::Recipient),
        ] {
            counter.answered(channel, &Outcome::refused_for_good(kind, "no"));
        }

        let counts = counter.take();

        assert_eq!((counts.refused.len(), counts.calls_refused), (3, 1));
        assert_eq!(counter.take(), Counts::default());
    }
}
