//! The rules of the conversation: what one text does, given everything it rests on.

use domain::command::{Codes, Command};
use domain::contact::OptOut;
use domain::digest::digest;
use domain::language::Language;
use domain::message::{Cause, FollowUp, Kind, Message};
use domain::phone_number::PhoneNumber;
use domain::segment;
use domain::shift::{Availability, Shift};
use domain::shift_code::ShiftCode;
use domain::wording::Text;
use jiff::{SignedDuration, Timestamp};

use super::answer::{self, Summary};
use super::{
    Answer, CONTENT_WINDOW, Claim, ContactChange, ConversationChange, FoundShift, Handled, InboundId, InboundSettings,
    InboundText, OpenQuestion, OptOutManagement, Plan, Query, Release, Snapshot, Unhelpful,
};

/// An unknown sender is told so at most this often.
const REFUSAL_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// A person is called back at most this often.
const CALL_BACK_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// So many equal texts that we could not make sense of, within [`LOOP_WINDOW`], come from a machine that answers us.
const LOOP_TEXTS: u32 = 3;
const LOOP_WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// What is kept of an inbound text's body.
const KEPT_CHARACTERS: usize = 1600;

/// At most so many unusable rows are marked in passing; the sweep does the rest.
const MARKED_IN_PASSING: usize = 10;

/// What to do about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Commit(Box<Plan>),
    /// This text was answered before: same answer, nothing new.
    Repeated,
    /// The snapshot does not reach far enough; read this and decide again.
    ReadFurther(Query),
}

/// Decides what `text` does. Where `busy`, others were faster too often: the sender is asked to try again.
pub fn decide(
    now: Timestamp,
    settings: &InboundSettings,
    text: &InboundText,
    command: &Command,
    snapshot: &Snapshot,
    busy: bool,
) -> Decision {
    if repeated(now, text, snapshot) {
        return Decision::Repeated;
    }
    let mut draft = Draft::new(now, settings, text, snapshot);
    let Some(phone) = text.from.phone() else {
        // Short codes and alphanumeric senders can not read an answer.
        return draft.finish("not-a-person");
    };
    match command {
        Command::OptOut { words } => return draft.opt_out(phone, words),
        Command::OptIn { .. } | Command::Yes if draft.opted_out() => return draft.opt_in(phone),
        // Where the appointment is gone, its question can not be answered however often that is tried.
        Command::Yes | Command::No if !busy => {
            if let Some(question) = draft.open_question() {
                return draft.answer(phone, question, *command == Command::Yes);
            }
        }
        _ => {}
    }
    if !snapshot.contact.as_ref().is_some_and(|contact| contact.may_book) {
        return draft.refuse(phone);
    }
    if draft.opted_out() && !matches!(command, Command::Help) {
        // Nothing may be sent to them, so nothing is done of which they could not be told.
        return draft.finish("opted-out");
    }
    if busy {
        draft.reply(phone, Text::TryAgain.render(draft.language));
        return draft.finish("busy");
    }
    match command {
        Command::Codes(codes) => draft.book(phone, codes),
        Command::Drop(codes) => draft.give_back(phone, codes),
        Command::Request => draft.list(phone, None),
        Command::More => draft.list(phone, Some(snapshot.conversation.listed_up_to.as_deref())),
        Command::Mine => draft.mine(phone),
        Command::Agent(help) => draft.call_back(phone, help),
        Command::Help => draft.help(phone),
        Command::OptIn { .. } | Command::Yes => {
            // Most likely a "yes" to an announcement: say how to book.
            draft.reply(phone, Text::Help { agent: settings.agent }.render(draft.language));
            draft.finish("opted-in-already")
        }
        Command::No | Command::Unrecognised => draft.not_understood(phone),
        Command::OptOut { .. } => draft.finish("opted-out"),
    }
}

fn repeated(now: Timestamp, text: &InboundText, snapshot: &Snapshot) -> bool {
    match (&text.id, snapshot.handled_at) {
        (_, None) => false,
        (InboundId::Stable(_), Some(_)) => true,
        (InboundId::Content(_), Some(handled_at)) => now.duration_since(handled_at) < CONTENT_WINDOW,
    }
}

/// A plan in the making.
struct Draft<'a> {
    now: Timestamp,
    settings: &'a InboundSettings,
    text: &'a InboundText,
    snapshot: &'a Snapshot,
    language: Language,
    plan: Plan,
}

impl<'a> Draft<'a> {
    fn new(now: Timestamp, settings: &'a InboundSettings, text: &'a InboundText, snapshot: &'a Snapshot) -> Self {
        let contact = snapshot.contact.as_ref();
        let from = text.from.as_str().to_owned();
        Self {
            now,
            settings,
            text,
            snapshot,
            language: contact
                .and_then(|contact| contact.language)
                .unwrap_or(settings.language),
            plan: Plan {
                handled: Handled {
                    id: text.id.clone(),
                    from,
                    to: text.to.clone(),
                    body: text.body.chars().take(KEPT_CHARACTERS).collect(),
                    at: now,
                    outcome: "",
                    codes: Vec::new(),
                },
                phone: text.from.phone().cloned(),
                claims: Vec::new(),
                releases: Vec::new(),
                answer: None,
                contact: None,
                conversation: None,
                read_call_back_at: snapshot.conversation.call_back_at,
                read_refused_at: snapshot.conversation.refused_at,
                messages: Vec::new(),
                rejected_shifts: Vec::new(),
            },
        }
    }

    fn finish(mut self, outcome: &'static str) -> Decision {
        self.plan.handled.outcome = outcome;
        Decision::Commit(Box::new(self.plan))
    }

    fn opted_out(&self) -> bool {
        self.snapshot
            .contact
            .as_ref()
            .is_some_and(domain::contact::Contact::opted_out)
    }

    /// The id from which the ids of this text's messages are derived. Where the source has no stable ids the same
    /// words may come again another day, and are another cause.
    fn cause(&self) -> String {
        match &self.text.id {
            InboundId::Stable(_) => self.text.id.key(),
            InboundId::Content(_) => format!("{}@{}", self.text.id.key(), self.now.as_millisecond()),
        }
    }

    fn say(&mut self, kind: Kind, phone: &PhoneNumber, body: String) {
        let body = segment::prefer_gsm7(&body).into_owned();
        let inbound_id = self.cause();
        let cause = Cause::Inbound {
            inbound_id: &inbound_id,
        };
        let message = Message::queued(&cause, kind, Some(phone.clone()), body, self.now);
        self.post(message);
    }

    /// Puts a message into the plan: it leaves from where the text was sent to, through whom it came.
    fn post(&mut self, message: Message) {
        let contact = self.snapshot.contact.as_ref();
        let organisation = contact.and_then(|contact| contact.organisation.clone());
        let message = message
            .leaving_from(&self.text.to)
            .answering_through(Some(self.text.provider.clone()))
            .of_organisation(organisation);
        self.plan.messages.push(message);
    }

    fn reply(&mut self, phone: &PhoneNumber, body: String) {
        self.say(Kind::Reply, phone, body);
    }

    fn conversation(&mut self) -> &mut ConversationChange {
        self.plan.conversation.get_or_insert_default()
    }

    fn opt_out(mut self, phone: &PhoneNumber, words: &str) -> Decision {
        if self.opted_out() {
            return self.finish("opted-out-already");
        }
        let opt_out = OptOut {
            at: self.now,
            words: words.to_owned(),
        };
        self.plan.contact = Some(match self.snapshot.contact {
            Some(_) => ContactChange::OptOut(opt_out),
            None => ContactChange::StrangerOptOut(opt_out),
        });
        // Where the provider manages the keyword it has answered already.
        if self.settings.opt_out_management == OptOutManagement::SelfManaged {
            let bookings = answer::still_to_come(&self.snapshot.bookings, self.now).count();
            let body = Text::OptedOut { bookings }.render(self.language);
            self.say(Kind::OptOutConfirmation, phone, body);
        }
        self.finish("opted-out")
    }

    fn opt_in(mut self, phone: &PhoneNumber) -> Decision {
        self.plan.contact = Some(ContactChange::OptIn { at: self.now });
        if self.snapshot.contact.as_ref().is_some_and(|contact| contact.may_book) {
            self.say(Kind::OptInConfirmation, phone, Text::OptedIn.render(self.language));
        }
        self.finish("opted-in")
    }

    /// The question that a `YES` or `NO` answers: of several it is not known which is meant.
    fn open_question(&self) -> Option<&'a OpenQuestion> {
        let mut open = self
            .snapshot
            .questions
            .iter()
            .filter(|question| question.open_until > self.now);
        let question = open.next()?;
        open.next().is_none().then_some(question)
    }

    fn answer(mut self, phone: &PhoneNumber, question: &OpenQuestion, confirmed: bool) -> Decision {
        self.plan.answer = Some(Answer {
            appointment_id: question.appointment_id.clone(),
            revision: question.revision,
            confirmed,
        });
        let text = if confirmed {
            Text::AppointmentConfirmed
        } else {
            Text::AppointmentDeclined
        };
        self.reply(phone, text.render(self.language));
        self.finish(if confirmed { "confirmed" } else { "declined" })
    }

    fn refuse(mut self, phone: &PhoneNumber) -> Decision {
        let recently = self
            .snapshot
            .conversation
            .refused_at
            .is_some_and(|at| self.now.duration_since(at) < REFUSAL_PAUSE);
        if !recently && !self.opted_out() {
            self.conversation().refused_at = Some(self.now);
            self.say(Kind::Refusal, phone, Text::AccessDenied.render(self.language));
        }
        self.finish("access-denied")
    }

    fn help(mut self, phone: &PhoneNumber) -> Decision {
        if self.settings.opt_out_management == OptOutManagement::SelfManaged {
            self.say(
                Kind::Help,
                phone,
                Text::Help {
                    agent: self.settings.agent,
                }
                .render(self.language),
            );
        }
        self.finish("help")
    }

    fn not_understood(mut self, phone: &PhoneNumber) -> Decision {
        if !self.in_a_loop() {
            self.reply(phone, Text::NotUnderstood.render(self.language));
        }
        self.finish("not-understood")
    }

    /// Whether this text, which we can not help with, is the latest of a row of equal ones; remembers it either way.
    fn in_a_loop(&mut self) -> bool {
        let digest = digest(&[&self.text.body]);
        let known = self.snapshot.conversation.unhelpful.as_ref();
        let unhelpful = match known {
            Some(known) if known.digest == digest && self.now.duration_since(known.since) < LOOP_WINDOW => Unhelpful {
                count: known.count + 1,
                ..known.clone()
            },
            _ => Unhelpful {
                digest,
                since: self.now,
                count: 1,
            },
        };
        let looping = unhelpful.count > LOOP_TEXTS;
        self.conversation().unhelpful = Some(unhelpful);
        looping
    }

    fn call_back(mut self, phone: &PhoneNumber, help: &str) -> Decision {
        if !self.settings.agent {
            self.reply(phone, Text::AgentNotAvailable.render(self.language));
            return self.finish("agent-not-available");
        }
        let asked = self.snapshot.conversation.call_back_at;
        if asked.is_some_and(|at| self.now.duration_since(at) < CALL_BACK_PAUSE) {
            self.reply(phone, Text::AgentAlreadyAsked.render(self.language));
            return self.finish("agent-already-asked");
        }
        self.conversation().call_back_at = Some(self.now);
        let inbound_id = self.cause();
        let cause = Cause::CallBack {
            inbound_id: &inbound_id,
        };
        // The answer waits for the contact centre's, so that it promises nothing that does not happen.
        let follow_up = FollowUp {
            accepted: Text::AgentWillCall.render(self.language),
            failed: Text::AgentCanNotCall.render(self.language),
        };
        let call = Message::queued(
            &cause,
            Kind::CallBack,
            Some(phone.clone()),
            help.chars().take(KEPT_CHARACTERS).collect(),
            self.now,
        );
        self.post(call.followed_up_by(follow_up));
        self.finish("call-back")
    }

    fn mine(mut self, phone: &PhoneNumber) -> Decision {
        let body = answer::my_shifts(&self.snapshot.bookings, self.now, self.language);
        self.reply(phone, body);
        self.finish("mine")
    }

    /// Lists available shifts: the first ones, or those after where the last list ended.
    fn list(mut self, phone: &PhoneNumber, more: Option<Option<&str>>) -> Decision {
        let after = more.flatten();
        if more.is_some() && after.is_none() {
            self.reply(phone, Text::NoMoreShifts.render(self.language));
            return self.finish("no-more");
        }
        let page = &self.snapshot.available;
        let open: Vec<&Shift> = page
            .shifts
            .iter()
            .filter(|found| after.is_none_or(|after| found.id() > after))
            .filter_map(|found| match found {
                FoundShift::Usable(shift) => Some(shift),
                FoundShift::Unusable { .. } => None,
            })
            .filter(|shift| shift.availability(phone, self.now) == Availability::Open)
            .collect();
        if let (true, Some(next)) = (open.is_empty(), &page.next) {
            return Decision::ReadFurther(Query {
                available: Some(Some(next.clone())),
                ..self.snapshot.query.clone()
            });
        }
        self.mark_unusable();
        let listed = answer::available_shifts(&open, page.next.is_some(), more.is_some(), self.language);
        self.conversation().listed_up_to = Some(listed.continues_after);
        self.reply(phone, listed.body);
        self.finish(if more.is_some() { "more" } else { "request" })
    }

    fn mark_unusable(&mut self) {
        let unusable = self.snapshot.available.shifts.iter().chain(&self.snapshot.shifts);
        self.plan.rejected_shifts = unusable
            .filter_map(|found| match found {
                FoundShift::Unusable {
                    id,
                    error,
                    noted: false,
                } => Some((id.clone(), error.to_string())),
                _ => None,
            })
            .take(MARKED_IN_PASSING)
            .collect();
    }

    /// The row for `code`, in the spelling that comes closest to what was typed.
    fn find(&self, code: &ShiftCode) -> Option<&'a FoundShift> {
        let candidates = || self.snapshot.shifts.iter().filter(|found| code.matches(found.id()));
        code.spellings()
            .iter()
            .find_map(|spelling| candidates().find(|found| found.id() == spelling))
            .or_else(|| candidates().next())
    }

    /// The query that looks for codes in any mixture of cases, where one was not found and that has not been done.
    fn look_closer(&self, codes: &Codes) -> Option<Query> {
        let missing = codes.codes.iter().any(|code| self.find(code).is_none());
        (missing && !self.snapshot.query.thorough).then(|| Query {
            thorough: true,
            ..self.snapshot.query.clone()
        })
    }

    fn book(mut self, phone: &PhoneNumber, codes: &Codes) -> Decision {
        if let Some(further) = self.look_closer(codes) {
            return Decision::ReadFurther(further);
        }
        let mut summary = Summary::default();
        for code in &codes.codes {
            match self.find(code) {
                None => summary.unknown.push(answer::shortened(code.as_str())),
                Some(FoundShift::Unusable { id, .. }) => summary.closed.push(id.clone()),
                Some(FoundShift::Usable(shift)) => match shift.availability(phone, self.now) {
                    Availability::Open => {
                        summary.booked.push(shift.clone());
                        self.plan.claims.push(Claim { shift: shift.clone() });
                    }
                    Availability::AlreadyYours => summary.already_yours.push(shift.clone()),
                    Availability::Taken => summary.taken.push(shift.id.clone()),
                    Availability::Closed => summary.closed.push(shift.id.clone()),
                },
            }
        }
        summary.not_handled = codes
            .not_handled
            .iter()
            .map(|code| answer::shortened(code.as_str()))
            .collect();
        self.mark_unusable();
        self.plan.handled.codes = summary.outcomes();
        if summary.is_all_unknown() {
            if !self.in_a_loop() {
                self.reply(
                    phone,
                    Text::NoSuchShift {
                        agent: self.settings.agent,
                    }
                    .render(self.language),
                );
            }
            return self.finish("no-such-shift");
        }
        let outcome = if summary.booked.is_empty() {
            "nothing-booked"
        } else {
            "booked"
        };
        self.reply(phone, summary.render(self.language));
        self.finish(outcome)
    }

    fn give_back(mut self, phone: &PhoneNumber, codes: &Codes) -> Decision {
        if codes.codes.is_empty() {
            self.reply(phone, Text::DropWhat.render(self.language));
            return self.finish("drop-what");
        }
        if let Some(further) = self.look_closer(codes) {
            return Decision::ReadFurther(further);
        }
        let mut summary = Summary::default();
        for code in &codes.codes {
            match self.find(code) {
                None => summary.unknown.push(answer::shortened(code.as_str())),
                Some(FoundShift::Unusable { id, .. }) => summary.not_yours.push(id.clone()),
                Some(FoundShift::Usable(shift)) if !shift.holders.contains(phone) => {
                    summary.not_yours.push(shift.id.clone());
                }
                Some(FoundShift::Usable(shift)) if shift.begun(self.now) => summary.closed.push(shift.id.clone()),
                Some(FoundShift::Usable(shift)) => {
                    summary.given_back.push(shift.id.clone());
                    self.plan.releases.push(Release { shift: shift.clone() });
                }
            }
        }
        summary.not_handled = codes
            .not_handled
            .iter()
            .map(|code| answer::shortened(code.as_str()))
            .collect();
        self.plan.handled.codes = summary.outcomes();
        let outcome = if summary.given_back.is_empty() {
            "nothing-given-back"
        } else {
            "given-back"
        };
        self.reply(phone, summary.render(self.language));
        self.finish(outcome)
    }
}
