//! The facts that an answer depends on.

use domain::contact::Contact;
use domain::grammar::{Asked, Known, KnownShift, Needs};
use domain::language::Language;
use domain::organisation::DEFAULT_ORGANISATION;
use domain::phone_number::PhoneNumber;
use domain::record::AskedAppointment;
use domain::shift::{Availability, Shift};
use domain::shift_code::ShiftCode;
use jiff::{SignedDuration, Timestamp};

use super::limits::AnswerCounts;
use super::text::{InboundId, InboundText};
use crate::port::{FoundShift, ShiftsPage, Texted};

/// What to read; all of it in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub inbound: InboundId,
    /// `None` where the sender is no person; then only the record of the text is read.
    pub phone: Option<PhoneNumber>,
    pub codes: Vec<ShiftCode>,
    /// Look for the codes in any mixture of upper and lower case, which takes more than one round.
    pub thorough: bool,
    /// A page of available shifts, from the first or after this id.
    pub available: Option<Option<String>>,
    pub bookings: bool,
    /// Whether an appointment's question may be answered.
    pub questions: bool,
}

impl Query {
    /// What the answer to a text with these needs rests on.
    pub fn new(text: &InboundText, needs: &Needs) -> Self {
        Self {
            inbound: text.id.clone(),
            phone: text.from.phone().cloned(),
            codes: needs.codes.clone(),
            thorough: false,
            available: needs.open_shifts.then_some(None),
            bookings: needs.bookings,
            questions: needs.questions,
        }
    }

    /// The same with every code looked for in any spelling, and the first page of available shifts.
    pub(super) fn further(&self) -> Self {
        Self {
            thorough: true,
            available: Some(None),
            ..self.clone()
        }
    }

    /// The same with the shifts that the sender's questions are about, which have changed since they were asked.
    pub(super) fn with_shifts_asked_about(mut self, snapshot: &Snapshot) -> Self {
        for question in &snapshot.standing.asks {
            question.subject.shift_ids().into_iter().for_each(|id| self.look_up(id));
        }
        self
    }

    pub(super) fn look_up(&mut self, id: &str) {
        self.codes
            .extend(ShiftCode::fold(id).filter(|code| !self.codes.contains(code)));
    }
}

/// A shift that an employee holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub shift_id: String,
    pub info: String,
    pub starts_at: Option<Timestamp>,
    pub booked_at: Timestamp,
}

impl Booking {
    /// A place of the shift, taken at that time.
    pub fn of(shift: &Shift, booked_at: Timestamp) -> Self {
        Self {
            shift_id: shift.id.clone(),
            info: shift.info.clone(),
            starts_at: shift.starts_at,
            booked_at,
        }
    }

    /// The revision of a booking without a reminder yet. A time, so that a shift that is given back and booked
    /// again has another.
    pub fn revision(&self) -> u64 {
        u64::try_from(self.booked_at.as_millisecond()).unwrap_or(0)
    }

    /// When it is first looked at for the sake of a reminder, where the shift says when it begins.
    pub fn first_look(&self) -> Option<Timestamp> {
        self.starts_at.map(|_| self.booked_at)
    }
}

/// A question of ours that the sender may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    pub subject: Subject,
    pub open_until: Timestamp,
    /// The language in which it was asked.
    pub language: Option<Language>,
}

/// What a question is about, with all that its answer's conditions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Does the sender want these shifts? As they were when that was asked; at least one.
    Offer(Vec<Shift>),
    /// Does the sender give this shift back?
    Drop {
        id: String,
        info: String,
        /// As it was when that was asked; `None` where only the booking was known.
        shift: Option<Shift>,
    },
    /// Will the sender come to this appointment?
    Appointment {
        id: String,
        /// Of the appointment that was asked about.
        revision: u64,
        asked: AskedAppointment,
    },
}

impl Subject {
    /// The shifts that it is about.
    pub fn shift_ids(&self) -> Vec<&str> {
        match self {
            Self::Offer(shifts) => shifts.iter().map(|shift| shift.id.as_str()).collect(),
            Self::Drop { id, .. } => vec![id],
            Self::Appointment { .. } => Vec::new(),
        }
    }

    fn asked(&self) -> Asked {
        match self {
            Self::Offer(shifts) => Asked::Offer {
                codes: shifts.iter().map(|shift| shift.id.clone()).collect(),
            },
            Self::Drop { id, .. } => Asked::Drop { code: id.clone() },
            Self::Appointment { asked, .. } => Asked::Appointment {
                is_answered: asked.answered.is_some(),
            },
        }
    }
}

/// What we remember of the exchange with one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// Raised by every change; a change rests on the version that was read.
    pub version: u64,
    /// The last shift listed, where `MORE` goes on.
    pub listed_up_to: Option<String>,
    pub call_back_at: Option<Timestamp>,
    /// When the person was last refused.
    pub refused_at: Option<Timestamp>,
    /// When we last answered, to the hour.
    pub answered_at: Option<Timestamp>,
    pub counts: AnswerCounts,
    /// That we last texted the person without having been asked; written by the sender.
    pub texted: Option<Texted>,
}

/// What is kept of one person's dealings with shifts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Raised by every change; a change rests on the version that was read.
    pub version: u64,
    /// The questions about shifts that the person may answer.
    pub asks: Vec<OpenQuestion>,
}

/// The state of the world that a decision is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub query: Query,
    /// When this very text was handled before.
    pub handled_at: Option<Timestamp>,
    pub contact: Option<Contact>,
    pub conversation: Conversation,
    pub standing: Standing,
    /// Rows found under any looked-up spelling of the codes.
    pub shifts: Vec<FoundShift>,
    pub available: ShiftsPage,
    pub bookings: Vec<Booking>,
    /// The questions about appointments.
    pub questions: Vec<OpenQuestion>,
}

/// A person texted within this time is a customer.
const CUSTOMER_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Thanks for what we texted within this time need no answer.
const TODAY: SignedDuration = SignedDuration::from_hours(24);

/// Who a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standpoint {
    /// May book shifts.
    Employee,
    /// Has been texted by us.
    Customer,
    Stranger,
}

impl Snapshot {
    pub fn sender(&self, now: Timestamp) -> Standpoint {
        let texted = self.conversation.texted.as_ref();
        if self.contact.as_ref().is_some_and(|contact| contact.may_book) {
            Standpoint::Employee
        } else if texted.is_some_and(|texted| now.duration_since(texted.at) < CUSTOMER_FOR)
            || !self.questions.is_empty()
        {
            Standpoint::Customer
        } else {
            Standpoint::Stranger
        }
    }

    /// The organisation that the sender deals with: their own, or for a customer the one that texted them last; `None` is the
    /// stack's own.
    pub fn organisation(&self) -> Option<&str> {
        let contact = self.contact.as_ref();
        if contact.is_some_and(|contact| contact.may_book) {
            return contact.and_then(Contact::organisation);
        }
        let texted = self.conversation.texted.as_ref();
        let own = contact.and_then(Contact::organisation);
        own.or_else(|| texted?.organisation.as_deref())
    }

    /// Whether the sender deals with one of several organisations that share the stack.
    pub fn is_of_an_organisation(&self) -> bool {
        let contact = self.contact.as_ref();
        let own = contact.is_some_and(|contact| contact.organisations.iter().any(|own| own != DEFAULT_ORGANISATION));
        own || self
            .organisation()
            .is_some_and(|organisation| organisation != DEFAULT_ORGANISATION)
    }

    pub fn opted_out(&self) -> bool {
        self.contact.as_ref().is_some_and(Contact::opted_out)
    }

    /// The questions that can still be answered, the ask-backs first, then the appointments in their order.
    pub fn open_questions(&self, now: Timestamp) -> Vec<&OpenQuestion> {
        let mut open: Vec<&OpenQuestion> = self.standing.asks.iter().chain(&self.questions).collect();
        open.retain(|question| question.open_until > now);
        open.sort_by_key(|question| match &question.subject {
            Subject::Appointment { id, asked, .. } => Some((asked.starts_at, id.clone())),
            _ => None,
        });
        open
    }

    fn texted_within(&self, now: Timestamp, time: SignedDuration) -> bool {
        let conversation = &self.conversation;
        let texted_at = conversation.texted.as_ref().map(|texted| texted.at);
        [texted_at, conversation.answered_at]
            .iter()
            .flatten()
            .any(|at| now.duration_since(*at) < time)
    }

    /// Whether the sender may know of a shift: it is one of an organisation that they work for, or they hold it.
    fn may_know(&self, phone: &PhoneNumber, found: &FoundShift) -> bool {
        let contact = self.contact.as_ref();
        let works_for = contact.is_some_and(|contact| contact.works_for(found.organisation()));
        works_for || found.usable().is_some_and(|shift| shift.holders.contains(phone))
    }

    /// The row for `code`, in the spelling that comes closest to what was typed.
    fn find(&self, phone: &PhoneNumber, code: &ShiftCode) -> Option<&FoundShift> {
        let candidates = || {
            let rows = self.shifts.iter().filter(|found| code.matches(found.id()));
            rows.filter(|found| self.may_know(phone, found))
        };
        code.spellings()
            .iter()
            .find_map(|spelling| candidates().find(|found| found.id() == spelling))
            .or_else(|| candidates().next())
    }

    /// The available shifts that the sender could book.
    pub fn open_shifts<'a>(&'a self, phone: &'a PhoneNumber, now: Timestamp) -> impl Iterator<Item = &'a Shift> {
        let shifts = self.available.shifts.iter().filter(|found| self.may_know(phone, found));
        let shifts = shifts.filter_map(FoundShift::usable);
        shifts.filter(move |shift| shift.availability(phone, now) == Availability::Open)
    }

    /// All that the grammar needs to know of the sender and of what the text names.
    pub fn known<'a>(&'a self, phone: &PhoneNumber, questions: &'a [Asked], now: Timestamp) -> Known<'a> {
        let is_employee = self.sender(now) == Standpoint::Employee;
        let known = |shift: &'a Shift| {
            let availability = shift.availability(phone, now);
            KnownShift {
                id: &shift.id,
                info: &shift.info,
                is_held: availability == Availability::AlreadyYours,
                is_open: availability == Availability::Open,
            }
        };
        let mut found: Vec<KnownShift<'a>> = Vec::new();
        for row in self.query.codes.iter().filter_map(|code| self.find(phone, code)) {
            if found.iter().all(|known| known.id != row.id()) {
                found.push(row.usable().map_or(unusable(row), known));
            }
        }
        let open = self.query.available.is_some().then(|| {
            let rows = self.available.shifts.iter().chain(&self.shifts);
            let rows = rows.filter(|found| self.may_know(phone, found));
            let mut open: Vec<KnownShift<'a>> = rows.filter_map(FoundShift::usable).map(known).collect();
            open.retain(|shift| shift.is_open);
            open.sort_by_key(|shift| shift.id);
            open.dedup_by_key(|shift| shift.id);
            open
        });
        let to_come = self.bookings.iter().filter(|booking| is_to_come(booking, now));
        Known {
            name: self.contact.as_ref().and_then(|contact| contact.name.as_deref()),
            found,
            // Nothing is open to somebody who may not book, and nothing need be read to know that.
            open: if is_employee { open } else { Some(Vec::new()) },
            questions,
            to_come: to_come.map(held).collect(),
            texted_today: self.texted_within(now, TODAY),
        }
    }
}

/// The questions as the grammar sees them.
pub(super) fn asked(questions: &[&OpenQuestion]) -> Vec<Asked> {
    questions.iter().map(|question| question.subject.asked()).collect()
}

pub(super) fn is_to_come(booking: &Booking, now: Timestamp) -> bool {
    booking.starts_at.is_none_or(|starts_at| starts_at > now)
}

fn unusable(row: &FoundShift) -> KnownShift<'_> {
    KnownShift {
        id: row.id(),
        info: "",
        is_held: false,
        is_open: false,
    }
}

fn held(booking: &Booking) -> KnownShift<'_> {
    KnownShift {
        id: &booking.shift_id,
        info: &booking.info,
        is_held: true,
        is_open: false,
    }
}
