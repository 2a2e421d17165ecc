//! A property manager: a bill is issued at night and announced in the morning, in the person's language; a payment is
//! acknowledged, a late one gets a reminder; a contract is announced before it ends.

use std::io::Write;

use super::cast::Cast;
use super::row::DemoRow;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const MANAGER: (&str, &str) = ("organisation#manager", "settings");
const ANAS: (&str, &str) = ("bill#2027-101", "bill");
const BENS: (&str, &str) = ("bill#2027-102", "bill");

/// The manager, and a contract that will be announced five days before its end.
pub(super) fn rows(cast: Cast) -> Vec<DemoRow> {
    let manager = [
        ("name", "Nomad Homes"),
        ("zone", "Asia/Ulaanbaatar"),
        ("language", "mn"),
    ];
    let tenant = cast.employee(3);
    let contract = [
        ("organisation", "manager"),
        ("customer", tenant.as_str()),
        ("title", "B-7"),
        ("ends_on", "2027-04-30"),
    ];
    vec![
        DemoRow::new(MANAGER, &manager),
        DemoRow::new(("contract#2026-7", "contract"), &contract),
    ]
}

fn bill(key: (&str, &str), customer: &str) -> DemoRow {
    let attributes = [
        ("organisation", "manager"),
        ("customer", customer),
        ("amount", "125000"),
        ("currency", "MNT"),
        ("due_on", "2027-03-20"),
    ];
    DemoRow::new(key, &attributes)
}

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, chidi] = [1, 2, 3].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("a manager in Ulaanbaatar writes in Mongolian; Ben has chosen English")?;
    script.becomes(clock, "2027-03-10T23:30[Asia/Ulaanbaatar]")?;
    script.has(&rows(cast))?;
    script.speaks(&ben, "en").await?;

    script.begin("bills are issued late in the evening, and wait for the morning")?;
    for (key, customer) in [(ANAS, &ana), (BENS, &ben)] {
        script.type_record(&bill(key, customer)).await?;
        script.waits("bill-issued", customer, Some("quiet-hours")).await?;
    }
    script.becomes(clock, "2027-03-11T08:31[Asia/Ulaanbaatar]")?;
    script
        .get(&[(&ana, &["125,000₮"]), (&ben, &["125,000", "Please pay by"])])
        .await?;

    script.begin("Ana pays")?;
    script.becomes(clock, "2027-03-12T11:00[Asia/Ulaanbaatar]")?;
    script.change_record(ANAS, &[("paid_at", "2027-03-12")]).await?;
    script.get(&[(&ana, &["125,000₮"])]).await?;

    script.begin("Ben does not, and is reminded on the morning after the day")?;
    script.becomes(clock, "2027-03-21T09:01[Asia/Ulaanbaatar]")?;
    script.get(&[(&ben, &["was due on"])]).await?;

    script.begin("a contract is told of five days before its end")?;
    script.becomes(clock, "2027-04-25T09:01[Asia/Ulaanbaatar]")?;
    script.get(&[(&chidi, &["B-7"])]).await?;
    script.becomes(clock, "2027-04-26T12:00[Asia/Ulaanbaatar]")?;
    script.nothing_more(stack).await
}
