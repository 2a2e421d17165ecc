//! Serves the lines of the bulk lane: takes messages from their heads, in order, as fast as the rate of each identity
//! allows.
//!
//! It writes nothing on a waiting message. Two pacers at once do no harm, because a claim admits one sender and all
//! pacers share the counted rates; a hold in the store ensures that there is usually only one.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::campaign::CampaignStatus;
use domain::message::{Channel, Event, Message, MessageId, Status};
use domain::segment;
use jiff::{SignedDuration, Timestamp};
use messaging::Providers;
use serde::Serialize;
use tokio::task::{JoinError, JoinSet};

use super::campaigns::CampaignRows;
use super::rates::Allowed;
use super::{Outlook, SendMessage, Sending, Turn};
use crate::port::{Campaigns, Clock, Line, LinePosition, Lines, Speeds, StoreError};

/// Messages under way at once.
const AT_ONCE: usize = 48;

/// Messages read at once from a part of a line.
const PAGE: usize = 100;

/// Messages that join a line may be seen this late in the index; so long a line without any is looked at.
const LINGER: SignedDuration = SignedDuration::from_secs(6);

/// A line that nobody has joined for so long, and that is empty, is taken off the list.
const IDLE: SignedDuration = SignedDuration::from_secs(90);

const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_millis(500);
const LIST_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// A pacer that does not say for so long that it is there is gone.
const HOLD: SignedDuration = SignedDuration::from_secs(10);
const SAY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(3);

/// What waits for settings, or is held, is looked at again after this long.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);

const TICK: Duration = Duration::from_millis(20);

/// What a pacer did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paced {
    /// Messages by the status that they were taken to.
    pub sent: BTreeMap<&'static str, u64>,
    /// Messages that another sender took first.
    pub overtaken: u64,
    /// Messages that were left where they are because something failed.
    pub failed: u64,
    /// Why campaigns are held, by their ids.
    pub held: BTreeMap<String, String>,
    /// Whether another pacer serves the lines.
    pub served_by_another: bool,
    /// Whether messages still wait.
    pub unfinished: bool,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct Pacer {
    pub sender: Arc<SendMessage>,
    pub lines: Arc<dyn Lines>,
    pub campaigns: Arc<dyn Campaigns>,
    pub clock: Arc<dyn Clock>,
    /// By which other pacers know this one.
    pub name: String,
}

/// A line as this pacer has read it.
#[derive(Debug, Default)]
struct Reading {
    joined_at: Timestamp,
    parts: Vec<Part>,
    /// Nothing of it goes before.
    not_before: Timestamp,
}

#[derive(Debug, Default)]
struct Part {
    read: VecDeque<Message>,
    next: Option<LinePosition>,
    /// When it was last read to its end.
    ended_at: Option<Timestamp>,
}

/// Parts of a period that were taken and not used yet.
#[derive(Debug, Clone, Copy)]
struct Taken {
    parts: u32,
    until: Timestamp,
}

/// A message as it was in its line, and its result.
type Sent = (Message, Result<Sending, StoreError>);

/// A run of the pacer.
struct Run<'a> {
    pacer: &'a Pacer,
    providers: Arc<Providers>,
    campaigns: CampaignRows,
    lines: BTreeMap<String, Reading>,
    taken: BTreeMap<String, Taken>,
    /// What was taken from the lines, by the version that was read: the index may still show it.
    seen: HashSet<(MessageId, u64)>,
    under_way: JoinSet<Vec<Sent>>,
    paced: Paced,
}

/// Whether anything of a line went.
enum Serving {
    /// Nothing was found where it was read.
    Empty,
    /// There may be more.
    More,
    /// Its head waits.
    Waits,
}

impl Pacer {
    /// Notes that messages have joined their lines.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn join(&self, messages: &[Message]) -> Result<(), StoreError> {
        let names = messages.iter().filter_map(Message::line).collect();
        self.lines.join(&names, self.clock.now()).await
    }

    /// Serves the lines until they are empty or `deadline` comes. Where another pacer does, waits until `patience` for it to
    /// end.
    ///
    /// # Errors
    ///
    /// The store's; what was sent stays sent.
    pub async fn run(&self, patience: Timestamp, deadline: Timestamp) -> Result<Paced, StoreError> {
        let providers = self.sender.providers.current().await;
        self.sender.rates.tell(speeds_of(&providers)).await?;
        if self.lines.open().await?.is_empty() {
            return Ok(Paced::default());
        }
        loop {
            let now = self.clock.now();
            if self.lines.hold(&self.name, now, now + HOLD).await? {
                break;
            }
            if now >= patience {
                return Ok(Paced {
                    served_by_another: true,
                    ..Paced::default()
                });
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let mut run = Run {
            providers,
            campaigns: CampaignRows::new(Arc::clone(&self.campaigns)),
            pacer: self,
            lines: BTreeMap::new(),
            taken: BTreeMap::new(),
            seen: HashSet::new(),
            under_way: JoinSet::new(),
            paced: Paced::default(),
        };
        let served = run.serve(deadline).await;
        run.finish().await;
        self.sender.health_tracker.save().await;
        self.lines.let_go(&self.name).await?;
        served?;
        Ok(run.paced)
    }
}

impl Run<'_> {
    fn now(&self) -> Timestamp {
        self.pacer.clock.now()
    }

    async fn serve(&mut self, deadline: Timestamp) -> Result<(), StoreError> {
        let (mut said_at, mut listed_at) = (self.now(), None);
        loop {
            let now = self.now();
            if now >= deadline {
                self.paced.unfinished = true;
                return Ok(());
            }
            if now.duration_since(said_at) >= SAY_AGAIN_AFTER {
                if !self.pacer.lines.hold(&self.pacer.name, now, now + HOLD).await? {
                    return Ok(());
                }
                said_at = now;
            }
            if listed_at.is_none_or(|at| now.duration_since(at) >= LIST_AGAIN_AFTER) {
                self.list().await?;
                self.providers = self.pacer.sender.providers.current().await;
                listed_at = Some(now);
            }
            if self.serve_each().await? {
                continue;
            }
            if self.is_done(now).await? {
                return Ok(());
            }
            tokio::select! {
                Some(done) = self.under_way.join_next() => self.count(done),
                () = tokio::time::sleep(TICK) => {}
            }
            while let Some(done) = self.under_way.try_join_next() {
                self.count(done);
            }
        }
    }

    /// Starts what may go of each line. Returns whether anything did.
    async fn serve_each(&mut self) -> Result<bool, StoreError> {
        let names: Vec<String> = self.lines.keys().cloned().collect();
        let mut has_begun = false;
        for name in names {
            let Some(mut line) = self.lines.remove(&name) else {
                continue;
            };
            let served = self.serve_line(&name, &mut line).await;
            self.lines.insert(name, line);
            has_begun |= matches!(served?, Serving::More);
        }
        Ok(has_begun)
    }

    async fn serve_line(&mut self, name: &str, line: &mut Reading) -> Result<Serving, StoreError> {
        if self.under_way.len() >= AT_ONCE || self.now() < line.not_before {
            return Ok(Serving::Waits);
        }
        self.read(name, line).await?;
        let Some(head) = line.head() else {
            return Ok(Serving::Empty);
        };
        let sender = Arc::clone(&self.pacer.sender);
        let campaign_id = head.campaign_id.clone();
        if let Some(id) = &campaign_id {
            match self.campaigns.status(id, self.now()).await? {
                Some(CampaignStatus::Stopped | CampaignStatus::Cancelled) => {
                    if let Some(message) = line.pop() {
                        self.call_off(message);
                    }
                    return Ok(Serving::More);
                }
                Some(CampaignStatus::Resumed) => {
                    sender.try_again(head, &self.providers).await?;
                    self.campaigns.hold(id, None, self.now()).await?;
                }
                _ => {}
            }
        }
        let outlook = sender.outlook(head, &self.providers).await?;
        if let Some(id) = &campaign_id {
            let now = self.now();
            match &outlook {
                Outlook::Waits(Some(reason)) => self.campaigns.hold(id, Some(reason), now).await?,
                Outlook::Goes { is_probe: false, .. } => self.campaigns.hold(id, None, now).await?,
                _ => {}
            }
        }
        match outlook {
            Outlook::Waits(reason) => {
                if let (Some(reason), Some(campaign_id)) = (reason, campaign_id) {
                    self.paced.held.insert(campaign_id, reason);
                }
                line.not_before = self.now() + LOOK_AGAIN_AFTER;
                Ok(Serving::Waits)
            }
            Outlook::Ends => {
                let message = line.pop();
                self.start(message.into_iter().collect(), None);
                Ok(Serving::More)
            }
            Outlook::Goes {
                identity,
                choice,
                batch,
                ..
            } => {
                let mut messages = Vec::new();
                while messages.len() < batch {
                    let Some(head) = line.head() else { break };
                    let parts = segment::count(&head.body).segments.max(1);
                    let now = self.now();
                    let left = self.taken.get(&identity.key).filter(|taken| taken.until > now);
                    if left.is_none_or(|taken| taken.parts < parts) {
                        match sender.rates.take_for_bulk(&identity, parts, now).await? {
                            Allowed::Freely => {
                                messages.extend(line.pop());
                                continue;
                            }
                            Allowed::Parts { parts: more, until } => {
                                let parts = more + left.map_or(0, |taken| taken.parts);
                                self.taken.insert(identity.key.clone(), Taken { parts, until });
                            }
                            Allowed::NotBefore(at) => {
                                line.not_before = at;
                                break;
                            }
                        }
                    }
                    if let Some(taken) = self.taken.get_mut(&identity.key) {
                        taken.parts = taken.parts.saturating_sub(parts);
                    }
                    messages.extend(line.pop());
                }
                if messages.is_empty() {
                    return Ok(Serving::Waits);
                }
                self.start(messages, Some(choice));
                Ok(Serving::More)
            }
        }
    }

    fn call_off(&mut self, message: Message) {
        let sender = Arc::clone(&self.pacer.sender);
        self.seen.insert((message.id.clone(), message.version));
        self.under_way.spawn(async move {
            let called_off = sender.record(&message, &message, &Event::Cancelled).await;
            vec![(message, called_off)]
        });
    }

    fn start(&mut self, messages: Vec<Message>, choice: Option<domain::routing::Choice>) {
        let sender = Arc::clone(&self.pacer.sender);
        self.seen
            .extend(messages.iter().map(|message| (message.id.clone(), message.version)));
        self.under_way.spawn(async move {
            let turn = choice.as_ref().map_or(Turn::Asked, Turn::Given);
            let sent = sender.send_in_turn(&messages, turn).await;
            messages.into_iter().zip(sent).collect()
        });
    }

    fn count(&mut self, done: Result<Vec<Sent>, JoinError>) {
        let Ok(done) = done else {
            self.paced.failed += 1;
            return;
        };
        for (message, sending) in done {
            match sending {
                Ok(Sending::Recorded(status)) => *self.paced.sent.entry(status.as_str()).or_default() += 1,
                Ok(Sending::Overtaken) => *self.paced.sent.entry(Status::Sent.as_str()).or_default() += 1,
                Ok(Sending::NotOurs) => self.paced.overtaken += 1,
                Ok(Sending::Waits) => {
                    self.seen.remove(&(message.id, message.version));
                }
                Err(error) => {
                    tracing::error!(message.id = %message.id, %error, "message not sent");
                    self.paced.failed += 1;
                    // It is in its line still, or its lease brings it back.
                    self.seen.remove(&(message.id, message.version));
                }
            }
        }
    }

    async fn finish(&mut self) {
        while let Some(done) = self.under_way.join_next().await {
            self.count(done);
        }
    }

    async fn list(&mut self) -> Result<(), StoreError> {
        let parts = usize::from(self.pacer.lines.parts());
        for Line { name, joined_at } in self.pacer.lines.open().await? {
            let line = self.lines.entry(name).or_insert_with(|| Reading {
                parts: std::iter::repeat_with(Part::default).take(parts).collect(),
                ..Reading::default()
            });
            line.joined_at = joined_at;
        }
        Ok(())
    }

    /// Continues reading the parts whose messages have all been taken.
    async fn read(&self, name: &str, line: &mut Reading) -> Result<(), StoreError> {
        let now = self.now();
        let lines = &self.pacer.lines;
        let seen = &self.seen;
        let reads = (0..).zip(line.parts.iter_mut()).filter_map(|(number, part)| {
            let has_ended = part
                .ended_at
                .is_some_and(|at| now.duration_since(at) < READ_AGAIN_AFTER);
            (part.read.is_empty() && !has_ended).then_some(async move {
                loop {
                    let page = lines.waiting(name, number, part.next.as_ref(), PAGE).await?;
                    let is_new = |message: &Message| !seen.contains(&(message.id.clone(), message.version));
                    part.read.extend(page.messages.into_iter().filter(is_new));
                    part.next = page.next;
                    part.ended_at = part.next.is_none().then_some(now);
                    if !part.read.is_empty() || part.next.is_none() {
                        return Ok::<(), StoreError>(());
                    }
                }
            })
        });
        futures_util::future::try_join_all(reads).await.map(drop)
    }

    /// Whether nothing is left to do in this run. Lines that have been empty for long are taken off the list.
    async fn is_done(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let mut is_done = self.under_way.is_empty();
        let mut idle = Vec::new();
        for (name, line) in &self.lines {
            let quiet_for = now.duration_since(line.joined_at);
            if !line.is_empty() {
                let waits_for_long = line.not_before.duration_since(now) > SignedDuration::from_secs(2);
                self.paced.unfinished |= waits_for_long;
                is_done &= waits_for_long;
            } else if quiet_for < LINGER {
                is_done = false;
            } else if quiet_for > IDLE {
                let joined_at = line.joined_at;
                idle.push(Line {
                    name: name.clone(),
                    joined_at,
                });
            }
        }
        for line in idle {
            self.pacer.lines.close(&line).await?;
            self.lines.remove(&line.name);
        }
        Ok(is_done)
    }
}

impl Reading {
    /// The part whose first message is the first of the line.
    fn first(&self) -> Option<usize> {
        let heads = self.parts.iter().enumerate();
        let heads = heads.filter_map(|(number, part)| part.read.front().map(|head| (head.due_at, &head.id, number)));
        heads.min().map(|(_, _, number)| number)
    }

    fn head(&self) -> Option<&Message> {
        self.parts[self.first()?].read.front()
    }

    fn pop(&mut self) -> Option<Message> {
        let first = self.first()?;
        self.parts[first].read.pop_front()
    }

    /// Whether it was read to its end and nothing of it is left.
    fn is_empty(&self) -> bool {
        self.parts
            .iter()
            .all(|part| part.read.is_empty() && part.next.is_none() && part.ended_at.is_some())
    }
}

/// How fast texts go, for those who plan by it.
fn speeds_of(providers: &Providers) -> Speeds {
    let texting = providers.of_channel(Channel::Sms).filter(|listed| listed.enabled);
    Speeds {
        providers: texting.map(|listed| (listed.name.to_owned(), listed.rate)).collect(),
        usual: providers
            .routes()
            .map_or_else(Vec::new, |routes| routes.usual().to_vec()),
    }
}

#[cfg(test)]
mod tests;
