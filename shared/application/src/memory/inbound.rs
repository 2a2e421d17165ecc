//! The effects of a text, written in one transaction or not at all, in memory.

use async_trait::async_trait;
use domain::contact::Contact;
use domain::phone_number::PhoneNumber;
use domain::record::{BasisKey, RecordKey};
use domain::record_row::RecordRow;
use domain::shift::{Availability, Shift};

use super::{MemoryStore, Tables};
use crate::inbound::{
    Answer, Booking, CONTENT_WINDOW, Claim, ContactChange, Conversation, Handled, InboundId, OpenQuestion, Plan, Query,
    Release, Snapshot, Standing, Subject,
};
use crate::port::{InboundTexts, StoreError};

#[async_trait]
impl InboundTexts for MemoryStore {
    async fn read(&self, query: &Query) -> Result<Snapshot, StoreError> {
        let tables = self.tables();
        let phone = query.phone.as_ref();
        let looked_up = |shift_id: &str| {
            query.codes.iter().any(|code| {
                if query.thorough {
                    code.matches(shift_id)
                } else {
                    code.spellings().iter().any(|s| s == shift_id)
                }
            })
        };
        let bookings = tables
            .bookings
            .iter()
            .filter(|((of, _), _)| query.bookings && Some(of) == phone);
        Ok(Snapshot {
            query: query.clone(),
            handled_at: tables.handled.get(&query.inbound.key()).map(|handled| handled.at),
            contact: phone.and_then(|phone| tables.contacts.get(phone)).cloned(),
            conversation: phone.map(|phone| tables.conversation(phone)).unwrap_or_default(),
            standing: phone
                .and_then(|phone| tables.standings.get(phone))
                .cloned()
                .unwrap_or_default(),
            shifts: tables
                .shifts
                .values()
                .filter(|row| looked_up(&row.shift_id))
                .map(|row| tables.found(row))
                .collect(),
            available: match &query.available {
                Some(after) => tables.available(after.as_deref()),
                None => Default::default(),
            },
            bookings: bookings.map(|(_, booking)| booking.clone()).collect(),
            questions: match phone.filter(|_| query.questions) {
                Some(phone) => tables.questions(phone),
                None => Vec::new(),
            },
        })
    }

    async fn commit(&self, plan: &Plan) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.check(plan)?;
        tables.write(plan);
        Ok(())
    }
}

fn conflict(what: &str) -> StoreError {
    StoreError::Conflict(what.to_owned())
}

impl Tables {
    /// Every condition of the plan, before anything is written.
    fn check(&self, plan: &Plan) -> Result<(), StoreError> {
        if let Some(before) = self.handled.get(&plan.handled.id.key()) {
            let over = plan.handled.at.duration_since(before.at) >= CONTENT_WINDOW;
            if matches!(plan.handled.id, InboundId::Stable(_)) || !over {
                return Err(conflict("inbound record"));
            }
        }
        let Some(phone) = &plan.phone else { return Ok(()) };
        let opted_out = self.contacts.get(phone).map(Contact::opted_out);
        match (&plan.contact, opted_out) {
            (None, _)
            | (Some(ContactChange::OptOut(_)), Some(false))
            | (Some(ContactChange::StrangerOptOut(_)), None)
            | (Some(ContactChange::OptIn { .. }), Some(true))
            | (Some(ContactChange::Reached), Some(_)) => {}
            _ => return Err(conflict("contact")),
        }
        if plan
            .messages
            .iter()
            .any(|message| self.messages.contains_key(&message.id))
        {
            return Err(conflict("message"));
        }
        let version = |stored: Option<u64>| stored.unwrap_or(0);
        let conversation = self.conversations.get(phone).map(|stored| stored.version);
        let standing = self.standings.get(phone).map(|stored| stored.version);
        let spoken = plan.conversation.as_ref().map(|next| next.version);
        let asked = plan.standing.as_ref().map(|next| next.version);
        if spoken.is_some_and(|read| read != version(conversation)) {
            return Err(conflict("conversation"));
        }
        if asked.is_some_and(|read| read != version(standing)) {
            return Err(conflict("standing"));
        }
        if plan.answer.as_ref().is_some_and(|answer| !self.is_open(answer, phone)) {
            return Err(conflict("question"));
        }
        plan.claims
            .iter()
            .try_for_each(|claim| self.check_claim(claim, phone, plan))?;
        plan.releases
            .iter()
            .try_for_each(|release| self.check_release(release, phone))
    }

    fn stored(&self, shift_id: &str) -> Option<Shift> {
        self.shifts.get(shift_id).and_then(|row| self.read_shift(row).ok())
    }

    fn check_claim(&self, claim: &Claim, phone: &PhoneNumber, plan: &Plan) -> Result<(), StoreError> {
        let shift = self.stored(&claim.shift.id).ok_or_else(|| conflict("shift gone"))?;
        let same = shift.stored_status == claim.shift.stored_status && shift.capacity == claim.shift.capacity;
        let room = shift.is_filled_by_one_more() == claim.shift.is_filled_by_one_more();
        let open = shift.availability(phone, plan.handled.at) == Availability::Open;
        if same && room && open {
            Ok(())
        } else {
            Err(conflict("shift"))
        }
    }

    fn check_release(&self, release: &Release, phone: &PhoneNumber) -> Result<(), StoreError> {
        let shift = self.stored(&release.shift.id).ok_or_else(|| conflict("shift gone"))?;
        if shift.holders.contains(phone) {
            Ok(())
        } else {
            Err(conflict("shift not held"))
        }
    }

    fn write(&mut self, plan: &Plan) {
        self.handled.insert(plan.handled.id.key(), plan.handled.clone());
        if let Some(phone) = &plan.phone {
            self.write_contact(plan, phone);
            if let Some(next) = &plan.conversation {
                let version = next.version + 1;
                self.conversations.insert(
                    phone.clone(),
                    Conversation {
                        version,
                        ..next.clone()
                    },
                );
            }
            if let Some(next) = &plan.standing {
                let version = next.version + 1;
                self.standings.insert(
                    phone.clone(),
                    Standing {
                        version,
                        ..next.clone()
                    },
                );
            }
            if let Some(answer) = &plan.answer {
                self.write_answer(answer, phone);
            }
            for claim in &plan.claims {
                self.write_claim(claim, phone, &plan.handled);
            }
            for release in &plan.releases {
                self.write_release(release, phone);
            }
        }
        for message in &plan.messages {
            self.messages
                .entry(message.id.clone())
                .or_insert_with(|| (message.clone(), Vec::new()));
        }
        for (shift_id, error) in &plan.rejected_shifts {
            self.reject_shift(shift_id, error);
        }
    }

    fn questions(&self, phone: &PhoneNumber) -> Vec<OpenQuestion> {
        let of_phone = |key: &BasisKey| matches!(key, BasisKey::Question { customer, .. } if customer == phone);
        let open = self.bases.values().filter(|basis| of_phone(&basis.key));
        let questions = open.filter_map(|basis| {
            let asked = basis.asked.clone()?;
            Some(OpenQuestion {
                language: asked.language,
                subject: Subject::Appointment {
                    id: basis.key.appointment_id().to_owned(),
                    revision: basis.revision,
                    asked,
                },
                open_until: basis.kept_until,
            })
        });
        questions.collect()
    }

    fn is_open(&self, answer: &Answer, phone: &PhoneNumber) -> bool {
        let basis = self.bases.get(&answer.question(phone));
        let record = self.records.get(&RecordKey::Appointment(answer.appointment_id.clone()));
        basis.is_some_and(|basis| basis.revision == answer.revision)
            && record.is_some_and(|record| record.revision() == answer.revision)
    }

    /// What the sender notes stands on the same row.
    fn conversation(&self, phone: &PhoneNumber) -> Conversation {
        let stored = self.conversations.get(phone).cloned().unwrap_or_default();
        let history = self.text_histories.get(phone);
        Conversation {
            texted: history.and_then(|history| history.texted.clone()),
            ..stored
        }
    }

    fn write_answer(&mut self, answer: &Answer, phone: &PhoneNumber) {
        if let Some(asked) = self
            .bases
            .get_mut(&answer.question(phone))
            .and_then(|basis| basis.asked.as_mut())
        {
            asked.answered = Some(answer.confirmed);
        }
        let key = RecordKey::Appointment(answer.appointment_id.clone());
        if let Some(RecordRow::Appointment(row)) = self.records.get_mut(&key) {
            row.confirmation = Some(answer.confirmation().as_str().to_owned());
            row.answered = Some(answer.revision);
        }
    }

    fn write_contact(&mut self, plan: &Plan, phone: &PhoneNumber) {
        match &plan.contact {
            None => {}
            Some(ContactChange::OptOut(opt_out) | ContactChange::StrangerOptOut(opt_out)) => {
                let contact = self.contacts.entry(phone.clone()).or_insert_with(|| Contact {
                    may_book: false,
                    ..Contact::new(phone.clone())
                });
                contact.opt_out = Some(opt_out.clone());
            }
            Some(ContactChange::OptIn { .. }) => {
                if let Some(contact) = self.contacts.get_mut(phone) {
                    contact.opt_out = None;
                }
            }
            Some(ContactChange::Reached) => {}
        }
        if let Some(contact) = self.contacts.get_mut(phone).filter(|_| plan.contact.is_some()) {
            contact.forget_failures();
        }
    }

    fn write_claim(&mut self, claim: &Claim, phone: &PhoneNumber, handled: &Handled) {
        let Some(row) = self.shifts.get_mut(&claim.shift.id) else {
            return;
        };
        if claim.shift.is_filled_by_one_more() {
            row.shift_status = Some("taken".to_owned());
        }
        if claim.shift.capacity > 1 {
            let typed_by_hand = row.employee.take();
            row.employees.extend(typed_by_hand);
            row.employees.insert(phone.as_str().to_owned());
        }
        row.employee = Some(phone.as_str().to_owned());
        self.book(phone, Booking::of(&claim.shift, handled.at));
    }

    fn write_release(&mut self, release: &Release, phone: &PhoneNumber) {
        let Some(row) = self.shifts.get_mut(&release.shift.id) else {
            return;
        };
        // A shift that was closed by hand is not opened again by giving it back.
        if row.shift_status.as_deref() == Some("taken") {
            row.shift_status = Some("available".to_owned());
        }
        row.employees.retain(|typed| !phone.is_spelled(typed));
        if row.employee.as_deref().is_some_and(|typed| phone.is_spelled(typed)) {
            row.employee = row.employees.last().cloned();
        }
        self.give_back(phone, &release.shift.id);
    }
}
