//! A trainer: a workshop's registrants get a sequence of templates at their times, each once; a late registrant gets
//! the remaining ones.

use std::io::Write;

use serde_json::{Value, json};

use super::cast::Cast;
use super::row::DemoRow;
use super::script::{Script, StoryError};
use crate::stack::Stack;

const SCHOOL: (&str, &str) = ("organisation#school", "settings");
const WORKSHOP: (&str, &str) = ("workshop#pottery-1", "workshop");

const SEQUENCE: &str = "day";

/// What the templates say, and where the values in them come from.
const TEMPLATES: [(&str, &str, [&str; 2]); 3] = [
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
        ["Name = registrant name", "From = fixed: Clay School"],
    ),
];

/// Each step is a template of the same name, at this time.
const STEPS: [(&str, &str, &str); 3] = [
    ("welcome", "08:00", "Good morning"),
    ("place", "09:15", "Where to go"),
    ("thanks", "18:00", "Afterwards"),
];

/// The school with its templates and one workshop that nothing has been sent for yet.
pub(super) fn rows(cast: Cast) -> Vec<DemoRow> {
    let school = [("name", "Clay School"), ("zone", "Asia/Kolkata")];
    let workshop = [
        ("organisation", "school"),
        ("title", "Pottery for beginners"),
        ("tag", "pottery"),
        ("date", "2027-03-26"),
        ("place", "12 Kiln Lane"),
    ];
    let steps = STEPS.map(|(id, at, label)| json!({ "id": id, "template": id, "at": at, "label": label }));
    let steps = Value::from(steps.to_vec()).to_string();
    let templates = TEMPLATES.map(|(id, content, variables)| {
        let variables = variables.join("; ");
        let attributes = [("content", content), ("variables", &variables)];
        DemoRow::new((&format!("template#{id}"), "template"), &attributes)
    });
    let (ana, ben) = (cast.employee(1), cast.employee(2));
    let registrants = [
        ("r1", "Ana", Some(&ana)),
        ("r2", "Ben", Some(&ben)),
        ("r3", "Chidi", None),
    ];
    let registrants = registrants.map(|(id, name, phone)| registrant(id, name, phone.map(String::as_str)));
    [DemoRow::new(SCHOOL, &school)]
        .into_iter()
        .chain(templates)
        .chain([
            DemoRow::new((&format!("sequence#{SEQUENCE}"), "sequence"), &[("steps", &steps)]),
            DemoRow::new(("tag#pottery", "tag"), &[("sequence", SEQUENCE)]),
            DemoRow::new(WORKSHOP, &workshop),
        ])
        .chain(registrants)
        .collect()
}

fn registrant(id: &str, name: &str, phone: Option<&str>) -> DemoRow {
    let phone = phone.map(|phone| ("phone", phone));
    let attributes: Vec<(&str, &str)> = [("name", name)].into_iter().chain(phone).collect();
    DemoRow::new((WORKSHOP.0, &format!("registrant#{id}")), &attributes)
}

/// Plays the story on a stack with demonstration data and writes the conversation.
pub(super) async fn play(stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
    let cast = Cast::of(stack.provider());
    let [ana, ben, dana] = [1, 2, 4].map(|number| cast.employee(number));
    let mut script = Script::new(stack, output);
    let clock = stack.clock();

    script.begin("a school has typed templates, a sequence of them, and a workshop; one registrant has no phone")?;
    script.becomes(clock, "2027-03-26T08:30[Asia/Kolkata]")?;
    script.has(&rows(cast))?;

    script.begin("the sequence is run at half past eight: the first step is past, the others are scheduled")?;
    script.change_record(WORKSHOP, &[("run", "yes")]).await?;
    script.says(WORKSHOP, "progress", "2 / 3").await?;

    script.begin("a quarter past nine")?;
    script.becomes(clock, "2027-03-26T09:15:30[Asia/Kolkata]")?;
    let door = "the door is at 12 Kiln Lane.";
    script.get(&[(&ana, &["Ana", door]), (&ben, &["Ben", door])]).await?;

    script.begin("Dana registers late; run again, she gets what is still to come, and nobody anything twice")?;
    script.type_record(&registrant("r4", "Dana", Some(&dana))).await?;
    script.change_record(WORKSHOP, &[("run", "yes")]).await?;
    script.says(WORKSHOP, "progress", "3 / 4").await?;
    script.waits("sequence-step", &dana, None).await?;

    script.begin("six in the evening")?;
    script.becomes(clock, "2027-03-26T18:00:30[Asia/Kolkata]")?;
    let [to_ana, to_ben, to_dana] = ["Ana", "Ben", "Dana"].map(|name| format!("Thank you for coming, {name}."));
    script
        .get(&[(&ana, &[&to_ana]), (&ben, &[&to_ben]), (&dana, &[&to_dana])])
        .await?;
    script.nothing_more(stack).await
}
