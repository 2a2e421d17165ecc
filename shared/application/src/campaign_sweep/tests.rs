//! What the sweep launches, counts and closes.

use std::sync::Arc;

use async_trait::async_trait;
use domain::campaign::CampaignRow;
use domain::message::{Event, Message, Receipt, ReceiptOutcome, Refusal, RefusalKind, Suppression, transition};
use domain::shift::ShiftRow;

use super::*;
use crate::fixture::{at, clock, person, shift};
use crate::launch_campaign::tests::{due, everybody_once, launch, never, recipients, row, store_with};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{
    CampaignProgress, Campaigns, Clock as _, FanOutBegun, Outbox, Position, SegmentPosition, UntouchedCampaigns,
};

fn sweep(store: &MemoryStore, clock: &FixedClock) -> CampaignSweep {
    CampaignSweep {
        launch: launch(store, clock),
    }
}

fn status(store: &MemoryStore, campaign_id: &str) -> Option<CampaignStatus> {
    store.campaign(campaign_id).unwrap().status
}

/// A launched campaign to this many employees.
async fn launched(employees: u32, clock: &FixedClock) -> MemoryStore {
    let store = store_with(row("c1"), employees);
    launch(&store, clock).launch("c1", never()).await.unwrap();
    store
}

/// Does these events, one after another, to the announcement that an employee gets.
async fn happen(store: &MemoryStore, employee: u32, events: &[Event]) {
    for event in events {
        let of = |message: &Message| message.to.as_ref() == Some(&person(employee));
        let message = store.messages().into_iter().find(of).unwrap();
        let change = transition(&message, event, at(1), 0.0).unwrap();
        store.apply(&message, &change).await.unwrap();
    }
}

fn claimed() -> Event {
    Event::Claimed(domain::message::Claim {
        provider: "p".into(),
        route: "p: the only provider for this number".into(),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    })
}

fn accepted() -> Event {
    Event::Accepted {
        provider: "p".into(),
        provider_message_id: None,
        receipts: true,
    }
}

fn receipt(outcome: ReceiptOutcome) -> Event {
    let provider = "p".into();
    Event::Receipt(Receipt {
        provider,
        provider_message_id: None,
        recipient: None,
        port: None,
        outcome,
        at: at(2),
        is_final: true,
        code: "X".into(),
        meaning: None,
    })
}

fn refused(kind: RefusalKind) -> Event {
    Event::Refused {
        provider: "p".into(),
        refusal: Refusal {
            kind,
            retryable: false,
            not_before: None,
            detail: "no".into(),
        },
        elsewhere: false,
    }
}

#[tokio::test]
async fn due_campaigns_launch_and_later_ones_wait() {
    let clock = clock();
    let scheduled = |id: &str, time: &str| CampaignRow {
        scheduled_for: Some(time.into()),
        ..row(id)
    };
    let store = store_with(scheduled("soon", "2026-11-20T12:10:00Z"), 3);
    store.put_campaign(scheduled("later", "2026-11-20T12:20:00Z"));
    for id in ["soon", "later"] {
        launch(&store, &clock).launch(id, never()).await.unwrap();
    }
    assert_eq!(
        sweep(&store, &clock).run(never()).await.unwrap(),
        CampaignSweepReport::default()
    );
    clock.advance(SignedDuration::from_mins(10));
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            launched: 1,
            ..Default::default()
        }
    );
    assert_eq!(status(&store, "soon"), Some(CampaignStatus::Sending));
    assert_eq!(status(&store, "later"), Some(CampaignStatus::Scheduled));
    assert_eq!(recipients(&store), everybody_once(3));
}

#[tokio::test]
async fn postponed_or_cancelled_campaigns_are_not_launched() {
    let clock = clock();
    let scheduled = |id: &str, time: &str| CampaignRow {
        scheduled_for: Some(time.into()),
        ..row(id)
    };
    let store = store_with(scheduled("c1", "2026-11-20T12:10:00Z"), 3);
    store.put_campaign(scheduled("c2", "2026-11-20T12:10:00Z"));
    for id in ["c1", "c2"] {
        launch(&store, &clock).launch(id, never()).await.unwrap();
    }
    let with_status = |row: CampaignRow, status: &str| CampaignRow {
        status: Some(status.into()),
        ..row
    };
    store.put_campaign(with_status(scheduled("c1", "2026-11-20T13:00:00Z"), "scheduled"));
    store.put_campaign(with_status(scheduled("c2", "2026-11-20T12:10:00Z"), "cancelled"));
    clock.advance(SignedDuration::from_mins(10));
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(report, CampaignSweepReport::default());
    assert_eq!(store.messages(), []);
    assert_eq!(due(&store, at(3599)).await, [""; 0]);
    assert_eq!(due(&store, at(3600)).await, ["c1"]);
    assert_eq!(
        due(&store, never()).await,
        ["c1"],
        "what was called off is not looked at again"
    );
}

#[tokio::test]
async fn a_scheduled_row_that_became_invalid_is_rejected() {
    let clock = clock();
    let scheduled_for = Some("2026-11-20T12:10:00Z".to_owned());
    let store = store_with(
        CampaignRow {
            scheduled_for,
            ..row("c1")
        },
        3,
    );
    launch(&store, &clock).launch("c1", never()).await.unwrap();
    store.put_campaign(CampaignRow {
        scheduled_for: Some("soon".into()),
        status: Some("scheduled".into()),
        ..row("c1")
    });
    clock.advance(SignedDuration::from_mins(10));
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            rejected: 1,
            ..Default::default()
        }
    );
    assert_eq!(status(&store, "c1"), Some(CampaignStatus::Rejected));
    assert_eq!(due(&store, never()).await, [""; 0]);
}

#[tokio::test]
async fn progress_is_counted_exactly_until_all_is_settled() {
    let clock = clock();
    let store = launched(8, &clock).await;
    happen(&store, 1, &[claimed(), accepted(), receipt(ReceiptOutcome::Delivered)]).await;
    happen(
        &store,
        2,
        &[claimed(), accepted(), receipt(ReceiptOutcome::Undelivered)],
    )
    .await;
    happen(&store, 3, &[claimed(), refused(RefusalKind::Recipient)]).await;
    happen(&store, 4, &[claimed(), refused(RefusalKind::OptedOut)]).await;
    happen(&store, 5, &[Event::Suppressed(Suppression::NoRecipient)]).await;
    happen(&store, 6, &[claimed(), accepted()]).await;
    let lost = Event::Unknown {
        provider: "p".into(),
        detail: "lost".into(),
    };
    happen(&store, 7, &[claimed(), lost]).await;
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            counted: 1,
            ..Default::default()
        }
    );
    let mut expected = Progress {
        recipients: 8,
        queued: 1,
        sent: 1,
        delivered: 1,
        failed: 2,
        unknown: 1,
        suppressed: [("opted-out".to_owned(), 1), ("no-recipient".to_owned(), 1)].into(),
        ..Progress::default()
    };
    assert_eq!(store.campaign("c1").unwrap().progress, Some(expected.clone()));
    assert_eq!(status(&store, "c1"), Some(CampaignStatus::Sending));

    // Counted every quarter of an hour, and complete when nothing about it will change any more.
    assert_eq!(due(&store, at(13 * 60)).await, [""; 0]);
    clock.advance(SignedDuration::from_mins(15));
    happen(&store, 6, &[receipt(ReceiptOutcome::Delivered)]).await;
    happen(&store, 7, &[receipt(ReceiptOutcome::Delivered)]).await;
    happen(&store, 8, &[claimed(), accepted(), receipt(ReceiptOutcome::Delivered)]).await;
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            counted: 1,
            completed: 1,
            ..Default::default()
        }
    );
    expected = Progress {
        queued: 0,
        sent: 0,
        unknown: 0,
        delivered: 4,
        ..expected
    };
    assert_eq!(store.campaign("c1").unwrap().progress, Some(expected));
    assert_eq!(status(&store, "c1"), Some(CampaignStatus::Completed));
    assert_eq!(due(&store, never()).await, [""; 0]);
    assert_eq!(
        sweep(&store, &clock).run(never()).await.unwrap(),
        CampaignSweepReport::default()
    );
}

#[tokio::test]
async fn receipts_are_waited_for_and_not_for_ever() {
    for events in [
        vec![claimed(), accepted()],
        vec![
            claimed(),
            Event::Unknown {
                provider: "p".into(),
                detail: "lost".into(),
            },
        ],
    ] {
        let clock = clock();
        let store = launched(1, &clock).await;
        let ends_at = store.fan_out("c1").await.unwrap().begun.unwrap().ends_at;
        let settled_after = ends_at.duration_since(clock.now()) + RECEIPTS_COME_FOR;
        happen(&store, 1, &events).await;
        clock.advance(settled_after - SignedDuration::from_secs(1));
        sweep(&store, &clock).run(never()).await.unwrap();
        assert_eq!(status(&store, "c1"), Some(CampaignStatus::Sending));
        clock.advance(counted_after(settled_after));
        sweep(&store, &clock).run(never()).await.unwrap();
        assert_eq!(status(&store, "c1"), Some(CampaignStatus::Completed));
    }
}

#[tokio::test]
async fn a_campaign_with_unsent_messages_is_incomplete() {
    let clock = clock();
    let store = launched(1, &clock).await;
    clock.advance(SignedDuration::from_hours(30 * 24));
    sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(status(&store, "c1"), Some(CampaignStatus::Sending));
}

#[tokio::test]
async fn a_campaign_to_nobody_is_complete_at_once() {
    let clock = clock();
    let store = launched(0, &clock).await;
    let report = sweep(&store, &clock).run(never()).await.unwrap();
    assert_eq!(
        (report.completed, status(&store, "c1")),
        (1, Some(CampaignStatus::Completed))
    );
}

#[tokio::test]
async fn a_deleted_row_is_forgotten() {
    let clock = clock();
    let store = launched(3, &clock).await;
    store.delete_campaign("c1");
    assert_eq!(
        sweep(&store, &clock).run(never()).await.unwrap(),
        CampaignSweepReport::default()
    );
    assert_eq!(due(&store, never()).await, [""; 0]);
    assert_eq!(store.campaign("c1"), None);
}

#[tokio::test]
async fn two_sweeps_launch_once() {
    let clock = clock();
    let scheduled_for = Some("2026-11-20T12:10:00Z".to_owned());
    let store = store_with(
        CampaignRow {
            scheduled_for,
            ..row("c1")
        },
        300,
    );
    launch(&store, &clock).launch("c1", never()).await.unwrap();
    clock.advance(SignedDuration::from_mins(10));
    let (one, two) = (sweep(&store, &clock), sweep(&store, &clock));
    let (one, two) = futures_util::future::join(one.run(never()), two.run(never())).await;
    assert_eq!((one.unwrap().failed, two.unwrap().failed), (0, 0));
    assert_eq!(recipients(&store), everybody_once(300));
}

#[tokio::test]
async fn a_run_ends_at_its_deadline() {
    let clock = clock();
    let store = launched(3, &clock).await;
    store.put_shift(ShiftRow {
        starts_at: Some("2026-11-20T11:00:00Z".into()),
        ..shift("OLD1", "")
    });
    let report = sweep(&store, &clock).run(at(0)).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            unfinished: true,
            ..Default::default()
        }
    );
    assert_eq!(store.shift("OLD1").unwrap().shift_status.as_deref(), Some("available"));
    assert_eq!(due(&store, at(0)).await, ["c1"]);
}

#[tokio::test]
async fn unbookable_shifts_are_marked() {
    let store = MemoryStore::default();
    let begun = |id: &str| ShiftRow {
        starts_at: Some("2026-11-20T12:00:00Z".into()),
        ..shift(id, "")
    };
    let to_come = ShiftRow {
        starts_at: Some("2026-11-20T12:00:01Z".into()),
        ..shift("NEW1", "")
    };
    let taken = ShiftRow {
        shift_status: Some("taken".into()),
        ..begun("TAKEN1")
    };
    let unusable = ShiftRow {
        capacity: Some("two".into()),
        ..shift("ABC1", "")
    };
    for row in [
        begun("OLD1"),
        to_come.clone(),
        taken.clone(),
        unusable,
        shift("CANCEL", ""),
    ] {
        store.put_shift(row);
    }
    (0..450).for_each(|number| store.put_shift(begun(&format!("S{number:03}"))));
    let report = sweep(&store, &clock()).run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            shifts_rejected: 2,
            shifts_closed: 451,
            ..Default::default()
        }
    );
    assert_eq!(store.shift("OLD1").unwrap().shift_status.as_deref(), Some("closed"));
    assert_eq!(
        (store.shift("NEW1"), store.shift("TAKEN1")),
        (Some(to_come), Some(taken))
    );
    assert!(store.shift("ABC1").unwrap().error.unwrap().contains("capacity"));
    assert!(store.shift("CANCEL").unwrap().error.unwrap().contains("CANCEL"));
    assert_eq!(
        sweep(&store, &clock()).run(never()).await.unwrap(),
        CampaignSweepReport::default()
    );
}

#[tokio::test]
async fn k21_a_new_organisation_mends_its_shifts() {
    let store = MemoryStore::default();
    store.put_shift(ShiftRow {
        organisation: Some("north".into()),
        ..shift("ABC1", "")
    });
    let swept = async || {
        let report = sweep(&store, &clock()).run(never()).await.unwrap();
        (
            report.shifts_rejected,
            report.shifts_mended,
            store.shift("ABC1").unwrap().error.is_some(),
        )
    };
    assert_eq!((swept().await, swept().await), ((1, 0, true), (0, 0, true)));
    store.put_organisation("north", Default::default());
    assert_eq!((swept().await, swept().await), ((0, 1, false), (0, 0, false)));
}

/// Campaigns, one of them unreadable.
#[derive(Debug)]
struct Troubled(MemoryStore);

#[async_trait]
impl Campaigns for Troubled {
    async fn get(&self, campaign_id: &str) -> Result<Option<CampaignRow>, StoreError> {
        match campaign_id {
            "troubled" => Err(StoreError::Unavailable("no".into())),
            _ => Campaigns::get(&self.0, campaign_id).await,
        }
    }

    async fn create(&self, row: &CampaignRow) -> Result<bool, StoreError> {
        self.0.create(row).await
    }

    async fn update(&self, campaign_id: &str, update: &CampaignUpdate) -> Result<(), StoreError> {
        self.0.update(campaign_id, update).await
    }

    async fn turn(
        &self,
        campaign_id: &str,
        from: &str,
        to: CampaignStatus,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.0.turn(campaign_id, from, to, because).await
    }

    async fn fan_out(&self, campaign_id: &str) -> Result<CampaignProgress, StoreError> {
        self.0.fan_out(campaign_id).await
    }

    async fn begin_fan_out(&self, campaign_id: &str, begun: FanOutBegun) -> Result<(), StoreError> {
        self.0.begin_fan_out(campaign_id, begun).await
    }

    async fn save_position(
        &self,
        campaign_id: &str,
        segment: u32,
        position: &SegmentPosition,
    ) -> Result<(), StoreError> {
        self.0.save_position(campaign_id, segment, position).await
    }

    async fn set_timer(&self, campaign_id: &str, timer: Option<(CampaignTimer, Timestamp)>) -> Result<(), StoreError> {
        self.0.set_timer(campaign_id, timer).await
    }

    async fn take_timer(
        &self,
        campaign_id: &str,
        timer: CampaignTimer,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<bool, StoreError> {
        self.0.take_timer(campaign_id, timer, now, again).await
    }

    async fn due(&self, timer: CampaignTimer, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        Campaigns::due(&self.0, timer, now, limit).await
    }

    async fn untouched(&self, after: Option<&Position>) -> Result<UntouchedCampaigns, StoreError> {
        self.0.untouched(after).await
    }
}

#[tokio::test]
async fn one_campaign_in_trouble_holds_up_no_other() {
    let clock = clock();
    let store = store_with(row("c1"), 3);
    for (id, second) in [("troubled", -60), ("c1", -30)] {
        store
            .set_timer(id, Some((CampaignTimer::Launch, at(second))))
            .await
            .unwrap();
    }
    let mut sweep = sweep(&store, &clock);
    sweep.launch.campaigns = Arc::new(Troubled(store.clone()));
    let report = sweep.run(never()).await.unwrap();
    assert_eq!(
        report,
        CampaignSweepReport {
            launched: 1,
            failed: 1,
            ..Default::default()
        }
    );
    assert_eq!(recipients(&store), everybody_once(3));
    assert!(
        due(&store, at(0)).await.contains(&"troubled".to_owned()),
        "the next run tries again"
    );
}

#[tokio::test]
async fn k47_all_due_campaigns_launch_in_one_run() {
    let clock = clock();
    let store = store_with(row("counted"), 2);
    launch(&store, &clock).launch("counted", never()).await.unwrap();
    for number in 0..500 {
        let id = format!("c{number:03}");
        store.put_campaign(CampaignRow {
            scheduled_for: Some("2026-11-20T12:10:00Z".into()),
            ..row(&id)
        });
        launch(&store, &clock).launch(&id, never()).await.unwrap();
    }
    clock.advance(SignedDuration::from_mins(10));
    let mut sweep = sweep(&store, &clock);
    sweep.launch.campaigns = Arc::new(Troubled(store.clone()));
    store.put_campaign(row("troubled"));
    store
        .set_timer("troubled", Some((CampaignTimer::Launch, at(0))))
        .await
        .unwrap();

    let report = sweep.run_part(SweepPart::Launches, never()).await.unwrap();

    let expected = CampaignSweepReport {
        launched: 500,
        failed: 1,
        ..Default::default()
    };
    assert_eq!(report, expected);
    let is_sending = |number: u32| status(&store, &format!("c{number:03}")) == Some(CampaignStatus::Sending);
    assert!((0..500).all(is_sending));
    assert_eq!(store.messages().len(), 2 * 501);
    assert_eq!(
        due(&store, clock.now()).await.len(),
        502,
        "one is launched again, the others are counted"
    );
}

#[tokio::test]
async fn older_campaigns_are_counted_less_often() {
    let clock = clock();
    let store = launched(1, &clock).await;
    let hours = SignedDuration::from_hours;
    let minutes = SignedDuration::from_mins;
    for (age, every) in [
        (hours(0), minutes(15)),
        (minutes(225), minutes(15)),
        (hours(4), hours(1)),
        (hours(47), hours(1)),
        (hours(48), hours(6)),
        (hours(30 * 24), hours(6)),
    ] {
        let now = at(0) + age;
        clock.advance(now.duration_since(clock.now()));
        let report = sweep(&store, &clock)
            .run_part(SweepPart::Counts, never())
            .await
            .unwrap();
        assert_eq!((report.counted, report.completed), (1, 0), "{age}");
        let second = SignedDuration::from_secs(1);
        assert_eq!(due(&store, now + every - second).await, [""; 0], "{age}");
        assert_eq!(due(&store, now + every).await, ["c1"], "{age}");
    }
}

#[tokio::test]
async fn k46_a_campaign_whose_event_was_lost_is_launched() {
    let clock = clock();
    let store = store_with(row("lost"), 3);
    for (id, status) in [
        ("blank", Some(" ")),
        ("done", Some("completed")),
        ("wrong", Some("sent?")),
    ] {
        let status = status.map(ToOwned::to_owned);
        store.put_campaign(CampaignRow { status, ..row(id) });
    }
    let sweep = sweep(&store, &clock);
    let found = sweep.run_part(SweepPart::Untouched, never()).await.unwrap();
    let nothing = sweep.run_part(SweepPart::Launches, never()).await.unwrap();
    assert_eq!((found.untouched, nothing), (2, CampaignSweepReport::default()));

    clock.advance(CONTINUED_AFTER);
    let report = sweep.run_part(SweepPart::Launches, never()).await.unwrap();

    assert_eq!((report.launched, report.failed), (2, 0));
    assert_eq!(status(&store, "lost"), Some(CampaignStatus::Sending));
    assert_eq!(store.messages().len(), 2 * 3);
    let again = sweep.run_part(SweepPart::Untouched, never()).await.unwrap();
    assert_eq!(again, CampaignSweepReport::default());
}

#[tokio::test]
async fn an_untouched_row_launched_meanwhile_is_counted() {
    let clock = clock();
    let store = store_with(row("c1"), 3);
    let sweep = sweep(&store, &clock);
    sweep.run_part(SweepPart::Untouched, never()).await.unwrap();
    launch(&store, &clock).launch("c1", never()).await.unwrap();
    // Seen just before it was launched.
    store
        .set_timer("c1", Some((CampaignTimer::Launch, at(300))))
        .await
        .unwrap();
    clock.advance(CONTINUED_AFTER);
    sweep.run_part(SweepPart::Launches, never()).await.unwrap();
    let report = sweep.run_part(SweepPart::Counts, never()).await.unwrap();
    assert_eq!((report.counted, recipients(&store)), (1, everybody_once(3)));
}
