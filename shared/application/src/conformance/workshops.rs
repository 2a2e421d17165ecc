//! Workshops and their registrants.

use domain::workshop::{Checkpoint, FIRST_REVISION, RegistrantRow, SequenceCommand, WorkshopRow, WorkshopStatus};

use super::{Bench, at};
use crate::port::{Position, Progressed, ReadWorkshop, RegistrantCounts, WorkshopState};

fn row(id: &str) -> WorkshopRow {
    WorkshopRow {
        id: id.to_owned(),
        tag: Some("pottery".to_owned()),
        date: Some("2026-11-21".to_owned()),
        ..WorkshopRow::default()
    }
}

fn registrant(id: &str) -> RegistrantRow {
    RegistrantRow {
        id: id.to_owned(),
        name: Some("Asha".to_owned()),
        phone: Some("+12025550101".to_owned()),
        ..RegistrantRow::default()
    }
}

async fn read(bench: &dyn Bench, id: &str) -> ReadWorkshop {
    bench.workshops().get(id).await.unwrap().unwrap()
}

fn counts() -> RegistrantCounts {
    RegistrantCounts {
        registrants: 52,
        with_phone: 47,
        without_phone: 2,
        unusable: 2,
        refused: 1,
        made: 94,
        changed: 3,
    }
}

fn under_way(command: SequenceCommand, after: &str) -> WorkshopState {
    WorkshopState {
        status: Some(WorkshopStatus::Running),
        progressed: Some(Progressed {
            command: command.clone(),
            after: Some(Position(after.to_owned())),
            counts: counts(),
        }),
        command: Some(command),
        ..WorkshopState::default()
    }
}

pub(super) async fn a_workshop_reads_back(bench: &dyn Bench) {
    let full = WorkshopRow {
        title: Some("Pottery".to_owned()),
        place: Some("Hall 2".to_owned()),
        zone: Some("Asia/Kolkata".to_owned()),
        organisation: Some("org-1".to_owned()),
        ..row("w1")
    };
    for row in [full, row("w2")] {
        bench.put_workshop(row.clone()).await;
        let expected = ReadWorkshop {
            row: row.clone(),
            state: WorkshopState::default(),
        };
        assert_eq!(bench.workshops().get(&row.id).await.unwrap(), Some(expected));
    }
    assert_eq!(bench.workshops().get("w3").await.unwrap(), None);
}

pub(super) async fn the_state_of_a_workshop_reads_back(bench: &dyn Bench) {
    bench.put_workshop(row("w1")).await;
    let checkpoint = |step: &str, skipped| Checkpoint {
        step: step.to_owned(),
        label: "The day before".to_owned(),
        due_at: at(60),
        skipped,
    };
    let send_now = SequenceCommand::SendNow { step: "eve".to_owned() };
    let full = WorkshopState {
        error: Some("no".to_owned()),
        run_at: Some(at(1)),
        checkpoints: vec![checkpoint("eve", true), checkpoint("hello", false)],
        counts: Some(counts()),
        ..under_way(send_now, "asha")
    };
    let states = [
        full,
        under_way(SequenceCommand::Run, "asha"),
        under_way(SequenceCommand::Cancel, "asha"),
        WorkshopState::default(),
    ];
    for state in states {
        let before = read(bench, "w1").await;
        assert!(bench.workshops().save(&before, &state).await.unwrap());
        let expected = ReadWorkshop { row: row("w1"), state };
        assert_eq!(read(bench, "w1").await, expected);
    }
}

pub(super) async fn a_workshop_that_moved_on_is_not_written_over(bench: &dyn Bench) {
    bench.put_workshop(row("w1")).await;
    let states = [
        WorkshopState {
            status: Some(WorkshopStatus::Cancelled),
            ..WorkshopState::default()
        },
        under_way(SequenceCommand::Run, "asha"),
        under_way(SequenceCommand::Run, "ben"),
        under_way(SequenceCommand::Cancel, "ben"),
        WorkshopState::default(),
    ];
    let mut earlier = vec![read(bench, "w1").await];
    for state in &states[..4] {
        let now = read(bench, "w1").await;
        assert!(bench.workshops().save(&now, state).await.unwrap());
        for stale in &earlier {
            assert!(!bench.workshops().save(stale, &states[4]).await.unwrap(), "{stale:?}");
        }
        earlier.push(read(bench, "w1").await);
    }
    assert_eq!(read(bench, "w1").await.state, states[3]);
}

pub(super) async fn an_order_typed_meanwhile_is_seen(bench: &dyn Bench) {
    bench.put_workshop(row("w1")).await;
    let before = read(bench, "w1").await;
    bench.put_command("w1", SequenceCommand::Run).await;
    assert_eq!(read(bench, "w1").await.state.command, Some(SequenceCommand::Run));
    let scheduled = WorkshopState {
        status: Some(WorkshopStatus::Scheduled),
        ..WorkshopState::default()
    };
    assert!(!bench.workshops().save(&before, &scheduled).await.unwrap());
    let running = read(bench, "w1").await;
    bench.put_command("w1", SequenceCommand::Cancel).await;
    assert!(!bench.workshops().save(&running, &scheduled).await.unwrap());
    let called_off = read(bench, "w1").await;
    assert_eq!(called_off.state.command, Some(SequenceCommand::Cancel));
    assert!(bench.workshops().save(&called_off, &scheduled).await.unwrap());
    assert_eq!(read(bench, "w1").await.state, scheduled);
}

pub(super) async fn a_deleted_workshop_is_not_brought_back(bench: &dyn Bench) {
    bench.put_workshop(row("w1")).await;
    let before = read(bench, "w1").await;
    bench.delete_workshop("w1").await;
    assert!(
        !bench
            .workshops()
            .save(&before, &WorkshopState::default())
            .await
            .unwrap()
    );
    assert_eq!(bench.workshops().get("w1").await.unwrap(), None);
}

pub(super) async fn registrants_come_in_order_and_each_once(bench: &dyn Bench) {
    bench.put_workshop(row("w1")).await;
    for id in ["c", "a", "e", "b", "d"] {
        bench.put_registrant("w1", registrant(id)).await;
    }
    bench.put_registrant("w11", registrant("other")).await;
    for limit in [1, 2, 5, 10] {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = bench
                .workshops()
                .registrants("w1", after.as_ref(), limit)
                .await
                .unwrap();
            assert!(page.registrants.len() <= limit);
            found.extend(page.registrants);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(found, ["a", "b", "c", "d", "e"].map(registrant));
    }
    let nobody = bench.workshops().registrants("w2", None, 5).await.unwrap();
    assert!(nobody.registrants.is_empty() && nobody.next.is_none());
}

pub(super) async fn a_registrant_is_enrolled_once(bench: &dyn Bench) {
    let workshops = bench.workshops();
    bench.put_registrant("w1", registrant("a")).await;
    let known = RegistrantRow {
        revision: Some(7),
        ..registrant("b")
    };
    bench.put_registrant("w1", known).await;
    workshops.enrol("w1", &["a", "b", "gone"]).await.unwrap();
    workshops.enrol("w1", &["a"]).await.unwrap();
    let page = workshops.registrants("w1", None, 10).await.unwrap();
    let revisions: Vec<_> = page
        .registrants
        .iter()
        .map(|it| (it.id.as_str(), it.revision))
        .collect();
    assert_eq!(revisions, [("a", Some(FIRST_REVISION)), ("b", Some(7))]);
}

pub(super) async fn what_is_wrong_with_a_registrant_is_noted(bench: &dyn Bench) {
    let workshops = bench.workshops();
    bench.put_registrant("w1", registrant("a")).await;
    for error in [Some("the phone is none"), None] {
        workshops.note_registrant("w1", "a", error).await.unwrap();
        workshops.note_registrant("w1", "gone", error).await.unwrap();
        let page = workshops.registrants("w1", None, 10).await.unwrap();
        let expected = RegistrantRow {
            noted: error.map(ToOwned::to_owned),
            ..registrant("a")
        };
        assert_eq!(page.registrants, [expected]);
    }
}
