//! Whether a notice of a contract's end is due, and when to look at it again.

use jiff::Timestamp;

use super::{Contract, ContractError, ContractRow};
use crate::notice::Notice;
use crate::organisation::Organisation;
use crate::record::{Reconciled, RecordKey, Said, Sweep, Timer, next_revision};

/// Compares a row with the notices that were sent about it. `None` if nothing is due.
///
/// # Errors
///
/// What must be changed in the row; no text about it is sent until then.
pub fn reconcile(
    now: Timestamp,
    before: &ContractRow,
    organisation: &Organisation,
) -> Result<Option<Reconciled<ContractRow>>, ContractError> {
    let contract = Contract::read(before, organisation)?;
    let mut row = before.clone();
    if row.error.take().is_some() && row.status.as_deref() == Some("rejected") {
        row.status = Some("active".to_owned());
    }
    if row.notified.is_some() && row.notified != contract.facts {
        row.notified = None;
        row.revision = next_revision(row.revision, now);
    }
    let mut said = Vec::new();
    row.timer = None;
    if let (None, Some(facts)) = (&row.notified, contract.facts.as_ref()) {
        let (at, over_at) = (contract.notice_at(facts, organisation), contract.over_at(facts));
        if now < at {
            let sweep = Sweep::Notices;
            row.timer = Some(Timer { sweep, at });
        } else if now < over_at {
            row.revision = next_revision(row.revision, now);
            row.notified = Some(facts.clone());
            let key = RecordKey::Contract(row.contract_id.clone());
            said.push(Said {
                to: facts.customer.clone(),
                notice: Notice::ContractExpiry {
                    contract: facts.title.clone(),
                    ends_on: facts.ends_on,
                },
                key: format!("{}#{}", key.pk(), row.revision),
                subject: key.subject(row.revision),
                until: Some(over_at),
                concerns: None,
            });
        }
    }
    let unchanged = row == *before && said.is_empty();
    Ok((!unchanged).then_some(Reconciled {
        row,
        said,
        bases: Vec::new(),
    }))
}
