//! The rules of the conversation: what one text does, given everything it rests on.

mod draft;
mod questions;
mod shifts;

use domain::contact::OptOut;
use domain::grammar::{Known, Meaning, Reading};
use domain::message::{Cause, FollowUp, Kind, Message};
use domain::phone_number::PhoneNumber;
use domain::wording::Text;
use jiff::{SignedDuration, Timestamp};
use messaging::Keyword;

use super::answer;
use super::limits::Answering;
use super::plan::{ContactChange, Decision, KEPT_CHARACTERS};
use super::settings::{InboundSettings, OptOutManagement, Presentation};
use super::snapshot::{Snapshot, Standpoint, asked};
use super::text::{CONTENT_WINDOW, InboundId, InboundText};
use draft::Draft;

/// A stranger is answered without having asked for help at most this often.
const STRANGER_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// A person is called back at most this often.
const CALL_BACK_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Whether the text says HELP, and not YES to nothing, which is best answered in the same words.
pub(super) fn asks_for_help(reading: &Reading) -> bool {
    reading.meaning(&Known::default()) == Meaning::Help
}

/// Decides what `text` does. Where `busy`, others were faster too often: the sender is asked to try again.
pub fn decide(
    now: Timestamp,
    settings: &InboundSettings,
    presentation: &Presentation,
    text: &InboundText,
    reading: &Reading,
    snapshot: &Snapshot,
    busy: bool,
) -> Decision {
    if repeated(now, text, snapshot) {
        return Decision::Repeated;
    }
    let draft = Draft::new(now, settings, text, snapshot, busy);
    let Some(phone) = text.from.phone() else {
        // Short codes and alphanumeric senders cannot read an answer.
        return draft.finish("not-a-person");
    };
    let asked = asked(&draft.questions);
    let known = snapshot.known(phone, &asked, now);
    let meaning = reading.meaning(&known);
    if let Some(keyword) = text.answered {
        return draft.note(phone, keyword, meaning);
    }
    match meaning {
        Meaning::ReadOpenShifts => Decision::ReadFurther(snapshot.query.further()),
        Meaning::OptOut { words, declines } => draft.opt_out(phone, &words, declines),
        Meaning::OptIn { .. } => draft.opt_in(phone),
        Meaning::Help if asks_for_help(reading) => draft.help(phone, presentation),
        Meaning::Silence => draft.finish("no-answer-needed"),
        // The question may be gone for good, however often its answer is tried.
        Meaning::Answer { question, yes, remark } if !busy => draft.answer(phone, question, yes, remark),
        // Nothing may be sent to them, so nothing is done that would need a notice.
        _ if snapshot.opted_out() => draft.finish("opted-out"),
        _ if busy => draft.reply(phone, Text::TryAgain).finish("busy"),
        Meaning::AskAgain { .. } => draft.unhelpful(phone, Text::AskAgain, "asked-again"),
        Meaning::WhichQuestion { .. } => draft.which_question(phone),
        meaning => match snapshot.sender(now) {
            Standpoint::Employee => draft.serve(phone, meaning),
            Standpoint::Customer => draft.unhelpful(phone, Text::NotUnderstoodByCustomer, "not-understood"),
            Standpoint::Stranger => draft.stranger(phone, &meaning),
        },
    }
}

fn repeated(now: Timestamp, text: &InboundText, snapshot: &Snapshot) -> bool {
    match (&text.id, snapshot.handled_at) {
        (_, None) => false,
        (InboundId::Stable(_), Some(_)) => true,
        (InboundId::Content(_), Some(handled_at)) => now.duration_since(handled_at) < CONTENT_WINDOW,
    }
}

/// Whether somebody who means this is after a shift.
fn asks_for_shifts(meaning: &Meaning) -> bool {
    !matches!(
        meaning,
        Meaning::NotUnderstood | Meaning::NotOffered { .. } | Meaning::Agent { .. } | Meaning::Help
    )
}

impl Draft<'_> {
    /// Does what an employee asks for.
    fn serve(self, phone: &PhoneNumber, meaning: Meaning) -> Decision {
        match meaning {
            Meaning::Book(codes) => self.book(phone, &codes),
            Meaning::Drop(codes) => self.give_back(phone, &codes),
            Meaning::Ask { ids } => self.ask(phone, &ids),
            Meaning::AskDrop { id } => self.ask_to_give_back(phone, &id),
            Meaning::AskWhichDrop => self.ask_which_to_give_back(phone),
            Meaning::NotBooked { id } => self.useful(phone, Text::NotBooked { code: &id }, "not-booked"),
            Meaning::Yours { id } => self.still_yours(phone, &id),
            Meaning::AskKeyword { id } => self.useful(phone, Text::AskKeyword { code: &id }, "keyword-or-code"),
            Meaning::DidYouMean { typed, ids } => self.did_you_mean(phone, &typed, &ids),
            Meaning::Request => self.list(phone, None),
            Meaning::More => self.more(phone),
            Meaning::Mine => self.mine(phone),
            Meaning::Agent { about } => self.call_back(phone, &about),
            Meaning::NotOffered { command } => self.unhelpful(phone, Text::NotOffered { command }, "not-offered"),
            // A YES to nothing, most likely to an announcement: say how to book.
            Meaning::Help => {
                let agent = self.settings.agent;
                self.useful(phone, Text::Help { agent }, "yes-to-nothing")
            }
            Meaning::NoSuchShift => {
                let agent = self.settings.agent;
                self.unhelpful(phone, Text::NoSuchShift { agent }, "no-such-shift")
            }
            _ => self.unhelpful(phone, Text::NotUnderstood, "not-understood"),
        }
    }

    /// Records what the provider took the text for, and says nothing, because the provider has answered. Only a question of
    /// ours, to which YES is the answer too, is answered by us.
    fn note(mut self, phone: &PhoneNumber, keyword: Keyword, meaning: Meaning) -> Decision {
        self.is_answered = true;
        match (keyword, meaning) {
            (Keyword::Stop, Meaning::OptOut { words, declines }) => self.opt_out(phone, &words, declines),
            (Keyword::Stop, _) => {
                let words = self.plan.handled.body.clone();
                self.opt_out(phone, &words, None)
            }
            (Keyword::Start, meaning) => {
                let was_opted_out = self.snapshot.opted_out();
                if was_opted_out {
                    self.plan.contact = Some(ContactChange::OptIn { at: self.now });
                }
                match meaning {
                    Meaning::Answer { question, yes, remark } => {
                        self.is_answered = false;
                        self.answer(phone, question, yes, remark)
                    }
                    _ => self.finish(if was_opted_out { "opted-in" } else { "opted-in-already" }),
                }
            }
            (Keyword::Help, _) => self.finish("help"),
        }
    }

    fn opt_out(mut self, phone: &PhoneNumber, words: &str, declines: Option<usize>) -> Decision {
        // What is given up with it must not stand against it.
        let declines = declines.filter(|_| !self.busy);
        let declined = declines.is_some_and(|question| self.decline(question));
        if self.snapshot.opted_out() {
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
            let text = if declined {
                Text::OptedOutAndDeclined
            } else {
                Text::OptedOut { bookings }
            };
            let mut body = text.render(self.language);
            if self.snapshot.is_of_an_organisation() {
                body = Text::OptedOutOfAll { text: &body }.render(self.language);
            }
            self.say_body(Kind::OptOutConfirmation, phone, body);
        }
        self.finish("opted-out")
    }

    fn opt_in(mut self, phone: &PhoneNumber) -> Decision {
        let may_book = self.snapshot.sender(self.now) == Standpoint::Employee;
        if self.snapshot.opted_out() {
            self.plan.contact = Some(ContactChange::OptIn { at: self.now });
            self.say(Kind::OptInConfirmation, phone, Text::OptedIn { may_book });
            return self.finish("opted-in");
        }
        if may_book {
            // Most likely an answer to an announcement: say how to book.
            let agent = self.settings.agent;
            return self.useful(phone, Text::Help { agent }, "opted-in-already");
        }
        self.counted(Answering::Useful, phone, |draft| {
            draft.say(Kind::OptInConfirmation, phone, Text::OptedInAlready);
        });
        self.finish("opted-in-already")
    }

    fn help(mut self, phone: &PhoneNumber, presentation: &Presentation) -> Decision {
        // Where the provider manages the keyword it has answered already.
        if self.settings.opt_out_management == OptOutManagement::SelfManaged {
            let help = if self.snapshot.sender(self.now) == Standpoint::Employee {
                Text::Help {
                    agent: self.settings.agent,
                }
            } else {
                Text::HelpForCustomers
            };
            let body = answer::help(help, presentation, self.language);
            self.counted(Answering::Help, phone, |draft| draft.say_body(Kind::Help, phone, body));
        }
        self.finish("help")
    }

    /// Tells a stranger once a day that they may not book, or how to get help.
    fn stranger(mut self, phone: &PhoneNumber, meaning: &Meaning) -> Decision {
        let asks_for_shifts = asks_for_shifts(meaning);
        let refused_at = self.snapshot.conversation.refused_at;
        if refused_at.is_none_or(|at| self.now.duration_since(at) >= STRANGER_PAUSE) {
            self.conversation().refused_at = Some(self.now);
            let text = if asks_for_shifts {
                Text::AccessDenied
            } else {
                Text::NotUnderstoodByCustomer
            };
            self.say(Kind::Refusal, phone, text);
        }
        self.finish(if asks_for_shifts {
            "access-denied"
        } else {
            "not-understood"
        })
    }

    fn call_back(mut self, phone: &PhoneNumber, help: &str) -> Decision {
        if !self.settings.agent {
            return self.useful(phone, Text::AgentNotAvailable, "agent-not-available");
        }
        let asked = self.snapshot.conversation.call_back_at;
        if asked.is_some_and(|at| self.now.duration_since(at) < CALL_BACK_PAUSE) {
            return self.useful(phone, Text::AgentAlreadyAsked, "agent-already-asked");
        }
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
        let call = call.followed_up_by(follow_up);
        let now = self.now;
        self.counted(Answering::Useful, phone, |draft| {
            draft.conversation().call_back_at = Some(now);
            draft.post(call);
        });
        self.finish("call-back")
    }
}
