//! Changes a row in one transaction with the messages about the change.

use application::port::{Applied, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::message::Message;

use crate::messages::put_new;
use crate::request::{self, NotTransacted, putting};

/// Makes all of `writes` and writes the messages. Only the first write, the row's own, has a condition.
///
/// A message whose id is there already was sent before: it stays as it is, and the rest is written all the same.
pub(crate) async fn write(
    client: &Client,
    table: &str,
    writes: Vec<TransactWriteItem>,
    messages: &[Message],
) -> Result<Applied, StoreError> {
    let mut unwritten: Vec<&Message> = messages.iter().collect();
    loop {
        let mut all = writes.clone();
        for message in &unwritten {
            all.push(putting(put_new(table, message)?));
        }
        let error = match request::transact(client, all).await {
            Ok(()) => return Ok(Applied::Written),
            Err(error) if error.failed_condition_at(0) => return Ok(Applied::Stale),
            Err(error) => error,
        };
        let left = without_written(&unwritten, writes.len(), &error);
        if left.len() == unwritten.len() {
            return Err(error.into());
        }
        unwritten = left;
    }
}

/// The messages, from position `first` of the transaction on, that are not there yet.
fn without_written<'a>(messages: &[&'a Message], first: usize, error: &NotTransacted) -> Vec<&'a Message> {
    let positions = messages.iter().enumerate();
    let unwritten = positions.filter(|(position, _)| !error.failed_condition_at(first + position));
    unwritten.map(|(_, message)| *message).collect()
}
