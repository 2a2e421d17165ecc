//! The people we may text.

use domain::contact::{Contact, OptOut};
use domain::language::Language;
use domain::message::Kind;
use jiff::tz::TimeZone;

use super::{Bench, at, person};

pub(super) async fn a_contact_reads_back(bench: &dyn Bench) {
    let full = Contact {
        groups: ["night".to_owned(), "kitchen".to_owned()].into(),
        organisations: ["org-1".to_owned(), "org-2".to_owned()].into(),
        name: Some("Anna".to_owned()),
        language: Some(Language::Mongolian),
        zone: TimeZone::get("Asia/Ulaanbaatar").ok(),
        kinds_off: [Kind::ReviewRequest, Kind::Announcement].into(),
        interested: false,
        opt_out: Some(OptOut {
            at: at(1),
            words: "Stop!".to_owned(),
        }),
        ..Contact::new(person(1))
    };
    let plain = Contact::new(person(2));
    let known_only = Contact {
        may_book: false,
        ..Contact::new(person(3))
    };
    for contact in [full, plain, known_only] {
        bench.put_contact(contact.clone()).await;
        assert_eq!(bench.contacts().get(&contact.phone).await.unwrap(), Some(contact));
    }
    assert_eq!(bench.contacts().get(&person(4)).await.unwrap(), None);
}

pub(super) async fn the_first_opt_out_stays(bench: &dyn Bench) {
    bench.put_contact(Contact::new(person(1))).await;
    let first = OptOut {
        at: at(1),
        words: "STOP".to_owned(),
    };
    bench.contacts().opt_out(&person(1), &first).await.unwrap();
    let second = OptOut {
        at: at(2),
        words: "on the provider's list".to_owned(),
    };
    bench.contacts().opt_out(&person(1), &second).await.unwrap();
    let contact = bench.contacts().get(&person(1)).await.unwrap();
    assert_eq!(
        contact,
        Some(Contact {
            opt_out: Some(first),
            ..Contact::new(person(1))
        })
    );
}

pub(super) async fn opting_out_makes_a_stranger_no_employee(bench: &dyn Bench) {
    let opt_out = OptOut {
        at: at(1),
        words: "on the provider's list".to_owned(),
    };
    bench.contacts().opt_out(&person(1), &opt_out).await.unwrap();
    let contact = bench.contacts().get(&person(1)).await.unwrap();
    assert_eq!(
        contact,
        Some(Contact {
            may_book: false,
            opt_out: Some(opt_out),
            ..Contact::new(person(1))
        })
    );
}

pub(super) async fn every_contact_is_on_exactly_one_page(bench: &dyn Bench) {
    let contact = |number: u32| Contact {
        organisations: number
            .is_multiple_of(2)
            .then(|| "org-1".to_owned())
            .into_iter()
            .collect(),
        ..Contact::new(person(number))
    };
    let everybody: Vec<Contact> = (0..700).map(contact).collect();
    for contact in &everybody {
        bench.put_contact(contact.clone()).await;
    }
    // People who opted out may be left out here or by the reader: the table decides.
    let opt_out = Some(OptOut {
        at: at(1),
        words: "STOP".to_owned(),
    });
    bench
        .put_contact(Contact {
            opt_out,
            ..Contact::new(person(9999))
        })
        .await;
    for segments in [1, 4] {
        let mut met = Vec::new();
        for segment in 0..segments {
            let mut after = None;
            loop {
                let page = bench.contacts().page(segment, segments, after.as_ref()).await.unwrap();
                met.extend(page.contacts.into_iter().filter(|contact| !contact.opted_out()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        met.sort_by(|a, b| a.phone.cmp(&b.phone));
        assert_eq!(met, everybody, "in {segments} segments");
    }
}

pub(super) async fn a_row_that_names_nobody_is_told_once(bench: &dyn Bench) {
    bench.put_contact(Contact::new(person(1))).await;
    let key = "+1202555010";
    bench.put_unusable_contact(key).await;
    let unusable = async || {
        let mut unusable = Vec::new();
        for segment in 0..4 {
            unusable.extend(bench.contacts().page(segment, 4, None).await.unwrap().unusable);
        }
        unusable
    };
    // If rows are checked when they are typed, the error may be there already.
    for row in unusable().await {
        assert_eq!(row.key, key);
        bench.contacts().reject(&row).await.unwrap();
    }
    assert!(bench.contact_error(key).await.is_some_and(|error| !error.is_empty()));
    assert_eq!(unusable().await, []);
}
