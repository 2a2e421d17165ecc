//! What the phone simulator's faults do to a request that a provider has accepted.

use axum::response::Response;
use tokio::time;

use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind};

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
