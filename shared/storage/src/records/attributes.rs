//! The attributes of a row that people type and we add to: what is written is exactly what changes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::record::{Sweep, Timer};
use jiff::Timestamp;

use super::due;
use crate::expression::Expression;
use crate::item::text;
use crate::time;
use crate::typed_row::TypedRow;

/// Every attribute that we know of one kind of row; `None` is not on the row.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Attributes(BTreeMap<&'static str, Option<AttributeValue>>);

impl Attributes {
    pub(crate) fn with(mut self, name: &'static str, value: Option<AttributeValue>) -> Self {
        self.0.insert(name, value);
        self
    }

    pub(crate) fn text(self, name: &'static str, value: Option<&str>) -> Self {
        self.with(name, value.map(text))
    }

    /// The timer of the row with this id.
    pub(crate) fn timer(self, id: &str, timer: Option<Timer>) -> Self {
        let bucket = timer.map(|timer| text(due::bucket(timer.sweep, id)));
        let due_at = timer.map(|timer| time::attribute(timer.at));
        self.with("due_bucket", bucket).with("due_at", due_at)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(name)?.as_ref()
    }

    /// Sets and removes whatever is not as it was `before`.
    pub(crate) fn write_over(self, before: &Self, expression: &mut Expression) {
        for (name, value) in self.0 {
            if before.get(name) != value.as_ref() {
                expression.set_or_remove(name, value);
            }
        }
    }
}

/// Reads what [`Attributes::timer`] wrote. What somebody else wrote there is no timer, and is written over by the next.
pub(crate) fn read_timer(row: &mut TypedRow) -> Option<Timer> {
    let sweep = row.text("due_bucket").and_then(|bucket| due::sweep(&bucket));
    let at = row.text("due_at").and_then(|at| at.parse::<Timestamp>().ok());
    let (sweep, at): (Sweep, Timestamp) = (sweep?, at?);
    Some(Timer { sweep, at })
}
