//! Where the values of a template come from.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::language::Language;

/// What stands in one variable of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What a person calls it.
    pub label: String,
    pub source: Source,
}

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    RegistrantName,
    WorkshopTitle,
    WorkshopDate,
    WorkshopPlace,
    /// The same words for everybody.
    Fixed(String),
}

/// A variable is described by words that mean nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is none of {names}, {FIXED}: followed by the words", names = NAMED.map(|(name, _)| name).join(", "))]
pub struct SourceError(String);

const NAMED: [(&str, Source); 4] = [
    ("registrant name", Source::RegistrantName),
    ("workshop title", Source::WorkshopTitle),
    ("workshop date", Source::WorkshopDate),
    ("workshop place", Source::WorkshopPlace),
];

const FIXED: &str = "fixed";

/// What is known of one registrant of one workshop.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Values<'a> {
    pub registrant_name: Option<&'a str>,
    pub workshop_title: Option<&'a str>,
    pub workshop_date: Option<Date>,
    pub workshop_place: Option<&'a str>,
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Values")
    }
}

impl Values<'_> {
    /// What a source gives, or `None` where nothing is known.
    pub(super) fn of(&self, source: &Source, language: Language) -> Option<String> {
        let text = match source {
            Source::RegistrantName => self.registrant_name,
            Source::WorkshopTitle => self.workshop_title,
            Source::WorkshopPlace => self.workshop_place,
            Source::Fixed(words) => Some(words.as_str()),
            Source::WorkshopDate => return Some(written(self.workshop_date?, language)),
        };
        text.map(str::trim)
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned)
    }
}

/// A date as people write it, never longer than a value may be.
fn written(date: Date, language: Language) -> String {
    match language {
        Language::English => date.strftime("%-d %B %Y").to_string(),
        Language::Mongolian => date.strftime("%Y оны %-m-р сарын %-d").to_string(),
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if let Some((word, fixed)) = text.split_once(':')
            && word.trim().eq_ignore_ascii_case(FIXED)
        {
            return Ok(Self::Fixed(fixed.trim().to_owned()));
        }
        let folded = text.to_lowercase().replace(['-', '_'], " ");
        let named = NAMED.into_iter().find(|(name, _)| *name == folded);
        named
            .map(|(_, source)| source)
            .ok_or_else(|| SourceError(text.to_owned()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMED.iter().find(|(_, source)| source == self);
        f.write_str(name.map_or("the fixed text", |(name, _)| name))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Variable {
    type Err = SourceError;

    /// Reads `Name = registrant name`; without a label the source is the label.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (label, source) = match text.split_once('=') {
            // What is fixed may have the sign itself.
            Some((label, source)) if label.trim().parse::<Source>().is_err() => (Some(label.trim()), source.parse()?),
            _ => (None, text.parse::<Source>()?),
        };
        let label = label.filter(|label| !label.is_empty());
        Ok(Self {
            label: label.map_or_else(|| source.to_string(), ToOwned::to_owned),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_described_as_people_write() {
        let cases = [
            ("registrant name", "registrant name", Source::RegistrantName),
            ("Name = registrant-name", "Name", Source::RegistrantName),
            (" = Workshop_Title ", "workshop title", Source::WorkshopTitle),
            ("When=workshop date", "When", Source::WorkshopDate),
            ("Room = WORKSHOP PLACE", "Room", Source::WorkshopPlace),
            ("fixed: 2 + 2 = 4", "the fixed text", Source::Fixed("2 + 2 = 4".into())),
            (
                "Link = Fixed: https://a.b/?x=1",
                "Link",
                Source::Fixed("https://a.b/?x=1".into()),
            ),
        ];
        for (text, label, source) in cases {
            let label = label.to_owned();
            assert_eq!(text.parse(), Ok(Variable { label, source }), "{text}");
        }
        for text in ["", "name", "Name = ", "Name = age", "fixed"] {
            assert!(text.parse::<Variable>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_longest_date_fits_a_value() {
        let longest = jiff::civil::date(2026, 9, 30);
        for language in Language::ALL {
            assert!(written(longest, language).chars().count() <= super::super::LONGEST_VALUE);
        }
    }
}
