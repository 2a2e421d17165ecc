//! The settings of organisations.

use domain::budget::Budget;
use domain::language::Language;
use domain::message::Kind;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::routing::Routes;
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Bench, person};

pub(super) async fn only_the_stacks_own_organisation_needs_no_row(bench: &dyn Bench) {
    bench.put_organisation("org-1", texting_off()).await;
    let own = bench.organisations().get(DEFAULT_ORGANISATION).await.unwrap();
    assert_eq!(own, Some(Organisation::default()));
    let endless = "x".repeat(3000);
    for none in ["org", "ORG-1", "", "org-1#settings", "\u{1f4a5}", &endless] {
        assert_eq!(bench.organisations().get(none).await.unwrap(), None, "{none}");
    }
}

pub(super) async fn an_organisation_without_a_clock_goes_by_the_stacks_own(bench: &dyn Bench) {
    let zone = |name: &str| TimeZone::get(name).ok();
    let in_zone = |zone: Option<TimeZone>| Organisation { zone, ..texting_off() };
    bench.put_organisation("org-1", in_zone(None)).await;
    bench.put_organisation("org-2", in_zone(zone("Asia/Ulaanbaatar"))).await;
    let clock = async |name: &str| {
        let settings = bench.organisations().on_a_clock(name).await.unwrap()?;
        Some((settings.zone, settings.texting_off))
    };
    assert_eq!(clock("org-1").await, Some((None, true)));
    bench
        .put_organisation(
            DEFAULT_ORGANISATION,
            Organisation {
                zone: zone("Europe/Berlin"),
                ..Organisation::default()
            },
        )
        .await;
    assert_eq!(clock("org-1").await, Some((zone("Europe/Berlin"), true)));
    assert_eq!(clock("org-2").await, Some((zone("Asia/Ulaanbaatar"), true)));
    assert_eq!(clock(DEFAULT_ORGANISATION).await, Some((zone("Europe/Berlin"), false)));
    assert_eq!(clock("org-3").await, None);
    assert_eq!(bench.organisations().get("org-1").await.unwrap(), Some(in_zone(None)));
}

fn texting_off() -> Organisation {
    Organisation {
        texting_off: true,
        ..Organisation::default()
    }
}

pub(super) async fn settings_read_back(bench: &dyn Bench) {
    let full = Organisation {
        texting_off: false,
        kinds_off: [Kind::Announcement, Kind::CallBack].into(),
        sender: Some("Shiftline".to_owned()),
        routes: Some(Routes::to_all(["twilio", "end-user-messaging"])),
        ..Organisation::default()
    };
    let spoken = Organisation {
        name: Some("Salon Alder".to_owned()),
        zone: TimeZone::get("Asia/Ulaanbaatar").ok(),
        country: Some("MN".to_owned()),
        language: Some(Language::Mongolian),
        quiet_hours: None,
        morning: Time::constant(8, 30, 0, 0),
        confirm_days_before: 3,
        review_after: SignedDuration::from_mins(90),
        review_link: Some("https://example.com/review".to_owned()),
        reminder_before: SignedDuration::from_hours(24),
        staff: vec![person(1), person(2)],
        budget: Budget::new(40_000, Some(500)).ok(),
        alerts_to: Some(person(3)),
        body_days: 0,
        ledger_days: 730,
        ..Organisation::default()
    };
    for settings in [spoken, full, texting_off(), Organisation::default()] {
        bench.put_organisation("org-1", settings.clone()).await;
        assert_eq!(bench.organisations().get("org-1").await.unwrap(), Some(settings));
    }
}

pub(super) async fn settings_that_cannot_be_read_are_marked(bench: &dyn Bench) {
    bench.put_unusable_organisation("org-1").await;
    assert_eq!(bench.organisation_error("org-1").await, None);
    for _ in 0..2 {
        let on_hold = Organisation {
            on_hold: true,
            ..Organisation::default()
        };
        assert_eq!(bench.organisations().get("org-1").await.unwrap(), Some(on_hold));
        assert!(
            bench
                .organisation_error("org-1")
                .await
                .is_some_and(|noted| !noted.is_empty())
        );
    }
    bench.put_organisation("org-1", texting_off()).await;
    assert_eq!(bench.organisations().get("org-1").await.unwrap(), Some(texting_off()));
}
