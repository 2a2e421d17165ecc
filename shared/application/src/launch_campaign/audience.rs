//! The contacts that a campaign reaches.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::campaign::Campaign;
use domain::contact::Contact;
use domain::organisation::UnknownOrganisation;

use crate::cached_organisations::CachedOrganisations;
use crate::port::{Clock, Organisations, StoreError, UnusableContact};

/// The number of segments of the contacts table that are read concurrently.
pub(super) const SEGMENTS: u32 = 4;

/// The audience of one launch.
pub(super) struct Audience<'a> {
    pub(super) campaign: &'a Campaign,
    organisations: CachedOrganisations,
}

/// Who of some contacts is reached.
pub(super) struct Members<'a> {
    pub(super) recipients: Vec<&'a Contact>,
    /// Rows that name an organisation that does not exist.
    pub(super) unusable: Vec<UnusableContact>,
}

impl<'a> Audience<'a> {
    pub(super) fn new(organisations: Arc<dyn Organisations>, clock: Arc<dyn Clock>, campaign: &'a Campaign) -> Self {
        Self {
            campaign,
            organisations: CachedOrganisations::new(organisations, clock),
        }
    }

    /// A contact without an existing organisation is reached by no campaign.
    pub(super) async fn members<'b>(&self, contacts: &'b [Contact]) -> Result<Members<'b>, StoreError> {
        let named: BTreeSet<&str> = contacts
            .iter()
            .flat_map(|contact| contact.organisations.iter().map(String::as_str))
            .collect();
        let mut unknown = BTreeSet::new();
        for name in named {
            match self.organisations.get(name).await {
                Ok(Some(_)) | Err(StoreError::Invalid(_)) => {}
                Ok(None) => drop(unknown.insert(name)),
                Err(error) => return Err(error),
            }
        }
        let is_nobodys = |contact: &&Contact| {
            let mut names = contact.organisations.iter();
            !contact.organisations.is_empty() && names.all(|name| unknown.contains(name.as_str()))
        };
        let reached = contacts.iter().filter(|contact| self.campaign.reaches(contact));
        let unusable = contacts.iter().filter_map(|contact| {
            let mut names = contact.organisations.iter();
            let name = names.find(|name| unknown.contains(name.as_str()))?;
            Some(UnusableContact {
                key: contact.phone.as_str().to_owned(),
                error: UnknownOrganisation::new(name).to_string(),
            })
        });
        Ok(Members {
            recipients: reached.filter(|contact| !is_nobodys(contact)).collect(),
            unusable: unusable.collect(),
        })
    }
}
