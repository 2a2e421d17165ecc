//! The countries that have telephones, and their time zones, without their numbering plans.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

use crate::phone_number::tidy;

/// Those with a numbering plan, by their two letters in ISO 3166-1: kept here, so that a setting can be checked without
/// loading the plans.
pub(crate) const ALL: &str = "\
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM \
    FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN \
    MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT \
    PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK \
    TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// What people write for some countries instead of their two letters.
const ALSO: [(&str, &str); 12] = [
    ("UK", "GB"),
    ("GBR", "GB"),
    ("USA", "US"),
    ("MNG", "MN"),
    ("MONGOLIA", "MN"),
    ("IND", "IN"),
    ("INDIA", "IN"),
    ("UNITED STATES", "US"),
    ("UNITED KINGDOM", "GB"),
    ("GREAT BRITAIN", "GB"),
    ("EL", "GR"),
    ("МОНГОЛ", "MN"),
];

/// The two letters of a country, however they were typed; `None` where there is no such country.
pub fn alpha2(text: &str) -> Option<&'static str> {
    let text = tidy(text).to_uppercase();
    let text = text.replace('.', "");
    let text = ALSO
        .iter()
        .find(|(name, _)| *name == text)
        .map_or(text.as_str(), |(_, country)| country);
    ALL.split(' ').find(|country| *country == text)
}

/// The names of each country's zones.
static ZONES: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("../data/zones.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| line.split_once(' '));
    entries
        .map(|(country, zones)| (country, zones.split(' ').collect()))
        .collect()
});

/// The time zones of a country, one of each that keep the same time. None where there is no such country.
pub fn zones(country: &str) -> Vec<TimeZone> {
    let names = ZONES.get(country).into_iter().flatten();
    names.filter_map(|name| TimeZone::get(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_zones_that_exist() {
        for country in ALL.split(' ') {
            let names = ZONES.get(country).map_or(0, Vec::len);
            assert!(names > 0 && zones(country).len() == names, "{country}");
        }
        assert_eq!(ZONES.len(), ALL.split(' ').count());
        assert_eq!(zones("XX"), []);
    }

    #[test]
    fn a_country_is_an_existing_code() {
        for (text, expected) in [
            ("MN", Some("MN")),
            (" mn ", Some("MN")),
            ("UK", Some("GB")),
            ("U.S.A.", Some("US")),
            ("Mongolia", Some("MN")),
            ("XX", None),
            ("M", None),
            ("AC AD", None),
            ("", None),
        ] {
            assert_eq!(alpha2(text), expected, "{text:?}");
        }
    }
}
