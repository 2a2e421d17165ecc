//! The ports of the device and how they are written.

/// The lock that a command puts on a SIM card and takes away.
const LOCKED_BY_USER: u8 = 12;
const REGISTERED: u8 = 3;
const NO_SIM: u8 = 0;

/// A port with its one slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Port {
    sim: Option<String>,
    locked: bool,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) failed: u64,
}

impl Port {
    pub(super) fn with_sim(number: &str) -> Self {
        Self {
            sim: Some(number.to_owned()),
            ..Self::default()
        }
    }

    pub(super) fn empty() -> Self {
        Self::default()
    }

    /// The number of the SIM card, in E.164.
    pub(super) fn sim(&self) -> Option<&str> {
        self.sim.as_deref()
    }

    pub(super) fn lock(&mut self, locked: bool) {
        self.locked = locked;
    }

    /// The state, as in `st`.
    pub(super) fn st(&self) -> u8 {
        match self.sim {
            None => NO_SIM,
            Some(_) if self.locked => LOCKED_BY_USER,
            Some(_) => REGISTERED,
        }
    }

    /// The SIM card's number if the network lets it send.
    pub(super) fn usable(&self) -> Option<&str> {
        self.sim().filter(|_| self.st() == REGISTERED)
    }
}

/// The slot that is in use, in both notations.
pub(super) fn written(port: usize, slot_letters: bool) -> String {
    if slot_letters {
        format!("{port}A")
    } else {
        format!("{port}.01")
    }
}

/// The ports of a list such as `1-4,6`; `None` when it is not one.
pub(super) fn listed(list: &str) -> Option<Vec<usize>> {
    let mut ports = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // No device has more; a wide range must not become a long list.
        if first == 0 || last < first || last > 512 {
            return None;
        }
        ports.extend(first..=last);
    }
    Some(ports)
}

/// The ports that a command is for: `all`, `*`, or a list in which slots may be named (`1A`, `2.01`).
pub(super) fn commanded(list: &str, count: usize) -> Option<Vec<usize>> {
    if ["all", "*"].contains(&list) {
        return Some((1..=count).collect());
    }
    let without_slots: Vec<_> = list
        .split(',')
        .map(|part| {
            part.split('.')
                .next()
                .unwrap_or(part)
                .trim_end_matches(char::is_alphabetic)
        })
        .collect();
    listed(&without_slots.join(",")).filter(|ports| ports.iter().all(|port| *port <= count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_lists_are_read_as_the_document_writes_them() {
        assert_eq!(listed("1"), Some(vec![1]));
        assert_eq!(listed("1-4,6"), Some(vec![1, 2, 3, 4, 6]));
        for wrong in ["", "0", "4-2", "1A", "x", "1-99999999"] {
            assert_eq!(listed(wrong), None, "{wrong}");
        }
        assert_eq!(commanded("all", 2), Some(vec![1, 2]));
        assert_eq!(commanded("1A,2.01", 4), Some(vec![1, 2]));
        assert_eq!(commanded("5", 4), None);
    }
}
