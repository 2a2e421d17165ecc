//! Imports the texts that are registered with the providers.

use std::sync::Arc;

use domain::template::Pattern;
use messaging::{Provider, RegisteredTemplate};

use crate::port::{Clock, CurrentProviders, Registration, StoreError, Templates};

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct SynchroniseTemplates {
    pub templates: Arc<dyn Templates>,
    pub providers: Arc<dyn CurrentProviders>,
    pub clock: Arc<dyn Clock>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SynchronisedTemplates {
    /// The providers that were asked.
    pub providers: Vec<&'static str>,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// What could not be taken over, or cannot be used as it is, one sentence each.
    pub problems: Vec<String>,
}

impl SynchroniseTemplates {
    /// Asks every provider that keeps texts. What people typed about them stays.
    ///
    /// # Errors
    ///
    /// The store's; what was taken over stays.
    pub async fn run(&self) -> Result<SynchronisedTemplates, StoreError> {
        let mut synchronised = SynchronisedTemplates::default();
        for listed in self.providers.current().await.iter() {
            if let Some(provider) = &listed.provider {
                self.take_over(provider.as_ref(), &mut synchronised).await?;
            }
        }
        if synchronised.providers.is_empty() {
            let none = "no provider in use keeps templates, or the delivery mode lets nothing reach it";
            synchronised.problems.push(none.to_owned());
        }
        Ok(synchronised)
    }

    async fn take_over(
        &self,
        provider: &dyn Provider,
        synchronised: &mut SynchronisedTemplates,
    ) -> Result<(), StoreError> {
        let name = provider.name();
        let Some(registered) = provider.templates().await else {
            return Ok(());
        };
        synchronised.providers.push(name);
        let registered = match registered {
            Ok(registered) => registered,
            Err(error) => {
                synchronised.problems.push(format!("{name}: {error}"));
                return Ok(());
            }
        };
        let problems = registered.problems.iter().map(|problem| format!("{name}: {problem}"));
        synchronised.problems.extend(problems);
        for template in &registered.templates {
            let counted = match self.templates.register(template, self.clock.now()).await? {
                Registration::New => &mut synchronised.new,
                Registration::Changed => &mut synchronised.changed,
                Registration::Unchanged => &mut synchronised.unchanged,
            };
            *counted += 1;
            synchronised.problems.extend(unusable(name, template));
        }
        Ok(())
    }
}

fn unusable(provider: &str, template: &RegisteredTemplate) -> Option<String> {
    let error = Pattern::parse(&template.content).err()?;
    Some(format!(
        "{provider}: the text of template {} {error}",
        template.message_id
    ))
}
