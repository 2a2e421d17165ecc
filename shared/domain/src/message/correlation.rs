//! Matches receipts that name no message: gateways forward the operator's receipts with only number, port and time.

use jiff::{SignedDuration, Timestamp};

use super::Receipt;

/// Clocks of gateway and operator may differ by so much.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Clocks that differ by more than this are set wrongly, or to another zone, and not merely slow.
const LARGEST_DRIFT: SignedDuration = SignedDuration::from_mins(10);

/// The furthest that a zone is from UTC.
const FURTHEST_ZONE: SignedDuration = SignedDuration::from_hours(14);

/// Texts that leave a port within this time of each other may be delivered in one second.
const TOGETHER: SignedDuration = SignedDuration::from_mins(1);

/// Longer after a text than any operator reports on it.
const OLDEST: SignedDuration = SignedDuration::from_hours(4 * 24);

/// A message to the receipt's number that may still be waiting for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited<'a> {
    /// When the network took it, by the gateway's clock.
    pub sent_at: Timestamp,
    /// When we gave it to the gateway, by our own.
    pub handed_over_at: Option<Timestamp>,
    pub port: Option<&'a str>,
    /// The operator sends a receipt for each part.
    pub parts: usize,
    /// The digests of the receipts that were taken for its own.
    pub taken_by: Vec<&'a str>,
}

impl Awaited<'_> {
    fn has_room(&self) -> bool {
        self.taken_by.len() < self.parts
    }
}

/// The place in the list of what the receipt belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Message(usize),
    /// The same receipt was taken for this one's before.
    Again(usize),
    Nothing,
}

/// The time of a receipt that arrived at `received_at`: the gateway's own, unless its clock is clearly wrong, such as
/// one set to 1970 or to another zone.
pub fn believable(told: Timestamp, received_at: Timestamp) -> Timestamp {
    let age = received_at.duration_since(told);
    if (-LARGEST_DRIFT..=OLDEST).contains(&age) {
        told
    } else {
        received_at
    }
}

/// The most recent message before the receipt, through the same port, that has not all its receipts yet.
///
/// Where there is none, the gateway may tell times of texts and of receipts by clocks of different zones: then the most recent
/// one that would fit by another zone is meant, if we had given it to the gateway when the receipt came in.
///
/// With several under way to one number it may be the wrong one of them; each still gets as many receipts as it has parts.
///
/// Receipts carry whole seconds, so those of two parts, or of two texts, may be equal. A receipt equal to an earlier one
/// belongs to another text that left at most a minute before that one's, or later, if such a text still waits for a receipt.
/// Otherwise the gateway has repeated itself.
pub fn find(awaited: &[Awaited<'_>], receipt: &Receipt, received_at: Timestamp, digest: &str) -> Match {
    let again = awaited.iter().position(|one| one.taken_by.contains(&digest));
    if let Some(place) = again.filter(|&place| awaited[place].has_room()) {
        return Match::Message(place);
    }
    let at = believable(receipt.at, received_at);
    let fits = |one: &Awaited<'_>| {
        let same_port = match (one.port, receipt.port.as_deref()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let was_given = one
            .handed_over_at
            .is_none_or(|handed_over_at| handed_over_at <= received_at);
        one.has_room() && same_port && was_given
    };
    // Negative where the receipt seems to be older than its text.
    let later = |one: &Awaited<'_>| at.duration_since(one.sent_at);
    let in_time = |one: &Awaited<'_>| later(one) >= -TOLERANCE;
    let by_another_zone = |one: &Awaited<'_>| (-FURTHEST_ZONE..=-LARGEST_DRIFT).contains(&later(one));
    let newest = |fits_in_time: &dyn Fn(&Awaited<'_>) -> bool| {
        let fitting = awaited
            .iter()
            .enumerate()
            .filter(|(_, one)| fits(one) && fits_in_time(one));
        fitting.max_by_key(|(_, one)| one.sent_at).map(|(place, _)| place)
    };
    if let Some(place) = again {
        let earliest = awaited[place].sent_at - TOGETHER;
        let with_it = |one: &Awaited<'_>| later(one) >= SignedDuration::ZERO && one.sent_at >= earliest;
        return newest(&with_it).map_or(Match::Again(place), Match::Message);
    }
    newest(&in_time)
        .or_else(|| newest(&by_another_zone))
        .map_or(Match::Nothing, Match::Message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ReceiptOutcome;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn sent(second: i64, port: &'static str) -> Awaited<'static> {
        Awaited {
            sent_at: at(second),
            handed_over_at: Some(at(second - 1)),
            port: Some(port),
            parts: 1,
            taken_by: Vec::new(),
        }
    }

    fn receipt(second: i64, port: Option<&str>) -> Receipt {
        Receipt {
            provider: "skyline".into(),
            provider_message_id: None,
            recipient: None,
            port: port.map(Into::into),
            outcome: ReceiptOutcome::Delivered,
            at: at(second),
            is_final: true,
            code: "0".into(),
            meaning: None,
        }
    }

    #[test]
    fn the_latest_message_of_a_port_matches() {
        let resolved = Awaited {
            taken_by: vec!["first"],
            ..sent(9, "1")
        };
        let cases = [
            ("nothing was sent", vec![], receipt(10, None), Match::Nothing),
            ("one", vec![sent(0, "1")], receipt(10, Some("1")), Match::Message(0)),
            (
                "another port",
                vec![sent(0, "2")],
                receipt(10, Some("1")),
                Match::Nothing,
            ),
            ("no port", vec![sent(0, "2")], receipt(10, None), Match::Message(0)),
            (
                "not yet sent",
                vec![sent(60, "1")],
                receipt(10, Some("1")),
                Match::Nothing,
            ),
            (
                "clocks differ",
                vec![sent(12, "1")],
                receipt(10, Some("1")),
                Match::Message(0),
            ),
            (
                "the newest",
                vec![sent(1, "1"), sent(8, "1"), sent(4, "1")],
                receipt(10, Some("1")),
                Match::Message(1),
            ),
            (
                "the newest has its own",
                vec![sent(1, "1"), resolved.clone()],
                receipt(10, Some("1")),
                Match::Message(0),
            ),
        ];
        for (name, awaited, receipt, expected) in cases {
            assert_eq!(find(&awaited, &receipt, at(100), "second"), expected, "{name}");
        }
        assert_eq!(
            find(&[sent(-90, "1"), resolved], &receipt(10, Some("1")), at(100), "first"),
            Match::Again(1)
        );
    }

    #[test]
    fn k50_a_message_takes_one_receipt_per_part() {
        let older = sent(-90, "1");
        let mut long = Awaited {
            parts: 3,
            ..sent(5, "1")
        };
        let digests = ["a", "b", "c", "d"];
        for (n, digest) in digests.into_iter().enumerate() {
            let awaited = [older.clone(), long.clone()];
            let place = usize::from(n < 3);
            let found = find(&awaited, &receipt(10, Some("1")), at(11), digest);
            assert_eq!(found, Match::Message(place), "{digest}");
            assert_eq!(find(&awaited, &receipt(10, Some("1")), at(11), "z"), found);
            if n < 3 {
                long.taken_by.push(digest);
                let again = find(&[older.clone(), long.clone()], &receipt(10, Some("1")), at(11), digest);
                let expected = if n < 2 { Match::Message(1) } else { Match::Again(1) };
                assert_eq!(again, expected, "{digest}");
            }
        }
    }

    #[test]
    fn k50_same_second_texts_take_two_receipts() {
        let answered = Awaited {
            taken_by: vec!["equal"],
            ..sent(104, "1")
        };
        for (other, expected, what) in [
            (sent(109, "1"), Match::Message(1), "a newer one"),
            (sent(104, "1"), Match::Message(1), "one of the same second"),
            (sent(44, "1"), Match::Message(1), "one that left a little earlier"),
            (sent(43, "1"), Match::Again(0), "one that left long before"),
            (sent(112, "1"), Match::Again(0), "one that was sent after it"),
            (sent(109, "2"), Match::Again(0), "through another port"),
        ] {
            let found = find(&[answered.clone(), other], &receipt(110, Some("1")), at(111), "equal");
            assert_eq!(found, expected, "{what}");
        }
    }

    #[test]
    fn k50_wrong_device_clocks_lose_no_receipt() {
        const HOUR: i64 = 3600;
        let in_1970 = -1_800_000_000 + 500;
        // The text was given to the gateway at 0 and its receipt came in at 10, both by our clock.
        for (what, sent_at, receipt_at, expected) in [
            ("both right", 1, 9, Match::Message(0)),
            ("both eight hours ahead", 8 * HOUR + 1, 8 * HOUR + 9, Match::Message(0)),
            ("the receipt's eight hours ahead", 1, 8 * HOUR + 9, Match::Message(0)),
            (
                "both five hours behind",
                -5 * HOUR + 1,
                -5 * HOUR + 9,
                Match::Message(0),
            ),
            ("the receipt's five hours behind", 1, -5 * HOUR + 9, Match::Message(0)),
            ("the receipt's of 1970", 1, in_1970, Match::Message(0)),
            ("the text's five hours behind", -5 * HOUR + 1, 9, Match::Message(0)),
            ("the receipt is of an earlier text", 1, -60, Match::Nothing),
            ("of a text of yesterday", 1, -20 * HOUR, Match::Nothing),
        ] {
            let awaited = Awaited {
                sent_at: believable(at(sent_at), at(2)),
                handed_over_at: Some(at(0)),
                ..sent(0, "1")
            };
            assert_eq!(
                find(&[awaited], &receipt(receipt_at, Some("1")), at(10), "a"),
                expected,
                "{what}"
            );
        }
    }

    #[test]
    fn k50_later_messages_do_not_match() {
        let later = Awaited {
            handed_over_at: Some(at(11)),
            ..sent(12, "1")
        };
        for receipt_at in [9, 8 * 3600, -5 * 3600] {
            let found = find(
                std::slice::from_ref(&later),
                &receipt(receipt_at, Some("1")),
                at(10),
                "a",
            );
            assert_eq!(found, Match::Nothing, "{receipt_at}");
        }
    }
}
