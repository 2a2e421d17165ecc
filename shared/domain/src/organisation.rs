//! What one organisation has chosen, besides what holds for the whole stack.

use std::collections::BTreeSet;

use crate::message::Kind;
use crate::routing::Routes;

/// The organisation that a message belongs to where it names none.
pub const DEFAULT_ORGANISATION: &str = "default";

/// An organisation's settings. Without a row everything is on and the stack's own routes apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// Whether texting and pushing is switched off altogether.
    pub texting_off: bool,
    /// The message types that are switched off.
    pub kinds_off: BTreeSet<Kind>,
    /// The sender name or number to use where the provider allows it.
    pub sender: Option<String>,
    /// Its own choice of providers.
    pub routes: Option<Routes>,
}
