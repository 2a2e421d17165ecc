//! Booking shifts, giving them back, and asking about them.

use domain::grammar::Codes;
use domain::message::Kind;
use domain::phone_number::PhoneNumber;
use domain::shift::{Availability, Shift};
use domain::shift_code::ShiftCode;
use domain::wording::Text;

use super::{Decision, Draft};
use crate::inbound::answer::{self, Summary};
use crate::inbound::limits::Answering;
use crate::inbound::snapshot::Subject;
use crate::inbound::{Claim, FoundShift, Query, Release};

/// More shifts than this are not asked about by name.
const MOST_ASKED: usize = 3;

impl<'a> Draft<'a> {
    /// The row of that id, as found under what was typed or among the available shifts.
    fn found(&self, id: &str) -> Option<&'a FoundShift> {
        let mut rows = self.snapshot.shifts.iter().chain(&self.snapshot.available.shifts);
        rows.find(|found| found.id() == id)
    }

    /// The shift as it is now, if it was read, else as it was when the question was asked.
    fn current(&self, asked: &'a Shift) -> Option<&'a Shift> {
        if self.was_read(&asked.id) {
            self.found(&asked.id).and_then(FoundShift::usable)
        } else {
            Some(asked)
        }
    }

    fn was_read(&self, id: &str) -> bool {
        ShiftCode::fold(id).is_some_and(|code| self.snapshot.query.codes.contains(&code))
    }

    /// The query that looks for codes in any mixture of cases, where one was not found and that has not been done.
    fn look_closer(&self, codes: &Codes) -> Option<Query> {
        (!codes.misses.is_empty() && !self.snapshot.query.thorough).then(|| self.snapshot.query.further())
    }

    pub(super) fn book(mut self, phone: &PhoneNumber, codes: &Codes) -> Decision {
        if let Some(further) = self.look_closer(codes) {
            return Decision::ReadFurther(further);
        }
        let mut summary = Summary::of(codes);
        for id in &codes.ids {
            match self.found(id) {
                Some(FoundShift::Usable(shift)) => self.claim(phone, shift, &mut summary),
                _ => summary.closed.push(id.clone()),
            }
        }
        self.finish_booking(phone, &summary)
    }

    /// Books the shifts that the sender was asked about.
    pub(super) fn book_shifts(mut self, phone: &PhoneNumber, shifts: &'a [Shift]) -> Decision {
        let mut summary = Summary::default();
        for asked in shifts {
            match self.current(asked) {
                Some(shift) => self.claim(phone, shift, &mut summary),
                None => summary.closed.push(asked.id.clone()),
            }
        }
        self.finish_booking(phone, &summary)
    }

    fn claim(&mut self, phone: &PhoneNumber, shift: &Shift, summary: &mut Summary) {
        match shift.availability(phone, self.now) {
            Availability::Open => {
                summary.booked.push(shift.clone());
                self.plan.claims.push(Claim { shift: shift.clone() });
            }
            Availability::AlreadyYours => summary.already_yours.push(shift.clone()),
            Availability::Taken => summary.taken.push(shift.id.clone()),
            Availability::Closed => summary.closed.push(shift.id.clone()),
        }
    }

    fn finish_booking(mut self, phone: &PhoneNumber, summary: &Summary) -> Decision {
        self.mark_unusable();
        let outcome = if summary.booked.is_empty() {
            "nothing-booked"
        } else {
            "booked"
        };
        self.summarise(phone, summary, outcome)
    }

    pub(super) fn give_back(mut self, phone: &PhoneNumber, codes: &Codes) -> Decision {
        if codes.ids.is_empty() && codes.misses.is_empty() {
            return self.useful(phone, Text::DropWhat, "drop-what");
        }
        if let Some(further) = self.look_closer(codes) {
            return Decision::ReadFurther(further);
        }
        let mut summary = Summary::of(codes);
        for id in &codes.ids {
            match self.found(id) {
                Some(FoundShift::Usable(shift)) => self.release(phone, shift, &mut summary),
                _ => summary.not_yours.push(id.clone()),
            }
        }
        self.finish_giving_back(phone, &summary)
    }

    /// Gives back the shift that the sender was asked about.
    pub(super) fn give_back_shift(mut self, phone: &PhoneNumber, id: &str, asked: Option<&'a Shift>) -> Decision {
        let mut summary = Summary::default();
        match asked.map_or_else(|| self.found(id)?.usable(), |asked| self.current(asked)) {
            Some(shift) => self.release(phone, shift, &mut summary),
            None if !self.was_read(id) => {
                let mut query = self.snapshot.query.clone();
                query.look_up(id);
                return Decision::ReadFurther(query);
            }
            None => summary.not_yours.push(id.to_owned()),
        }
        self.finish_giving_back(phone, &summary)
    }

    fn release(&mut self, phone: &PhoneNumber, shift: &Shift, summary: &mut Summary) {
        if !shift.holders.contains(phone) {
            summary.not_yours.push(shift.id.clone());
        } else if shift.begun(self.now) {
            summary.closed.push(shift.id.clone());
        } else {
            summary.given_back.push(shift.id.clone());
            self.plan.releases.push(Release { shift: shift.clone() });
        }
    }

    fn finish_giving_back(self, phone: &PhoneNumber, summary: &Summary) -> Decision {
        let outcome = if summary.given_back.is_empty() {
            "nothing-given-back"
        } else {
            "given-back"
        };
        self.summarise(phone, summary, outcome)
    }

    /// Answers with the result of each code. A change is always answered.
    fn summarise(mut self, phone: &PhoneNumber, summary: &Summary, outcome: &'static str) -> Decision {
        self.plan.handled.codes = summary.outcomes();
        let body = summary.render(self.language);
        if self.changes_something() {
            self.settle_questions_about(&summary.changed());
            self.say_body(Kind::Reply, phone, body);
        } else {
            self.counted(Answering::Useful, phone, |draft| {
                draft.say_body(Kind::Reply, phone, body);
            });
        }
        self.finish(outcome)
    }

    /// Asks whether the sender wants the shifts that a text named beside other words.
    pub(super) fn ask(mut self, phone: &PhoneNumber, ids: &[String]) -> Decision {
        let mut summary = Summary::default();
        let mut open: Vec<&Shift> = Vec::new();
        for id in ids {
            match self.found(id) {
                Some(FoundShift::Usable(shift)) => match shift.availability(phone, self.now) {
                    Availability::Open => open.push(shift),
                    Availability::AlreadyYours => summary.already_yours.push(shift.clone()),
                    Availability::Taken => summary.taken.push(shift.id.clone()),
                    Availability::Closed => summary.closed.push(shift.id.clone()),
                },
                _ => summary.closed.push(id.clone()),
            }
        }
        if open.is_empty() {
            return self.summarise(phone, &summary, "nothing-booked");
        }
        let body = answer::ask(&open, self.language);
        let offered: Vec<Shift> = open.iter().map(|shift| (*shift).clone()).collect();
        self.counted(Answering::Useful, phone, |draft| {
            if offered.len() <= MOST_ASKED {
                draft.open(Subject::Offer(offered));
            }
            draft.say_body(Kind::Reply, phone, body);
        });
        self.finish("asked")
    }

    pub(super) fn did_you_mean(mut self, phone: &PhoneNumber, typed: &str, ids: &[String]) -> Decision {
        let shifts: Vec<&Shift> = ids.iter().filter_map(|id| self.found(id)?.usable()).collect();
        let body = answer::did_you_mean(typed, &shifts, self.language);
        let only = match shifts.as_slice() {
            [shift] => Some((*shift).clone()),
            _ => None,
        };
        self.counted(Answering::Useful, phone, |draft| {
            if let Some(shift) = only {
                draft.open(Subject::Offer(vec![shift]));
            }
            draft.say_body(Kind::Reply, phone, body);
        });
        self.finish("did-you-mean")
    }

    /// Asks whether the sender gives back the one shift that a refusal may be about.
    pub(super) fn ask_to_give_back(mut self, phone: &PhoneNumber, id: &str) -> Decision {
        let shift = self.found(id).and_then(FoundShift::usable).cloned();
        // It was named, and its row is stored in another mixture of cases.
        if shift.is_none() && self.was_read(id) && !self.snapshot.query.thorough {
            return Decision::ReadFurther(self.snapshot.query.further());
        }
        let booking = self.snapshot.bookings.iter().find(|booking| booking.shift_id == id);
        let info = shift.as_ref().map(|shift| shift.info.clone());
        let info = info.or_else(|| Some(booking?.info.clone())).unwrap_or_default();
        let body = answer::ask_to_give_back(id, &info, self.language);
        let subject = Subject::Drop {
            id: id.to_owned(),
            info,
            shift,
        };
        self.counted(Answering::Useful, phone, |draft| {
            draft.open(subject);
            draft.say_body(Kind::Reply, phone, body);
        });
        self.finish("asked-to-give-back")
    }

    pub(super) fn ask_which_to_give_back(self, phone: &PhoneNumber) -> Decision {
        let body = answer::which_to_give_back(&self.snapshot.bookings, self.now, self.language);
        self.end(Answering::Useful, phone, body, "which-to-give-back")
    }

    /// Answers that the sender holds the shift already, whatever else they wrote about it.
    pub(super) fn yours(self, phone: &PhoneNumber, id: &str, info: &str) -> Decision {
        let body = answer::yours(id, info, self.language);
        self.end(Answering::Useful, phone, body, "yours")
    }

    pub(super) fn still_yours(self, phone: &PhoneNumber, id: &str) -> Decision {
        let info = self
            .found(id)
            .and_then(FoundShift::usable)
            .map_or("", |shift| &shift.info);
        self.yours(phone, id, info)
    }

    pub(super) fn mine(self, phone: &PhoneNumber) -> Decision {
        let body = answer::my_shifts(&self.snapshot.bookings, self.now, self.language);
        self.end(Answering::Useful, phone, body, "mine")
    }

    /// Goes on where the last list ended.
    pub(super) fn more(self, phone: &PhoneNumber) -> Decision {
        match self.snapshot.conversation.listed_up_to.clone() {
            Some(after) => self.list(phone, Some(&after)),
            None => self.useful(phone, Text::NoMoreShifts, "no-more"),
        }
    }

    /// Lists available shifts: the first ones, or those after an id.
    pub(super) fn list(mut self, phone: &PhoneNumber, after: Option<&str>) -> Decision {
        let page = &self.snapshot.available;
        let open = self.snapshot.open_shifts(phone, self.now);
        let open: Vec<&Shift> = open
            .filter(|shift| after.is_none_or(|after| shift.id.as_str() > after))
            .collect();
        if let (true, Some(next)) = (open.is_empty(), &page.next) {
            return Decision::ReadFurther(Query {
                available: Some(Some(next.clone())),
                ..self.snapshot.query.clone()
            });
        }
        self.mark_unusable();
        let listed = answer::available_shifts(&open, page.next.is_some(), after.is_some(), self.language);
        self.counted(Answering::Useful, phone, |draft| {
            draft.conversation().listed_up_to = listed.continues_after;
            draft.say_body(Kind::Reply, phone, listed.body);
        });
        self.finish(if after.is_some() { "more" } else { "request" })
    }
}
