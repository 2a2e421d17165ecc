//! The languages that have a catalogue of wording.

use crate::phone_number::tidy;

/// A language with a complete catalogue in `wording/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Language {
    #[default]
    English,
    Mongolian,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Mongolian];

    /// The language for a BCP 47 tag such as `mn` or `en-GB`, judged by its primary part, or for the language's name in
    /// English or in itself; `None` without a catalogue.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tidy(tag).to_lowercase();
        let primary = tag.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.names().contains(&primary))
    }

    /// Its tags of two and three letters, and its names.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::English => &["en", "eng", "english", "англи"],
            Self::Mongolian => &["mn", "mon", "mongolian", "монгол"],
        }
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Mongolian => "mn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_judged_by_their_primary_part() {
        for (tag, expected) in [
            ("en", Some(Language::English)),
            ("EN-gb", Some(Language::English)),
            (" mn_MN ", Some(Language::Mongolian)),
            ("English", Some(Language::English)),
            ("Монгол хэл", Some(Language::Mongolian)),
            ("mn.MN", Some(Language::Mongolian)),
            ("MON", Some(Language::Mongolian)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), expected, "{tag:?}");
        }
    }
}
