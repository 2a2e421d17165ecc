//! Reading and erasing what is stored about a person.

use application::port::Contacts;
use domain::contact::{Contact, OptOut};
use domain::phone_number::PhoneNumber;
use runtime::Deadline;

use super::*;

fn person() -> PhoneNumber {
    PhoneNumber::parse("+12025550101").unwrap()
}

async fn delete(store: &MemoryStore, phone: &str) -> (u16, Value) {
    answer(store, request(Method::DELETE, &format!("/v2/people/{phone}"), ())).await
}

#[tokio::test]
async fn a_person_is_erased_and_the_counts_are_told() {
    let store = MemoryStore::default();
    store.put_contact(Contact::new(person()));
    let (status, body) = delete(&store, "+12025550101").await;
    let expected = json!({
        "finished": true, "opt_out_kept": false, "removed": { "contact": 1 }, "made_anonymous": {},
    });
    assert_eq!((status, body), (200, expected));
    assert_eq!(Contacts::get(&store, &person()).await.unwrap(), None);
    let (_, again) = delete(&store, " 1 202 555 0101").await;
    assert_eq!(again["removed"], json!({}));
}

#[tokio::test]
async fn who_opted_out_stays_opted_out() {
    let store = MemoryStore::default();
    let opt_out = OptOut {
        at: Timestamp::UNIX_EPOCH,
        words: "Stop it, says Anna".into(),
    };
    store.put_contact(Contact {
        name: Some("Anna".into()),
        opt_out: Some(opt_out),
        ..Contact::new(person())
    });
    let (_, body) = delete(&store, "+12025550101").await;
    assert_eq!(
        (&body["opt_out_kept"], &body["removed"]),
        (&json!(true), &json!({ "contact": 1 }))
    );
    let contact = Contacts::get(&store, &person()).await.unwrap().unwrap();
    assert!(contact.opted_out() && !contact.may_book);
    assert_eq!((contact.name, contact.opt_out.unwrap().words), (None, String::new()));
}

#[tokio::test]
async fn what_does_not_fit_into_one_call_goes_on_in_the_next() {
    let store = MemoryStore::default();
    let mut request = request(Method::DELETE, "/v2/people/+12025550101", ());
    request.extensions_mut().insert(Deadline(Timestamp::UNIX_EPOCH));
    let (status, body) = answer(&store, request).await;
    assert_eq!((status, &body["finished"]), (202, &json!(false)));
    let (status, body) = delete(&store, "+12025550101").await;
    assert_eq!((status, &body["finished"]), (200, &json!(true)));
}

#[tokio::test]
async fn nobody_has_a_number_that_is_none() {
    for phone in ["202-555-0101", "anna", "12"] {
        let (status, body) = delete(&MemoryStore::default(), phone).await;
        assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("phone")), "{phone}");
    }
}
