//! Writes a shift's errors on its row, and keeps its bookings in step with the holders that people type there.
//!
//! A holder typed by hand gets a booking, so that they find the shift among their own and are reminded of it; one who
//! was removed from the row loses it.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::numbering::{self, Country};
use domain::organisation::DEFAULT_ORGANISATION;
use domain::phone_number::PhoneNumber;
use domain::shift::{Shift, ShiftRow};
use domain::shift_id::vocabulary_note;

use crate::inbound::FoundShift;
use crate::port::{Bookings, Clock, Organisations, Shifts, StoreError, WatchedBooking};

/// A shift's row before and after somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShiftChange {
    /// `None` where there was no row.
    pub before: Option<ShiftRow>,
    pub after: ShiftRow,
    pub organisation: Option<String>,
}

/// What was done about a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Booked {
    pub made: u64,
    pub removed: u64,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct CheckShift {
    pub bookings: Arc<dyn Bookings>,
    pub shifts: Arc<dyn Shifts>,
    pub organisations: Arc<dyn Organisations>,
    pub clock: Arc<dyn Clock>,
    /// The country of numbers without a country code, where no organisation names one.
    pub country: Option<Country>,
}

impl CheckShift {
    /// Brings the bookings into line with the row as it is now. A change that comes twice or late is harmless.
    ///
    /// # Errors
    ///
    /// The store's; what was done stays, and the next call does the rest.
    pub async fn check(&self, change: &ShiftChange) -> Result<Booked, StoreError> {
        self.check_row(change).await?;
        let (before, after) = (held(change.before.as_ref()), held(Some(&change.after)));
        let changed: Vec<&String> = before.symmetric_difference(&after).collect();
        let mut booked = Booked::default();
        if changed.is_empty() {
            return Ok(booked);
        }
        let country = self.country(change, &changed).await?;
        let people: BTreeSet<PhoneNumber> = changed
            .into_iter()
            .filter_map(|typed| numbering::normalise(typed, country).ok())
            .collect();
        let id = &change.after.shift_id;
        for phone in people {
            // Before the shift: a claim that comes between is newer than this booking and stays.
            let booking = self.bookings.get(&phone, id).await?;
            let is_held = after.iter().any(|typed| is_of(typed, &phone, country));
            if is_held == booking.is_some() {
                continue;
            }
            let shift = match self.bookings.shift(id).await? {
                Some(FoundShift::Usable(shift)) => Some(shift),
                // Its holders are unknown until it is corrected.
                Some(FoundShift::Unusable { .. }) => continue,
                None => None,
            };
            booked.add(self.settle(&phone, booking, shift.as_ref(), country).await?);
        }
        Ok(booked)
    }

    /// Says on the row what is wrong with it, or what its id risks, where anything was typed.
    async fn check_row(&self, change: &ShiftChange) -> Result<(), StoreError> {
        let (before, after) = (change.before.as_ref(), &change.after);
        if before.is_some_and(|before| before.as_typed() == after.as_typed()) {
            return Ok(());
        }
        let id = &after.shift_id;
        match self.bookings.shift(id).await? {
            Some(FoundShift::Unusable {
                error, noted: false, ..
            }) => self.shifts.reject(id, &error.to_string()).await?,
            Some(FoundShift::Usable(_)) if after.error.is_some() => self.shifts.accept(id).await?,
            _ => {}
        }
        match vocabulary_note(id) {
            Some(note) if before.is_none() => self.shifts.note(id, &note).await,
            _ => Ok(()),
        }
    }

    async fn settle(
        &self,
        phone: &PhoneNumber,
        booking: Option<WatchedBooking>,
        shift: Option<&Shift>,
        country: Option<Country>,
    ) -> Result<Booked, StoreError> {
        let held = shift.filter(|shift| shift.holders.iter().any(|typed| is_of(typed, phone, country)));
        let (mut made, mut removed) = (false, false);
        match (held, booking) {
            (Some(shift), None) => made = self.bookings.create(phone, shift, self.clock.now()).await?,
            (None, Some(booking)) => removed = self.bookings.remove(&booking).await?,
            _ => {}
        }
        Ok(Booked {
            made: made.into(),
            removed: removed.into(),
        })
    }

    /// The country of the numbers, where one of them needs it.
    async fn country(&self, change: &ShiftChange, typed: &[&String]) -> Result<Option<Country>, StoreError> {
        if typed.iter().all(|typed| PhoneNumber::normalise(typed).is_ok()) {
            return Ok(None);
        }
        let name = change.organisation.as_deref().unwrap_or(DEFAULT_ORGANISATION);
        let country = self.organisations.country(name).await?;
        Ok(country.and_then(|country| country.parse().ok()).or(self.country))
    }
}

impl Booked {
    fn add(&mut self, other: Self) {
        self.made += other.made;
        self.removed += other.removed;
    }
}

/// Who holds the shift, as typed.
fn held(row: Option<&ShiftRow>) -> BTreeSet<String> {
    let holders = row.map(ShiftRow::holders).unwrap_or_default();
    holders.iter().map(ToOwned::to_owned).collect()
}

fn is_of(typed: &str, phone: &PhoneNumber, country: Option<Country>) -> bool {
    numbering::normalise(typed, country).as_ref() == Ok(phone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, clock, person};
    use crate::memory::MemoryStore;

    fn row(status: &str, employee: Option<&str>) -> ShiftRow {
        ShiftRow {
            shift_id: "ABC1".into(),
            shift_status: Some(status.into()),
            shift_info: Some("Mon 9-5".into()),
            employee: employee.map(Into::into),
            starts_at: Some("2026-11-21T09:00:00Z".into()),
            ..ShiftRow::default()
        }
    }

    /// Types the row, and handles its event.
    async fn typed(store: &MemoryStore, row: ShiftRow) -> Booked {
        let change = ShiftChange {
            before: store.shift("ABC1"),
            after: row.clone(),
            organisation: None,
        };
        store.put_shift(row);
        told(store, &change).await
    }

    async fn told(store: &MemoryStore, change: &ShiftChange) -> Booked {
        let use_case = CheckShift {
            bookings: Arc::new(store.clone()),
            shifts: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            clock: Arc::new(clock()),
            country: "US".parse().ok(),
        };
        use_case.check(change).await.unwrap()
    }

    async fn booking(store: &MemoryStore, number: u32) -> Option<WatchedBooking> {
        Bookings::get(store, &person(number), "ABC1").await.unwrap()
    }

    const MADE: Booked = Booked { made: 1, removed: 0 };
    const REMOVED: Booked = Booked { made: 0, removed: 1 };

    #[tokio::test]
    async fn an_invalid_row_is_marked_at_once() {
        let store = MemoryStore::default();
        let wrong = ShiftRow {
            starts_at: Some("next monday".into()),
            ..row("available", None)
        };
        typed(&store, wrong).await;
        let error = store.shift("ABC1").unwrap().error.unwrap();
        assert!(error.starts_with("starts_at"), "{error}");
        let mended = ShiftRow {
            error: Some(error),
            ..row("available", None)
        };
        typed(&store, mended).await;
        assert_eq!(store.shift("ABC1").unwrap().error, None);
    }

    #[tokio::test]
    async fn an_id_that_is_a_word_is_noted() {
        for (id, noted) in [("DO", true), ("ABC1", false)] {
            let store = MemoryStore::default();
            let after = ShiftRow {
                shift_id: id.into(),
                ..row("available", None)
            };
            store.put_shift(after.clone());
            let change = ShiftChange {
                after,
                ..ShiftChange::default()
            };
            told(&store, &change).await;
            assert_eq!(store.shift_note(id).is_some(), noted, "{id}");
        }
    }

    #[tokio::test]
    async fn k57_a_typed_holder_is_booked_and_reminded() {
        for spelling in [
            "+12025550101",
            "+1 202 555 0101",
            "(202) 555-0101",
            "１２０２５５５０１０１",
        ] {
            let store = MemoryStore::default();
            assert_eq!(typed(&store, row("taken", Some(spelling))).await, MADE, "{spelling}");
            let watched = booking(&store, 101).await.unwrap();
            assert_eq!(
                (watched.booking.info.as_str(), watched.booking.booked_at),
                ("Mon 9-5", at(0))
            );
            // A sweep looks at it, which is how its holder comes to be reminded.
            assert!(watched.due_at.is_some());
            // The same again, and somebody taken off.
            assert_eq!(typed(&store, row("taken", Some(spelling))).await, Booked::default());
            assert_eq!(typed(&store, row("available", None)).await, REMOVED);
            assert_eq!(booking(&store, 101).await, None);
        }
    }

    #[tokio::test]
    async fn k57_a_replacing_holder_takes_over() {
        let store = MemoryStore::default();
        typed(&store, row("taken", Some("+12025550101"))).await;
        let taken_over = Booked { made: 1, removed: 1 };
        assert_eq!(typed(&store, row("taken", Some("202-555-0102"))).await, taken_over);
        assert!(booking(&store, 101).await.is_none() && booking(&store, 102).await.is_some());
        let several = ShiftRow {
            capacity: Some("3".into()),
            employees: [
                "+1 202 555 0101".to_owned(),
                "202-555-0102".to_owned(),
                "Anna".to_owned(),
            ]
            .into(),
            ..row("available", Some("202-555-0102"))
        };
        assert_eq!(typed(&store, several).await, MADE);
        assert!(booking(&store, 101).await.is_some() && booking(&store, 102).await.is_some());
    }

    #[tokio::test]
    async fn late_or_unrelated_changes_do_nothing() {
        let store = MemoryStore::default();
        let (open, taken) = (row("available", None), row("taken", Some("+12025550101")));
        let late = ShiftChange {
            before: Some(taken.clone()),
            after: open.clone(),
            organisation: None,
        };
        typed(&store, taken.clone()).await;
        // It was taken off the row, and typed there again.
        assert_eq!(told(&store, &late).await, Booked::default());
        assert!(booking(&store, 101).await.is_some());
        let renamed = ShiftRow {
            shift_info: Some("Mon 8-4".into()),
            ..taken.clone()
        };
        assert_eq!(typed(&store, renamed).await, Booked::default());
        let broken = ShiftRow {
            capacity: Some("many".into()),
            ..taken
        };
        assert_eq!(typed(&store, broken).await, Booked::default());
        assert!(booking(&store, 101).await.is_some());
    }
}
