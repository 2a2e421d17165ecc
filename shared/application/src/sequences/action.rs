//! An action on one message, which may safely be repeated.

use domain::message::{Cause, Event, Message, MessageId, Rewording, Status, transition};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::port::{Applied, Outbox, StoreError};

/// Messages under way at once.
const AT_ONCE: usize = 48;

/// An action on a message.
#[derive(Debug)]
pub(super) enum Action {
    /// It is there, at this time and in these words, unless somebody has been asked to take it.
    Make(Message),
    /// It is on its way.
    Send(Message),
    /// Where it has come up for sending, or comes up now, and still waits, it says this. Otherwise it is cancelled.
    Keep(Message),
    Cancel(MessageId),
}

impl Action {
    /// The message that is there afterwards.
    pub(super) fn message(&self) -> Option<&Message> {
        match self {
            Self::Make(message) | Self::Send(message) => Some(message),
            Self::Keep(_) | Self::Cancel(_) => None,
        }
    }

    fn id(&self) -> &MessageId {
        match self {
            Self::Make(message) | Self::Send(message) | Self::Keep(message) => &message.id,
            Self::Cancel(id) => id,
        }
    }

    /// What happens to the message, where it is there already.
    fn event(self, there: &Message, now: Timestamp) -> Event {
        match self {
            Self::Cancel(_) => Event::Cancelled,
            Self::Send(_) if there.status == Status::Scheduled => Event::Released,
            // What was cancelled is sent after all.
            Self::Send(message) => Event::Rescheduled(rewording(message, now)),
            Self::Make(message) => {
                let due_at = message.due_at.unwrap_or(now);
                Event::Rescheduled(rewording(message, due_at))
            }
            Self::Keep(message) if has_come_up(there, now) => Event::Rescheduled(Rewording {
                expires_at: there.expires_at,
                ..rewording(message, there.due_at.unwrap_or(now))
            }),
            // Called off already, or made for a time that is not its step's any more.
            Self::Keep(_) => Event::Cancelled,
        }
    }
}

/// Whether the time that a message was made for has come, and it still waits.
fn has_come_up(there: &Message, now: Timestamp) -> bool {
    match there.status {
        Status::Scheduled => !there.waits_for_its_time() || there.due_at <= Some(now),
        status => status == Status::Queued,
    }
}

fn rewording(message: Message, due_at: Timestamp) -> Rewording {
    Rewording {
        to: message.to,
        body: message.body,
        subject: message.subject,
        due_at,
        expires_at: message.expires_at,
    }
}

/// That a registrant gets none of these steps.
pub(super) fn cancel(workshop: &str, steps: &[String], registrant: &str) -> Vec<Action> {
    let ids = steps.iter().map(|step| {
        let cause = Cause::Step {
            workshop,
            step,
            registrant,
        };
        cause.message_id()
    });
    ids.map(Action::Cancel).collect()
}

/// Does all of them; returns how many messages are new, and how many existing ones changed.
pub(super) async fn carry_out_all(
    outbox: &dyn Outbox,
    actions: Vec<Action>,
    now: Timestamp,
) -> Result<(u64, u64), StoreError> {
    let messages: Vec<Message> = actions.iter().filter_map(Action::message).cloned().collect();
    let wanted = messages.len() as u64;
    let made = if messages.is_empty() {
        0
    } else {
        outbox.put_new(messages).await?
    };
    let all_new = made == wanted;
    let others = actions
        .into_iter()
        .filter(|action| !(all_new && action.message().is_some()));
    let changes = stream::iter(others).map(|action| change(outbox, action, now));
    let changed: Vec<bool> = changes.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok((made, changed.into_iter().map(u64::from).sum()))
}

/// Whether the message is otherwise than before.
async fn change(outbox: &dyn Outbox, action: Action, now: Timestamp) -> Result<bool, StoreError> {
    let Some(there) = outbox.get(action.id()).await? else {
        return Ok(false);
    };
    let Some(change) = transition(&there, &action.event(&there, now), now, 0.0) else {
        return Ok(false);
    };
    // On a conflict a faster process has sent it or was asked to take it, so there is nothing left to do.
    Ok(outbox.apply(&there, &change).await? == Applied::Written)
}
