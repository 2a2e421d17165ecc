//! The registered texts. A person types the rows, or they are imported from a provider.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `template#<id>` and `template`; the id of what was taken over is the provider's |
//! | `name` | S | what people call it |
//! | `content` | S | the text exactly as it is registered, with placeholders such as `{#var#}` |
//! | `variables` | L or S with semicolons | where the values come from, in their order, such as `Name = registrant name` |
//! | `dlt_template_id` | S | the operators' number for it |
//! | `message_id` | S | the provider's number for it |
//! | `language` | S | BCP 47 tag, by which dates are written; absent is English |
//! | `active` | BOOL or S (`no`) | absent is yes |
//! | `synchronised_at` | S | when the provider's list changed it last |
//! | `status`, `error` | S | `rejected` and why, on a row that is no template |

use application::port::{Registration, StoreError, Templates};
use async_trait::async_trait;
use domain::template::TemplateRow;
use jiff::Timestamp;
use messaging::RegisteredTemplate;

use crate::expression::Expression;
use crate::item::{Item, text};
use crate::one_table::on_one_table;
use crate::records::{self, noted};
use crate::typed_row::TypedRow;
use crate::{request, time};

const SORT_KEY: &str = "template";

on_one_table! {
    /// The port [`Templates`] on the table of records.
    TemplatesTable, records
}

#[async_trait]
impl Templates for TemplatesTable {
    async fn get(&self, id: &str) -> Result<Option<TemplateRow>, StoreError> {
        let item = request::get(&self.client, &self.records, key(id)).await?;
        Ok(item.map(|item| decode(id, item)))
    }

    async fn register(&self, template: &RegisteredTemplate, at: Timestamp) -> Result<Registration, StoreError> {
        let before = self.get(&template.message_id).await?;
        if before.as_ref().is_some_and(|before| says_the_same(before, template)) {
            return Ok(Registration::Unchanged);
        }
        let registered = registered(template, at).into_update(&self.records, key(&template.message_id))?;
        request::update(&self.client, registered).await?;
        Ok(before.map_or(Registration::New, |_| Registration::Changed))
    }

    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError> {
        let update = noted(error).into_update(&self.records, key(id))?;
        request::update(&self.client, update).await.map(drop)
    }
}

fn key(id: &str) -> Item {
    records::key(format!("template#{id}"), SORT_KEY)
}

fn decode(id: &str, item: Item) -> TemplateRow {
    let mut row = TypedRow::new(item);
    TemplateRow {
        id: id.to_owned(),
        name: row.text("name"),
        dlt_template_id: row.text("dlt_template_id"),
        message_id: row.text("message_id"),
        content: row.text("content"),
        variables: row.ordered("variables"),
        language: row.text("language"),
        active: row.yes_unless_said("active"),
        noted: row.text("error"),
        malformed: row.into_malformed(),
    }
}

fn says_the_same(row: &TemplateRow, template: &RegisteredTemplate) -> bool {
    row.content.as_deref() == Some(template.content.as_str())
        && row.message_id.as_deref() == Some(template.message_id.as_str())
        && row.dlt_template_id == template.dlt_template_id
}

fn registered(template: &RegisteredTemplate, at: Timestamp) -> Expression {
    let mut expression = Expression::default();
    expression.set("content", text(&template.content));
    expression.set("message_id", text(&template.message_id));
    expression.set_or_remove("dlt_template_id", template.dlt_template_id.as_ref().map(text));
    if let Some(name) = &template.name {
        expression.set_if_absent("name", text(name));
    }
    expression.set("synchronised_at", time::attribute(at));
    expression
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::NewItem;

    fn row() -> NewItem {
        NewItem::with_key(key("hello")).text("content", " Hi {#var#} ")
    }

    #[test]
    fn a_content_alone_is_a_template() {
        let expected = TemplateRow {
            id: "hello".into(),
            content: Some(" Hi {#var#} ".into()),
            active: true,
            ..TemplateRow::default()
        };
        assert_eq!(decode("hello", row().finish()), expected);
        let typed = row()
            .set("message_id", AttributeValue::N("188950".into()))
            .text("variables", "Name = registrant name; workshop date")
            .text("active", "no")
            .finish();
        let typed = decode("hello", typed);
        assert_eq!(typed.message_id.as_deref(), Some("188950"));
        assert_eq!(typed.variables, ["Name = registrant name", " workshop date"]);
        assert!(!typed.active && typed.malformed.is_none());
        let wrong = decode("hello", row().set("content", AttributeValue::L(vec![])).finish());
        assert_eq!(wrong.malformed.as_deref(), Some("content must be text"));
    }

    #[test]
    fn what_people_typed_is_not_written_over() {
        let template = RegisteredTemplate {
            message_id: "188950".into(),
            dlt_template_id: None,
            name: Some("offer".into()),
            content: "Hi".into(),
        };
        let update = registered(&template, Timestamp::UNIX_EPOCH);
        let update = update.into_update("t", key("188950")).unwrap();
        let written = update.update_expression();
        assert!(written.contains("#name = if_not_exists(#name, "), "{written}");
        assert!(
            !written.contains("variables") && !written.contains("active"),
            "{written}"
        );
        assert!(written.ends_with("REMOVE #dlt_template_id"), "{written}");
    }
}
