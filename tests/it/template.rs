//! What only a real deployment would show, checked on `template.yaml`. Each rule is also tried on copies of the template that break
//! it, so that no rule passes because it looks at nothing.

mod access;
pub(crate) mod alarm;
pub(crate) mod document;
mod environment;
mod event_source;
pub(crate) mod metric_math;
mod naming;
mod safety;
mod time_out;
