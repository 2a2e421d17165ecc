//! The texts of a campaign.

use domain::campaign::Campaign;
use domain::language::Language;
use domain::segment;
use jiff::Timestamp;

/// The announcement in every language with its segments, made once for the whole audience.
pub(super) struct Announcements {
    texts: [(Language, String, u32); Language::ALL.len()],
    /// When the campaign ends.
    pub(super) of_use_until: Timestamp,
}

impl Announcements {
    pub(super) fn of(campaign: &Campaign, agent: bool, of_use_until: Timestamp) -> Self {
        let texts = Language::ALL.map(|language| {
            let text = campaign.announcement(language, agent);
            let segments = segment::count(&text).segments;
            (language, text, segments)
        });
        Self { texts, of_use_until }
    }

    pub(super) fn in_language(&self, language: Language) -> &str {
        self.of_language(language).map_or("", |(_, text, _)| text)
    }

    pub(super) fn segments(&self, language: Language) -> u32 {
        self.of_language(language).map_or(0, |(_, _, segments)| *segments)
    }

    fn of_language(&self, language: Language) -> Option<&(Language, String, u32)> {
        self.texts.iter().find(|(of, ..)| *of == language)
    }
}
