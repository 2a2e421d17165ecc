//! A trainer: a workshop's registrants get a sequence of templates at their times, each once; whoever registers late gets
//! what is still to come.

use std::io::Write;

use serde_json::{Value, json};

use super::cast::Cast;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const SCHOOL: (&str, &str) = ("organisation#school", "settings");
const WORKSHOP: (&str, &str) = ("workshop#pottery-1", "workshop");

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, dana] = [1, 2, 4].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("templates, a sequence of them, and a tag that points to it")?;
    script.becomes(clock, "2027-03-26T08:30[Asia/Kolkata]")?;
    let school = [("name", "Clay School"), ("zone", "Asia/Kolkata")];
    script
        .type_record(SCHOOL, &school, "name: Clay School, zone: Asia/Kolkata")
        .await?;
    for (id, content, variables) in [
        (
            "welcome",
            "Hi {#var#}, see you at {#var#} today.",
            ["Name = registrant name", "Workshop = workshop title"],
        ),
        (
            "place",
            "{#var#}, the door is at {#var#}.",
            ["Name = registrant name", "Place = workshop place"],
        ),
        (
            "thanks",
            "Thank you for coming, {#var#}. Yours, {#var#}",
            ["Name = registrant name", "From = Clay School"],
        ),
    ] {
        let item = json!({
            "pk": { "S": format!("template#{id}") }, "sk": { "S": "template" },
            "content": { "S": content }, "variables": { "L": variables.map(|it| json!({ "S": it })) },
        });
        script
            .type_row("records", item, &format!("template {id}: {content}"))
            .await?;
    }
    let step = |id: &str, at: &str, label: &str| {
        let texts = [("id", id), ("template", id), ("at", at), ("label", label)];
        let map: serde_json::Map<String, Value> = texts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!({ "S": value })))
            .collect();
        json!({ "M": map })
    };
    let item = json!({
        "pk": { "S": "sequence#day" }, "sk": { "S": "sequence" },
        "steps": { "L": [
            step("welcome", "08:00", "Good morning"),
            step("place", "09:15", "Where to go"),
            step("thanks", "18:00", "Afterwards"),
        ] },
    });
    script
        .type_row(
            "records",
            item,
            "sequence day: welcome 08:00, place 09:15, thanks 18:00",
        )
        .await?;
    script
        .type_record(
            ("tag#pottery", "tag"),
            &[("sequence", "day")],
            "tag pottery: sequence day",
        )
        .await?;

    script.begin("a workshop with three registrants, one of them without a phone")?;
    let workshop = [
        ("organisation", "school"),
        ("title", "Pottery for beginners"),
        ("tag", "pottery"),
        ("date", "2027-03-26"),
        ("place", "12 Kiln Lane"),
    ];
    script
        .type_record(
            WORKSHOP,
            &workshop,
            "tag: pottery, date: 2027-03-26, place: 12 Kiln Lane",
        )
        .await?;
    register(&mut script, "r1", "Ana", Some(&ana)).await?;
    register(&mut script, "r2", "Ben", Some(&ben)).await?;
    register(&mut script, "r3", "Chidi", None).await?;

    script.begin("the sequence is run at half past eight: the first step is past, the others are scheduled")?;
    script
        .change_record(WORKSHOP, &[("order", "run")], "order: run")
        .await?;
    script.record_says(WORKSHOP, "status", "scheduled").await?;
    script.shows(WORKSHOP, "progress").await?;

    script.begin("a quarter past nine")?;
    script.becomes(clock, "2027-03-26T09:15:30[Asia/Kolkata]")?;
    let where_to_go = |name: &'static str| [name, "the door is at 12 Kiln Lane."];
    script
        .gets_both(&[(&ana, &where_to_go("Ana")), (&ben, &where_to_go("Ben"))])
        .await?;

    script.begin(
        "Dana registers late, and the sequence is run again: she gets what is still to come, nobody anything twice",
    )?;
    register(&mut script, "r4", "Dana", Some(&dana)).await?;
    script
        .change_record(WORKSHOP, &[("order", "run")], "order: run")
        .await?;
    script.waits_for("sequence-step", &dana, "").await?;

    script.begin("six in the evening")?;
    script.becomes(clock, "2027-03-26T18:00:30[Asia/Kolkata]")?;
    script
        .gets_both(&[
            (&ana, &["Thank you for coming, Ana"]),
            (&ben, &["Thank you for coming, Ben"]),
            (&dana, &["Thank you for coming, Dana"]),
        ])
        .await?;
    script.nothing_more(stack).await?;
    script.shows(WORKSHOP, "progress").await
}

async fn register(script: &mut Script<'_>, id: &str, name: &str, phone: Option<&str>) -> Result<(), StoryError> {
    let sk = format!("registrant#{id}");
    let mut attributes = vec![("name", name)];
    attributes.extend(phone.map(|phone| ("phone", phone)));
    let shown = format!("registrant {name}, phone: {}", phone.unwrap_or("none"));
    script.type_record((WORKSHOP.0, &sk), &attributes, &shown).await
}
