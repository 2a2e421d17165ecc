//! Every provider against every case of the suite.

use std::collections::BTreeSet;

use messaging::conformance::{self, Table};
use tokio::task::JoinSet;

use crate::wire_bench::{Wire, WireBench};

/// A provider's folder, and its wire.
type Row = (&'static str, fn() -> Wire);

const PROVIDERS: [Row; 10] = [
    ("africas_talking", crate::africas_talking::wire),
    ("connect", crate::connect::wire),
    ("end_user_messaging", crate::end_user_messaging::wire),
    ("fast2sms", crate::fast2sms::wire),
    ("fcm", crate::fcm::wire),
    ("mn131344", crate::mn131344::wire),
    ("pinpoint", crate::pinpoint::wire),
    ("pinpoint_push", crate::pinpoint_push::wire),
    ("skyline", crate::skyline::wire),
    ("twilio", crate::twilio::wire),
];

#[test]
fn every_provider_is_in_the_table() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider");
    let mut folders = BTreeSet::new();
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // What the AWS providers share is no provider.
        if entry.file_type().unwrap().is_dir() && name != "aws" {
            folders.insert(name);
        }
    }
    let listed: BTreeSet<String> = PROVIDERS.iter().map(|(folder, _)| (*folder).to_owned()).collect();
    assert_eq!(folders, listed);
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the table is what the test is run for")]
async fn the_table_of_all_providers() {
    let mut running = JoinSet::new();
    for (place, (_, wire)) in PROVIDERS.into_iter().enumerate() {
        running.spawn(async move {
            let wire = wire();
            let name = wire.provider_at("http://127.0.0.1:9").name();
            (place, name.to_owned(), conformance::suite(&WireBench::new(wire)).await)
        });
    }
    let mut columns = running.join_all().await;
    columns.sort_by_key(|(place, ..)| *place);
    let providers = columns.into_iter().map(|(_, name, report)| (name, report)).collect();
    let table = Table { providers };
    println!("{table}");
    assert_eq!(table.failures(), [("", ""); 0], "\n{table}");
}
