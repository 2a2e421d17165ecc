//! A workshop, its registrants, and the times of its sequence's steps.

mod registrant;

pub use registrant::{FIRST_REVISION, Registrant, RegistrantRow, Unreachable};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use strum::{EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use crate::civil::{self, CivilError};
use crate::organisation::Organisation;
use crate::sequence::Step;
use crate::template::Values;

/// The attributes of a workshop's row, as found. Only `id` is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkshopRow {
    pub id: String,
    pub title: Option<String>,
    /// What kind of workshop it is, which says what its registrants are sent.
    pub tag: Option<String>,
    pub date: Option<String>,
    pub place: Option<String>,
    pub zone: Option<String>,
    /// Of its registrants' numbers without country code; otherwise it is the organisation's.
    pub country: Option<String>,
    pub organisation: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
}

/// Why nothing can be sent for a workshop. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WorkshopError {
    /// Names the attribute and what it must be, as in "title must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the id of the workshop has # in it")]
    Id,
    #[error("the row has no tag, which says what is sent")]
    NoTag,
    #[error("the row has no date")]
    NoDate,
    #[error("date {0}")]
    Date(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error("the row has no zone, and its organisation has none either; set zone to one such as Asia/Kolkata")]
    NoZone,
}

/// What somebody wants done for a workshop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SequenceCommand {
    /// Give every registrant the steps that are still to come.
    Run,
    /// Give every registrant this step now.
    SendNow { step: String },
    /// Call off what has not been sent.
    Cancel,
}

const RUN: &str = "run";
const SEND_NOW: &str = "send-now ";
const CANCEL: &str = "cancel";

impl SequenceCommand {
    /// The command in words that [`SequenceCommand::from_text`] understands.
    pub fn to_text(&self) -> String {
        match self {
            Self::Run => RUN.to_owned(),
            Self::SendNow { step } => format!("{SEND_NOW}{step}"),
            Self::Cancel => CANCEL.to_owned(),
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        match (text, text.strip_prefix(SEND_NOW)) {
            (RUN, _) => Some(Self::Run),
            (CANCEL, _) => Some(Self::Cancel),
            (_, Some(step)) => Some(Self::SendNow { step: step.to_owned() }),
            _ => None,
        }
    }
}

/// Where the texts of a workshop stand, as written on its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum WorkshopStatus {
    /// Texts are being made, or cancelled.
    Running,
    /// Everybody who was registered then has the steps that were still to come.
    Scheduled,
    Cancelled,
    /// What was ordered cannot be done; `error` says why.
    Rejected,
}

impl WorkshopStatus {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

/// A step as it was when the sequence was run: what its messages are counted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub step: String,
    pub label: String,
    pub due_at: Timestamp,
    /// Its time had passed when the sequence was run, so nobody was given it.
    pub skipped: bool,
}

/// A workshop that texts can be sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workshop {
    pub id: String,
    pub title: Option<String>,
    pub tag: String,
    pub date: Date,
    pub place: Option<String>,
    pub zone: TimeZone,
    pub organisation: Option<String>,
}

impl Workshop {
    /// Reads a row whose clock is, where it does not say, that of its organisation.
    ///
    /// # Errors
    ///
    /// What to change on the row.
    pub fn read(row: &WorkshopRow, organisation: &Organisation) -> Result<Self, WorkshopError> {
        if let Some(complaint) = &row.malformed {
            return Err(WorkshopError::Malformed(complaint.clone()));
        }
        if row.id.contains('#') {
            return Err(WorkshopError::Id);
        }
        let date = filled(row.date.as_deref()).ok_or(WorkshopError::NoDate)?;
        let zone = match filled(row.zone.as_deref()) {
            Some(zone) => civil::parse_zone(&zone).map_err(WorkshopError::Zone)?,
            None => organisation.zone.clone().ok_or(WorkshopError::NoZone)?,
        };
        Ok(Self {
            id: row.id.clone(),
            title: filled(row.title.as_deref()),
            tag: filled(row.tag.as_deref()).ok_or(WorkshopError::NoTag)?,
            date: civil::parse_date(&date).map_err(WorkshopError::Date)?,
            place: filled(row.place.as_deref()),
            zone,
            organisation: filled(row.organisation.as_deref()),
        })
    }

    /// When a step is, by the clock on the wall of the workshop.
    pub fn moment(&self, step: &Step) -> Timestamp {
        let date = self.date.saturating_add(jiff::Span::new().days(step.day));
        civil::instant(date, step.at, &self.zone)
    }

    /// What templates can say of the workshop, to somebody of that name.
    pub fn values<'a>(&'a self, registrant_name: Option<&'a str>) -> Values<'a> {
        Values {
            registrant_name,
            workshop_title: self.title.as_deref(),
            workshop_date: Some(self.date),
            workshop_place: self.place.as_deref(),
        }
    }
}

/// What the messages of one step are counted under.
pub fn campaign_id(workshop: &str, step: &str) -> String {
    format!("workshop#{workshop}#{step}")
}

fn filled(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn row() -> WorkshopRow {
        WorkshopRow {
            id: "w1".into(),
            title: Some(" Pottery ".into()),
            tag: Some("pottery".into()),
            date: Some("2027-03-28".into()),
            zone: Some("Europe/Berlin".into()),
            ..WorkshopRow::default()
        }
    }

    fn read(row: &WorkshopRow) -> Result<Workshop, WorkshopError> {
        Workshop::read(row, &Organisation::default())
    }

    fn step(day: i32, hour: i8, minute: i8) -> Step {
        Step {
            id: "a".into(),
            template: "t".into(),
            at: time(hour, minute, 0, 0),
            day,
            label: "a".into(),
        }
    }

    #[test]
    fn steps_keep_local_time() {
        // The clocks of Berlin go from 2 to 3 on that day, those of Kolkata never.
        let cases = [
            ("Europe/Berlin", step(-1, 9, 0), "2027-03-27T08:00:00Z"),
            ("Europe/Berlin", step(0, 9, 0), "2027-03-28T07:00:00Z"),
            // A time that is jumped over is as long after midnight as ever.
            ("Europe/Berlin", step(0, 2, 30), "2027-03-28T01:30:00Z"),
            ("Europe/Berlin", step(217, 2, 30), "2027-10-31T00:30:00Z"),
            ("Asia/Kolkata", step(0, 9, 0), "2027-03-28T03:30:00Z"),
            ("Asia/Ulaanbaatar", step(1, 0, 0), "2027-03-28T16:00:00Z"),
            ("America/New_York", step(-14, 2, 30), "2027-03-14T07:30:00Z"),
        ];
        for (zone, step, expected) in cases {
            let workshop = read(&WorkshopRow {
                zone: Some(zone.into()),
                ..row()
            });
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(workshop.unwrap().moment(&step), expected, "{zone} {step:?}");
        }
    }

    #[test]
    fn a_workshop_defaults_to_its_organisations_clock() {
        let zone = |name: &str| jiff::tz::TimeZone::get(name).unwrap();
        let organisation = Organisation {
            zone: Some(zone("Asia/Kolkata")),
            ..Organisation::default()
        };
        assert_eq!(
            Workshop::read(&row(), &organisation).unwrap().zone,
            zone("Europe/Berlin")
        );
        let nowhere = WorkshopRow { zone: None, ..row() };
        assert_eq!(
            Workshop::read(&nowhere, &organisation).unwrap().zone,
            zone("Asia/Kolkata")
        );
        assert_eq!(read(&nowhere), Err(WorkshopError::NoZone));
    }

    #[test]
    fn an_invalid_workshop_says_what_to_change() {
        let cases = [
            (
                WorkshopRow { tag: None, ..row() },
                "the row has no tag, which says what is sent",
            ),
            (
                WorkshopRow {
                    date: Some(" ".into()),
                    ..row()
                },
                "the row has no date",
            ),
            (
                WorkshopRow {
                    date: Some("28.3.27".into()),
                    ..row()
                },
                "date must be a date, such as 2027-03-28, not \"28.3.27\"",
            ),
            (
                WorkshopRow {
                    id: "a#b".into(),
                    ..row()
                },
                "the id of the workshop has # in it",
            ),
            (
                WorkshopRow {
                    malformed: Some("title must be text".into()),
                    ..row()
                },
                "title must be text",
            ),
        ];
        for (row, expected) in cases {
            assert_eq!(read(&row).unwrap_err().to_string(), expected);
        }
        let zone = WorkshopRow {
            zone: Some("Berlin".into()),
            ..row()
        };
        assert!(matches!(read(&zone), Err(WorkshopError::Zone(_))));
    }

    #[test]
    fn words_stand_for_one_thing_only() {
        // Neither id has the sign that stands between them.
        assert_eq!(campaign_id("w1", "eve"), "workshop#w1#eve");
        let send = |step: &str| SequenceCommand::SendNow { step: step.into() };
        for command in [
            SequenceCommand::Run,
            SequenceCommand::Cancel,
            send("eve"),
            send(""),
            send("run"),
        ] {
            assert_eq!(SequenceCommand::from_text(&command.to_text()), Some(command));
        }
        for &status in WorkshopStatus::ALL {
            assert_eq!(WorkshopStatus::from_text(status.as_str()), Some(status));
        }
    }
}
