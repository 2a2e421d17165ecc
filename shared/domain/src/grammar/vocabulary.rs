//! The vocabulary: phrases in classes, a file per language in `vocabulary/*.txt`. Words of all languages count for everybody.
//!
//! A file is a list of sections. `[yes ok]` begins the phrases of those classes, separated by commas or line ends. In a phrase
//! `(a|b)` is a choice, `[a]` may be left out, and `{name}` is one of the phrases of the list `[@name]`, which stands
//! before it. A list at the end of a phrase is kept once, however many phrases end in it: products stay small. `[leading yes]` holds phrases that mean this at the beginning of a text only. `#` begins a comment.
//!
//! Case, accents and the marks that Mongolian phones lack make no difference; an apostrophe may be left out by the sender.

mod pattern;
mod trie;
mod word;

pub(super) use self::word::WordId;

use std::sync::LazyLock;

use self::pattern::{Element, Lists, elements};
use self::trie::{Meaning, Trie};
use self::word::Words;

const FILES: [(&str, &str); 4] = [
    ("en", include_str!("../../vocabulary/en.txt")),
    ("mn", include_str!("../../vocabulary/mn.txt")),
    ("es", include_str!("../../vocabulary/es.txt")),
    ("fr", include_str!("../../vocabulary/fr.txt")),
];

/// A set of classes of phrases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes(u32);

impl Classes {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(u32::MAX);
    /// Answers a question with yes.
    pub(super) const YES: Self = Self(1);
    /// Answers a question with yes, and where none was asked says no more than "read": OK, 👍.
    pub(super) const OK: Self = Self(1 << 1);
    /// A courtesy that alone answers an appointment's question with yes: "Great!".
    pub(super) const GLAD: Self = Self(1 << 2);
    pub(super) const NO: Self = Self(1 << 3);
    /// Says that something will not be, or may not be.
    pub(super) const REFUSAL: Self = Self(1 << 4);
    pub(super) const SICK: Self = Self(1 << 5);
    pub(super) const COURTESY: Self = Self(1 << 6);
    /// A courtesy that never answers anything.
    pub(super) const GREETING: Self = Self(1 << 7);
    /// What a phone puts below a text; it runs to the end of its line.
    pub(super) const SIGNATURE: Self = Self(1 << 8);
    /// A courtesy before the sender's own name.
    pub(super) const INTRODUCTION: Self = Self(1 << 9);
    /// Says nothing before a word of the shift's description or before the sender's own name: ON, AT.
    pub(super) const LINK: Self = Self(1 << 10);
    pub(super) const BOOK: Self = Self(1 << 11);
    pub(super) const FILLER: Self = Self(1 << 12);
    pub(super) const IF: Self = Self(1 << 13);
    /// ONLY, which chooses among the shifts of an offer.
    pub(super) const ONLY: Self = Self(1 << 14);
    pub(super) const STOP: Self = Self(1 << 15);
    pub(super) const CANCEL: Self = Self(1 << 16);
    pub(super) const REQUEST: Self = Self(1 << 17);
    pub(super) const MORE: Self = Self(1 << 18);
    pub(super) const MINE: Self = Self(1 << 19);
    pub(super) const HELP: Self = Self(1 << 20);
    pub(super) const START: Self = Self(1 << 21);
    pub(super) const DROP: Self = Self(1 << 22);
    pub(super) const AGENT: Self = Self(1 << 23);
    /// A command whose feature does not exist yet.
    pub(super) const RESERVED: Self = Self(1 << 24);
    /// Said of a reaction, before what it quotes.
    pub(super) const REACTION: Self = Self(1 << 25);
    /// What a phone says of a picture that was reacted to.
    pub(super) const IMAGE: Self = Self(1 << 26);

    /// What may stand beside codes that book.
    pub(super) const BESIDE: Self = Self::BOOK
        .and(Self::FILLER)
        .and(Self::COURTESY)
        .and(Self::GREETING)
        .and(Self::GLAD)
        .and(Self::SIGNATURE)
        .and(Self::YES)
        .and(Self::OK);

    /// Everything that a text of one word may ask for without a look-up.
    pub(super) const COMMANDS: Self = Self::REQUEST
        .and(Self::MORE)
        .and(Self::MINE)
        .and(Self::HELP)
        .and(Self::START)
        .and(Self::DROP)
        .and(Self::AGENT)
        .and(Self::RESERVED);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True if the sets have a class in common.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a phrase does in a request for no more texts, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OptOutRole {
    /// Is no part of such a request.
    #[default]
    None,
    /// Says nothing of its own: courtesies.
    Courtesy,
    /// Fits between: I, WANT, SENDING.
    Padding,
    /// Fits beside `STOP`: NOW, IT.
    Urging,
    /// Names the texts, or who gets them.
    Texts,
    /// `DON'T`, `NO MORE`: only together with a word for the texts.
    Refusal,
    /// `CANCEL`, `END`: alone, or together with a word for the texts. "Cancel it" may mean a shift.
    Keyword,
    /// `STOP`: as a keyword, and also with words that only urge, as in "stop it now".
    Stop,
    /// `UNSUBSCRIBE`: speaks of nothing but texts.
    Plain,
}

/// The classes by the names that the files use: what a phrase is in a text at large, and in a request for no more texts.
const CLASSES: &[(&str, Classes, OptOutRole)] = &[
    ("yes", Classes::YES, OptOutRole::Courtesy),
    ("ok", Classes::OK, OptOutRole::Courtesy),
    ("glad", Classes::GLAD, OptOutRole::Courtesy),
    ("no", Classes::NO, OptOutRole::None),
    ("refusal", Classes::REFUSAL, OptOutRole::None),
    ("sick", Classes::SICK, OptOutRole::None),
    ("courtesy", Classes::COURTESY, OptOutRole::Courtesy),
    ("greeting", Classes::GREETING, OptOutRole::Courtesy),
    ("signature", Classes::SIGNATURE, OptOutRole::Courtesy),
    ("introduction", Classes::INTRODUCTION, OptOutRole::None),
    ("link", Classes::LINK, OptOutRole::None),
    ("book", Classes::BOOK, OptOutRole::None),
    ("filler", Classes::FILLER, OptOutRole::None),
    ("if", Classes::IF, OptOutRole::None),
    ("only", Classes::ONLY, OptOutRole::None),
    ("request", Classes::REQUEST, OptOutRole::None),
    ("more", Classes::MORE, OptOutRole::None),
    ("mine", Classes::MINE, OptOutRole::None),
    ("help", Classes::HELP, OptOutRole::None),
    ("start", Classes::START, OptOutRole::None),
    ("drop", Classes::DROP, OptOutRole::None),
    ("agent", Classes::AGENT, OptOutRole::None),
    ("reserved", Classes::RESERVED, OptOutRole::None),
    ("reaction", Classes::REACTION, OptOutRole::None),
    ("image", Classes::IMAGE, OptOutRole::None),
    ("stop", Classes::STOP, OptOutRole::Stop),
    ("unsubscribe", Classes::STOP, OptOutRole::Plain),
    ("end", Classes::STOP, OptOutRole::Keyword),
    ("cancel", Classes::STOP.and(Classes::CANCEL), OptOutRole::Keyword),
    ("never", Classes::REFUSAL, OptOutRole::Refusal),
    ("texts", Classes::NONE, OptOutRole::Texts),
    ("urging", Classes::NONE, OptOutRole::Urging),
    ("padding", Classes::NONE, OptOutRole::Padding),
];

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Classes whose longer phrases may hold any word, such as "have a good weekend": those words can still be codes.
const OPEN: Classes = Classes::COURTESY
    .and(Classes::GREETING)
    .and(Classes::SIGNATURE)
    .and(Classes::SICK)
    .and(Classes::REQUEST)
    .and(Classes::MINE)
    .and(Classes::HELP)
    .and(Classes::START)
    .and(Classes::REACTION)
    .and(Classes::IMAGE);

/// What single words are known for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WordFacts {
    /// Is never looked up as a code, except alone.
    pub(super) is_vocabulary: bool,
    /// Begins a phrase that may ask for no more texts.
    pub(super) may_opt_out: bool,
    /// The day of the week, Monday being 1; 0 for other words.
    pub(super) day: u8,
}

#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Words,
    facts: Vec<WordFacts>,
    phrases: Trie<Phrase>,
    opt_outs: Trie<OptOutRole>,
}

/// The classes of a phrase at the beginning of a text and elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Phrase {
    leading: Classes,
    elsewhere: Classes,
}

impl Phrase {
    pub(super) fn classes(self, is_leading: bool) -> Classes {
        if is_leading && self.leading != Classes::NONE {
            self.leading
        } else {
            self.elsewhere
        }
    }
}

impl Meaning for Phrase {
    fn join(self, other: Self) -> Self {
        Self {
            leading: self.leading.and(other.leading),
            elsewhere: self.elsewhere.and(other.elsewhere),
        }
    }
}

impl Meaning for OptOutRole {
    fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

pub(super) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::load().0);

impl Vocabulary {
    /// The vocabulary, and what is wrong with its files; a test keeps the second part empty.
    fn load() -> (Self, Vec<String>) {
        let mut vocabulary = Self {
            facts: vec![WordFacts::default()],
            ..Self::default()
        };
        let mut problems = Vec::new();
        for (language, file) in FILES {
            vocabulary.read(
                file,
                |_| true,
                |problem| problems.push(format!("{language}: {problem}")),
            );
        }
        (vocabulary, problems)
    }

    fn read(&mut self, file: &'static str, wants: impl Fn(&str) -> bool, mut report: impl FnMut(String)) {
        let mut lists = Lists::new();
        let mut section = "";
        self.phrases.begin_file();
        self.opt_outs.begin_file();
        for line in file.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'))
                && !name.contains(['[', '|', ','])
            {
                section = name;
                continue;
            }
            for pattern in line.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
                let added = elements(pattern).and_then(|elements| match section.strip_prefix('@') {
                    Some(list) => {
                        lists.entry(list).or_default().push(elements);
                        Ok(())
                    }
                    None if wants(section) => self.insert(section, &elements, &lists),
                    None => Ok(()),
                });
                added.unwrap_or_else(|problem| report(format!("[{section}] {pattern}: {problem}")));
            }
        }
    }

    fn insert(&mut self, section: &'static str, pattern: &[Element], lists: &Lists) -> Result<(), String> {
        if let Some(day) = DAYS.iter().position(|day| *day == section) {
            for element in pattern {
                if let Element::Words(words) = element {
                    for word in words {
                        let id = self.words.id(word);
                        self.fact(id).day = u8::try_from(day + 1).unwrap_or_default();
                    }
                }
            }
            return Ok(());
        }
        let (mut classes, mut role, mut is_leading) = (Classes::NONE, OptOutRole::None, false);
        for name in section.split_whitespace() {
            if name == "leading" {
                is_leading = true;
                continue;
            }
            let known = CLASSES.iter().find(|(known, ..)| *known == name);
            let &(_, class, class_role) = known.ok_or("no such class")?;
            classes = classes.and(class);
            role = role.max(class_role);
        }
        if classes != Classes::NONE {
            let (leading, elsewhere) = if is_leading {
                (classes, Classes::NONE)
            } else {
                (Classes::NONE, classes)
            };
            let phrase = Phrase { leading, elsewhere };
            let words = self.phrases.insert(&mut self.words, section, pattern, lists, phrase)?;
            let is_open = !classes.without(OPEN).has(Classes::ALL);
            for (word, is_alone) in words {
                self.fact(word).is_vocabulary |= is_alone || !is_open;
            }
        }
        if role != OptOutRole::None {
            self.opt_outs.insert(&mut self.words, section, pattern, lists, role)?;
            if role >= OptOutRole::Refusal {
                for word in self.opt_outs.first_words(pattern, lists) {
                    let id = self.words.id(&word);
                    self.fact(id).may_opt_out = true;
                }
            }
        }
        Ok(())
    }

    fn fact(&mut self, id: WordId) -> &mut WordFacts {
        let index = id.index();
        if self.facts.len() <= index {
            self.facts.resize(index + 1, WordFacts::default());
        }
        &mut self.facts[index]
    }

    /// The number of a folded word. Letters repeated three times or more count once: "pleaseee".
    pub(super) fn word(&self, folded: &str) -> WordId {
        let known = |word: &str| self.words.get(word);
        known(folded)
            .or_else(|| known(&shortened(folded)?))
            .unwrap_or(WordId::UNKNOWN)
    }

    pub(super) fn facts(&self, id: WordId) -> WordFacts {
        self.facts.get(id.index()).copied().unwrap_or_default()
    }

    /// The longest phrase that the words begin with, and its length. `may_end` says where a phrase may end.
    pub(super) fn phrase(
        &self,
        words: impl Iterator<Item = WordId>,
        may_end: impl Fn(usize) -> bool,
    ) -> Option<(Phrase, usize)> {
        self.phrases.longest(words, may_end)
    }

    pub(super) fn opt_out(&self, words: impl Iterator<Item = WordId>) -> Option<(OptOutRole, usize)> {
        self.opt_outs.longest(words, |_| true)
    }
}

/// The word with each letter that stands three times or more in a row standing once, if it has such letters.
fn shortened(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !letters.iter().all(|letter| letter.is_alphabetic()) {
        return None;
    }
    let mut short = String::with_capacity(word.len());
    for run in letters.chunk_by(|one, other| one == other) {
        let keep = if run.len() > 2 { 1 } else { run.len() };
        short.extend(run.iter().take(keep));
    }
    (short.len() < word.len() && short.chars().count() > 1).then_some(short)
}

#[cfg(test)]
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[cfg(test)]
impl Vocabulary {
    pub(super) fn load_for_test() -> (Self, Vec<String>) {
        Self::load()
    }

    /// Every phrase with the sections that it stands in: those of a text at large, and those of a request for no more texts.
    pub(super) fn sections() -> [BTreeMap<String, BTreeSet<&'static str>>; 2] {
        let mut sections = [BTreeMap::new(), BTreeMap::new()];
        for (_, file) in FILES {
            let names = file
                .lines()
                .filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
            let names: BTreeSet<&str> = names.filter(|name| !name.contains(['[', '|', ',', '@'])).collect();
            for name in names {
                let mut section = Self {
                    facts: vec![WordFacts::default()],
                    ..Self::default()
                };
                section.read(file, |read| read == name, |problem| panic!("{problem}"));
                let phrases = section.phrases.all(&section.spellings());
                let opt_outs = section.opt_outs.all(&section.spellings());
                for (found, phrases) in sections.iter_mut().zip([phrases, opt_outs]) {
                    for phrase in phrases {
                        found.entry(phrase).or_insert_with(BTreeSet::new).insert(name);
                    }
                }
            }
        }
        sections
    }

    /// The phrases of a language's file that have one of the classes and no other.
    pub(super) fn phrases_of(language: &str, classes: Classes) -> Vec<String> {
        let mut vocabulary = Self {
            facts: vec![WordFacts::default()],
            ..Self::default()
        };
        for (_, file) in FILES.iter().filter(|(name, _)| *name == language) {
            vocabulary.read(file, |_| true, |problem| panic!("{problem}"));
        }
        let mut phrases = vocabulary.phrases.all(&vocabulary.spellings());
        phrases.retain(|phrase| {
            let units = super::text::Text::of(&format!("A1, {phrase}")).units;
            matches!(units.as_slice(), [_, unit] if unit.classes.has(classes) && !unit.classes.without(classes).has(Classes::ALL))
        });
        phrases
    }

    pub(super) fn all_words(&self) -> Vec<String> {
        self.words.all().map(|(word, _)| word.to_owned()).collect()
    }

    fn spellings(&self) -> HashMap<WordId, &str> {
        self.words.all().map(|(word, id)| (id, word)).collect()
    }
}
