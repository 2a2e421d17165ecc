//! A property manager: a bill is issued at night and told of in the morning, in the person's language; whoever pays is
//! thanked, whoever does not is reminded; a contract is told of before it ends.

use std::io::Write;

use super::cast::Cast;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const MANAGER: (&str, &str) = ("organisation#manager", "settings");

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, chidi] = [1, 2, 3].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("a manager in Ulaanbaatar writes in Mongolian; Ben has chosen English")?;
    script.becomes(clock, "2027-03-10T23:30[Asia/Ulaanbaatar]")?;
    let manager = [
        ("name", "Nomad Homes"),
        ("zone", "Asia/Ulaanbaatar"),
        ("language", "mn"),
    ];
    let shown = "name: Nomad Homes, zone: Asia/Ulaanbaatar, language: mn";
    script.type_record(MANAGER, &manager, shown).await?;
    script.speaks(&ben, "en").await?;

    script.begin("two bills are issued late in the evening, and wait for the morning")?;
    for (key, customer) in [("bill#2027-101", &ana), ("bill#2027-102", &ben)] {
        let bill = [
            ("organisation", "manager"),
            ("customer", customer.as_str()),
            ("amount", "125000"),
            ("currency", "MNT"),
            ("due_on", "2027-03-20"),
        ];
        let shown = format!("customer: {customer}, amount: 125000, currency: MNT, due_on: 2027-03-20");
        script.type_record((key, "bill"), &bill, &shown).await?;
        script.waits_for("bill-issued", customer, "quiet-hours").await?;
    }
    script.becomes(clock, "2027-03-11T08:31[Asia/Ulaanbaatar]")?;
    script
        .gets_both(&[(&ana, &["125", "₮"]), (&ben, &["Please pay by"])])
        .await?;

    script.begin("Ana pays")?;
    let paid = [("paid_at", "2027-03-12")];
    script.becomes(clock, "2027-03-12T11:00[Asia/Ulaanbaatar]")?;
    script
        .change_record(("bill#2027-101", "bill"), &paid, "paid_at: 2027-03-12")
        .await?;
    script.gets(&ana, &["₮"]).await?;

    script.begin("Ben does not, and is reminded on the morning after the day")?;
    script.becomes(clock, "2027-03-21T09:01[Asia/Ulaanbaatar]")?;
    script.gets(&ben, &["was due on"]).await?;

    script.begin("a contract is told of five days before its end")?;
    let contract = [
        ("organisation", "manager"),
        ("customer", chidi.as_str()),
        ("ends_on", "2027-03-31"),
    ];
    let shown = format!("customer: {chidi}, ends_on: 2027-03-31");
    script
        .type_record(("contract#2026-7", "contract"), &contract, &shown)
        .await?;
    script.becomes(clock, "2027-03-26T09:01[Asia/Ulaanbaatar]")?;
    script.gets(&chidi, &["2026-7"]).await?;
    script.becomes(clock, "2027-03-27T12:00[Asia/Ulaanbaatar]")?;
    script.nothing_more(stack).await
}
