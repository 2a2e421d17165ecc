//! How texts are understood, by examples, everyday texts and properties.

use super::*;
use crate::shift_code::ShiftCode;

mod examples;
mod faults;
mod people;
mod properties;
mod words;

/// The shifts of the examples, with what their sender could do with them.
fn shift(id: &'static str, info: &'static str) -> KnownShift<'static> {
    KnownShift {
        id,
        info,
        is_held: false,
        is_open: true,
    }
}

fn stored() -> Vec<KnownShift<'static>> {
    vec![
        shift("ABC1", "Mon 8 am, till"),
        shift("ABC2", "Tue 4 pm, kitchen"),
        shift("XYZ123", "Wed 10:30-18:00"),
        shift("123", "Thu 9 am"),
        shift("AB10", "Wed 6 am"),
        shift("WEEKEND", "Sat and Sun 7 am"),
        shift("DO", "Fri noon"),
    ]
}

/// What the sender and the store know beside the shifts.
#[derive(Clone, Default)]
struct World {
    held: Vec<&'static str>,
    questions: Vec<Asked>,
    to_come: Vec<&'static str>,
    texted_today: bool,
    /// Only this one is open, if any.
    open: Option<Vec<&'static str>>,
}

impl World {
    fn meaning(&self, text: &str) -> Meaning {
        let reading = Reading::of(text);
        let mut known = self.known(&reading);
        let meaning = reading.meaning(&known);
        if meaning != Meaning::ReadOpenShifts {
            return meaning;
        }
        known.open = Some(self.open_shifts());
        let meaning = reading.meaning(&known);
        assert_ne!(meaning, Meaning::ReadOpenShifts, "{text}");
        meaning
    }

    fn shifts(&self) -> Vec<KnownShift<'static>> {
        let mut shifts = stored();
        for shift in &mut shifts {
            shift.is_held = self.held.contains(&shift.id) || self.to_come.contains(&shift.id);
            shift.is_open = !shift.is_held;
        }
        shifts
    }

    fn open_shifts(&self) -> Vec<KnownShift<'static>> {
        let is_listed = |shift: &KnownShift<'_>| self.open.as_ref().is_none_or(|open| open.contains(&shift.id));
        self.shifts()
            .into_iter()
            .filter(|shift| shift.is_open && is_listed(shift))
            .collect()
    }

    fn known(&self, reading: &Reading) -> Known<'_> {
        let needs = reading.needs();
        assert!(needs.codes.len() <= MAX_CODES);
        let is_needed = |shift: &KnownShift<'_>| {
            needs
                .codes
                .iter()
                .flat_map(ShiftCode::spellings)
                .any(|spelling| spelling == shift.id)
        };
        Known {
            name: Some("Anna"),
            found: self.shifts().into_iter().filter(is_needed).collect(),
            open: needs.open_shifts.then(|| self.open_shifts()),
            questions: if needs.questions { &self.questions } else { &[] },
            to_come: self
                .shifts()
                .into_iter()
                .filter(|shift| needs.bookings && self.to_come.contains(&shift.id))
                .collect(),
            texted_today: self.texted_today,
        }
    }
}
