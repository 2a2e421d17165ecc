use proptest::prelude::*;

use super::*;

fn codes_of(texts: &[&str]) -> Codes {
    Codes {
        codes: texts.iter().map(|text| ShiftCode::fold(text).unwrap()).collect(),
        not_handled: vec![],
    }
}

fn book(texts: &[&str]) -> Command {
    Command::Codes(codes_of(texts))
}

fn drop(texts: &[&str]) -> Command {
    Command::Drop(codes_of(texts))
}

fn opt_in(words: &str) -> Command {
    Command::OptIn {
        words: words.to_owned(),
    }
}

fn opt_out(words: &str) -> Command {
    Command::OptOut {
        words: words.to_owned(),
    }
}

fn agent(help: &str) -> Command {
    Command::Agent(help.to_owned())
}

#[track_caller]
fn assert_parses(cases: Vec<(&str, Command)>) {
    for (text, expected) in cases {
        assert_eq!(Command::parse(text), expected, "{text:?}");
    }
}

#[test]
fn d06_stray_commas_and_blank_texts_are_no_codes() {
    assert_parses(vec![
        ("ABC1,", book(&["ABC1"])),
        (",,ABC1,,ABC2,", book(&["ABC1", "ABC2"])),
        (" xyz123, xyz222,", book(&["XYZ123", "XYZ222"])),
        ("", Command::Unrecognised),
        (" \n\t ", Command::Unrecognised),
        (",", Command::Unrecognised),
    ]);
}

#[test]
fn d07_stop_start_and_help_are_commands() {
    assert_parses(vec![
        ("STOP", opt_out("STOP")),
        (" Stop. Thank you\n", opt_out("Stop. Thank you")),
        ("STOP\0", opt_out("STOP")),
        ("START", opt_in("START")),
        ("unstop", opt_in("unstop")),
        ("Subscribe please", opt_in("Subscribe please")),
        ("JOIN", opt_in("JOIN")),
        ("opt-in", opt_in("opt-in")),
        ("opt in", opt_in("opt in")),
        ("YES", Command::Yes),
        ("Yes please!", Command::Yes),
        ("Тийм", Command::Yes),
        ("No.", Command::No),
        ("no thank you", Command::No),
        ("Үгүй!", Command::No),
        ("HELP", Command::Help),
        ("help?", Command::Help),
        ("Help me please", Command::Help),
        ("info", Command::Help),
        ("AIDE", Command::Help),
    ]);
}

#[test]
fn d10_a_code_counts_once() {
    assert_parses(vec![
        ("ABC1,ABC1", book(&["ABC1"])),
        ("abc1 ABC1 ＡＢＣ１ \"Abc1\".", book(&["ABC1"])),
        ("ABC2 ABC1 ABC2", book(&["ABC2", "ABC1"])),
    ]);
}

#[test]
fn d13_separators_and_noise_are_forgiven() {
    let both = || book(&["ABC1", "ABC2"]);
    assert_parses(vec![
        ("ABC1 ABC2", both()),
        ("ABC1,ABC2", both()),
        ("ABC1\nABC2", both()),
        ("ABC1\r\n\r\nABC2", both()),
        ("ABC1;ABC2", both()),
        ("ABC1/ABC2", both()),
        ("ABC1|ABC2", both()),
        ("ABC1+ABC2", both()),
        ("ABC1&ABC2", both()),
        ("ABC1 and ABC2", both()),
        ("ABC1 And abc2.", both()),
        ("ABC1\tABC2", both()),
        ("ABC1\u{a0}ABC2", both()),
        ("ABC1\u{3000}ABC2", both()),
        ("ABC1，ABC2", both()),
        ("ABC1、ABC2。", both()),
        ("ABC1；ABC2", both()),
        ("ABC1／ABC2", both()),
        ("ABC1＋ABC2", both()),
        ("ABC1＆ABC2", both()),
        ("ABC1｜ABC2", both()),
        ("ABC1، ABC2", both()),
        ("ABC1 - ABC2", both()),
        ("ABC1 – ABC2", both()),
        ("ABC1—ABC2", both()),
        ("\"ABC1\", \"ABC2\"", both()),
        ("“ABC1” ‘ABC2’", both()),
        ("'ABC1' 'ABC2'", both()),
        ("«ABC1» „ABC2“", both()),
        ("[ABC1] (ABC2)", both()),
        ("{ABC1}<ABC2>", both()),
        ("(ABC1)(ABC2)", both()),
        ("ABC1! ABC2?", both()),
        ("ABC1. ABC2...", both()),
        ("Codes", book(&["CODES"])),
        ("ＡＢＣ１，ａｂｃ２", both()),
        ("A\u{200b}BC1\u{feff} A\u{ad}BC2", both()),
        ("ABC1👍 👍🏽ABC2", both()),
        ("Hi, ABC1 and ABC2 please. Thank you!", both()),
        ("Yes, ABC1 + ABC2 thx", both()),
        ("REQUEST.", Command::Request),
    ]);
}

#[test]
fn codes_keep_their_inner_punctuation() {
    assert_parses(vec![
        ("A-1 A_2 A.3 A#4 O'Neil", book(&["A-1", "A_2", "A.3", "A#4", "O'NEIL"])),
        ("O’Neil", book(&["O'NEIL"])),
        ("A–1", book(&["A-1"])),
        ("#A1 -A2- _A3_ *A4* 'A5", book(&["A1", "A2", "A3", "A4", "A5"])),
        (
            "STOP-1 DROP1 AGENT-1 MORE2",
            book(&["STOP-1", "DROP1", "AGENT-1", "MORE2"]),
        ),
    ]);
}

#[test]
fn d15_agent_is_a_word_of_its_own() {
    assert_parses(vec![
        ("AGENT", agent("")),
        ("agent.", agent("")),
        ("Agent I am late, sorry!", agent("I am late, sorry!")),
        ("AGENT\nmy bus", agent("my bus")),
        ("AGENT: my bus ", agent("my bus")),
        ("AGENT:my bus", agent("my bus")),
        ("agent, “my bus”", agent("“my bus”")),
        ("AGENT - my bus", agent("my bus")),
        ("Hi, agent please", agent("please")),
        ("agent stop", agent("stop")),
        ("AGENT ABC1", agent("ABC1")),
        ("AGENT 👩\u{200d}🔧 it’s broken\0", agent("👩\u{200d}🔧 it’s broken")),
        ("AGENT1", book(&["AGENT1"])),
        ("agents shift please", book(&["AGENTS", "SHIFT"])),
        ("AGENT-1", book(&["AGENT-1"])),
        ("reagent", book(&["REAGENT"])),
        ("ABC1 agent", Command::Unrecognised),
    ]);
}

#[test]
fn drop_gives_shifts_back() {
    assert_parses(vec![
        ("DROP ABC1", drop(&["ABC1"])),
        ("drop abc1, abc2 and abc1 please", drop(&["ABC1", "ABC2"])),
        ("Drop: ABC1", drop(&["ABC1"])),
        ("please drop ABC1", drop(&["ABC1"])),
        ("DROP", drop(&[])),
        ("drop please", drop(&[])),
        ("DROP1", book(&["DROP1"])),
        ("don't drop ABC1", Command::Unrecognised),
        ("I want to drop ABC1", Command::Unrecognised),
        ("ABC1 drop ABC2", Command::Unrecognised),
        ("drop ABC1 and stop", Command::Unrecognised),
    ]);
}

#[test]
fn keywords_are_the_whole_message_but_for_courtesies() {
    assert_parses(vec![
        ("REQUEST", Command::Request),
        ("request", Command::Request),
        ("“Request”!", Command::Request),
        ("ＲＥＱＵＥＳＴ", Command::Request),
        ("Hello, request please", Command::Request),
        ("request request", Command::Request),
        ("MORE", Command::More),
        ("more, thanks", Command::More),
        ("yes more", Command::More),
        ("Mine?", Command::Mine),
        ("REQUESTS", book(&["REQUESTS"])),
        ("REQUEST1", book(&["REQUEST1"])),
        ("REQUEST MORE", Command::Unrecognised),
        ("STOP START", Command::Unrecognised),
    ]);
}

#[test]
fn a_keyword_among_codes_is_asked_back_and_books_nothing() {
    for text in [
        "STOP ABC1",
        "STOP, ABC1",
        "ABC1 STOP",
        "CANCEL ABC1",
        "END ABC1",
        "REMOVE ABC1",
        "ABC1 opt out",
        "opt-out ABC1",
        "take me off ABC1",
        "I can stop by at 5",
        "ABC1 HELP",
        "ABC1 more",
        "REQUEST ABC1",
        "START ABC1",
        "can't do ABC1",
        "Can’t do ABC1",
        "No ABC1",
        "not ABC1",
        "I won't take ABC1",
        "do not book ABC1",
        "no more",
        "yes no",
    ] {
        assert_eq!(Command::parse(text), Command::Unrecognised, "{text:?}");
    }
}

#[test]
fn a_text_without_letters_or_digits_is_not_recognised() {
    for text in [
        "👍",
        "👍🏽🎉",
        "❤️",
        "👩‍👩‍👧",
        "🇲🇳",
        "ℹ️ Ⓜ️ 🅰️ ㊗️",
        "!!!",
        "...",
        "\0\u{1}\u{2}\u{7f}",
        "\u{fffd}\u{fffd}",
        "\u{200b}",
        "—",
        "\u{301}",
        "thanks",
        "ok 👍",
        "and",
        "Thank you!",
    ] {
        assert_eq!(Command::parse(text), Command::Unrecognised, "{text:?}");
    }
}

#[test]
fn more_than_twenty_codes_are_named_as_not_handled() {
    let texts: Vec<String> = (1..=25).map(|number| format!("S{number}")).collect();
    let Command::Codes(codes) = Command::parse(&texts.join(",")) else {
        panic!("no codes")
    };
    let typed = |codes: &[ShiftCode]| codes.iter().map(|code| code.as_typed().to_owned()).collect::<Vec<_>>();
    assert_eq!(typed(&codes.codes), texts[..20]);
    assert_eq!(typed(&codes.not_handled), texts[20..]);

    let repeated = format!("{0},{0}", texts.join(" "));
    assert_eq!(Command::parse(&repeated), Command::Codes(codes));
}

#[test]
fn huge_texts_are_read_within_bounds() {
    let hundred_kb = 100_000;
    for text in [
        "A", "A ", "stop ", "stop. ", "ok. ", "\u{200b}", "'", ".", "👍", "\n", "é-", "don't ",
    ] {
        let text = text.repeat(hundred_kb / text.len());
        assert!(!matches!(Command::parse(&text), Command::Agent(_) | Command::Drop(_)));
    }
    let many: String = (0..20_000).map(|number| format!("{number:x},")).collect();
    let Command::Codes(codes) = Command::parse(&many) else {
        panic!("no codes")
    };
    assert_eq!(
        (codes.codes.len(), codes.not_handled.len()),
        (MAX_CODES, MAX_NOT_HANDLED)
    );
    assert_eq!(Command::parse(&(many + "stop")), Command::Unrecognised);

    assert_eq!(Command::parse(&"A".repeat(hundred_kb)), Command::Unrecognised);
    assert_eq!(
        Command::parse(&format!("ABC1 {}", "A".repeat(hundred_kb))),
        book(&["ABC1"])
    );
    let Command::OptOut { words } = Command::parse(&"stop ".repeat(20_000)) else {
        panic!("no opt-out")
    };
    assert_eq!(words.len(), MAX_EVIDENCE_CHARS);
}

#[test]
fn debug_shows_no_words_of_the_person() {
    for text in ["agent my knee hurts", "stop texting me", "start please"] {
        let shown = format!("{:?}", Command::parse(text));
        assert!(
            shown.contains("..") && !shown.contains("knee") && !shown.contains("me") && !shown.contains("please"),
            "{shown}"
        );
    }
}

fn code() -> impl Strategy<Value = String> {
    "[A-Z]{1,4}[0-9]{1,3}(-[0-9]{1,2})?"
}

fn separator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ",", " ", ", ", "\n", "\r\n", ";", "/", " / ", "|", "+", "&", " and ", " AND ", "，", "、", "　", ",,", ". ",
        " 👍 ", " please ",
    ])
}

fn disguise() -> impl Strategy<Value = fn(&str) -> String> {
    prop::sample::select(vec![
        (|code| code.to_owned()) as fn(&str) -> String,
        |code| code.to_lowercase(),
        |code| format!("\"{code}\""),
        |code| format!("“{code}”"),
        |code| format!("'{code}'"),
        |code| format!("({code})"),
        |code| format!("{code}."),
        |code| format!("{code}!"),
        |code| format!("#{code}"),
        |code| format!("\u{feff}{code}\u{200b}"),
        |code| {
            code.chars()
                .map(|c| {
                    if c == '-' {
                        '–'
                    } else {
                        char::from_u32(u32::from(c) + 0xfee0).unwrap()
                    }
                })
                .collect()
        },
    ])
}

proptest! {
    #[test]
    fn any_text_is_read(text in ".{0,300}") {
        let command = Command::parse(&text);
        if let Command::Codes(codes) | Command::Drop(codes) = &command {
            prop_assert!(codes.codes.len() <= MAX_CODES && codes.not_handled.len() <= MAX_NOT_HANDLED);
        }
        prop_assert_eq!(command, Command::parse(&text));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        Command::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn keywords_in_any_order_are_read(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "stop", "all", "me", "texting", "don't", "no", "more", "opt", "out", "in", "ABC1", "drop", "agent", "please", ".", "\n", "yes",
            ]),
            0..12,
        )
    ) {
        let text = words.join(" ");
        if matches!(Command::parse(&text), Command::Codes(_)) {
            prop_assert!(!words.iter().any(|word| ["stop", "drop", "agent", "no", "more", "don't"].contains(word)), "{}", text);
        }
    }

    #[test]
    fn disguised_codes_are_the_same_codes(
        list in prop::collection::vec((code(), separator(), disguise()), 1..15),
    ) {
        let plain: Vec<&str> = list.iter().map(|(code, ..)| code.as_str()).collect();
        let text: String = list.iter().map(|(code, separator, disguise)| disguise(code) + separator).collect();
        prop_assert_eq!(Command::parse(&text), Command::parse(&plain.join(",")), "{}", text);
    }

    #[test]
    fn order_changes_nothing_but_the_order(list in prop::collection::btree_set(code(), 1..20), rotation in 0usize..20) {
        let mut texts: Vec<String> = list.into_iter().collect();
        let Command::Codes(straight) = Command::parse(&texts.join(" ")) else { unreachable!() };
        let rotation = rotation % texts.len();
        texts.rotate_left(rotation);
        let Command::Codes(mut rotated) = Command::parse(&texts.join(" ")) else { unreachable!() };
        rotated.codes.rotate_right(rotation);
        prop_assert_eq!(straight, rotated);
    }
}
