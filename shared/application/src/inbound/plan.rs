//! The writes in answer to a text: all in one transaction, or none.

use domain::appointment::Confirmation;
use domain::contact::OptOut;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use domain::record::BasisKey;
use domain::shift::Shift;
use jiff::Timestamp;

use super::snapshot::{Conversation, Query, Standing};
use super::text::{InboundId, InboundText};

/// What to do about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Commit(Box<Plan>),
    /// This text was answered before: same answer, nothing new.
    Repeated,
    /// The snapshot does not reach far enough; read this and decide again.
    ReadFurther(Query),
}

/// What is kept of an inbound text's body.
pub(super) const KEPT_CHARACTERS: usize = 1600;

/// The record that a text was handled. Its being absent, or past the content window, is a condition of the commit.
#[derive(Clone, PartialEq, Eq)]
pub struct Handled {
    pub id: InboundId,
    pub from: String,
    pub to: String,
    /// At most what fits into one text.
    pub body: String,
    pub at: Timestamp,
    /// A word for what was decided.
    pub outcome: &'static str,
    /// The codes by result: (`booked`, ids), (`taken`, ids)…
    pub codes: Vec<(&'static str, Vec<String>)>,
}

impl Handled {
    /// The record of `text` before anything is decided.
    pub fn of(text: &InboundText, now: Timestamp) -> Self {
        Self {
            id: text.id.clone(),
            from: text.from.as_str().to_owned(),
            to: text.to.clone(),
            body: text.body.chars().take(KEPT_CHARACTERS).collect(),
            at: now,
            outcome: "",
            codes: Vec::new(),
        }
    }
}

domain::shows_only!(Handled { id, outcome });

/// One place of a shift taken. Conditions: the row is there, its stored status, capacity and room are as read, and
/// the employee does not hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// As read.
    pub shift: Shift,
}

/// One place of a shift given back. Condition: the employee still holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// As read.
    pub shift: Shift,
}

/// The answer to the question whether the sender will come to an appointment. Conditions: the question is still open, and
/// it and the appointment have that revision.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub appointment_id: String,
    pub revision: u64,
    pub confirmed: bool,
    /// The rest of the text, such as "in 2 hours".
    pub remark: Option<String>,
}

domain::shows_only!(Answer {
    appointment_id,
    confirmed
});

impl Answer {
    /// The question that it closes.
    pub fn question(&self, customer: &PhoneNumber) -> BasisKey {
        BasisKey::Question {
            customer: customer.clone(),
            appointment_id: self.appointment_id.clone(),
        }
    }

    /// What is written on the appointment, besides `answered`, the revision.
    pub fn confirmation(&self) -> Confirmation {
        if self.confirmed {
            Confirmation::Confirmed
        } else {
            Confirmation::Declined
        }
    }
}

/// The change to the sender's contact row. Whatever it is, it ends what failed texts have said of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// Condition: the contact is still there, and not opted out.
    OptOut(OptOut),
    /// Makes a contact who may not book. Condition: there is still none.
    StrangerOptOut(OptOut),
    /// Condition: the contact is still opted out.
    OptIn { at: Timestamp },
    /// Nothing else. Condition: the contact is still there.
    Reached,
}

/// The whole answer. Each claim and release also writes the employee's booking and a line in the shift's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub handled: Handled,
    /// The sender, where it is a person.
    pub phone: Option<PhoneNumber>,
    pub claims: Vec<Claim>,
    pub releases: Vec<Release>,
    pub answer: Option<Answer>,
    pub contact: Option<ContactChange>,
    /// What is remembered from now on. Condition: its version is still stored.
    pub conversation: Option<Conversation>,
    /// The same of the person's questions.
    pub standing: Option<Standing>,
    /// New rows of the outbox.
    pub messages: Vec<Message>,
    /// Rows of the shifts table to be marked unusable: id and error.
    pub rejected_shifts: Vec<(String, String)>,
}

impl Plan {
    /// Only records that a text was handled.
    pub fn of(handled: Handled, phone: Option<PhoneNumber>) -> Self {
        Self {
            handled,
            phone,
            claims: Vec::new(),
            releases: Vec::new(),
            answer: None,
            contact: None,
            conversation: None,
            standing: None,
            messages: Vec::new(),
            rejected_shifts: Vec::new(),
        }
    }
}
