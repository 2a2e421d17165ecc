//! The embedded DynamoDB: opened with the one index it lacks, filled with the template's tables.

use std::fs;
use std::path::Path;

use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::template::Table;

/// Each write to a table with a stream looks for the stream's last sequence number, and each reader for the records
/// after its own. Without this index both read the whole stream, and 100,000 writes would take hours.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS shiftline_stream_order \
     ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Why the data cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("data folder {0:?} is not text")]
    Path(std::path::PathBuf),
    #[error("index of the streams: {0}")]
    Index(#[from] rusqlite::Error),
    #[error(transparent)]
    Engine(#[from] DynoxideError),
    #[error("table {table}: {source}")]
    Table { table: String, source: serde_json::Error },
}

/// In memory, or kept in a file of the folder.
pub(crate) fn open(folder: Option<&Path>) -> Result<Database, DatabaseError> {
    let location = match folder {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            let file = folder.join("dynamodb.sqlite");
            file.to_str()
                .ok_or_else(|| DatabaseError::Path(file.clone()))?
                .to_owned()
        }
        // A name of its own, under which the index can be added from beside the engine.
        None => format!("file:shiftline-{}?mode=memory&cache=shared", Uuid::new_v4()),
    };
    let database = Database::new(&location)?;
    rusqlite::Connection::open(&location)?.execute_batch(STREAM_INDEX)?;
    Ok(database)
}

/// Creates the tables that do not exist yet.
pub(crate) fn create_tables(database: &Database, tables: &[Table]) -> Result<(), DatabaseError> {
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
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let parameters = vec![0; statement.parameter_count()];
            let plan: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(parameters), |row| row.get("detail"))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(
                plan.iter().all(|step| step.contains("shiftline_stream_order")),
                "{plan:?}"
            );
        }
        drop(database);
    }
}
