//! What the account's owner chose, and the parameters below `end-user-messaging/`.
//!
//! | Parameter | |
//! |---|---|
//! | `templates` | the texts that are registered with the operators of India, in JSON: `[{"name", "template_id", "entity_id", "text"}]` |
//! | `entity-id` | for templates that have none of their own |
//! | `max-price` | the most that a part of a text may cost, in US dollars, such as `0.05`; what would cost more is refused |

use crate::parameters::Parameters;
use crate::provider::dlt::{self, OperatorIds};

/// A text that is registered in India.
pub type Registered = dlt::Registered<OperatorIds>;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// What texts leave from that name nothing else: a number, short code, pool or sender ID. The service chooses where there
    /// is none.
    pub origination_identity: Option<String>,
    /// The configuration set whose event destination brings the receipts.
    pub configuration_set: Option<String>,
    /// The list that `START` takes a number off before it is confirmed.
    pub opt_out_list: Option<String>,
    /// What may be texted to India by way of its own operators.
    pub templates: Vec<Registered>,
    /// US dollars for a part, as the service writes them.
    pub max_price: Option<String>,
}

/// The price that the parameters name; what is wrong with it is noted there.
pub fn max_price(parameters: &mut Parameters<'_>) -> Option<String> {
    let text = parameters.optional("max-price")?;
    let (dollars, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (1..=2).contains(&dollars.len())
        && (1..=5).contains(&fraction.len())
        && is_digits(dollars)
        && is_digits(fraction)
    {
        return Some(format!("{dollars}.{fraction}"));
    }
    parameters.problem(
        "max-price",
        "must be US dollars below 100 with up to five decimals, such as 0.05",
    );
    None
}

/// The templates that the parameters list; what is wrong with them is noted there.
pub fn templates(parameters: &mut Parameters<'_>) -> Vec<Registered> {
    let entity_id = dlt::entity_id(parameters);
    dlt::templates(parameters, |row, wrong| row.operator_ids(entity_id.as_deref(), wrong)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Vec<Registered>, Vec<String>) {
        let named = pairs
            .iter()
            .map(|(name, value)| (format!("end-user-messaging/{name}"), (*value).to_owned()));
        let values: BTreeMap<String, String> = named.collect();
        let mut parameters = Parameters::new("end-user-messaging", &values);
        let templates = templates(&mut parameters);
        (templates, parameters.problems())
    }

    #[test]
    fn templates_are_optional_and_know_whose_they_are() {
        assert_eq!(read(&[]), (vec![], vec![]));
        let given = [
            ("entity-id", "1101"),
            (
                "templates",
                r#"[{"name":"a","template_id":1107000000000000001,"text":"Hi {#var#}"},
                    {"name":"b","template_id":"1107000000000000002","entity_id":"1102","text":"Bye"}]"#,
            ),
        ];
        let (templates, problems) = read(&given);
        assert_eq!(problems, [""; 0]);
        let ids: Vec<_> = templates
            .iter()
            .map(|it| (it.ids.template_id.as_str(), it.ids.entity_id.as_str()))
            .collect();
        assert_eq!(ids, [("1107000000000000001", "1101"), ("1107000000000000002", "1102")]);
    }

    #[test]
    fn a_price_is_written_as_the_service_reads_it() {
        for (value, expected) in [
            ("0.05", Some("0.05")),
            ("2", Some("2.0")),
            ("99.99999", Some("99.99999")),
            ("", None),
        ] {
            let values = BTreeMap::from([("end-user-messaging/max-price".to_owned(), value.to_owned())]);
            let mut parameters = Parameters::new("end-user-messaging", &values);
            assert_eq!(max_price(&mut parameters).as_deref(), expected, "{value}");
            assert_eq!(parameters.problems(), [""; 0]);
        }
        for value in ["0,05", ".5", "100", "-1", "0.", "0.000001", "cheap", "$1"] {
            let values = BTreeMap::from([("end-user-messaging/max-price".to_owned(), value.to_owned())]);
            let mut parameters = Parameters::new("end-user-messaging", &values);
            assert_eq!(max_price(&mut parameters), None, "{value}");
            assert_eq!(parameters.problems().len(), 1, "{value}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let given = [("templates", r#"[{"name":"a","template_id":"188950","text":"x"}]"#)];
        assert_eq!(
            read(&given).1,
            [
                "end-user-messaging/templates [0].template_id must be the 19 digits of the operators",
                "end-user-messaging/templates [0].entity_id must be a number, or entity-id be set for all",
            ]
        );
    }
}
