//! The states of an appointment as desks type them, in their own words.

use super::confirmation::Confirmation;
use crate::folding::clean;

/// What a state that was typed says of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Scheduled,
    Confirmed,
    Declined,
    Cancelled,
    /// The customer did not come.
    NoShow,
    Done,
}

/// The words for each state, without accents: in English, Mongolian, Spanish and French, the one that we name first.
const WORDS: &[(State, [&[&str]; 4])] = &[
    (
        State::Scheduled,
        [
            &[
                "scheduled",
                "rescheduled",
                "re scheduled",
                "booked",
                "rebooked",
                "moved",
                "planned",
                "reserved",
                "pending",
                "new",
                "open",
                "active",
                "upcoming",
            ],
            &[
                "товлогдсон",
                "товлосон",
                "захиалсан",
                "захиалагдсан",
                "шилжүүлсэн",
                "хойшлуулсан",
                "шинэ",
            ],
            &[
                "programada",
                "programado",
                "reprogramada",
                "reprogramado",
                "agendada",
                "agendado",
                "reservada",
                "reservado",
                "planificada",
                "planificado",
                "pendiente",
            ],
            &[
                "prevu",
                "prevue",
                "planifie",
                "planifiee",
                "programme",
                "programmee",
                "reserve",
                "reservee",
                "reporte",
                "reportee",
                "reprogramme",
                "reprogrammee",
                "deplace",
                "deplacee",
                "en attente",
            ],
        ],
    ),
    (
        State::Confirmed,
        [
            &["confirmed", "confirm", "reconfirmed"],
            &["баталгаажсан", "баталгаажуулсан", "батлагдсан", "баталсан"],
            &["confirmada", "confirmado"],
            &["confirme", "confirmee"],
        ],
    ),
    (
        State::Declined,
        [
            &["declined", "refused", "not coming", "will not come"],
            &["татгалзсан", "ирэхгүй"],
            &["rechazada", "rechazado", "declinada", "declinado", "no viene"],
            &["decline", "declinee", "refuse", "refusee"],
        ],
    ),
    (
        State::Cancelled,
        [
            &["cancelled", "canceled", "cancel", "cancellation", "called off"],
            &["цуцлагдсан", "цуцалсан", "цуцлах", "хүчингүй", "болиулсан"],
            &["cancelada", "cancelado", "anulada", "anulado"],
            &["annule", "annulee", "annulation"],
        ],
    ),
    (
        State::NoShow,
        [
            &[
                "no show",
                "noshow",
                "missed",
                "absent",
                "dna",
                "did not come",
                "didnt come",
                "did not show",
                "didnt show",
                "did not show up",
                "didnt show up",
                "did not attend",
                "didnt attend",
                "not attended",
                "never came",
            ],
            &["ирээгүй", "ирсэнгүй", "хүрэлцэн ирээгүй", "тасалсан"],
            &[
                "no asistio",
                "no se presento",
                "no vino",
                "no acudio",
                "ausente",
                "inasistencia",
                "falto",
                "no presentada",
                "no presentado",
            ],
            &[
                "absente",
                "pas venu",
                "pas venue",
                "non venu",
                "non venue",
                "non presente",
                "non presentee",
                "ne sest pas presente",
                "ne sest pas presentee",
                "manque",
                "manquee",
                "non honore",
            ],
        ],
    ),
    (
        State::Done,
        [
            &[
                "done",
                "completed",
                "complete",
                "attended",
                "finished",
                "came",
                "visited",
                "served",
                "seen",
                "arrived",
                "showed up",
                "checked in",
                "checked out",
                "fulfilled",
                "took place",
            ],
            &[
                "дууссан",
                "дуусгасан",
                "ирсэн",
                "болсон",
                "хийгдсэн",
                "үйлчлүүлсэн",
                "биелсэн",
            ],
            &[
                "realizada",
                "realizado",
                "completada",
                "completado",
                "terminada",
                "terminado",
                "finalizada",
                "finalizado",
                "hecha",
                "hecho",
                "asistio",
                "atendida",
                "atendido",
                "cumplida",
                "cumplido",
                "concluida",
                "concluido",
                "vino",
                "acudio",
            ],
            &[
                "termine",
                "terminee",
                "effectue",
                "effectuee",
                "fait",
                "faite",
                "realise",
                "realisee",
                "honore",
                "honoree",
                "venu",
                "venue",
                "presente",
                "present",
                "acheve",
                "achevee",
                "fini",
                "finie",
            ],
        ],
    ),
];

const CONFIRMED: [&str; 6] = ["yes", "y", "тиим", "за", "si", "oui"];
const DECLINED: [&str; 4] = ["no", "n", "үгүи", "non"];
const PENDING: [&str; 3] = ["unconfirmed", "not confirmed", "open"];

impl State {
    /// Reads a state in any of its words, however they are written; `None` where there is no such word.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = folded(text);
        let is_word = |words: &[&[&str]; 4]| words.iter().copied().flatten().any(|word| folded(word) == text);
        WORDS.iter().find_map(|(state, words)| is_word(words).then_some(*state))
    }

    /// What it says of whether the customer will come, if anything.
    pub(super) fn confirmation(self) -> Option<Confirmation> {
        match self {
            Self::Confirmed => Some(Confirmation::Confirmed),
            Self::Declined => Some(Confirmation::Declined),
            Self::Scheduled | Self::Cancelled | Self::NoShow | Self::Done => None,
        }
    }

    /// The words that are understood, for somebody who typed another.
    pub(super) fn words() -> String {
        let english: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words[0]).copied().collect();
        let elsewhere = |language: usize| {
            let first = WORDS.iter().filter_map(|(_, words)| words[language].first().copied());
            first.collect::<Vec<_>>().join(", ")
        };
        let [mongolian, spanish, french] = [1, 2, 3].map(elsewhere);
        format!(
            "one of {}; in Mongolian {mongolian}; in Spanish {spanish}; in French {french}",
            english.join(", ")
        )
    }
}

/// Reads what was typed as the confirmation, in its own words or those of a state.
pub(super) fn confirmation(text: &str) -> Option<Confirmation> {
    let word = folded(text);
    let is_one_of = |words: &[&str]| words.contains(&word.as_str());
    Confirmation::from_text(text).or_else(|| {
        if is_one_of(&CONFIRMED) {
            Some(Confirmation::Confirmed)
        } else if is_one_of(&DECLINED) {
            Some(Confirmation::Declined)
        } else if is_one_of(&PENDING) {
            Some(Confirmation::Pending)
        } else {
            State::read(text)?.confirmation()
        }
    })
}

/// In lower case, without accents and apostrophes, with one blank wherever words are apart or joined.
fn folded(text: &str) -> String {
    let text = clean(text).to_lowercase();
    let plain: String = text.chars().filter_map(unaccented).collect();
    let words = plain
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn unaccented(character: char) -> Option<char> {
    Some(match character {
        '\'' | '\u{300}'..='\u{36f}' => return None,
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        'й' => 'и',
        'ё' => 'е',
        other => other,
    })
}

#[cfg(test)]
mod tests;
