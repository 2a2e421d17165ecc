//! What every story is told with: steps, rows that are typed, texts that come and go.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Zoned;
use serde_json::{Map, Value, json};
use tokio::time::{self, Instant};

use super::cast::BUSINESS;
use super::client::{ClientError, Outside, Text};
use crate::function_clock::FunctionClock;
use crate::stack::Stack;

/// How long one step may take. A first start of the functions on a busy machine is the slowest.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
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

/// A story as it is being told.
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

    /// Somebody types a row, as `shown` says.
    pub(super) async fn type_row(&mut self, table: &str, item: Value, shown: &str) -> Result<(), StoryError> {
        let table = self.table(table);
        writeln!(self.output, "  {table} ← {{ {shown} }}")?;
        let put = json!({ "TableName": table, "Item": item });
        let put = self.outside.dynamodb("PutItem", &put).await;
        put.map(drop).map_err(|source| self.broken(source))
    }

    /// Somebody changes attributes of a record, as `shown` says.
    pub(super) async fn change_record(
        &mut self,
        key: (&str, &str),
        attributes: &[(&str, &str)],
        shown: &str,
    ) -> Result<(), StoryError> {
        let table = self.table("records");
        writeln!(self.output, "  {table}: {} ← {{ {shown} }}", key.0)?;
        let names: Map<String, Value> = (0..)
            .zip(attributes)
            .map(|(place, (name, _))| (format!("#n{place}"), json!(name)))
            .collect();
        let values: Map<String, Value> = (0..)
            .zip(attributes)
            .map(|(place, (_, value))| (format!(":v{place}"), json!({ "S": value })))
            .collect();
        let sets: Vec<String> = (0..attributes.len())
            .map(|place| format!("#n{place} = :v{place}"))
            .collect();
        let update = json!({
            "TableName": table,
            "Key": { "pk": { "S": key.0 }, "sk": { "S": key.1 } },
            "UpdateExpression": format!("SET {}", sets.join(", ")),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        });
        let updated = self.outside.dynamodb("UpdateItem", &update).await;
        updated.map(drop).map_err(|source| self.broken(source))
    }

    /// Somebody types a record with these attributes, as `shown` says.
    pub(super) async fn type_record(
        &mut self,
        key: (&str, &str),
        attributes: &[(&str, &str)],
        shown: &str,
    ) -> Result<(), StoryError> {
        let keys = [("pk", key.0), ("sk", key.1)];
        let item: Map<String, Value> = keys
            .iter()
            .chain(attributes)
            .map(|(name, value)| ((*name).to_owned(), json!({ "S": value })))
            .collect();
        self.type_row("records", Value::Object(item), shown).await
    }

    /// What a record says of itself.
    pub(super) async fn record(&self, key: (&str, &str)) -> Result<Value, StoryError> {
        let request = json!({
            "TableName": self.table("records"),
            "Key": { "pk": { "S": key.0 }, "sk": { "S": key.1 } },
            "ConsistentRead": true,
        });
        let found = self.outside.dynamodb("GetItem", &request).await;
        let found = found.map_err(|source| self.broken(source))?;
        Ok(found["Item"].clone())
    }

    /// Waits until a record's attribute has this value.
    pub(super) async fn record_says(&self, key: (&str, &str), name: &str, value: &str) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let record = self.record(key).await?;
            if record[name]["S"] == value {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("{name} of {} is {value}, not {}", key.0, record[name])));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Shows an attribute of a record.
    pub(super) async fn shows(&mut self, key: (&str, &str), name: &str) -> Result<(), StoryError> {
        let record = self.record(key).await?;
        let Some(value) = record.get(name).and_then(|value| value["S"].as_str()) else {
            return Err(self.failed(format!("{} has {name}", key.0)));
        };
        writeln!(self.output, "  {}: {name} = {value}", key.0)?;
        Ok(())
    }

    /// Nobody waits for tomorrow: the functions' clock is set.
    pub(super) fn becomes(&mut self, clock: &FunctionClock, zoned: &str) -> Result<(), StoryError> {
        let zoned: Zoned = zoned
            .parse()
            .map_err(|error| self.failed(format!("{zoned} is a time: {error}")))?;
        writeln!(self.output, "  ⏱ {}", zoned.strftime("%a %-d %b %Y, %H:%M %Z"))?;
        clock.set(zoned.timestamp())?;
        Ok(())
    }

    pub(super) async fn person_texts(&mut self, from: &str, body: &str) -> Result<(), StoryError> {
        writeln!(self.output, "  {from} » {body}")?;
        let texted = self.outside.text(from, BUSINESS, body).await;
        texted.map_err(|source| self.broken(source))
    }

    pub(super) async fn texts(&self) -> Result<Vec<Text>, StoryError> {
        self.outside
            .texts(self.seen)
            .await
            .map_err(|source| self.broken(source))
    }

    pub(super) fn show(&mut self, text: &Text) -> Result<(), StoryError> {
        let indentation = format!("\n  {:1$} ", "", text.to.len() + 2);
        let body = text.body.replace('\n', &indentation);
        writeln!(self.output, "  {} « {body}  ({})", text.to, text.provider)?;
        Ok(())
    }

    /// The next text that somebody gets. It says all of `words`.
    pub(super) async fn gets(&mut self, phone: &str, words: &[&str]) -> Result<Text, StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(text) = self.texts().await?.into_iter().find(|it| it.to == phone) {
                self.seen = self.seen.max(text.seq);
                self.show(&text)?;
                self.expect(&text, words)?;
                return Ok(text);
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("a text to {phone} arrives")));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Several people get a text each, in any order. Each says all of its words.
    pub(super) async fn gets_both(&mut self, expected: &[(&str, &[&str])]) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let texts = self.texts().await?;
            let all: Option<Vec<&Text>> = expected
                .iter()
                .map(|(phone, _)| texts.iter().find(|it| it.to == *phone))
                .collect();
            if let Some(all) = all {
                for (text, (_, words)) in all.iter().zip(expected) {
                    self.show(text)?;
                    self.expect(text, words)?;
                    self.seen = self.seen.max(text.seq);
                }
                return Ok(());
            }
            if Instant::now() > deadline {
                let missing = expected
                    .iter()
                    .find(|(phone, _)| texts.iter().all(|it| it.to != *phone));
                return Err(self.failed(format!("a text to {} arrives", missing.map_or("", |(phone, _)| phone))));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Once every sweep has run twice more and nothing waits to be sent, nobody has got another text.
    pub(super) async fn nothing_more(&mut self, stack: &Stack) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        let runs = |function: &str| {
            let status = stack.processes().into_iter().find(|it| it.logical_id == function);
            status.map_or(0, |it| it.invocations)
        };
        let enough = SWEEPS.map(|(function, twice)| (function, runs(function) + twice));
        while enough.iter().any(|(function, enough)| runs(function) < *enough) {
            if Instant::now() > deadline {
                return Err(self.failed("the sweeps run".to_owned()));
            }
            time::sleep(GLANCE).await;
        }
        loop {
            let request = json!({ "TableName": self.table("messages"), "ConsistentRead": true });
            let answer = self.outside.dynamodb("Scan", &request).await;
            let answer = answer.map_err(|source| self.broken(source))?;
            let rows = answer["Items"].as_array().cloned().unwrap_or_default();
            let under_way = |row: &&Value| matches!(row["status"]["S"].as_str(), Some("queued" | "sending"));
            let Some(row) = rows.iter().find(under_way) else { break };
            if Instant::now() > deadline {
                return Err(self.failed(format!("the message of the kind {} is sent", row["kind"]["S"])));
            }
            time::sleep(GLANCE).await;
        }
        match self.texts().await?.first() {
            None => Ok(()),
            Some(text) => Err(self.failed(format!("nobody gets another text, but {} got: {}", text.to, text.body))),
        }
    }

    /// A message of that kind to somebody waits, for that reason.
    pub(super) async fn waits_for(&mut self, kind: &str, phone: &str, reason: &str) -> Result<(), StoryError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = json!({ "TableName": self.table("messages"), "ConsistentRead": true });
            let answer = self.outside.dynamodb("Scan", &request).await;
            let answer = answer.map_err(|source| self.broken(source))?;
            let rows = answer["Items"].as_array().cloned().unwrap_or_default();
            let said = |row: &Value, name: &str, value: &str| row[name]["S"] == value;
            let waiting = rows
                .iter()
                .find(|row| said(row, "kind", kind) && said(row, "to", phone) && said(row, "status", "scheduled"));
            let reasoned = |row: &&Value| row["reason"]["S"].as_str().unwrap_or_default() == reason;
            if let Some(row) = waiting.filter(reasoned) {
                let until = row["due_at"]["S"].as_str().unwrap_or_default();
                let why = if reason.is_empty() { "its time" } else { reason };
                writeln!(self.output, "  {phone} … waits until {until}: {why}")?;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("a message of the kind {kind} waits: {reason}")));
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Somebody chooses a language.
    pub(super) async fn speaks(&mut self, phone: &str, language: &str) -> Result<(), StoryError> {
        let table = self.table("contacts");
        writeln!(self.output, "  {table}: {phone} ← {{ language: {language} }}")?;
        let update = json!({
            "TableName": table,
            "Key": { "phone": { "S": phone } },
            "UpdateExpression": "SET #language = :language",
            "ExpressionAttributeNames": { "#language": "language" },
            "ExpressionAttributeValues": { ":language": { "S": language } },
        });
        let updated = self.outside.dynamodb("UpdateItem", &update).await;
        updated.map(drop).map_err(|source| self.broken(source))
    }

    pub(super) fn expect(&self, text: &Text, words: &[&str]) -> Result<(), StoryError> {
        match words.iter().find(|word| !text.body.contains(*word)) {
            Some(missing) => Err(self.failed(format!("the text mentions {missing}"))),
            None => Ok(()),
        }
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
}
