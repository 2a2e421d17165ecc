//! How many texts a second one core understands, with all that was looked up at hand.

use std::hint::black_box;
use std::process;

use domain::grammar::{Asked, Known, KnownShift, Reading};
use tests::figure::{Aim, Figure, median};
use tests::process::processor_milliseconds;

const ROUNDS: usize = 9;

/// Texts of one round.
const TEXTS: usize = 200_000;

const CHARACTERS: usize = 40;

/// Texts of every kind that the grammar distinguishes.
const SPECIMENS: [&str; 10] = [
    "Good morning, can I do ABC1 please? Anna",
    "abc1, xyz123 and also abc2 please thanks",
    "Is ABC1 still available or is it gone ..",
    "Sorry, I am unable to do ABC1 this week.",
    "Please stop sending me all of your texts",
    "Liked “Available shifts: ABC1 Mon 8 am …",
    "I am driving and will read this tonight.",
    "Yes, see you then, thank you very much !",
    "АВС1 авъя баярлалаа, сайхан амраарай аа.",
    "drop my shift ABC1 please, kids are sick",
];

fn main() {
    let shifts = ["ABC1", "ABC2", "XYZ123"].map(|id| KnownShift {
        id,
        info: "Mon 8 am, till",
        is_held: id == "ABC2",
        is_open: id != "ABC2",
    });
    let questions = [Asked::Appointment { is_answered: false }];
    let known = Known {
        name: Some("Anna"),
        found: shifts.to_vec(),
        open: Some(shifts.to_vec()),
        questions: &questions,
        to_come: vec![shifts[1]],
        texted_today: true,
    };
    for text in SPECIMENS {
        assert_eq!(text.chars().count(), CHARACTERS, "{text}");
    }
    let mut rates = Vec::with_capacity(ROUNDS);
    for _ in 0..=ROUNDS {
        let used = processor_milliseconds(process::id());
        for text in SPECIMENS.iter().cycle().take(TEXTS) {
            let reading = Reading::of(black_box(text));
            black_box(reading.needs());
            black_box(reading.meaning(&known));
        }
        let used = processor_milliseconds(process::id()) - used;
        rates.push(TEXTS as f64 / used * 1000.0);
    }
    // The first round warms up.
    Figure::new("grammar", "texts_per_second", median(&rates[1..]))
        .case(format!("{CHARACTERS} characters"))
        .aim(Aim::AtLeast(200_000.0))
        .measures("texts read and understood in a second of processor time, nothing looked up")
        .print();
}
