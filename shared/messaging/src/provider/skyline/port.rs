//! The device's ports, and which number the SIM card in each has.

use std::collections::BTreeMap;
use std::fmt;

use domain::digest::digest;
use domain::phone_number::PhoneNumber;

use crate::parameters::Parameters;

/// One port, written `12`, `12.01` or `12A`; see *Ports* in protocol.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    /// From 1.
    pub(super) number: u16,
    /// The slot of its SIM card, from 1; `A` is 1. `None` where it is not said.
    pub(super) slot: Option<u8>,
}

impl Port {
    /// Reads any notation of a single port. A list, a range or a SIM pool's `12.sp256.101` is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, slot) = text.split_at(digits);
        let slot = match slot.as_bytes() {
            [] => None,
            [letter] if letter.is_ascii_alphabetic() => Some(letter.to_ascii_uppercase() - b'A' + 1),
            [b'.', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Some(slot.get(1..)?.parse().ok()?),
            _ => return None,
        };
        let number = number.parse().ok().filter(|number| *number > 0)?;
        (slot != Some(0)).then_some(Self { number, slot })
    }

    /// Whether both may be the same SIM card: where one does not say the slot, the port decides.
    fn fits(self, other: Self) -> bool {
        self.number == other.number && (self.slot == other.slot || self.slot.is_none() || other.slot.is_none())
    }
}

/// As reports write it, `12.01`. A device that names no slots has one in each port.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.number, self.slot.unwrap_or(1))
    }
}

/// A reported port in the one notation that all reports are compared in, or as it came where it is no port we know.
pub(super) fn normalised(text: &str) -> String {
    Port::parse(text).map_or_else(|| text.trim().to_owned(), |port| port.to_string())
}

/// The numbers of the device's SIM cards, where the operator has named them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ports(Vec<(Port, PhoneNumber)>);

impl Ports {
    /// Reads the parameter `ports`, such as `{"1":"+12025550100"}`.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Self {
        const NAME: &str = "ports";
        let rows: BTreeMap<String, String> = parameters.json(NAME).unwrap_or_default();
        let mut ports: Vec<(Port, PhoneNumber)> = Vec::with_capacity(rows.len());
        for (place, (port, number)) in rows.iter().enumerate() {
            // Neither is repeated: what was entered in the wrong place may be anything.
            let place = place + 1;
            let port = Port::parse(port);
            if port.is_none() {
                parameters.problem(
                    NAME,
                    &format!("must name one port in each entry, not so in entry {place}"),
                );
            }
            let number = PhoneNumber::parse(number)
                .map_err(|error| parameters.problem(NAME, &format!("entry {place}: {error}")))
                .ok();
            let (Some(port), Some(number)) = (port, number) else {
                continue;
            };
            if ports.iter().any(|(other, _)| other.fits(port)) {
                parameters.problem(NAME, &format!("names a port twice, the second time in entry {place}"));
            }
            if ports.iter().any(|(_, other)| *other == number) {
                parameters.problem(NAME, &format!("names a number twice, the second time in entry {place}"));
            }
            ports.push((port, number));
        }
        ports.sort();
        Self(ports)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of the SIM card in a port, in any notation.
    pub(super) fn number_of(&self, port: &str) -> Option<&PhoneNumber> {
        let port = Port::parse(port)?;
        let found = self.0.iter().find(|(other, _)| other.fits(port));
        found.map(|(_, number)| number)
    }

    /// The port with this number.
    pub(super) fn with_number(&self, number: &str) -> Option<Port> {
        let found = self.0.iter().find(|(_, other)| other.as_str() == number);
        found.map(|(port, _)| *port)
    }

    /// The same port for the same person each time, and all of them about equally often.
    pub(super) fn for_recipient(&self, to: &PhoneNumber) -> Option<Port> {
        let count = u32::try_from(self.0.len()).ok().filter(|count| *count > 0)?;
        let place = usize::try_from(spread(&digest(&[to.as_str()])) % count).ok()?;
        self.0.get(place).map(|(port, _)| *port)
    }
}

/// The beginning of a digest as a number.
pub(super) fn spread(digest: &str) -> u32 {
    let beginning = digest.get(..8).unwrap_or_default();
    u32::from_str_radix(beginning, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_one_port_is_read() {
        let port = |number, slot| Some(Port { number, slot });
        for (text, expected, normal) in [
            ("1", port(1, None), "1.01"),
            (" 12 ", port(12, None), "12.01"),
            ("12.01", port(12, Some(1)), "12.01"),
            ("12.1", port(12, Some(1)), "12.01"),
            ("32.04", port(32, Some(4)), "32.04"),
            ("12A", port(12, Some(1)), "12.01"),
            ("2b", port(2, Some(2)), "2.02"),
            ("12.sp256.101", None, "12.sp256.101"),
            ("all", None, "all"),
            ("*", None, "*"),
            ("4-32", None, "4-32"),
            ("1,2", None, "1,2"),
            ("0", None, "0"),
            ("1.00", None, "1.00"),
            ("1.", None, "1."),
            ("1.999", None, "1.999"),
            ("99999", None, "99999"),
            ("-1", None, "-1"),
            ("A", None, "A"),
            ("", None, ""),
            ("1é", None, "1é"),
        ] {
            assert_eq!(Port::parse(text), expected, "{text}");
            assert_eq!(normalised(text), normal, "{text}");
        }
    }

    fn ports(json: &str) -> (Ports, Vec<String>) {
        let values = BTreeMap::from([("gsm/ports".to_owned(), json.to_owned())]);
        let mut parameters = Parameters::new("gsm", &values);
        let ports = Ports::from_parameters(&mut parameters);
        (ports, parameters.problems())
    }

    #[test]
    fn a_sim_card_is_found_by_port_and_by_number() {
        let (ports, problems) = ports(r#"{"1":"+12025550100","2A":"+12025550188","2.02":"+12025550199"}"#);
        assert_eq!(problems, [""; 0]);
        for (port, expected) in [
            ("1", Some("+12025550100")),
            ("1.02", Some("+12025550100")),
            ("2.01", Some("+12025550188")),
            ("2B", Some("+12025550199")),
            ("3", None),
            ("2C", None),
            ("12.sp256.101", None),
        ] {
            assert_eq!(ports.number_of(port).map(PhoneNumber::as_str), expected, "{port}");
        }
        assert_eq!(ports.with_number("+12025550199"), Port::parse("2.02"));
        assert_eq!(ports.with_number("SHIFTLINE"), None);
    }

    #[test]
    fn recipients_are_spread_over_all_ports_and_keep_theirs() {
        let (ports, _) = ports(r#"{"1":"+12025550100","2":"+12025550188","3":"+12025550199"}"#);
        let mut used = BTreeMap::new();
        for number in 0..300 {
            let to = PhoneNumber::parse(&format!("+1202555{number:04}")).unwrap();
            let port = ports.for_recipient(&to).unwrap();
            assert_eq!(ports.for_recipient(&to), Some(port));
            *used.entry(port).or_insert(0) += 1;
        }
        assert!(used.len() == 3 && used.values().all(|count| *count > 60), "{used:?}");
        let nobody = PhoneNumber::parse("+12025550123").unwrap();
        assert_eq!(Ports::default().for_recipient(&nobody), None);
    }

    #[test]
    fn everything_wrong_with_the_ports_is_said_and_nothing_repeated() {
        let (_, problems) =
            ports(r#"{"1":"+12025550100","1.01":"+12025550188","2":"+12025550100","1-4":"+12025550199","5":"secret"}"#);
        assert_eq!(
            problems,
            [
                "gsm/ports must name one port in each entry, not so in entry 2",
                "gsm/ports names a port twice, the second time in entry 3",
                "gsm/ports names a number twice, the second time in entry 4",
                "gsm/ports entry 5: a phone number begins with + and its country code, as in +12025550101",
            ]
        );
        assert_eq!(ports("[1]").1.len(), 1);
        assert_eq!(ports("not JSON").1, ["gsm/ports is not JSON (line 1, column 2)"]);
    }
}
