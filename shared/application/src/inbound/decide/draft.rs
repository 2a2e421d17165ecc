//! A plan in the making.

use domain::contact::Contact;
use domain::language::Language;
use domain::message::{Cause, Kind, Message};
use domain::organisation::named;
use domain::phone_number::PhoneNumber;
use domain::segment;
use domain::wording::Text;
use jiff::{SignedDuration, Timestamp};

use crate::inbound::limits::{Answering, Verdict};
use crate::inbound::{
    ContactChange, Conversation, Decision, FoundShift, Handled, InboundId, InboundSettings, InboundText, OpenQuestion,
    Plan, Snapshot, Standing,
};
use crate::notify::other_than_default;

/// The most invalid shift rows rejected while answering one text; the sweep rejects the others.
const MARKED_IN_PASSING: usize = 10;

/// It is remembered to the hour when a person was last answered.
const ANSWERED_TO_THE: SignedDuration = SignedDuration::from_hours(1);

pub(super) struct Draft<'a> {
    pub(super) now: Timestamp,
    pub(super) settings: &'a InboundSettings,
    pub(super) text: &'a InboundText,
    pub(super) snapshot: &'a Snapshot,
    /// The sender's open questions, in the order in which the grammar numbers them.
    pub(super) questions: Vec<&'a OpenQuestion>,
    pub(super) language: Language,
    /// The provider has answered the text, so we do not.
    pub(super) is_answered: bool,
    /// The plan is to rest on as little as possible.
    pub(super) busy: bool,
    pub(super) plan: Plan,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        now: Timestamp,
        settings: &'a InboundSettings,
        text: &'a InboundText,
        snapshot: &'a Snapshot,
        busy: bool,
    ) -> Self {
        let contact = snapshot.contact.as_ref();
        Self {
            now,
            settings,
            text,
            snapshot,
            questions: snapshot.open_questions(now),
            language: contact
                .and_then(|contact| contact.language)
                .unwrap_or(settings.language),
            is_answered: false,
            busy,
            plan: Plan::of(Handled::of(text, now), text.from.phone().cloned()),
        }
    }

    pub(super) fn finish(mut self, outcome: &'static str) -> Decision {
        if self.changes_something() {
            let counts = self.snapshot.conversation.counts.after_a_change();
            if counts != self.snapshot.conversation.counts {
                self.conversation().counts = counts;
            }
        }
        let has_failures = self.snapshot.contact.as_ref().is_some_and(Contact::has_failures);
        if has_failures && self.plan.contact.is_none() {
            self.plan.contact = Some(ContactChange::Reached);
        }
        let answered_at = self.snapshot.conversation.answered_at;
        let is_old = answered_at.is_none_or(|at| self.now.duration_since(at) >= ANSWERED_TO_THE);
        if !self.plan.messages.is_empty() && (is_old || self.plan.conversation.is_some()) {
            self.conversation().answered_at = Some(self.now);
        }
        if self.busy {
            // Others are faster too often, or a row cannot be written: the text must not fail for what is only remembered.
            self.plan.conversation = None;
            self.plan.standing = None;
        }
        self.plan.handled.outcome = outcome;
        Decision::Commit(Box::new(self.plan))
    }

    /// Whether the text does anything besides being answered. That is always served.
    pub(super) fn changes_something(&self) -> bool {
        let plan = &self.plan;
        !plan.claims.is_empty() || !plan.releases.is_empty() || plan.answer.is_some() || plan.contact.is_some()
    }

    /// The id from which the ids of this text's messages are derived. Where the source has no stable ids the same
    /// words may come again another day, and are another cause.
    pub(super) fn cause(&self) -> String {
        match &self.text.id {
            InboundId::Stable(_) => self.text.id.key(),
            InboundId::Content(_) => format!("{}@{}", self.text.id.key(), self.now.as_millisecond()),
        }
    }

    pub(super) fn say(&mut self, kind: Kind, phone: &PhoneNumber, text: Text<'_>) {
        self.say_body(kind, phone, text.render(self.language));
    }

    pub(super) fn say_body(&mut self, kind: Kind, phone: &PhoneNumber, body: String) {
        let body = segment::prefer_gsm7_for(&body, phone).into_owned();
        let inbound_id = self.cause();
        let cause = Cause::Inbound {
            inbound_id: &inbound_id,
        };
        let message = Message::queued(&cause, kind, Some(phone.clone()), body, self.now);
        self.post(message);
    }

    /// Adds a message to the plan, from the number that was texted and through the provider that brought the text.
    pub(super) fn post(&mut self, message: Message) {
        if self.is_answered {
            return;
        }
        let organisation = other_than_default(self.organisation());
        let message = message
            .leaving_from(&self.text.to)
            .answering_through(Some(self.text.provider.clone()))
            .of_organisation(organisation);
        self.plan.messages.push(message);
    }

    /// Who speaks: the organisation of the shift that is booked or given back, else the sender's own.
    fn organisation(&self) -> &str {
        let booked = self.plan.claims.iter().map(|claim| &claim.shift);
        let given_back = self.plan.releases.iter().map(|release| &release.shift);
        let of_shift = booked.chain(given_back).next().map(|shift| shift.organisation.as_str());
        named(of_shift.or_else(|| self.snapshot.organisation()))
    }

    /// Replies whatever the limits say.
    pub(super) fn reply(mut self, phone: &PhoneNumber, text: Text<'_>) -> Self {
        self.say(Kind::Reply, phone, text);
        self
    }

    /// Answers a text that changes nothing, within the limits.
    pub(super) fn counted(&mut self, kind: Answering, phone: &PhoneNumber, answer: impl FnOnce(&mut Self)) {
        let before = &self.snapshot.conversation.counts;
        let (counts, verdict) = before.after_an_answer(self.now, kind, &self.settings.limits);
        if counts != *before {
            self.conversation().counts = counts;
        }
        match verdict {
            Verdict::Answer => answer(self),
            Verdict::SayLimit { for_the_day } => self.say(Kind::Reply, phone, Text::Limit { for_the_day }),
            Verdict::Silence => {}
        }
    }

    /// Ends with an answer to a text that we understood and that changes nothing.
    pub(super) fn useful(self, phone: &PhoneNumber, text: Text<'_>, outcome: &'static str) -> Decision {
        let body = text.render(self.language);
        self.end(Answering::Useful, phone, body, outcome)
    }

    /// Ends with an answer to a text that we could not make sense of.
    pub(super) fn unhelpful(self, phone: &PhoneNumber, text: Text<'_>, outcome: &'static str) -> Decision {
        let body = text.render(self.language);
        self.end(Answering::Unhelpful, phone, body, outcome)
    }

    pub(super) fn end(mut self, kind: Answering, phone: &PhoneNumber, body: String, outcome: &'static str) -> Decision {
        self.counted(kind, phone, |draft| draft.say_body(Kind::Reply, phone, body));
        self.finish(outcome)
    }

    /// What will be remembered of the exchange.
    pub(super) fn conversation(&mut self) -> &mut Conversation {
        let read = &self.snapshot.conversation;
        self.plan.conversation.get_or_insert_with(|| read.clone())
    }

    /// What will be kept of the sender's dealings with shifts.
    pub(super) fn standing(&mut self) -> &mut Standing {
        let read = &self.snapshot.standing;
        self.plan.standing.get_or_insert_with(|| read.clone())
    }

    pub(super) fn mark_unusable(&mut self) {
        let unusable = self.snapshot.available.shifts.iter().chain(&self.snapshot.shifts);
        self.plan.rejected_shifts = unusable
            .filter_map(|found| match found {
                FoundShift::Unusable {
                    id,
                    error,
                    noted: false,
                    ..
                } => Some((id.clone(), error.to_string())),
                _ => None,
            })
            .take(MARKED_IN_PASSING)
            .collect();
    }
}
