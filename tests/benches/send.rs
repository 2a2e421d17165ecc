//! How many messages a second `message-sender` hands to each provider's simulator, beside a bare client that makes the
//! same requests of the store and of the provider.
//!
//! The requests of one batch are taken down as the function makes them; the limit repeats them for other messages, with
//! as many side by side as the function has.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use local_stack::chosen_provider::ChosenProvider;
use serde_json::{Value, json};
use tests::Product;
use tests::figure::{Aim, Figure, median};
use tests::replay::{Replay, Tap};
use tests::stage::{self, Stage};

const FUNCTION: &str = "BulkSenderFunction";

/// As the function's event source has it.
const BATCH: usize = 25;
const BATCHES: usize = 8;
const ROUNDS: usize = 7;

/// What the function does side by side.
const AT_ONCE: usize = 16;

fn main() {
    for provider in ChosenProvider::all() {
        let mut options = stage::woken_by_nobody(env!("CARGO_BIN_EXE_shiftline-function"), Duration::ZERO);
        options.provider = Some(provider.name().to_owned());
        let stage = Stage::set(options);
        stage::measure(compare(&stage.product, provider));
        stage.strike();
    }
}

/// Messages of one batch, numbered through all batches.
struct Batch {
    prefix: char,
    number: usize,
}

impl Batch {
    fn ids(&self) -> Vec<String> {
        let ids = (0..BATCH).map(|n| format!("send-{}-{:04}-{n:02}", self.prefix, self.number));
        ids.collect()
    }

    /// Their rows as the outbox has them.
    fn rows(&self, provider: ChosenProvider) -> Vec<Value> {
        let specimen = tests::event("message-sender", "announcement")["Records"][0]["dynamodb"]["NewImage"].clone();
        let row = |(n, id): (usize, String)| {
            let mut row = specimen.clone();
            row["message_id"]["S"] = id.into();
            row["to"]["S"] = phone(provider, n).into();
            if provider.traits().pushes {
                let token = format!("app-{}", &phone(provider, n)[1..]);
                row["channel"]["S"] = "push".into();
                row["device"] = json!({ "M": { "token": { "S": token }, "platform": { "S": "android" } } });
            }
            row
        };
        self.ids().into_iter().enumerate().map(row).collect()
    }
}

/// The numbers of one batch, which are those of every other; none ends as the simulators take for a sign.
fn phone(provider: ChosenProvider, n: usize) -> String {
    format!("{}{}", country_code(provider), national(provider, n))
}

fn country_code(provider: ChosenProvider) -> &'static str {
    match provider.name() {
        "fast2sms" => "+91",
        "mn131344" => "+976",
        _ => "+1",
    }
}

fn national(provider: ChosenProvider, n: usize) -> String {
    match provider.name() {
        "fast2sms" => format!("98765412{n:02}"),
        "mn131344" => format!("991122{n:02}"),
        _ => format!("30000012{n:02}"),
    }
}

/// The event that the outbox's stream would wake the function with.
fn event(rows: &[Value]) -> Value {
    let mut event = tests::event("message-sender", "announcement");
    let specimen = event["Records"][0].clone();
    let record = |(n, row): (usize, &Value)| {
        let mut record = specimen.clone();
        record["dynamodb"]["Keys"]["message_id"] = row["message_id"].clone();
        record["dynamodb"]["NewImage"] = row.clone();
        record["dynamodb"]["SequenceNumber"] = format!("44215845000000000174504{n:05}").into();
        record
    };
    event["Records"] = rows.iter().enumerate().map(record).collect();
    event
}

async fn compare(product: &Product, provider: ChosenProvider) {
    let contacts = (0..BATCH).map(|n| json!({ "phone": phone(provider, n) }));
    stage::fill(product, "contacts", contacts);
    // The figure is the same at night.
    let settings = json!({
        "pk": "organisation#default", "sk": "settings", "quiet_hours": "off", "legal_hours": "off",
    });
    stage::fill(product, "records", [settings].into_iter());
    let no_receipts = json!({ "kind": "no-receipt", "count": u32::MAX });
    product
        .phone_simulator(reqwest::Method::POST, "/faults", Some(no_receipts))
        .await;
    let specimen = Specimen::of(product, provider).await;
    let client = reqwest::Client::new();

    let (mut function, mut limit) = (Vec::new(), Vec::new());
    let mut calls = 0;
    for round in 0..=ROUNDS {
        let numbers = round * BATCHES + 1..(round + 1) * BATCHES + 1;
        let replays: Vec<Replay> = numbers
            .clone()
            .map(|number| specimen.of_others(product, number))
            .collect();
        let events: Vec<Value> = numbers
            .map(|number| filled(product, provider, &Batch { prefix: 'f', number }))
            .collect();

        let begun = Instant::now();
        for replay in &replays {
            replay.run(&client, AT_ONCE).await;
        }
        let bare = rate(begun);
        assert_eq!(arrived(product).await, BATCH * BATCHES);
        forget_requests(product);
        let begun = Instant::now();
        for event in &events {
            let answer = product.invoke(FUNCTION, event).await.unwrap();
            assert_eq!(answer["batchItemFailures"], json!([]));
        }
        let served = rate(begun);
        assert_eq!(arrived(product).await, BATCH * BATCHES);
        calls = calls_of(product, provider);
        // The first round of each warms up.
        if round > 0 {
            function.push(served);
            limit.push(bare);
        }
    }
    Figure::new("send", "messages_per_second", median(&function))
        .case(provider.name())
        .beside(median(&limit))
        .aim(Aim::AtLeastTimes(0.6))
        .measures("batches of 25 handed to Lambda one after the other; limit: the same requests of the same batches")
        .print();
    Figure::new(
        "send",
        "provider_calls_per_1000",
        calls as f64 * 1000.0 / (BATCH * BATCHES) as f64,
    )
    .case(provider.name())
    .print();
}

fn rate(begun: Instant) -> f64 {
    (BATCH * BATCHES) as f64 / begun.elapsed().as_secs_f64()
}

/// Writes the rows of a batch; answers the event that they lead to.
fn filled(product: &Product, provider: ChosenProvider, batch: &Batch) -> Value {
    let rows = batch.rows(provider);
    let event = event(&rows);
    stage::fill(product, "messages", rows.into_iter());
    event
}

/// How many texts are on the phones since the last time.
async fn arrived(product: &Product) -> usize {
    let arrived = product.texts().await.len();
    product
        .phone_simulator(reqwest::Method::DELETE, "/messages", None)
        .await;
    arrived
}

fn forget_requests(product: &Product) {
    product.stack.request_counts().reset();
    product.stack.providers().requests().reset();
}

fn calls_of(product: &Product, provider: ChosenProvider) -> u64 {
    let of_aws = product.stack.request_counts().of(FUNCTION);
    let of_provider = product.stack.providers().requests().of(provider.name());
    let is_call = |(what, _): &(&String, &u64)| !what.starts_with("dynamodb:") && !what.starts_with("ssm:");
    let all = of_aws.iter().filter(is_call).chain(&of_provider);
    all.map(|(_, count)| count).sum()
}

/// One batch as the function has sent it.
struct Specimen {
    provider: ChosenProvider,
    replay: Replay,
    batch: Batch,
    /// The provider's ids of the messages.
    references: Vec<String>,
}

impl Specimen {
    /// Has the function send two batches, the first to warm up, with its requests taken down on their way.
    async fn of(product: &Product, provider: ChosenProvider) -> Self {
        let mut tap = Tap::on(product, FUNCTION);
        let gateway = Address::of(product, provider).await;
        if let Some(gateway) = &gateway {
            let relay = tap.relay(&product.stack.addresses().phones_url()).await;
            gateway.lead_to(product, &relay).await;
        }
        for (number, prefix) in [(0, 'w'), (0, 's')] {
            tap.taken();
            let event = filled(product, provider, &Batch { prefix, number });
            product.invoke(FUNCTION, &event).await.unwrap();
        }
        let asked = tap.taken();
        drop(tap);
        if let Some(gateway) = gateway {
            gateway.lead_back(product).await;
        }
        assert_eq!(arrived(product).await, 2 * BATCH);
        let batch = Batch { prefix: 's', number: 0 };
        let mut references = Vec::new();
        let mut marks = Vec::new();
        for (n, id) in batch.ids().into_iter().enumerate() {
            let row = product.row("messages", "message_id", &id).await.unwrap();
            references.push(row["provider_message_id"].as_str().unwrap_or_default().to_owned());
            marks.push(vec![id, national(provider, n)]);
        }
        Self {
            provider,
            replay: Replay::of(&asked, &marks),
            batch,
            references,
        }
    }

    /// The same requests for the messages of another batch, whose rows are written.
    fn of_others(&self, product: &Product, number: usize) -> Replay {
        let batch = Batch { prefix: 'b', number };
        stage::fill(product, "messages", batch.rows(self.provider).into_iter());
        let mut changes: Vec<_> = self.batch.ids().into_iter().zip(batch.ids()).collect();
        if self.provider.name() == "skyline" {
            // The device takes a task id once.
            let tids = self.references.iter().enumerate();
            changes.extend(tids.map(|(n, tid)| (tid.clone(), (1 + number * BATCH + n).to_string())));
        }
        self.replay.changed(&changes)
    }
}

/// The parameter that says where a gateway is.
struct Address {
    parameter: String,
    url: String,
}

impl Address {
    /// `None` for what is part of AWS.
    async fn of(product: &Product, provider: ChosenProvider) -> Option<Self> {
        let parameter = match provider.name() {
            "end-user-messaging" | "pinpoint-push" => return None,
            "skyline" => "gsm/base-url".to_owned(),
            "mn131344" => "mn131344/gateway-url".to_owned(),
            name => format!("{name}/base-url"),
        };
        let name = format!("{}/{parameter}", tests::PARAMETERS);
        let answer = product.aws("AmazonSSM.GetParameter", &json!({ "Name": name })).await;
        let url = answer.unwrap()["Parameter"]["Value"].as_str().unwrap().to_owned();
        Some(Self { parameter, url })
    }

    async fn lead_to(&self, product: &Product, relay: &str) {
        let url = self.url.replace(&product.stack.addresses().phones_url(), relay);
        self.set(product, &url).await;
    }

    async fn lead_back(&self, product: &Product) {
        self.set(product, &self.url).await;
    }

    /// A new process reads its parameters at once.
    async fn set(&self, product: &Product, url: &str) {
        product.put_parameter(&self.parameter, url).await;
        let before = pids(product);
        product.kill(FUNCTION).await;
        product
            .until("a new process", async || {
                let now = pids(product);
                (!now.is_empty() && now.iter().all(|pid| !before.contains(pid))).then_some(())
            })
            .await;
    }
}

fn pids(product: &Product) -> Vec<u32> {
    let processes = product.stack.processes().into_iter();
    let by_function: BTreeMap<String, Vec<u32>> = processes.map(|one| (one.logical_id, one.pids)).collect();
    by_function[FUNCTION].clone()
}
