//! Fits as many whole items into a text as its segments hold.

use crate::segment;

/// A text and how many of the items, from the first, it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// At most the wanted segments, in GSM-7 if plain punctuation makes that possible.
    pub text: String,
    pub taken: usize,
}

const CUT: &str = "...";

/// Renders the most items that fit in `max_segments` (at least 1), whole and in order.
///
/// `render` gets the items taken and whether more follow; it is expected to grow with the items. The first item is
/// always taken: if it does not fit even alone, the text is cut at a character and ends in `...`.
pub fn pack(items: &[String], max_segments: u32, render: impl Fn(&[String], bool) -> String) -> Packed {
    let max_segments = max_segments.max(1);
    let rendered = |taken: usize| {
        let text = render(items.get(..taken).unwrap_or(items), taken < items.len());
        segment::prefer_gsm7(&text).into_owned()
    };

    let everything = rendered(items.len());
    if fits(&everything, max_segments) {
        return Packed {
            text: everything,
            taken: items.len(),
        };
    }
    let least = items.len().min(1);
    let mut best = Packed {
        text: rendered(least),
        taken: least,
    };
    for taken in 2..items.len() {
        let text = rendered(taken);
        if !fits(&text, max_segments) {
            break;
        }
        best = Packed { text, taken };
    }
    if !fits(&best.text, max_segments) {
        best.text = cut(&best.text, max_segments);
    }
    best
}

fn fits(text: &str, max_segments: u32) -> bool {
    segment::count(text).segments <= max_segments
}

/// The longest beginning of the text that fits together with the mark of the cut.
fn cut(text: &str, max_segments: u32) -> String {
    let ends: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
    let shortened = |end: usize| text.get(..end).unwrap_or_default().trim_end().to_owned() + CUT;
    let fitting = ends.partition_point(|&end| fits(&shortened(end), max_segments));
    shortened(
        fitting
            .checked_sub(1)
            .and_then(|last| ends.get(last))
            .copied()
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn render(items: &[String], more: bool) -> String {
        let tail = if more { "\nText MORE for more." } else { "" };
        format!("Shifts:\n{}{tail}", items.join("\n"))
    }

    fn items(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn takes_everything_that_fits() {
        let packed = pack(&items(&["a", "b"]), 1, render);
        assert_eq!(
            packed,
            Packed {
                text: "Shifts:\na\nb".to_owned(),
                taken: 2
            }
        );
    }

    #[test]
    fn stops_before_the_item_that_would_not_fit() {
        let packed = pack(&vec!["0123456789".to_owned(); 30], 1, render);
        assert_eq!(packed.taken, 12);
        assert!(packed.text.ends_with("Text MORE for more."));
        assert_eq!(segment::count(&packed.text).segments, 1);
    }

    #[test]
    fn the_last_item_replaces_the_tail() {
        let packed = pack(&items(&[&"a".repeat(70), &"b".repeat(70), "c"]), 1, render);
        assert_eq!(packed.taken, 3);
    }

    #[test]
    fn an_item_outside_gsm7_counts_at_its_price() {
        let packed = pack(&items(&[&"a".repeat(40), "ночь"]), 1, render);
        assert_eq!(
            (packed.taken, segment::count(&packed.text).encoding),
            (2, segment::Encoding::Ucs2)
        );
        let packed = pack(&items(&[&"a".repeat(70), "ночь"]), 1, render);
        assert_eq!(
            (packed.taken, segment::count(&packed.text).encoding),
            (1, segment::Encoding::Gsm7)
        );
    }

    #[test]
    fn typographic_quotes_do_not_waste_room() {
        let packed = pack(&items(&[&"’".repeat(100)]), 1, render);
        assert_eq!(packed.text, format!("Shifts:\n{}", "'".repeat(100)));
    }

    #[test]
    fn a_single_item_too_long_is_cut() {
        let packed = pack(&items(&[&"x".repeat(500)]), 1, render);
        assert_eq!((packed.text.len(), packed.taken), (160, 1));
        assert!(packed.text.ends_with("x..."));
        let packed = pack(&items(&[&"😀".repeat(500)]), 2, render);
        assert_eq!(segment::count(&packed.text).segments, 2);
        assert!(packed.text.ends_with("😀..."));
    }

    #[test]
    fn nothing_to_take_is_rendered_too() {
        assert_eq!(
            pack(&[], 1, render),
            Packed {
                text: "Shifts:\n".to_owned(),
                taken: 0
            }
        );
        let long = pack(&[], 0, |_, _| "x".repeat(200));
        assert_eq!((long.text.len(), long.taken), (160, 0));
    }

    proptest! {
        #[test]
        fn packs_as_many_whole_items_as_fit(
            items in prop::collection::vec("[a-z€ж😀]{1,60}", 0..40),
            max_segments in 1u32..5,
        ) {
            let packed = pack(&items, max_segments, render);
            prop_assert!(fits(&packed.text, max_segments));
            prop_assert!(packed.taken >= items.len().min(1));
            let whole = render(&items[..packed.taken], packed.taken < items.len());
            if packed.taken > 1 || fits(&whole, max_segments) {
                prop_assert_eq!(&packed.text, &whole);
            } else {
                prop_assert!(whole.starts_with(packed.text.strip_suffix(CUT).unwrap()));
            }
            for taken in packed.taken + 1..=items.len() {
                prop_assert!(!fits(&render(&items[..taken], taken < items.len()), max_segments));
            }
        }
    }
}
