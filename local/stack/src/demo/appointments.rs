//! A desk makes appointments: the customer is notified of each change, asked the day before, and asked for a review.

use std::io::Write;

use super::cast::Cast;
use super::row::DemoRow;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const SALON: (&str, &str) = ("organisation#salon", "settings");
const ANAS: (&str, &str) = ("appointment#demo-1", "appointment");
const BENS: (&str, &str) = ("appointment#demo-2", "appointment");

/// The employee who is at the desk.
const DESK: usize = 12;

const REVIEWS: &str = "https://example.com/nord";

/// The salon, which has no appointments yet.
pub(super) fn rows(cast: Cast) -> Vec<DemoRow> {
    let desk = cast.employee(DESK);
    let salon = [
        ("name", "Salon Nord"),
        ("zone", "Europe/Berlin"),
        ("staff", &desk),
        ("review_link", REVIEWS),
    ];
    vec![DemoRow::new(SALON, &salon)]
}

fn appointment(key: (&str, &str), customer: &str, name: &str, starts_at: &str) -> DemoRow {
    let attributes = [
        ("organisation", "salon"),
        ("customer", customer),
        ("name", name),
        ("starts_at", starts_at),
        ("tell_staff", "yes"),
    ];
    DemoRow::new(key, &attributes)
}

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, desk] = [1, 2, DESK].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("a salon")?;
    script.becomes(clock, "2027-03-26T10:00[Europe/Berlin]")?;
    script.has(&rows(cast))?;

    script.begin("appointments are typed, by the clock of the salon")?;
    script
        .type_record(&appointment(ANAS, &ana, "Ana", "2027-03-28T14:00"))
        .await?;
    let (new, moved, called_off) = ("New appointment", "Appointment moved", "Appointment cancelled");
    script.get(&[(&ana, &["Salon Nord"]), (&desk, &[new, "Ana"])]).await?;
    script
        .type_record(&appointment(BENS, &ben, "Ben", "2027-03-28T16:30"))
        .await?;
    script.get(&[(&ben, &["Salon Nord"]), (&desk, &[new, "Ben"])]).await?;

    script.begin("Ana's is moved")?;
    script.change_record(ANAS, &[("starts_at", "2027-03-28T15:00")]).await?;
    script.get(&[(&ana, &["moved"]), (&desk, &[moved, "Ana"])]).await?;

    script.begin("Ben's is called off; nothing of it will be heard again")?;
    script.change_record(BENS, &[("status", "cancelled")]).await?;
    script
        .get(&[(&ben, &["cancelled"]), (&desk, &[called_off, "Ben"])])
        .await?;

    script.begin("a day before, at the same time by the clock of the salon, Ana is asked")?;
    script.becomes(clock, "2027-03-27T15:00:30[Europe/Berlin]")?;
    script
        .get(&[(&ana, &["Please confirm your appointment at Salon Nord"])])
        .await?;
    script.becomes(clock, "2027-03-27T15:31[Europe/Berlin]")?;
    script.says(ANAS, "confirmation", "sent").await?;

    script.begin("YES confirms")?;
    script.person_texts(&ana, "YES").await?;
    script
        .get(&[(&ana, &["Thank you"]), (&desk, &["Ana has confirmed"])])
        .await?;
    script.says(ANAS, "confirmation", "confirmed").await?;

    script.begin("the clocks go forward, and after the appointment Ana is asked for a review, once")?;
    script.becomes(clock, "2027-03-28T17:01[Europe/Berlin]")?;
    script.get(&[(&ana, &[REVIEWS])]).await?;
    script.becomes(clock, "2027-03-29T12:00[Europe/Berlin]")?;
    script.nothing_more(stack).await
}
