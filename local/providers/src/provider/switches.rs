//! How a provider behaves where its documents leave room, turned while it runs.
//!
//! `GET` and `PUT /_local/switches` below the provider's path; a `PUT` changes what it names and leaves the rest.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Where the switches of each provider are.
pub(super) const PATH: &str = "/_local/switches";

/// A provider's switches; all clones are the same switches.
#[derive(Debug, Default)]
pub(super) struct Switches<T>(Arc<Mutex<T>>);

impl<T> Clone for Switches<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Switches<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + 'static,
{
    pub(super) fn get(&self) -> T {
        self.0.lock().clone()
    }

    fn change(&self, body: &[u8]) -> Result<T, serde_json::Error> {
        let changes: Map<String, Value> = serde_json::from_slice(body)?;
        let mut merged = json!(self.get());
        for (name, value) in changes {
            merged[name] = value;
        }
        let changed: T = serde_json::from_value(merged)?;
        *self.0.lock() = changed.clone();
        Ok(changed)
    }

    pub(super) fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let (read, written) = (self.clone(), self.clone());
        get(move || async move { Json(read.get()) })
            .put(move |body: Bytes| async move { answer(written.change(&body)) })
    }
}

fn answer<T: Serialize>(changed: Result<T, serde_json::Error>) -> Response {
    match changed {
        Ok(switches) => Json(switches).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Lamps {
        red: bool,
        green: bool,
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let lamps = Switches::<Lamps>::default();
        lamps.change(br#"{"red":true}"#).unwrap();
        lamps.change(br#"{"green":true}"#).unwrap();

        assert_eq!(lamps.get(), Lamps { red: true, green: true });
        assert!(lamps.change(br#"{"blue":true}"#).is_err());
        assert!(lamps.change(b"[]").is_err());
    }
}
