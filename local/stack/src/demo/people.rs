//! People as they are: a phone that reacts, a question, a refusal, a slip of the thumb, a request to be left alone, customers
//! who answer in their own words, a stranger, and a machine.

use std::io::Write;

use super::cast::Cast;
use super::row::DemoRow;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const CLINIC: (&str, &str) = ("organisation#clinic", "settings");
const VERAS: (&str, &str) = ("appointment#people-1", "appointment");
const MIAS: (&str, &str) = ("appointment#people-2", "appointment");
const LEOS: (&str, &str) = ("appointment#people-3", "appointment");

/// Numbers beyond the employees': customers, and a stranger.
const VERA: usize = 21;
const PARENT: usize = 22;
const STRANGER: usize = 31;

/// What a machine answers to whatever it gets.
const MACHINE: [&str; 5] = [
    "I am driving and will read this in the evening",
    "Our office is closed until Monday",
    "A colleague reads this inbox once a day",
    "We are at the fair this week",
    "This phone is being repaired",
];

/// A clinic, which has no appointments yet.
pub(super) fn rows() -> Vec<DemoRow> {
    vec![DemoRow::new(
        CLINIC,
        &[("name", "Tooth & Co"), ("zone", "Europe/Berlin")],
    )]
}

fn appointment(key: (&str, &str), customer: &str, name: &str, starts_at: &str) -> DemoRow {
    let attributes = [
        ("organisation", "clinic"),
        ("customer", customer),
        ("name", name),
        ("starts_at", starts_at),
    ];
    DemoRow::new(key, &attributes)
}

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let mut script = Script::new(stack, output);
    script.becomes(stack.clock(), "2027-03-26T10:00[Europe/Berlin]")?;
    employees(&mut script, cast, stack).await?;
    customers(&mut script, cast, stack).await?;
    let [stranger, machine] = [STRANGER, 5].map(|number| cast.employee(number));

    script.begin("a stranger asks for help")?;
    script
        .exchange(&stranger, "HELP", &["Text STOP to unsubscribe"])
        .await?;

    script.begin("a machine is answered five times, and then no more")?;
    for text in MACHINE {
        script
            .exchange(&machine, text, &["Sorry, we did not understand"])
            .await?;
    }
    script.no_answer(stack, &machine, "Back on Thursday").await?;

    script.begin("until it says something useful")?;
    script.exchange(&machine, "REQUEST", &["XYZ222"]).await?;
    script.nothing_more(stack).await
}

async fn employees(script: &mut Script<'_>, cast: Cast, stack: &Stack) -> Result<(), StoryError> {
    let [ana, ben, chidi] = [1, 2, 3].map(|number| cast.employee(number));

    script.begin("a phone reacts to the list of shifts, which books none")?;
    script.exchange(&ana, "REQUEST", &["XYZ123"]).await?;
    let reaction = "Liked “Available shifts: XYZ123 (Mon 30 Nov, 8 am to 4 pm, front desk) …”";
    script.no_answer(stack, &ana, reaction).await?;

    script.begin("a question books nothing, and YES does")?;
    let question = ["XYZ123", "is free. Do you want it? Text YES to book it."];
    script.exchange(&ana, "Is XYZ123 still available?", &question).await?;
    script.exchange(&ana, "YES", &["Shift booked: XYZ123"]).await?;

    script.begin("a refusal books nothing")?;
    let refused = ["you are not booked for XYZ222"];
    script.exchange(&ben, "Sorry, I can't do XYZ222", &refused).await?;

    script.begin("an O for a 0")?;
    let meant = ["There is no shift KIT3O1. Did you mean KIT301"];
    script.exchange(&ben, "KIT3O1", &meant).await?;
    script.exchange(&ben, "yes please", &["Shift booked: KIT301"]).await?;

    script.begin("an opt-out in ordinary words")?;
    script
        .exchange(&chidi, "please stop the texts", &["You are unsubscribed"])
        .await
}

async fn customers(script: &mut Script<'_>, cast: Cast, stack: &Stack) -> Result<(), StoryError> {
    let [vera, parent] = [VERA, PARENT].map(|number| cast.employee(number));
    let clock = stack.clock();

    script.begin("a clinic makes appointments: one for Vera, two for somebody's children")?;
    script.has(&rows())?;
    for (key, customer, name, starts_at) in [
        (VERAS, &vera, "Vera", "2027-03-27T14:00"),
        (MIAS, &parent, "Mia", "2027-03-27T16:00"),
        (LEOS, &parent, "Leo", "2027-03-27T16:30"),
    ] {
        script.type_record(&appointment(key, customer, name, starts_at)).await?;
        script.get(&[(customer, &["Tooth & Co"])]).await?;
    }

    script.begin("the day before, Vera is asked, and answers with a letter")?;
    script.becomes(clock, "2027-03-26T14:01[Europe/Berlin]")?;
    let please = "Please confirm your appointment at Tooth & Co";
    script.get(&[(&vera, &[please])]).await?;
    script.exchange(&vera, "Y", &["your appointment is confirmed"]).await?;
    script.says(VERAS, "confirmation", "confirmed").await?;

    script.begin("the children's parent is asked twice, and YES is not enough")?;
    for time in ["2027-03-26T16:01[Europe/Berlin]", "2027-03-26T16:31[Europe/Berlin]"] {
        script.becomes(clock, time)?;
        script.get(&[(&parent, &[please])]).await?;
    }
    script
        .exchange(&parent, "Yes", &["Which one?", "YES 1", "YES 2"])
        .await?;
    for (answer, key) in [("YES 1", MIAS), ("YES 2", LEOS)] {
        script
            .exchange(&parent, answer, &["your appointment is confirmed"])
            .await?;
        script.says(key, "confirmation", "confirmed").await?;
    }
    Ok(())
}
