//! The texts that the registrants of a workshop get, one after another.

use std::collections::BTreeSet;

use jiff::civil::Time;
use thiserror::Error;

use crate::civil;

/// As many steps as fit on the row of a workshop with room to spare.
const MOST_STEPS: usize = 50;

/// The most days between a step and the workshop, before or after.
const FURTHEST_DAY: i32 = 366;

/// The attributes of a sequence's row, as found. Only `id` is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SequenceRow {
    pub id: String,
    pub steps: Vec<StepRow>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
    /// What the row says already of what is wrong with it.
    pub noted: Option<String>,
}

/// One step, as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepRow {
    pub id: Option<String>,
    pub template: Option<String>,
    pub at: Option<String>,
    pub day: Option<String>,
    pub label: Option<String>,
}

/// Why a row is no sequence. The text is written on the row for its author; steps are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SequenceError {
    /// Names the attribute and what it must be, as in "steps must be a list of maps".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has no steps")]
    NoSteps,
    #[error("the row has {0} steps; at most {MOST_STEPS} are allowed")]
    TooManySteps(usize),
    #[error("step {0} has no id, by which it is known when the sequence is edited")]
    NoId(usize),
    #[error("step {0} has an id with # in it")]
    Id(usize),
    #[error("step {0} has the id of another step")]
    SameId(usize),
    #[error("step {0} names no template")]
    NoTemplate(usize),
    #[error("step {0}: at must be a time of day, such as 09:30, not \"{1}\"")]
    At(usize, String),
    #[error(
        "step {0}: day must be a number of days after the workshop, -1 for the day before, at most {FURTHEST_DAY}, not \"{1}\""
    )]
    Day(usize, String),
}

/// One text of a sequence, and when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Stays when the sequence is edited, so that nobody gets the step twice.
    pub id: String,
    /// The id of its template.
    pub template: String,
    /// On the clock where the workshop is.
    pub at: Time,
    /// Days after the workshop's date; before it where negative.
    pub day: i32,
    /// What a person calls it.
    pub label: String,
}

/// The steps of a sequence, in the order in which a person put them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    pub id: String,
    pub steps: Vec<Step>,
}

impl TryFrom<&SequenceRow> for Sequence {
    type Error = SequenceError;

    fn try_from(row: &SequenceRow) -> Result<Self, SequenceError> {
        if let Some(complaint) = &row.malformed {
            return Err(SequenceError::Malformed(complaint.clone()));
        }
        match row.steps.len() {
            0 => return Err(SequenceError::NoSteps),
            1..=MOST_STEPS => {}
            steps => return Err(SequenceError::TooManySteps(steps)),
        }
        let mut ids = BTreeSet::new();
        let mut steps = Vec::with_capacity(row.steps.len());
        for (place, typed) in row.steps.iter().enumerate() {
            let number = place + 1;
            let step = step(number, typed)?;
            if !ids.insert(step.id.clone()) {
                return Err(SequenceError::SameId(number));
            }
            steps.push(step);
        }
        Ok(Self {
            id: row.id.clone(),
            steps,
        })
    }
}

fn step(number: usize, row: &StepRow) -> Result<Step, SequenceError> {
    let id = filled(row.id.as_deref()).ok_or(SequenceError::NoId(number))?;
    if id.contains('#') {
        return Err(SequenceError::Id(number));
    }
    let at = filled(row.at.as_deref()).unwrap_or_default();
    let day = filled(row.day.as_deref());
    let day = match day.as_deref().map(str::parse::<i32>) {
        None => 0,
        Some(Ok(day)) if day.abs() <= FURTHEST_DAY => day,
        Some(_) => return Err(SequenceError::Day(number, day.unwrap_or_default())),
    };
    Ok(Step {
        template: filled(row.template.as_deref()).ok_or(SequenceError::NoTemplate(number))?,
        at: civil::parse_clock(&at).map_err(|_| SequenceError::At(number, at))?,
        day,
        label: filled(row.label.as_deref()).unwrap_or_else(|| id.clone()),
        id,
    })
}

fn filled(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;

    use super::*;

    fn typed(id: &str, template: &str, at: &str) -> StepRow {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        StepRow {
            id: text(id),
            template: text(template),
            at: text(at),
            ..StepRow::default()
        }
    }

    fn sequence(steps: Vec<StepRow>) -> Result<Sequence, SequenceError> {
        Sequence::try_from(&SequenceRow {
            id: "pottery".into(),
            steps,
            ..SequenceRow::default()
        })
    }

    #[test]
    fn a_step_needs_only_template_and_time() {
        let labelled = StepRow {
            day: Some("-1".into()),
            label: Some(" The day before ".into()),
            ..typed("eve", "reminder", "18:30:15")
        };
        let sequence = sequence(vec![labelled, typed("welcome", "welcome", "9:05 am")]).unwrap();
        let eve = Step {
            id: "eve".into(),
            template: "reminder".into(),
            at: time(18, 30, 15, 0),
            day: -1,
            label: "The day before".into(),
        };
        let welcome = Step {
            id: "welcome".into(),
            template: "welcome".into(),
            at: time(9, 5, 0, 0),
            day: 0,
            label: "welcome".into(),
        };
        assert_eq!(sequence.steps, [eve, welcome]);
    }

    #[test]
    fn an_invalid_sequence_says_what_to_change() {
        let good = || typed("a", "t", "09:00");
        let on = |day: &str| StepRow {
            day: Some(day.into()),
            ..good()
        };
        let cases = [
            (vec![], "the row has no steps"),
            (vec![good(); 51], "the row has 51 steps; at most 50 are allowed"),
            (
                vec![good(), typed("", "t", "09:00")],
                "step 2 has no id, by which it is known when the sequence is edited",
            ),
            (vec![typed("a#b", "t", "09:00")], "step 1 has an id with # in it"),
            (vec![good(), good()], "step 2 has the id of another step"),
            (vec![typed("a", "", "09:00")], "step 1 names no template"),
            (
                vec![typed("a", "t", "")],
                "step 1: at must be a time of day, such as 09:30, not \"\"",
            ),
            (
                vec![typed("a", "t", "25:00")],
                "step 1: at must be a time of day, such as 09:30, not \"25:00\"",
            ),
            (
                vec![typed("a", "t", "nine")],
                "step 1: at must be a time of day, such as 09:30, not \"nine\"",
            ),
            (
                vec![on("tomorrow")],
                "step 1: day must be a number of days after the workshop, -1 for the day before, at most 366, not \"tomorrow\"",
            ),
            (
                vec![on("367")],
                "step 1: day must be a number of days after the workshop, -1 for the day before, at most 366, not \"367\"",
            ),
        ];
        for (steps, expected) in cases {
            assert_eq!(sequence(steps).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn reading_is_total(
            steps in proptest::collection::vec(
                (".{0,4}", ".{0,4}", "[0-9:]{0,8}|.{0,6}", "-?[0-9]{0,12}|.{0,4}"),
                0..4,
            ),
        ) {
            let rows = steps.into_iter().map(|(id, template, at, day)| StepRow {
                day: Some(day),
                ..typed(&id, &template, &at)
            });
            if let Ok(sequence) = sequence(rows.collect()) {
                prop_assert!(sequence.steps.iter().all(|step| step.day.abs() <= FURTHEST_DAY && !step.id.is_empty()));
            }
        }
    }
}
