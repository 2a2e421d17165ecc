//! A text for repeated use with different values, as it is registered with the operators.

mod pattern;
mod placeholder;
mod source;

pub use pattern::{Difference, FillError, Mismatch, MismatchKind, Pattern, PatternError};
pub use placeholder::{LONGEST_VALUE, Placeholder, SEPARATOR, ValueError};
pub use source::{Source, SourceError, Values, Variable};

use thiserror::Error;

use crate::language::Language;

/// The longest text that providers take in one piece.
pub const LONGEST_TEXT: usize = 1600;

/// The attributes of a template's row, as found. Only `id` is always there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TemplateRow {
    pub id: String,
    pub name: Option<String>,
    /// The operators' own number for it.
    pub dlt_template_id: Option<String>,
    /// The provider's number for it.
    pub message_id: Option<String>,
    pub content: Option<String>,
    /// What stands in its variables, in their order, such as `Name = registrant name`.
    pub variables: Vec<String>,
    pub language: Option<String>,
    pub active: bool,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
    /// What the row says already of what is wrong with it.
    pub noted: Option<String>,
}

crate::shows_only!(TemplateRow { id, active });

/// Why a row is no template. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// Names the attribute and what it must be, as in "content must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has no content")]
    NoContent,
    #[error("content {0}")]
    Content(#[from] PatternError),
    #[error("content has {0} characters; a text has at most {LONGEST_TEXT}")]
    TooLong(usize),
    #[error("variables: {0}")]
    Variable(#[from] SourceError),
}

/// Why a template does not make a text. It repeats no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    #[error("the template is not active")]
    Inactive,
    #[error("content has {variables} variables and {described} are described; say of each where its value comes from")]
    Count { variables: usize, described: usize },
    #[error("variable {variable} ({label}): {from} is not known")]
    Missing {
        /// Counted from 1.
        variable: usize,
        label: String,
        from: Source,
    },
    #[error("variable {variable} ({label}) {error}")]
    Value {
        variable: usize,
        label: String,
        error: ValueError,
    },
    #[error("the text would have {0} characters; at most {LONGEST_TEXT} are allowed")]
    TooLong(usize),
}

/// A template that texts can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub name: String,
    pub dlt_template_id: Option<String>,
    pub message_id: Option<String>,
    pub pattern: Pattern,
    pub variables: Vec<Variable>,
    /// How dates are written in it.
    pub language: Language,
    /// The language that the row asks for, where there is no catalogue of it and `language` is used instead.
    pub unknown_language: Option<String>,
    pub active: bool,
}

impl Template {
    /// Whether its words are registered with the operators or a provider, so that nothing may be added to them.
    pub fn is_registered(&self) -> bool {
        self.dlt_template_id.is_some() || self.message_id.is_some()
    }
}

impl TryFrom<&TemplateRow> for Template {
    type Error = TemplateError;

    fn try_from(row: &TemplateRow) -> Result<Self, TemplateError> {
        if let Some(complaint) = &row.malformed {
            return Err(TemplateError::Malformed(complaint.clone()));
        }
        let content = row.content.as_deref().filter(|content| !content.is_empty());
        let content = content.ok_or(TemplateError::NoContent)?;
        let characters = content.encode_utf16().count();
        if characters > LONGEST_TEXT {
            return Err(TemplateError::TooLong(characters));
        }
        let variables: Result<_, _> = row.variables.iter().map(|text| text.parse()).collect();
        let asked = filled(row.language.as_deref());
        let language = asked.as_deref().and_then(Language::from_tag);
        Ok(Self {
            id: row.id.clone(),
            name: filled(row.name.as_deref()).unwrap_or_else(|| row.id.clone()),
            dlt_template_id: filled(row.dlt_template_id.as_deref()),
            message_id: filled(row.message_id.as_deref()),
            pattern: Pattern::parse(content)?,
            variables: variables?,
            language: language.unwrap_or_default(),
            unknown_language: asked.filter(|_| language.is_none()),
            active: row.active,
        })
    }
}

impl Template {
    /// The text for one person.
    ///
    /// # Errors
    ///
    /// Which variable has no value, or one that cannot stand in a text.
    pub fn render(&self, values: &Values<'_>) -> Result<String, RenderError> {
        if !self.active {
            return Err(RenderError::Inactive);
        }
        let found: Result<Vec<String>, RenderError> = self
            .variables
            .iter()
            .enumerate()
            .map(|(place, Variable { label, source })| {
                values.of(source, self.language).ok_or_else(|| RenderError::Missing {
                    variable: place + 1,
                    label: label.clone(),
                    from: source.clone(),
                })
            })
            .collect();
        let variables = self.pattern.variables().count();
        if variables != self.variables.len() {
            let described = self.variables.len();
            return Err(RenderError::Count { variables, described });
        }
        let text = self.pattern.fill(&found?).map_err(|error| match error {
            FillError::Count { variables, given } => RenderError::Count {
                variables,
                described: given,
            },
            FillError::Value { variable, error } => RenderError::Value {
                variable,
                label: self.variables[variable - 1].label.clone(),
                error,
            },
        })?;
        let characters = text.encode_utf16().count();
        if characters > LONGEST_TEXT {
            return Err(RenderError::TooLong(characters));
        }
        Ok(text)
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn row(content: &str, variables: &[&str]) -> TemplateRow {
        TemplateRow {
            id: "welcome".into(),
            content: Some(content.into()),
            variables: variables.iter().map(ToString::to_string).collect(),
            active: true,
            ..TemplateRow::default()
        }
    }

    fn template(content: &str, variables: &[&str]) -> Template {
        Template::try_from(&row(content, variables)).unwrap()
    }

    fn values() -> Values<'static> {
        Values {
            registrant_name: Some("Asha"),
            workshop_title: Some("Pottery"),
            workshop_date: Some(date(2026, 11, 21)),
            workshop_place: Some("Hall 2"),
        }
    }

    #[test]
    fn values_come_from_the_named_sources() {
        let template = template(
            "Hi {#var#}, {#var#} is on {#var#} at {#var#}. Bring {#var#}. {#numeric#}",
            &[
                "Name = registrant name",
                "workshop title",
                "Date = Workshop-Date",
                "workshop place",
                "What = fixed: an apron",
                "fixed: 17",
            ],
        );
        assert_eq!(
            template.render(&values()),
            Ok("Hi Asha, Pottery is on 21 November 2026 at Hall 2. Bring an apron. 17".to_owned())
        );
    }

    #[test]
    fn render_errors_name_the_variable() {
        let name = ["Name = registrant name"];
        let two = ["Name = registrant name", "Place = workshop place"];
        let long = "x".repeat(31);
        let cases = [
            (
                template("Hi {#var#}", &[]),
                values(),
                "content has 1 variables and 0 are described; say of each where its value comes from",
            ),
            (
                template("Hi {#var#}", &two),
                values(),
                "content has 1 variables and 2 are described; say of each where its value comes from",
            ),
            (
                template("Hi {#var#} {#var#}", &two),
                Values {
                    workshop_place: None,
                    ..values()
                },
                "variable 2 (Place): workshop place is not known",
            ),
            (
                template("Hi {#var#}", &name),
                Values {
                    registrant_name: Some(&long),
                    ..values()
                },
                "variable 1 (Name) has 31 characters; at most 30 are allowed",
            ),
            (
                template("Hi {#var#}", &name),
                Values {
                    registrant_name: Some("A|B"),
                    ..values()
                },
                "variable 1 (Name) has | or a line break",
            ),
            (
                template("Code {#numeric#}", &name),
                values(),
                "variable 1 (Name) is not digits only",
            ),
            (
                Template {
                    active: false,
                    ..template("Hi", &[])
                },
                values(),
                "the template is not active",
            ),
        ];
        for (template, values, expected) in cases {
            assert_eq!(template.render(&values).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn an_invalid_template_says_what_to_change() {
        let long = "x".repeat(1601);
        let malformed = TemplateRow {
            malformed: Some("content must be text".into()),
            ..row("Hi", &[])
        };
        let empty = TemplateRow {
            content: None,
            ..row("", &[])
        };
        let cases = [
            (malformed, "content must be text"),
            (empty, "the row has no content"),
            (row("", &[]), "the row has no content"),
            (
                row("Hi {#name#}", &[]),
                "content has an unknown placeholder at character 4",
            ),
            (row(&long, &[]), "content has 1601 characters; a text has at most 1600"),
            (
                row("Hi {#var#}", &["Name = shoe size"]),
                "variables: \"shoe size\" is none of registrant name, workshop title, workshop date, workshop place, \
                 fixed: followed by the words",
            ),
        ];
        for (row, expected) in cases {
            assert_eq!(Template::try_from(&row).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn an_unknown_language_falls_back_with_a_note() {
        let with = |language: &str| {
            let row = TemplateRow {
                language: Some(language.into()),
                ..row("{#var#}", &["workshop date"])
            };
            Template::try_from(&row).unwrap()
        };
        let mongolian = with("mn-MN");
        assert_eq!(mongolian.unknown_language, None);
        assert_eq!(mongolian.render(&values()), Ok("2026 оны 11-р сарын 21".to_owned()));
        let french = with("fr");
        assert_eq!(
            (french.language, french.unknown_language.as_deref()),
            (Language::English, Some("fr"))
        );
        assert_eq!(french.render(&values()), Ok("21 November 2026".to_owned()));
        assert_eq!(with(" ").unknown_language, None);
    }

    proptest! {
        #[test]
        fn rendered_text_matches_the_registered_pattern(
            name in "\\PC{0,35}",
            place in "[a-zA-Z0-9 |\n]{0,35}",
        ) {
            let template = template(
                "Hi {#var#}: {#alphanumeric#}, {#var#}",
                &["registrant name", "workshop place", "fixed: bye"],
            );
            let values = Values {
                registrant_name: Some(&name),
                workshop_place: Some(&place),
                ..values()
            };
            if let Ok(text) = template.render(&values) {
                prop_assert!(template.pattern.check(&text).is_ok());
                let beginning = format!("Hi {}: ", name.trim());
                prop_assert!(text.starts_with(&beginning));
            } else {
                let bad = |value: &str| value.trim().is_empty() || value.trim().chars().count() > 30 || value.contains(['|', '\n']);
                prop_assert!(bad(&name) || bad(&place));
            }
        }
    }
}
