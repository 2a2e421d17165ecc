//! Checks a contact's row soon after somebody typed it.
//!
//! A person is known by one number. A row whose key is another spelling of it, such as `+44 07911 123456`, stays as it was
//! typed; the contact proper stands under the one number, with what the typed row says. Later changes of the typed row are
//! carried over, and an opt-out on either counts on both. A row that names nobody's number says what to write.
//!
//! What was carried over last is kept on the typed row (`carried`), so that an event that comes twice or late finds nothing
//! to do, and neither row undoes what somebody changed on the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::numbering::{self, Country, NumberingError};
use domain::organisation::{DEFAULT_ORGANISATION, UnknownOrganisation};
use domain::phone_number::PhoneNumber;

use crate::port::{Applied, Attributes, ContactChange, ContactRow, ContactRows, Organisations, StoreError, Value};

/// The most attempts to check a row that others change meanwhile.
const TRIES: u32 = 8;

/// What we write on rows ourselves.
const OURS: [&str; 6] = ["status", "error", "note", "canonical", "carried", "typed"];

const OPT_OUT: &str = "opted_out_at";

/// What says whether somebody wants texts; never undone by a change of the typed row.
const OPTING: [&str; 3] = [OPT_OUT, "opted_out_words", "opted_in_at"];

/// The result of checking a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// There is no such row any more.
    Gone,
    NothingToDo,
    /// The row of the one number was made or changed, or marks were taken off.
    Written,
    /// It is another spelling of somebody's number.
    Mended,
    /// It is not a valid number, and its row says so.
    Rejected,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct CheckContact {
    pub rows: Arc<dyn ContactRows>,
    pub organisations: Arc<dyn Organisations>,
    /// The country of numbers without a country code, where no organisation names one.
    pub country: Option<Country>,
}

impl CheckContact {
    /// Checks a row as it was read, perhaps a while ago.
    ///
    /// # Errors
    ///
    /// The store's, when nothing was written. Checking a row again is always harmless.
    pub async fn check(&self, image: &ContactRow) -> Result<Checked, StoreError> {
        if is_well(image) && self.unknown_organisation(image).await?.is_none() {
            return Ok(Checked::NothingToDo);
        }
        for _ in 0..TRIES {
            let Some(mut row) = self.rows.get(&image.key).await? else {
                return Ok(Checked::Gone);
            };
            if let Some(unknown) = self.unknown_organisation(&row).await? {
                row.complaint = Some(match row.complaint {
                    Some(complaint) => format!("{complaint}; {unknown}"),
                    None => unknown.to_string(),
                });
            }
            let number = self.number(&row).await?;
            let other = match other_key(&row, number.as_ref().ok()) {
                Some(key) => self.rows.get(&key).await?,
                None => None,
            };
            let changes = decide(&row, &number, other.as_ref());
            if changes.is_empty() {
                return Ok(Checked::NothingToDo);
            }
            if self.rows.commit(&changes).await? == Applied::Written {
                return Ok(match number {
                    Err(_) => Checked::Rejected,
                    Ok(number) if number.as_str() == row.key => Checked::Written,
                    Ok(_) => Checked::Mended,
                });
            }
        }
        Err(StoreError::Conflict("contact".to_owned()))
    }

    /// Whose number it is. Without a country code it is one of the row's organisation's country.
    async fn number(&self, row: &ContactRow) -> Result<Result<PhoneNumber, NumberingError>, StoreError> {
        let read = numbering::normalise(&row.key, None);
        if read != Err(NumberingError::NoCountry) {
            return Ok(read);
        }
        let country = self.country(row).await?.or(self.country);
        Ok(numbering::normalise_loosely(&row.key, country))
    }

    /// The first organisation that the row names and that does not exist.
    async fn unknown_organisation(&self, row: &ContactRow) -> Result<Option<UnknownOrganisation>, StoreError> {
        for name in &row.organisations {
            if self.organisations.get(name).await?.is_none() {
                return Ok(Some(UnknownOrganisation::new(name)));
            }
        }
        Ok(None)
    }

    async fn country(&self, row: &ContactRow) -> Result<Option<Country>, StoreError> {
        let organisation = match row.attributes.get("organisation") {
            Some(Value::Text(name)) if !name.trim().is_empty() => name.trim(),
            _ => DEFAULT_ORGANISATION,
        };
        let country = self.organisations.country(organisation).await?;
        Ok(country.and_then(|country| country.parse().ok()))
    }
}

/// Whether the row needs no change, without looking at another one. This is so for nearly all.
fn is_well(row: &ContactRow) -> bool {
    let is_canonical = PhoneNumber::parse(&row.key)
        .is_ok_and(|number| number.as_str() == row.key && numbering::check(&number).is_ok());
    is_canonical
        && row.complaint.is_none()
        && row.note.is_none()
        && !OURS.iter().any(|attribute| row.attributes.contains_key(*attribute))
}

/// The other row of the same person: the one of the number, or the typed one that it was made of.
fn other_key(row: &ContactRow, number: Option<&PhoneNumber>) -> Option<String> {
    let number = number?;
    if number.as_str() == row.key {
        text(&row.attributes, "typed").map(ToOwned::to_owned)
    } else {
        Some(number.as_str().to_owned())
    }
}

/// The changes to a row with a valid number, and to the person's other row. Pure.
fn decide(
    row: &ContactRow,
    number: &Result<PhoneNumber, NumberingError>,
    other: Option<&ContactRow>,
) -> Vec<ContactChange> {
    let mut after = row.attributes.clone();
    match number {
        Err(error) => {
            let complaint = row.complaint.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
            let error = error.on_a_contact() + &complaint;
            mark(&mut after, Some("rejected"), Some(error), None);
            after.remove("canonical");
            after.remove("carried");
            changed(row, after).into_iter().collect()
        }
        Ok(number) if number.as_str() == row.key => {
            let status = row.complaint.as_ref().map(|_| "rejected");
            mark(&mut after, status, row.complaint.clone(), row.note.clone());
            after.remove("canonical");
            after.remove("carried");
            let typed = other.and_then(|typed| spread(row, typed));
            changed(row, after).into_iter().chain(typed).collect()
        }
        Ok(number) => mend(row, number, other),
    }
}

/// The row of a number in another spelling, and the one that counts.
fn mend(row: &ContactRow, number: &PhoneNumber, proper: Option<&ContactRow>) -> Vec<ContactChange> {
    let number = number.as_str();
    let mut typed = row.attributes.clone();
    let carried = match typed.remove("carried") {
        Some(Value::Map(carried)) if text(&row.attributes, "canonical") == Some(number) => Some(carried),
        _ => None,
    };
    let is_ours = proper.is_none_or(|proper| {
        text(&proper.attributes, "typed") == Some(&row.key) || is_opting_alone(&proper.attributes)
    });
    let mut after = proper.map(|proper| proper.attributes.clone()).unwrap_or_default();
    if is_ours {
        let adopted = text(&after, "typed") == Some(&row.key);
        let before = carried.clone().filter(|_| adopted).unwrap_or_default();
        if !adopted {
            after.remove("may_book");
        }
        carry(&content(&before), &content(&typed), &mut after);
        after.insert("typed".to_owned(), Value::Text(row.key.clone()));
    }
    let opted_out = typed.contains_key(OPT_OUT);
    // A row that was deleted and made again needs it again.
    let known = proper.is_some() && carried.as_ref().is_some_and(|carried| carried.contains_key(OPT_OUT));
    if opted_out && !known && !after.contains_key(OPT_OUT) {
        copy(&OPTING, &typed, &mut after);
    }
    copy(&OPTING, &after, &mut typed);
    let mut keep = content(&typed);
    copy(&OPTING, &typed, &mut keep);
    let how = numbering::mending(&row.key, number);
    let note = if is_ours {
        format!("read as {number}, {how}; that row counts, and changes of this one are carried over to it")
    } else {
        format!("read as {number}, {how}; that number has a row of its own, which is the only one that counts")
    };
    mark(&mut typed, Some("mended"), row.complaint.clone(), Some(note));
    typed.remove("typed");
    typed.insert("canonical".to_owned(), Value::Text(number.to_owned()));
    typed.insert("carried".to_owned(), Value::Map(keep));
    let proper = ContactChange {
        key: number.to_owned(),
        before: proper.map(|proper| proper.attributes.clone()),
        after,
    };
    let proper = Some(proper).filter(|change| change.before.as_ref() != Some(&change.after));
    proper.into_iter().chain(changed(row, typed)).collect()
}

/// What the typed row is to say of opting, where that changed on the row that counts.
fn spread(proper: &ContactRow, typed: &ContactRow) -> Option<ContactChange> {
    let Some(Value::Map(carried)) = typed.attributes.get("carried") else {
        return None;
    };
    // An opt-out that was typed there and not carried over yet is left to its own event.
    let is_known = typed.attributes.contains_key(OPT_OUT) == carried.contains_key(OPT_OUT);
    let is_its = text(&typed.attributes, "canonical") == Some(&proper.key);
    let is_same = |from: &Attributes| {
        OPTING
            .iter()
            .all(|name| from.get(*name) == proper.attributes.get(*name))
    };
    if !is_known || !is_its || is_same(carried) {
        return None;
    }
    let (mut after, mut keep) = (typed.attributes.clone(), carried.clone());
    copy(&OPTING, &proper.attributes, &mut after);
    copy(&OPTING, &proper.attributes, &mut keep);
    after.insert("carried".to_owned(), Value::Map(keep));
    changed(typed, after)
}

/// Makes of `after` what changed between `before` and `now`.
fn carry(before: &Attributes, now: &Attributes, after: &mut Attributes) {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names {
        match now.get(name) {
            value if value == before.get(name) => {}
            Some(value) => {
                after.insert(name.clone(), value.clone());
            }
            None => {
                after.remove(name);
            }
        }
    }
}

fn copy(names: &[&str], from: &Attributes, to: &mut Attributes) {
    for name in names {
        match from.get(*name) {
            Some(value) => to.insert((*name).to_owned(), value.clone()),
            None => to.remove(*name),
        };
    }
}

/// What a person typed on the row, without our attributes and without opt-outs.
fn content(attributes: &Attributes) -> Attributes {
    let is_theirs = |name: &str| !OURS.contains(&name) && !OPTING.contains(&name);
    let theirs = attributes.iter().filter(|(name, _)| is_theirs(name));
    theirs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether there is nothing on the row but what a stranger's STOP makes.
fn is_opting_alone(attributes: &Attributes) -> bool {
    attributes.contains_key("may_book")
        && attributes.contains_key(OPT_OUT)
        && attributes
            .keys()
            .all(|name| name == "may_book" || OPTING.contains(&name.as_str()) || OURS.contains(&name.as_str()))
        && !attributes.contains_key("typed")
}

/// Says how the row stands. A status that we never write is left alone.
fn mark(attributes: &mut Attributes, status: Option<&str>, error: Option<String>, note: Option<String>) {
    let is_ours = matches!(text(attributes, "status"), None | Some("rejected" | "mended"));
    if status.is_some() || is_ours {
        put(attributes, "status", status.map(ToOwned::to_owned));
    }
    put(attributes, "error", error);
    put(attributes, "note", note);
}

fn put(attributes: &mut Attributes, name: &str, value: Option<String>) {
    match value {
        Some(value) => attributes.insert(name.to_owned(), Value::Text(value)),
        None => attributes.remove(name),
    };
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    match attributes.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn changed(row: &ContactRow, after: Attributes) -> Option<ContactChange> {
    (after != row.attributes).then(|| ContactChange {
        key: row.key.clone(),
        before: Some(row.attributes.clone()),
        after,
    })
}

#[cfg(test)]
mod tests;
