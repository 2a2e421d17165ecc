//! Who gets a campaign's text and who is left out, and how a launch that was cut off goes on.

mod budget;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::budget::Month;
use domain::contact::OptOut;
use domain::device::DeviceToken;
use domain::message::{Change, Lane, MessageId, Status};
use domain::organisation::Organisation;
use domain::pace::{Lowered, Rate};
use domain::phone_number::PhoneNumber;
use domain::sending_time;
use domain::shift::ShiftRow;
use domain::shift_code::ShiftCode;

use super::*;
use crate::campaign_sweep::CampaignSweep;
use crate::fixture::{BUSINESS, at, clock, device, opted_out, person};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{
    Applied, CampaignProgress, CampaignTimer, ChargedWrite, ContactsPage, Position, Progress, PromisedRate,
    Reservation, Reserving, ShiftsPage, Speeds, UntouchedCampaigns, UnusableContact,
};

pub(crate) const SHIFTS: &str = "15/08 5h nightshift XYZ1234";

/// Late enough for every launch.
pub(crate) fn never() -> Timestamp {
    at(86_400 * 365)
}

pub(crate) fn row(campaign_id: &str) -> CampaignRow {
    CampaignRow {
        campaign_id: campaign_id.into(),
        shifts: Some(SHIFTS.into()),
        ..CampaignRow::default()
    }
}

/// A store with this row and this many employees, numbered from 1.
pub(crate) fn store_with(row: CampaignRow, employees: u32) -> MemoryStore {
    let store = MemoryStore::default();
    store.put_campaign(row);
    (1..=employees).for_each(|number| store.put_contact(Contact::new(person(number))));
    store
}

pub(crate) fn launch(store: &MemoryStore, clock: &FixedClock) -> LaunchCampaign {
    launch_over(store.clone(), clock.clone())
}

pub(crate) fn launch_over(
    store: impl Campaigns + Contacts + Devices + Organisations + Budgets + Outbox + Pace + Shifts + Clone + 'static,
    clock: impl Clock + 'static,
) -> LaunchCampaign {
    LaunchCampaign {
        campaigns: Arc::new(store.clone()),
        contacts: Arc::new(store.clone()),
        devices: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        budgets: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        pace: Arc::new(store.clone()),
        shifts: Arc::new(store),
        clock: Arc::new(clock),
        settings: CampaignSettings {
            origination_identity: BUSINESS.into(),
            agent: false,
            language: Language::English,
            pinpoint: false,
        },
    }
}

/// The numbers of the people who have a message, and how many each.
pub(crate) fn recipients(store: &MemoryStore) -> BTreeMap<u32, u32> {
    let mut counts = BTreeMap::new();
    for message in store.messages() {
        let number = message
            .to
            .unwrap()
            .as_str()
            .trim_start_matches("+1202555")
            .parse()
            .unwrap();
        *counts.entry(number).or_default() += 1;
    }
    counts
}

/// Everybody up to this number, once.
pub(crate) fn everybody_once(employees: u32) -> BTreeMap<u32, u32> {
    (1..=employees).map(|number| (number, 1)).collect()
}

/// Campaigns that the sweep looks at, for whichever reason.
pub(crate) async fn due(store: &MemoryStore, now: Timestamp) -> Vec<String> {
    let mut due = Vec::new();
    for timer in [CampaignTimer::Launch, CampaignTimer::Count] {
        due.extend(Campaigns::due(store, timer, now, 1000).await.unwrap());
    }
    due
}

#[tokio::test]
async fn everybody_gets_the_announcement_once() {
    let store = store_with(row("c1"), 500);
    let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
    assert_eq!(launching, Launching::FannedOut);
    assert_eq!(recipients(&store), everybody_once(500));
    for message in store.messages() {
        assert!(
            message
                .body
                .starts_with("Available shifts: 15/08 5h nightshift XYZ1234. To secure a shift")
        );
        assert_eq!(
            (message.kind, message.lane(), message.status),
            (Kind::Announcement, Lane::Bulk, Status::Queued)
        );
        assert_eq!(
            (message.from.as_deref(), message.campaign_id.as_deref()),
            (None, Some("c1"))
        );
    }
    let segments = segment::count(&store.messages()[0].body).segments;
    let expected = CampaignUpdate {
        status: Some(CampaignStatus::Sending),
        error: None,
        segments: Some(segments),
        held_because: None,
        cost: None,
        expected_done_at: None,
        launched_at: Some(at(0)),
        progress: Some(Progress {
            recipients: 500,
            queued: 500,
            ..Progress::default()
        }),
    };
    assert_eq!(store.campaign("c1"), Some(expected));
    assert_eq!(due(&store, at(0)).await, ["c1"], "the sweep counts it from now on");
}

fn speeds(rate: Option<&str>) -> Speeds {
    Speeds {
        providers: [("memory".to_owned(), rate.map(|rate| rate.parse::<Rate>().unwrap()))].into(),
        usual: vec!["switched-off".to_owned(), "memory".to_owned()],
    }
}

#[tokio::test]
async fn a_launch_predicts_its_end_behind_others() {
    let clock = clock();
    let store = store_with(row("first"), 500);
    store.put_campaign(row("second"));
    store.tell_speeds(&speeds(Some("100/min"))).await.unwrap();
    let launch = launch(&store, &clock);
    let parts = u64::from(
        segment::count(
            &Campaign::read(&row("first"), None)
                .unwrap()
                .announcement(Language::English, false),
        )
        .segments,
    );
    for (id, minutes) in [("first", 5), ("second", 10)] {
        assert_eq!(launch.launch(id, never()).await.unwrap(), Launching::FannedOut);
        let written = store.campaign(id).unwrap();
        let minutes = minutes * i64::try_from(parts).unwrap();
        assert_eq!(written.expected_done_at, Some(at(60 * minutes)), "{id}");
        assert_eq!(
            written.cost.map(|cost| (cost.recipients, cost.segments)),
            Some((500, 500 * parts))
        );
    }
    let day = sending_time::USUAL.as_secs();
    assert!(store.messages().iter().all(|message| message.expires_at == at(day)));
}

#[tokio::test]
async fn a_campaign_that_ends_late_is_refused() {
    let clock = clock();
    let until = |minutes: i64| Some(at(60 * minutes).to_string());
    let late = CampaignRow {
        send_until: until(4),
        message: Some("Snow.".into()),
        shifts: None,
        ..row("late")
    };
    for (rate, changed, expected) in [
        (Some("100/min"), late.clone(), None),
        (
            Some("100/min"),
            CampaignRow {
                as_far_as_time: true,
                ..late.clone()
            },
            Some(Some(4)),
        ),
        (
            Some("100/min"),
            CampaignRow {
                send_until: until(5),
                ..late.clone()
            },
            Some(Some(5)),
        ),
        (Some("125/min"), late.clone(), Some(Some(4))),
        (None, late.clone(), Some(None)),
        // Over before it begins.
        (
            Some("10000/s"),
            CampaignRow {
                send_until: until(-1),
                as_far_as_time: true,
                ..late.clone()
            },
            None,
        ),
    ] {
        let store = store_with(changed, 500);
        store.tell_speeds(&speeds(rate)).await.unwrap();
        let launched = launch(&store, &clock).launch("late", never()).await.unwrap();
        let written = store.campaign("late").unwrap();
        let Some(done_at) = expected else {
            let error = written.error.unwrap();
            assert_eq!(launched, Launching::Rejected { error: error.clone() });
            assert!(error.starts_with("needs 500 message parts at "), "{error}");
            assert!(
                error.contains("; insert the row again with a later send_until"),
                "{error}"
            );
            assert_eq!(written.status, Some(CampaignStatus::Rejected));
            assert!(store.messages().is_empty());
            assert!(due(&store, never()).await.is_empty());
            continue;
        };
        assert_eq!(launched, Launching::FannedOut, "{rate:?}");
        assert_eq!(
            written.expected_done_at,
            done_at.map(|minutes: i64| at(60 * minutes)),
            "{rate:?}"
        );
        let row = Campaigns::get(&store, "late").await.unwrap().unwrap();
        assert_eq!(Some(store.messages()[0].expires_at.to_string()), row.send_until);
    }
}

#[tokio::test]
async fn a_campaign_ends_at_its_first_shift() {
    let clock = clock();
    let begins = |minutes: i64| Some(at(60 * minutes).to_string());
    let named = |shifts: &str| CampaignRow {
        shifts: Some(shifts.into()),
        ..row("c1")
    };
    let usual = sending_time::USUAL.as_secs();
    let until = |minutes: i64| CampaignRow {
        send_until: begins(minutes),
        ..named("early1 late22")
    };
    for (campaign, rate, expected) in [
        (named("LATE22 Mon 8 am, EARLY1 Mon 6 am"), None, 60 * 60),
        (named("15/08 5h: late22"), None, 300 * 60),
        (named("GONE99, BEGUN1, NOTIME"), None, usual),
        (until(400), None, 400 * 60),
        (named("EARLY1"), Some("10/min"), 60 * 60),
        (named("EARLY1"), Some("3/min"), 0),
    ] {
        let store = store_with(campaign.clone(), 125);
        store.tell_speeds(&speeds(rate)).await.unwrap();
        for (id, starts_at) in [
            ("EARLY1", begins(60)),
            ("LATE22", begins(300)),
            ("BEGUN1", begins(-1)),
            ("NOTIME", None),
        ] {
            store.put_shift(ShiftRow {
                shift_id: id.into(),
                shift_status: Some("available".into()),
                starts_at,
                ..ShiftRow::default()
            });
        }
        let launched = launch(&store, &clock).launch("c1", never()).await.unwrap();
        if expected == 0 {
            let Launching::Rejected { error } = launched else {
                panic!("{launched:?}")
            };
            assert!(error.contains(", when the first of its shifts begins; "), "{error}");
            continue;
        }
        assert_eq!(launched, Launching::FannedOut);
        assert_eq!(store.messages()[0].expires_at, at(expected), "{campaign:?}");
        let begun = store.fan_out("c1").await.unwrap().begun.unwrap();
        assert_eq!(begun.ends_at, at(expected));
    }
}

#[tokio::test]
async fn a_repeated_launch_is_promised_once() {
    let clock = clock();
    let mut unfinished = 0;
    for end in 0.. {
        let store = store_with(row("c1"), 10);
        store.put_campaign(row("next"));
        store.tell_speeds(&speeds(Some("1/s"))).await.unwrap();
        let mortal = launch_over(Mortal::new(&store, end, true), clock.clone());
        let ended = mortal.launch("c1", never()).await.is_ok();
        launch(&store, &clock).launch("c1", never()).await.unwrap();
        let done_at = store.campaign("c1").unwrap().expected_done_at.unwrap();
        let promised = store.promised("memory#").await.unwrap().unwrap();
        assert_eq!(
            (promised.until, promised.campaign_id.as_str()),
            (done_at, "c1"),
            "killed at {end}"
        );
        if ended {
            break;
        }
        unfinished += 1;
    }
    assert!(unfinished > 5);
}

#[tokio::test]
async fn d02_a_row_that_cannot_be_launched_says_why() {
    let malformed = Some("shifts must be text".to_owned());
    let cases = [
        (
            CampaignRow {
                shifts: None,
                ..row("c1")
            },
            "neither shifts nor message",
        ),
        (
            CampaignRow {
                shifts: Some(" \n".into()),
                message: Some("".into()),
                ..row("c1")
            },
            "neither shifts nor message",
        ),
        (CampaignRow { malformed, ..row("c1") }, "shifts must be text"),
        (
            CampaignRow {
                scheduled_for: Some("tomorrow".into()),
                ..row("c1")
            },
            "scheduled_for must be a date and a time",
        ),
        (
            CampaignRow {
                shifts: Some("x".repeat(1600)),
                ..row("c1")
            },
            "a text has at most 1600",
        ),
        (
            CampaignRow {
                status: Some("ready".into()),
                ..row("c1")
            },
            "status \"ready\" is not one",
        ),
    ];
    for (row, expected) in cases {
        let store = store_with(row, 3);
        let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
        let Launching::Rejected { error } = launching else {
            panic!("{launching:?}")
        };
        assert!(error.contains(expected), "{error}");
        let written = store.campaign("c1").unwrap();
        assert_eq!(
            (written.status, written.error),
            (Some(CampaignStatus::Rejected), Some(error))
        );
        assert_eq!(store.messages(), []);
        // It is rejected once, whatever is delivered again.
        let again = launch(&store, &clock()).launch("c1", never()).await.unwrap();
        assert_eq!(again, Launching::NothingToDo);
    }
}

#[tokio::test]
async fn a_row_launches_at_its_time() {
    let clock = clock();
    let scheduled_for = Some("2026-11-20T21:00:00+08:00".to_owned());
    let store = store_with(
        CampaignRow {
            scheduled_for,
            ..row("c1")
        },
        3,
    );
    let launching = launch(&store, &clock).launch("c1", never()).await.unwrap();
    assert_eq!(launching, Launching::Waiting { until: at(3600) });
    let written = store.campaign("c1").unwrap();
    assert_eq!(
        (written.status, written.segments),
        (Some(CampaignStatus::Scheduled), Some(2))
    );
    assert_eq!(store.messages(), []);
    assert_eq!(due(&store, at(3599)).await, [""; 0]);
    assert_eq!(due(&store, at(3600)).await, ["c1"]);
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(
        launch(&store, &clock).launch("c1", never()).await.unwrap(),
        Launching::FannedOut
    );
    assert_eq!(recipients(&store), everybody_once(3));
}

#[tokio::test]
async fn a_time_that_has_passed_is_now() {
    let scheduled_for = Some("2026-11-19T18:00:00Z".to_owned());
    let store = store_with(
        CampaignRow {
            scheduled_for,
            ..row("c1")
        },
        3,
    );
    assert_eq!(
        launch(&store, &clock()).launch("c1", never()).await.unwrap(),
        Launching::FannedOut
    );
}

#[tokio::test]
async fn cancelled_or_deleted_campaigns_are_not_launched() {
    for status in ["cancelled", "Cancelled ", "sending", "completed", "rejected"] {
        let store = store_with(
            CampaignRow {
                status: Some(status.into()),
                ..row("c1")
            },
            3,
        );
        let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
        assert_eq!(
            (launching, store.messages()),
            (Launching::NothingToDo, Vec::new()),
            "{status}"
        );
    }
    let launching = launch(&MemoryStore::default(), &clock())
        .launch("c1", never())
        .await
        .unwrap();
    assert_eq!(launching, Launching::NothingToDo);
}

#[tokio::test]
async fn the_audience_is_interested_group_members() {
    let groups = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of_group = |number: u32, names: &[&str]| Contact {
        groups: groups(names).into_iter().collect(),
        ..Contact::new(person(number))
    };
    for (audience, expected) in [
        (groups(&[]), vec![1, 2, 3, 4]),
        (groups(&["all"]), vec![1, 2, 3, 4]),
        (groups(&["night"]), vec![2, 4]),
        (groups(&["night, kitchen"]), vec![2, 3, 4]),
        (groups(&["nobody"]), vec![]),
    ] {
        let store = store_with(CampaignRow { audience, ..row("c1") }, 1);
        store.put_contact(of_group(2, &["night"]));
        store.put_contact(of_group(3, &["kitchen"]));
        store.put_contact(of_group(4, &["kitchen", "night"]));
        store.put_contact(Contact {
            interested: false,
            ..of_group(5, &["night"])
        });
        store.put_contact(Contact {
            may_book: false,
            ..of_group(6, &["night"])
        });
        store.put_contact(Contact {
            opt_out: opted_out(7).opt_out,
            ..of_group(7, &["night"])
        });
        assert_eq!(
            launch(&store, &clock()).launch("c1", never()).await.unwrap(),
            Launching::FannedOut
        );
        assert_eq!(recipients(&store).into_keys().collect::<Vec<_>>(), expected);
        let progress = store.campaign("c1").unwrap().progress.unwrap();
        assert_eq!(progress.recipients, expected.len() as u64);
    }
}

#[tokio::test]
async fn everybody_is_told_in_their_own_language() {
    let store = store_with(row("c1"), 1);
    store.put_contact(Contact {
        language: Some(Language::Mongolian),
        ..Contact::new(person(2))
    });
    let mut launch = launch(&store, &clock());
    launch.settings.agent = true;
    launch.launch("c1", never()).await.unwrap();
    let bodies: BTreeMap<_, _> = store
        .messages()
        .into_iter()
        .map(|message| (message.to.unwrap(), message.body))
        .collect();
    assert!(
        bodies[&person(1)].ends_with("text AGENT and what you need help with."),
        "{bodies:?}"
    );
    assert!(bodies[&person(2)].starts_with("Боломжит ээлж: 15/08"), "{bodies:?}");
}

#[tokio::test]
async fn push_campaigns_reach_every_device() {
    let by_push = CampaignRow {
        channel: Some("push".into()),
        ..row("c1")
    };
    let store = store_with(by_push, 2);
    for token in ["phone", "tablet"] {
        store.put(&device(token)).await.unwrap();
    }
    let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
    assert_eq!(launching, Launching::FannedOut);
    let mut pushes: Vec<_> = store
        .messages()
        .into_iter()
        .map(|message| {
            let token = message.device.map(|(token, _)| token.as_str().to_owned());
            (message.channel, message.to, token)
        })
        .collect();
    pushes.sort_by_key(|(_, _, token)| token.clone());
    let push = |number, token: Option<&str>| (Channel::Push, Some(person(number)), token.map(ToOwned::to_owned));
    assert_eq!(pushes, [push(2, None), push(1, Some("phone")), push(1, Some("tablet"))]);
    // Launched again it makes the same ones.
    let again = launch(&store, &clock()).launch("c1", never()).await.unwrap();
    assert_eq!((again, store.messages().len()), (Launching::NothingToDo, 3));
}

/// Contacts of the stack's own organisation (1), of north (2), of both north and south (3), and of one that does not exist
/// (4), one of which does not exist (5).
fn store_of_organisations(row: CampaignRow) -> MemoryStore {
    let store = store_with(row, 1);
    for organisation in ["north", "south"] {
        store.put_organisation(organisation, Organisation::default());
    }
    let of: [(u32, &[&str]); 4] = [
        (2, &["north"]),
        (3, &["north", "south"]),
        (4, &["nrth"]),
        (5, &["north", "nrth"]),
    ];
    for (number, organisations) in of {
        store.put_contact(Contact {
            organisations: organisations.iter().map(ToString::to_string).collect(),
            ..Contact::new(person(number))
        });
    }
    store
}

#[tokio::test]
async fn k22_campaigns_stay_within_their_organisation() {
    for (organisation, audience, expected) in [
        (None, "", vec![1]),
        (Some("default"), "*", vec![1]),
        (Some("north"), "", vec![2, 3, 5]),
        (Some("south"), "*", vec![3]),
        (None, "*", vec![1, 2, 3, 5]),
    ] {
        let store = store_of_organisations(CampaignRow {
            organisation: organisation.map(ToOwned::to_owned),
            audience: vec![audience.to_owned()],
            ..row("c1")
        });
        assert_eq!(
            launch(&store, &clock()).launch("c1", never()).await.unwrap(),
            Launching::FannedOut
        );
        assert_eq!(
            recipients(&store).into_keys().collect::<Vec<_>>(),
            expected,
            "{organisation:?} {audience}"
        );
        let named = organisation.filter(|it| *it != "default").map(ToOwned::to_owned);
        assert!(store.messages().iter().all(|message| message.organisation == named));
    }
}

#[tokio::test]
async fn k21_contacts_report_an_unknown_organisation() {
    let store = store_of_organisations(row("c1"));
    launch(&store, &clock()).launch("c1", never()).await.unwrap();
    for (number, said) in [(1, false), (2, false), (3, false), (4, true), (5, true)] {
        let error = store.contact_error(person(number).as_str());
        assert_eq!(error.is_some(), said, "{number}");
        assert!(error.is_none_or(|error| error.starts_with("organisation \"nrth\" does not exist: ")));
    }
}

#[tokio::test]
async fn k21_a_campaign_of_an_unknown_organisation_is_rejected() {
    for scheduled_for in [None, Some("2026-11-21T12:00:00Z".to_owned())] {
        let of_north = CampaignRow {
            organisation: Some("north".into()),
            scheduled_for,
            ..row("c1")
        };
        let store = store_with(of_north.clone(), 3);
        let Launching::Rejected { error } = launch(&store, &clock()).launch("c1", never()).await.unwrap() else {
            panic!("it was launched")
        };
        assert!(error.starts_with("organisation \"north\" does not exist: "), "{error}");
        assert!(error.ends_with("; then insert the row again"), "{error}");
        let written = store.campaign("c1").unwrap();
        assert_eq!(
            (written.status, written.error),
            (Some(CampaignStatus::Rejected), Some(error))
        );
        assert_eq!(store.messages(), []);
        assert_eq!(due(&store, never()).await, [""; 0]);
        // Inserted again when the organisation is there, it is as good as new.
        store.put_organisation("north", Organisation::default());
        store.put_campaign(of_north.clone());
        let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
        assert!(!matches!(launching, Launching::Rejected { .. }), "{launching:?}");
    }
}

#[tokio::test]
async fn k22_provider_campaigns_belong_to_no_organisation() {
    for (organisation, rejected) in [(None, false), (Some("default"), false), (Some("north"), true)] {
        let store = store_of_organisations(CampaignRow {
            organisation: organisation.map(ToOwned::to_owned),
            ..row("c1")
        });
        let mut launch = launch(&store, &clock());
        launch.settings.pinpoint = true;
        let launching = launch.launch("c1", never()).await.unwrap();
        assert_eq!(
            matches!(launching, Launching::Rejected { .. }),
            rejected,
            "{launching:?}"
        );
        assert_eq!(store.messages().len(), usize::from(!rejected));
    }
}

#[tokio::test]
async fn k26_a_campaign_waits_by_its_organisations_clock() {
    for (organisation, scheduled_for, until) in [
        (None, "2026-11-21 09:00", "2026-11-21T08:00:00Z"),
        (Some("north"), "2026-11-21 09:00", "2026-11-21T01:00:00Z"),
        (Some("south"), "21.11.2026 9 am", "2026-11-21T08:00:00Z"),
        (Some("north"), "2026-11-21T09:00[Europe/London]", "2026-11-21T09:00:00Z"),
    ] {
        let store = store_with(
            CampaignRow {
                organisation: organisation.map(ToOwned::to_owned),
                scheduled_for: Some(scheduled_for.into()),
                ..row("c1")
            },
            1,
        );
        for (name, zone) in [
            ("default", Some("Europe/Berlin")),
            ("north", Some("Asia/Ulaanbaatar")),
            ("south", None),
        ] {
            let zone = zone.map(|zone| domain::civil::parse_zone(zone).unwrap());
            store.put_organisation(
                name,
                Organisation {
                    zone,
                    ..Organisation::default()
                },
            );
        }
        let launching = launch(&store, &clock()).launch("c1", never()).await.unwrap();
        assert_eq!(
            launching,
            Launching::Waiting {
                until: until.parse().unwrap()
            },
            "{scheduled_for}"
        );
    }
}

#[tokio::test]
async fn an_unusable_contact_is_marked_and_skipped() {
    let store = store_with(row("c1"), 3);
    store.put_unusable_contact("202-555-0101");
    assert_eq!(
        launch(&store, &clock()).launch("c1", never()).await.unwrap(),
        Launching::FannedOut
    );
    assert!(store.contact_error("202-555-0101").unwrap().contains("country code"));
    assert_eq!(recipients(&store), everybody_once(3));
}

#[tokio::test]
async fn d20_an_insert_that_comes_again_launches_nothing_twice() {
    let store = store_with(row("c1"), 300);
    let launch = launch(&store, &clock());
    launch.launch("c1", never()).await.unwrap();
    let before = (store.messages(), store.campaign("c1"));
    assert_eq!(launch.launch("c1", never()).await.unwrap(), Launching::NothingToDo);
    assert_eq!((store.messages(), store.campaign("c1")), before);
}

#[tokio::test]
async fn a_reinserted_campaign_is_rejected() {
    let store = store_with(row("c1"), 3);
    let launch = launch(&store, &clock());
    launch.launch("c1", never()).await.unwrap();
    store.put_campaign(CampaignRow {
        shifts: Some("other shifts".into()),
        ..row("c1")
    });
    let launching = launch.launch("c1", never()).await.unwrap();
    let Launching::Rejected { error } = launching else {
        panic!("{launching:?}")
    };
    assert!(
        error.contains("launched before; insert a row with a new campaign_id"),
        "{error}"
    );
    assert_eq!(store.campaign("c1").unwrap().error, Some(error));
    assert_eq!(recipients(&store), everybody_once(3));
}

#[tokio::test]
async fn contacts_added_later_are_not_texted() {
    let store = store_with(row("c1"), 3);
    let launch = launch(&store, &clock());
    launch.launch("c1", never()).await.unwrap();
    store.put_contact(Contact::new(person(4)));
    launch.launch("c1", never()).await.unwrap();
    assert_eq!(recipients(&store), everybody_once(3));
}

#[tokio::test]
async fn b06_a_campaign_may_be_the_providers_own() {
    let store = store_with(row("c1"), 300);
    let mut launch = launch(&store, &clock());
    launch.settings.pinpoint = true;
    assert_eq!(launch.launch("c1", never()).await.unwrap(), Launching::FannedOut);
    let [message] = store.messages().try_into().unwrap();
    assert_eq!(
        (message.kind, message.lane(), message.to),
        (Kind::PinpointCampaign, Lane::Bulk, None)
    );
    assert_eq!(
        (message.from.as_deref(), message.campaign_id.as_deref()),
        (Some(BUSINESS), Some("c1"))
    );
    assert!(message.body.contains(SHIFTS));
    assert_eq!(launch.launch("c1", never()).await.unwrap(), Launching::NothingToDo);
}

/// A clock that goes a second forward each time it is looked at.
#[derive(Debug)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        at(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[tokio::test]
async fn the_sweep_continues_unfinished_launches() {
    let mut unfinished = 0;
    for seconds in 0.. {
        let store = store_with(row("c1"), 700);
        let launching = launch_over(store.clone(), Ticking(AtomicI64::new(0)))
            .launch("c1", at(seconds))
            .await
            .unwrap();
        if launching == Launching::FannedOut {
            break;
        }
        assert_eq!(launching, Launching::Unfinished);
        assert_eq!(store.campaign("c1").unwrap().status, Some(CampaignStatus::Launching));
        assert!(recipients(&store).len() < 700);
        unfinished += 1;

        let clock = clock();
        let sweep = CampaignSweep {
            launch: launch(&store, &clock),
        };
        sweep.run(never()).await.unwrap();
        assert_eq!(
            store.campaign("c1").unwrap().status,
            Some(CampaignStatus::Launching),
            "somebody may still be at it"
        );
        clock.advance(CONTINUED_AFTER);
        let report = sweep.run(never()).await.unwrap();
        assert_eq!((report.launched, report.failed), (1, 0));
        assert_eq!(recipients(&store), everybody_once(700), "after {seconds} seconds");
        let written = store.campaign("c1").unwrap();
        assert_eq!(
            (written.status, written.launched_at),
            (Some(CampaignStatus::Sending), Some(at(0)))
        );
        assert_eq!(written.progress.unwrap().recipients, 700);
    }
    assert!(unfinished > 8, "only {unfinished} places to stop at");
}

/// A store whose process ends at one of its calls: that call and all after it fail.
#[derive(Debug, Clone)]
pub(crate) struct Mortal {
    store: MemoryStore,
    calls: Arc<AtomicUsize>,
    /// The number of the call at which it ends.
    end: usize,
    /// Whether that call still takes effect and only its answer is lost.
    takes_effect: bool,
}

impl Mortal {
    pub(crate) fn new(store: &MemoryStore, end: usize, takes_effect: bool) -> Self {
        Self {
            store: store.clone(),
            calls: Arc::default(),
            end,
            takes_effect,
        }
    }

    async fn call<T>(&self, effect: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call > self.end || (call == self.end && !self.takes_effect) {
            return Err(StoreError::Unavailable("the process has ended".into()));
        }
        let answer = effect.await?;
        if call == self.end {
            Err(StoreError::Unavailable("the answer was lost".into()))
        } else {
            Ok(answer)
        }
    }
}

#[async_trait]
impl Campaigns for Mortal {
    async fn get(&self, campaign_id: &str) -> Result<Option<CampaignRow>, StoreError> {
        self.call(Campaigns::get(&self.store, campaign_id)).await
    }

    async fn create(&self, row: &CampaignRow) -> Result<bool, StoreError> {
        self.call(self.store.create(row)).await
    }

    async fn update(&self, campaign_id: &str, update: &CampaignUpdate) -> Result<(), StoreError> {
        self.call(self.store.update(campaign_id, update)).await
    }

    async fn turn(
        &self,
        campaign_id: &str,
        from: &str,
        to: CampaignStatus,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.call(self.store.turn(campaign_id, from, to, because)).await
    }

    async fn fan_out(&self, campaign_id: &str) -> Result<CampaignProgress, StoreError> {
        self.call(self.store.fan_out(campaign_id)).await
    }

    async fn begin_fan_out(&self, campaign_id: &str, begun: FanOutBegun) -> Result<(), StoreError> {
        self.call(self.store.begin_fan_out(campaign_id, begun)).await
    }

    async fn save_position(
        &self,
        campaign_id: &str,
        segment: u32,
        position: &SegmentPosition,
    ) -> Result<(), StoreError> {
        self.call(self.store.save_position(campaign_id, segment, position))
            .await
    }

    async fn set_timer(&self, campaign_id: &str, timer: Option<(CampaignTimer, Timestamp)>) -> Result<(), StoreError> {
        self.call(self.store.set_timer(campaign_id, timer)).await
    }

    async fn take_timer(
        &self,
        campaign_id: &str,
        timer: CampaignTimer,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<bool, StoreError> {
        self.call(self.store.take_timer(campaign_id, timer, now, again)).await
    }

    async fn due(&self, timer: CampaignTimer, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        self.call(Campaigns::due(&self.store, timer, now, limit)).await
    }

    async fn untouched(&self, after: Option<&Position>) -> Result<UntouchedCampaigns, StoreError> {
        self.call(self.store.untouched(after)).await
    }
}

#[async_trait]
impl Pace for Mortal {
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError> {
        self.call(self.store.take(key, period, parts, allowance)).await
    }

    async fn lowered(&self, key: &str) -> Result<Option<Lowered>, StoreError> {
        self.call(self.store.lowered(key)).await
    }

    async fn lower(&self, key: &str, to: Lowered, unless_after: Timestamp) -> Result<(), StoreError> {
        self.call(self.store.lower(key, to, unless_after)).await
    }

    async fn speeds(&self) -> Result<Option<Speeds>, StoreError> {
        self.call(self.store.speeds()).await
    }

    async fn tell_speeds(&self, speeds: &Speeds) -> Result<(), StoreError> {
        self.call(self.store.tell_speeds(speeds)).await
    }

    async fn promised(&self, key: &str) -> Result<Option<PromisedRate>, StoreError> {
        self.call(self.store.promised(key)).await
    }

    async fn promise(&self, key: &str, was: Option<Timestamp>, next: &PromisedRate) -> Result<bool, StoreError> {
        self.call(self.store.promise(key, was, next)).await
    }
}

#[async_trait]
impl Shifts for Mortal {
    async fn starts(&self, codes: &BTreeSet<ShiftCode>) -> Result<Vec<Timestamp>, StoreError> {
        self.call(self.store.starts(codes)).await
    }

    async fn available(&self, after: Option<&str>) -> Result<ShiftsPage, StoreError> {
        self.call(self.store.available(after)).await
    }

    async fn reject(&self, shift_id: &str, error: &str) -> Result<(), StoreError> {
        self.call(Shifts::reject(&self.store, shift_id, error)).await
    }

    async fn accept(&self, shift_id: &str) -> Result<(), StoreError> {
        self.call(self.store.accept(shift_id)).await
    }

    async fn note(&self, shift_id: &str, note: &str) -> Result<(), StoreError> {
        self.call(self.store.note(shift_id, note)).await
    }

    async fn close(&self, shift_id: &str) -> Result<(), StoreError> {
        self.call(self.store.close(shift_id)).await
    }
}

#[async_trait]
impl Contacts for Mortal {
    async fn get(&self, phone: &PhoneNumber) -> Result<Option<Contact>, StoreError> {
        self.call(Contacts::get(&self.store, phone)).await
    }

    async fn opt_out(&self, phone: &PhoneNumber, opt_out: &OptOut) -> Result<(), StoreError> {
        self.call(self.store.opt_out(phone, opt_out)).await
    }

    async fn page(&self, segment: u32, segments: u32, after: Option<&Position>) -> Result<ContactsPage, StoreError> {
        self.call(self.store.page(segment, segments, after)).await
    }

    async fn reject(&self, contact: &UnusableContact) -> Result<(), StoreError> {
        self.call(Contacts::reject(&self.store, contact)).await
    }
}

#[async_trait]
impl Devices for Mortal {
    async fn of(&self, owner: &PhoneNumber) -> Result<Vec<Device>, StoreError> {
        self.call(self.store.of(owner)).await
    }

    async fn put(&self, device: &Device) -> Result<(), StoreError> {
        self.call(self.store.put(device)).await
    }

    async fn remove(&self, token: &DeviceToken) -> Result<(), StoreError> {
        self.call(self.store.remove(token)).await
    }

    fn buckets(&self) -> u8 {
        Devices::buckets(&self.store)
    }

    async fn unseen(&self, bucket: u8, since: Timestamp, limit: usize) -> Result<Vec<Device>, StoreError> {
        self.call(self.store.unseen(bucket, since, limit)).await
    }

    async fn remove_unseen(&self, device: &Device) -> Result<bool, StoreError> {
        self.call(self.store.remove_unseen(device)).await
    }
}

#[async_trait]
impl Organisations for Mortal {
    async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
        self.call(Organisations::get(&self.store, organisation)).await
    }
}

#[async_trait]
impl Budgets for Mortal {
    async fn used(&self, organisation: &str, month: Month) -> Result<u64, StoreError> {
        self.call(self.store.used(organisation, month)).await
    }

    async fn reserve(
        &self,
        campaign_id: &str,
        reservation: &Reservation,
        allowance: u64,
    ) -> Result<Reserving, StoreError> {
        self.call(self.store.reserve(campaign_id, reservation, allowance)).await
    }

    async fn reservation(&self, campaign_id: &str) -> Result<Option<Reservation>, StoreError> {
        self.call(self.store.reservation(campaign_id)).await
    }

    async fn write_charged(&self, campaign_id: &str, messages: Vec<Message>) -> Result<ChargedWrite, StoreError> {
        self.call(self.store.write_charged(campaign_id, messages)).await
    }

    async fn settle(&self, campaign_id: &str) -> Result<(), StoreError> {
        self.call(self.store.settle(campaign_id)).await
    }
}

#[async_trait]
impl Outbox for Mortal {
    fn buckets(&self) -> u8 {
        Outbox::buckets(&self.store)
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        self.call(Outbox::get(&self.store, id)).await
    }

    async fn find_by_provider_message_id(&self, id: &str) -> Result<Vec<MessageId>, StoreError> {
        self.call(self.store.find_by_provider_message_id(id)).await
    }

    /// Of a page under way when the process ends, a part is written.
    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        let ends_here = self.calls.load(Ordering::Relaxed) == self.end;
        let part = if ends_here { messages.len() / 2 } else { messages.len() };
        self.call(self.store.put_new(messages.into_iter().take(part).collect()))
            .await
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        self.call(self.store.apply(message, change)).await
    }

    async fn due(&self, bucket: u8, now: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.call(Outbox::due(&self.store, bucket, now, limit)).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.call(self.store.progress(campaign_id)).await
    }
}

/// Who takes a launch on that was killed.
#[derive(Debug, Clone, Copy)]
enum Continued {
    /// The stream, which delivers the insert again.
    ByTheStream,
    /// The sweep alone, if the launch came far enough to be found by it.
    ByTheSweep,
}

/// Kills a launch at its call number `end`, continues it, and returns whether it was killed at all.
async fn killed_and_continued(end: usize, takes_effect: bool, continued: Continued) -> bool {
    const EMPLOYEES: u32 = 450;
    let clock = clock();
    let store = store_with(row("c1"), EMPLOYEES);
    store.put_unusable_contact("202-555-0101");
    let mortal = Mortal::new(&store, end, takes_effect);
    let was_killed = launch_over(mortal, clock.clone()).launch("c1", never()).await.is_err();
    clock.advance(CONTINUED_AFTER);
    let alive = launch(&store, &clock);
    let is_found = due(&store, clock.now()).await == ["c1"];
    match continued {
        Continued::ByTheSweep if is_found => {
            let sweep = CampaignSweep { launch: alive };
            let report = sweep.run(never()).await.unwrap();
            assert_eq!(report.failed, 0, "killed at {end}");
        }
        Continued::ByTheSweep | Continued::ByTheStream => {
            let launching = alive.launch("c1", never()).await.unwrap();
            assert!(
                matches!(launching, Launching::FannedOut | Launching::NothingToDo),
                "killed at {end}: {launching:?}"
            );
        }
    }
    assert_eq!(
        recipients(&store),
        everybody_once(EMPLOYEES),
        "killed at {end}, {continued:?}"
    );
    let written = store.campaign("c1").unwrap();
    assert_eq!(
        written.status,
        Some(CampaignStatus::Sending),
        "killed at {end}, {continued:?}"
    );
    assert_eq!(written.progress.unwrap().recipients, u64::from(EMPLOYEES));
    assert!(store.contact_error("202-555-0101").is_some());
    let due = due(&store, never()).await;
    assert_eq!(
        due,
        ["c1"],
        "killed at {end}, {continued:?}: nobody would ever count it"
    );
    was_killed
}

#[tokio::test]
async fn a_killed_fan_out_reaches_everybody_once() {
    for takes_effect in [false, true] {
        for continued in [Continued::ByTheStream, Continued::ByTheSweep] {
            let mut end = 0;
            while killed_and_continued(end, takes_effect, continued).await {
                end += 1;
            }
            assert!(end > 30, "only {end} calls to be killed at");
        }
    }
}

#[tokio::test]
async fn a_fan_out_killed_twice_reaches_everybody_once() {
    for first in (6..34).step_by(3) {
        for second in (0..30).step_by(7) {
            let store = store_with(row("c1"), 450);
            for end in [first, second] {
                let mortal = Mortal::new(&store, end, true);
                // The second may get through before it is killed.
                let _ = launch_over(mortal, clock()).launch("c1", never()).await;
            }
            launch(&store, &clock()).launch("c1", never()).await.unwrap();
            assert_eq!(
                recipients(&store),
                everybody_once(450),
                "killed at {first} and {second}"
            );
        }
    }
}
