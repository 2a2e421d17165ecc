//! What the organisations have chosen.

use domain::message::Kind;
use domain::organisation::Organisation;
use domain::routing::Routes;

use super::Bench;
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
    };
    for settings in [full, texting_off(), Organisation::default()] {
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
