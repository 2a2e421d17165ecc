//! A client of the endpoint and of the phone simulator's control API, in process, for the tests of the services.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use dynoxide::Database;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tower::ServiceExt;

use super::*;
use crate::invoke::{Answer, InvokeError};
use crate::template::{Account, Template};
use crate::topic::Notification;

pub(super) const BUSINESS: &str = "+12025550100";
pub(super) const EMPLOYEE: &str = "+12025550101";
/// Who asks, as checkpoints know it.
pub(super) const FUNCTION: &str = "TestFunction";
const AUTHORIZATION: &str =
    "AWS4-HMAC-SHA256 Credential=TestFunction/20261120/us-east-1/any/aws4_request, SignedHeaders=host, Signature=0";

/// What is deployed beside the topics that every client has.
const DEPLOYED: &str = r#"
Parameters:
  Stage: { Type: String, Default: dev }
Resources:
  Tab:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: tab
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: k, AttributeType: S }]
      KeySchema: [{ AttributeName: k, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
  TwoWay:
    Type: AWS::SNS::Topic
    Properties: { TopicName: two-way }
  TwoWayPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref TwoWay]
      PolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { Service: sms-voice.amazonaws.com }, Action: sns:Publish, Resource: !Ref TwoWay }]
  Alarm:
    Type: AWS::CloudWatch::Alarm
  Events:
    Type: AWS::SMSVOICE::ConfigurationSet
    Properties: { ConfigurationSetName: events }
  EchoRole:
    Type: AWS::IAM::Role
    Properties: { Policies: [] }
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: echo
      CodeUri: functions/echo/
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Tab.StreamArn
            StartingPosition: TRIM_HORIZON
            FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }
        Texts: { Type: SNS, Properties: { Topic: !Ref TwoWay } }
Outputs:
  TopicArn: { Value: !Ref TwoWay }
"#;

pub(super) struct TestClient {
    pub(super) endpoint: Endpoint,
    pub(super) simulator: PhoneSimulator,
    pub(super) queues: Queues,
    pub(super) two_way: UnboundedReceiver<Notification>,
    pub(super) events: UnboundedReceiver<Notification>,
}

pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The error's name without its namespace.
    pub(super) fn error(&self) -> String {
        let body = self.json();
        body["__type"]
            .as_str()
            .unwrap_or(self.header("x-amzn-errortype"))
            .rsplit('#')
            .next()
            .unwrap()
            .to_owned()
    }
}

impl TestClient {
    pub(super) fn new() -> Self {
        Self::slowed_by(Duration::ZERO)
    }

    pub(super) fn slowed_by(latency: Duration) -> Self {
        Self::start(latency, Principals::default())
    }

    /// With functions that are held to their roles.
    pub(super) fn with(principals: Principals) -> Self {
        Self::start(Duration::ZERO, principals)
    }

    fn start(latency: Duration, principals: Principals) -> Self {
        let (region, account) = ("us-east-1", "000000000000");
        let topics = Topics::new(region, account);
        let queues = Queues::new(region, account);
        let simulator = PhoneSimulator::new();
        let two_way_arn = topics.create("two-way");
        let events_arn = topics.create("events");
        let two_way = topics.subscribe(&two_way_arn);
        let events = topics.subscribe(&events_arn);
        let messaging = EndUserMessaging::new(region, account, topics.clone(), simulator.clone());
        messaging.add_phone_number(PhoneNumber {
            number: BUSINESS.to_owned(),
            two_way_topic_arn: Some(two_way_arn),
            self_managed_opt_outs: true,
            opt_out_list_name: DEFAULT_OPT_OUT_LIST.to_owned(),
        });
        messaging.add_configuration_set(ConfigurationSet {
            name: "events".to_owned(),
            topic_arn: Some(events_arn),
            event_types: vec!["ALL".to_owned()],
        });
        let endpoint = Endpoint::new(EndpointParts {
            region: region.to_owned(),
            account: account.to_owned(),
            principals,
            database: Database::memory().unwrap(),
            topics,
            queues: queues.clone(),
            parameters: Parameters::new(region, account),
            messaging,
            invoker: Arc::new(Echo),
            deployed: Arc::new(Template::read(DEPLOYED, Account::local(), &BTreeMap::new()).unwrap()),
            simulator: simulator.clone(),
            latency,
        });
        Self {
            endpoint,
            simulator,
            queues,
            two_way,
            events,
        }
    }

    /// An operation of an AWS JSON service: `PinpointSMSVoiceV2.SendTextMessage`.
    pub(super) async fn json(&self, target: &str, body: Value) -> Answered {
        let request = signed(Method::POST, "/").header("x-amz-target", target);
        ask(self.endpoint.router(), request.body(body.to_string().into()).unwrap()).await
    }

    /// An action of SNS.
    pub(super) async fn form(&self, pairs: &[(&str, &str)]) -> Answered {
        self.query("sns", pairs).await
    }

    /// An action of a query service.
    pub(super) async fn query(&self, service: &str, pairs: &[(&str, &str)]) -> Answered {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let request = Request::post("/")
            .header("authorization", AUTHORIZATION.replace("/any/", &format!("/{service}/")))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        ask(self.endpoint.router(), request.body(body.into()).unwrap()).await
    }

    pub(super) async fn rest(&self, method: Method, path: &str, body: Value) -> Answered {
        ask(
            self.endpoint.router(),
            signed(method, path).body(body.to_string().into()).unwrap(),
        )
        .await
    }

    pub(super) async fn rest_with(&self, path: &str, headers: &[(&str, &str)], body: &'static str) -> Answered {
        let mut request = signed(Method::POST, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(self.endpoint.router(), request.body(body.into()).unwrap()).await
    }

    pub(super) async fn unsigned(&self, target: &str) -> Answered {
        let request = Request::post("/")
            .header("x-amz-target", target)
            .body(Body::from("{}"))
            .unwrap();
        ask(self.endpoint.router(), request).await
    }

    /// A request to the phone simulator's control API.
    pub(super) async fn control(&self, method: Method, path: &str, body: Value) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body.to_string()))
            .unwrap();
        ask(self.simulator.control_router(), request).await
    }

    /// The types of the events that come within the time, in order.
    pub(super) async fn event_types(&mut self, time: Duration) -> Vec<String> {
        let mut types = Vec::new();
        while let Ok(Some(event)) = tokio::time::timeout(time, self.events.recv()).await {
            let event: Value = serde_json::from_str(&event.message).unwrap();
            types.push(event["eventType"].as_str().unwrap().to_owned());
        }
        types
    }
}

fn signed(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", AUTHORIZATION)
        .header(HOST, "localhost:4566")
}

async fn ask(router: Router, request: Request<Body>) -> Answered {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answered {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Knows the function `echo`, which answers its event, and `broken`, which fails.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl Invoke for Echo {
    async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Answer, InvokeError> {
        match function {
            "echo" | "arn:aws:lambda:us-east-1:000000000000:function:echo" => Ok(Answer {
                payload,
                function_error: None,
            }),
            "broken" => Ok(Answer {
                payload: b"{}".to_vec(),
                function_error: Some("Unhandled".to_owned()),
            }),
            other => Err(InvokeError::NotFound(other.to_owned())),
        }
    }

    async fn invoke_async(&self, function: &str, payload: Vec<u8>) -> Result<(), InvokeError> {
        self.invoke(function, payload).await.map(drop)
    }
}
