//! A desk makes appointments: the customer is told of each change, asked the day before, and asked for a review after.

use std::io::Write;

use super::cast::Cast;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const SALON: (&str, &str) = ("organisation#salon", "settings");
const ANAS: (&str, &str) = ("appointment#demo-1", "appointment");
const BENS: (&str, &str) = ("appointment#demo-2", "appointment");

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, desk] = [1, 2, 12].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("a salon says where and when it is open")?;
    script.becomes(clock, "2027-03-26T10:00[Europe/Berlin]")?;
    let salon = [
        ("name", "Salon Nord"),
        ("zone", "Europe/Berlin"),
        ("staff", &desk),
        ("review_link", "https://example.com/nord"),
    ];
    script
        .type_record(
            SALON,
            &salon,
            "name: Salon Nord, zone: Europe/Berlin, quiet hours as usual",
        )
        .await?;

    script.begin("an appointment is typed")?;
    let appointment = |customer: &str, name: &str, starts_at: &str| {
        [
            ("organisation", "salon"),
            ("customer", customer),
            ("name", name),
            ("starts_at", starts_at),
            ("tell_staff", "yes"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let rows = [
        (
            ANAS,
            appointment(&ana, "Ana", "2027-03-28T14:00"),
            "customer: Ana, starts_at: 2027-03-28T14:00",
        ),
        (
            BENS,
            appointment(&ben, "Ben", "2027-03-28T16:30"),
            "customer: Ben, starts_at: 2027-03-28T16:30",
        ),
    ];
    for (key, attributes, shown) in &rows {
        let attributes = attributes.each_ref().map(|(name, value)| (*name, value.as_str()));
        script.type_record(*key, &attributes, shown).await?;
        let customer = attributes[1].1;
        script
            .gets_both(&[(customer, &["Salon Nord"]), (&desk, &["New appointment"])])
            .await?;
    }

    script.begin("it is moved")?;
    let moved = [("starts_at", "2027-03-28T15:00")];
    script
        .change_record(ANAS, &moved, "starts_at: 2027-03-28T15:00")
        .await?;
    script
        .gets_both(&[(&ana, &["moved"]), (&desk, &["Appointment moved"])])
        .await?;

    script.begin("Ben's is called off; nothing of it will be heard again")?;
    script
        .change_record(BENS, &[("status", "cancelled")], "status: cancelled")
        .await?;
    script
        .gets_both(&[(&ben, &["cancelled"]), (&desk, &["Appointment cancelled"])])
        .await?;

    script.begin("a day before, at the same time by the clock of the salon, Ana is asked")?;
    script.becomes(clock, "2027-03-27T15:00:30[Europe/Berlin]")?;
    script
        .gets(&ana, &["Please confirm your appointment at Salon Nord"])
        .await?;
    script.becomes(clock, "2027-03-27T15:31[Europe/Berlin]")?;
    script.record_says(ANAS, "confirmation", "sent").await?;

    script.begin("YES confirms")?;
    script.person_texts(&ana, "YES").await?;
    script
        .gets_both(&[(&ana, &["Thank you"]), (&desk, &["Ana has confirmed"])])
        .await?;
    script.record_says(ANAS, "confirmation", "confirmed").await?;

    script.begin("the clocks go forward, and after the appointment Ana is asked for a review, once")?;
    script.becomes(clock, "2027-03-28T17:01[Europe/Berlin]")?;
    script.gets(&ana, &["https://example.com/nord"]).await?;
    script.becomes(clock, "2027-03-29T12:00[Europe/Berlin]")?;
    script.nothing_more(stack).await
}
