//! How many SMS segments a text is billed as (3GPP TS 23.038 and 23.040, 8-bit concatenation reference).

use std::borrow::Cow;

use crate::phone_number::PhoneNumber;

/// The country whose operators deliver registered texts only.
const INDIA: &str = "+91";

/// The alphabet a text is sent in; one character outside GSM-7 turns the whole text to UCS-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Gsm7,
    Ucs2,
}

impl Encoding {
    /// Units that fit in a text of one segment, and in each segment of a longer one.
    const fn capacity(self) -> (u32, u32) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// What sending a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentCount {
    pub encoding: Encoding,
    /// Billed parts; an empty text counts as one.
    pub segments: u32,
    /// Septets in GSM-7, UTF-16 units in UCS-2.
    pub units: u32,
}

/// Counts the segments of a text as the networks split it.
pub fn count(text: &str) -> SegmentCount {
    let encoding = if text.chars().all(|character| septets(character).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let (single, multiple) = encoding.capacity();
    let width = |character: char| match encoding {
        Encoding::Gsm7 => septets(character).unwrap_or(1),
        Encoding::Ucs2 => {
            if u32::from(character) > 0xffff {
                2
            } else {
                1
            }
        }
    };

    let units = text.chars().map(width).sum();
    if units <= single {
        return SegmentCount {
            encoding,
            segments: 1,
            units,
        };
    }
    let mut segments = 1;
    let mut used = 0;
    for width in text.chars().map(width) {
        // An escape pair and a surrogate pair stay in one segment.
        if used + width > multiple {
            segments += 1;
            used = 0;
        }
        used += width;
    }
    SegmentCount {
        encoding,
        segments,
        units,
    }
}

/// Whether a text may be a part of a longer one that goes on: it is as long as a part that is full.
///
/// Parts hold up to two units less where the reference of the whole text is long, or where the next character takes two. A
/// text in Latin letters may be a part of one that is sent in UCS-2.
pub fn may_go_on(part: &str) -> bool {
    let is_full = |units: u32, encoding: Encoding| {
        let (_, full) = encoding.capacity();
        (full - 2..=full).contains(&units)
    };
    let counted = count(part);
    let utf16 = u32::try_from(part.encode_utf16().count()).unwrap_or(u32::MAX);
    is_full(utf16, Encoding::Ucs2) || (counted.encoding == Encoding::Gsm7 && is_full(counted.units, Encoding::Gsm7))
}

/// The text with typographic characters replaced by plain ones, where that makes all of it GSM-7.
///
/// Any other text stays exactly as it was: plain quotes would not make it cheaper. Letters are never replaced.
pub fn prefer_gsm7(text: &str) -> Cow<'_, str> {
    let plain = plain_marks(text);
    if plain == text || plain.chars().any(|character| septets(character).is_none()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(plain)
    }
}

/// The text as it goes to this number: with plain marks where that saves segments, and as it was written where the operators
/// compare it with a registered template.
pub fn prefer_gsm7_for<'a>(text: &'a str, to: &PhoneNumber) -> Cow<'a, str> {
    if to.as_str().starts_with(INDIA) {
        Cow::Borrowed(text)
    } else {
        prefer_gsm7(text)
    }
}

/// The text with plain characters in the place of typographic ones, whatever else is in it.
pub fn plain_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            character => match plain_mark(character) {
                Some(mark) => plain.push_str(mark),
                None => plain.push(character),
            },
        }
    }
    plain
}

/// What stands for a typographic character in plain text; `None` for any other character.
fn plain_mark(character: char) -> Option<&'static str> {
    Some(match character {
        '‘' | '’' | '‚' | '‛' | '`' | '´' | '′' | '‵' | '‹' | '›' | 'ʼ' | '❛' | '❜' | '＇' => {
            "'"
        }
        '“' | '”' | '„' | '‟' | '″' | '‶' | '«' | '»' | '❝' | '❞' | '〝' | '〞' | '＂' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '⁃' | '﹘' | '﹣' | '－' => "-",
        '•' | '‣' | '◦' | '▪' | '●' | '·' | '∙' | '・' => "-",
        '…' => "...",
        '‥' => "..",
        '⁄' | '∕' => "/",
        // The line and paragraph separators of word processors and of old mainframes.
        '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' => "\n",
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        // Soft hyphens, characters of no width, and marks for the direction of writing.
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => "",
        '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => "",
        _ => return None,
    })
}

/// Septets a character takes in the GSM 7-bit default alphabet, two if it comes from the extension table.
fn septets(character: char) -> Option<u32> {
    match character {
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '`' => None,
        '\n' | '\r' | ' '..='~' => Some(1),
        '£' | '¥' | '¤' | '¡' | '¿' | '§' => Some(1),
        'è' | 'é' | 'ù' | 'ì' | 'ò' | 'à' | 'ä' | 'ö' | 'ñ' | 'ü' | 'ø' | 'å' | 'æ' | 'ß' => Some(1),
        'Ä' | 'Ö' | 'Ñ' | 'Ü' | 'Ø' | 'Å' | 'Æ' | 'É' | 'Ç' => Some(1),
        'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The default alphabet by code, as 3GPP TS 23.038 prints it; `\u{1b}` is the escape.
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                         ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{c}^{}\\[~]|€";

    #[test]
    fn knows_the_whole_alphabet_and_nothing_else() {
        assert_eq!(BASIC.chars().count(), 128);
        for character in char::MIN..=char::MAX {
            let expected = match character {
                '\u{1b}' => None,
                _ if BASIC.contains(character) => Some(1),
                _ if EXTENSION.contains(character) => Some(2),
                _ => None,
            };
            assert_eq!(septets(character), expected, "{character:?}");
        }
    }

    #[test]
    fn counts_segments_as_the_networks_do() {
        let a = |n| "a".repeat(n);
        let cyrillic = |n| "а".repeat(n);
        let emoji = |n| "😀".repeat(n);
        for (text, encoding, segments, units) in [
            (String::new(), Encoding::Gsm7, 1, 0),
            (a(160), Encoding::Gsm7, 1, 160),
            (a(161), Encoding::Gsm7, 2, 161),
            (a(306), Encoding::Gsm7, 2, 306),
            (a(307), Encoding::Gsm7, 3, 307),
            ("€".repeat(80), Encoding::Gsm7, 1, 160),
            ("€".repeat(81), Encoding::Gsm7, 2, 162),
            (a(152) + "€" + &a(10), Encoding::Gsm7, 2, 164),
            // The pair moved to the second segment, which leaves no room for the last letter.
            (a(152) + "€" + &a(151), Encoding::Gsm7, 2, 305),
            (a(152) + "€" + &a(152), Encoding::Gsm7, 3, 306),
            (cyrillic(70), Encoding::Ucs2, 1, 70),
            (cyrillic(71), Encoding::Ucs2, 2, 71),
            (cyrillic(134), Encoding::Ucs2, 2, 134),
            (cyrillic(135), Encoding::Ucs2, 3, 135),
            (emoji(35), Encoding::Ucs2, 1, 70),
            (emoji(36), Encoding::Ucs2, 2, 72),
            (cyrillic(66) + "😀" + &cyrillic(10), Encoding::Ucs2, 2, 78),
            ("₮5000".to_owned(), Encoding::Ucs2, 1, 5),
        ] {
            assert_eq!(
                count(&text),
                SegmentCount {
                    encoding,
                    segments,
                    units
                },
                "{text:?}"
            );
        }
    }

    #[test]
    fn k54_a_full_part_may_go_on() {
        let a = |n| "a".repeat(n);
        let cyrillic = |n| "а".repeat(n);
        for (part, expected) in [
            (String::new(), false),
            ("XYZ123".to_owned(), false),
            (a(64), false),
            (a(65), true),
            (a(67), true),
            (a(68), false),
            (a(150), false),
            (a(151), true),
            (a(153), true),
            (a(154), false),
            (a(160), false),
            (a(149) + "€", true),
            (a(306), false),
            (cyrillic(64), false),
            (cyrillic(65), true),
            (cyrillic(67), true),
            (cyrillic(70), false),
            (cyrillic(153), false),
            (cyrillic(65) + "😀", true),
        ] {
            assert_eq!(may_go_on(&part), expected, "{part}");
        }
    }

    #[test]
    fn prefers_plain_characters_only_where_they_pay() {
        for (text, expected) in [
            ("It’s “on” – 9—5…", "It's \"on\" - 9-5..."),
            ("a\u{a0}b\tc\r\nd\u{200b}", "a b c\nd"),
            ("`a´", "'a'"),
            ("plain", "plain"),
            ("“Смена”", "“Смена”"),
            ("It’s ₮5000\r\n", "It’s ₮5000\r\n"),
            ("Garçon’s", "Garçon’s"),
            ("“👍”", "“👍”"),
        ] {
            assert_eq!(prefer_gsm7(text), expected);
        }
        assert!(matches!(prefer_gsm7("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn k52_marks_of_word_processors_cost_no_segments() {
        for mark in [
            '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '’', '“', '«', '»', '‹', '›', '–', '—', '…', '‥', '•', '·', '●',
            '\u{a0}', '\u{202f}', '\u{200b}', '\u{202a}', '\u{2069}', '\u{feff}', '⁄', 'ʼ', '＂',
        ] {
            let text = format!("{}{mark}{}", "a".repeat(70), "b".repeat(70));
            assert_eq!(count(&text).encoding, Encoding::Ucs2, "{mark:?}");
            let plain = prefer_gsm7(&text);
            assert_eq!(
                (count(&plain).segments, count(&plain).encoding),
                (1, Encoding::Gsm7),
                "{mark:?}"
            );
        }
        assert_eq!(
            prefer_gsm7("One\u{2028}two\u{2029}three\u{85}four"),
            "One\ntwo\nthree\nfour"
        );
        assert_eq!(prefer_gsm7("« Oui » • 1⁄2"), "\" Oui \" - 1/2");
        // It would be UCS-2 all the same.
        assert_eq!(prefer_gsm7("Смена\u{2028}«A»"), "Смена\u{2028}«A»");
    }

    #[test]
    fn k52_what_operators_compare_goes_as_it_was_written() {
        for (to, expected) in [("+919876543210", "It’s on"), ("+12025550123", "It's on")] {
            let to = PhoneNumber::parse(to).unwrap();
            assert_eq!(prefer_gsm7_for("It’s on", &to), expected);
        }
    }

    /// Writes the text out unit by unit and cuts it up, character by character.
    fn slow_count(text: &str) -> (Encoding, usize) {
        let gsm: Option<Vec<Vec<u16>>> = text
            .chars()
            .map(|character| {
                let code = |table: &str| table.chars().position(|entry| entry == character && entry != '\u{1b}');
                match (code(BASIC), code(EXTENSION)) {
                    (Some(code), _) => Some(vec![u16::try_from(code).unwrap()]),
                    (None, Some(code)) => Some(vec![0x1b, u16::try_from(code).unwrap()]),
                    (None, None) => None,
                }
            })
            .collect();
        let (encoding, single, multiple, characters) = match gsm {
            Some(characters) => (Encoding::Gsm7, 160, 153, characters),
            None => (
                Encoding::Ucs2,
                70,
                67,
                text.chars().map(|c| c.encode_utf16(&mut [0; 2]).to_vec()).collect(),
            ),
        };
        if characters.concat().len() <= single {
            return (encoding, 1);
        }
        let mut parts: Vec<Vec<u16>> = vec![vec![]];
        for character in characters {
            if parts.last().unwrap().len() + character.len() > multiple {
                parts.push(vec![]);
            }
            parts.last_mut().unwrap().extend(character);
        }
        (encoding, parts.len())
    }

    proptest! {
        #[test]
        fn counts_like_the_slow_reference(text in "[a-z€\\[ ]{0,700}([а-я😀a]{0,300})?") {
            let counted = count(&text);
            let (encoding, segments) = slow_count(&text);
            prop_assert_eq!((counted.encoding, counted.segments as usize), (encoding, segments));
        }

        #[test]
        fn preferring_never_costs_more_and_settles(text in "[a-z’“…\\t\\r\\nа\\PC]{0,200}") {
            let preferred = prefer_gsm7(&text);
            prop_assert!(count(&preferred).segments <= count(&text).segments);
            prop_assert!(preferred == text || count(&preferred).encoding == Encoding::Gsm7);
            prop_assert_eq!(prefer_gsm7(&preferred), preferred.as_ref());
        }
    }
}
