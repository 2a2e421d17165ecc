//! Whether a text is a registered one with values in it, before anybody sends it.

use domain::template::{Difference, Template, TemplateError};
use thiserror::Error;

use super::Sequencing;
use crate::port::StoreError;

/// Why a text cannot be compared with a template.
#[derive(Debug, Error)]
pub enum CheckError {
    #[error("there is no such template")]
    NoTemplate,
    #[error("the template cannot be used: {0}")]
    Unusable(#[from] TemplateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sequencing {
    /// The values that make the template this text, or where the text differs first.
    ///
    /// # Errors
    ///
    /// Where there is no such template, or one that cannot be used; or the store's.
    pub async fn check_text(&self, template: &str, text: &str) -> Result<Result<Vec<String>, Difference>, CheckError> {
        let row = self.templates.get(template).await?.ok_or(CheckError::NoTemplate)?;
        Ok(Template::try_from(&row)?.pattern.check(text))
    }
}
