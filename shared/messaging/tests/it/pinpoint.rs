//! Amazon Pinpoint campaigns against their answers.

use std::sync::Arc;

use domain::message::{Cause, Kind, Message, RefusalKind};
use jiff::Timestamp;
use messaging::conformance::{Arrival, Remote};
use messaging::provider::pinpoint::{Pinpoint, Settings};
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Provider};
use serde_json::{Value, json};

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http};

pub(crate) fn wire() -> Wire {
    Wire::new(provider, answer, arrivals)
}

fn provider(surroundings: &Surroundings, _: &str) -> Arc<dyn Provider> {
    Arc::new(Pinpoint::new(
        &surroundings.aws,
        Settings {
            project_id: "project-1".into(),
            segment_id: "segment-1".into(),
        },
    ))
}

fn error(status: u16, exception: &'static str) -> Answer {
    let body = json!({"Message": echo(), "RequestID": "0b4f1b5a"}).to_string();
    Answer::Http {
        status,
        headers: vec![("x-amzn-errortype", exception)],
        body,
    }
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => {
            let campaign = json!({
                "ApplicationId": "project-1", "Arn": "arn:aws:mobiletargeting:us-east-1:111122223333:apps/p",
                "CreationDate": "2026-11-20T18:00:00.000Z", "LastModifiedDate": "2026-11-20T18:00:00.000Z",
                "Id": "campaign-of-pinpoint", "SegmentId": "segment-1", "SegmentVersion": 1,
            });
            http(201, campaign.to_string())
        }
        Remote::Refuses(RefusalKind::Throttled) => error(429, "TooManyRequestsException"),
        Remote::Refuses(RefusalKind::Unavailable) => http(503, ""),
        Remote::Refuses(RefusalKind::Content) => error(413, "PayloadTooLargeException"),
        Remote::Refuses(RefusalKind::Configuration) => error(404, "NotFoundException"),
        Remote::Refuses(RefusalKind::Other) => error(400, "SomethingNewException"),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("creating a campaign has no such error"),
        _ => error(500, "InternalServerErrorException"),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let body = request.json();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    vec![Arrival {
        message_id: text(&body["Description"]),
        to: None,
        body: text(&body["MessageConfiguration"]["SMSMessage"]["Body"]),
        rehearsal: false,
    }]
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn creates_a_campaign_on_the_segment() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let cause = Cause::ProviderCampaign { campaign_id: "c1" };
    let message = Message::queued(
        &cause,
        Kind::PinpointCampaign,
        None,
        "Shifts!".into(),
        Timestamp::UNIX_EPOCH,
    )
    .leaving_from("+12025550100")
    .of_campaign("c1");
    let outcome = wire().provider_at(&remote.url).send(&message).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: Some("campaign-of-pinpoint".into())
        }
    );
    let requests = remote.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/apps/project-1/campaigns")
    );
    assert_eq!(
        request.json(),
        json!({
            "Name": "c1",
            "Description": message.id.as_str(),
            "SegmentId": "segment-1",
            "MessageConfiguration": {
                "SMSMessage": {"Body": "Shifts!", "MessageType": "TRANSACTIONAL", "OriginationNumber": "+12025550100"},
            },
            "Schedule": {"Frequency": "ONCE", "StartTime": "IMMEDIATE", "IsLocalTime": false, "Timezone": "UTC"},
        })
    );
}
