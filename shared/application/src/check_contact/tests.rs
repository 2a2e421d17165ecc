//! What a typed contact is told: mended, rejected, or taken as it is.

use domain::organisation::Organisation;
use proptest::prelude::*;

use super::*;
use crate::memory::MemoryStore;

const TYPED: &str = "+4407911123456";
const PROPER: &str = "+447911123456";

fn said(texts: &[(&str, &str)]) -> Attributes {
    let texts = texts.iter();
    texts
        .map(|(name, text)| ((*name).to_owned(), Value::Text((*text).to_owned())))
        .collect()
}

fn use_case(store: &MemoryStore, country: Option<&str>) -> CheckContact {
    CheckContact {
        rows: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        country: country.map(|country| country.parse().unwrap()),
    }
}

/// Checks the rows with these keys as they are now.
async fn check(store: &MemoryStore, keys: &[&str]) -> Vec<Checked> {
    let mut checked = Vec::new();
    for key in keys {
        let row = ContactRows::get(store, key).await.unwrap().unwrap();
        checked.push(use_case(store, None).check(&row).await.unwrap());
    }
    checked
}

fn value(store: &MemoryStore, key: &str, name: &str) -> Option<String> {
    text(&store.contact_row(key)?, name).map(ToOwned::to_owned)
}

fn change(store: &MemoryStore, key: &str, name: &str, to: Option<&str>) {
    let mut row = store.contact_row(key).unwrap();
    put(&mut row, name, to.map(ToOwned::to_owned));
    store.put_contact_row(key, row);
}

#[tokio::test]
async fn k17_each_row_says_what_became_of_it() {
    let store = MemoryStore::default();
    let mongolian = Organisation {
        country: Some("MN".into()),
        ..Organisation::default()
    };
    store.put_organisation("north", mongolian);
    for (typed, organisation, country, expected) in [
        ("+12025550101", None, None, Ok(None)),
        ("+97699112233", None, None, Ok(None)),
        (TYPED, None, None, Ok(Some(PROPER))),
        ("+52 1 55 1234 5678", None, None, Ok(Some("+525512345678"))),
        ("+5215512345678", None, None, Ok(Some("+525512345678"))),
        ("+541123456789", None, None, Ok(Some("+5491123456789"))),
        ("+1 (202) 555-0101", None, None, Ok(Some("+12025550101"))),
        ("'+12025550101", None, None, Ok(Some("+12025550101"))),
        ("0012025550101", None, None, Ok(Some("+12025550101"))),
        ("＋１２０２５５５０１０１", None, None, Ok(Some("+12025550101"))),
        ("+१२०२५५५०१०१", None, None, Ok(Some("+12025550101"))),
        ("\u{202a}+12025550101\u{202c}", None, None, Ok(Some("+12025550101"))),
        ("99112233", Some("north"), None, Ok(Some("+97699112233"))),
        ("99112233", Some(" north "), Some("US"), Ok(Some("+97699112233"))),
        ("(202) 555-0101", None, Some("US"), Ok(Some("+12025550101"))),
        ("2025550101", Some("south"), Some("US"), Ok(Some("+12025550101"))),
        ("447911123456", None, Some("US"), Ok(Some(PROPER))),
        ("07911 123456", None, Some("GB"), Ok(Some(PROPER))),
        (
            "07911 123456",
            None,
            None,
            Err("the number has no country code, and neither"),
        ),
        (
            "07911 123456",
            Some("north"),
            Some("GB"),
            Err("nobody can have this phone number"),
        ),
        (
            "4.479E+11",
            None,
            Some("GB"),
            Err("a spreadsheet has shortened the number"),
        ),
        ("+1202555010", None, None, Err("the phone number is too short")),
        ("+120255501011", None, None, Err("the phone number is too long")),
        ("+99912345678", None, None, Err("no country has the country code")),
        ("Anna", None, Some("US"), Err("a phone number has only digits")),
        (
            "+12025550101, +12025550102",
            None,
            None,
            Err("a phone number has only digits"),
        ),
        ("131344", None, Some("MN"), Err("nobody can have this phone number")),
        (" ", None, Some("US"), Err("the phone number is empty")),
    ] {
        let row = said(&[("name", "Anna")]);
        let row = match organisation {
            Some(organisation) => row.into_iter().chain(said(&[("organisation", organisation)])).collect(),
            None => row,
        };
        let store = store.clone();
        store.put_contact_row(typed, row.clone());
        let image = ContactRows::get(&store, typed).await.unwrap().unwrap();
        let checked = use_case(&store, country).check(&image).await.unwrap();
        let status = value(&store, typed, "status");
        match expected {
            Ok(None) => assert_eq!(
                (checked, store.contact_row(typed)),
                (Checked::NothingToDo, Some(row)),
                "{typed}"
            ),
            Ok(Some(number)) => {
                assert_eq!(
                    (checked, status.as_deref()),
                    (Checked::Mended, Some("mended")),
                    "{typed}"
                );
                assert_eq!(value(&store, typed, "canonical").as_deref(), Some(number), "{typed}");
                let note = value(&store, typed, "note").unwrap();
                assert!(note.starts_with(&format!("read as {number}, with")), "{note}");
                let proper = store.contact_row(number).unwrap();
                assert_eq!(content(&proper), row, "{typed}");
                assert_eq!(text(&proper, "typed"), Some(typed));
                store.delete_contact_row(number);
            }
            Err(error) => {
                assert_eq!(
                    (checked, status.as_deref()),
                    (Checked::Rejected, Some("rejected")),
                    "{typed}"
                );
                let said = value(&store, typed, "error").unwrap();
                assert!(said.starts_with(&format!("phone: {error}")), "{said}");
                assert!(said.contains("such as +12025550101"), "{said}");
            }
        }
        // The write comes back as an event, and may come twice.
        assert_eq!(
            use_case(&store, country).check(&image).await.unwrap(),
            checked_again(expected, &store, typed)
        );
        store.delete_contact_row(typed);
    }
}

/// A row whose proper row was deleted gets it back; any other is left alone.
fn checked_again<T>(expected: Result<Option<&str>, T>, store: &MemoryStore, typed: &str) -> Checked {
    match expected {
        Ok(Some(_)) => {
            let canonical = value(store, typed, "canonical").unwrap();
            store.delete_contact_row(&canonical);
            Checked::Mended
        }
        _ => Checked::NothingToDo,
    }
}

#[tokio::test]
async fn k16_a_mended_row_is_carried_over() {
    let store = MemoryStore::default();
    store.put_contact_row(TYPED, said(&[("name", "Anna"), ("groups", "night"), ("diet", "none")]));
    assert_eq!(
        check(&store, &[TYPED, PROPER, TYPED, PROPER]).await[1..],
        [Checked::NothingToDo; 3]
    );
    // Somebody changes the row that counts, and later the typed one.
    change(&store, PROPER, "groups", Some("day"));
    change(&store, TYPED, "name", Some("Anna B."));
    change(&store, TYPED, "diet", None);
    change(&store, TYPED, "zone", Some("Europe/London"));
    check(&store, &[TYPED, PROPER, TYPED]).await;
    let expected = said(&[
        ("name", "Anna B."),
        ("groups", "day"),
        ("zone", "Europe/London"),
        ("typed", TYPED),
    ]);
    assert_eq!(store.contact_row(PROPER), Some(expected));
    // A row that is corrected by hand loses its marks.
    store.put_contact_row(
        "+12025550101",
        said(&[("status", "rejected"), ("error", "old"), ("note", "old")]),
    );
    assert_eq!(check(&store, &["+12025550101"]).await, [Checked::Written]);
    assert_eq!(store.contact_row("+12025550101"), Some(Attributes::new()));
}

#[tokio::test]
async fn k15_an_existing_row_of_the_number_stays() {
    let store = MemoryStore::default();
    let own = said(&[("name", "Anna"), ("groups", "day")]);
    store.put_contact_row(PROPER, own.clone());
    store.put_contact_row(TYPED, said(&[("name", "Anne"), ("groups", "night")]));
    assert_eq!(check(&store, &[TYPED]).await, [Checked::Mended]);
    assert_eq!(store.contact_row(PROPER), Some(own));
    let note = value(&store, TYPED, "note").unwrap();
    assert!(note.contains("has a row of its own"), "{note}");
    // The row of a stranger who said STOP is not one of these.
    let store = MemoryStore::default();
    let stop = said(&[("opted_out_at", "2026-11-20T12:00:00Z"), ("opted_out_words", "STOP")]);
    let stranger = stop
        .clone()
        .into_iter()
        .chain([("may_book".to_owned(), Value::Other("false".into()))]);
    store.put_contact_row(PROPER, stranger.collect());
    store.put_contact_row(TYPED, said(&[("name", "Anna")]));
    check(&store, &[TYPED]).await;
    let expected = stop
        .into_iter()
        .chain(said(&[("name", "Anna"), ("typed", TYPED)]))
        .collect();
    assert_eq!(store.contact_row(PROPER), Some(expected));
}

#[tokio::test]
async fn k15_an_opt_out_counts_on_both_rows() {
    const AT: &str = "2026-11-20T12:00:00Z";
    for own_row in [false, true] {
        let store = MemoryStore::default();
        if own_row {
            store.put_contact_row(PROPER, said(&[("name", "Anna")]));
        }
        store.put_contact_row(TYPED, said(&[("name", "Anna"), ("opted_out_at", AT)]));
        check(&store, &[TYPED]).await;
        let out = |key: &str| value(&store, key, "opted_out_at").is_some();
        assert!(out(PROPER) && out(TYPED));

        // START, and events that come late.
        change(&store, PROPER, "opted_out_at", None);
        change(&store, PROPER, "opted_in_at", Some("2026-11-21T12:00:00Z"));
        check(&store, &[PROPER]).await;
        // A row with words of its own knows of no other; the other one asks.
        assert!(own_row || !out(TYPED));
        check(&store, &[PROPER, TYPED, TYPED, PROPER]).await;
        assert!(!out(PROPER) && !out(TYPED));

        // STOP by text, whatever is changed on the typed row.
        change(&store, PROPER, "opted_out_at", Some("2026-11-22T12:00:00Z"));
        check(&store, &[PROPER]).await;
        assert!(own_row || out(TYPED));
        change(&store, TYPED, "name", Some("Anna B."));
        check(&store, &[TYPED, PROPER]).await;
        assert!(out(PROPER) && out(TYPED));
        change(&store, TYPED, "opted_out_at", None);
        check(&store, &[TYPED]).await;
        assert!(out(PROPER) && out(TYPED));

        // The row that counts was deleted, and is made again.
        store.delete_contact_row(PROPER);
        change(&store, TYPED, "name", Some("Anna C."));
        check(&store, &[TYPED]).await;
        assert!(out(PROPER));
    }
}

#[tokio::test]
async fn a_row_changed_during_its_check_is_rechecked() {
    let store = MemoryStore::default();
    store.put_contact_row(TYPED, said(&[("name", "Anna")]));
    let read = ContactRows::get(&store, TYPED).await.unwrap().unwrap();
    let number = numbering::normalise(TYPED, None);
    let changes = decide(&read, &number, None);
    change(&store, TYPED, "status", Some("x"));
    assert_eq!(ContactRows::commit(&store, &changes).await.unwrap(), Applied::Stale);
    assert_eq!(store.contact_row(PROPER), None);
    store.delete_contact_row(TYPED);
    assert_eq!(use_case(&store, None).check(&read).await.unwrap(), Checked::Gone);
}

#[tokio::test]
async fn k21_a_contact_reports_its_unknown_organisation() {
    let store = MemoryStore::default();
    store.put_contact_row(PROPER, said(&[("organisation", "north")]));
    assert_eq!(check(&store, &[PROPER]).await, [Checked::Written]);
    let error = value(&store, PROPER, "error").unwrap();
    assert!(error.starts_with("organisation \"north\" does not exist"), "{error}");
    assert_eq!(value(&store, PROPER, "status").as_deref(), Some("rejected"));
    assert_eq!(check(&store, &[PROPER]).await, [Checked::NothingToDo]);
    store.put_organisation("north", Organisation::default());
    assert_eq!(check(&store, &[PROPER]).await, [Checked::Written]);
    assert_eq!(value(&store, PROPER, "error"), None);
}

proptest! {
    /// Whatever is typed and whatever else happens, a second look finds nothing to do.
    #[test]
    fn what_was_checked_is_left_alone(key in "\\PC{1,16}|[+0-9 ()'.eE-]{1,18}", name in "[a-z]{0,3}", stop in any::<bool>()) {
        let row = |attributes: Attributes| ContactRow {
            key: key.clone(),
            attributes,
            complaint: None,
            note: None,
            organisations: BTreeSet::new(),
        };
        let mut attributes = said(&[("name", name.as_str())]);
        if stop {
            attributes.extend(said(&[("opted_out_at", "yes")]));
        }
        let number = numbering::normalise_loosely(&key, "GB".parse().ok());
        let changes = decide(&row(attributes), &number, None);
        let after = |of: &str| changes.iter().find(|change| change.key == of).map(|change| change.after.clone());
        let Some(typed) = after(&key) else { return Ok(()) };
        let proper = number.as_ref().ok().and_then(|number| Some(ContactRow {
            key: number.as_str().to_owned(),
            attributes: after(number.as_str())?,
            complaint: None,
            note: None,
            organisations: BTreeSet::new(),
        }));
        if let Some(proper) = &proper {
            prop_assert_eq!(proper.attributes.contains_key("opted_out_at"), stop);
            prop_assert_eq!(decide(proper, &number, Some(&row(typed.clone()))), vec![]);
        }
        prop_assert_eq!(decide(&row(typed), &number, proper.as_ref()), vec![]);
    }
}
