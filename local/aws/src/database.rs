//! The embedded DynamoDB: opened with the template's tables and the indexes it lacks.

use std::fs;
use std::path::Path;
use std::time::Duration;

pub use dynoxide::Database;
use dynoxide::DynoxideError;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{task, time};
use uuid::Uuid;

use local_providers::clock;

use crate::event_source::Changes;
use crate::template::Table;

/// Each write to a table with a stream looks for the stream's last sequence number, and each reader for the records
/// after its own. Without this index both read the whole stream, and 100,000 writes would take hours.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS shiftline_stream_order \
     ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// A segment of a table is read in the order of its keys' hashes. Without this index every page reads and sorts the
/// whole table, and a campaign's audience takes longer to read than its messages to write.
fn scan_index(table: &str) -> String {
    format!("CREATE INDEX IF NOT EXISTS \"shiftline_scan_order_{table}\" ON \"{table}\" (hash_prefix, pk, sk)")
}

/// How often rows past their time to live are deleted. AWS promises a few days.
const TIME_TO_LIVE_SWEEP: Duration = Duration::from_secs(60);

/// Why the data cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("data folder {0:?} is not text")]
    Path(std::path::PathBuf),
    #[error("indexes of the tables and streams: {0}")]
    Index(#[from] rusqlite::Error),
    #[error(transparent)]
    Engine(#[from] DynoxideError),
    #[error("table {table}: {source}")]
    Table { table: String, source: serde_json::Error },
}

/// Deletes rows past their time to live again and again: by the real time, unless the functions' is behind it, since what
/// they have just written would be over.
pub async fn delete_expired_rows(database: Database, functions_now: impl Fn() -> Timestamp, changes: Changes) {
    loop {
        time::sleep(TIME_TO_LIVE_SWEEP).await;
        if functions_now() < clock::now() - TIME_TO_LIVE_SWEEP {
            continue;
        }
        let database = database.clone();
        if let Ok(Ok(1..)) = task::spawn_blocking(move || database.sweep_ttl()).await {
            changes.announce();
        }
    }
}

/// In memory, or kept in a file of the folder; tables that do not exist yet are created.
pub fn open(folder: Option<&Path>, tables: &[Table]) -> Result<Database, DatabaseError> {
    let location = match folder {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            let file = folder.join("dynamodb.sqlite");
            file.to_str()
                .ok_or_else(|| DatabaseError::Path(file.clone()))?
                .to_owned()
        }
        // A name of its own, under which the indexes can be added from beside the engine.
        None => format!("file:shiftline-{}?mode=memory&cache=shared", Uuid::new_v4()),
    };
    let database = Database::new(&location)?;
    create_tables(&database, tables)?;
    let beside = rusqlite::Connection::open(&location)?;
    beside.execute_batch(STREAM_INDEX)?;
    for table in tables {
        beside.execute_batch(&scan_index(&table.name))?;
    }
    Ok(database)
}

fn create_tables(database: &Database, tables: &[Table]) -> Result<(), DatabaseError> {
    for table in tables {
        if database.get_table_metadata(&table.name)?.is_some() {
            continue;
        }
        database.create_table(request(table, table.create_request())?)?;
        if let Some(attribute) = &table.time_to_live {
            let specification = json!({ "AttributeName": attribute, "Enabled": true });
            let body = json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
            database.update_time_to_live(request(table, body)?)?;
        }
    }
    Ok(())
}

fn request<T: serde::de::DeserializeOwned>(table: &Table, body: Value) -> Result<T, DatabaseError> {
    serde_json::from_value(body).map_err(|source| DatabaseError::Table {
        table: table.name.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(connection: &rusqlite::Connection, query: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let parameters = vec![0; statement.parameter_count()];
        statement
            .query_map(rusqlite::params_from_iter(parameters), |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn the_stream_queries_use_the_index() {
        let location = format!("file:plan-{}?mode=memory&cache=shared", Uuid::new_v4());
        let database = Database::new(&location).unwrap();
        let connection = rusqlite::Connection::open(&location).unwrap();
        connection.execute_batch(STREAM_INDEX).unwrap();

        // The engine's own statements.
        for query in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
            "SELECT event_name FROM _stream_records WHERE table_name = ?1 AND shard_id = ?2 \
             AND CAST(sequence_number AS INTEGER) > ?3 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT ?4",
        ] {
            let plan = plan(&connection, query);
            assert!(
                plan.iter().all(|step| step.contains("shiftline_stream_order")),
                "{plan:?}"
            );
        }
        drop(database);
    }

    #[test]
    fn a_page_of_a_segment_is_read_without_sorting() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE \"some-table\" (pk TEXT, sk TEXT, item_json TEXT, hash_prefix TEXT, PRIMARY KEY (pk, sk))")
            .unwrap();
        connection.execute_batch(&scan_index("some-table")).unwrap();

        // The engine's own statement.
        let plan = plan(
            &connection,
            "SELECT pk, sk, item_json FROM \"some-table\" WHERE (hash_prefix, pk, sk) > (?3, ?1, ?2) \
             AND substr(hash_prefix, 1, 3) >= ?4 AND substr(hash_prefix, 1, 3) <= ?5 \
             ORDER BY hash_prefix ASC, pk ASC, sk ASC LIMIT 1000",
        );

        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(plan[0].contains("shiftline_scan_order_some-table"), "{plan:?}");
    }
}
