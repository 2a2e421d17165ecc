//! A workshop's sequence: scheduled, sent at once, cancelled, and changed while it runs.

use std::collections::BTreeMap;

use domain::message::{Claim, Event, Message, Postponement, Refusal, RefusalKind, Status, transition};
use domain::phone_number::PhoneNumber;
use domain::sequence::{SequenceRow, StepRow};
use domain::template::TemplateRow;
use domain::workshop::{RegistrantRow, WorkshopRow};
use jiff::SignedDuration;
use messaging::provider::memory::Memory;

use super::*;
use crate::fixture::{at, clock, sender};
use crate::memory::{FixedClock, MemoryStore};

/// The clock of the tests begins at noon of 2026-11-20 in UTC, half past five in Kolkata.
const DATE: &str = "2026-11-21";

fn number(text: &str, _: Option<&str>) -> Result<PhoneNumber, String> {
    PhoneNumber::normalise(text).map_err(|error| error.to_string())
}

fn sequencing(store: &MemoryStore, clock: &FixedClock) -> Sequencing {
    Sequencing {
        templates: Arc::new(store.clone()),
        sequences: Arc::new(store.clone()),
        workshops: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
        number,
        country: None,
    }
}

fn template(id: &str, content: &str) -> TemplateRow {
    let variables = content.matches("{#").map(|_| "Name = registrant name".to_owned());
    TemplateRow {
        id: id.into(),
        content: Some(content.into()),
        variables: variables.collect(),
        active: true,
        ..TemplateRow::default()
    }
}

fn step(id: &str, day: i32, at: &str) -> StepRow {
    StepRow {
        id: Some(id.into()),
        template: Some(id.into()),
        at: Some(at.into()),
        day: Some(day.to_string()),
        label: None,
    }
}

fn sequence(steps: Vec<StepRow>) -> SequenceRow {
    SequenceRow {
        id: "course".into(),
        steps,
        ..SequenceRow::default()
    }
}

fn workshop() -> WorkshopRow {
    WorkshopRow {
        id: "w1".into(),
        title: Some("Pottery".into()),
        tag: Some("pottery".into()),
        date: Some(DATE.into()),
        zone: Some("Asia/Kolkata".into()),
        ..WorkshopRow::default()
    }
}

fn registrant(id: &str, phone: Option<&str>) -> RegistrantRow {
    RegistrantRow {
        id: id.into(),
        name: Some(id.into()),
        phone: phone.map(ToOwned::to_owned),
        ..RegistrantRow::default()
    }
}

fn phone(number: u32) -> String {
    format!("+1202555{number:04}")
}

/// Three steps, the first already past: this noon, tomorrow morning and tomorrow evening.
fn steps() -> Vec<StepRow> {
    vec![
        step("eve", -1, "12:00"),
        step("hello", 0, "9:00"),
        step("thanks", 0, "18:00"),
    ]
}

/// A workshop with `registrants` people, all with a phone.
fn store(registrants: u32) -> MemoryStore {
    let store = MemoryStore::default();
    for id in ["eve", "hello", "thanks"] {
        store.put_template(template(id, &format!("{id} {{#var#}}.")));
    }
    store.put_sequence(sequence(steps()));
    store.put_tag("pottery", "course");
    store.put_workshop(workshop());
    for number in 0..registrants {
        store.put_registrant(
            "w1",
            registrant(&format!("r{number:05}"), Some(&phone(number % 10_000))),
        );
    }
    store
}

const NEVER: Timestamp = Timestamp::MAX;

async fn command(store: &MemoryStore, command: SequenceCommand) -> Result<Report, SequenceError> {
    sequencing(store, &clock()).execute("w1", command, NEVER).await
}

async fn run(store: &MemoryStore) -> Report {
    command(store, SequenceCommand::Run).await.unwrap()
}

fn state(store: &MemoryStore) -> WorkshopState {
    futures_util::FutureExt::now_or_never(Workshops::get(store, "w1"))
        .unwrap()
        .unwrap()
        .unwrap()
        .state
}

/// How many messages of each step are in each state.
fn counts(store: &MemoryStore) -> BTreeMap<(String, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for message in store.messages() {
        let step = message.campaign_id.unwrap().replace("workshop#w1#", "");
        *counts.entry((step, message.status.as_str())).or_default() += 1;
    }
    counts
}

fn of(counts: &[(&str, &'static str, usize)]) -> BTreeMap<(String, &'static str), usize> {
    let counts = counts.iter();
    counts
        .map(|(step, status, count)| (((*step).to_owned(), *status), *count))
        .collect()
}

fn messages_to(store: &MemoryStore, number: u32) -> Vec<Message> {
    let to = PhoneNumber::parse(&phone(number)).unwrap();
    let mut messages = store.messages();
    messages.retain(|message| message.to.as_ref() == Some(&to));
    messages.sort_by_key(|message| message.due_at);
    messages
}

#[tokio::test]
async fn reachable_registrants_get_every_future_step() {
    let store = store(2);
    store.put_registrant("w1", registrant("without", None));
    store.put_registrant("w1", registrant("wrong", Some("12345")));
    store.put_registrant("w1", registrant(&"long".repeat(8), Some(&phone(77))));

    let report = run(&store).await;

    let expected = RegistrantCounts {
        registrants: 5,
        with_phone: 2,
        without_phone: 1,
        unusable: 1,
        refused: 1,
        made: 4,
        changed: 0,
    };
    assert_eq!((report.finished, report.counts), (true, expected));
    let skipped: Vec<_> = report
        .checkpoints
        .iter()
        .map(|it| (it.step.as_str(), it.skipped))
        .collect();
    assert_eq!(skipped, [("eve", true), ("hello", false), ("thanks", false)]);
    let texts = messages_to(&store, 1);
    let texts: Vec<_> = texts
        .iter()
        .map(|it| (it.body.as_str(), it.due_at.unwrap().to_string()))
        .collect();
    let expected = [
        ("hello r00001.", "2026-11-21T03:30:00Z".to_owned()),
        ("thanks r00001.", "2026-11-21T12:30:00Z".to_owned()),
    ];
    assert_eq!(texts, expected);
    let noted = |id: &str| store.registrant("w1", id).unwrap().noted;
    assert_eq!((noted("r00000"), noted("without")), (None, None));
    assert!(noted("wrong").unwrap().contains("country code"));
    assert_eq!(
        noted(&"long".repeat(8)).as_deref(),
        Some("variable 1 (Name) has 32 characters; at most 30 are allowed")
    );
    let state = state(&store);
    assert_eq!(
        (state.status, state.run_at),
        (Some(WorkshopStatus::Scheduled), Some(at(0)))
    );
    assert_eq!((state.command, state.progressed), (None, None));
    assert_eq!(state.counts, Some(report.counts));
}

#[tokio::test]
async fn late_registrants_get_the_remaining_steps_once() {
    let store = store(1);
    run(&store).await;
    let before = store.messages();
    store.put_registrant("w1", registrant("late", Some(&phone(9))));
    // After the second step, whose message nobody has swept up yet.
    let clock = FixedClock::at(at(0) + SignedDuration::from_hours(18));
    let report = sequencing(&store, &clock)
        .execute("w1", SequenceCommand::Run, NEVER)
        .await
        .unwrap();
    assert_eq!((report.counts.registrants, report.counts.made), (2, 1));
    let late: Vec<String> = messages_to(&store, 9).into_iter().map(|message| message.body).collect();
    assert_eq!(late, ["thanks late."]);
    let again = sequencing(&store, &clock)
        .execute("w1", SequenceCommand::Run, NEVER)
        .await
        .unwrap();
    assert_eq!((again.counts.made, again.counts.changed), (0, 0));
    let kept = |message: &Message| {
        before
            .iter()
            .any(|earlier| earlier.id == message.id && earlier.body == message.body)
    };
    assert_eq!(store.messages().iter().filter(|message| kept(message)).count(), 2);
    assert_eq!(store.messages().len(), 3);
}

#[tokio::test]
async fn a_second_run_updates_waiting_steps() {
    let store = store(2);
    run(&store).await;
    // Edited: nothing changes until it is run again.
    store.put_template(template("thanks", "Thank you {#var#}!"));
    store.put_sequence(sequence(vec![step("thanks", 1, "10:00")]));
    store.put_registrant("w1", registrant("r00001", Some(&phone(55))));
    store.put_registrant("w1", registrant("r00000", None));
    assert_eq!(
        counts(&store),
        of(&[("hello", "scheduled", 2), ("thanks", "scheduled", 2)])
    );

    let report = run(&store).await;

    // Who has no phone any more gets nothing of what was planned, and who has another one gets it there.
    let expected = of(&[
        ("hello", "cancelled", 2),
        ("thanks", "cancelled", 1),
        ("thanks", "scheduled", 1),
    ]);
    assert_eq!(counts(&store), expected);
    assert_eq!((report.counts.made, report.counts.changed), (0, 4));
    let moved = messages_to(&store, 55);
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].body, "Thank you r00001!");
    assert_eq!(moved[0].due_at, Some("2026-11-22T04:30:00Z".parse().unwrap()));
    let steps: Vec<_> = report
        .checkpoints
        .iter()
        .map(|it| (it.step.as_str(), it.skipped))
        .collect();
    assert_eq!(steps, [("thanks", false), ("eve", true), ("hello", true)]);
}

/// Ways in which a text waits after its time has come, by what happened to it.
fn waits() -> [(&'static str, Vec<Event>); 6] {
    let claimed = Event::Claimed(Claim {
        provider: "p".into(),
        route: "p".into(),
        provider_message_id: None,
        charge: None,
        body: None,
        has_next_provider: false,
        token: "token".into(),
    });
    let refused = |kind| Event::Refused {
        provider: "p".into(),
        refusal: Refusal {
            kind,
            retryable: true,
            not_before: None,
            detail: "later".into(),
        },
        elsewhere: false,
    };
    let postponed = |reason| Event::Postponed {
        reason,
        until: at(24 * 3600),
        quiet: SignedDuration::ZERO,
    };
    let fired = || Event::TimerFired;
    [
        ("not swept up yet", vec![]),
        ("in its line", vec![fired()]),
        ("quiet hours", vec![fired(), postponed(Postponement::QuietHours)]),
        ("the rate", vec![fired(), postponed(Postponement::Pace)]),
        (
            "throttled",
            vec![fired(), claimed.clone(), refused(RefusalKind::Throttled)],
        ),
        (
            "the next try",
            vec![fired(), claimed, refused(RefusalKind::Unavailable)],
        ),
    ]
}

/// Does these events, one after another, to every text of a step that waits for its time.
async fn happen(store: &MemoryStore, now: Timestamp, step: &str, events: &[Event]) {
    for event in events {
        for message in store.messages() {
            if message.body.starts_with(step) {
                let change = transition(&message, event, now, 0.0).unwrap();
                store.apply(&message, &change).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn k33_a_due_text_survives_another_run() {
    // Half an hour after "hello", and before "thanks".
    let clock = FixedClock::at(at(16 * 3600));
    let hello = |at: &str| Some(step("hello", 0, at));
    let edits = [
        ("nothing", hello("9:00"), "hello {#var#}."),
        ("earlier", hello("6:00"), "hello {#var#}."),
        ("reworded", hello("9:00"), "hello and welcome {#var#}."),
        ("later", hello("17:00"), "hello {#var#}."),
        ("removed", None, "hello {#var#}."),
    ];
    for (wait, events) in waits() {
        for (edit, hello, words) in &edits {
            let store = store(2);
            run(&store).await;
            happen(&store, clock.now(), "hello", &events).await;
            let before = messages_to(&store, 1).swap_remove(0);
            store.put_template(template("hello", words));
            let steps = hello.iter().cloned().chain([step("thanks", 0, "18:00")]);
            store.put_sequence(sequence(steps.collect()));
            store.put_registrant("w1", registrant("late", Some(&phone(9))));

            sequencing(&store, &clock)
                .execute("w1", SequenceCommand::Run, NEVER)
                .await
                .unwrap();

            let after = Outbox::get(&store, &before.id).await.unwrap().unwrap();
            let of_late: Vec<String> = messages_to(&store, 9).into_iter().map(|it| it.body).collect();
            let case = format!("{wait}, {edit}");
            // What a provider has refused once goes on as it is.
            let is_tried = before.attempt > 0;
            match *edit {
                "nothing" | "earlier" => assert_eq!(after, before, "{case}"),
                "reworded" => {
                    let body = if is_tried {
                        "hello r00001."
                    } else {
                        "hello and welcome r00001."
                    };
                    let expected = Message {
                        body: body.to_owned(),
                        version: after.version,
                        ..before
                    };
                    assert_eq!(after, expected, "{case}");
                }
                "later" if is_tried => assert_eq!(after, before, "{case}"),
                "later" => {
                    let due_at = Some("2026-11-21T11:30:00Z".parse().unwrap());
                    assert_eq!((after.status, after.due_at), (Status::Scheduled, due_at), "{case}");
                }
                _ => assert_eq!(after.status, Status::Cancelled, "{case}"),
            }
            let expected: &[&str] = if *edit == "later" {
                &["hello late.", "thanks late."]
            } else {
                &["thanks late."]
            };
            assert_eq!(of_late, expected, "{case}");
        }
    }
}

#[tokio::test]
async fn a_step_moved_into_the_past_is_cancelled() {
    let store = store(2);
    run(&store).await;
    store.put_sequence(sequence(vec![step("hello", -1, "9:00"), step("thanks", 0, "18:00")]));
    let report = run(&store).await;
    let expected = of(&[("hello", "cancelled", 2), ("thanks", "scheduled", 2)]);
    assert_eq!((counts(&store), report.counts.changed), (expected, 2));
    let moved = report.checkpoints.iter().find(|it| it.step == "hello");
    assert!(moved.unwrap().skipped);
}

#[tokio::test]
async fn a_step_due_mid_run_reaches_everybody() {
    let store = store(PAGE as u32 + 1);
    let begins = sequencing(&store, &clock());
    let report = begins.execute("w1", SequenceCommand::Run, at(0)).await.unwrap();
    assert!(!report.finished);

    let goes_on = sequencing(&store, &FixedClock::at(at(16 * 3600)));
    let done = goes_on.reconcile_workshop("w1", NEVER).await.unwrap();

    assert!(
        matches!(done, Reconciled::Done(Report { finished: true, .. })),
        "{done:?}"
    );
    let everybody = PAGE + 1;
    let expected = of(&[("hello", "scheduled", everybody), ("thanks", "scheduled", everybody)]);
    assert_eq!(counts(&store), expected);
}

#[tokio::test]
async fn a_cancelled_sequence_can_run_again() {
    let store = store(3);
    run(&store).await;
    let report = command(&store, SequenceCommand::Cancel).await.unwrap();
    assert_eq!((report.counts.made, report.counts.changed), (0, 6));
    assert_eq!(
        counts(&store),
        of(&[("hello", "cancelled", 3), ("thanks", "cancelled", 3)])
    );
    assert_eq!(state(&store).status, Some(WorkshopStatus::Cancelled));
    let again = command(&store, SequenceCommand::Cancel).await.unwrap();
    assert_eq!(again.counts.changed, 0);

    let report = run(&store).await;
    assert_eq!((report.counts.made, report.counts.changed), (0, 6));
    assert_eq!(
        counts(&store),
        of(&[("hello", "scheduled", 3), ("thanks", "scheduled", 3)])
    );
    assert_eq!(state(&store).status, Some(WorkshopStatus::Scheduled));
}

#[tokio::test]
async fn any_step_can_be_sent_now() {
    let store = store(2);
    run(&store).await;
    store.put_registrant("w1", registrant("late", Some(&phone(9))));
    let now = |step: &str| SequenceCommand::SendNow { step: step.into() };

    let report = command(&store, now("hello")).await.unwrap();
    assert_eq!((report.counts.made, report.counts.changed), (1, 2));
    let expected = of(&[("hello", "queued", 3), ("thanks", "scheduled", 2)]);
    assert_eq!(counts(&store), expected);

    // Also one whose time was past, and never twice.
    assert_eq!(command(&store, now("eve")).await.unwrap().counts.made, 3);
    let again = command(&store, now("eve")).await.unwrap().counts;
    assert_eq!((again.made, again.changed), (0, 0));
    for message in store.messages() {
        sender(&store, Memory::new(), &clock()).send(&message).await.unwrap();
    }
    assert_eq!(command(&store, now("hello")).await.unwrap().counts.changed, 0);

    command(&store, SequenceCommand::Cancel).await.unwrap();
    assert_eq!(command(&store, now("thanks")).await.unwrap().counts.changed, 2);
    let thanks = store
        .messages()
        .into_iter()
        .filter(|message| message.body.starts_with("thanks"));
    for message in thanks {
        let waits = matches!(message.status, Status::Scheduled | Status::Queued);
        assert!(waits && message.due_at <= Some(at(120)), "{message:?}");
    }
}

#[tokio::test]
async fn an_unsendable_sequence_is_reported_on_its_row() {
    let wrong_step = |step: StepRow| move |store: &MemoryStore| store.put_sequence(sequence(vec![step.clone()]));
    let tagged = |tag: Option<&str>| {
        let tag = tag.map(ToOwned::to_owned);
        let row = WorkshopRow { tag, ..workshop() };
        move |store: &MemoryStore| store.put_workshop(row.clone())
    };
    let inactive = |store: &MemoryStore| {
        store.put_template(TemplateRow {
            active: false,
            ..template("hello", "Hi.")
        });
    };
    type Spoil = Box<dyn Fn(&MemoryStore)>;
    let cases: Vec<(Spoil, &str)> = vec![
        (Box::new(tagged(None)), "the row has no tag, which says what is sent"),
        (Box::new(tagged(Some("glass"))), "tag \"glass\" points to no sequence"),
        (
            Box::new(|store| store.put_tag("pottery", "gone")),
            "tag \"pottery\" points to sequence \"gone\", which does not exist",
        ),
        (
            Box::new(wrong_step(step("hello", 0, "soon"))),
            "sequence \"course\": step 1: at must be a time of day, such as 09:30, not \"soon\"",
        ),
        (
            Box::new(wrong_step(step("unknown", 0, "09:00"))),
            "step \"unknown\": there is no template \"unknown\"",
        ),
        (
            Box::new(inactive),
            "step \"hello\", template \"hello\": the template is not active",
        ),
        (
            Box::new(|store| store.put_template(template("hello", "Hi {#name#}"))),
            "step \"hello\", template \"hello\": content has an unknown placeholder at character 4",
        ),
        (
            Box::new(|store| store.put_template(template("hello", "Code {#numeric#}"))),
            "step \"hello\", template \"hello\": variable 1 (Name) is not digits only",
        ),
        (
            Box::new(|store| {
                let organisation = Some("north".into());
                store.put_workshop(WorkshopRow {
                    organisation,
                    ..workshop()
                });
            }),
            "organisation \"north\" does not exist: correct the name, or make the organisation by a row in the table of \
             records with pk = organisation#north and sk = settings",
        ),
    ];
    for (spoil, expected) in cases {
        let store = store(2);
        spoil(&store);
        let error = command(&store, SequenceCommand::Run).await.unwrap_err();
        assert!(matches!(error, SequenceError::Refused(_)), "{error}");
        assert!(error.to_string().ends_with(expected), "{error}");
        let state = state(&store);
        assert_eq!(state.status, Some(WorkshopStatus::Rejected));
        assert_eq!(state.error, Some(error.to_string()));
        assert_eq!(store.messages(), []);
        // Typed on the row it ends the same, and the command is taken off.
        store.put_command("w1", SequenceCommand::Run);
        let reconciled = sequencing(&store, &clock())
            .reconcile_workshop("w1", NEVER)
            .await
            .unwrap();
        assert_eq!(
            reconciled,
            Reconciled::Rejected {
                error: error.to_string()
            }
        );
        assert_eq!(self::state(&store).command, None);
    }
    let store = store(1);
    let unknown = command(&store, SequenceCommand::SendNow { step: "later".into() })
        .await
        .unwrap_err();
    assert_eq!(unknown.to_string(), "sequence \"course\" has no step \"later\"");
    let nobody = sequencing(&store, &clock())
        .execute("w2", SequenceCommand::Run, NEVER)
        .await
        .unwrap_err();
    assert!(matches!(nobody, SequenceError::NoWorkshop));
}

#[tokio::test]
async fn corrected_rows_lose_their_complaints() {
    let store = store(1);
    store.put_template(template("hello", "Hi {#name#}"));
    command(&store, SequenceCommand::Run).await.unwrap_err();
    let noted = Templates::get(&store, "hello").await.unwrap().unwrap().noted;
    assert_eq!(
        noted.as_deref(),
        Some("content has an unknown placeholder at character 4")
    );
    store.put_template(TemplateRow {
        noted,
        ..template("hello", "Hi {#var#}")
    });
    run(&store).await;
    assert_eq!(Templates::get(&store, "hello").await.unwrap().unwrap().noted, None);
    assert_eq!(state(&store).error, None);
}

#[tokio::test]
async fn a_long_command_continues_where_it_stopped() {
    let store = store(600);
    let clock = clock();
    let sequencing = sequencing(&store, &clock);
    // Each call has time for one page.
    let first = sequencing.execute("w1", SequenceCommand::Run, at(0)).await.unwrap();
    assert_eq!(
        (first.finished, first.counts.registrants, first.counts.made),
        (false, 250, 500)
    );
    let left = state(&store);
    assert_eq!(
        (left.command, left.status),
        (Some(SequenceCommand::Run), Some(WorkshopStatus::Running))
    );
    let Reconciled::Done(second) = sequencing.reconcile_workshop("w1", at(0)).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!((second.finished, second.counts.registrants), (false, 500));
    let Reconciled::Done(third) = sequencing.reconcile_workshop("w1", at(0)).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(
        (third.finished, third.counts.registrants, third.counts.made),
        (true, 600, 1200)
    );
    assert_eq!(
        counts(&store),
        of(&[("hello", "scheduled", 600), ("thanks", "scheduled", 600)])
    );
    let nothing = sequencing.reconcile_workshop("w1", at(0)).await.unwrap();
    assert_eq!(nothing, Reconciled::NothingToDo);
}

#[tokio::test]
async fn the_later_of_two_orders_counts() {
    let store = store(600);
    let clock = clock();
    let sequencing = sequencing(&store, &clock);
    store.put_command("w1", SequenceCommand::Run);
    sequencing.reconcile_workshop("w1", at(0)).await.unwrap();
    // The API finds a command on the row and leaves its own there instead.
    let handed_over = sequencing.execute("w1", SequenceCommand::Cancel, NEVER).await.unwrap();
    assert!(!handed_over.finished);
    assert_eq!(state(&store).command, Some(SequenceCommand::Cancel));
    let Reconciled::Done(cancelled) = sequencing.reconcile_workshop("w1", NEVER).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!((cancelled.finished, cancelled.counts.changed), (true, 500));
    assert_eq!(
        counts(&store),
        of(&[("hello", "cancelled", 250), ("thanks", "cancelled", 250)])
    );
    // The same command again goes on from where the first has come to.
    store.put_command("w1", SequenceCommand::Run);
    sequencing.reconcile_workshop("w1", at(0)).await.unwrap();
    let same = sequencing.execute("w1", SequenceCommand::Run, NEVER).await.unwrap();
    assert_eq!((same.finished, same.counts.registrants), (false, 250));
    assert!(state(&store).progressed.is_some());
}

/// An outbox behind which somebody calls everything off while the second page is written.
#[derive(Debug)]
struct CalledOffMeanwhile {
    store: MemoryStore,
    pages: std::sync::atomic::AtomicU64,
    by_api: bool,
}

#[async_trait::async_trait]
impl Outbox for CalledOffMeanwhile {
    fn buckets(&self) -> u8 {
        self.store.buckets()
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Outbox::get(&self.store, id).await
    }

    async fn find_by_provider_message_id(&self, id: &str) -> Result<Vec<MessageId>, StoreError> {
        self.store.find_by_provider_message_id(id).await
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        if self.pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            if self.by_api {
                command(&self.store, SequenceCommand::Cancel).await.unwrap();
            } else {
                self.store.put_command("w1", SequenceCommand::Cancel);
            }
        }
        self.store.put_new(messages).await
    }

    async fn apply(
        &self,
        message: &Message,
        change: &domain::message::Change,
    ) -> Result<crate::port::Applied, StoreError> {
        self.store.apply(message, change).await
    }

    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        Outbox::due(&self.store, bucket, until, limit).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<crate::port::Progress, StoreError> {
        self.store.progress(campaign_id).await
    }
}

#[tokio::test]
async fn messages_made_during_cancellation_are_cancelled() {
    for (by_api, typed) in [(true, false), (false, false), (true, true), (false, true)] {
        let store = store(600);
        let outbox = CalledOffMeanwhile {
            store: store.clone(),
            pages: 0.into(),
            by_api,
        };
        let sequencing = Sequencing {
            outbox: Arc::new(outbox),
            ..sequencing(&store, &clock())
        };
        if typed {
            store.put_command("w1", SequenceCommand::Run);
            let reconciled = sequencing.reconcile_workshop("w1", NEVER).await.unwrap();
            assert_eq!(reconciled, Reconciled::Overtaken);
        } else {
            let error = sequencing.execute("w1", SequenceCommand::Run, NEVER).await.unwrap_err();
            assert!(matches!(error, SequenceError::Overtaken), "{error}");
        }
        self::sequencing(&store, &clock())
            .reconcile_workshop("w1", NEVER)
            .await
            .unwrap();
        let waiting = store
            .messages()
            .into_iter()
            .filter(|message| message.status != Status::Cancelled);
        assert_eq!(waiting.count(), 0, "by_api {by_api}, typed {typed}");
        assert_eq!(store.messages().len(), 1000);
        assert_eq!(state(&store).status, Some(WorkshopStatus::Cancelled));
    }
}

#[tokio::test]
async fn removed_registrants_are_not_texted() {
    let store = store(2);
    command(&store, SequenceCommand::SendNow { step: "hello".into() })
        .await
        .unwrap();
    store.delete_registrant("w1", "r00001");
    for message in store.messages() {
        sender(&store, Memory::new(), &clock()).send(&message).await.unwrap();
    }
    let statuses: Vec<_> = [0, 1]
        .map(|number| messages_to(&store, number).remove(0))
        .into_iter()
        .collect();
    assert_eq!(statuses[0].status, Status::Sent);
    assert_eq!(
        (statuses[1].status, statuses[1].reason.as_deref()),
        (Status::Suppressed, Some("no-longer-true"))
    );
}

#[tokio::test]
async fn checkpoints_are_counted_from_the_messages() {
    let store = store(3);
    assert_eq!(
        sequencing(&store, &clock())
            .checkpoints("w1")
            .await
            .unwrap()
            .checkpoints,
        []
    );
    run(&store).await;
    command(&store, SequenceCommand::SendNow { step: "hello".into() })
        .await
        .unwrap();
    let message = messages_to(&store, 1).remove(0);
    sender(&store, Memory::new(), &clock()).send(&message).await.unwrap();
    let progress = sequencing(&store, &clock()).checkpoints("w1").await.unwrap();
    let counts: Vec<_> = progress
        .checkpoints
        .iter()
        .map(|it| {
            (
                it.checkpoint.step.as_str(),
                it.progress.recipients,
                it.progress.queued,
                it.progress.sent,
            )
        })
        .collect();
    assert_eq!(counts, [("eve", 0, 0, 0), ("hello", 3, 2, 1), ("thanks", 3, 3, 0)]);
}

#[tokio::test]
async fn a_language_without_a_catalogue_is_noted() {
    let store = store(1);
    store.put_template(TemplateRow {
        language: Some("fr".into()),
        ..template("hello", "Bonjour {#var#}")
    });
    assert_eq!(
        run(&store).await.notes,
        ["template \"hello\": there is no catalogue of language \"fr\", so dates are in English"]
    );
}
