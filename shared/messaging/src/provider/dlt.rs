//! Templates that are registered with the operators of India (DLT): whose they are and which text each has.
//!
//! They are typed into a parameter `templates`, in JSON: `[{"name", "template_id", "entity_id", "text"}]`, with `{#var#}` in
//! `text` for what varies. The parameter `entity-id` is for those that have none of their own.

use domain::template::Pattern;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::parameters::Parameters;

/// The operators' ids of templates have so many digits.
pub(super) const TEMPLATE_ID_DIGITS: usize = 19;

/// A template as it is typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    name: String,
    text: String,
    /// Fast2SMS's own id.
    #[serde(default, deserialize_with = "id")]
    pub(super) message_id: Option<String>,
    #[serde(default, deserialize_with = "id")]
    template_id: Option<String>,
    #[serde(default, deserialize_with = "id")]
    entity_id: Option<String>,
}

/// The operators' numbers for a template and for whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorIds {
    pub template_id: String,
    pub entity_id: String,
}

/// Ids are numbers to some and texts to others. One of 19 digits is not read by way of a float, and stays whole.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    })
}

impl Row {
    /// The operators' ids, or everything that is wrong with them is added to `wrong`.
    pub(super) fn operator_ids(&self, entity_id: Option<&str>, wrong: &mut Vec<String>) -> OperatorIds {
        let template_id = self.template_id.clone().unwrap_or_default();
        if !is_number(&template_id) || template_id.len() != TEMPLATE_ID_DIGITS {
            wrong.push(format!(
                "template_id must be the {TEMPLATE_ID_DIGITS} digits of the operators"
            ));
        }
        let entity_id = self.entity_id.as_deref().or(entity_id).unwrap_or_default().to_owned();
        if !is_number(&entity_id) {
            wrong.push("entity_id must be a number, or entity-id be set for all".to_owned());
        }
        OperatorIds { template_id, entity_id }
    }
}

/// A registered text, and by what its provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered<Ids> {
    pub name: String,
    pub pattern: Pattern,
    pub ids: Ids,
}

/// The parameter `entity-id`.
pub(super) fn entity_id(parameters: &mut Parameters<'_>) -> Option<String> {
    let entity_id = parameters.optional("entity-id");
    if entity_id.as_deref().is_some_and(|id| !is_number(id)) {
        parameters.problem("entity-id", "must be a number");
    }
    entity_id
}

/// The parameter `templates`, `None` where there is none or it is not the JSON that it must be. `ids` reads the ids of a row,
/// and says what is wrong with them.
pub(super) fn templates<Ids>(
    parameters: &mut Parameters<'_>,
    ids: impl Fn(&Row, &mut Vec<String>) -> Ids,
) -> Option<Vec<Registered<Ids>>> {
    let rows: Vec<Row> = parameters.json("templates")?;
    if rows.is_empty() {
        parameters.problem("templates", "has no template");
    }
    let mut templates: Vec<Registered<Ids>> = Vec::new();
    for (place, row) in rows.into_iter().enumerate() {
        match registered(row, &ids) {
            Ok(new) if templates.iter().any(|other| other.name == new.name) => {
                parameters.problem("templates", &format!("[{place}] has the name of another one"));
            }
            Ok(new) if templates.iter().any(|other| other.pattern == new.pattern) => {
                parameters.problem("templates", &format!("[{place}] has the text of another one"));
            }
            Ok(new) => templates.push(new),
            Err(wrong) => {
                for what in wrong {
                    parameters.problem("templates", &format!("[{place}].{what}"));
                }
            }
        }
    }
    Some(templates)
}

fn registered<Ids>(row: Row, ids: impl Fn(&Row, &mut Vec<String>) -> Ids) -> Result<Registered<Ids>, Vec<String>> {
    let mut wrong = Vec::new();
    if row.name.trim().is_empty() {
        wrong.push("name is empty".to_owned());
    }
    let pattern = Pattern::parse(&row.text)
        .map_err(|error| wrong.push(format!("text {error}")))
        .ok();
    let ids = ids(&row, &mut wrong);
    match pattern {
        Some(pattern) if wrong.is_empty() => Ok(Registered {
            name: row.name,
            pattern,
            ids,
        }),
        _ => Err(wrong),
    }
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
