//! Templates, in memory.

use async_trait::async_trait;
use domain::template::TemplateRow;
use jiff::Timestamp;
use messaging::RegisteredTemplate;

use super::MemoryStore;
use crate::port::{Registration, StoreError, Templates};

#[async_trait]
impl Templates for MemoryStore {
    async fn get(&self, id: &str) -> Result<Option<TemplateRow>, StoreError> {
        Ok(self.tables().templates.get(id).cloned())
    }

    async fn register(&self, template: &RegisteredTemplate, _: Timestamp) -> Result<Registration, StoreError> {
        let mut tables = self.tables();
        let before = tables.templates.get(&template.message_id);
        let row = TemplateRow {
            content: Some(template.content.clone()),
            message_id: Some(template.message_id.clone()),
            dlt_template_id: template.dlt_template_id.clone(),
            ..before.cloned().unwrap_or_else(|| TemplateRow {
                id: template.message_id.clone(),
                name: template.name.clone(),
                active: true,
                ..TemplateRow::default()
            })
        };
        let registration = match before {
            None => Registration::New,
            Some(before) if *before == row => Registration::Unchanged,
            Some(_) => Registration::Changed,
        };
        tables.templates.insert(row.id.clone(), row);
        Ok(registration)
    }

    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError> {
        if let Some(row) = self.tables().templates.get_mut(id) {
            row.noted = error.map(ToOwned::to_owned);
        }
        Ok(())
    }
}

impl MemoryStore {
    /// Puts a template, as a person types it.
    pub fn put_template(&self, row: TemplateRow) {
        self.tables().templates.insert(row.id.clone(), row);
    }
}
