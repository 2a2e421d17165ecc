//! The notices that are due for a bill, and when to look at it again.

use jiff::{Timestamp, ToSpan};

use super::{Bill, BillError, BillRow, Facts, Notified, Standing};
use crate::notice::Notice;
use crate::organisation::Organisation;
use crate::record::{Reconciled, RecordKey, Said, Sweep, Timer, next_revision};

/// A bill that was paid longer ago than this when it is first seen gets no notice.
const FRESH_DAYS: i32 = 2;

/// Compares a row with the notices that were sent about it. `None` if nothing is due.
///
/// # Errors
///
/// What must be changed in the row; no text about it is sent until then.
pub fn reconcile(
    now: Timestamp,
    row: &BillRow,
    organisation: &Organisation,
) -> Result<Option<Reconciled<BillRow>>, BillError> {
    let bill = Bill::read(row, organisation)?;
    let mut draft = Draft::new(now, row);
    match (row.notified.clone(), bill.facts.clone()) {
        (None, None) => {}
        (Some(notified), None) => draft.cancel(notified),
        (notified, Some(facts)) => draft.tell(&bill, notified, facts, organisation),
    }
    draft.row.timer = draft.tell_if_overdue(&bill, organisation);
    let unchanged = draft.row == *row && draft.said.is_empty();
    Ok((!unchanged).then_some(Reconciled {
        row: draft.row,
        said: draft.said,
        bases: Vec::new(),
    }))
}

/// The row in the making.
struct Draft {
    now: Timestamp,
    row: BillRow,
    said: Vec<Said>,
}

impl Draft {
    fn new(now: Timestamp, before: &BillRow) -> Self {
        let mut row = before.clone();
        if row.error.take().is_some() && row.status.as_deref() == Some("rejected") {
            row.status = Some(Standing::Open.as_str().to_owned());
        }
        Self {
            now,
            row,
            said: Vec::new(),
        }
    }

    fn raise_revision(&mut self) {
        self.row.revision = next_revision(self.row.revision, self.now);
    }

    fn cancel(&mut self, notified: Notified) {
        if notified.standing != Standing::Cancelled {
            self.raise_revision();
            let standing = Standing::Cancelled;
            self.row.notified = Some(Notified { standing, ..notified });
        }
    }

    fn tell(&mut self, bill: &Bill, notified: Option<Notified>, facts: Facts, organisation: &Organisation) {
        let same_bill = notified.as_ref().is_some_and(|notified| notified.facts == facts);
        let stood = notified.as_ref().map(|notified| notified.standing);
        if same_bill && stood == Some(bill.standing) {
            return;
        }
        self.raise_revision();
        let overdue = match &notified {
            // A payment that came back does not make it another bill.
            Some(notified) if same_bill && stood == Some(Standing::Paid) => notified.overdue,
            // A notice after that time says when the bill was due.
            _ => self.now >= bill.overdue_at(&facts, organisation),
        };
        let (title, amount, due_on) = (facts.title.clone(), facts.amount, facts.due_on);
        match bill.standing {
            Standing::Paid if stood.is_some() || self.is_fresh(bill) => {
                self.say(&facts, Notice::PaymentConfirmed { bill: title, amount });
            }
            Standing::Open if !same_bill || stood == Some(Standing::Cancelled) => {
                let notice = Notice::BillIssued {
                    bill: title,
                    amount,
                    due_on,
                };
                self.say(&facts, notice);
            }
            Standing::Open | Standing::Paid | Standing::Cancelled => {}
        }
        self.row.notified = Some(Notified {
            facts,
            standing: bill.standing,
            overdue,
        });
    }

    fn is_fresh(&self, bill: &Bill) -> bool {
        let today = self.now.to_zoned(bill.zone.clone()).date();
        let since = today.checked_sub(FRESH_DAYS.days()).unwrap_or(today);
        bill.paid_on.is_none_or(|paid_on| paid_on >= since)
    }

    /// Answers when to look again.
    fn tell_if_overdue(&mut self, bill: &Bill, organisation: &Organisation) -> Option<Timer> {
        let notified = self.row.notified.clone()?;
        if notified.standing != Standing::Open || notified.overdue {
            return None;
        }
        let at = bill.overdue_at(&notified.facts, organisation);
        if at > self.now {
            let sweep = Sweep::Notices;
            return Some(Timer { sweep, at });
        }
        let notice = Notice::BillOverdue {
            bill: notified.facts.title.clone(),
            amount: notified.facts.amount,
            due_on: notified.facts.due_on,
        };
        self.say(&notified.facts, notice);
        self.row.notified = Some(Notified {
            overdue: true,
            ..notified
        });
        None
    }

    fn say(&mut self, facts: &Facts, notice: Notice) {
        let key = RecordKey::Bill(self.row.bill_id.clone());
        self.said.push(Said {
            to: facts.customer.clone(),
            notice,
            key: format!("{}#{}", key.pk(), self.row.revision),
            subject: key.subject(self.row.revision),
            until: None,
            concerns: None,
        });
    }
}
