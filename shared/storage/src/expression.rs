//! Update and condition expressions. Every attribute name and value stands behind a placeholder, since many plain
//! words, such as `status` and `capacity`, are reserved by DynamoDB.

use std::collections::HashMap;

use application::port::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, Update};

use crate::error::incomplete;
use crate::item::Item;

/// An expression in the making. Holds exactly the placeholders it uses: DynamoDB refuses idle ones.
#[derive(Debug, Default)]
pub(crate) struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
    conditions: Vec<String>,
}

impl Expression {
    /// The placeholder of an attribute.
    pub(crate) fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    /// The placeholder of a value.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    pub(crate) fn set(&mut self, attribute: &str, value: AttributeValue) {
        let value = self.value(value);
        self.assign(attribute, &value);
    }

    /// Sets an attribute to what stands behind the placeholder `value`.
    pub(crate) fn assign(&mut self, attribute: &str, value: &str) {
        let clause = format!("{} = {value}", self.name(attribute));
        self.set.push(clause);
    }

    /// Sets what is not there yet.
    pub(crate) fn set_if_absent(&mut self, attribute: &str, value: AttributeValue) {
        let name = self.name(attribute);
        let clause = format!("{name} = if_not_exists({name}, {})", self.value(value));
        self.set.push(clause);
    }

    /// Appends to a list, which need not be there.
    pub(crate) fn append(&mut self, attribute: &str, value: AttributeValue) {
        let name = self.name(attribute);
        let none = self.value(AttributeValue::L(Vec::new()));
        let clause = format!("{name} = list_append(if_not_exists({name}, {none}), {})", {
            self.value(AttributeValue::L(vec![value]))
        });
        self.set.push(clause);
    }

    pub(crate) fn remove(&mut self, attribute: &str) {
        let clause = self.name(attribute);
        self.remove.push(clause);
    }

    pub(crate) fn set_or_remove(&mut self, attribute: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(attribute, value),
            None => self.remove(attribute),
        }
    }

    /// Adds to a set, which need not be there.
    pub(crate) fn add_to_set(&mut self, attribute: &str, texts: Vec<String>) {
        let clause = format!("{} {}", self.name(attribute), self.value(AttributeValue::Ss(texts)));
        self.add.push(clause);
    }

    /// Adds to a number, which need not be there.
    pub(crate) fn add_to_number(&mut self, attribute: &str, addend: impl Into<i64>) {
        let addend = AttributeValue::N(addend.into().to_string());
        let clause = format!("{} {}", self.name(attribute), self.value(addend));
        self.add.push(clause);
    }

    /// Takes texts out of a set; an emptied set is no attribute any more.
    pub(crate) fn delete_from_set(&mut self, attribute: &str, texts: Vec<String>) {
        let clause = format!("{} {}", self.name(attribute), self.value(AttributeValue::Ss(texts)));
        self.delete.push(clause);
    }

    /// Adds a condition written with placeholders; all conditions must hold.
    pub(crate) fn require(&mut self, condition: &str) {
        self.conditions.push(format!("({condition})"));
    }

    pub(crate) fn require_present(&mut self, attribute: &str) {
        let condition = format!("attribute_exists({})", self.name(attribute));
        self.require(&condition);
    }

    pub(crate) fn require_absent(&mut self, attribute: &str) {
        let condition = format!("attribute_not_exists({})", self.name(attribute));
        self.require(&condition);
    }

    /// Requires that the attribute is as it was read, be it absent.
    pub(crate) fn require_unchanged(&mut self, attribute: &str, read: Option<AttributeValue>) {
        match read {
            None => self.require_absent(attribute),
            Some(value) => {
                let condition = format!("{} = {}", self.name(attribute), self.value(value));
                self.require(&condition);
            }
        }
    }

    pub(crate) fn changes_nothing(&self) -> bool {
        [&self.set, &self.remove, &self.add, &self.delete]
            .iter()
            .all(|clauses| clauses.is_empty())
    }

    fn update_expression(&self) -> String {
        let clauses = [
            ("SET", &self.set),
            ("REMOVE", &self.remove),
            ("ADD", &self.add),
            ("DELETE", &self.delete),
        ];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        clauses
            .map(|(verb, parts)| format!("{verb} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn condition_expression(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    pub(crate) fn into_update(self, table: &str, key: Item) -> Result<Update, StoreError> {
        Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(self.update_expression())
            .set_condition_expression(self.condition_expression())
            .set_expression_attribute_names(filled(self.names))
            .set_expression_attribute_values(filled(self.values))
            .build()
            .map_err(incomplete)
    }

    pub(crate) fn into_delete(self, table: &str, key: Item) -> Result<Delete, StoreError> {
        Delete::builder()
            .table_name(table)
            .set_key(Some(key))
            .set_condition_expression(self.condition_expression())
            .set_expression_attribute_names(filled(self.names))
            .set_expression_attribute_values(filled(self.values))
            .build()
            .map_err(incomplete)
    }

    pub(crate) fn into_put(self, table: &str, item: Item) -> Result<Put, StoreError> {
        Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_condition_expression(self.condition_expression())
            .set_expression_attribute_names(filled(self.names))
            .set_expression_attribute_values(filled(self.values))
            .build()
            .map_err(incomplete)
    }
}

/// DynamoDB refuses an empty map of placeholders.
fn filled<T>(placeholders: HashMap<String, T>) -> Option<HashMap<String, T>> {
    (!placeholders.is_empty()).then_some(placeholders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{key, text};

    #[test]
    fn writes_every_kind_of_clause_and_condition() {
        let mut expression = Expression::default();
        expression.set("status", text("sent"));
        expression.set_if_absent("opted_out_at", text("t"));
        expression.append("attempts", text("a"));
        expression.set_or_remove("reason", None);
        expression.add_to_set("employees", vec!["+1".into()]);
        expression.add_to_number("used", -2);
        expression.delete_from_set("groups", vec!["x".into()]);
        expression.require_present("message_id");
        expression.require_unchanged("error", None);
        expression.require_unchanged("attempt", Some(text("0")));
        let update = expression.into_update("t", key("message_id", "m")).unwrap();
        assert_eq!(
            update.update_expression(),
            "SET #status = :v0, #opted_out_at = if_not_exists(#opted_out_at, :v1), \
             #attempts = list_append(if_not_exists(#attempts, :v2), :v3) REMOVE #reason ADD #employees :v4, #used :v5 DELETE #groups :v6"
        );
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_exists(#message_id)) AND (attribute_not_exists(#error)) AND (#attempt = :v7)")
        );
        assert_eq!(update.expression_attribute_names().unwrap().len(), 10);
        assert_eq!(update.expression_attribute_values().unwrap().len(), 8);
    }

    #[test]
    fn a_put_without_conditions_has_no_placeholders() {
        let put = Expression::default().into_put("t", key("pk", "x")).unwrap();
        assert_eq!(put.condition_expression(), None);
        assert!(put.expression_attribute_names().is_none() && put.expression_attribute_values().is_none());
    }
}
