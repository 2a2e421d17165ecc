//! Properties of all texts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::findings::MAX_NOT_HANDLED;
use super::super::spelling::folded_words;
use super::super::text::Text;
use super::super::vocabulary::{Classes, Vocabulary};
use super::examples::*;
use super::faults::{VERBS, ours, quotations};
use super::*;
use crate::random_cases;

const CODES: [&str; 3] = ["ABC1", "ABC2", "XYZ123"];

/// Ordinary words that say nothing in the vocabulary.
const STRANGERS: [(&str, &[&str]); 4] = [
    (
        "en",
        &[
            "Bob",
            "tomorrow",
            "week",
            "is",
            "does",
            "covers",
            "the boss",
            "money",
            "bus",
            "yesterday",
            "they",
            "he",
            "where",
            "pay",
            "mum",
            "works",
            "worked",
            "giving",
            "want it to",
            "hotel",
            "colleague",
            "two hours",
        ],
    ),
    (
        "mn",
        &[
            "Болд",
            "маргааш",
            "өчигдөр",
            "хэн",
            "хаана",
            "ажил",
            "дарга",
            "автобус",
            "сул",
            "мөнгө",
            "цалин",
            "тэд",
            "Bold",
            "margaash",
            "hezee",
            "haana",
            "mongo",
        ],
    ),
    (
        "es",
        &[
            "Pedro",
            "mañana",
            "ayer",
            "dónde",
            "cuánto",
            "dinero",
            "jefazo",
            "autobús",
            "semana",
            "ella",
            "trabajaba",
            "ocupa",
            "pagan",
            "hermano",
            "casa",
        ],
    ),
    (
        "fr",
        &[
            "Pierre",
            "demain",
            "hier",
            "où",
            "combien",
            "argent",
            "semaine",
            "elle",
            "travaillait",
            "prend",
            "payé",
            "frère",
            "maison",
            "pourquoi",
            "quelqu'un",
        ],
    ),
];

/// The phrases of a language that may stand beside codes.
fn beside(language: &str) -> Vec<String> {
    let phrases = Vocabulary::phrases_of(language, Classes::BESIDE.without(Classes::SIGNATURE));
    assert!(phrases.len() > 100, "{language}: {}", phrases.len());
    phrases
}

fn run<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = random_cases();
    let config = Config {
        failure_persistence: None,
        max_global_rejects: cases.cases,
        ..cases
    };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

/// Words around codes, with the codes in the order typed.
fn around(phrases: &[String], picks: &[(usize, u8)]) -> (Vec<String>, Vec<&'static str>) {
    let mut words = Vec::new();
    let mut codes: Vec<&'static str> = Vec::new();
    for &(pick, kind) in picks {
        if kind < 2 {
            let code = CODES[pick % CODES.len()];
            words.push(if kind == 0 {
                code.to_owned()
            } else {
                code.to_lowercase()
            });
            if !codes.contains(&code) {
                codes.push(code);
            }
        } else {
            words.push(phrases[pick % phrases.len()].clone());
        }
    }
    (words, codes)
}

fn picks() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((any::<usize>(), 0u8..6), 1..8)
}

#[test]
fn one_strange_word_never_books() {
    for (language, strangers) in STRANGERS {
        let phrases = beside(language);
        let letters = if language == "mn" {
            "[а-яөү]{2,9}"
        } else {
            "[a-z]{2,9}"
        };
        let stranger = prop_oneof![prop::sample::select(strangers).prop_map(str::to_owned), letters];
        run(
            (picks(), stranger, any::<prop::sample::Index>()),
            |(picks, stranger, place)| {
                let (mut words, codes) = around(&phrases, &picks);
                let text = Text::of(&stranger);
                let is_strange = text.units.iter().all(|unit| unit.token.is_some());
                let is_known = ["anna", "till", "kitchen", "mon", "tue", "wed"].contains(&stranger.as_str());
                if codes.is_empty() || !is_strange || is_known || text.words.iter().any(is_in_phrases) {
                    return Ok(());
                }
                words.insert(place.index(words.len() + 1), stranger);
                let meaning = World::default().meaning(&words.join(" "));
                prop_assert!(!matches!(meaning, Meaning::Book(_)), "{}: {meaning:?}", words.join(" "));
                Ok(())
            },
        );
    }
}

/// Whether the word may make a phrase with its neighbours.
fn is_in_phrases(word: &text::Word) -> bool {
    word.id != vocabulary::WordId::UNKNOWN
}

#[test]
fn vocabulary_around_a_code_always_books() {
    for (language, _) in STRANGERS {
        let phrases = beside(language);
        run(
            (picks(), prop::sample::select(vec![", ", ". ", "\n", "! "])),
            |(picks, separator)| {
                let (words, codes) = around(&phrases, &picks);
                if codes.is_empty() {
                    return Ok(());
                }
                let text = words.join(separator);
                prop_assert_eq!(World::default().meaning(&text), book(&codes), "{}", text);
                Ok(())
            },
        );
    }
}

#[test]
fn confirming_equals_the_code_alone() {
    let ids: Vec<&str> = stored()
        .iter()
        .map(|shift| shift.id)
        .filter(|id| id.contains(|id: char| id.is_ascii_digit()))
        .collect();
    let asking = prop::sample::select(vec![
        "is {} free",
        "{}?",
        "{} later",
        "cover {}",
        "what about {} tomorrow",
        "{} on Sunday night",
        "HELP {}",
    ]);
    run((prop::sample::subsequence(ids, 1..5), asking), |(ids, asking)| {
        let codes = ids.join(", ");
        let alone = World::default().meaning(&codes);
        let Meaning::Ask { ids: asked } = World::default().meaning(&asking.replace("{}", &codes)) else {
            return Err(TestCaseError::fail(format!("{asking} {codes}")));
        };
        let offered = World {
            questions: vec![Asked::Offer { codes: asked.clone() }],
            ..World::default()
        };
        for yes in ["YES", "yes please", "ok", "👍", "sí", "oui", "тийм"] {
            prop_assert_eq!(offered.meaning(yes), answer(true, ""));
        }
        prop_assert_eq!(alone, book(&asked.iter().map(String::as_str).collect::<Vec<_>>()));
        Ok(())
    });
}

#[test]
fn reactions_inside_reactions_are_silent() {
    let ours: Vec<String> = ours()
        .into_iter()
        .filter(|ours| !ours.starts_with("ABC1") && ours.len() > 30)
        .collect();
    let strategy = (
        prop::sample::select(VERBS),
        prop::sample::select(VERBS),
        prop::sample::select(ours),
        any::<prop::sample::Index>(),
    );
    run(strategy, |(outer, inner, ours, mark)| {
        let inner = format!("{inner} “{ours}”");
        for text in [
            format!("{outer} “{inner}”"),
            format!("Liked “{inner}"),
            mark.get(&quotations(&ours)).clone(),
        ] {
            let text = if text.starts_with(outer) || text.starts_with("Liked") {
                text
            } else {
                format!("{outer} {text}")
            };
            let is_known = folded_words(outer).len() < 9 && World::default().meaning(&text) == Meaning::Silence;
            let is_foreign = ["Gefällt", "Curtiu", "Ha messo", "Нравится", "Lubi"]
                .iter()
                .any(|other| outer.starts_with(other));
            prop_assert!(is_known || is_foreign, "{text}");
        }
        Ok(())
    });
}

#[test]
fn stop_words_alone_always_opt_out() {
    let [_, phrases] = Vocabulary::sections();
    let stops: Vec<String> = phrases
        .into_iter()
        .filter(|(_, sections)| {
            sections
                .iter()
                .any(|section| ["stop", "unsubscribe", "end", "cancel"].contains(section))
        })
        .map(|(phrase, _)| phrase)
        .collect();
    assert!(stops.len() > 300, "{}", stops.len());
    let questions = [
        Asked::Appointment { is_answered: false },
        Asked::Offer {
            codes: vec!["ABC1".to_owned()],
        },
        Asked::Drop {
            code: "ABC1".to_owned(),
        },
    ];
    for stop in &stops {
        for text in [
            stop.clone(),
            stop.to_lowercase(),
            format!("{stop}."),
            format!("  {stop}!!! \n"),
            format!("“{stop}”"),
            format!("Hi, {stop} please"),
        ] {
            let word = text.trim().to_owned();
            for count in 0..questions.len() {
                // Even where a shift has such an id.
                let found: Vec<KnownShift<'_>> = [word.as_str(), stop, "ABC1"]
                    .iter()
                    .map(|id| KnownShift {
                        id,
                        info: stop,
                        is_held: count == 1,
                        is_open: count != 1,
                    })
                    .collect();
                let known = Known {
                    name: Some(stop),
                    to_come: found.clone(),
                    open: Some(found.clone()),
                    found,
                    questions: questions.get(..count).unwrap(),
                    texted_today: count == 2,
                };
                let meaning = Reading::of(&text).meaning(&known);
                assert!(matches!(meaning, Meaning::OptOut { .. }), "{text}: {meaning:?}");
            }
        }
    }
    println!("{} stop phrases checked", stops.len());
}

fn all_known<'a>(questions: &'a [Asked], shifts: &[KnownShift<'a>]) -> Known<'a> {
    Known {
        name: Some("Anna"),
        found: shifts.to_vec(),
        open: Some(shifts.to_vec()),
        questions,
        to_come: shifts.iter().copied().take(1).collect(),
        texted_today: true,
    }
}

fn check(text: &str) {
    let shifts = stored();
    let questions = [
        Asked::Offer {
            codes: vec!["ABC1".to_owned()],
        },
        Asked::Appointment { is_answered: false },
    ];
    let reading = Reading::of(text);
    assert!(reading.needs().codes.len() <= MAX_CODES);
    let spellings: usize = reading.needs().codes.iter().map(|code| code.spellings().len()).sum();
    assert!(spellings <= 4 * MAX_CODES);
    for count in 0..=questions.len() {
        let meaning = reading.meaning(&all_known(questions.get(..count).unwrap(), &shifts));
        assert_ne!(meaning, Meaning::ReadOpenShifts);
        if let Meaning::Book(codes) | Meaning::Drop(codes) = &meaning {
            assert!(
                codes.ids.len() + codes.misses.len() <= MAX_CODES * 2 && codes.not_handled.len() <= MAX_NOT_HANDLED
            );
        }
        assert_eq!(
            reading.meaning(&all_known(questions.get(..count).unwrap(), &shifts)),
            meaning
        );
    }
    reading.meaning(&Known::default());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..random_cases() })]

    #[test]
    fn any_text_has_a_meaning(text in ".{0,300}") {
        check(&text);
    }

    #[test]
    fn any_bytes_have_a_meaning(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn words_in_any_order_have_a_meaning(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "stop", "all", "me", "texting", "don't", "no", "more", "opt", "out", "in", "ABC1", "abc1.abc2", "drop", "agent", "please", ".",
                "\n", "yes", "“", "”", "Liked", "👍", "👎", "8", "am", "8:30", "Mon", "Anna", "1", "XYZ", "123", "?", "only", "sick", "I'll take",
                "\u{202e}", "\u{200f}", "\u{fffd}", "АВС1", "-", "A", "B", "C", "to", "an image", "WEEKEND", "DO", "it's",
            ]),
            0..14,
        ),
        separator in prop::sample::select(vec![" ", "", ", ", "-", "."]),
    ) {
        check(&words.join(separator));
    }
}

#[test]
fn bad_texts_are_read_within_bounds() {
    let repeated = [
        "A",
        "A ",
        "stop ",
        "stop. ",
        "ok. ",
        "\u{200b}",
        "'",
        ".",
        "👍",
        "\n",
        "é-",
        "don't ",
        "ABC1 ",
        "ABC1,",
        "ABC1 Mon 8 am, till ",
        "“",
        "Liked “",
        "👍 to “",
        "I'll ",
        "take ",
        "please ",
        "8:",
        "8 am ",
        "a-",
        "A1.",
        "A B C 1 ",
        "Mon ",
        "Anna ",
        "on ",
        "sent from my phone ",
        "?",
        "\u{fffd}",
        "\u{202e}ABC1\u{202c}",
        "АВС1 ",
        "can i ",
        "no ",
        "\"",
        "« ",
        "ABC1 on ",
        "XYZ 123 ",
        "x",
        "гүй ",
        "stop, ",
        "1 ",
        "yes ",
    ];
    for unit in repeated {
        for length in [1_600, 50_000] {
            check(&unit.repeat(length / unit.len()));
        }
    }
    check(&"ABC1 ".repeat(400));
    assert_eq!(World::default().meaning(&"ABC1 ".repeat(400)), book(&["ABC1"]));
    assert_eq!(World::default().meaning(&"abc1, ".repeat(400)), book(&["ABC1"]));
    let many: String = (0..20_000).map(|number| format!("A{number:x},")).collect();
    check(&many);
    let listed: Vec<String> = (1..=25).map(|number| format!("S{number}")).collect();
    let Meaning::Book(codes) = World::default().meaning(&format!("ABC1 {}", listed.join(" "))) else {
        panic!("no codes")
    };
    assert_eq!(codes.ids, ["ABC1"]);
    assert_eq!(codes.misses, listed[..19]);
    assert_eq!(codes.not_handled, listed[19..]);
}

#[test]
fn reading_time_is_linear_in_length() {
    // The quickest of several runs, since the machine may be busy.
    let cost = |unit: &str, length: usize| {
        let text = unit.repeat(length / unit.len());
        let runs = (0..5).map(|_| {
            let start = std::time::Instant::now();
            std::hint::black_box(Reading::of(&text).meaning(&all_known(&[], &stored())));
            start.elapsed()
        });
        runs.min().unwrap()
    };
    let mut costs = BTreeMap::new();
    for unit in [
        "stop. ",
        "ABC1 Mon 8 am, till ",
        "I'll take ",
        "Liked “",
        "A1 ",
        "don't stop ",
        "8:30 ",
        "sent from my phone\n",
        "x y z ",
    ] {
        costs.insert(unit, (cost(unit, 20_000), cost(unit, 200_000)));
    }
    // Ten times the length; a quadratic reading would take a hundred times as long.
    for (unit, (short, long)) in costs {
        assert!(
            long < short * 60 + std::time::Duration::from_millis(50),
            "{unit}: {short:?}, {long:?}"
        );
    }
}

#[test]
fn debug_shows_no_words_of_the_person() {
    for text in [
        "agent my knee hurts",
        "stop texting me knee",
        "start please",
        "yes my knee hurts",
        "AB1O knee",
        "Anna Knee",
        "drop ABC1 knee",
    ] {
        let reading = Reading::of(text);
        let questions = [Asked::Appointment { is_answered: false }];
        let shown = format!("{reading:?} {:?}", reading.meaning(&all_known(&questions, &stored())));
        assert!(
            !shown.to_lowercase().contains("knee") && !shown.contains("texting"),
            "{shown}"
        );
    }
}

#[test]
fn no_phrase_is_a_generated_code() {
    const ALPHABET: &str = "CDFHJKMNPRTVWXY23456789";
    for phrase in Vocabulary::load_for_test().0.all_words() {
        let has_digit = phrase.chars().any(char::is_numeric);
        let is_form = phrase.chars().count() == 5 && phrase.chars().all(|letter| ALPHABET.contains(letter));
        assert!(!(is_form && has_digit), "{phrase}");
    }
    // Every generated code is read as a code wherever it stands.
    let symbols: Vec<char> = ALPHABET.chars().collect();
    let mut count = 0;
    for (first, letter) in symbols.iter().enumerate().filter(|(_, symbol)| symbol.is_alphabetic()) {
        for (second, other) in symbols.iter().enumerate().filter(|(_, symbol)| symbol.is_alphabetic()) {
            for (third, digit) in symbols.iter().enumerate().filter(|(_, symbol)| symbol.is_numeric()) {
                for (fourth, last) in symbols.iter().enumerate().filter(|(_, symbol)| symbol.is_numeric()) {
                    let sum = first + 2 * second + 3 * third + 4 * fourth;
                    // 5·check ≡ −sum (mod 23), and 14 is the inverse of 5.
                    let check = symbols[(23 - sum % 23) % 23 * 14 % 23];
                    let code: String = [*letter, *other, *digit, *last, check].iter().collect();
                    let needs = Reading::of(&code).needs().clone();
                    assert!(needs.codes.iter().any(|known| known.as_str() == code), "{code}");
                    count += 1;
                }
            }
        }
    }
    println!("{count} generated codes checked");
}

#[test]
fn texts_are_read_fast() {
    let texts = [
        "I'll take ABC1 please, thanks a lot Anna!",
        "Good morning, ABC1 please. Regards, Anna",
        "what time does ABC1 start on Monday, Bob",
        "stop sending me these messages right now",
    ];
    let world = World::default();
    let known: Vec<_> = texts.iter().map(|text| world.known(&Reading::of(text))).collect();
    let rounds = 5_000;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        for (text, known) in texts.iter().zip(&known) {
            std::hint::black_box(Reading::of(text).meaning(known));
        }
    }
    let per_second = f64::from(rounds) * texts.len() as f64 / start.elapsed().as_secs_f64();
    println!("{per_second:.0} texts a second");
}
