//! How single characters of a typed text are read: what is blank, what is ink, and which spellings are the same.
//!
//! A small table instead of Unicode normalisation: phones send composed letters, and the full tables would add more to
//! each function's size than everything else here.

/// What a character does in a list of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Belongs to a word: letters, digits, combining marks.
    Letter,
    /// Belongs to a word only between letters: `-`, `_`, `.`, `#`, apostrophes.
    Joiner,
    /// Ends a word: blanks, commas, quotes, brackets, `!`, `?`, `:`, emoji.
    Separator,
    /// Is not seen by the person who typed it, such as a zero-width blank.
    Invisible,
}

pub(crate) fn class(character: char) -> Class {
    if character.is_ascii_alphanumeric() {
        return Class::Letter;
    }
    if matches!(character, ' ' | '\n' | ',' | '!' | '?') {
        return Class::Separator;
    }
    let character = plain(character);
    match character {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}' => Class::Invisible,
        '-' | '_' | '.' | '#' | '\'' | '*' | '@' | '=' | '~' | '^' | '$' | '%' => Class::Joiner,
        _ if is_pictogram(character) => Class::Separator,
        _ if character.is_alphanumeric() => Class::Letter,
        _ if character.is_ascii() || character.is_whitespace() || is_symbol(character) => Class::Separator,
        // What is left of the alphabets: marks that combine with a letter, such as the Devanagari virama.
        _ => Class::Letter,
    }
}

/// The plain form of a character: full-width forms and typographic dashes and apostrophes as typed on a keyboard.
pub(crate) fn plain(character: char) -> char {
    match character {
        '`' | '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{ff40}' => '\'',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xff01 + u32::from('!')).unwrap_or(character),
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        '\u{3002}' | '\u{ff61}' => '.',
        _ => character,
    }
}

/// The text with plain characters and without invisible ones; letters keep their case.
pub(crate) fn clean(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.to_owned();
    }
    text.chars()
        .filter(|&character| class(character) != Class::Invisible)
        .map(plain)
        .collect()
}

/// The upper-case letters that a letter is compared as.
///
/// By way of lower case, so that letters with two capitals (`ẞ`, the Kelvin sign) meet.
pub(crate) fn upper(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().flat_map(char::to_uppercase)
}

/// Appends the letter as words of the vocabulary are compared: in upper case, without accents, and without the marks that
/// many Mongolian keyboards lack.
pub(crate) fn push_base(letter: char, word: &mut String) {
    let letter = plain(letter);
    if letter.is_ascii() {
        word.push(letter.to_ascii_uppercase());
        return;
    }
    for letter in upper(letter) {
        let base = match letter {
            '\u{300}'..='\u{36f}' => continue,
            'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => 'A',
            'Æ' => {
                word.push('A');
                'E'
            }
            'Ç' | 'Ć' | 'Č' => 'C',
            'È'..='Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => 'E',
            'Ì'..='Ï' | 'Ī' | 'İ' => 'I',
            'Ñ' | 'Ń' | 'Ň' => 'N',
            'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' => 'O',
            'Œ' => {
                word.push('O');
                'E'
            }
            'Ù'..='Ü' | 'Ū' | 'Ů' | 'Ű' => 'U',
            'Ý' | 'Ÿ' => 'Y',
            'Š' | 'Ś' => 'S',
            'Ž' | 'Ź' | 'Ż' => 'Z',
            // Mongolian: barred O and straight U have stand-ins on keyboards made for other languages.
            'Ө' | 'Є' => 'О',
            'Ү' | 'Ї' | 'Ұ' => 'У',
            'Ё' => 'Е',
            'Й' => 'И',
            'Ъ' => 'Ь',
            other => other,
        };
        word.push(base);
    }
}

/// The Latin capital that a Cyrillic or Greek letter looks the same as.
pub(crate) fn look_alike(letter: char) -> Option<char> {
    let capital = upper(letter).next()?;
    Some(match capital {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' | 'Ё' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' | 'Ө' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'У' | 'Ү' | 'Υ' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        _ => return None,
    })
}

/// Emoji that Unicode counts as letters or digits, beside all the others.
fn is_pictogram(character: char) -> bool {
    matches!(character, '\u{2139}' | '\u{2460}'..='\u{24ff}' | '\u{3200}'..='\u{33ff}' | '\u{1f000}'..='\u{1faff}')
}

fn is_symbol(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{bf}' // Latin-1 controls and signs
            | '\u{d7}'
            | '\u{f7}'
            | '\u{60c}' // Arabic comma, semicolon, question mark
            | '\u{61b}'
            | '\u{61f}'
            | '\u{964}' // Indic full stops
            | '\u{965}'
            | '\u{2000}'..='\u{2bff}' // punctuation, arrows, drawing, dingbats
            | '\u{2e00}'..='\u{2e7f}'
            | '\u{3000}'..='\u{303f}'
            | '\u{e000}'..='\u{f8ff}' // private use
            | '\u{fe10}'..='\u{fe1f}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ffff}'
            | '\u{f0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_kind_of_character() {
        for (characters, expected) in [
            ("aZ5éßЖ語\u{301}\u{94d}Ａ１", Class::Letter),
            ("-_.#'’‘–‐．。＃", Class::Joiner),
            (
                " \t\r\n\u{a0}\u{3000},;/|+&\"“”„«»()[]{}<>!?:，；／＋＆｜、،…—\0\u{fffd}👍🅰ℹⓂ㊗✔",
                Class::Separator,
            ),
            (
                "\u{200b}\u{200d}\u{feff}\u{ad}\u{fe0f}\u{20e3}\u{202e}",
                Class::Invisible,
            ),
        ] {
            for character in characters.chars() {
                assert_eq!(class(character), expected, "{character:?}");
            }
        }
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        for character in char::MIN..=char::MAX {
            assert_eq!(plain(plain(character)), plain(character));
            let once: String = upper(plain(character)).collect();
            let twice: String = once.chars().map(plain).flat_map(upper).collect();
            assert_eq!(once, twice, "{character:?}");
        }
    }

    #[test]
    fn case_never_changes_what_a_character_is() {
        for character in char::MIN..=char::MAX {
            for folded in upper(plain(character)) {
                assert_eq!(class(folded), class(character), "{character:?}");
            }
        }
    }
}
