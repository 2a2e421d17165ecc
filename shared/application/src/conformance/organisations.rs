//! What the organisations have chosen.

use domain::budget::Budget;
use domain::language::Language;
use domain::message::Kind;
use domain::organisation::Organisation;
use domain::routing::Routes;
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Bench, person};
use crate::port::StoreError;

pub(super) async fn without_a_row_everything_is_on(bench: &dyn Bench) {
    bench.put_organisation("org-1", texting_off()).await;
    assert_eq!(bench.organisations().get("org").await.unwrap(), Organisation::default());
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
        assert_eq!(bench.organisations().get("org-1").await.unwrap(), settings);
    }
}

pub(super) async fn settings_that_can_not_be_used_are_marked(bench: &dyn Bench) {
    bench.put_unusable_organisation("org-1").await;
    assert_eq!(bench.organisation_error("org-1").await, None);
    for _ in 0..2 {
        let said = match bench.organisations().get("org-1").await {
            Err(StoreError::Invalid(said)) => said,
            other => panic!("{other:?}"),
        };
        let noted = bench.organisation_error("org-1").await.unwrap();
        assert!(!noted.is_empty() && said.ends_with(&noted), "{said:?} and {noted:?}");
        assert!(said.contains("org-1"), "{said}");
    }
    assert_eq!(
        bench.organisations().get("org-2").await.unwrap(),
        Organisation::default()
    );
    bench.put_organisation("org-1", texting_off()).await;
    assert_eq!(bench.organisations().get("org-1").await.unwrap(), texting_off());
}
