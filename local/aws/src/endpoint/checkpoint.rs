//! Checkpoints for fault tests: the endpoint holds a request at an exact moment until the test decides its fate.
//!
//! A test that ends a function between its read and its commit needs that very moment: it sets a checkpoint for the
//! request that commits, waits until one is held, kills the process, and has the request lost or lets it go on.

use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

/// When a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It has arrived and nothing has been done.
    Arrived,
    /// It has been done and its answer has not left.
    Done,
}

/// The checkpoints that are set; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Checkpoints {
    set: Arc<Mutex<Vec<Post>>>,
}

/// One checkpoint as the endpoint sees it.
#[derive(Debug)]
struct Post {
    function: String,
    action: String,
    moment: Moment,
    held: mpsc::UnboundedSender<HeldRequest>,
}

/// The handle of a checkpoint. Dropping it removes the checkpoint and releases all held requests.
#[derive(Debug)]
pub struct Checkpoint {
    held: mpsc::UnboundedReceiver<HeldRequest>,
}

/// A request that waits. Dropping it lets it go on.
pub struct HeldRequest {
    session: String,
    body: Bytes,
    lose: oneshot::Sender<()>,
}

impl Checkpoints {
    /// Holds every request with which a function, named by its logical id, asks for `action`, named as IAM names it
    /// (`dynamodb:TransactWriteItems`).
    #[must_use]
    pub fn set(&self, function: &str, action: &str, moment: Moment) -> Checkpoint {
        let (sender, held) = mpsc::unbounded_channel();
        self.set.lock().push(Post {
            function: function.to_owned(),
            action: action.to_owned(),
            moment,
            held: sender,
        });
        Checkpoint { held }
    }

    /// Whether the request, or its answer, goes on. Waits where a checkpoint holds it.
    pub(super) async fn pass(&self, function: &str, session: &str, action: &str, moment: Moment, body: &Bytes) -> bool {
        match self.hold(function, session, action, moment, body) {
            Some(lost) => lost.await.is_err(),
            None => true,
        }
    }

    fn hold(
        &self,
        function: &str,
        session: &str,
        action: &str,
        moment: Moment,
        body: &Bytes,
    ) -> Option<oneshot::Receiver<()>> {
        let mut set = self.set.lock();
        set.retain(|post| !post.held.is_closed());
        let post = set
            .iter()
            .find(|post| post.function == function && post.action == action && post.moment == moment)?;
        let (lose, lost) = oneshot::channel();
        let (session, body) = (session.to_owned(), body.clone());
        post.held.send(HeldRequest { session, body, lose }).ok()?;
        Some(lost)
    }
}

impl Checkpoint {
    /// Waits for the next request that is held; `None` once the endpoint is gone.
    pub async fn next(&mut self) -> Option<HeldRequest> {
        self.held.recv().await
    }
}

impl HeldRequest {
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// By which the process that asked is known.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    pub fn go_on(self) {}

    /// Breaks the connection: a request that has arrived is never done, the answer to one that was done never leaves.
    pub fn lose(self) {
        // The caller may have hung up, which is as good.
        let _ = self.lose.send(());
    }
}

impl fmt::Debug for HeldRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldRequest").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_client::{FUNCTION, TestClient};
    use super::*;
    use serde_json::json;

    const PUT: &str = "ssm:PutParameter";

    async fn put(client: &TestClient) -> u16 {
        let parameter = json!({ "Name": "n", "Value": "v", "Type": "String" });
        client.json("AmazonSSM.PutParameter", parameter).await.status
    }

    async fn is_there(client: &TestClient) -> bool {
        client
            .json("AmazonSSM.GetParameter", json!({ "Name": "n" }))
            .await
            .status
            == 200
    }

    #[tokio::test]
    async fn a_request_lost_on_arrival_is_never_done() {
        let client = TestClient::new();
        let mut checkpoint = client.endpoint.checkpoints().set(FUNCTION, PUT, Moment::Arrived);
        let lose = async {
            let held = checkpoint.next().await.unwrap();
            assert!(held.body().starts_with(b"{") && !is_there(&client).await);
            held.lose();
        };
        assert_eq!(tokio::join!(put(&client), lose).0, 503);
        assert!(!is_there(&client).await);
    }

    #[tokio::test]
    async fn a_request_whose_answer_is_lost_is_done() {
        let client = TestClient::new();
        let mut checkpoint = client.endpoint.checkpoints().set(FUNCTION, PUT, Moment::Done);
        let lose = async {
            let held = checkpoint.next().await.unwrap();
            assert!(is_there(&client).await);
            held.lose();
        };
        assert_eq!(tokio::join!(put(&client), lose).0, 503);
        assert!(is_there(&client).await);
    }

    #[tokio::test]
    async fn what_is_held_goes_on_when_its_checkpoint_is_taken_away() {
        let client = TestClient::new();
        let checkpoint = client.endpoint.checkpoints().set(FUNCTION, PUT, Moment::Arrived);
        let take_away = async { drop(checkpoint) };
        assert_eq!(tokio::join!(put(&client), take_away).0, 200);
    }

    #[tokio::test]
    async fn other_functions_and_actions_pass() {
        let client = TestClient::new();
        let _others = client.endpoint.checkpoints().set("OtherFunction", PUT, Moment::Arrived);
        let _action = client
            .endpoint
            .checkpoints()
            .set(FUNCTION, "ssm:GetParameter", Moment::Done);
        assert_eq!(put(&client).await, 200);
    }
}
