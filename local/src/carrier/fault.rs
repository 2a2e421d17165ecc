//! Faults that the next sends meet, asked for through the control API.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong with a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The provider says "too fast".
    Throttle,
    /// The provider answers with a failure of its own (5xx).
    Unavailable,
    /// The provider refuses for good.
    Reject,
    /// The text is accepted at once and the answer takes longer.
    Delay,
    /// The phone gets the text, the caller gets a broken connection.
    DropAfterAccept,
    /// The connection breaks and the phone gets nothing.
    DropBeforeAccept,
    /// The text arrives and no delivery receipt ever comes.
    NoReceipt,
    /// The final receipt comes twice.
    DuplicateReceipt,
    /// The receipts come late.
    LateReceipt,
    /// The receipts come before the answer to the send.
    EarlyReceipt,
}

impl FaultKind {
    /// Whether it is about delivery receipts, which only texts have.
    pub(super) fn is_about_receipts(self) -> bool {
        matches!(
            self,
            Self::NoReceipt | Self::DuplicateReceipt | Self::LateReceipt | Self::EarlyReceipt
        )
    }

    /// How long a fault lasts when it is not said; only some have a duration.
    fn default_delay(self) -> Duration {
        match self {
            Self::Delay => Duration::from_secs(1),
            Self::LateReceipt => Duration::from_secs(5),
            Self::EarlyReceipt => Duration::from_millis(200),
            _ => Duration::ZERO,
        }
    }
}

/// Services that send no texts and meet a fault only when it names them.
pub(super) const OTHER_SERVICES: [&str; 2] = ["connect", "pinpoint"];

/// A fault that `count` more sends meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The provider it concerns; all that send texts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    pub kind: FaultKind,
    #[serde(default = "one")]
    pub count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

fn one() -> u64 {
    1
}

impl Fault {
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay_ms
            .map_or_else(|| self.kind.default_delay(), Duration::from_millis)
    }
}

/// The faults still to come, in the order they were asked for.
#[derive(Debug, Default)]
pub struct Faults {
    pending: Mutex<Vec<Fault>>,
}

impl Faults {
    pub fn add(&self, fault: Fault) {
        if fault.count > 0 {
            self.lock().push(fault);
        }
    }

    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that this text meets: the oldest for its provider or for all.
    #[must_use]
    pub fn meet(&self, provider: &str) -> Option<Fault> {
        self.take(|fault| fault.provider.as_deref().is_none_or(|name| name == provider))
    }

    /// The fault that a request other than a text meets: only one that names its service.
    #[must_use]
    pub fn meet_named(&self, service: &str) -> Option<Fault> {
        self.take(|fault| fault.provider.as_deref() == Some(service))
    }

    fn take(&self, concerns: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut pending = self.lock();
        let at = pending.iter().position(concerns)?;
        let fault = pending[at].clone();
        pending[at].count -= 1;
        if pending[at].count == 0 {
            pending.remove(at);
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(provider: Option<&str>, kind: FaultKind, count: u64) -> Fault {
        Fault {
            provider: provider.map(str::to_owned),
            kind,
            count,
            delay_ms: None,
        }
    }

    #[test]
    fn a_fault_is_met_as_often_as_it_was_asked_for() {
        let faults = Faults::default();
        faults.add(fault(None, FaultKind::Throttle, 2));

        let met: Vec<_> = (0..3).map(|_| faults.meet("any").map(|fault| fault.kind)).collect();

        assert_eq!(met, [Some(FaultKind::Throttle), Some(FaultKind::Throttle), None]);
    }

    #[test]
    fn a_fault_of_one_provider_leaves_the_others_alone() {
        let faults = Faults::default();
        faults.add(fault(Some("gateway"), FaultKind::Reject, 1));

        assert_eq!(faults.meet("end-user-messaging"), None);
        assert_eq!(faults.meet("gateway").map(|fault| fault.kind), Some(FaultKind::Reject));
    }

    #[test]
    fn a_fault_for_every_text_does_not_touch_calls() {
        let faults = Faults::default();
        faults.add(fault(None, FaultKind::Throttle, 1));

        assert_eq!(faults.meet_named("connect"), None);
    }

    #[test]
    fn a_fault_is_written_as_the_control_api_reads_it() {
        let read: Fault = serde_json::from_str(r#"{"kind":"drop-after-accept"}"#).unwrap();

        assert_eq!(read, fault(None, FaultKind::DropAfterAccept, 1));
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"kind":"drop-after-accept","count":1}"#
        );
    }
}
