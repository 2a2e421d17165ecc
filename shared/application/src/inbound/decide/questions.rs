//! Open questions and their answers.

use domain::phone_number::PhoneNumber;
use domain::wording::Text;
use jiff::{SignedDuration, Timestamp};

use super::{Decision, Draft};
use crate::inbound::limits::Answering;
use crate::inbound::snapshot::{OpenQuestion, Subject};
use crate::inbound::{Answer, answer};

/// How long a question about shifts can be answered.
const ASK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

impl Draft<'_> {
    /// Answers one of the sender's open questions.
    pub(super) fn answer(
        mut self,
        phone: &PhoneNumber,
        question: usize,
        yes: bool,
        remark: Option<String>,
    ) -> Decision {
        let Some(question) = self.questions.get(question).copied() else {
            return self.unhelpful(phone, Text::NotUnderstood, "not-understood");
        };
        let own = self.snapshot.contact.as_ref().and_then(|contact| contact.language);
        self.language = own.or(question.language).unwrap_or(self.language);
        match &question.subject {
            Subject::Appointment { .. } => self.confirm(phone, question, yes, remark),
            _ if self.snapshot.opted_out() => self.finish("opted-out"),
            Subject::Offer(shifts) if yes => {
                self.forget(question);
                self.book_shifts(phone, shifts)
            }
            Subject::Offer(shifts) => {
                self.forget(question);
                let codes: Vec<&str> = shifts.iter().map(|shift| shift.id.as_str()).collect();
                let codes = codes.join(", ");
                self.useful(phone, Text::NotBooked { code: &codes }, "not-booked")
            }
            Subject::Drop { id, shift, .. } if yes => {
                self.forget(question);
                self.give_back_shift(phone, id, shift.as_ref())
            }
            Subject::Drop { id, info, .. } => {
                self.forget(question);
                self.yours(phone, id, info)
            }
        }
    }

    /// Records whether the sender will come to an appointment. A change of mind counts; the same answer twice changes
    /// nothing.
    fn confirm(
        mut self,
        phone: &PhoneNumber,
        question: &OpenQuestion,
        confirmed: bool,
        remark: Option<String>,
    ) -> Decision {
        let is_news = self.record_answer(question, confirmed, remark);
        let outcome = if confirmed { "confirmed" } else { "declined" };
        let text = if confirmed {
            Text::AppointmentConfirmed
        } else {
            Text::AppointmentDeclined
        };
        // The answer counts, but a person who opted out gets no reply.
        if self.snapshot.opted_out() {
            return self.finish(outcome);
        }
        if is_news {
            return self.reply(phone, text).finish(outcome);
        }
        self.useful(phone, text, outcome)
    }

    /// Notes the answer to an appointment's question; false where it had been given before.
    fn record_answer(&mut self, question: &OpenQuestion, confirmed: bool, remark: Option<String>) -> bool {
        let Subject::Appointment { id, revision, asked } = &question.subject else {
            return false;
        };
        let is_news = asked.answered != Some(confirmed) || remark.is_some();
        if is_news {
            self.plan.answer = Some(Answer {
                appointment_id: id.clone(),
                revision: *revision,
                confirmed,
                remark,
            });
        }
        is_news
    }

    /// Answers a question with no, in passing; true where it was about an appointment.
    pub(super) fn decline(&mut self, question: usize) -> bool {
        let Some(question) = self.questions.get(question).copied() else {
            return false;
        };
        if matches!(question.subject, Subject::Appointment { .. }) {
            self.record_answer(question, false, None);
            return true;
        }
        self.forget(question);
        false
    }

    /// Asks whether the sender wants these shifts; a newer question about shifts replaces an older one.
    pub(super) fn open(&mut self, subject: Subject) {
        let question = OpenQuestion {
            subject,
            open_until: self.now.checked_add(ASK_LIFETIME).unwrap_or(Timestamp::MAX),
            language: Some(self.language),
        };
        self.standing().asks = vec![question];
    }

    fn forget(&mut self, question: &OpenQuestion) {
        self.standing().asks.retain(|ask| ask != question);
    }

    /// Closes the questions that a booking or a drop of these shifts has settled.
    pub(super) fn settle_questions_about(&mut self, settled: &[&str]) {
        let is_settled = |ask: &OpenQuestion| ask.subject.shift_ids().iter().any(|id| settled.contains(id));
        if self.snapshot.standing.asks.iter().any(is_settled) {
            self.standing().asks.retain(|ask| !is_settled(ask));
        }
    }

    /// Asks which of several questions was answered.
    pub(super) fn which_question(self, phone: &PhoneNumber) -> Decision {
        let body = answer::which_question(&self.questions, self.language);
        self.end(Answering::Unhelpful, phone, body, "which-question")
    }
}
