//! When and how often a provider reports on a text, as the fault that the text met has it.

use std::time::Duration;

use tokio::time;

use crate::phone_simulator::{Fault, FaultKind, PhoneSimulator};

/// When the reports on a text are posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Never,
    /// Before the request that sent the text is answered.
    BeforeTheAnswer,
    After(Duration),
}

/// How the reports on the texts of one request come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReceiptPlan {
    when: When,
    /// How often each report is posted.
    pub(super) copies: usize,
}

impl ReceiptPlan {
    pub(super) fn new(fault: Option<&Fault>, simulator: &PhoneSimulator) -> Self {
        let usual = When::After(Duration::from_millis(simulator.settings().receipt_delay_ms));
        let (when, copies) = match fault.map(|fault| (fault.kind, fault.delay())) {
            Some((FaultKind::NoReceipt, _)) => (When::Never, 0),
            Some((FaultKind::EarlyReceipt, _)) => (When::BeforeTheAnswer, 1),
            Some((FaultKind::DuplicateReceipt, _)) => (usual, 2),
            Some((FaultKind::LateReceipt, late)) => (When::After(late), 1),
            _ => (usual, 1),
        };
        Self { when, copies }
    }

    /// Lets a report happen in its time; returns at once unless it comes before the answer.
    pub(super) async fn carry_out(self, report: impl Future<Output = ()> + Send + 'static) {
        match self.when {
            When::Never => {}
            When::BeforeTheAnswer => report.await,
            When::After(delay) => {
                tokio::spawn(async move {
                    time::sleep(delay).await;
                    report.await;
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_decides_when_and_how_often() {
        let simulator = PhoneSimulator::new();
        let usual = When::After(Duration::from_millis(100));
        for (kind, when, copies) in [
            (None, usual, 1),
            (Some(FaultKind::Delay), usual, 1),
            (Some(FaultKind::DropAfterAccept), usual, 1),
            (Some(FaultKind::NoReceipt), When::Never, 0),
            (Some(FaultKind::EarlyReceipt), When::BeforeTheAnswer, 1),
            (Some(FaultKind::DuplicateReceipt), usual, 2),
            (Some(FaultKind::LateReceipt), When::After(Duration::from_secs(5)), 1),
        ] {
            let fault = kind.map(|kind| Fault {
                provider: None,
                kind,
                count: None,
                delay_ms: None,
                for_ms: None,
                ratio: None,
            });
            assert_eq!(
                ReceiptPlan::new(fault.as_ref(), &simulator),
                ReceiptPlan { when, copies }
            );
        }
    }
}
