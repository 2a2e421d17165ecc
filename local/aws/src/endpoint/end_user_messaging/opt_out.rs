//! Opt-out lists: numbers that must not be texted.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::field::{Fields, is_name_or_arn, is_phone_number, read};
use super::{Service, epoch_seconds};
use local_providers::clock;

/// A number may be taken off a list once in this time.
const BETWEEN_REMOVALS: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Clone, Debug)]
struct OptedOut {
    at: Timestamp,
    /// The person texted the keyword, as against us putting the number on the list.
    by_end_user: bool,
}

#[derive(Debug, Default)]
pub(super) struct OptOutList {
    numbers: BTreeMap<String, OptedOut>,
    removed_at: HashMap<String, Timestamp>,
}

impl OptOutList {
    pub(super) fn contains(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    /// Puts a number on the list; one that is on it stays as it is.
    pub(super) fn add(&mut self, number: &str, by_end_user: bool) {
        self.numbers.entry(number.to_owned()).or_insert_with(|| OptedOut {
            at: clock::now(),
            by_end_user,
        });
    }

    fn remove(&mut self, number: &str, now: Timestamp) -> Result<OptedOut, Failure> {
        if !self.contains(number) {
            return Err(Failure::not_found("opted-out-number", number));
        }
        if self
            .removed_at
            .get(number)
            .is_some_and(|at| now.duration_since(*at) < BETWEEN_REMOVALS)
        {
            return Err(Failure::invalid(
                "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
                "The phone number cannot be opted in: it was removed from the list within the last 30 days.",
            ));
        }
        self.removed_at.insert(number.to_owned(), now);
        self.numbers
            .remove(number)
            .ok_or_else(|| Failure::not_found("opted-out-number", number))
    }
}

/// A number as the lists keep it: with its plus sign.
pub(super) fn normalised(number: &str) -> String {
    format!("+{}", number.trim_start_matches('+'))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OneNumber {
    opt_out_list_name: Option<String>,
    opted_out_number: Option<String>,
}

impl OneNumber {
    /// The list and the number that a valid request names.
    fn validated(self) -> Result<(String, String), Failure> {
        let (list, number) = (self.opt_out_list_name.as_deref(), self.opted_out_number.as_deref());
        let mut fields = Fields::default();
        fields.check("OptOutListName", list, "pattern [A-Za-z0-9_:/-]+", is_name_or_arn);
        fields.check(
            "OptedOutNumber",
            number,
            r"pattern \+?[1-9][0-9]{1,18}",
            is_phone_number,
        );
        let list = fields.required("OptOutListName", list).to_owned();
        let number = normalised(fields.required("OptedOutNumber", number));
        fields.finish()?;
        Ok((list, number))
    }
}

fn described(service: &Service, list: &str, number: &str, entry: &OptedOut) -> Value {
    json!({
        "OptOutListArn": service.arn("opt-out-list", list),
        "OptOutListName": list,
        "OptedOutNumber": number,
        "OptedOutTimestamp": epoch_seconds(entry.at),
        "EndUserOptedOut": entry.by_end_user,
    })
}

pub(super) fn put_number(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let (list, number) = read::<OneNumber>(body)?.validated()?;
    let mut state = service.state.lock();
    let list = state.opt_out_list_name(&list)?;
    let entries = state.opt_out_lists.entry(list.clone()).or_default();
    entries.add(&number, false);
    let entry = entries.numbers.get(&number).ok_or_else(Failure::internal)?;
    Ok(described(service, &list, &number, entry))
}

pub(super) fn delete_number(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let (list, number) = read::<OneNumber>(body)?.validated()?;
    let mut state = service.state.lock();
    let list = state.opt_out_list_name(&list)?;
    let removed = state
        .opt_out_lists
        .entry(list.clone())
        .or_default()
        .remove(&number, clock::now())?;
    Ok(described(service, &list, &number, &removed))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeNumbers {
    opt_out_list_name: Option<String>,
}

pub(super) fn describe_numbers(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeNumbers = read(body)?;
    let mut fields = Fields::default();
    let name = fields
        .required("OptOutListName", request.opt_out_list_name.as_deref())
        .to_owned();
    fields.finish()?;
    let state = service.state.lock();
    let name = state.opt_out_list_name(&name)?;
    let numbers = state.opt_out_lists.get(&name).map(|list| &list.numbers);
    let entries = numbers.into_iter().flatten().map(|(number, entry)| {
        json!({
            "OptedOutNumber": number,
            "OptedOutTimestamp": epoch_seconds(entry.at),
            "EndUserOptedOut": entry.by_end_user,
        })
    });
    Ok(json!({
        "OptOutListArn": service.arn("opt-out-list", &name),
        "OptOutListName": name,
        "OptedOutNumbers": entries.collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leaves_a_list_once_in_thirty_days() {
        let mut list = OptOutList::default();
        let start: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
        let days = |days: i64| start + SignedDuration::from_hours(24 * days);

        list.add("+12025550101", true);
        assert!(list.remove("+12025550101", start).is_ok());
        list.add("+12025550101", true);
        let refused = |days: Timestamp, list: &mut OptOutList| match list.remove("+12025550101", days) {
            Err(Failure::Exception { name, .. }) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(days(29), &mut list), "ValidationException");
        assert!(list.contains("+12025550101"));
        assert!(list.remove("+12025550101", days(30)).is_ok());
        assert_eq!(refused(days(90), &mut list), "ResourceNotFoundException");
    }
}
