//! Reminds employees of booked shifts before they begin, once for each start time.
//!
//! Moving a shift does not touch its bookings, so each booking is checked now and then, and more often while a reminder
//! may still be waiting to be sent.

use domain::civil::LocalTime;
use domain::language::Language;
use domain::message::{Kind, Message, Subject};
use domain::notice::Notice;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::quiet_hours::{QuietClock, Recipient, due_before};
use domain::record::next_revision;
use domain::shift::Shift;
use futures_util::future::{ready, try_join};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{AT_ONCE, BUCKETS_AT_ONCE, PAGE, ReminderSweep};
use crate::inbound::FoundShift;
use crate::notify::compose;
use crate::port::{Applied, StoreError, WatchedBooking};

/// A booking is looked at again after this long, in case its shift was moved.
const LOOKED_AT_EVERY: SignedDuration = SignedDuration::from_hours(12);

/// The same while the shift is near and a reminder may wait for the morning.
const LOOKED_AT_NEARBY: SignedDuration = SignedDuration::from_mins(15);

/// The most attempts to handle a booking when others are faster.
const TRIES: u32 = 4;

/// What a sweep of bookings did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BookingsReport {
    /// Bookings whose holder is reminded.
    pub reminded: u64,
    /// Bookings that were looked at and wait for another time.
    pub looked_at: u64,
    /// Bookings that somebody else moved first.
    pub overtaken: u64,
    /// Bookings that could not be handled this time; the next run tries again.
    pub failed: u64,
    /// Whether the run stopped before everything due was handled; the next one continues.
    pub unfinished: bool,
}

/// The result of checking a booking.
enum Looked {
    Reminded,
    Waiting,
    Overtaken,
}

impl ReminderSweep {
    /// Takes up the bookings that are due. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was handled stays handled.
    pub async fn bookings(&self, deadline: Timestamp) -> Result<BookingsReport, StoreError> {
        let buckets = stream::iter(0..self.bookings.buckets()).map(|bucket| self.bookings_of(bucket, deadline));
        let swept: Vec<BookingsReport> = buckets.buffer_unordered(BUCKETS_AT_ONCE).try_collect().await?;
        Ok(swept.into_iter().fold(BookingsReport::default(), BookingsReport::plus))
    }

    async fn bookings_of(&self, bucket: u8, deadline: Timestamp) -> Result<BookingsReport, StoreError> {
        let mut report = BookingsReport::default();
        loop {
            let now = self.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let due = self.bookings.due(bucket, now, PAGE).await?;
            let found = due.len();
            let looked: Vec<Result<Looked, StoreError>> = stream::iter(due)
                .take_while(|_| ready(self.now() < deadline))
                .map(|watched| self.look_at(watched))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            report.unfinished = looked.len() < found;
            let before = report.reminded + report.looked_at;
            looked.into_iter().for_each(|looked| report.count(looked));
            // The index lags behind the table; a page in which nothing moved is left to the next run.
            if found < PAGE || report.unfinished || report.reminded + report.looked_at == before {
                return Ok(report);
            }
        }
    }

    async fn look_at(&self, watched: WatchedBooking) -> Result<Looked, StoreError> {
        let looked = self.remind(watched).await;
        // One booking in trouble must not hold up the others; its timer brings it back.
        if let Err(error) = &looked {
            tracing::warn!(sweep = "bookings", %error, "booking left for the next run");
        }
        looked
    }

    async fn remind(&self, watched: WatchedBooking) -> Result<Looked, StoreError> {
        let (phone, shift_id) = (watched.phone.clone(), watched.booking.shift_id.clone());
        let mut watched = watched;
        for _ in 0..TRIES {
            let (contact, shift) = try_join(self.changes.contacts.get(&phone), self.bookings.shift(&shift_id)).await?;
            let name = shift.as_ref().map_or(DEFAULT_ORGANISATION, FoundShift::organisation);
            // A shift of one that does not exist cannot be used, so that there is nothing to remind of.
            let organisation = self.changes.organisations.on_a_clock(name).await?.unwrap_or_default();
            let language = contact
                .as_ref()
                .and_then(|contact| contact.language)
                .or(organisation.language)
                .unwrap_or(self.changes.language);
            let now = self.now();
            let recipient = Recipient {
                number: Some(&phone),
                zone: contact.as_ref().and_then(|contact| contact.zone.as_ref()),
                country_of: self.changes.country_of,
            };
            let surroundings = Surroundings {
                shift: shift.as_ref(),
                organisation: &organisation,
                clock: contact.as_ref().and_then(|contact| contact.zone.as_ref()),
                language,
                quiet: recipient.quiet_clock(Kind::ShiftReminder, &organisation, now),
            };
            let (after, message) = decide(now, &watched, &surroundings);
            let reminded = message.is_some();
            let messages: Vec<Message> = message.into_iter().collect();
            match self.bookings.commit(&watched, &after, &messages).await? {
                Applied::Written if reminded => return Ok(Looked::Reminded),
                Applied::Written => return Ok(Looked::Waiting),
                _ => {}
            }
            match self.bookings.get(&phone, &shift_id).await? {
                Some(current) if current.due_at.is_some_and(|due_at| due_at <= self.now()) => watched = current,
                _ => return Ok(Looked::Overtaken),
            }
        }
        Err(StoreError::Conflict("booking".to_owned()))
    }
}

/// What a reminder depends on besides the booking.
pub(crate) struct Surroundings<'a> {
    pub(crate) shift: Option<&'a FoundShift>,
    /// Whose shift it is.
    pub(crate) organisation: &'a Organisation,
    /// The holder's own clock, where that is known.
    pub(crate) clock: Option<&'a TimeZone>,
    pub(crate) language: Language,
    /// When the holder is not to be disturbed.
    pub(crate) quiet: Option<QuietClock>,
}

/// The booking to write, and the reminder that is due.
pub(crate) fn decide(
    now: Timestamp,
    watched: &WatchedBooking,
    surroundings: &Surroundings<'_>,
) -> (WatchedBooking, Option<Message>) {
    let mut after = watched.clone();
    let held = surroundings.shift.and_then(|found| match found {
        FoundShift::Usable(shift) => Some(shift),
        FoundShift::Unusable { .. } => None,
    });
    let held = held.filter(|shift| shift.holders.contains(&watched.phone));
    let starts_at = held.and_then(|shift| shift.starts_at);
    if watched.reminded_of.is_some() && watched.reminded_of != starts_at {
        // What the holder was reminded of is not so any more.
        after.reminded_of = None;
        after.revision = next_revision(watched.revision, now);
    }
    let (Some(shift), Some(starts_at)) = (held, starts_at) else {
        // Until its last known start, the shift may be corrected or given back to its holder.
        let over = watched.booking.starts_at.is_none_or(|starts_at| starts_at <= now);
        after.due_at = (!over).then(|| now + LOOKED_AT_EVERY);
        return (after, None);
    };
    if starts_at <= now {
        after.due_at = None;
        return (after, None);
    }
    let planned = starts_at
        .saturating_sub(surroundings.organisation.reminder_before)
        .unwrap_or(Timestamp::MIN);
    let remind_at = due_before(
        planned,
        watched.booking.booked_at,
        starts_at,
        surroundings.quiet.as_ref(),
    );
    if let Some(remind_at) = remind_at.filter(|remind_at| now < *remind_at) {
        after.due_at = Some(remind_at.min(now + LOOKED_AT_EVERY));
        return (after, None);
    }
    after.due_at = Some(starts_at.min(now + LOOKED_AT_NEARBY));
    // Somebody who booked only just now needs no reminder.
    if after.reminded_of.is_some() || remind_at.is_none() {
        return (after, None);
    }
    after.reminded_of = Some(starts_at);
    let message = reminder(now, &after, shift, starts_at, surroundings);
    (after, Some(message))
}

fn reminder(
    now: Timestamp,
    watched: &WatchedBooking,
    shift: &Shift,
    starts_at: Timestamp,
    surroundings: &Surroundings<'_>,
) -> Message {
    let described = match shift.info.as_str() {
        "" => shift.id.clone(),
        info => format!("{info} {}", shift.id),
    };
    // People know the clock that the shift was typed on, or else their own.
    let clock = shift.clock.as_ref().or(surroundings.clock);
    let clock = clock.or(surroundings.organisation.zone.as_ref());
    let notice = Notice::ShiftReminder {
        shift: described,
        at: LocalTime::from(&starts_at.to_zoned(clock.cloned().unwrap_or(TimeZone::UTC))),
    };
    let (pk, sk) = watched.keys();
    let key = format!("{pk}#{sk}#{}", watched.revision);
    let revision = watched.revision;
    compose(
        &notice,
        &watched.phone,
        surroundings.language,
        &key,
        &shift.organisation,
        now,
    )
    .subject(Subject { pk, sk, revision })
    .of_use_until(starts_at)
}

impl BookingsReport {
    fn count(&mut self, looked: Result<Looked, StoreError>) {
        let field = match looked {
            Ok(Looked::Reminded) => &mut self.reminded,
            Ok(Looked::Waiting) => &mut self.looked_at,
            Ok(Looked::Overtaken) => &mut self.overtaken,
            Err(_) => &mut self.failed,
        };
        *field += 1;
    }

    fn plus(mut self, other: Self) -> Self {
        self.reminded += other.reminded;
        self.looked_at += other.looked_at;
        self.overtaken += other.overtaken;
        self.failed += other.failed;
        self.unfinished |= other.unfinished;
        self
    }
}
