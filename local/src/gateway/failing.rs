//! What the carrier's faults do to a request that a gateway has accepted.

use axum::response::Response;
use tokio::time;

use crate::carrier::{Fault, FaultKind};
use crate::connection::Connection;

/// The answer to an accepted request as its caller sees it: in time, late, after its own receipt, or never.
pub(super) async fn answered(fault: Option<&Fault>, connection: &Connection, answer: Response) -> Response {
    match fault {
        Some(fault) => match fault.kind {
            FaultKind::DropAfterAccept => connection.broken(),
            FaultKind::Delay | FaultKind::EarlyReceipt => {
                time::sleep(fault.delay()).await;
                answer
            }
            _ => answer,
        },
        None => answer,
    }
}
