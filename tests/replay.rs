//! What a function asked of the store and of its provider, taken down, so that a bare client can ask the same again.
//! Nothing of it is signed, retried or decoded then.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use local_aws::endpoint::Moment;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;

use crate::{Product, SIGNATURE};

/// What functions ask of AWS, as IAM names it and as the request does.
const ACTIONS: [(&str, &str); 8] = [
    ("dynamodb:BatchGetItem", "DynamoDB_20120810.BatchGetItem"),
    ("dynamodb:DeleteItem", "DynamoDB_20120810.DeleteItem"),
    ("dynamodb:GetItem", "DynamoDB_20120810.GetItem"),
    ("dynamodb:PutItem", "DynamoDB_20120810.PutItem"),
    ("dynamodb:Query", "DynamoDB_20120810.Query"),
    ("dynamodb:TransactWriteItems", "DynamoDB_20120810.TransactWriteItems"),
    ("dynamodb:UpdateItem", "DynamoDB_20120810.UpdateItem"),
    ("sms-voice:SendTextMessage", "PinpointSMSVoiceV2.SendTextMessage"),
];

/// Pushes are sent to a path instead of a target.
const PUSH: (&str, &str) = ("mobiletargeting:SendMessages", "/v1/apps/local-project/messages");

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it asks for: an action as IAM names it, or a path of a gateway.
    pub what: String,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: String,
}

/// Takes down what a function asks, in an order in which it can be asked again.
#[derive(Debug)]
pub struct Tap {
    asked: UnboundedReceiver<Asked>,
    note: UnboundedSender<Asked>,
    tasks: JoinSet<()>,
}

impl Tap {
    /// Of the AWS endpoint, from now on.
    pub fn on(product: &Product, function: &str) -> Self {
        let (note, asked) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let url = product.stack.addresses().aws_url();
        let by_target = ACTIONS.map(|(action, target)| (action, url.clone(), Some(target)));
        for (action, url, target) in by_target
            .into_iter()
            .chain([(PUSH.0, format!("{url}{}", PUSH.1), None)])
        {
            let mut checkpoint = product.stack.checkpoints().set(function, action, Moment::Arrived);
            let note = note.clone();
            tasks.spawn(async move {
                while let Some(held) = checkpoint.next().await {
                    let body = String::from_utf8(held.body().to_vec()).unwrap();
                    note.send(of_aws(action, &url, target, body)).unwrap();
                    held.go_on();
                }
            });
        }
        Self { asked, note, tasks }
    }

    /// Notes the requests to a gateway: returns an address that relays to it.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn relay(&mut self, gateway: &str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let relay = Relay {
            client: reqwest::Client::new(),
            gateway: gateway.to_owned(),
            note: self.note.clone(),
        };
        let router = Router::new().fallback(pass_on).with_state(relay);
        self.tasks
            .spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    /// What was asked since the last time.
    pub fn taken(&mut self) -> Vec<Asked> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

fn of_aws(action: &str, url: &str, target: Option<&'static str>, body: String) -> Asked {
    let mut headers = HeaderMap::new();
    let service = action.split(':').next().unwrap();
    let signature = SIGNATURE.replace("/dynamodb/", &format!("/{service}/"));
    headers.insert("authorization", HeaderValue::try_from(signature).unwrap());
    if let Some(target) = target {
        headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
        headers.insert("x-amz-target", HeaderValue::from_static(target));
    }
    Asked {
        what: action.to_owned(),
        method: Method::POST,
        url: url.to_owned(),
        headers,
        body,
    }
}

#[derive(Clone, Debug)]
struct Relay {
    client: reqwest::Client,
    gateway: String,
    note: UnboundedSender<Asked>,
}

async fn pass_on(State(relay): State<Relay>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let of_the_connection: [HeaderName; 4] = [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING];
    let mut headers = parts.headers;
    for name in &of_the_connection {
        headers.remove(name);
    }
    let asked = Asked {
        what: parts.uri.path().to_owned(),
        method: parts.method,
        url: format!("{}{}", relay.gateway, parts.uri),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answer = asked.send(&relay.client).await;
    relay.note.send(asked).unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if !of_the_connection.contains(name) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

impl Asked {
    async fn send(&self, client: &reqwest::Client) -> reqwest::Response {
        let request = client.request(self.method.clone(), &self.url);
        let request = request.headers(self.headers.clone()).body(self.body.clone());
        request.send().await.unwrap()
    }

    async fn repeat(&self, client: &reqwest::Client) {
        let answer = self.send(client).await;
        let accepted = answer.status().is_success();
        let body = answer.bytes().await.unwrap();
        assert!(accepted, "{}: {}", self.what, String::from_utf8_lossy(&body));
    }

    fn changed(&self, changes: &[(String, String)]) -> Self {
        let mut asked = self.clone();
        for (old, new) in changes {
            asked.url = asked.url.replace(old, new);
            asked.body = asked.body.replace(old, new);
        }
        asked
    }
}

/// Requests in the order in which they can be asked again: what concerns one message follows what concerned it before,
/// beside the other messages' requests; what concerns several waits for all before it.
#[derive(Debug)]
pub struct Replay {
    steps: Vec<Vec<Vec<Asked>>>,
}

impl Replay {
    /// `marks` are, for each message, what is found in the requests that concern it, such as its id and its number.
    #[must_use]
    pub fn of(asked: &[Asked], marks: &[Vec<String>]) -> Self {
        let mut steps: Vec<Vec<Vec<Asked>>> = Vec::new();
        let mut places: Option<Vec<Option<usize>>> = None;
        for one in asked {
            let is_about = |marks: &&Vec<String>| {
                marks
                    .iter()
                    .any(|mark| one.body.contains(mark) || one.url.contains(mark))
            };
            let mut subject = marks.iter().enumerate().filter(|(_, marks)| is_about(marks));
            match (subject.next(), subject.next()) {
                (Some((message, _)), None) => {
                    let places = places.get_or_insert_with(|| {
                        steps.push(Vec::new());
                        vec![None; marks.len()]
                    });
                    let chains = steps.last_mut().unwrap();
                    let place = *places[message].get_or_insert_with(|| {
                        chains.push(Vec::new());
                        chains.len() - 1
                    });
                    chains[place].push(one.clone());
                }
                _ => {
                    steps.push(vec![vec![one.clone()]]);
                    places = None;
                }
            }
        }
        Self { steps }
    }

    /// The same for other messages: each old text is replaced by the new one wherever it is found.
    #[must_use]
    pub fn changed(&self, changes: &[(String, String)]) -> Self {
        let chain = |chain: &Vec<Asked>| chain.iter().map(|one| one.changed(changes)).collect();
        let steps = self.steps.iter().map(|chains| chains.iter().map(chain).collect());
        Self { steps: steps.collect() }
    }

    /// How many requests there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.iter().flatten().map(Vec::len).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks everything, for this many messages concurrently.
    ///
    /// # Panics
    ///
    /// When something is refused.
    pub async fn run(&self, client: &reqwest::Client, at_once: usize) {
        for chains in &self.steps {
            let chains = stream::iter(chains).map(async |chain| {
                for one in chain {
                    one.repeat(client).await;
                }
            });
            chains.buffer_unordered(at_once).collect::<()>().await;
        }
    }
}
