//! Alerts an organisation that its budget is nearly used up, once a month.

use domain::budget::Month;
use domain::message::{Cause, Message};
use domain::notice::Notice;
use domain::organisation::Organisation;
use jiff::Timestamp;

use crate::port::{Outbox, StoreError};

/// Says so if it is, in the log and to the organisation's `alerts_to`. Returns whether it is.
pub(crate) async fn alert(
    outbox: &dyn Outbox,
    name: &str,
    organisation: &Organisation,
    month: Month,
    used: u64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(budget) = organisation.budget.filter(|budget| budget.is_nearly_used_up(used)) else {
        return Ok(false);
    };
    let limit = budget.segments();
    if let Some(to) = &organisation.alerts_to {
        let notice = Notice::BudgetAlert {
            used,
            limit,
            month: month.to_string(),
        };
        let cause = Cause::BudgetAlert {
            organisation: name,
            month: &month.to_string(),
        };
        let body = notice.render(organisation.language.unwrap_or_default());
        let text =
            Message::queued(&cause, notice.kind(), Some(to.clone()), body, now).of_organisation(Some(name.to_owned()));
        if outbox.put_new(vec![text]).await? == 0 {
            return Ok(true);
        }
    }
    tracing::warn!(organisation = name, %month, used, limit, "the budget is nearly used up");
    Ok(true)
}
