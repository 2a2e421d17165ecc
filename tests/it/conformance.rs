//! The ports on DynamoDB, over the running endpoint, pass the same suite as those in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::conformance::{Bench, suite};
use application::port::{
    AwaitedReceipt, Bookings, Budgets, CampaignUpdate, Campaigns, CodeCounts, Contacts, Cost, Devices, Holds,
    InboundTexts, Lines, Organisations, Outbox, Pace, ParkedReceipt, People, Progress, ProviderHealth, Receipts,
    Records, Sequences, Shifts, Templates, TextHistories, TextParts, Workshops,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::config::Credentials;
use domain::bill::BillRow;
use domain::campaign::{CampaignRow, CampaignStatus};
use domain::contact::Contact;
use domain::device::{Device, DeviceToken, Platform};
use domain::message::{Attempt, Kind, MessageId, Receipt, ReceiptOutcome};
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::routing::{Health, HealthCounts, Routes, Window};
use domain::sequence::SequenceRow;
use domain::shift::ShiftRow;
use domain::template::TemplateRow;
use domain::workshop::{RegistrantRow, SequenceCommand, WorkshopRow};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use local_aws::template::DEPLOYED;
use local_stack::stack::Options;
use runtime::aws::AwsSettings;
use runtime::clock::random_digits;
use runtime::storage::{
    BookingsTable, BudgetsTable, CampaignsTable, CodeCountsTable, ContactsTable, DevicesTable, HealthTable, HoldsTable,
    InboundTableNames, InboundTables, LinesTable, MessagesTable, OrganisationsTable, PaceTable, PeopleTableNames,
    PeopleTables, ReceiptsTable, RecordsTable, SequencesTable, ShiftsTable, TemplatesTable, TextHistoriesTable,
    TextPartsTable, WorkshopsTable,
};
use serde_json::{Map, Value, json};
use tests::Product;

use crate::FUNCTION;

/// The deployed tables without the functions that would wake up to every row.
fn tables_alone() -> String {
    let (_, resources) = DEPLOYED.split_once("\nResources:\n").unwrap();
    let (mut tables, mut resource) = ("Resources:\n".to_owned(), String::new());
    let mut add = |resource: &mut String| {
        if resource.contains("\n    Type: AWS::DynamoDB::Table\n") {
            tables.push_str(resource);
        }
        resource.clear();
    };
    // Indented by two, the name of the next resource; by none, the end of them all.
    for line in resources
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
    {
        if line.starts_with("  ") && !line.starts_with("   ") {
            add(&mut resource);
        }
        resource.push_str(line);
        resource.push('\n');
    }
    add(&mut resource);
    tables.replace("!Ref Stage", "test")
}

struct Tables {
    product: Product,
    inbound: InboundTables,
    shifts: ShiftsTable,
    contacts: ContactsTable,
    campaigns: CampaignsTable,
    outbox: MessagesTable,
    budgets: BudgetsTable,
    organisations: OrganisationsTable,
    histories: TextHistoriesTable,
    codes: CodeCountsTable,
    text_parts: TextPartsTable,
    pace: PaceTable,
    lines: LinesTable,
    holds: HoldsTable,
    health: HealthTable,
    receipts: ReceiptsTable,
    devices: DevicesTable,
    records: RecordsTable,
    bookings: BookingsTable,
    templates: TemplatesTable,
    sequences: SequencesTable,
    workshops: WorkshopsTable,
    people: PeopleTables,
}

impl Tables {
    async fn empty() -> Self {
        let product = Product::start(Options {
            template: tables_alone(),
            ..tests::options(FUNCTION)
        })
        .await;
        let settings = AwsSettings {
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("local", "local", None, None, "test"),
            endpoint_url: Some(product.stack.addresses().aws_url()),
        };
        let client = settings.dynamodb();
        let name = |table: &str| format!("shiftline-{table}");
        let names = InboundTableNames {
            shifts: name("shifts"),
            contacts: name("contacts"),
            messages: name("messages"),
            records: name("records"),
        };
        let organisations = OrganisationsTable::new(client.clone(), name("records"));
        let of_shifts: Arc<dyn Organisations> = Arc::new(organisations.clone());
        Self {
            product,
            inbound: InboundTables::new(client.clone(), names, Arc::clone(&of_shifts)),
            shifts: ShiftsTable::new(client.clone(), name("shifts"), Arc::clone(&of_shifts)),
            contacts: ContactsTable::new(client.clone(), name("contacts")),
            campaigns: CampaignsTable::new(client.clone(), name("campaigns"), name("records")),
            outbox: MessagesTable::new(client.clone(), name("messages"), name("records")).noting_on(name("contacts")),
            budgets: BudgetsTable::new(client.clone(), name("messages"), name("records")),
            organisations,
            pace: PaceTable::new(client.clone(), name("records")),
            lines: LinesTable::new(client.clone(), name("messages"), name("records")),
            holds: HoldsTable::new(client.clone(), name("records")),
            health: HealthTable::new(client.clone(), name("records")),
            receipts: ReceiptsTable::new(client.clone(), name("records")),
            devices: DevicesTable::new(client.clone(), name("records")),
            records: RecordsTable::new(client.clone(), name("records"), name("messages")),
            bookings: BookingsTable::new(
                client.clone(),
                name("records"),
                name("shifts"),
                name("messages"),
                of_shifts,
            ),
            templates: TemplatesTable::new(client.clone(), name("records")),
            sequences: SequencesTable::new(client.clone(), name("records")),
            workshops: WorkshopsTable::new(client.clone(), name("records")),
            histories: TextHistoriesTable::new(client.clone(), name("records")),
            text_parts: TextPartsTable::new(client.clone(), name("records")),
            codes: CodeCountsTable::new(client.clone(), name("messages"), name("records")),
            people: PeopleTables::new(
                client,
                PeopleTableNames {
                    contacts: name("contacts"),
                    shifts: name("shifts"),
                    messages: name("messages"),
                    records: name("records"),
                },
                |text, phone| PhoneNumber::normalise(text).as_ref() == Ok(phone),
                random_digits,
            ),
        }
    }

    async fn delete(&self, table: &str, key: &str, value: &str) {
        let body = json!({ "TableName": format!("shiftline-{table}"), "Key": { key: { "S": value } } });
        self.product.dynamodb("DeleteItem", body).await;
    }
}

/// A row without the attributes that are not set.
fn typed(attributes: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let set = attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(set.collect::<Map<_, _>>())
}

/// As a person types them.
fn kinds(kinds: &BTreeSet<Kind>) -> Option<Value> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", ").into())
}

fn text_set<'a>(texts: impl IntoIterator<Item = &'a String>) -> Option<Value> {
    let texts: Vec<&String> = texts.into_iter().collect();
    // DynamoDB has no empty sets.
    (!texts.is_empty()).then(|| json!({ "SS": texts }))
}

fn text(row: &Value, attribute: &str) -> Option<String> {
    row[attribute].as_str().map(ToOwned::to_owned)
}

#[async_trait]
impl Bench for Tables {
    fn inbound(&self) -> &dyn InboundTexts {
        &self.inbound
    }

    fn shifts(&self) -> &dyn Shifts {
        &self.shifts
    }

    fn contacts(&self) -> &dyn Contacts {
        &self.contacts
    }

    fn budgets(&self) -> &dyn Budgets {
        &self.budgets
    }

    fn campaigns(&self) -> &dyn Campaigns {
        &self.campaigns
    }

    fn outbox(&self) -> &dyn Outbox {
        &self.outbox
    }

    fn organisations(&self) -> &dyn Organisations {
        &self.organisations
    }

    fn histories(&self) -> &dyn TextHistories {
        &self.histories
    }

    fn codes(&self) -> &dyn CodeCounts {
        &self.codes
    }

    fn text_parts(&self) -> &dyn TextParts {
        &self.text_parts
    }

    fn pace(&self) -> &dyn Pace {
        &self.pace
    }

    fn lines(&self) -> &dyn Lines {
        &self.lines
    }

    fn holds(&self) -> &dyn Holds {
        &self.holds
    }

    fn health(&self) -> &dyn ProviderHealth {
        &self.health
    }

    fn receipts(&self) -> &dyn Receipts {
        &self.receipts
    }

    fn devices(&self) -> &dyn Devices {
        &self.devices
    }

    fn records(&self) -> &dyn Records {
        &self.records
    }

    fn bookings(&self) -> &dyn Bookings {
        &self.bookings
    }

    fn people(&self) -> &dyn People {
        &self.people
    }

    fn templates(&self) -> &dyn Templates {
        &self.templates
    }

    fn sequences(&self) -> &dyn Sequences {
        &self.sequences
    }

    fn workshops(&self) -> &dyn Workshops {
        &self.workshops
    }

    async fn put_bill(&self, row: BillRow) {
        let row = typed([
            ("pk", Some(format!("bill#{}", row.bill_id).into())),
            ("sk", Some("bill".into())),
            ("customer", row.customer.map(Value::from)),
            ("title", row.title.map(Value::from)),
            ("amount", row.amount.map(Value::from)),
            ("due_on", row.due_on.map(Value::from)),
            ("status", row.status.map(Value::from)),
        ]);
        self.product.put("records", row).await;
    }

    async fn put_template(&self, row: TemplateRow) {
        let variables: Vec<Value> = row.variables.iter().map(|text| json!({ "S": text })).collect();
        let row = typed([
            ("pk", Some(format!("template#{}", row.id).into())),
            ("sk", Some("template".into())),
            ("name", row.name.map(Value::from)),
            ("dlt_template_id", row.dlt_template_id.map(Value::from)),
            ("message_id", row.message_id.map(Value::from)),
            ("content", row.content.map(Value::from)),
            ("variables", (!variables.is_empty()).then(|| json!({ "L": variables }))),
            ("language", row.language.map(Value::from)),
            ("active", (!row.active).then(|| "no".into())),
        ]);
        self.product.put("records", row).await;
    }

    async fn put_sequence(&self, row: SequenceRow) {
        let steps = row.steps.iter().map(|step| {
            let attributes = [
                ("id", &step.id),
                ("template", &step.template),
                ("at", &step.at),
                ("day", &step.day),
                ("label", &step.label),
            ];
            let said = attributes.iter().filter_map(|(name, text)| Some((*name, text.as_ref()?)));
            json!({ "M": said.map(|(name, text)| (name, json!({ "S": text }))).collect::<std::collections::BTreeMap<_, _>>() })
        });
        let steps: Vec<Value> = steps.collect();
        let row = typed([
            ("pk", Some(format!("sequence#{}", row.id).into())),
            ("sk", Some("sequence".into())),
            ("steps", Some(json!({ "L": steps }))),
        ]);
        self.product.put("records", row).await;
    }

    async fn put_tag(&self, tag: &str, sequence: &str) {
        let row = json!({ "pk": format!("tag#{tag}"), "sk": "tag", "sequence": sequence });
        self.product.put("records", row).await;
    }

    async fn put_workshop(&self, row: WorkshopRow) {
        let row = typed([
            ("pk", Some(format!("workshop#{}", row.id).into())),
            ("sk", Some("workshop".into())),
            ("title", row.title.map(Value::from)),
            ("tag", row.tag.map(Value::from)),
            ("date", row.date.map(Value::from)),
            ("place", row.place.map(Value::from)),
            ("zone", row.zone.map(Value::from)),
            ("organisation", row.organisation.map(Value::from)),
        ]);
        self.product.put("records", row).await;
    }

    async fn delete_workshop(&self, id: &str) {
        let key = json!({ "pk": { "S": format!("workshop#{id}") }, "sk": { "S": "workshop" } });
        let body = json!({ "TableName": "shiftline-records", "Key": key });
        self.product.dynamodb("DeleteItem", body).await;
    }

    async fn put_command(&self, workshop: &str, command: SequenceCommand) {
        let (attribute, value) = match command {
            SequenceCommand::Run => ("run", Value::from(true)),
            SequenceCommand::SendNow { step } => ("send_now", step.into()),
            SequenceCommand::Cancel => ("cancel", "please".into()),
        };
        let key = json!({ "pk": format!("workshop#{workshop}"), "sk": "workshop" });
        self.product.set("records", &key, attribute, &value).await;
    }

    async fn put_registrant(&self, workshop: &str, row: RegistrantRow) {
        let row = typed([
            ("pk", Some(format!("workshop#{workshop}").into())),
            ("sk", Some(format!("registrant#{}", row.id).into())),
            ("name", row.name.map(Value::from)),
            ("phone", row.phone.map(Value::from)),
            ("revision", row.revision.map(Value::from)),
        ]);
        self.product.put("records", row).await;
    }

    async fn put_shift(&self, row: ShiftRow) {
        let row = typed([
            ("shift_id", Some(row.shift_id.into())),
            ("shift_status", row.shift_status.map(Value::from)),
            ("shift_info", row.shift_info.map(Value::from)),
            ("employee", row.employee.map(Value::from)),
            ("employees", text_set(&row.employees)),
            ("capacity", row.capacity.map(Value::from)),
            ("starts_at", row.starts_at.map(Value::from)),
            ("zone", row.zone.map(Value::from)),
            ("organisation", row.organisation.map(Value::from)),
        ]);
        self.product.put("shifts", row).await;
    }

    async fn delete_shift(&self, shift_id: &str) {
        self.delete("shifts", "shift_id", shift_id).await;
    }

    async fn shift(&self, shift_id: &str) -> Option<ShiftRow> {
        let row = self.product.row("shifts", "shift_id", shift_id).await?;
        let employees = row["employees"].as_array().into_iter().flatten();
        Some(ShiftRow {
            shift_id: text(&row, "shift_id").unwrap(),
            shift_status: text(&row, "shift_status"),
            shift_info: text(&row, "shift_info"),
            employee: text(&row, "employee"),
            employees: employees.map(|it| it.as_str().unwrap().to_owned()).collect(),
            capacity: text(&row, "capacity"),
            starts_at: text(&row, "starts_at"),
            zone: text(&row, "zone"),
            organisation: text(&row, "organisation"),
            error: text(&row, "error"),
            malformed: None,
        })
    }

    async fn put_contact(&self, contact: Contact) {
        let opt_out = contact.opt_out.as_ref();
        let row = typed([
            ("phone", Some(contact.phone.as_str().into())),
            ("groups", text_set(&contact.groups)),
            ("organisation", text_set(&contact.organisations)),
            ("name", contact.name.map(Value::from)),
            ("language", contact.language.map(|language| language.tag().into())),
            (
                "zone",
                contact.zone.as_ref().and_then(TimeZone::iana_name).map(Value::from),
            ),
            ("kinds_off", kinds(&contact.kinds_off)),
            ("may_book", (!contact.may_book).then(|| false.into())),
            ("interested", (!contact.interested).then(|| "no".into())),
            ("opted_out_at", opt_out.map(|it| it.at.to_string().into())),
            ("opted_out_words", opt_out.map(|it| it.words.clone().into())),
        ]);
        self.product.put("contacts", row).await;
    }

    async fn delete_contact(&self, phone: &PhoneNumber) {
        self.delete("contacts", "phone", phone.as_str()).await;
    }

    async fn put_unusable_contact(&self, key: &str) {
        self.product.put_employee(key).await;
    }

    async fn contact_error(&self, key: &str) -> Option<String> {
        let row = self.product.row("contacts", "phone", key).await?;
        assert_eq!(row["error"].is_null(), row["status"] != "rejected");
        text(&row, "error")
    }

    async fn put_campaign(&self, row: CampaignRow) {
        let audience = row
            .audience
            .iter()
            .map(|group| json!({ "S": group }))
            .collect::<Vec<_>>();
        let row = typed([
            ("campaign_id", Some(row.campaign_id.into())),
            ("shifts", row.shifts.map(Value::from)),
            ("message", row.message.map(Value::from)),
            ("audience", (!audience.is_empty()).then(|| json!({ "L": audience }))),
            ("scheduled_for", row.scheduled_for.map(Value::from)),
            ("zone", row.zone.map(Value::from)),
            ("channel", row.channel.map(Value::from)),
            ("organisation", row.organisation.map(Value::from)),
            ("as_far_as_budget", row.as_far_as_budget.then(|| "yes".into())),
            ("send_until", row.send_until.map(Value::from)),
            ("as_far_as_time", row.as_far_as_time.then(|| "yes".into())),
            ("status", row.status.map(Value::from)),
        ]);
        self.product.put("campaigns", row).await;
    }

    async fn delete_campaign(&self, campaign_id: &str) {
        self.delete("campaigns", "campaign_id", campaign_id).await;
    }

    async fn campaign(&self, campaign_id: &str) -> Option<CampaignUpdate> {
        let row = self.product.row("campaigns", "campaign_id", campaign_id).await?;
        let count = |attribute: &str| row[attribute].as_u64().unwrap();
        let by_reason = row["suppressed_by_reason"].as_object().into_iter().flatten();
        let progress = row.get("recipients").map(|_| Progress {
            recipients: count("recipients"),
            queued: count("queued"),
            sent: count("sent"),
            delivered: count("delivered"),
            failed: count("failed"),
            expired: count("expired"),
            unknown: count("unknown"),
            cancelled: count("cancelled"),
            suppressed: by_reason
                .map(|(reason, count)| (reason.clone(), count.as_u64().unwrap()))
                .collect(),
        });
        if let Some(progress) = &progress {
            assert_eq!(count("suppressed"), progress.suppressed.values().sum::<u64>());
        }
        Some(CampaignUpdate {
            status: text(&row, "status").map(|status| CampaignStatus::from_text(&status).unwrap()),
            error: text(&row, "error"),
            held_because: text(&row, "held_because"),
            segments: row["segments"]
                .as_u64()
                .map(|segments| u32::try_from(segments).unwrap()),
            cost: row.get("segments_needed").map(|_| Cost {
                recipients: count("recipients_counted"),
                segments: count("segments_needed"),
            }),
            expected_done_at: text(&row, "expected_done_at").map(|at| at.parse().unwrap()),
            launched_at: text(&row, "launched_at").map(|at| at.parse().unwrap()),
            progress,
        })
    }

    async fn put_organisation(&self, organisation: &str, settings: Organisation) {
        let routing = |routes: &Routes| {
            let providers: Vec<Value> = routes.providers().map(|provider| json!({ "S": provider })).collect();
            json!({ "M": { "*": { "L": providers } } })
        };
        let staff: Vec<&str> = settings.staff.iter().map(PhoneNumber::as_str).collect();
        let row = typed([
            ("pk", Some(format!("organisation#{organisation}").into())),
            ("sk", Some("settings".into())),
            ("texting", settings.texting_off.then(|| "off".into())),
            ("kinds_off", kinds(&settings.kinds_off)),
            ("sender", settings.sender.map(Value::from)),
            ("routing", settings.routes.as_ref().map(routing)),
            ("name", settings.name.map(Value::from)),
            (
                "zone",
                settings.zone.as_ref().and_then(TimeZone::iana_name).map(Value::from),
            ),
            ("country", settings.country.map(Value::from)),
            ("language", settings.language.map(|language| language.tag().into())),
            ("quiet_hours", settings.quiet_hours.is_none().then(|| "off".into())),
            ("morning", Some(settings.morning.strftime("%H:%M").to_string().into())),
            ("confirm_days_before", Some(settings.confirm_days_before.into())),
            ("review_after_minutes", Some(settings.review_after.as_mins().into())),
            ("review_link", settings.review_link.map(Value::from)),
            ("reminder_hours", Some(settings.reminder_before.as_hours().into())),
            ("staff", (!staff.is_empty()).then(|| staff.join(", ").into())),
            ("budget", settings.budget.map(|budget| budget.segments().into())),
            ("budget_reserve", settings.budget.map(|budget| budget.reserve().into())),
            ("alerts_to", settings.alerts_to.map(|number| number.as_str().into())),
            ("body_days", Some(settings.body_days.into())),
            ("ledger_days", Some(settings.ledger_days.into())),
        ]);
        self.product.put("records", row).await;
    }

    async fn put_unusable_organisation(&self, organisation: &str) {
        let pk = format!("organisation#{organisation}");
        let row = json!({ "pk": pk, "sk": "settings", "texting": "maybe" });
        self.product.put("records", row).await;
    }

    async fn organisation_error(&self, organisation: &str) -> Option<String> {
        let pk = format!("organisation#{organisation}");
        let row = self
            .product
            .rows("records")
            .await
            .into_iter()
            .find(|row| row["pk"] == pk)?;
        assert_eq!(row["error"].is_null(), row["status"] != "rejected");
        text(&row, "error")
    }

    async fn attempts(&self, id: &MessageId) -> Vec<Attempt> {
        let row = self.product.row("messages", "message_id", id.as_str()).await.unwrap();
        let attempts = row["attempts"].as_array().into_iter().flatten();
        let attempt = |it: &Value| Attempt {
            at: text(it, "at").unwrap().parse().unwrap(),
            provider: text(it, "provider").unwrap(),
            outcome: text(it, "outcome").unwrap(),
            detail: text(it, "detail"),
        };
        attempts.map(attempt).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the run shows every case by name")]
async fn the_tables_conform() {
    let report = suite(async || Arc::new(Tables::empty().await) as Arc<dyn Bench>).await;
    println!("{report}");
    assert_eq!(report.failures(), [""; 0], "\n{report}");
}

/// A spoilt row of each kind is reported in the log, and nothing else waits for it.
#[tokio::test]
async fn an_unreadable_record_stands_in_nobodys_way() {
    let tables = Tables::empty().await;
    let at: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let phone = PhoneNumber::parse("+12025550101").unwrap();
    let spoilt = [
        json!({ "pk": "receipt#1", "sk": "kept", "due_bucket": "receipts", "due_at": "2026-11-20T11:00:00.000Z" }),
        json!({ "pk": "awaited#skyline#+12025550101", "sk": "2026-11-20T12:00:01.000Z#m2", "message_id": 2 }),
        json!({ "pk": "employee#+12025550101", "sk": "device#1", "token": "not a token" }),
        json!({ "pk": "health#skyline", "sk": "2026-11-20T12:00:10.000Z", "good": "many" }),
    ];
    for row in spoilt {
        tables.product.put("records", row).await;
    }
    let parked = ParkedReceipt {
        message_id: None,
        receipt: Receipt {
            provider: "skyline".to_owned(),
            provider_message_id: None,
            recipient: Some(phone.clone()),
            outcome: ReceiptOutcome::Delivered,
            port: None,
            at,
            is_final: true,
            code: "0".to_owned(),
            meaning: None,
        },
        since: at,
        due_at: at,
    };
    let awaited = AwaitedReceipt {
        message_id: MessageId::from_text("m1"),
        sent_at: at,
        port: None,
        handed_over_at: None,
        parts: 1,
        delivered_by: BTreeSet::new(),
        failed_by: BTreeSet::new(),
    };
    let device = Device {
        token: DeviceToken::parse("token").unwrap(),
        platform: Platform::Android,
        owner: phone.clone(),
        last_seen_at: at,
    };
    let window = Window {
        start: at,
        counts: HealthCounts::GOOD,
    };
    tables.receipts.park(&parked).await.unwrap();
    tables.receipts.expect("skyline", &phone, &awaited).await.unwrap();
    tables.devices.put(&device).await.unwrap();
    tables.health.add("skyline", window.start, window.counts).await.unwrap();

    let later = at + SignedDuration::from_secs(60);
    assert_eq!(tables.receipts.due(later, 1).await.unwrap(), [parked]);
    assert_eq!(tables.receipts.expected("skyline", &phone).await.unwrap(), [awaited]);
    assert_eq!(tables.devices.of(&phone).await.unwrap(), [device]);
    let health = tables.health.read(&["skyline".to_owned()], at).await.unwrap();
    assert_eq!(health["skyline"], Health::new(vec![window]));
}
