//! How many parts a text takes on the air (3GPP TS 23.038 and 23.040), as the network counts and bills them.

/// The alphabet a text is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The 7-bit default alphabet with its extension table.
    Gsm,
    /// UTF-16 code units.
    Unicode,
}

/// A text as it travels: its alphabet and its number of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    pub encoding: Encoding,
    pub count: usize,
}

/// The default alphabet without the escape, in code order.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Characters that take an escape and a code.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Capacity of a part: alone, and with the header that joins several.
const GSM_PARTS: (usize, usize) = (160, 153);
const UNICODE_PARTS: (usize, usize) = (70, 67);

impl Segments {
    /// One foreign character turns the whole text to Unicode.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
        match septets {
            Some(widths) => Self {
                encoding: Encoding::Gsm,
                count: parts(&widths, GSM_PARTS),
            },
            None => {
                let widths: Vec<usize> = text.chars().map(char::len_utf16).collect();
                Self {
                    encoding: Encoding::Unicode,
                    count: parts(&widths, UNICODE_PARTS),
                }
            }
        }
    }
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Fills parts in order; a character of two units never straddles a boundary.
fn parts(widths: &[usize], (alone, joined): (usize, usize)) -> usize {
    if widths.iter().sum::<usize>() <= alone {
        return 1;
    }
    let mut count = 1;
    let mut used = 0;
    for width in widths {
        if used + width > joined {
            count += 1;
            used = 0;
        }
        used += width;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_as_the_network_does() {
        use Encoding::{Gsm, Unicode};
        let a = |n: usize| "a".repeat(n);
        let cyrillic = |n: usize| "а".repeat(n);
        let cases = [
            (a(160), Gsm, 1),
            (a(161), Gsm, 2),
            (a(306), Gsm, 2),
            (a(307), Gsm, 3),
            ("€".repeat(80), Gsm, 1),
            ("€".repeat(81), Gsm, 2),
            (format!("{}€{}", a(152), a(10)), Gsm, 2),
            (cyrillic(70), Unicode, 1),
            (cyrillic(71), Unicode, 2),
            (cyrillic(134), Unicode, 2),
            (cyrillic(135), Unicode, 3),
            ("😀".repeat(35), Unicode, 1),
            ("😀".repeat(36), Unicode, 2),
            (format!("{}😀{}", cyrillic(66), a(10)), Unicode, 2),
            ("₮5000".to_owned(), Unicode, 1),
            (String::new(), Gsm, 1),
        ];
        for (text, encoding, count) in cases {
            assert_eq!(Segments::of(&text), Segments { encoding, count }, "{text}");
        }
    }

    #[test]
    fn the_default_alphabet_has_127_characters_and_the_escape() {
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENDED.chars().count(), 10);
    }
}
