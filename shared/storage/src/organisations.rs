//! What the organisations have chosen. A person types the rows; without one everything is on and the stack's own routes
//! apply.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `organisation#<organisation>` and `settings` |
//! | `texting` | BOOL or S (`off`) | whether anything is sent at all; absent is yes |
//! | `kinds_off` | S with commas, SS or L | kinds of messages that are not sent, such as `announcement` |
//! | `sender` | S | sender name or number, where the provider allows it; absent is the provider's own |
//! | `routing` | M of L or S with commas, or its JSON as S | providers by beginning of the number, such as `+91` or `*` |
//! | `status`, `error` | S | `rejected` and why, on a row that can not be used |

use std::collections::BTreeSet;

use application::port::{Organisations, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::message::Kind;
use domain::organisation::Organisation;
use domain::routing::Routes;

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::typed_row::TypedRow;
use crate::{records, request};

const SORT_KEY: &str = "settings";

/// The port [`Organisations`] on the table of records.
#[derive(Debug, Clone)]
pub struct OrganisationsTable {
    client: Client,
    records: String,
}

impl OrganisationsTable {
    pub fn new(client: Client, records: impl Into<String>) -> Self {
        Self {
            client,
            records: records.into(),
        }
    }
}

#[async_trait]
impl Organisations for OrganisationsTable {
    async fn get(&self, organisation: &str) -> Result<Organisation, StoreError> {
        let Some(item) = request::get(&self.client, &self.records, key(organisation)).await? else {
            return Ok(Organisation::default());
        };
        let Unusable { complaint, noted } = match settings(item) {
            Ok(settings) => return Ok(settings),
            Err(unusable) => unusable,
        };
        if noted.as_ref() != Some(&complaint) {
            let rejected = rejected(&self.records, organisation, &complaint, noted.as_deref())?;
            if let Err(error) = request::update(&self.client, rejected).await {
                tracing::warn!(organisation, %error, "what is wrong with the settings was not written on their row");
            }
        }
        Err(StoreError::Invalid(format!(
            "the settings of organisation {organisation}: {complaint}"
        )))
    }
}

fn key(organisation: &str) -> Item {
    records::key(format!("organisation#{organisation}"), SORT_KEY)
}

/// A row that can not be used.
#[derive(Debug, PartialEq, Eq)]
struct Unusable {
    complaint: String,
    /// What the row says of itself already.
    noted: Option<String>,
}

fn settings(item: Item) -> Result<Organisation, Unusable> {
    let mut row = TypedRow::new(item);
    let noted = row.text("error");
    let settings = Organisation {
        texting_off: !row.yes_unless_said("texting"),
        kinds_off: kinds(&mut row),
        sender: row
            .text("sender")
            .map(|sender| sender.trim().to_owned())
            .filter(|sender| !sender.is_empty()),
        routes: routes(&mut row),
    };
    match row.into_malformed() {
        None => Ok(settings),
        Some(complaint) => Err(Unusable { complaint, noted }),
    }
}

fn kinds(row: &mut TypedRow) -> BTreeSet<Kind> {
    let typed = row.texts("kinds_off");
    let names = typed.iter().flat_map(|names| names.split(',')).map(str::trim);
    let kinds = names.filter(|name| !name.is_empty()).filter_map(|name| {
        let kind = Kind::from_text(&name.to_ascii_lowercase());
        if kind.is_none() {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            row.complain(format!("kinds_off names \"{name}\", which is none of {known}"));
        }
        kind
    });
    kinds.collect()
}

fn routes(row: &mut TypedRow) -> Option<Routes> {
    let rows = row.lists("routing");
    if rows.is_empty() {
        return None;
    }
    match Routes::new(rows) {
        Ok(routes) => Some(routes),
        Err(error) => {
            row.complain(format!("routing: {error}"));
            None
        }
    }
}

/// Writes the complaint on a row that says nothing new of itself since it was read, and is still there.
fn rejected(table: &str, organisation: &str, complaint: &str, noted: Option<&str>) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_present("pk");
    expression.require_unchanged("error", noted.map(text));
    expression.set("status", text("rejected"));
    expression.set("error", text(complaint));
    expression.into_update(table, key(organisation))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::NewItem;

    fn row() -> NewItem {
        NewItem::with_key(key("org-1"))
    }

    fn list(texts: &[&str]) -> AttributeValue {
        AttributeValue::L(texts.iter().map(|it| text(*it)).collect())
    }

    fn map<const N: usize>(entries: [(&str, AttributeValue); N]) -> AttributeValue {
        AttributeValue::M(
            entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn complaint(row: NewItem) -> String {
        settings(row.finish()).unwrap_err().complaint
    }

    #[test]
    fn a_row_with_nothing_on_it_leaves_everything_on() {
        assert_eq!(settings(row().finish()), Ok(Organisation::default()));
        let blank = row()
            .text("texting", "")
            .text("kinds_off", " ")
            .text("sender", " ")
            .text("routing", "")
            .set("note", AttributeValue::Bool(true));
        assert_eq!(settings(blank.finish()), Ok(Organisation::default()));
        assert_eq!(
            settings(row().set("routing", map([])).finish()),
            Ok(Organisation::default())
        );
    }

    #[test]
    fn texting_is_switched_off_in_many_words() {
        for (value, off) in [
            (text("off"), true),
            (text("Off "), true),
            (text("no"), true),
            (AttributeValue::Bool(false), true),
            (AttributeValue::Bool(true), false),
            (text("on"), false),
        ] {
            assert_eq!(settings(row().set("texting", value).finish()).unwrap().texting_off, off);
        }
    }

    #[test]
    fn kinds_may_be_typed_in_any_way() {
        for value in [
            text("announcement, Call-Back"),
            list(&["announcement", "call-back"]),
            AttributeValue::Ss(vec!["announcement".into(), "call-back".into()]),
        ] {
            let kinds = settings(row().set("kinds_off", value).finish()).unwrap().kinds_off;
            assert_eq!(kinds, [Kind::Announcement, Kind::CallBack].into());
        }
    }

    #[test]
    fn routes_may_be_a_map_or_its_json() {
        let expected = Routes::new([
            ("+91".to_owned(), vec!["fast2sms".to_owned(), "twilio".to_owned()]),
            ("*".to_owned(), vec!["end-user-messaging".to_owned()]),
        ]);
        for value in [
            map([
                ("+91", list(&["fast2sms", "twilio"])),
                ("*", list(&["end-user-messaging"])),
            ]),
            map([("+91", text("fast2sms, twilio")), ("*", text("end-user-messaging"))]),
            text(r#"{"+91": ["fast2sms", "twilio"], "*": ["end-user-messaging"]}"#),
        ] {
            let settings = settings(row().set("routing", value).finish()).unwrap();
            assert_eq!(settings.routes, Some(expected.clone().unwrap()));
        }
    }

    #[test]
    fn an_unusable_row_says_what_to_change() {
        for (attribute, value, expected) in [
            ("texting", text("maybe"), "texting must be yes or no"),
            (
                "kinds_off",
                text("announcement, lunch"),
                "kinds_off names \"lunch\", which is none of announcement, ",
            ),
            ("kinds_off", map([]), "kinds_off must be text or a list of texts"),
            ("sender", list(&[]), "sender must be text"),
            ("routing", text("twilio"), "routing must be a map of lists"),
            ("routing", text(r#"["twilio"]"#), "routing must be a map of lists"),
            ("routing", list(&["twilio"]), "routing must be a map of lists"),
            ("routing", map([("*", map([]))]), "routing must be a map of lists"),
            (
                "routing",
                map([("91", text("twilio"))]),
                "routing: \"91\" is no beginning of a number",
            ),
            (
                "routing",
                map([("*", list(&[]))]),
                "routing: the route for \"*\" names no provider",
            ),
            (
                "routing",
                map([("*", text("a,a"))]),
                "routing: the route for \"*\" names a twice",
            ),
        ] {
            let complaint = complaint(row().set(attribute, value));
            assert!(complaint.starts_with(expected), "{complaint}");
        }
    }

    #[test]
    fn a_row_is_marked_once_and_only_as_it_was_read() {
        let unusable = settings(row().text("texting", "maybe").text("error", "old").finish()).unwrap_err();
        assert_eq!(unusable.noted.as_deref(), Some("old"));
        for (noted, expected) in [
            (None, "(attribute_exists(#pk)) AND (attribute_not_exists(#error))"),
            (Some("old"), "(attribute_exists(#pk)) AND (#error = :v0)"),
        ] {
            let update = rejected("t", "org-1", "texting must be yes or no", noted).unwrap();
            assert_eq!(update.condition_expression(), Some(expected));
        }
    }
}
