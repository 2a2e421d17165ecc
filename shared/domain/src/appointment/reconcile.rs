//! The notices that are due for an appointment, and when to look at it again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    Appointment, AppointmentError, AppointmentRow, Confirmation, Facts, Notified, Question, QuestionState, Standing,
};
use crate::civil::{self, LocalTime};
use crate::message::{Cause, Status, Subject};
use crate::notice::{AppointmentChange, Notice};
use crate::organisation::{Organisation, named};
use crate::phone_number::PhoneNumber;
use crate::quiet_hours::{QuietClock, due_before};
use crate::record::{
    AskedAppointment, Basis, BasisChange, BasisKey, Reconciled, RecordKey, Said, Sweep, Timer, next_revision,
};

/// A review that could not be asked for by then is not asked for any more.
const REVIEW_WINDOW: SignedDuration = SignedDuration::from_hours(48);

/// How soon after the question was written it is looked at whether it was sent.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// By then every message of today has ended.
const BASIS_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// Compares a row with the notices that were sent about it.
///
/// `question` is how the message that carries the open question stands, where there is one, and `quiet` when the customer is not to be disturbed. `None` where nothing is to be done.
///
/// # Errors
///
/// What must be changed in the row; no text about it is sent until then.
pub fn reconcile(
    now: Timestamp,
    row: &AppointmentRow,
    organisation: &Organisation,
    question: Option<&QuestionState>,
    quiet: Option<&QuietClock>,
) -> Result<Option<Reconciled<AppointmentRow>>, AppointmentError> {
    let appointment = Appointment::read(row, organisation)?;
    let mut draft = Draft::new(now, row, organisation);
    draft.quiet = quiet;
    draft.take_state(&appointment);
    if draft.tell_of_changes(&appointment.standing) {
        draft.begin_anew();
    } else {
        draft.take_answer();
        draft.follow_question(question);
        draft.note_what_was_typed();
    }
    draft.ask_to_confirm();
    draft.ask_for_review();
    draft.set_timer(question);
    Ok(draft.finish())
}

/// The row in the making.
struct Draft<'a> {
    now: Timestamp,
    before: &'a AppointmentRow,
    organisation: &'a Organisation,
    quiet: Option<&'a QuietClock>,
    row: AppointmentRow,
    confirmation: Confirmation,
    stated: Option<Confirmation>,
    /// The customer has been there.
    done: bool,
    said: Vec<Said>,
    bases: BTreeMap<BasisKey, BasisChange>,
}

impl<'a> Draft<'a> {
    fn new(now: Timestamp, before: &'a AppointmentRow, organisation: &'a Organisation) -> Self {
        let mut row = before.clone();
        if row.error.take().is_some() && row.status.as_deref() == Some("rejected") {
            row.status = Some("scheduled".to_owned());
        }
        Self {
            now,
            before,
            organisation,
            quiet: None,
            row,
            confirmation: Confirmation::Pending,
            stated: None,
            done: false,
            said: Vec::new(),
            bases: BTreeMap::new(),
        }
    }

    fn key(&self) -> RecordKey {
        RecordKey::Appointment(self.row.appointment_id.clone())
    }

    /// The last notice to the customer, if it said that the appointment takes place.
    fn standing(&self) -> Option<&Notified> {
        self.row.notified.as_ref().filter(|notified| !notified.cancelled)
    }

    fn take_state(&mut self, appointment: &Appointment) {
        self.confirmation = appointment.confirmation;
        self.stated = appointment.stated;
        self.done = matches!(appointment.standing, Standing::Done(_));
        if appointment.stated == Some(appointment.confirmation) {
            self.row.confirmation = Some(appointment.confirmation.as_str().to_owned());
        }
    }

    /// Notifies of what has changed. Returns whether an earlier message has become untrue by that.
    fn tell_of_changes(&mut self, standing: &Standing) -> bool {
        match (self.row.notified.clone(), standing) {
            (None, Standing::Cancelled | Standing::NoShow) => false,
            (None, Standing::Scheduled(facts)) => {
                self.raise_revision();
                self.tell(AppointmentChange::Scheduled, facts);
                self.note(facts, self.now);
                true
            }
            (Some(notified), Standing::Cancelled) => !notified.cancelled && self.cancel(notified, true),
            (Some(notified), Standing::NoShow) => !notified.cancelled && self.cancel(notified, false),
            (Some(notified), Standing::Scheduled(facts)) => self.compare(&notified, facts),
            // Nobody needs a notice of an appointment they have been to.
            (notified, Standing::Done(facts)) => {
                self.note(facts, notified.map_or(self.now, |notified| notified.at));
                self.withdraw_open_question();
                false
            }
        }
    }

    fn cancel(&mut self, notified: Notified, aloud: bool) -> bool {
        self.raise_revision();
        if aloud {
            self.tell(AppointmentChange::Cancelled, &notified.facts);
        }
        self.row.notified = Some(Notified {
            cancelled: true,
            stated: self.stated,
            ..notified
        });
        true
    }

    fn compare(&mut self, notified: &Notified, facts: &Facts) -> bool {
        if !notified.cancelled && notified.facts.reads_like(facts) {
            self.note(facts, notified.at);
            return false;
        }
        self.raise_revision();
        let reassigned = notified.facts.customer != facts.customer;
        if reassigned && !notified.cancelled {
            self.part(&notified.facts);
        }
        // A customer who got no notice, because it was over when first seen, is notified as of a new appointment.
        let unheard_of = notified.cancelled || reassigned || notified.at >= notified.facts.ends_at;
        let change = if unheard_of {
            AppointmentChange::Scheduled
        } else {
            AppointmentChange::Rescheduled
        };
        let aloud = self.tell(change, facts);
        self.note(facts, if aloud { self.now } else { notified.at });
        true
    }

    fn note(&mut self, facts: &Facts, at: Timestamp) {
        let confirmation = self
            .row
            .notified
            .as_ref()
            .map_or(self.confirmation, |notified| notified.confirmation);
        self.row.notified = Some(Notified {
            facts: facts.clone(),
            cancelled: false,
            confirmation,
            stated: self.stated,
            at,
        });
    }

    fn raise_revision(&mut self) {
        self.row.revision = next_revision(self.row.revision, self.now);
    }

    /// Notifies the customer, and the staff if that is asked for, unless the appointment is over.
    fn tell(&mut self, change: AppointmentChange, facts: &Facts) -> bool {
        // It has come back to them, with or without a notice.
        if change != AppointmentChange::Cancelled {
            self.change(BasisChange::Remove(self.parting(&facts.customer)));
        }
        if facts.ends_at <= self.now {
            return false;
        }
        let (place, at) = (facts.place.clone(), LocalTime::from(&facts.starts_at));
        let notice = match change {
            AppointmentChange::Scheduled => Notice::AppointmentScheduled { place, at },
            AppointmentChange::Rescheduled => Notice::AppointmentRescheduled { place, at },
            AppointmentChange::Cancelled => Notice::AppointmentCancelled { place, at },
        };
        let subject = self.key().subject(self.row.revision);
        self.say(&facts.customer, notice, subject.clone(), facts.ends_at);
        if self.row.tell_staff {
            let notice = Notice::StaffAppointment {
                customer: facts.name.clone(),
                place: facts.place.clone(),
                at,
                change,
            };
            self.say_to_staff(&notice, &subject, &facts.customer, facts.ends_at);
        }
        true
    }

    /// Tells somebody whose appointment has become another's. That stays true whatever becomes of the appointment, unless
    /// it comes back.
    fn part(&mut self, facts: &Facts) {
        if facts.ends_at <= self.now {
            return;
        }
        let key = self.parting(&facts.customer);
        let notice = Notice::AppointmentCancelled {
            place: facts.place.clone(),
            at: LocalTime::from(&facts.starts_at),
        };
        let revision = self.row.revision;
        self.say(&facts.customer, notice, key.subject(revision), facts.ends_at);
        self.change(BasisChange::Put(Basis {
            key,
            revision,
            kept_until: self.now + BASIS_KEPT,
            asked: None,
        }));
    }

    fn parting(&self, customer: &PhoneNumber) -> BasisKey {
        BasisKey::Parting {
            customer: customer.clone(),
            appointment_id: self.row.appointment_id.clone(),
        }
    }

    fn change(&mut self, change: BasisChange) {
        self.bases.insert(change.key().clone(), change);
    }

    fn say(&mut self, to: &PhoneNumber, notice: Notice, subject: Subject, until: Timestamp) {
        let key = format!("{}#{}", self.key().pk(), subject.revision);
        self.said.push(Said {
            to: to.clone(),
            notice,
            key,
            subject,
            until: Some(until),
            concerns: None,
        });
    }

    /// A customer who belongs to the staff gets one notice.
    fn say_to_staff(&mut self, notice: &Notice, subject: &Subject, customer: &PhoneNumber, until: Timestamp) {
        let organisation = self.organisation;
        for member in organisation.staff.iter().filter(|member| *member != customer) {
            self.say(member, notice.clone(), subject.clone(), until);
            if let Some(said) = self.said.last_mut() {
                said.concerns = Some(customer.clone());
            }
        }
    }

    /// After a change an earlier confirmation counts no longer, unless it was written together with the change.
    fn begin_anew(&mut self) {
        let answered = self.answered_question().is_some();
        let known = self.before.notified.as_ref().map(|notified| notified.confirmation);
        let typed = known != Some(self.confirmation) && !answered;
        let decided = matches!(self.confirmation, Confirmation::Confirmed | Confirmation::Declined);
        let confirmation = if self.standing().is_none() || (typed && decided) {
            self.confirmation
        } else {
            Confirmation::Pending
        };
        self.close_question();
        self.settle(confirmation);
    }

    /// The open question, if the customer has just answered it.
    fn answered_question(&self) -> Option<&Question> {
        let question = self.before.question.as_ref()?;
        (self.before.answered == Some(question.revision)).then_some(question)
    }

    fn take_answer(&mut self) {
        let confirmed = match self.confirmation {
            Confirmation::Confirmed => true,
            Confirmation::Declined => false,
            Confirmation::Pending | Confirmation::Sending | Confirmation::Sent => return,
        };
        let (Some(_), Some(notified)) = (self.answered_question(), self.standing()) else {
            return;
        };
        let facts = notified.facts.clone();
        self.row.answered = None;
        self.withdraw_words_of_confirmation();
        self.settle(self.confirmation);
        // People change their minds: the question stays answerable, about the appointment as it is now.
        self.keep_question(&facts, Some(confirmed));
        let notice = Notice::AppointmentAnswered {
            customer: facts.name.clone(),
            at: LocalTime::from(&facts.starts_at),
            confirmed,
        };
        let subject = self.key().subject(self.row.revision);
        self.say_to_staff(&notice, &subject, &facts.customer, facts.ends_at);
    }

    /// Moves on from `sending`, once the question's outcome is known.
    fn follow_question(&mut self, question: Option<&QuestionState>) {
        let (Some(_), Confirmation::Sending, Some(state)) = (&self.row.question, self.confirmation, question) else {
            return;
        };
        match state.status {
            Some(Status::Scheduled | Status::Queued | Status::Sending) => {}
            Some(Status::Failed | Status::Expired | Status::Suppressed | Status::Cancelled) => {
                self.row.not_asked = Some(state.reason.clone().unwrap_or_else(|| "not sent".to_owned()));
                self.close_question();
                self.settle(Confirmation::Pending);
            }
            Some(Status::Sent | Status::Unknown | Status::Delivered | Status::Undelivered) | None => {
                self.settle(Confirmation::Sent);
            }
        }
    }

    /// What a person wrote about the confirmation stands, and ends a question that is open.
    fn note_what_was_typed(&mut self) {
        let known = self.row.notified.as_ref().map(|notified| notified.confirmation);
        if known.is_some_and(|known| known != self.confirmation) {
            self.close_question();
            self.withdraw_words_of_confirmation();
            self.settle(self.confirmation);
        }
    }

    /// Once the answer changes, a question still waiting to be sent, the staff's notice of the answer and the request
    /// for a review are no longer right.
    fn withdraw_words_of_confirmation(&mut self) {
        let asked = self.row.asked == Some(self.row.revision);
        let reviewed = self.row.review_asked_at.is_some();
        if asked || reviewed {
            self.raise_revision();
        }
        if asked {
            self.row.asked = Some(self.row.revision);
        }
    }

    fn settle(&mut self, confirmation: Confirmation) {
        if self.confirmation != confirmation {
            self.confirmation = confirmation;
            self.row.confirmation = Some(confirmation.as_str().to_owned());
        }
        if let Some(notified) = &mut self.row.notified {
            notified.confirmation = confirmation;
        }
    }

    /// Who has been there need not be asked any more whether they will come.
    fn withdraw_open_question(&mut self) {
        if self.row.question.is_none() {
            return;
        }
        if self.confirmation == Confirmation::Sending && self.row.review_asked_at.is_none() {
            self.raise_revision();
            self.row.asked = Some(self.row.revision);
        }
        self.close_question();
    }

    fn close_question(&mut self) {
        self.row.answered = None;
        if self.row.question.take().is_none() {
            return;
        }
        if let Some(notified) = &self.before.notified {
            let key = self.question(&notified.facts.customer);
            self.change(BasisChange::Remove(key));
        }
    }

    /// Keeps the question open to answers about the appointment at its present revision, until it begins.
    fn keep_question(&mut self, facts: &Facts, answered: Option<bool>) {
        let revision = self.row.revision;
        if let Some(question) = &mut self.row.question {
            question.revision = revision;
        }
        self.change(BasisChange::Put(Basis {
            key: self.question(&facts.customer),
            revision,
            kept_until: facts.starts_at.timestamp(),
            asked: Some(AskedAppointment {
                starts_at: facts.starts_at.datetime(),
                name: facts.name.clone(),
                language: None,
                answered,
            }),
        }));
    }

    fn question(&self, customer: &PhoneNumber) -> BasisKey {
        BasisKey::Question {
            customer: customer.clone(),
            appointment_id: self.row.appointment_id.clone(),
        }
    }

    /// When to ask the customer about the appointment as it is, if that is still due. A customer who was
    /// notified after that time is not asked about it.
    fn question_due(&self) -> Option<Timestamp> {
        let notified = self.standing()?;
        let asked = self.row.asked == Some(self.row.revision);
        let starts_at = notified.facts.starts_at.timestamp();
        if self.confirmation != Confirmation::Pending || asked || self.done || self.now >= starts_at {
            return None;
        }
        let planned = civil::days_before(&notified.facts.starts_at, self.organisation.confirm_days_before);
        due_before(planned, notified.at, starts_at, self.quiet)
    }

    fn ask_to_confirm(&mut self) {
        if self.question_due().is_none_or(|due| due > self.now) {
            return;
        }
        let Some(facts) = self.standing().map(|notified| notified.facts.clone()) else {
            return;
        };
        let revision = self.row.revision;
        let notice = Notice::AppointmentConfirmation {
            place: facts.place.clone(),
            at: LocalTime::from(&facts.starts_at),
        };
        let kind = notice.kind();
        let until = facts.starts_at.timestamp();
        self.say(&facts.customer, notice, self.key().subject(revision), until);
        let said_under = format!("{}#{revision}", self.key().pk());
        let message_id = Cause::Notice {
            organisation: named(self.row.organisation.as_deref()),
            kind,
            key: &said_under,
            to: &facts.customer,
        }
        .message_id();
        self.row.question = Some(Question { message_id, revision });
        self.keep_question(&facts, None);
        self.row.asked = Some(revision);
        self.row.not_asked = None;
        self.settle(Confirmation::Sending);
    }

    /// When to ask the customer how it was, if that is still due.
    fn review_due(&self) -> Option<Timestamp> {
        let notified = self.standing()?;
        let heard_of_it = notified.at < notified.facts.ends_at;
        let stays_away = self.confirmation == Confirmation::Declined && !self.done;
        if self.row.review_asked_at.is_some() || stays_away || !heard_of_it {
            return None;
        }
        let due = notified
            .facts
            .ends_at
            .saturating_add(self.organisation.review_after)
            .unwrap_or(Timestamp::MAX);
        let over = due.saturating_add(REVIEW_WINDOW).unwrap_or(Timestamp::MAX);
        (self.now < over).then_some(due)
    }

    fn ask_for_review(&mut self) {
        let Some(due) = self.review_due().filter(|due| *due <= self.now) else {
            return;
        };
        let Some(facts) = self.standing().map(|notified| notified.facts.clone()) else {
            return;
        };
        let notice = Notice::ReviewRequest {
            place: facts.place,
            link: self.organisation.review_link.clone(),
        };
        // Once for each appointment, however often it was moved.
        self.said.push(Said {
            to: facts.customer,
            notice,
            key: self.key().pk(),
            subject: self.key().subject(self.row.revision),
            until: due.saturating_add(REVIEW_WINDOW).ok(),
            concerns: None,
        });
        self.row.review_asked_at = Some(self.now);
    }

    /// When to check the question's outcome. A time that has been set stays until it has come: each look would move it
    /// on, and each move would trigger another look.
    fn look_at_question(&self, question: Option<&QuestionState>) -> Option<Timestamp> {
        if self.confirmation != Confirmation::Sending || self.row.question.is_none() {
            return None;
        }
        let set = self
            .before
            .timer
            .filter(|timer| timer.sweep == Sweep::Confirmations && timer.at > self.now);
        if let (Some(timer), true) = (set, self.before.question == self.row.question) {
            return Some(timer.at);
        }
        let waits_until = question.and_then(|state| state.due_at).unwrap_or(self.now);
        Some(waits_until.max(self.now) + LOOK_AGAIN_AFTER)
    }

    fn set_timer(&mut self, question: Option<&QuestionState>) {
        let confirmations = self.look_at_question(question).or_else(|| self.question_due());
        let timers = [
            (Sweep::Confirmations, confirmations),
            (Sweep::Reviews, self.review_due()),
        ];
        self.row.timer = timers
            .into_iter()
            .filter_map(|(sweep, at)| Some(Timer { sweep, at: at? }))
            .min_by_key(|timer| timer.at);
    }

    fn finish(self) -> Option<Reconciled<AppointmentRow>> {
        let unchanged = self.row == *self.before && self.said.is_empty() && self.bases.is_empty();
        (!unchanged).then(|| Reconciled {
            row: self.row,
            said: self.said,
            bases: self.bases.into_values().collect(),
        })
    }
}

#[cfg(test)]
mod tests;
