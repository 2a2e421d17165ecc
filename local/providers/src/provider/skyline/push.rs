//! Rows that the device gathers and posts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time;

use super::Device;
use super::switch::Behaviour;

/// What is pushed in rows.
pub(super) trait Row: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// The body that carries the rows.
    fn body(rows: &[Self], behaviour: &Behaviour) -> Value;
}

/// An address that rows are posted to once enough have gathered, or the first has waited long enough.
#[derive(Debug)]
pub(super) struct Push<T> {
    url: String,
    count: usize,
    period: Duration,
    rows: Mutex<Vec<T>>,
}

impl<T: Row> Push<T> {
    pub(super) fn new(url: String, count: usize, period: Duration) -> Self {
        Self {
            url,
            count,
            period,
            rows: Mutex::default(),
        }
    }

    pub(super) fn one_by_one(url: String) -> Self {
        Self::new(url, 1, Duration::ZERO)
    }

    /// Adds a row and posts what is due. A post that fails is not repeated: no source speaks of retries.
    pub(super) async fn add(self: &Arc<Self>, row: T, device: &Arc<Device>) {
        let gathered = {
            let mut rows = self.lock();
            rows.push(row);
            rows.len()
        };
        if gathered >= self.count {
            self.flush(device).await;
        } else if gathered == 1 {
            let (push, device) = (Arc::clone(self), Arc::clone(device));
            tokio::spawn(async move {
                time::sleep(push.period).await;
                push.flush(&device).await;
            });
        }
    }

    async fn flush(&self, device: &Device) {
        let rows = std::mem::take(&mut *self.lock());
        if rows.is_empty() || self.url.is_empty() {
            return;
        }
        let behaviour = device.switches.get();
        let mut body = T::body(&rows, &behaviour);
        if behaviour.numbers_as_strings {
            quote_numbers(&mut body);
        }
        device.webhooks.post_json(&self.url, &body).await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a count of rows is written.
pub(super) fn count(rows: usize, behaviour: &Behaviour) -> Value {
    if behaviour.counts_as_strings {
        json!(rows.to_string())
    } else {
        json!(rows)
    }
}

fn quote_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Array(values) => values.iter_mut().for_each(quote_numbers),
        Value::Object(fields) => fields.values_mut().for_each(quote_numbers),
        _ => {}
    }
}
