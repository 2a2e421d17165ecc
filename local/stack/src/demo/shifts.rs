//! The product's main story: shifts are announced, and employees book them by text.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::cast::{AUDIENCE, BUSINESS, Cast};
use super::client::Text;
use super::data::TAKEN;
use super::ledger::{self, Entry};
use super::script::{GLANCE, PATIENCE, Script, StoryError};
use crate::chosen_provider::ChosenProvider;
use crate::stack::Stack;

/// The time to read a text and to type another; two in the same second could not be distinguished.
const READING: Duration = Duration::from_millis(1500);

const CAMPAIGN: &str = "demo-1";
const ANNOUNCED: &str = "XYZ123 Mon 8 am, XYZ222 Mon 4 pm, KIT301 Tue 7 am";

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, chidi] = [1, 2, 3].map(|number| cast.employee(number));
    let mut story = Story {
        script: Script::new(stack, output),
        cast,
        replies: 0,
    };
    story.introduce()?;

    story.script.begin("a campaign row is inserted")?;
    story.put().await?;
    story.announced().await?;

    story.script.begin("REQUEST lists the available shifts")?;
    let reply = story.exchange(&ana, "REQUEST").await?;
    story.script.expect(&reply, &["XYZ123", "XYZ222", "KIT301"])?;
    if reply.body.contains(TAKEN.0) {
        return Err(story
            .script
            .failed(format!("the taken shift {} is not offered", TAKEN.0)));
    }

    story.script.begin("a code books a shift")?;
    let reply = story.exchange(&ben, "xyz123").await?;
    story.script.expect(&reply, &["XYZ123"])?;
    story.shift("XYZ123", "taken", Some(&ben)).await?;

    story.script.begin("several codes, one taken and one unknown")?;
    let reply = story.exchange(&ana, "XYZ123, XYZ222 and NOPE99").await?;
    story.script.expect(&reply, &["XYZ123", "XYZ222", "NOPE99"])?;
    story.shift("XYZ222", "taken", Some(&ana)).await?;
    story.shift("XYZ123", "taken", Some(&ben)).await?;

    story.script.begin("DROP gives a shift back")?;
    let reply = story.exchange(&ana, "DROP XYZ222").await?;
    story.script.expect(&reply, &["XYZ222"])?;
    story.shift("XYZ222", "available", None).await?;

    story.script.begin("STOP opts out")?;
    story.exchange(&chidi, "STOP").await?;

    story.script.begin("AGENT asks for a call back")?;
    story.exchange(&ben, "AGENT I cannot find the staff entrance").await?;
    story.called(&ben).await?;

    story.script.begin("the ledger knows what became of every message")?;
    story.settled().await
}

struct Story<'a> {
    script: Script<'a>,
    cast: Cast,
    /// How many answers have come.
    replies: usize,
}

impl Story<'_> {
    fn introduce(&mut self) -> Result<(), StoryError> {
        let (announcer, replier, listener) = (
            self.cast.announcer().name(),
            self.cast.replier().name(),
            self.cast.listener(),
        );
        if self.cast.has_apps() {
            writeln!(
                self.script.output,
                "Announcements are pushed to the employees' apps through {announcer}; the conversation goes on by text, \
                 through {replier}."
            )?;
        } else if listener == replier {
            writeln!(self.script.output, "Texts go both ways through {replier}.")?;
        } else {
            writeln!(
                self.script.output,
                "Employees text the number through {listener}; announcements and answers come through {replier}."
            )?;
        }
        Ok(())
    }

    async fn put(&mut self) -> Result<(), StoryError> {
        let mut item = json!({ "campaign_id": { "S": CAMPAIGN }, "shifts": { "S": ANNOUNCED } });
        let mut channel = "";
        if self.cast.has_apps() {
            item["channel"] = json!({ "S": "push" });
            channel = ", channel: push";
        }
        let shown = format!("{{ campaign_id: {CAMPAIGN}, shifts: {ANNOUNCED}{channel} }}");
        self.script.type_row("campaigns", item, &shown).await
    }

    /// Every employee has the announcement, once.
    async fn announced(&mut self) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        let texts = loop {
            let texts = self.script.texts().await?;
            if texts.len() >= AUDIENCE {
                break texts;
            }
            if Instant::now() > deadline {
                return Err(self.script.failed(format!(
                    "{} of {AUDIENCE} phones received the announcement",
                    texts.len()
                )));
            }
            time::sleep(GLANCE).await;
        };
        let phones: BTreeSet<_> = texts.iter().map(|text| text.to.as_str()).collect();
        if texts.len() != AUDIENCE || phones.len() != AUDIENCE {
            return Err(self
                .script
                .failed("each phone receives the announcement once".to_owned()));
        }
        if let Some(missing) = texts.iter().find(|it| !it.body.contains(ANNOUNCED)) {
            return Err(self
                .script
                .failed(format!("the announcement names the shifts: {}", missing.body)));
        }
        let announcer = self.cast.announcer();
        if let Some(other) = texts.iter().find(|it| it.provider != announcer.name()) {
            return Err(self.script.failed(format!(
                "{} brings the announcement, not {}",
                announcer.name(),
                other.provider
            )));
        }
        self.script.seen = texts.iter().map(|it| it.seq).max().unwrap_or(self.script.seen);
        if let Some(first) = texts.iter().min_by_key(|it| &it.to) {
            self.script.show(first)?;
        }
        writeln!(self.script.output, "  … and {} more phones", AUDIENCE - 1)?;
        Ok(())
    }

    /// Somebody texts, and one reply comes.
    async fn exchange(&mut self, from: &str, body: &str) -> Result<Text, StoryError> {
        if self.cast.replier().traits().receipts_name_the_second {
            time::sleep(READING).await;
        }
        writeln!(self.script.output, "  {from} » {body}  ({})", self.cast.listener())?;
        self.script
            .outside
            .text(from, BUSINESS, body)
            .await
            .map_err(|source| self.script.broken(source))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let texts = self.script.texts().await?;
            if let Some(reply) = texts.into_iter().find(|it| it.to == from) {
                self.script.seen = self.script.seen.max(reply.seq);
                self.replies += 1;
                self.script.show(&reply)?;
                let replier = self.cast.replier().name();
                if reply.provider != replier {
                    return Err(self
                        .script
                        .failed(format!("{replier} brings the answer, not {}", reply.provider)));
                }
                return Ok(reply);
            }
            if Instant::now() > deadline {
                return Err(self.script.failed("an answer arrives".to_owned()));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// The row of the shift says who holds it.
    async fn shift(&self, id: &str, status: &str, holder: Option<&str>) -> Result<(), StoryError> {
        let request = json!({ "TableName": self.script.table("shifts"), "Key": { "shift_id": { "S": id } }, "ConsistentRead": true });
        let found = self
            .script
            .outside
            .dynamodb("GetItem", &request)
            .await
            .map_err(|source| self.script.broken(source))?;
        let attribute = |name: &str| found["Item"][name]["S"].as_str();
        if attribute("shift_status") == Some(status) && attribute("employee") == holder {
            Ok(())
        } else {
            Err(self.script.failed(format!(
                "shift {id} is {status} by {holder:?}; its row is {}",
                found["Item"]
            )))
        }
    }

    async fn called(&mut self, phone: &str) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = self
                .script
                .outside
                .calls()
                .await
                .map_err(|source| self.script.broken(source))?;
            if mentions(&calls, phone) {
                writeln!(self.script.output, "  ☎ an agent is asked to call {phone}")?;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self
                    .script
                    .failed(format!("the contact centre is asked to call {phone}")));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Every announcement and every answer went through its provider, and has the last status that it reports.
    async fn settled(&mut self) -> Result<(), StoryError> {
        let (announcer, replier) = (self.cast.announcer(), self.cast.replier());
        let provider_of = |entry: &Entry| if entry.is_announcement() { announcer } else { replier };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let entries = ledger::entries(&self.script.outside, &self.script.table("messages")).await;
            let entries = entries.map_err(|source| self.script.broken(source))?;
            let under_way = entries.iter().find(|it| !it.is_settled_by(provider_of(it)));
            let announced = entries.iter().filter(|it| it.is_announcement()).count();
            let replies = entries.len() - announced;
            if under_way.is_none() && (announced, replies) == (AUDIENCE, self.replies) {
                self.sum(announced, "announcements", announcer)?;
                return self.sum(replies, "answers", replier);
            }
            if Instant::now() > deadline {
                return Err(self.script.failed(match under_way {
                    Some(entry) => format!(
                        "{} has {}; one of the kind {} is {} by {:?}",
                        provider_of(entry).name(),
                        ledger::settled(provider_of(entry)),
                        entry.kind,
                        entry.status,
                        entry.provider
                    ),
                    None => format!(
                        "{AUDIENCE} announcements and {} answers, not {announced} and {replies}",
                        self.replies
                    ),
                }));
            }
            time::sleep(GLANCE).await;
        }
    }

    fn sum(&mut self, count: usize, what: &str, provider: ChosenProvider) -> Result<(), StoryError> {
        let (name, status) = (provider.name(), ledger::settled(provider));
        let why = if provider.traits().has_receipts {
            "by its receipts"
        } else {
            "it has no receipts"
        };
        writeln!(self.script.output, "  {count} {what} through {name}: {status}, {why}")?;
        Ok(())
    }
}

fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(it) => it == text,
        Value::Array(items) => items.iter().any(|it| mentions(it, text)),
        Value::Object(fields) => fields.values().any(|it| mentions(it, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
