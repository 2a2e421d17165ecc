//! The product's main story, played by simulated employees against a running stack.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::client::{ClientError, Outside, Text};
use super::data::{AUDIENCE, BUSINESS, TAKEN, employee};
use crate::stack::Stack;

/// How long one step may take. A first start of the functions on a busy machine is the slowest.
const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(20);

const CAMPAIGN: &str = "demo-1";
const ANNOUNCED: &str = "XYZ123 Mon 8 am, XYZ222 Mon 4 pm, KIT301 Tue 7 am";

/// The step that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    #[error("step {step:?} did not happen: {expected}")]
    Step { step: &'static str, expected: String },
    #[error("step {step:?}: {source}")]
    Client { step: &'static str, source: ClientError },
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Plays the story on a stack with demonstration data and writes the conversation.
pub async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let [ana, ben, chidi] = [employee(1), employee(2), employee(3)];
    let mut story = Story {
        outside: Outside::new(stack.addresses()),
        seen: 0,
        step: "",
        output,
    };

    story.begin("a campaign row is inserted")?;
    story
        .put(&format!("{}-campaigns", stack.template().account.stack))
        .await?;
    story.announced().await?;

    story.begin("REQUEST lists the available shifts")?;
    let reply = story.exchange(&ana, "REQUEST").await?;
    story.expect(&reply, &["XYZ123", "XYZ222", "KIT301"])?;
    if reply.body.contains(TAKEN.0) {
        return Err(story.failed(format!("the taken shift {} is not offered", TAKEN.0)));
    }

    story.begin("a code books a shift")?;
    let reply = story.exchange(&ben, "xyz123").await?;
    story.expect(&reply, &["XYZ123"])?;
    story.shift(stack, "XYZ123", "taken", Some(&ben)).await?;

    story.begin("several codes, one taken and one unknown")?;
    let reply = story.exchange(&ana, "XYZ123, XYZ222 and NOPE99").await?;
    story.expect(&reply, &["XYZ123", "XYZ222", "NOPE99"])?;
    story.shift(stack, "XYZ222", "taken", Some(&ana)).await?;
    story.shift(stack, "XYZ123", "taken", Some(&ben)).await?;

    story.begin("DROP gives a shift back")?;
    let reply = story.exchange(&ana, "DROP XYZ222").await?;
    story.expect(&reply, &["XYZ222"])?;
    story.shift(stack, "XYZ222", "available", None).await?;

    story.begin("STOP opts out")?;
    story.exchange(&chidi, "STOP").await?;

    story.begin("AGENT asks for a call back")?;
    story.exchange(&ben, "AGENT I cannot find the staff entrance").await?;
    story.called(&ben).await
}

struct Story<'a> {
    outside: Outside,
    /// Number of the last text shown.
    seen: u64,
    step: &'static str,
    output: &'a mut (dyn Write + Send),
}

impl Story<'_> {
    fn begin(&mut self, step: &'static str) -> Result<(), StoryError> {
        self.step = step;
        writeln!(self.output, "\n• {step}")?;
        Ok(())
    }

    async fn put(&mut self, campaigns: &str) -> Result<(), StoryError> {
        writeln!(
            self.output,
            "  {campaigns} ← {{ campaign_id: {CAMPAIGN}, shifts: {ANNOUNCED} }}"
        )?;
        let item = json!({ "campaign_id": { "S": CAMPAIGN }, "shifts": { "S": ANNOUNCED } });
        let put = self
            .outside
            .dynamodb("PutItem", &json!({ "TableName": campaigns, "Item": item }))
            .await;
        put.map(drop).map_err(|source| self.broken(source))
    }

    /// Every employee has the announcement, once.
    async fn announced(&mut self) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        let texts = loop {
            let texts = self.texts().await?;
            if texts.len() >= AUDIENCE {
                break texts;
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!(
                    "{} of {AUDIENCE} phones received the announcement",
                    texts.len()
                )));
            }
            time::sleep(GLANCE).await;
        };
        let phones: BTreeSet<_> = texts.iter().map(|text| text.to.as_str()).collect();
        if texts.len() != AUDIENCE || phones.len() != AUDIENCE {
            return Err(self.failed("each phone receives the announcement once".to_owned()));
        }
        if let Some(missing) = texts.iter().find(|it| !it.body.contains(ANNOUNCED)) {
            return Err(self.failed(format!("the announcement names the shifts: {}", missing.body)));
        }
        self.seen = texts.iter().map(|it| it.seq).max().unwrap_or(self.seen);
        if let Some(first) = texts.iter().min_by_key(|it| &it.to) {
            self.show(first)?;
        }
        writeln!(self.output, "  … and {} more phones", AUDIENCE - 1)?;
        Ok(())
    }

    /// Somebody texts, and one reply comes.
    async fn exchange(&mut self, from: &str, body: &str) -> Result<Text, StoryError> {
        writeln!(self.output, "  {from} » {body}")?;
        self.outside
            .text(from, BUSINESS, body)
            .await
            .map_err(|source| self.broken(source))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let texts = self.texts().await?;
            if let Some(reply) = texts.into_iter().find(|it| it.to == from) {
                self.seen = self.seen.max(reply.seq);
                self.show(&reply)?;
                return Ok(reply);
            }
            if Instant::now() > deadline {
                return Err(self.failed("a reply arrives".to_owned()));
            }
            time::sleep(GLANCE).await;
        }
    }

    fn expect(&self, reply: &Text, words: &[&str]) -> Result<(), StoryError> {
        match words.iter().find(|word| !reply.body.contains(*word)) {
            Some(missing) => Err(self.failed(format!("the reply mentions {missing}"))),
            None => Ok(()),
        }
    }

    /// The row of the shift says who holds it.
    async fn shift(&self, stack: &Stack, id: &str, status: &str, holder: Option<&str>) -> Result<(), StoryError> {
        let table = format!("{}-shifts", stack.template().account.stack);
        let request = json!({ "TableName": table, "Key": { "shift_id": { "S": id } }, "ConsistentRead": true });
        let found = self
            .outside
            .dynamodb("GetItem", &request)
            .await
            .map_err(|source| self.broken(source))?;
        let attribute = |name: &str| found["Item"][name]["S"].as_str();
        if attribute("shift_status") == Some(status) && attribute("employee") == holder {
            Ok(())
        } else {
            Err(self.failed(format!(
                "shift {id} is {status} by {holder:?}; its row is {}",
                found["Item"]
            )))
        }
    }

    async fn called(&mut self, phone: &str) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = self.outside.calls().await.map_err(|source| self.broken(source))?;
            if mentions(&calls, phone) {
                writeln!(self.output, "  ☎ an agent is asked to call {phone}")?;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("the contact centre is asked to call {phone}")));
            }
            time::sleep(GLANCE).await;
        }
    }

    async fn texts(&self) -> Result<Vec<Text>, StoryError> {
        self.outside
            .texts(self.seen)
            .await
            .map_err(|source| self.broken(source))
    }

    fn show(&mut self, text: &Text) -> Result<(), StoryError> {
        let body = text.body.replace('\n', "\n                 ");
        writeln!(self.output, "  {} « {body}", text.to)?;
        Ok(())
    }

    fn failed(&self, expected: String) -> StoryError {
        StoryError::Step {
            step: self.step,
            expected,
        }
    }

    fn broken(&self, source: ClientError) -> StoryError {
        StoryError::Client {
            step: self.step,
            source,
        }
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
