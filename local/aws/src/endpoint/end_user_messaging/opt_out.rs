//! Opt-out lists: numbers that must not be texted.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Service;
use super::failure::Failure;
use super::field::{Fields, is_list_name, is_name_or_arn, is_phone_number, read};
use super::paging::{Page, epoch_seconds};
use local_providers::clock;

/// A number may be taken off a list once in this time.
const BETWEEN_REMOVALS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Numbers that may be asked for by name.
const MAXIMUM_NAMED: usize = 5;

#[derive(Clone, Debug)]
struct OptedOut {
    at: Timestamp,
    /// The person texted the keyword, as against us putting the number on the list.
    by_end_user: bool,
}

#[derive(Debug)]
pub(super) struct OptOutList {
    created_at: Timestamp,
    numbers: BTreeMap<String, OptedOut>,
    removed_at: HashMap<String, Timestamp>,
}

impl Default for OptOutList {
    fn default() -> Self {
        Self {
            created_at: clock::now(),
            numbers: BTreeMap::new(),
            removed_at: HashMap::new(),
        }
    }
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

    /// Takes a number off the list because the person asked for it, which they may do as often as they like.
    pub(super) fn opt_in(&mut self, number: &str) {
        self.numbers.remove(number);
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
    let mut state = service.lock();
    let list = state.opt_out_list_name(&list)?;
    let entries = state.opt_out_lists.entry(list.clone()).or_default();
    entries.add(&number, false);
    let entry = entries.numbers.get(&number).ok_or(Failure::Internal)?;
    Ok(described(service, &list, &number, entry))
}

pub(super) fn delete_number(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let (list, number) = read::<OneNumber>(body)?.validated()?;
    let mut state = service.lock();
    let list = state.opt_out_list_name(&list)?;
    let removed = state
        .opt_out_lists
        .entry(list.clone())
        .or_default()
        .remove(&number, clock::now())?;
    Ok(described(service, &list, &number, &removed))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeNumbers {
    opt_out_list_name: Option<String>,
    opted_out_numbers: Vec<String>,
    filters: Vec<Filter>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    name: String,
    values: Vec<String>,
}

pub(super) fn describe_numbers(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeNumbers = read(body)?;
    let name = request.opt_out_list_name.as_deref();
    let mut fields = Fields::default();
    fields.check("OptOutListName", name, "pattern [A-Za-z0-9_:/-]+", is_name_or_arn);
    let name = fields.required("OptOutListName", name).to_owned();
    if request.opted_out_numbers.len() > MAXIMUM_NAMED {
        fields.refuse("OptedOutNumbers", "Member must have length less than or equal to 5");
    }
    if request.filters.iter().any(|filter| filter.name != "end-user-opted-out") {
        fields.refuse("Filters", "Member must satisfy enum value set: [end-user-opted-out]");
    }
    fields.finish()?;
    let state = service.lock();
    let list_name = state.opt_out_list_name(&name)?;
    let list = state
        .opt_out_lists
        .get(&list_name)
        .ok_or_else(|| Failure::not_found("opt-out-list", &name))?;
    for number in &request.opted_out_numbers {
        if !list.contains(&normalised(number)) {
            return Err(Failure::not_found("opted-out-number", number));
        }
    }
    let asked: Vec<String> = request
        .opted_out_numbers
        .iter()
        .map(|number| normalised(number))
        .collect();
    let chosen = list.numbers.iter().filter(|(number, entry)| {
        let named = asked.is_empty() || asked.contains(number);
        let by_end_user = entry.by_end_user.to_string();
        named
            && request
                .filters
                .iter()
                .all(|filter| filter.values.contains(&by_end_user))
    });
    let entries = chosen.map(|(number, entry)| {
        let entry = json!({
            "OptedOutNumber": number,
            "OptedOutTimestamp": epoch_seconds(entry.at),
            "EndUserOptedOut": entry.by_end_user,
        });
        (number.clone(), entry)
    });
    let mut answer = request.page.of("OptedOutNumbers", entries)?;
    answer["OptOutListArn"] = service.arn("opt-out-list", &list_name).into();
    answer["OptOutListName"] = list_name.into();
    Ok(answer)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateList {
    opt_out_list_name: Option<String>,
    tags: Vec<Value>,
}

pub(super) fn create_list(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: CreateList = read(body)?;
    let name = request.opt_out_list_name.as_deref();
    let mut fields = Fields::default();
    fields.check("OptOutListName", name, "pattern [A-Za-z0-9_-]{1,64}", is_list_name);
    let name = fields.required("OptOutListName", name).to_owned();
    fields.finish()?;
    let mut state = service.lock();
    if state.opt_out_lists.contains_key(&name) {
        return Err(Failure::Conflict {
            reason: "RESOURCE_ALREADY_EXISTS",
            message: "An opt-out list of this name exists.".to_owned(),
            resource_type: "opt-out-list",
            resource_id: name,
        });
    }
    let list = state.opt_out_lists.entry(name.clone()).or_default();
    let mut answer = list_described(service, &name, list);
    answer["Tags"] = request.tags.into();
    Ok(answer)
}

fn list_described(service: &Service, name: &str, list: &OptOutList) -> Value {
    json!({
        "OptOutListArn": service.arn("opt-out-list", name),
        "OptOutListName": name,
        "CreatedTimestamp": epoch_seconds(list.created_at),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeLists {
    opt_out_list_names: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe_lists(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: DescribeLists = read(body)?;
    let state = service.lock();
    let asked = request
        .opt_out_list_names
        .iter()
        .map(|name| state.opt_out_list_name(name));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    let chosen = state
        .opt_out_lists
        .iter()
        .filter(|(name, _)| asked.is_empty() || asked.contains(name));
    let entries = chosen.map(|(name, list)| (name.clone(), list_described(service, name, list)));
    request.page.of("OptOutLists", entries)
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
        assert!(matches!(
            list.remove("+12025550101", days(29)),
            Err(Failure::Validation {
                reason: "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
                ..
            })
        ));
        assert!(list.contains("+12025550101"));
        assert!(list.remove("+12025550101", days(30)).is_ok());
        assert!(matches!(
            list.remove("+12025550101", days(90)),
            Err(Failure::NotFound { .. })
        ));
    }
}
