//! All stored data about people.

use std::collections::BTreeSet;

use domain::bill::BillRow;
use domain::contact::{Contact, OptOut};
use domain::device::{Device, DeviceToken, Platform};
use domain::language::Language;
use domain::message::{Cause, Event, Kind, Message, MessageId, Receipt, ReceiptOutcome, Status, transition};
use domain::phone_number::PhoneNumber;
use domain::record::RecordKey;
use domain::shift::ShiftRow;
use domain::workshop::RegistrantRow;

use super::{Bench, at, person};
use crate::port::{AwaitedReceipt, Erased, ErasureProgress, Forgotten, ParkedReceipt, Part, Place};

const SEGMENTS: u32 = 3;

/// Goes through every part to its end.
async fn erase(bench: &dyn Bench, phone: &PhoneNumber) -> Erased {
    let mut erased = Erased::default();
    for place in Place::ALL {
        for segment in 0..SEGMENTS {
            let part = Part {
                place,
                segment,
                segments: SEGMENTS,
            };
            let mut after = None;
            loop {
                let page = bench
                    .people()
                    .erase_page(phone, part, after.as_ref(), at(9))
                    .await
                    .unwrap();
                erased.add(&page.erased);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }
    erased
}

fn message(inbound_id: &str, to: u32) -> Message {
    let cause = Cause::Inbound { inbound_id };
    Message::queued(
        &cause,
        Kind::Announcement,
        Some(person(to)),
        "Dear Anna".to_owned(),
        at(0),
    )
    .of_campaign("c1")
}

async fn apply(bench: &dyn Bench, message: &Message, event: &Event) -> Message {
    let change = transition(message, event, at(1), 0.0).unwrap();
    bench.outbox().apply(message, &change).await.unwrap();
    bench.outbox().get(&message.id).await.unwrap().unwrap()
}

async fn get(bench: &dyn Bench, id: &MessageId) -> Message {
    bench.outbox().get(id).await.unwrap().unwrap()
}

pub(super) async fn messages_are_made_anonymous_and_still_counted(bench: &dyn Bench) {
    let [waiting, sent, others] = [message("i1", 1), message("i2", 1), message("i3", 2)];
    let all = vec![waiting.clone(), sent.clone(), others.clone()];
    bench.outbox().put_new(all).await.unwrap();
    let claimed = Event::Claimed(domain::message::Claim {
        provider: "memory".to_owned(),
        route: "usual".to_owned(),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    });
    let accepted = Event::Accepted {
        provider: "memory".to_owned(),
        provider_message_id: Some("p1".to_owned()),
        receipts: true,
    };
    let sending = apply(bench, &sent, &claimed).await;
    apply(bench, &sending, &accepted).await;

    let erased = erase(bench, &person(1)).await;

    assert_eq!(erased.made_anonymous["messages"], 2);
    assert_eq!(erased.removed.values().sum::<u64>(), 0, "{erased:?}");
    // Neither is under an id any more that is made of the number.
    for gone in [&waiting, &sent] {
        assert_eq!(bench.outbox().get(&gone.id).await.unwrap(), None);
    }
    let [id] = bench
        .outbox()
        .find_by_provider_message_id("p1")
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let sent = get(bench, &id).await;
    assert_eq!(sent.status, Status::Sent);
    assert_eq!(sent.provider_message_id.as_deref(), Some("p1"));
    assert_eq!((&sent.to, sent.body.as_str()), (&None, ""));
    assert_eq!(
        (sent.kind, sent.campaign_id.as_deref()),
        (Kind::Announcement, Some("c1"))
    );
    assert_eq!(bench.attempts(&sent.id).await, []);
    assert_eq!(get(bench, &others.id).await, others);
    let progress = bench.outbox().progress("c1").await.unwrap();
    assert_eq!(
        (progress.recipients, progress.cancelled, progress.sent, progress.queued),
        (3, 1, 1, 1)
    );
    assert_eq!(erase(bench, &person(1)).await, Erased::default());
}

pub(super) async fn k32_what_others_were_told_of_a_person_loses_its_words(bench: &dyn Bench) {
    let subject = |inbound_id: &str, number: u32| Message {
        concerns: Some(person(number)),
        ..message(inbound_id, 9)
    };
    let [of_anna, of_ben] = [subject("i1", 1), subject("i2", 2)];
    bench
        .outbox()
        .put_new(vec![of_anna.clone(), of_ben.clone()])
        .await
        .unwrap();

    let erased = erase(bench, &person(1)).await;

    assert_eq!(erased.made_anonymous["messages about them"], 1);
    let row = get(bench, &of_anna.id).await;
    assert_eq!(
        (row.status, row.body.as_str(), row.concerns),
        (Status::Cancelled, "", None)
    );
    assert_eq!(row.to, Some(person(9)));
    assert_eq!(get(bench, &of_ben.id).await, of_ben);
    assert_eq!(erase(bench, &person(1)).await, Erased::default());
}

pub(super) async fn records_of_a_person_are_removed(bench: &dyn Bench) {
    for number in [1, 2] {
        let device = Device {
            token: DeviceToken::parse(&format!("token-{number}")).unwrap(),
            platform: Platform::Android,
            owner: person(number),
            last_seen_at: at(0),
        };
        bench.devices().put(&device).await.unwrap();
        let awaited = AwaitedReceipt {
            message_id: MessageId::from_text("reply-1"),
            sent_at: at(0),
            port: None,
            handed_over_at: None,
            parts: 1,
            delivered_by: BTreeSet::new(),
            failed_by: BTreeSet::new(),
        };
        bench
            .receipts()
            .expect("skyline", &person(number), &awaited)
            .await
            .unwrap();
        let receipt = Receipt {
            provider: "skyline".to_owned(),
            provider_message_id: None,
            recipient: Some(person(number)),
            outcome: ReceiptOutcome::Delivered,
            port: None,
            at: at(0),
            is_final: true,
            code: "0".to_owned(),
            meaning: None,
        };
        let parked = ParkedReceipt {
            message_id: None,
            receipt,
            since: at(0),
            due_at: at(1),
        };
        bench.receipts().park(&parked).await.unwrap();
    }

    let erased = erase(bench, &person(1)).await;

    assert_eq!((erased.removed["devices"], erased.removed["receipts"]), (1, 2));
    assert_eq!(bench.devices().of(&person(1)).await.unwrap(), []);
    assert_eq!(bench.receipts().expected("skyline", &person(1)).await.unwrap(), []);
    let due = bench.receipts().due(at(2), 10).await.unwrap();
    let recipients: Vec<_> = due.into_iter().map(|parked| parked.receipt.recipient).collect();
    assert_eq!(recipients, [Some(person(2))]);
    assert_eq!(bench.devices().of(&person(2)).await.unwrap().len(), 1);
    assert_eq!(bench.receipts().expected("skyline", &person(2)).await.unwrap().len(), 1);
    assert_eq!(erase(bench, &person(1)).await, Erased::default());
}

pub(super) async fn what_people_typed_of_a_person_is_removed(bench: &dyn Bench) {
    for (number, written) in [(1, "+1 (202) 555-0001"), (2, "+1 (202) 555-0002")] {
        bench
            .put_bill(BillRow {
                bill_id: format!("b{number}"),
                customer: Some(written.to_owned()),
                ..BillRow::default()
            })
            .await;
        let registrant = RegistrantRow {
            id: format!("r{number}"),
            phone: Some(written.to_owned()),
            ..RegistrantRow::default()
        };
        bench.put_registrant("w1", registrant).await;
    }

    let erased = erase(bench, &person(1)).await;

    assert_eq!((erased.removed["bills"], erased.removed["registrants"]), (1, 1));
    let is_there = async |bill: &str| {
        let key = RecordKey::Bill(bill.to_owned());
        bench.records().get(&key).await.unwrap().is_some()
    };
    assert_eq!((is_there("b1").await, is_there("b2").await), (false, true));
    let page = bench.workshops().registrants("w1", None, 10).await.unwrap();
    let left: Vec<&str> = page.registrants.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(left, ["r2"]);
    assert_eq!(erase(bench, &person(1)).await, Erased::default());
}

pub(super) async fn a_place_stays_taken(bench: &dyn Bench) {
    let phone = |number| person(number).as_str().to_owned();
    let alone = ShiftRow {
        shift_id: "ABC1".to_owned(),
        shift_status: Some("taken".to_owned()),
        employee: Some(phone(1)),
        ..ShiftRow::default()
    };
    let among = ShiftRow {
        shift_id: "ABC2".to_owned(),
        shift_status: Some("available".to_owned()),
        capacity: Some("3".to_owned()),
        employee: Some(phone(2)),
        employees: [phone(1), phone(2)].into(),
        ..ShiftRow::default()
    };
    for row in [&alone, &among] {
        bench.put_shift(row.clone()).await;
    }

    assert_eq!(erase(bench, &person(1)).await.made_anonymous["shifts"], 2);

    let alone = bench.shift("ABC1").await.unwrap();
    assert_eq!(alone.shift_status.as_deref(), Some("taken"));
    assert_eq!(alone.employee.as_deref(), Some("erased-1"));
    let among = bench.shift("ABC2").await.unwrap();
    assert_eq!(among.employees, ["erased-1".to_owned(), phone(2)].into());
    assert_eq!(among.employee, Some(phone(2)));
    assert_eq!(erase(bench, &person(1)).await, Erased::default());
}

pub(super) async fn an_opt_out_outlives_its_person(bench: &dyn Bench) {
    let known = Contact {
        name: Some("Anna".to_owned()),
        language: Some(Language::Mongolian),
        groups: ["night".to_owned()].into(),
        ..Contact::new(person(1))
    };
    bench.put_contact(known).await;
    let removed = Forgotten {
        removed: true,
        opt_out_kept: false,
    };
    assert_eq!(bench.people().forget_contact(&person(1)).await.unwrap(), removed);
    assert_eq!(bench.contacts().get(&person(1)).await.unwrap(), None);
    assert_eq!(
        bench.people().forget_contact(&person(1)).await.unwrap(),
        Forgotten::default()
    );

    let opt_out = |words: &str| {
        Some(OptOut {
            at: at(1),
            words: words.to_owned(),
        })
    };
    bench
        .put_contact(Contact {
            name: Some("Bold".to_owned()),
            opt_out: opt_out("Stop it, says Bold"),
            ..Contact::new(person(2))
        })
        .await;
    for removed in [true, false] {
        let forgotten = Forgotten {
            removed,
            opt_out_kept: true,
        };
        assert_eq!(bench.people().forget_contact(&person(2)).await.unwrap(), forgotten);
        let bare = Contact {
            may_book: false,
            opt_out: opt_out(""),
            ..Contact::new(person(2))
        };
        assert_eq!(bench.contacts().get(&person(2)).await.unwrap(), Some(bare));
    }
}

pub(super) async fn what_is_not_finished_goes_on(bench: &dyn Bench) {
    assert_eq!(bench.people().progress(&person(1)).await.unwrap(), None);
    let mut erased = Erased::default();
    erased.remove("bookings", 2);
    erased.make_anonymous("messages", 3);
    let progress = ErasureProgress {
        erased,
        parts: [(Place::Messages, [(0, None), (1, Some("reply-1".to_owned()))].into())].into(),
    };
    let save = async |progress: Option<&ErasureProgress>| {
        bench.people().save_progress(&person(1), progress, at(1)).await.unwrap();
    };
    save(Some(&progress)).await;
    assert_eq!(bench.people().progress(&person(1)).await.unwrap(), Some(progress));
    assert_eq!(bench.people().progress(&person(2)).await.unwrap(), None);
    save(None).await;
    assert_eq!(bench.people().progress(&person(1)).await.unwrap(), None);
}
