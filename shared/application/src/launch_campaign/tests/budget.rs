//! Campaigns of organisations with a monthly budget.

use domain::budget::{Budget, Charge};
use domain::message::Suppression;
use futures_util::future::join;

use super::*;
use crate::fixture::{sender, stored};
use crate::port::Cost;
use messaging::provider::memory::Memory;

/// What the announcement takes in English.
const EACH: u64 = 2;

fn november() -> Month {
    Month::from_text("2026-11").unwrap()
}

fn as_far_as_budget(campaign_id: &str) -> CampaignRow {
    CampaignRow {
        as_far_as_budget: true,
        ..row(campaign_id)
    }
}

/// An organisation with this budget and no reserve.
fn with_budget(segments: u64) -> Organisation {
    Organisation {
        budget: Some(Budget::new(segments, Some(0)).unwrap()),
        ..Organisation::default()
    }
}

/// A store with this row, this many employees and a budget of this many segments.
fn store(row: CampaignRow, employees: u32, segments: u64) -> MemoryStore {
    let store = store_with(row, employees);
    store.put_organisation("default", with_budget(segments));
    store
}

fn used(store: &MemoryStore) -> u64 {
    store.used_of("default", november())
}

fn charged(store: &MemoryStore) -> u64 {
    let charges = store.messages().into_iter().filter_map(|message| message.charge);
    charges.map(|charge| u64::from(charge.segments)).sum()
}

/// How many messages wait to be sent, and how many are not sent for want of money.
fn texted(store: &MemoryStore) -> (usize, usize) {
    let messages = store.messages();
    let with = |status: Status, reason: Option<&str>| {
        let these = messages.iter();
        these
            .filter(|message| (message.status, message.reason.as_deref()) == (status, reason))
            .count()
    };
    let suppressed = with(Status::Suppressed, Some(Suppression::Budget.as_str()));
    let queued = with(Status::Queued, None);
    assert_eq!(queued + suppressed, messages.len());
    (queued, suppressed)
}

async fn launched(store: &MemoryStore, campaign_id: &str) -> Launching {
    launch(store, &clock()).launch(campaign_id, never()).await.unwrap()
}

#[tokio::test]
async fn a_campaign_over_budget_is_refused() {
    for reserve in [0, 5] {
        let store = store(row("c1"), 50, 40);
        let budget = Some(Budget::new(40, Some(reserve)).unwrap());
        store.put_organisation(
            "default",
            Organisation {
                budget,
                ..Organisation::default()
            },
        );
        let Launching::Rejected { error } = launched(&store, "c1").await else {
            panic!("it was launched")
        };
        let expected = format!("needs 100 segments; {} of 40 are left in 2026-11", 40 - reserve);
        assert!(error.starts_with(&expected), "{error}");
        assert!(error.contains("as_far_as_budget = yes"), "{error}");
        let written = store.campaign("c1").unwrap();
        let cost = Cost {
            recipients: 50,
            segments: 50 * EACH,
        };
        assert_eq!(
            (written.status, written.error, written.cost),
            (Some(CampaignStatus::Rejected), Some(error), Some(cost))
        );
        assert_eq!((store.messages(), used(&store)), (Vec::new(), 0));
        assert_eq!(due(&store, never()).await, [""; 0]);
        // The same row may be inserted again, since nothing of it was launched.
        store.put_campaign(as_far_as_budget("c1"));
        assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
        assert_eq!(used(&store), (40 - reserve) / EACH * EACH);
    }
}

#[tokio::test]
async fn a_campaign_may_go_as_far_as_budgeted() {
    for (segments, reached) in [(40, 20), (41, 20), (2, 1), (99, 49), (100, 50), (1000, 50)] {
        let store = store(as_far_as_budget("c1"), 50, segments);
        assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
        assert_eq!(texted(&store), (reached, 50 - reached), "{segments}");
        assert_eq!(recipients(&store), everybody_once(50));
        assert_eq!(
            (used(&store), charged(&store)),
            (reached as u64 * EACH, reached as u64 * EACH)
        );
        let progress = store.campaign("c1").unwrap().progress.unwrap();
        let left_out = progress.suppressed.get("budget").copied().unwrap_or_default();
        assert_eq!((progress.queued, left_out), (reached as u64, 50 - reached as u64));
    }
}

#[tokio::test]
async fn an_empty_budget_refuses_every_campaign() {
    let store = store(as_far_as_budget("c1"), 3, 40);
    let all = Reservation {
        organisation: "default".into(),
        month: november(),
        left: 40,
    };
    store.reserve("another", &all, 40).await.unwrap();
    let Launching::Rejected { error } = launched(&store, "c1").await else {
        panic!("it was launched")
    };
    assert_eq!(error, "needs 6 segments; 0 of 40 are left in 2026-11");
}

#[tokio::test]
async fn the_cost_counts_recipients_in_their_own_language() {
    let store = store(row("c1"), 3, 40);
    store.put_contact(opted_out(4));
    store.put_contact(Contact {
        language: Some(Language::Mongolian),
        ..Contact::new(person(5))
    });
    assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
    let cost = store.campaign("c1").unwrap().cost.unwrap();
    assert_eq!(cost.recipients, 4);
    assert!(cost.segments > 4 * EACH, "{cost:?}");
    assert_eq!((used(&store), charged(&store)), (cost.segments, cost.segments));
}

#[tokio::test]
async fn reserved_segments_are_not_charged_again() {
    let store = store(row("c1"), 3, 6);
    launched(&store, "c1").await;
    for message in store.messages() {
        assert_eq!(
            message.charge,
            Some(Charge {
                month: november(),
                segments: 2
            })
        );
        sender(&store, Memory::new(), &clock()).send(&message).await.unwrap();
        assert_eq!(stored(&store, &message).await.status, Status::Sent);
    }
    assert_eq!((used(&store), charged(&store)), (6, 6));
}

#[tokio::test]
async fn an_organisation_without_a_budget_is_charged_nothing() {
    let store = store_with(row("c1"), 3);
    launched(&store, "c1").await;
    assert!(store.messages().iter().all(|message| message.charge.is_none()));
    assert_eq!((used(&store), store.campaign("c1").unwrap().cost), (0, None));
    assert_eq!(store.reservation("c1").await.unwrap(), None);
}

#[tokio::test]
async fn a_push_takes_nothing() {
    let by_push = CampaignRow {
        channel: Some("push".into()),
        ..row("c1")
    };
    let store = store(by_push, 3, 1);
    assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
    assert_eq!((store.messages().len(), used(&store)), (3, 0));
}

#[tokio::test]
async fn provider_campaigns_are_refused_under_a_budget() {
    let store = store(row("c1"), 3, 40);
    let mut launch = launch(&store, &clock());
    launch.settings.pinpoint = true;
    let Launching::Rejected { error } = launch.launch("c1", never()).await.unwrap() else {
        panic!("it was launched")
    };
    assert!(error.contains("cannot be kept within a budget"), "{error}");
}

#[tokio::test]
async fn k22_each_organisation_pays_for_its_own_campaigns() {
    let store = store(row("c1"), 3, 40);
    store.put_organisation("north", with_budget(5));
    store.put_contact(Contact {
        organisations: ["north".to_owned()].into(),
        ..Contact::new(person(4))
    });
    assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
    assert_eq!((used(&store), store.used_of("north", november())), (6, 0));
    let of_north = |campaign_id: &str| CampaignRow {
        organisation: Some("north".into()),
        ..row(campaign_id)
    };
    for (campaign_id, used_by_north) in [("c2", 2), ("c3", 4)] {
        store.put_campaign(of_north(campaign_id));
        assert_eq!(launched(&store, campaign_id).await, Launching::FannedOut);
        assert_eq!((used(&store), store.used_of("north", november())), (6, used_by_north));
    }
    store.put_campaign(of_north("c4"));
    let Launching::Rejected { error } = launched(&store, "c4").await else {
        panic!("it was launched")
    };
    assert!(error.starts_with("needs 2 segments; 1 of 5 are left"), "{error}");
    // A campaign of the stack's own to everybody is its own to pay for.
    store.put_campaign(CampaignRow {
        audience: vec!["*".into()],
        ..row("c5")
    });
    assert_eq!(launched(&store, "c5").await, Launching::FannedOut);
    assert_eq!((used(&store), store.used_of("north", november())), (14, 4));
}

#[tokio::test]
async fn two_campaigns_at_once_share_what_there_is() {
    let store = store(as_far_as_budget("c1"), 50, 130);
    store.put_campaign(as_far_as_budget("c2"));
    let (clock_one, clock_two) = (clock(), clock());
    let (one, two) = (launch(&store, &clock_one), launch(&store, &clock_two));
    let (one, two) = join(one.launch("c1", never()), two.launch("c2", never())).await;
    assert_eq!(
        (one.unwrap(), two.unwrap()),
        (Launching::FannedOut, Launching::FannedOut)
    );
    assert_eq!((used(&store), charged(&store)), (130, 130));
    assert_eq!(texted(&store), (65, 35));
}

#[tokio::test]
async fn a_campaign_alerts_when_little_is_left() {
    for (segments, told) in [(8, true), (7, true), (6, true), (10, false)] {
        let store = store(as_far_as_budget("c1"), 3, segments);
        let alerts_to = Some(person(99));
        store.put_organisation(
            "default",
            Organisation {
                alerts_to,
                ..with_budget(segments)
            },
        );
        launched(&store, "c1").await;
        let alerts = store.messages();
        let alerts: Vec<_> = alerts.iter().filter(|it| it.kind == Kind::BudgetAlert).collect();
        let expected = told && 6 * 100 >= segments * 80;
        assert_eq!(alerts.len(), usize::from(expected), "{segments}");
        assert!(
            alerts
                .iter()
                .all(|alert| alert.to == Some(person(99)) && alert.body.contains("2026-11"))
        );
    }
}

/// Launches over a process that ends at its call number `end`; answers the launch, or `None` where it ended before.
async fn mortal(store: &MemoryStore, clock: &FixedClock, end: usize, takes_effect: bool) -> Option<Launching> {
    let mortal = Mortal::new(store, end, takes_effect);
    launch_over(mortal, clock.clone()).launch("c1", never()).await.ok()
}

#[tokio::test]
async fn a_killed_campaign_spends_exactly_its_budget() {
    const EMPLOYEES: u32 = 350;
    for (segments, reached) in [(401, 200), (10_000, 350)] {
        for takes_effect in [false, true] {
            for end in 0.. {
                let clock = clock();
                let store = store(as_far_as_budget("c1"), EMPLOYEES, segments);
                let launching = mortal(&store, &clock, end, takes_effect).await;
                clock.advance(CONTINUED_AFTER);
                launch(&store, &clock).launch("c1", never()).await.unwrap();
                let case = format!("{segments} segments, killed at {end}, {takes_effect}");
                assert_eq!(recipients(&store), everybody_once(EMPLOYEES), "{case}");
                assert_eq!(texted(&store), (reached, EMPLOYEES as usize - reached), "{case}");
                let expected = reached as u64 * EACH;
                assert_eq!((used(&store), charged(&store)), (expected, expected), "{case}");
                if launching.is_some() {
                    assert!(end > 30, "only {end} calls to be killed at");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn cancelling_returns_the_reservation() {
    let called_off: [fn(&MemoryStore); 3] = [
        |store| store.delete_campaign("c1"),
        |store| {
            store.put_campaign(CampaignRow {
                status: Some("cancelled".into()),
                ..row("c1")
            });
        },
        |store| {
            store.put_campaign(CampaignRow {
                status: Some("launching".into()),
                shifts: None,
                ..row("c1")
            });
        },
    ];
    for call_off in called_off {
        for end in 0.. {
            let clock = clock();
            let store = store(row("c1"), 150, 1000);
            let ended = mortal(&store, &clock, end, true).await.is_some();
            call_off(&store);
            clock.advance(CONTINUED_AFTER);
            let sweep = CampaignSweep {
                launch: launch(&store, &clock),
            };
            sweep.run(never()).await.unwrap();
            assert_eq!(used(&store), charged(&store), "killed at {end}");
            if ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn late_recipients_are_charged_when_sent() {
    let clock = clock();
    // Everything is counted and put aside, and no message is made yet.
    let (store, end) = (0..)
        .map(|end| (store(row("c1"), 3, 7), end))
        .find(|(store, end)| {
            let launching = mortal(store, &clock, *end, true);
            futures_util::FutureExt::now_or_never(launching).unwrap();
            used(store) == 6
        })
        .unwrap();
    assert_eq!(store.messages(), [], "killed at {end}");
    store.put_contact(Contact::new(person(4)));
    assert_eq!(launched(&store, "c1").await, Launching::FannedOut);
    assert_eq!(texted(&store), (4, 0));
    assert_eq!((used(&store), charged(&store)), (6, 6));
    for message in store.messages() {
        sender(&store, Memory::new(), &clock).send(&message).await.unwrap();
    }
    assert_eq!((used(&store), charged(&store)), (6, 6));
    let unsent = store
        .messages()
        .into_iter()
        .filter(|it| it.status == Status::Suppressed);
    assert_eq!(unsent.count(), 1);
}

#[tokio::test]
async fn a_campaign_waits_for_usable_settings() {
    let clock = clock();
    let store = store_with(row("c1"), 3);
    store.put_unusable_organisation("default", "budget must be a number");
    launch(&store, &clock).launch("c1", never()).await.unwrap_err();
    assert_eq!(store.messages(), []);
    store.put_organisation("default", with_budget(6));
    clock.advance(CONTINUED_AFTER);
    let sweep = CampaignSweep {
        launch: launch(&store, &clock),
    };
    assert_eq!(sweep.run(never()).await.unwrap().launched, 1);
    assert_eq!((texted(&store), used(&store)), ((3, 0), 6));
}
