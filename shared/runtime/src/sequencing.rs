//! The use cases of workshops, which two functions run, on their tables.

use std::sync::Arc;

use application::sequences::Sequencing;
use aws_sdk_dynamodb::Client;
use domain::numbering::{self, Country};
use domain::phone_number::PhoneNumber;
use storage::{MessagesTable, OrganisationsTable, SequencesTable, TemplatesTable, WorkshopsTable};

use crate::clock::SystemClock;

/// `country` is that of numbers without a country code, where no organisation names one.
pub fn sequencing(client: &Client, messages: &str, records: &str, country: Option<Country>) -> Sequencing {
    Sequencing {
        country: country.map(|country| country.to_string()),
        templates: Arc::new(TemplatesTable::new(client.clone(), records)),
        sequences: Arc::new(SequencesTable::new(client.clone(), records)),
        workshops: Arc::new(WorkshopsTable::new(client.clone(), records)),
        organisations: Arc::new(OrganisationsTable::new(client.clone(), records)),
        outbox: Arc::new(MessagesTable::new(client.clone(), messages, records)),
        clock: Arc::new(SystemClock),
        number,
    }
}

/// In any form in which somebody in that country would write it.
fn number(text: &str, country: Option<&str>) -> Result<PhoneNumber, String> {
    numbering::recipient(text, country, None).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_in_the_country_of_the_organisation() {
        let read = |text, country| number(text, country).ok().map(|number| number.as_str().to_owned());
        for (text, country, expected) in [
            ("98765 43210", Some("IN"), Some("+919876543210")),
            ("098765-43210", Some("IN"), Some("+919876543210")),
            ("+1 202 555 0101", Some("IN"), Some("+12025550101")),
            ("98765 43210", None, None),
            ("+91 98765 43210", None, Some("+919876543210")),
            ("12345", Some("IN"), None),
        ] {
            assert_eq!(read(text, country).as_deref(), expected, "{text} {country:?}");
        }
    }
}
