//! What the ledger says of the messages that people got.

use serde_json::{Value, json};

use super::client::{ClientError, Outside};
use crate::chosen_provider::ChosenProvider;

/// A message that went to somebody, as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) to: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) due_at: Option<String>,
    pub(super) provider: String,
}

impl Entry {
    /// The entry of a row; `None` for others, such as call backs.
    fn of(row: &Value) -> Option<Self> {
        let optional = |name: &str| row[name]["S"].as_str().map(ToOwned::to_owned);
        let text = |name: &str| optional(name).unwrap_or_default();
        let reaches_a_phone = ["sms", "push"].contains(&text("channel").as_str());
        reaches_a_phone.then(|| Self {
            kind: text("kind"),
            to: text("to"),
            status: text("status"),
            reason: optional("reason"),
            due_at: optional("due_at"),
            provider: text("provider"),
        })
    }

    pub(super) fn is_announcement(&self) -> bool {
        self.kind == "announcement"
    }

    /// Whether it is final, by all that `provider` reports.
    pub(super) fn is_settled_by(&self, provider: ChosenProvider) -> bool {
        self.provider == provider.name() && self.status == settled(provider)
    }
}

/// The last that is heard of a message that went well.
pub(super) fn settled(provider: ChosenProvider) -> &'static str {
    if provider.traits().has_receipts {
        "delivered"
    } else {
        "sent"
    }
}

/// Every text and push in the table of messages.
pub(super) async fn entries(outside: &Outside, table: &str) -> Result<Vec<Entry>, ClientError> {
    let request = json!({ "TableName": table, "ConsistentRead": true });
    let answer = outside.dynamodb("Scan", &request).await?;
    let rows = answer["Items"].as_array().cloned().unwrap_or_default();
    Ok(rows.iter().filter_map(Entry::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(channel: &str, status: &str, provider: &str) -> Value {
        json!({
            "channel": { "S": channel },
            "kind": { "S": "reply" },
            "status": { "S": status },
            "provider": { "S": provider },
        })
    }

    #[test]
    fn a_message_is_settled_when_its_provider_has_told_all_that_it_tells() {
        for (status, provider, is_settled) in [
            ("delivered", "skyline", true),
            ("sent", "skyline", false),
            ("failed", "skyline", false),
            ("sent", "mn131344", true),
            ("sent", "fcm", true),
        ] {
            let provider = ChosenProvider::from_name(provider).unwrap();
            let entry = Entry::of(&row("sms", status, provider.name())).unwrap();
            assert_eq!(entry.is_settled_by(provider), is_settled, "{entry:?}");
            assert!(!entry.is_settled_by(ChosenProvider::END_USER_MESSAGING));
        }
        assert_eq!(Entry::of(&row("call", "sent", "connect")), None);
    }
}
