//! Somebody who books shifts, and the phones of everybody else, while a benchmark measures how long replies take.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Product;
use crate::figure::milliseconds;
use crate::stage;

/// No reply takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An employee who texts and waits for replies.
#[derive(Debug)]
pub struct Employee<'a> {
    product: &'a Product,
    shifts: std::ops::Range<usize>,
    /// The number of the last text on this phone.
    heard: u64,
}

impl<'a> Employee<'a> {
    /// Somebody who can book as many shifts as are put on offer for it.
    pub fn with_shifts(product: &'a Product, shifts: usize) -> Self {
        stage::fill(
            product,
            "contacts",
            [json!({ "phone": stage::employee(0) })].into_iter(),
        );
        let shift = |n| json!({ "shift_id": code(n), "shift_status": "available", "shift_info": "Mon 9-5" });
        stage::fill(product, "shifts", (0..shifts).map(shift));
        Self {
            product,
            shifts: 0..shifts,
            heard: 0,
        }
    }

    /// Books a shift; answers the milliseconds until the reply is there.
    ///
    /// # Panics
    ///
    /// When no shift is left, or no reply comes.
    pub async fn book(&mut self) -> f64 {
        let phone = stage::employee(0);
        let phones = self.product.stack.phone_simulator().phones();
        let shift = code(self.shifts.next().unwrap());
        let begun = Instant::now();
        self.product.text(&phone, &shift).await;
        loop {
            if let Some(reply) = phones.received(Some(&phone), self.heard).last() {
                self.heard = reply.seq;
                return milliseconds(begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "no reply");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The phones of everybody, for what arrives from now on.
    pub fn phones(&self) -> Phones<'a> {
        Phones {
            product: self.product,
            heard: self.heard,
            crowd: 0,
            all: 0,
        }
    }
}

/// Everybody's phones.
#[derive(Debug)]
pub struct Phones<'a> {
    product: &'a Product,
    heard: u64,
    /// Texts to others than the employee.
    pub crowd: usize,
    pub all: usize,
}

impl Phones<'_> {
    /// Counts what has arrived since the last look.
    pub fn look(&mut self) {
        let texts = self.product.stack.phone_simulator().phones().received(None, self.heard);
        self.heard = texts.last().map_or(self.heard, |text| text.seq);
        self.all += texts.len();
        self.crowd += texts.iter().filter(|text| text.to != stage::employee(0)).count();
    }
}

fn code(n: usize) -> String {
    format!("S{n:05}")
}
