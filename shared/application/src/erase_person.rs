//! Erases a person: all stored data about them is removed, and totals stay.
//!
//! | of | what remains |
//! |---|---|
//! | the contact's row | nothing; of somebody who opted out the number and since when, so that nobody texts them again |
//! | messages to them | kind, status, times, segments charged and campaign, under a random id; one that waits is cancelled |
//! | messages about them, to others | the same and the recipient |
//! | shifts they hold | that the place is taken |
//! | a shift's history | that it was booked or given back, and when |
//! | inbound texts handled | that a text was handled, and how |
//! | counts of one-time codes, the conversation, bookings, devices, appointments, bills, contracts, registrations, awaited receipts | nothing |
//!
//! Ids of messages, and of texts from sources without ids, are digests in which the number is, so that a cause that comes
//! again makes nothing new. Everybody can try all numbers, so what remains is put under ids that are made of nothing. A
//! cause that comes again after that makes something new; but then the person is no contact and has no records any more
//! that could cause it. A sender that has a message in its hands at that very moment finds it gone: it stays counted as
//! not known.
//!
//! The opt-out stays as the number itself. A digest of a number would hide nothing, since all numbers can be tried, and
//! the row with the number is what every sender and every audience looks at already.
//!
//! What is theirs is found by reading the tables once: nobody is erased often enough for an index that every message
//! would pay for. A table too large for one call is gone through in several: each goes on where the last one stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

#[cfg(doc)]
use domain::message::Event;
use domain::message::{Message, MessageId, Status};
use domain::phone_number::PhoneNumber;
use futures_util::future;
use jiff::Timestamp;
use serde::Serialize;

use crate::port::{Clock, Erased, ErasureProgress, Part, People, Place, Position, StoreError};

/// Parts of a place that are read side by side.
const SEGMENTS: u32 = 4;

/// What has become of everything that was kept of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every table has been gone through; otherwise the same call goes on with what is left.
    pub finished: bool,
    /// Whether it is still known that they opted out.
    pub opt_out_kept: bool,
    /// By what they are, since the erasure began.
    #[serde(flatten)]
    pub erased: Erased,
}

/// Replaces an erased person where something about them is still counted.
pub const NOBODY: &str = "erased";

/// What a shift's row says in place of a holder who is erased: the place stays taken, and each holder is still counted.
pub fn anonymous_holder<'a>(holders: impl Iterator<Item = &'a str> + Clone) -> String {
    let names = (1_u32..).map(|number| format!("{NOBODY}-{number}"));
    let mut unused = names.filter(|name| !holders.clone().any(|holder| holder == name));
    unused.next().unwrap_or_else(|| NOBODY.to_owned())
}

/// The message without the person, under another id, after [`Event::Cancelled`] where it was waiting. One that a provider
/// may still report on keeps the provider's id, which that report is joined by.
pub fn anonymous(mut message: Message, id: MessageId) -> Message {
    message.id = id;
    message.to = None;
    message.concerns = None;
    message.device = None;
    message.body = String::new();
    message.follow_up = None;
    message.subject = None;
    if is_over(message.status) {
        message.provider_message_id = None;
        message.due_at = None;
    }
    message
}

/// A message to somebody else that was about the person, without the words.
pub fn without_words(message: Message) -> Message {
    Message {
        body: String::new(),
        subject: None,
        concerns: None,
        ..message
    }
}

/// Whether a message in this status can no longer change.
fn is_over(status: Status) -> bool {
    match status {
        Status::Scheduled | Status::Queued | Status::Sending | Status::Sent | Status::Unknown => false,
        Status::Delivered
        | Status::Undelivered
        | Status::Failed
        | Status::Expired
        | Status::Suppressed
        | Status::Cancelled => true,
    }
}

/// The use case.
#[derive(Debug, Clone)]
pub struct ErasePerson {
    pub people: Arc<dyn People>,
    pub clock: Arc<dyn Clock>,
}

impl ErasePerson {
    /// Erases as much as it can before `deadline`. It may be called as often as one likes, also after a crash.
    ///
    /// # Errors
    ///
    /// The store's; what is erased by then is erased.
    pub async fn run(&self, phone: &PhoneNumber, deadline: Timestamp) -> Result<Report, StoreError> {
        let mut progress = self.people.progress(phone).await?.unwrap_or_default();
        // Before everything else, so that no new campaign finds them.
        let forgotten = self.people.forget_contact(phone).await?;
        if forgotten.removed {
            progress.erased.remove("contact", 1);
        }
        let mut finished = true;
        for place in Place::ALL {
            finished &= self.go_through(place, phone, &mut progress, deadline).await?;
        }
        let unfinished = (!finished).then_some(&progress);
        self.people.save_progress(phone, unfinished, self.clock.now()).await?;
        Ok(Report {
            finished,
            opt_out_kept: forgotten.opt_out_kept,
            erased: progress.erased,
        })
    }

    /// Returns whether all of it has been processed.
    async fn go_through(
        &self,
        place: Place,
        phone: &PhoneNumber,
        progress: &mut ErasureProgress,
        deadline: Timestamp,
    ) -> Result<bool, StoreError> {
        let reached = progress.parts.entry(place).or_default();
        let left = (0..SEGMENTS).filter(|segment| !matches!(reached.get(segment), Some(None)));
        let left: BTreeMap<u32, Option<Position>> = left
            .map(|segment| (segment, reached.get(&segment).cloned().flatten().map(Position)))
            .collect();
        let parts = left.into_iter().map(|(segment, after)| {
            let part = Part {
                place,
                segment,
                segments: SEGMENTS,
            };
            self.go_through_part(part, phone, after, deadline)
        });
        let mut finished = true;
        for stop in future::try_join_all(parts).await? {
            progress.erased.add(&stop.erased);
            finished &= stop.is_at_end;
            match (stop.is_at_end, stop.after) {
                (true, _) => reached.insert(stop.segment, None),
                (false, Some(Position(after))) => reached.insert(stop.segment, Some(after)),
                // It has not begun.
                (false, None) => None,
            };
        }
        Ok(finished)
    }

    async fn go_through_part(
        &self,
        part: Part,
        phone: &PhoneNumber,
        mut after: Option<Position>,
        deadline: Timestamp,
    ) -> Result<Stop, StoreError> {
        let mut erased = Erased::default();
        let mut is_at_end = false;
        while !is_at_end && self.clock.now() < deadline {
            let now = self.clock.now();
            let page = self.people.erase_page(phone, part, after.as_ref(), now).await?;
            erased.add(&page.erased);
            is_at_end = page.next.is_none();
            after = page.next;
        }
        Ok(Stop {
            segment: part.segment,
            erased,
            after,
            is_at_end,
        })
    }
}

/// Where going through a part stopped.
struct Stop {
    segment: u32,
    erased: Erased,
    after: Option<Position>,
    is_at_end: bool,
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use jiff::SignedDuration;

    use super::*;
    use crate::fixture::{at, clock, person};
    use crate::memory::FixedClock;
    use crate::port::{ErasedPage, Forgotten};

    /// So many pages in each part, each with one row; reading one takes a second.
    const PAGES: u32 = 5;
    const ALL: u64 = 3 * (SEGMENTS * PAGES) as u64;

    /// Tables that are read page by page, and that can break off.
    #[derive(Debug)]
    struct Paged {
        clock: FixedClock,
        state: Mutex<State>,
    }

    #[derive(Debug, Default)]
    struct State {
        saved: Option<ErasureProgress>,
        read: u32,
        breaks_off_at: Option<u32>,
    }

    #[async_trait]
    impl People for Paged {
        async fn forget_contact(&self, _: &PhoneNumber) -> Result<Forgotten, StoreError> {
            Ok(Forgotten::default())
        }

        async fn erase_page(
            &self,
            _: &PhoneNumber,
            _: Part,
            after: Option<&Position>,
            _: Timestamp,
        ) -> Result<ErasedPage, StoreError> {
            self.clock.advance(SignedDuration::from_secs(1));
            let mut state = self.state.lock().unwrap();
            state.read += 1;
            if state.breaks_off_at == Some(state.read) {
                return Err(StoreError::Unavailable("broken off".to_owned()));
            }
            let page = after.map_or(0, |position| position.0.parse().unwrap()) + 1;
            let mut erased = Erased::default();
            erased.make_anonymous("messages", 1);
            Ok(ErasedPage {
                erased,
                next: (page < PAGES).then(|| Position(page.to_string())),
            })
        }

        async fn progress(&self, _: &PhoneNumber) -> Result<Option<ErasureProgress>, StoreError> {
            Ok(self.state.lock().unwrap().saved.clone())
        }

        async fn save_progress(
            &self,
            _: &PhoneNumber,
            progress: Option<&ErasureProgress>,
            _: Timestamp,
        ) -> Result<(), StoreError> {
            self.state.lock().unwrap().saved = progress.cloned();
            Ok(())
        }
    }

    fn paged() -> (Arc<Paged>, ErasePerson) {
        let clock = clock();
        let people = Arc::new(Paged {
            clock: clock.clone(),
            state: Mutex::default(),
        });
        let erase = ErasePerson {
            people: Arc::<Paged>::clone(&people),
            clock: Arc::new(clock),
        };
        (people, erase)
    }

    #[tokio::test]
    async fn an_unfinished_erasure_continues() {
        for patience in [0, 1, 7, 22, 59, 60, 1000] {
            let (people, erase) = paged();
            let mut calls = 0;
            let report = loop {
                let deadline = erase.clock.now() + SignedDuration::from_secs(patience.max(calls));
                let report = erase.run(&person(1), deadline).await.unwrap();
                calls += 1;
                if report.finished {
                    break report;
                }
            };
            assert_eq!(report.erased.made_anonymous["messages"], ALL, "in {calls} calls");
            let state = people.state.lock().unwrap();
            assert_eq!((u64::from(state.read), &state.saved), (ALL, &None), "in {calls} calls");
        }
    }

    #[tokio::test]
    async fn what_broke_off_is_done_again() {
        let (people, erase) = paged();
        people.state.lock().unwrap().breaks_off_at = Some(13);
        assert!(erase.run(&person(1), at(1000)).await.is_err());
        let report = erase.run(&person(1), at(1000)).await.unwrap();
        assert!(report.finished && report.erased.made_anonymous["messages"] == ALL);
    }

    #[test]
    fn nobody_takes_the_name_of_another_nobody() {
        let among = |holders: &[&str]| anonymous_holder(holders.iter().copied());
        assert_eq!(among(&[]), "erased-1");
        assert_eq!(among(&["+12025550101", "erased-1", "erased-3"]), "erased-2");
    }
}
