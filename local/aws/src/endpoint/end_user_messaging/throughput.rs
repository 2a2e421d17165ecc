//! How fast an origination identity may send: message parts per second, with one second's worth at once.

use std::collections::HashMap;
use std::time::Instant;

#[derive(Debug)]
struct Bucket {
    parts: f64,
    filled_at: Instant,
}

/// The allowance of every identity, by name.
#[derive(Debug, Default)]
pub(super) struct Throughput {
    buckets: HashMap<String, Bucket>,
}

impl Throughput {
    /// Takes the parts of one text from the identity's allowance; whether it had them.
    pub(super) fn take(&mut self, identity: &str, parts: usize, parts_per_second: u32, now: Instant) -> bool {
        let rate = f64::from(parts_per_second);
        let bucket = self.buckets.entry(identity.to_owned()).or_insert_with(|| Bucket {
            parts: rate,
            filled_at: now,
        });
        let elapsed = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.parts = (bucket.parts + elapsed * rate).min(rate);
        bucket.filled_at = now;
        // A text of more parts than a second allows goes out when the allowance is full.
        let needed = (parts as f64).min(rate);
        let granted = rate > 0.0 && bucket.parts >= needed;
        if granted {
            bucket.parts -= needed;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_allowance_is_used_up_and_comes_back() {
        let mut throughput = Throughput::default();
        let start = Instant::now();

        assert!(throughput.take("one", 2, 3, start));
        assert!(!throughput.take("one", 2, 3, start));
        assert!(throughput.take("other", 3, 3, start));
        assert!(throughput.take("one", 2, 3, start + Duration::from_millis(400)));
        assert!(!throughput.take("one", 3, 3, start + Duration::from_millis(500)));
        assert!(throughput.take("one", 9, 3, start + Duration::from_secs(2)));
        assert!(!throughput.take("stopped", 1, 0, start));
    }
}
