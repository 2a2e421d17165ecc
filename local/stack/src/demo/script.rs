//! The building blocks of every story: steps, typed rows, incoming and outgoing texts.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Zoned;
use serde_json::{Map, Value, json};
use tokio::time::{self, Instant};

use super::cast::BUSINESS;
use super::client::{ClientError, Outside, Text};
use super::ledger::{self, Entry};
use super::row::DemoRow;
use crate::function_clock::FunctionClock;
use crate::stack::Stack;

/// The function that takes what people text.
const LISTENER: &str = "InboundSmsFunction";

/// How long one step may take. A first start of the functions on a busy machine is the slowest.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// The functions that find out what is due, and how many runs of each hold all its sweeps twice.
const SWEEPS: [(&str, u64); 2] = [("ReminderSweepFunction", 250), ("OutboxSweepFunction", 2)];

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

/// A running story.
pub(super) struct Script<'a> {
    pub(super) outside: Outside,
    /// The stack's name, which begins those of the tables.
    stack: &'a str,
    /// Number of the last text shown.
    pub(super) seen: u64,
    step: &'static str,
    pub(super) output: &'a mut (dyn Write + Send),
}

impl<'a> Script<'a> {
    pub(super) fn new(stack: &'a Stack, output: &'a mut (dyn Write + Send)) -> Self {
        Self {
            outside: Outside::new(stack.addresses()),
            stack: &stack.template().account.stack,
            seen: 0,
            step: "",
            output,
        }
    }

    pub(super) fn begin(&mut self, step: &'static str) -> Result<(), StoryError> {
        self.step = step;
        writeln!(self.output, "\n• {step}")?;
        Ok(())
    }

    pub(super) fn table(&self, name: &str) -> String {
        format!("{}-{name}", self.stack)
    }

    pub(super) fn failed(&self, expected: String) -> StoryError {
        StoryError::Step {
            step: self.step,
            expected,
        }
    }

    pub(super) fn broken(&self, source: ClientError) -> StoryError {
        StoryError::Client {
            step: self.step,
            source,
        }
    }

    /// Looks until there is something, which would be as `expected` says.
    async fn until<T>(
        &self,
        expected: impl Fn() -> String,
        mut look: impl AsyncFnMut() -> Result<Option<T>, StoryError>,
    ) -> Result<T, StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            if Instant::now() > deadline {
                return Err(self.failed(expected()));
            }
            time::sleep(GLANCE).await;
        }
    }
}

/// Rows.
impl Script<'_> {
    /// Somebody types a row, as `shown` says.
    pub(super) async fn type_row(&mut self, table: &str, item: Value, shown: &str) -> Result<(), StoryError> {
        let table = self.table(table);
        writeln!(self.output, "  {table} ← {shown}")?;
        let put = json!({ "TableName": table, "Item": item });
        let put = self.outside.dynamodb("PutItem", &put).await;
        put.map(drop).map_err(|source| self.broken(source))
    }

    /// Rows that are there from the beginning.
    pub(super) fn has(&mut self, rows: &[DemoRow]) -> Result<(), StoryError> {
        for row in rows {
            writeln!(self.output, "  {row}")?;
        }
        Ok(())
    }

    /// Somebody types a record.
    pub(super) async fn type_record(&mut self, row: &DemoRow) -> Result<(), StoryError> {
        self.type_row("records", row.item(), &row.to_string()).await
    }

    /// Somebody changes attributes of a record.
    pub(super) async fn change_record(
        &mut self,
        key: (&str, &str),
        attributes: &[(&str, &str)],
    ) -> Result<(), StoryError> {
        let shown = DemoRow::new(key, attributes).to_string();
        let key = json!({ "pk": { "S": key.0 }, "sk": { "S": key.1 } });
        self.change("records", &key, attributes, &shown).await
    }

    /// Somebody chooses a language.
    pub(super) async fn speaks(&mut self, phone: &str, language: &str) -> Result<(), StoryError> {
        let shown = format!("{phone} {{ language: {language} }}");
        let key = json!({ "phone": { "S": phone } });
        self.change("contacts", &key, &[("language", language)], &shown).await
    }

    async fn change(
        &mut self,
        table: &str,
        key: &Value,
        attributes: &[(&str, &str)],
        shown: &str,
    ) -> Result<(), StoryError> {
        let table = self.table(table);
        writeln!(self.output, "  {table} ← {shown}")?;
        let places = 0..attributes.len();
        let name = |place: usize| (format!("#n{place}"), json!(attributes[place].0));
        let value = |place: usize| (format!(":v{place}"), json!({ "S": attributes[place].1 }));
        let sets: Vec<String> = places.clone().map(|place| format!("#n{place} = :v{place}")).collect();
        let update = json!({
            "TableName": table,
            "Key": key,
            "UpdateExpression": format!("SET {}", sets.join(", ")),
            "ExpressionAttributeNames": places.clone().map(name).collect::<Map<String, Value>>(),
            "ExpressionAttributeValues": places.map(value).collect::<Map<String, Value>>(),
        });
        let updated = self.outside.dynamodb("UpdateItem", &update).await;
        updated.map(drop).map_err(|source| self.broken(source))
    }

    async fn record(&self, key: (&str, &str)) -> Result<Value, StoryError> {
        let request = json!({
            "TableName": self.table("records"),
            "Key": { "pk": { "S": key.0 }, "sk": { "S": key.1 } },
            "ConsistentRead": true,
        });
        let found = self.outside.dynamodb("GetItem", &request).await;
        let found = found.map_err(|source| self.broken(source))?;
        Ok(found["Item"].clone())
    }

    /// Waits until a record's attribute has this value, and shows it.
    pub(super) async fn says(&mut self, key: (&str, &str), name: &str, value: &str) -> Result<(), StoryError> {
        let expected = || format!("{name} of {} is {value}", key.0);
        let says = async || Ok((self.record(key).await?[name]["S"] == value).then_some(()));
        self.until(expected, says).await?;
        writeln!(self.output, "  {} says {name}: {value}", key.0)?;
        Ok(())
    }
}

/// Time.
impl Script<'_> {
    /// Nobody waits for tomorrow: the functions' clock is set.
    pub(super) fn becomes(&mut self, clock: &FunctionClock, zoned: &str) -> Result<(), StoryError> {
        let zoned: Zoned = zoned
            .parse()
            .map_err(|error| self.failed(format!("{zoned} is a time: {error}")))?;
        writeln!(self.output, "  ⏱ {}", zoned.strftime("%a %-d %b %Y, %H:%M %Z"))?;
        clock.set(zoned.timestamp())?;
        Ok(())
    }

    /// A message of that kind to somebody waits: for that reason, or without one for its time.
    pub(super) async fn waits(&mut self, kind: &str, phone: &str, reason: Option<&str>) -> Result<(), StoryError> {
        let why = reason.unwrap_or("its time");
        let expected = || format!("a message of the kind {kind} to {phone} waits: {why}");
        let waiting = |entry: &Entry| {
            entry.kind == kind && entry.to == phone && entry.status == "scheduled" && entry.reason.as_deref() == reason
        };
        let look = async || Ok(self.ledger().await?.into_iter().find(waiting));
        let entry = self.until(expected, look).await?;
        let until = entry.due_at.unwrap_or_default();
        writeln!(self.output, "  {phone} … waits until {until}: {why}")?;
        Ok(())
    }

    /// Once every sweep has run twice more and nothing is under way, nobody has got another text.
    pub(super) async fn nothing_more(&mut self, stack: &Stack) -> Result<(), StoryError> {
        let enough = SWEEPS.map(|(function, twice)| (function, invocations(stack, function) + twice));
        let swept = async || {
            Ok(enough
                .iter()
                .all(|(function, enough)| invocations(stack, function) >= *enough)
                .then_some(()))
        };
        self.until(|| "the sweeps run".to_owned(), swept).await?;
        self.nobody_gets_a_text().await
    }

    /// Once what is queued is sent, nobody has got a text.
    async fn nobody_gets_a_text(&self) -> Result<(), StoryError> {
        let under_way = |entry: &Entry| matches!(entry.status.as_str(), "queued" | "sending");
        let idle = async || Ok((!self.ledger().await?.iter().any(under_way)).then_some(()));
        self.until(|| "what is queued is sent".to_owned(), idle).await?;
        match self.texts().await?.first() {
            None => Ok(()),
            Some(text) => Err(self.failed(format!("nobody gets another text, but {} got: {}", text.to, text.body))),
        }
    }

    async fn ledger(&self) -> Result<Vec<Entry>, StoryError> {
        let entries = ledger::entries(&self.outside, &self.table("messages")).await;
        entries.map_err(|source| self.broken(source))
    }
}

/// Texts.
impl Script<'_> {
    pub(super) async fn person_texts(&mut self, from: &str, body: &str) -> Result<(), StoryError> {
        writeln!(self.output, "  {from} » {body}")?;
        let texted = self.outside.text(from, BUSINESS, body).await;
        texted.map_err(|source| self.broken(source))
    }

    /// Somebody texts, and gets an answer that says all of these words.
    pub(super) async fn exchange(&mut self, from: &str, body: &str, words: &[&str]) -> Result<(), StoryError> {
        self.person_texts(from, body).await?;
        self.get(&[(from, words)]).await
    }

    /// Somebody texts, and nobody gets an answer.
    pub(super) async fn no_answer(&mut self, stack: &Stack, from: &str, body: &str) -> Result<(), StoryError> {
        let listeners = || {
            let statuses = stack.processes().into_iter();
            statuses.filter(|it| it.logical_id == LISTENER)
        };
        let taken = || listeners().map(|it| it.invocations).sum::<u64>();
        let before = taken();
        self.person_texts(from, body).await?;
        let is_served = || taken() > before && listeners().all(|it| it.under_way == 0);
        let served = async || Ok(is_served().then_some(()));
        self.until(|| "the text is taken".to_owned(), served).await?;
        self.nobody_gets_a_text().await?;
        writeln!(self.output, "  {from} « no answer")?;
        Ok(())
    }

    pub(super) async fn texts(&self) -> Result<Vec<Text>, StoryError> {
        let texts = self.outside.texts(self.seen).await;
        texts.map_err(|source| self.broken(source))
    }

    /// People get a text each, in any order. Each says all of its words.
    pub(super) async fn get(&mut self, expected: &[(&str, &[&str])]) -> Result<(), StoryError> {
        let look = async || {
            let texts = self.texts().await?;
            let of_phone = |(phone, _): &(&str, &[&str])| texts.iter().find(|it| it.to == *phone).cloned();
            Ok(expected.iter().map(of_phone).collect::<Option<Vec<Text>>>())
        };
        let phones = || {
            expected
                .iter()
                .map(|(phone, _)| *phone)
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let texts = self.until(|| format!("{} get a text", phones()), look).await?;
        for (text, (_, words)) in texts.iter().zip(expected) {
            self.show(text)?;
            self.expect(text, words)?;
            self.seen = self.seen.max(text.seq);
        }
        Ok(())
    }

    pub(super) fn show(&mut self, text: &Text) -> Result<(), StoryError> {
        let indentation = format!("\n  {:1$} ", "", text.to.len() + 2);
        let body = text.body.replace('\n', &indentation);
        writeln!(self.output, "  {} « {body}  ({})", text.to, text.provider)?;
        Ok(())
    }

    pub(super) fn expect(&self, text: &Text, words: &[&str]) -> Result<(), StoryError> {
        match words.iter().find(|word| !text.body.contains(*word)) {
            Some(missing) => Err(self.failed(format!("the text mentions {missing}"))),
            None => Ok(()),
        }
    }
}

/// How often a function has been invoked.
fn invocations(stack: &Stack, function: &str) -> u64 {
    let status = stack.processes().into_iter().find(|it| it.logical_id == function);
    status.map_or(0, |it| it.invocations)
}
