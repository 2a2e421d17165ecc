//! Campaign rows as people type them.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::phone_number::PhoneNumber;

fn row() -> CampaignRow {
    CampaignRow {
        campaign_id: "c1".into(),
        shifts: Some("15/08 5h nightshift XYZ1234".into()),
        ..CampaignRow::default()
    }
}

fn read(row: &CampaignRow) -> Result<Campaign, CampaignError> {
    Campaign::read(row, None)
}

#[test]
fn the_announcement_keeps_the_words_of_the_original() {
    let campaign = read(&row()).unwrap();
    assert_eq!(
        campaign.announcement(Language::English, true),
        "Available shifts: 15/08 5h nightshift XYZ1234. To secure a shift reply by typing the codes separated by comma \
         e.g. XYZ123, XYZ222. Text REQUEST to receive all available shifts or STOP to stop receiving such \
         notifications. If you want to speak to an agent text AGENT and what you need help with."
    );
    assert!(!campaign.announcement(Language::English, false).contains("AGENT"));
}

#[test]
fn a_message_precedes_shifts_or_explains_stop() {
    let both = read(&CampaignRow {
        message: Some("Snow today!".into()),
        ..row()
    })
    .unwrap();
    assert!(
        both.announcement(Language::English, false)
            .starts_with("Snow today!\nAvailable shifts: 15/08")
    );
    let alone = read(&CampaignRow {
        shifts: None,
        message: Some("Snow today!".into()),
        ..row()
    })
    .unwrap();
    let text = alone.announcement(Language::English, false);
    assert!(text.starts_with("Snow today!") && text.contains("STOP"), "{text}");
}

#[test]
fn an_unusable_row_says_what_to_change() {
    let cases = [
        (
            CampaignRow {
                shifts: Some("  ".into()),
                ..row()
            },
            "nothing to announce",
        ),
        (
            CampaignRow {
                scheduled_for: Some("soon".into()),
                ..row()
            },
            "scheduled_for must be a date and a time",
        ),
        (
            CampaignRow {
                malformed: Some("shifts must be text".into()),
                ..row()
            },
            "shifts must be text",
        ),
        (
            CampaignRow {
                scheduled_for: Some("2026-11-20T18:00:00".into()),
                ..row()
            },
            "scheduled_for has no zone",
        ),
        (
            CampaignRow {
                shifts: Some("x".repeat(2000)),
                ..row()
            },
            "at most 1600",
        ),
        (
            CampaignRow {
                campaign_id: "x".repeat(201),
                ..row()
            },
            "at most 200",
        ),
    ];
    for (row, expected) in cases {
        let text = read(&row).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn an_audience_is_groups_or_everybody() {
    let groups = |audience: &[&str]| {
        let audience = audience.iter().map(ToString::to_string).collect();
        read(&CampaignRow { audience, ..row() }).unwrap().groups
    };
    assert!(groups(&[]).is_empty());
    assert!(groups(&["All"]).is_empty());
    assert!(groups(&["night, *"]).is_empty());
    assert_eq!(
        groups(&["night, kitchen", "day"]).into_iter().collect::<Vec<_>>(),
        ["day", "kitchen", "night"]
    );
}

#[test]
fn a_shortage_is_told_in_numbers() {
    for (needed, left, reserve, expected) in [
        (
            50_000,
            40_000,
            0,
            "needs 50,000 segments; 40,000 of 40,000 are left in 2026-11; insert the row again with \
             as_far_as_budget = yes to text as many as that is enough for",
        ),
        (
            1_234_567,
            999,
            2_000,
            "needs 1,234,567 segments; 999 of 40,000 are left in 2026-11, and 2,000 more are held in reserve; insert \
             the row again with as_far_as_budget = yes to text as many as that is enough for",
        ),
        (1, 0, 0, "needs 1 segments; 0 of 40,000 are left in 2026-11"),
    ] {
        let shortage = Shortage {
            needed,
            left,
            budget: Budget::new(40_000, Some(reserve)).unwrap(),
            month: Month::from_text("2026-11").unwrap(),
        };
        assert_eq!(CampaignError::OverBudget(shortage).to_string(), expected);
    }
}

#[test]
fn k26_a_campaign_is_scheduled_by_its_clock() {
    let berlin = civil::parse_zone("Europe/Berlin").unwrap();
    for (scheduled_for, zone, expected) in [
        ("2027-03-28T09:00[Europe/London]", None, "2027-03-28T08:00:00Z"),
        ("2027-03-28 9 am", None, "2027-03-28T07:00:00Z"),
        ("28.03.2027 09:00", Some("utc+8"), "2027-03-28T01:00:00Z"),
        ("2027-03-28T09:00:00+05:30", None, "2027-03-28T03:30:00Z"),
    ] {
        let row = CampaignRow {
            scheduled_for: Some(scheduled_for.into()),
            zone: zone.map(Into::into),
            ..row()
        };
        let campaign = Campaign::read(&row, Some(&berlin)).unwrap();
        assert_eq!(
            campaign.scheduled_for,
            Some(expected.parse().unwrap()),
            "{scheduled_for}"
        );
    }
    let nowhere = CampaignRow {
        zone: Some("Europe/Berln".into()),
        ..row()
    };
    let error = read(&nowhere).unwrap_err().to_string();
    assert!(
        error.starts_with("zone names a time zone that does not exist"),
        "{error}"
    );
}

#[test]
fn k22_a_campaign_reaches_its_own_organisations_contacts() {
    let contact = |organisations: &[&str]| Contact {
        organisations: organisations.iter().map(ToString::to_string).collect(),
        groups: ["night".to_owned()].into(),
        ..Contact::new(PhoneNumber::parse("+12025550101").unwrap())
    };
    let of = [
        contact(&[]),
        contact(&["default"]),
        contact(&["north"]),
        contact(&["north", "south"]),
        contact(&["default", "south"]),
    ];
    for (organisation, audience, expected) in [
        (None, "", [true, true, false, false, true]),
        (Some("default"), "", [true, true, false, false, true]),
        (Some(" "), "all", [true, true, false, false, true]),
        (Some("north"), "", [false, false, true, true, false]),
        (Some(" south"), "night", [false, false, false, true, true]),
        (Some("south"), "*", [false, false, false, true, true]),
        (Some("default"), "*", [true, true, false, false, true]),
        (None, "*", [true; 5]),
        (None, "night", [true, true, false, false, true]),
        (None, "day", [false; 5]),
        (Some("west"), "*", [false; 5]),
    ] {
        let row = CampaignRow {
            organisation: organisation.map(Into::into),
            audience: vec![audience.into()],
            ..row()
        };
        let campaign = read(&row).unwrap();
        let reached = of.each_ref().map(|contact| campaign.reaches(contact));
        assert_eq!(reached, expected, "{organisation:?} {audience}");
    }
}

proptest! {
    #[test]
    fn k22_no_contact_of_another_organisation_is_ever_reached(
        campaign in "north|south|default| north ", audience in vec("night|day|all|\\*|,", 0..4),
        contact in btree_set("north|south|east", 0..3), groups in btree_set("night|day", 0..2),
    ) {
        let row = CampaignRow { organisation: Some(campaign.clone()), audience, ..row() };
        let contact = Contact {
            organisations: contact,
            groups,
            ..Contact::new(PhoneNumber::parse("+12025550101").unwrap())
        };
        let own = contact.organisations.contains(campaign.trim())
            || contact.organisations.is_empty() && campaign == "default";
        prop_assert!(own || !read(&row).unwrap().reaches(&contact));
    }
}
