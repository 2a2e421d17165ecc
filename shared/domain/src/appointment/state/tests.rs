//! What a desk types of an appointment.

use super::*;

#[test]
fn k53_the_usual_words_of_a_desk_are_understood() {
    for (state, texts) in [
        (
            State::Scheduled,
            &[
                "scheduled",
                "Rescheduled",
                "re-scheduled",
                "Booked",
                "Reprogramada",
                "Reporté",
                "prévue",
            ][..],
        ),
        (
            State::Confirmed,
            &["confirmed", " CONFIRMED. ", "Confirmée", "confirmado", "баталгаажсан"],
        ),
        (State::Declined, &["declined", "Refusé", "татгалзсан"]),
        (
            State::Cancelled,
            &[
                "cancelled",
                "Canceled",
                "цуцлагдсан",
                "Цуцалсан",
                "Anulada",
                "annulé",
                "annule\u{301}e",
            ],
        ),
        (
            State::NoShow,
            &[
                "no show",
                "No-Show",
                "no_show",
                "NOSHOW",
                "no–show",
                "didn't show up",
                "Did not attend",
                "ирээгүй",
                "Ирээгүй.",
                "No asistió",
                "no se presentó",
                "absent",
                "ne s’est pas présenté",
                "Non venue",
            ],
        ),
        (
            State::Done,
            &[
                "done",
                "Completed",
                "attended",
                "дууссан",
                "ирсэн",
                "Realizada",
                "asistió",
                "Terminé",
                "effectuée",
                "checked-in",
            ],
        ),
    ] {
        for text in texts {
            assert_eq!(State::read(text), Some(state), "{text}");
        }
    }
    for text in ["perhaps", "", "no", "show", "??", "cancelled by mistake", "ирээгүй юм"] {
        assert_eq!(State::read(text), None, "{text}");
    }
}

#[test]
fn no_word_means_two_things() {
    let words = |words: &[&[&'static str]; 4]| words.iter().copied().flatten().copied().map(folded).collect::<Vec<_>>();
    let mut all: Vec<String> = WORDS.iter().flat_map(|(_, of_state)| words(of_state)).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_confirmation_is_read_in_the_same_words() {
    for (text, expected) in [
        ("Pending", Some(Confirmation::Pending)),
        ("sent", Some(Confirmation::Sent)),
        ("Yes", Some(Confirmation::Confirmed)),
        ("Тийм", Some(Confirmation::Confirmed)),
        ("sí", Some(Confirmation::Confirmed)),
        ("confirmado", Some(Confirmation::Confirmed)),
        ("Үгүй", Some(Confirmation::Declined)),
        ("declined", Some(Confirmation::Declined)),
        ("done", None),
        ("maybe", None),
    ] {
        assert_eq!(confirmation(text), expected, "{text}");
    }
}
