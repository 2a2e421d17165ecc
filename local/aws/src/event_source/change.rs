//! Word that a table may have changed, so that a write reaches its readers at once instead of at their next look.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::sync::watch;

/// The DynamoDB operations after which a stream may hold a new record.
const WRITES: [&str; 5] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
];

/// Tells every reader of a stream to look again; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<watch::Sender<()>>);

impl Changes {
    pub fn announce(&self) {
        self.0.send_replace(());
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }

    /// The router, announcing every write that it answers.
    pub fn watch(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), announce_writes))
    }
}

async fn announce_writes(State(changes): State<Changes>, request: Request, next: Next) -> Response {
    let target = request.headers().get("x-amz-target").and_then(|it| it.to_str().ok());
    let operation = target.and_then(|it| it.strip_prefix("DynamoDB_20120810."));
    let writes = operation.is_some_and(|it| WRITES.contains(&it));
    let response = next.run(request).await;
    if writes {
        changes.announce();
    }
    response
}
