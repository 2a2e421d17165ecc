//! Texts with places for values, such as `https://{username}@gateway.example/{api_key}`.

use thiserror::Error;

/// What can be put into a profile's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Username,
    Password,
    ApiKey,
    From,
    To,
    Text,
    Id,
}

impl Name {
    const ALL: [Self; 7] = [
        Self::Username,
        Self::Password,
        Self::ApiKey,
        Self::From,
        Self::To,
        Self::Text,
        Self::Id,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Password => "password",
            Self::ApiKey => "api_key",
            Self::From => "from",
            Self::To => "to",
            Self::Text => "text",
            Self::Id => "id",
        }
    }

    /// Different for each message, where the others are settings.
    pub(super) fn is_of_message(self) -> bool {
        matches!(self, Self::To | Self::Text | Self::Id)
    }
}

/// A text with places for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Name),
}

/// Why a text is not a template. Positions are characters of it, the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum TemplateError {
    #[error("has a {{ without its }} at character {0}")]
    Unclosed(usize),
    #[error("has an unknown name in {{}} at character {0}")]
    Unknown(usize),
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let position = text[..text.len() - rest.len() + start].chars().count() + 1;
            let (before, from_brace) = rest.split_at(start);
            let (name, after) = from_brace[1..]
                .split_once('}')
                .ok_or(TemplateError::Unclosed(position))?;
            let known = Name::ALL.into_iter().find(|known| known.as_str() == name);
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value(known.ok_or(TemplateError::Unknown(position))?));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// What it has places for.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Value(name) => Some(*name),
            Piece::Text(_) => None,
        })
    }

    /// The text with the values in their places. What looks like a place in a value stays as it is.
    pub(super) fn fill(&self, value: impl Fn(Name) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(name) => value(*name),
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_their_places_once() {
        let cases = [
            ("", ""),
            ("no place }", "no place }"),
            ("{username}:{password}@{api_key}", "<username>:<password>@<api_key>"),
            ("{from}{to}{text}{id}", "<from><to>{from}<id>"),
        ];
        for (text, expected) in cases {
            let filled = Template::parse(text).unwrap().fill(|name| match name {
                Name::Text => "{from}".to_owned(),
                name => format!("<{}>", name.as_str()),
            });
            assert_eq!(filled, expected);
        }
        let names: Vec<Name> = Template::parse("{to} and {from}").unwrap().names().collect();
        assert_eq!(names, [Name::To, Name::From]);
    }

    #[test]
    fn a_place_has_a_known_name() {
        for (text, error) in [
            ("ä {name}", TemplateError::Unknown(3)),
            ("{}", TemplateError::Unknown(1)),
            ("{to} {Text}", TemplateError::Unknown(6)),
            ("{to} {text", TemplateError::Unclosed(6)),
            ("{", TemplateError::Unclosed(1)),
        ] {
            assert_eq!(Template::parse(text), Err(error), "{text}");
        }
    }
}
