//! Faults that the next sends meet, asked for through the control API.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{self, Clock};

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
    /// What the account may spend is used up.
    Quota,
    /// The account is disabled.
    Disabled,
    /// The number that the text is sent from is not active.
    Inactive,
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

    /// Whether it is about the account or its numbers, which not every provider has.
    pub(super) fn is_about_the_account(self) -> bool {
        matches!(self, Self::Quota | Self::Disabled | Self::Inactive)
    }

    fn can_happen_to(self, provider: &str) -> bool {
        !self.is_about_the_account() || !WITHOUT_ACCOUNT.contains(&provider)
    }

    /// The default duration of a fault; only some kinds have one.
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

/// Those without an account that can be used up or disabled: a GSM gateway is a box, and pushes cost nothing.
pub(super) const WITHOUT_ACCOUNT: [&str; 5] = ["skyline", "fcm", "pinpoint-push", "connect", "pinpoint"];

/// The longest `for_ms`, a year.
const LONGEST: u64 = 366 * 24 * 60 * 60 * 1000;

/// A day.
const LONGEST_DELAY: u64 = 24 * 60 * 60 * 1000;

/// A fault that sends meet: `count` of them, those of a time, or a share of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The provider it concerns; all that send texts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    pub kind: FaultKind,
    /// How many sends it strikes; without it, `for_ms` or `ratio` as many as come, otherwise one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// How long it lasts by the functions' clock, from when it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
    /// The share of the sends it strikes, from 0 to 1: evenly spaced, beginning with the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

impl Fault {
    /// Reads a fault as a request to the control API asks for it.
    ///
    /// # Errors
    ///
    /// What is wrong, in words for the person who asked.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let asked: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        for (name, least, most) in [
            ("count", 1, u64::MAX),
            ("delay_ms", 0, LONGEST_DELAY),
            ("for_ms", 1, LONGEST),
        ] {
            let is_wrong = |value: &&Value| !value.as_u64().is_some_and(|value| (least..=most).contains(&value));
            match asked.get(name).filter(is_wrong) {
                Some(value) if most == u64::MAX => {
                    return Err(format!(
                        "{name} must be a whole number of at least {least}, not {value}"
                    ));
                }
                Some(value) => {
                    return Err(format!(
                        "{name} must be a whole number from {least} to {most}, not {value}"
                    ));
                }
                None => {}
            }
        }
        let is_wrong = |value: &&Value| !value.as_f64().is_some_and(|ratio| (0.0..=1.0).contains(&ratio));
        if let Some(value) = asked.get("ratio").filter(is_wrong) {
            return Err(format!("ratio must be a number from 0 to 1, such as 0.5, not {value}"));
        }
        serde_json::from_value(asked).map_err(|error| error.to_string())
    }

    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay_ms
            .map_or_else(|| self.kind.default_delay(), Duration::from_millis)
    }

    /// Whether it affects the send after this many others.
    fn strikes(&self, seen: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "nobody sends 2^52 texts")]
        let struck = |sends: u64| (sends as f64 * self.ratio.unwrap_or(1.0)).ceil();
        struck(seen + 1) > struck(seen)
    }
}

/// A fault that was asked for, and how much of it is left.
#[derive(Debug)]
struct Pending {
    /// With what is left of `count`.
    fault: Fault,
    until: Option<Timestamp>,
    /// Sends that it could have struck.
    seen: u64,
}

/// The faults still to come, in the order they were asked for.
#[derive(Debug, Default)]
pub struct Faults {
    pending: Mutex<Vec<Pending>>,
    /// The real time without one.
    clock: Option<Arc<dyn Clock>>,
}

impl Faults {
    /// Faults that last by this clock.
    pub(super) fn lasting_by(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock: Some(clock),
            ..Self::default()
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or_else(clock::now, |clock| clock.now())
    }

    pub fn add(&self, mut fault: Fault) {
        if fault.for_ms.is_none() && fault.ratio.is_none() {
            fault.count.get_or_insert(1);
        }
        if fault.count == Some(0) {
            return;
        }
        let until = fault.for_ms.map(|millis| {
            let lasting = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
            self.now().saturating_add(lasting).unwrap_or(Timestamp::MAX)
        });
        self.current().push(Pending { fault, until, seen: 0 });
    }

    /// What is left of each fault.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.current().iter().map(|pending| pending.fault.clone()).collect()
    }

    pub fn clear(&self) {
        self.pending.lock().clear();
    }

    /// The fault that this text meets: the oldest for its provider or for all that strikes it.
    #[must_use]
    pub fn meet(&self, provider: &str) -> Option<Fault> {
        self.take(|fault| match &fault.provider {
            Some(name) => name == provider,
            None => fault.kind.can_happen_to(provider),
        })
    }

    /// The fault that a request other than a text meets: only one that names its service.
    #[must_use]
    pub fn meet_named(&self, service: &str) -> Option<Fault> {
        self.take(|fault| fault.provider.as_deref() == Some(service))
    }

    fn take(&self, concerns: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut pending = self.current();
        let at = pending.iter_mut().position(|it| {
            let strikes = concerns(&it.fault) && it.fault.strikes(it.seen);
            it.seen += u64::from(concerns(&it.fault));
            strikes
        })?;
        let fault = pending[at].fault.clone();
        if let Some(count) = &mut pending[at].fault.count {
            *count -= 1;
            if *count == 0 {
                pending.remove(at);
            }
        }
        Some(fault)
    }

    /// Without those whose time is over.
    fn current(&self) -> MutexGuard<'_, Vec<Pending>> {
        let mut pending = self.pending.lock();
        if pending.iter().any(|it| it.until.is_some()) {
            let now = self.now();
            pending.retain(|it| it.until.is_none_or(|until| now < until));
        }
        pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(provider: Option<&str>, kind: FaultKind, count: u64) -> Fault {
        Fault {
            provider: provider.map(str::to_owned),
            kind,
            count: Some(count),
            delay_ms: None,
            for_ms: None,
            ratio: None,
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
        let faults = Faults::default();
        for (asked, listed) in [
            (
                r#"{"kind":"drop-after-accept"}"#,
                r#"{"kind":"drop-after-accept","count":1}"#,
            ),
            (r#"{"kind":"quota","ratio":0.5}"#, r#"{"kind":"quota","ratio":0.5}"#),
            (
                r#"{"kind":"disabled","for_ms":60000}"#,
                r#"{"kind":"disabled","for_ms":60000}"#,
            ),
        ] {
            faults.add(Fault::read(asked.as_bytes()).unwrap());
            assert_eq!(serde_json::to_string(&faults.pending()[0]).unwrap(), listed);
            faults.clear();
        }
    }

    #[test]
    fn a_value_that_cannot_be_is_named() {
        for (asked, named) in [
            (r#"{"kind":"throttle","count":0}"#, "count"),
            (r#"{"kind":"throttle","count":1.5}"#, "count"),
            (r#"{"kind":"throttle","for_ms":0}"#, "for_ms"),
            (r#"{"kind":"throttle","for_ms":-1}"#, "for_ms"),
            (r#"{"kind":"throttle","for_ms":"300000"}"#, "for_ms"),
            (r#"{"kind":"throttle","for_ms":1e30}"#, "for_ms"),
            (r#"{"kind":"throttle","delay_ms":-1}"#, "delay_ms"),
            (r#"{"kind":"throttle","ratio":1.1}"#, "ratio"),
            (r#"{"kind":"throttle","ratio":-0.1}"#, "ratio"),
            (r#"{"kind":"throttle","ratio":"half"}"#, "ratio"),
            (r#"{"kind":"throttle","ratio":null}"#, "ratio"),
            (r#"{"kind":"explode"}"#, "explode"),
            (r#"{"kind":"throttle","share":1}"#, "share"),
            (r#"{"count":1}"#, "kind"),
        ] {
            let error = Fault::read(asked.as_bytes()).unwrap_err();
            assert!(error.contains(named), "{asked}: {error}");
        }
    }

    #[test]
    fn a_ratio_strikes_its_share_evenly() {
        for (ratio, sends, struck) in [(0.0, 100, 0), (0.1, 100, 10), (0.5, 101, 51), (0.9, 10, 9), (1.0, 7, 7)] {
            let faults = Faults::default();
            faults.add(Fault {
                count: None,
                ratio: Some(ratio),
                ..fault(None, FaultKind::Throttle, 1)
            });
            let met: Vec<bool> = (0..sends).map(|_| faults.meet("any").is_some()).collect();
            assert_eq!(met.iter().filter(|met| **met).count(), struck, "{ratio}");
            assert_eq!(met[0], ratio > 0.0, "{ratio}");
        }
    }

    #[test]
    fn what_a_ratio_spares_meets_the_next_fault() {
        let faults = Faults::default();
        faults.add(Fault {
            ratio: Some(0.5),
            ..fault(None, FaultKind::Throttle, 2)
        });
        faults.add(fault(None, FaultKind::Delay, 1));

        let met: Vec<_> = (0..4).map(|_| faults.meet("any").map(|fault| fault.kind)).collect();

        let throttled = Some(FaultKind::Throttle);
        assert_eq!(met, [throttled, Some(FaultKind::Delay), throttled, None]);
    }

    #[test]
    fn a_fault_lasts_by_the_functions_clock() {
        #[derive(Debug)]
        struct SetClock(Mutex<Timestamp>);
        impl Clock for SetClock {
            fn now(&self) -> Timestamp {
                *self.0.lock()
            }
        }
        let clock = Arc::new(SetClock(Mutex::new(clock::now())));
        let faults = Faults::lasting_by(Arc::<SetClock>::clone(&clock));
        faults.add(Fault {
            count: None,
            for_ms: Some(300_000),
            ..fault(None, FaultKind::Throttle, 1)
        });

        *clock.0.lock() += SignedDuration::from_secs(200);
        assert!((0..100).all(|_| faults.meet("any").is_some()));
        *clock.0.lock() += SignedDuration::from_secs(100);
        assert_eq!(faults.meet("any"), None);
        assert_eq!(faults.pending(), []);
    }

    #[test]
    fn only_a_provider_with_an_account_can_lose_it() {
        let faults = Faults::default();
        faults.add(fault(None, FaultKind::Disabled, 1));

        assert_eq!(faults.meet("skyline"), None);
        assert!(faults.meet("twilio").is_some());
    }
}
