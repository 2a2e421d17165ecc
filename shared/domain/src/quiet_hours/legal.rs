//! The hours in which the law allows marketing texts, where they are known. They bind campaigns, beside the
//! organisation's own quiet hours, on the recipient's clock.

use std::collections::BTreeMap;

use jiff::civil::Time;
use thiserror::Error;

use super::QuietHours;
use crate::country;

/// By country or beginning of the number: from which hour until which texting is allowed.
///
/// | who | hours | source |
/// |---|---|---|
/// | US | 8 to 21 | 47 CFR § 64.1200(c)(1), <https://www.ecfr.gov/current/title-47/section-64.1200> |
/// | Connecticut | 9 to 20 | Conn. Gen. Stat. § 42-288a, <https://www.cga.ct.gov/current/pub/chap_743m.htm> |
/// | Florida | 8 to 20 | Fla. Stat. § 501.616(6), <https://www.flsenate.gov/Laws/Statutes/2023/501.616> |
/// | Maryland | 8 to 20 | Md. Code, Com. Law § 14-4502, <https://mgaleg.maryland.gov/mgawebsite/Legislation/Details/sb0090?ys=2023RS> |
/// | Oklahoma | 8 to 20 | 15 O.S. § 775C.4, <https://www.oklegislature.gov/BillInfo.aspx?Bill=hb3168&Session=2200> |
/// | Washington | 8 to 20 | RCW 80.36.390, <https://app.leg.wa.gov/rcw/default.aspx?cite=80.36.390> |
/// | IN | 10 to 21 | TCCCPR 2018, promotional messages, <https://www.trai.gov.in/telecom-commercial-communications-customer-preference-regulations> |
/// | MN | 8 to 22 | our own habit for Mongolia |
///
/// A state is known by its area codes, as <https://www.nanpa.com/area-codes> lists them; a person may have moved with the
/// number, so this errs to the side of the stricter hours.
const TABLE: &[(&str, i8, i8)] = &[
    ("US", 8, 21),
    ("IN", 10, 21),
    ("MN", 8, 22),
    // Connecticut
    ("+1203", 9, 20),
    ("+1475", 9, 20),
    ("+1860", 9, 20),
    ("+1959", 9, 20),
    // Florida
    ("+1239", 8, 20),
    ("+1305", 8, 20),
    ("+1321", 8, 20),
    ("+1324", 8, 20),
    ("+1352", 8, 20),
    ("+1386", 8, 20),
    ("+1407", 8, 20),
    ("+1448", 8, 20),
    ("+1561", 8, 20),
    ("+1645", 8, 20),
    ("+1656", 8, 20),
    ("+1689", 8, 20),
    ("+1727", 8, 20),
    ("+1728", 8, 20),
    ("+1754", 8, 20),
    ("+1772", 8, 20),
    ("+1786", 8, 20),
    ("+1813", 8, 20),
    ("+1850", 8, 20),
    ("+1863", 8, 20),
    ("+1904", 8, 20),
    ("+1941", 8, 20),
    ("+1954", 8, 20),
    // Maryland
    ("+1227", 8, 20),
    ("+1240", 8, 20),
    ("+1301", 8, 20),
    ("+1410", 8, 20),
    ("+1443", 8, 20),
    ("+1667", 8, 20),
    // Oklahoma
    ("+1405", 8, 20),
    ("+1539", 8, 20),
    ("+1572", 8, 20),
    ("+1580", 8, 20),
    ("+1918", 8, 20),
    // Washington
    ("+1206", 8, 20),
    ("+1253", 8, 20),
    ("+1360", 8, 20),
    ("+1425", 8, 20),
    ("+1509", 8, 20),
    ("+1564", 8, 20),
];

/// The rules that an organisation keeps to: those of the table, with its own in their place or beside them, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHours {
    uses_table: bool,
    /// By country or beginning of the number; `None` is no rule.
    own: BTreeMap<String, Option<QuietHours>>,
}

/// The rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LegalHoursError {
    #[error("\"{0}\" is neither a country such as US nor the beginning of a number such as +1305")]
    Whose(String),
    #[error("\"{0}\" must be the hours in which texting is allowed, such as 08:00-20:00, or off")]
    Hours(String),
}

impl Default for LegalHours {
    /// The table.
    fn default() -> Self {
        Self {
            uses_table: true,
            own: BTreeMap::new(),
        }
    }
}

impl LegalHours {
    /// No rules.
    pub fn off() -> Self {
        Self {
            uses_table: false,
            own: BTreeMap::new(),
        }
    }

    /// The table with these in their place or beside them: by country or beginning of the number the hours in which
    /// texting is allowed, from and until, or `None` where it is at any hour.
    ///
    /// # Errors
    ///
    /// The first entry that cannot be used.
    pub fn with(own: impl IntoIterator<Item = (String, Option<(Time, Time)>)>) -> Result<Self, LegalHoursError> {
        let mut legal = Self::default();
        for (whose, allowed) in own {
            let key = key(&whose).ok_or_else(|| LegalHoursError::Whose(whose.clone()))?;
            let quiet = match allowed {
                None => None,
                // What is not allowed is quiet.
                Some((from, until)) => Some(QuietHours::new(until, from).ok_or(LegalHoursError::Hours(whose))?),
            };
            legal.own.insert(key, quiet);
        }
        Ok(legal)
    }

    /// The quiet hours that the law asks for at that number, which is of that country; several may hold.
    pub(super) fn quiet(&self, country: Option<&str>, number: &str) -> Vec<QuietHours> {
        let concerns = |whose: &str| match whose.strip_prefix('+') {
            Some(_) => number.starts_with(whose),
            None => country == Some(whose),
        };
        let table = TABLE
            .iter()
            .filter(|(whose, ..)| self.uses_table && !self.own.contains_key(*whose));
        let table = table.filter(|(whose, ..)| concerns(whose));
        let table = table.filter_map(|(_, from, until)| QuietHours::new(hour(*until), hour(*from)));
        let own = self.own.iter().filter(|(whose, _)| concerns(whose));
        table.chain(own.filter_map(|(_, hours)| *hours)).collect()
    }
}

fn hour(hour: i8) -> Time {
    Time::midnight().with().hour(hour).build().unwrap_or_default()
}

/// A country's two letters, or the beginning of a number.
fn key(text: &str) -> Option<String> {
    let text = text.trim();
    match text.strip_prefix('+') {
        Some(digits) => {
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.to_owned())
        }
        None => country::alpha2(text).map(ToOwned::to_owned),
    }
}
