//! The campaign rows and their progress.

use domain::campaign::{CampaignRow, CampaignStatus};

use super::{Bench, at};
use crate::port::{
    CampaignProgress, CampaignTimer, CampaignUpdate, Cost, FanOutBegun, Position, Progress, SegmentPosition,
};

const LAUNCH: CampaignTimer = CampaignTimer::Launch;

fn row(campaign_id: &str) -> CampaignRow {
    CampaignRow {
        campaign_id: campaign_id.to_owned(),
        shifts: Some("15/08 5h ABC1".to_owned()),
        ..CampaignRow::default()
    }
}

pub(super) async fn a_campaign_reads_back(bench: &dyn Bench) {
    let full = CampaignRow {
        message: Some("Snow!".to_owned()),
        audience: vec!["night".to_owned(), "day".to_owned()],
        scheduled_for: Some("2026-11-20T18:00:00Z".to_owned()),
        channel: Some("push".to_owned()),
        organisation: Some("org-1".to_owned()),
        as_far_as_budget: true,
        send_until: Some("tomorrow 18:00".to_owned()),
        as_far_as_time: true,
        ..row("c1")
    };
    for row in [full, row("c2")] {
        bench.put_campaign(row.clone()).await;
        assert_eq!(bench.campaigns().get(&row.campaign_id).await.unwrap(), Some(row));
    }
    assert_eq!(bench.campaigns().get("c3").await.unwrap(), None);
}

pub(super) async fn a_campaign_is_created_once(bench: &dyn Bench) {
    let full = CampaignRow {
        shifts: None,
        message: Some("Snow!".to_owned()),
        audience: vec!["night".to_owned()],
        organisation: Some("org-1".to_owned()),
        as_far_as_budget: true,
        send_until: Some("2026-11-20T18:00:00Z".to_owned()),
        as_far_as_time: true,
        ..row("c1")
    };
    let other = CampaignRow {
        message: Some("Sun!".to_owned()),
        ..row("c1")
    };
    assert!(bench.campaigns().create(&full).await.unwrap());
    assert!(!bench.campaigns().create(&other).await.unwrap());
    assert_eq!(bench.campaigns().get("c1").await.unwrap(), Some(full));
}

pub(super) async fn an_update_writes_only_what_it_says(bench: &dyn Bench) {
    bench.put_campaign(row("c1")).await;
    bench
        .campaigns()
        .update("c1", &CampaignUpdate::default())
        .await
        .unwrap();
    assert_eq!(bench.campaign("c1").await, Some(CampaignUpdate::default()));
    let progress = Progress {
        recipients: 6,
        queued: 1,
        delivered: 2,
        suppressed: [("opted-out".to_owned(), 3)].into(),
        ..Progress::default()
    };
    let mut expected = CampaignUpdate {
        status: Some(CampaignStatus::Launching),
        segments: Some(2),
        cost: Some(Cost {
            recipients: 6,
            segments: 12,
        }),
        launched_at: Some(at(1)),
        ..CampaignUpdate::default()
    };
    bench.campaigns().update("c1", &expected).await.unwrap();
    assert_eq!(bench.campaign("c1").await, Some(expected.clone()));
    let counted = CampaignUpdate {
        progress: Some(progress.clone()),
        ..CampaignUpdate::default()
    };
    bench.campaigns().update("c1", &counted).await.unwrap();
    expected.progress = Some(progress);
    assert_eq!(bench.campaign("c1").await, Some(expected.clone()));
    let rejected = CampaignUpdate {
        status: Some(CampaignStatus::Rejected),
        error: Some("no".to_owned()),
        ..CampaignUpdate::default()
    };
    bench.campaigns().update("c1", &rejected).await.unwrap();
    expected = CampaignUpdate {
        status: rejected.status,
        error: rejected.error,
        ..expected
    };
    assert_eq!(bench.campaign("c1").await, Some(expected));
    let typed = CampaignRow {
        status: Some("rejected".to_owned()),
        ..row("c1")
    };
    assert_eq!(bench.campaigns().get("c1").await.unwrap(), Some(typed));
}

pub(super) async fn a_deleted_campaign_is_not_brought_back(bench: &dyn Bench) {
    bench.put_campaign(row("c1")).await;
    bench.delete_campaign("c1").await;
    let update = CampaignUpdate {
        status: Some(CampaignStatus::Sending),
        ..CampaignUpdate::default()
    };
    bench.campaigns().update("c1", &update).await.unwrap();
    assert_eq!(bench.campaigns().get("c1").await.unwrap(), None);
    assert_eq!(bench.campaign("c1").await, None);
}

pub(super) async fn k45_a_status_is_turned_from_what_was_read(bench: &dyn Bench) {
    let typed = |status: &str| CampaignRow {
        status: Some(status.to_owned()),
        ..row("c1")
    };
    bench.put_campaign(typed(" Sending")).await;
    let campaigns = bench.campaigns();
    for (from, to, because, expected) in [
        ("sending", CampaignStatus::Held, Some("no"), false),
        (" Sending", CampaignStatus::Held, Some("quota"), true),
        ("sending", CampaignStatus::Sending, None, false),
    ] {
        assert_eq!(
            campaigns.turn("c1", from, to, because).await.unwrap(),
            expected,
            "{from}"
        );
    }
    let held = bench.campaign("c1").await.unwrap();
    assert_eq!(
        (held.status, held.held_because.as_deref()),
        (Some(CampaignStatus::Held), Some("quota"))
    );
    assert!(
        campaigns
            .turn("c1", "held", CampaignStatus::Sending, None)
            .await
            .unwrap()
    );
    let sending = bench.campaign("c1").await.unwrap();
    assert_eq!(
        (sending.status, sending.held_because),
        (Some(CampaignStatus::Sending), None)
    );
    assert!(
        !campaigns
            .turn("c2", "held", CampaignStatus::Sending, None)
            .await
            .unwrap()
    );
}

pub(super) async fn a_fan_out_begins_once(bench: &dyn Bench) {
    let campaigns = bench.campaigns();
    assert_eq!(campaigns.fan_out("c1").await.unwrap(), CampaignProgress::default());
    let [first, second] = [(1, 100), (2, 200)].map(|(begun, ends)| FanOutBegun {
        at: at(begun),
        ends_at: at(ends),
    });
    campaigns.begin_fan_out("c1", first).await.unwrap();
    campaigns.begin_fan_out("c1", second).await.unwrap();
    assert_eq!(campaigns.fan_out("c1").await.unwrap().begun, Some(first));
    assert_eq!(campaigns.fan_out("c11").await.unwrap().begun, None);
}

pub(super) async fn each_segment_has_its_position(bench: &dyn Bench) {
    let campaigns = bench.campaigns();
    let after = |phone: &str| SegmentPosition {
        after: Some(Position(phone.to_owned())),
        done: false,
    };
    let done = SegmentPosition {
        after: None,
        done: true,
    };
    campaigns.save_position("c1", 0, &after("+12025550101")).await.unwrap();
    campaigns.save_position("c1", 12, &after("+12025550102")).await.unwrap();
    campaigns.save_position("c1", 0, &after("+12025550103")).await.unwrap();
    campaigns.save_position("c1", 12, &done).await.unwrap();
    campaigns.save_position("c2", 0, &done).await.unwrap();
    // A position without a beginning does not count as one.
    let expected = CampaignProgress {
        begun: None,
        segments: [(0, after("+12025550103")), (12, done)].into(),
    };
    assert_eq!(campaigns.fan_out("c1").await.unwrap(), expected);
}

pub(super) async fn campaigns_are_due_oldest_first(bench: &dyn Bench) {
    let campaigns = bench.campaigns();
    for (id, second) in [
        ("c1", 30),
        ("c2", 10),
        ("c3", 20),
        ("later", 101),
        ("moved", 5),
        ("removed", 5),
    ] {
        campaigns.set_timer(id, Some((LAUNCH, at(second)))).await.unwrap();
    }
    campaigns.set_timer("moved", Some((LAUNCH, at(100)))).await.unwrap();
    campaigns.set_timer("removed", None).await.unwrap();
    campaigns.set_timer("never set", None).await.unwrap();
    let due = async |timer, second, limit| campaigns.due(timer, at(second), limit).await.unwrap();
    assert_eq!(due(LAUNCH, 100, 10).await, ["c2", "c3", "c1", "moved"]);
    assert_eq!(due(LAUNCH, 100, 2).await, ["c2", "c3"]);
    assert_eq!(due(LAUNCH, 9, 10).await, [""; 0]);
    // A campaign has one timer, for one thing.
    campaigns
        .set_timer("c3", Some((CampaignTimer::Count, at(20))))
        .await
        .unwrap();
    assert_eq!(due(CampaignTimer::Count, 100, 10).await, ["c3"]);
    assert_eq!(due(LAUNCH, 100, 10).await, ["c2", "c1", "moved"]);
}

pub(super) async fn a_timer_that_has_passed_is_taken_once(bench: &dyn Bench) {
    let campaigns = bench.campaigns();
    campaigns.set_timer("c1", Some((LAUNCH, at(10)))).await.unwrap();
    let take = async |id, timer, now| campaigns.take_timer(id, timer, at(now), at(310)).await.unwrap();
    assert!(!take("c1", LAUNCH, 9).await, "too early");
    assert!(!take("c1", CampaignTimer::Count, 10).await, "another timer");
    assert!(!take("c2", LAUNCH, 10).await, "none");
    assert!(take("c1", LAUNCH, 10).await);
    assert!(!take("c1", LAUNCH, 11).await, "taken");
    assert_eq!(campaigns.due(LAUNCH, at(309), 10).await.unwrap(), [""; 0]);
    assert_eq!(campaigns.due(LAUNCH, at(310), 10).await.unwrap(), ["c1"]);
}

pub(super) async fn rows_without_a_status_are_found(bench: &dyn Bench) {
    let statuses = [None, Some("sending"), Some(" "), Some("typed"), None];
    for (number, status) in statuses.into_iter().enumerate() {
        let status = status.map(ToOwned::to_owned);
        bench
            .put_campaign(CampaignRow {
                status,
                ..row(&format!("c{number}"))
            })
            .await;
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = bench.campaigns().untouched(after.as_ref()).await.unwrap();
        found.extend(page.ids);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.sort();
    assert_eq!(found, ["c0", "c2", "c4"]);
}
