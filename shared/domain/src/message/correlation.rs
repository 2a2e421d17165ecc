//! Which message a receipt belongs to that names none: gateways forward the carrier's receipts with nothing but number,
//! port and time.

use jiff::{SignedDuration, Timestamp};

use super::Receipt;

/// Clocks of gateway and carrier may differ by so much.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// A message to the receipt's number that may still be waiting for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited<'a> {
    /// When the network took it.
    pub sent_at: Timestamp,
    pub port: Option<&'a str>,
    /// The digest of the receipt that was taken for its own.
    pub resolved_by: Option<&'a str>,
}

/// The place in the list of what the receipt belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Message(usize),
    /// The same receipt was taken for this one's before.
    Again(usize),
    Nothing,
}

/// The most recent message before the receipt, through the same port, that no other receipt was taken for.
///
/// With several under way to one number it may be the wrong one of them; each still gets one receipt.
pub fn find(awaited: &[Awaited<'_>], receipt: &Receipt, digest: &str) -> Match {
    let again = awaited.iter().position(|one| one.resolved_by == Some(digest));
    if let Some(place) = again {
        return Match::Again(place);
    }
    let latest = receipt.at.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX);
    let fits = |one: &Awaited<'_>| {
        let same_port = match (one.port, receipt.port.as_deref()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        one.resolved_by.is_none() && one.sent_at <= latest && same_port
    };
    let fitting = awaited.iter().enumerate().filter(|(_, one)| fits(one));
    let newest = fitting.max_by_key(|(_, one)| one.sent_at);
    newest.map_or(Match::Nothing, |(place, _)| Match::Message(place))
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
            port: Some(port),
            resolved_by: None,
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
        }
    }

    #[test]
    fn the_most_recent_message_through_the_same_port_is_meant() {
        let resolved = Awaited {
            resolved_by: Some("first"),
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
                vec![sent(1, "1"), resolved],
                receipt(10, Some("1")),
                Match::Message(0),
            ),
        ];
        for (name, awaited, receipt, expected) in cases {
            assert_eq!(find(&awaited, &receipt, "second"), expected, "{name}");
        }
        assert_eq!(
            find(&[sent(1, "1"), resolved], &receipt(10, Some("1")), "first"),
            Match::Again(1)
        );
    }
}
