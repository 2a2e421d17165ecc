//! The table of messages: outbox and ledger of everything we send.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `message_id` | S, key | derived from the message's cause |
//! | `version` | N | raised by every write; a change holds only for the version that was read |
//! | `status` | S | where it is; the table's stream is filtered by it |
//! | `lane` | S | `interactive` or `bulk`; the table's stream is filtered by it |
//! | `channel`, `kind` | S | how it leaves and what it is for |
//! | `to`, `from`, `body` | S | the text |
//! | `device` | M of `token` S, `platform` S | the app that a push goes to |
//! | `organisation` | S | in whose name it goes |
//! | `via` | S | the provider that brought the text which this answers |
//! | `campaign_id`, `campaign_bucket` | S | the campaign it belongs to, and that with the bucket of its id |
//! | `follow_up` | M of `accepted` S, `failed` S | the messages that follow, by its outcome |
//! | `reason` | S | why it is where it is |
//! | `attempt` | N | how often it was tried; refusals that say nothing of the message do not count |
//! | `created_at`, `expires_at` | S | when it was made, and until when it may be sent, which quiet hours put off |
//! | `not_after` | S | after this it is of no use, whatever it waited for |
//! | `language` | S | of its words, where they are ours |
//! | `registered` | S | `yes` where its words are registered with the operators, so that nothing may be added |
//! | `concerns` | S | the number of the person, other than the recipient, that it names |
//! | `due_at`, `due_bucket` | S | its one timer, and the bucket of its id; both or none. In a line: its place, and `line#<line>#<bucket>` |
//! | `provider`, `provider_message_id` | S | who took it or was asked to, and under which id |
//! | `route` | S | why that provider |
//! | `claimed_at`, `claim` | S | when a sender last took it up, and its token |
//! | `held_by` | S | the provider that may have it although no answer came |
//! | `excluded_providers` | M of S | the providers that did not take it, `for-now` or `for-good`, or took it and did not deliver it, `undelivered` |
//! | `next_provider` | S | `yes` where another provider could take it if this one does not deliver it |
//! | `receipt_at` | S | when the newest receipt was issued |
//! | `subject` | M of `pk`, `sk` S, `revision` N | the record that it speaks of, as it was then |
//! | `charge` | M of `month` S, `segments` N | what it has taken out of its organisation's budget |
//! | `retention` | M of `body`, `row` N | seconds that its words and its row are kept |
//! | `delete_after` | N | seconds since 1970; the table's time to live |
//! | `attempts` | L of M of `at`, `provider`, `outcome`, `detail` S | every call of a provider, and every receipt that sent it to the next |
//!
//! | index | keys | projection |
//! |---|---|---|
//! | `due` | `due_bucket`, `due_at` | all |
//! | `by-provider-id` | `provider_message_id` | keys |
//! | `by-campaign` | `campaign_bucket` | `status`, `reason` |

mod change;
mod lines;
mod row;

use application::port::{Applied, Outbox, Progress, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Put;
use domain::message::{Change, Message, MessageId};
use futures_util::future;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

pub use lines::LinesTable;
pub use row::decode_message_image;
pub(crate) use row::encode;

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, key, text};
use crate::query;
use crate::request;
use crate::stored_row::StoredRow;
use crate::time;

pub(crate) const KEY: &str = "message_id";
const DUE: &str = "due";
const BY_PROVIDER_ID: &str = "by-provider-id";
const BY_CAMPAIGN: &str = "by-campaign";

/// Spreads the timers, and a campaign's messages, over the partitions of an index: each takes 1000 writes a second.
const BUCKETS: u8 = 8;

/// Writes under way at once for each page; a fan-out writes four pages side by side, well below the 1,024 sockets that a
/// function has.
const WRITES_AT_ONCE: usize = 48;

/// The port [`Outbox`] on the table of messages.
#[derive(Debug, Clone)]
pub struct MessagesTable {
    client: Client,
    name: String,
    records: String,
    contacts: Option<String>,
}

impl MessagesTable {
    /// `records` is the table of the budgets that move with the messages.
    pub fn new(client: Client, name: impl Into<String>, records: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
            records: records.into(),
            contacts: None,
        }
    }

    /// The same, which writes what changes say of people into the table `contacts`.
    #[must_use]
    pub fn noting_on(mut self, contacts: impl Into<String>) -> Self {
        self.contacts = Some(contacts.into());
        self
    }
}

#[async_trait]
impl Outbox for MessagesTable {
    fn buckets(&self) -> u8 {
        BUCKETS
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let item = request::get(&self.client, &self.name, key(KEY, id.as_str())).await?;
        Ok(item.map(decode_message_image).transpose()?)
    }

    async fn find_by_provider_message_id(&self, provider_message_id: &str) -> Result<Vec<MessageId>, StoreError> {
        let known = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(BY_PROVIDER_ID)
            .key_condition_expression("provider_message_id = :id")
            .expression_attribute_values(":id", text(provider_message_id));
        query::all(known, |item| StoredRow::new("message", item).required(KEY)).await
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        stream::iter(messages)
            .map(|message| self.put_one(message))
            .buffer_unordered(WRITES_AT_ONCE)
            .try_fold(0, |written, is_new| future::ready(Ok(written + u64::from(is_new))))
            .await
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        // A transaction that holds the row, or that of the budget, this moment says nothing of whether the row moves on.
        request::despite_contention(message.id.as_str(), || change::apply(self, message, change)).await
    }

    async fn due(&self, bucket: u8, now: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        let due = self
            .client
            .query()
            .key_condition_expression("due_bucket = :bucket AND due_at <= :now")
            .expression_attribute_values(":bucket", text(bucket.to_string()))
            .expression_attribute_values(":now", time::attribute(now));
        let (messages, _) = self.in_order(due, limit).await?;
        Ok(messages)
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        let counts = (0..BUCKETS).map(|bucket| self.count(campaign_id, bucket));
        let mut whole = Progress::default();
        for part in future::try_join_all(counts).await? {
            add(&mut whole, part);
        }
        Ok(whole)
    }
}

impl MessagesTable {
    /// The first messages of a query of the index of timers, and where the next ones follow.
    async fn in_order(
        &self,
        query: QueryFluentBuilder,
        limit: usize,
    ) -> Result<(Vec<Message>, Option<Item>), StoreError> {
        let mut query = query.table_name(&self.name).index_name(DUE);
        let mut messages = Vec::new();
        loop {
            let left = i32::try_from(limit - messages.len()).unwrap_or(i32::MAX);
            let page = query.clone().limit(left).send().await;
            let page = page.map_err(|error| store_error("Query", &self.name, &error))?;
            for item in page.items.unwrap_or_default() {
                match decode_message_image(item) {
                    Ok(message) => messages.push(message),
                    // It stays where it is; the others must not wait for it.
                    Err(error) => tracing::error!(%error, "a message that is due cannot be read"),
                }
            }
            let next = page.last_evaluated_key;
            if next.is_none() || messages.len() >= limit {
                return Ok((messages, next));
            }
            query = query.set_exclusive_start_key(next);
        }
    }

    async fn put_one(&self, message: Message) -> Result<bool, StoreError> {
        request::put(&self.client, put_new(&self.name, &message)?).await
    }

    /// How the messages of one bucket of a campaign stand. Eventually consistent.
    async fn count(&self, campaign_id: &str, bucket: u8) -> Result<Progress, StoreError> {
        let of_bucket = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(BY_CAMPAIGN)
            .key_condition_expression("campaign_bucket = :bucket")
            .projection_expression("#message_id, #status, #reason")
            .expression_attribute_names("#message_id", KEY)
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":bucket", text(row::campaign_bucket(campaign_id, bucket)));
        let mut progress = Progress::default();
        query::all(of_bucket, |item| {
            let mut row = StoredRow::with_id("message", KEY, item);
            let reason: Option<String> = row.optional("reason")?;
            progress.count(row.required("status")?, reason.as_deref());
            Ok(())
        })
        .await?;
        Ok(progress)
    }
}

fn add(whole: &mut Progress, part: Progress) {
    whole.recipients += part.recipients;
    whole.queued += part.queued;
    whole.sent += part.sent;
    whole.delivered += part.delivered;
    whole.failed += part.failed;
    whole.expired += part.expired;
    whole.unknown += part.unknown;
    whole.cancelled += part.cancelled;
    for (reason, count) in part.suppressed {
        *whole.suppressed.entry(reason).or_default() += count;
    }
}

/// Writes a message whose id is not there yet.
pub(crate) fn put_new(table: &str, message: &Message) -> Result<Put, StoreError> {
    let mut expression = Expression::default();
    expression.require_absent(KEY);
    expression.into_put(table, encode(message)?)
}
