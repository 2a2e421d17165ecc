//! A person's text to one of our numbers: keywords first, then the two-way topic.

use serde_json::json;
use uuid::Uuid;

use super::keyword::{self, Keyword, KeywordAction};
use super::{PROVIDER, Service};
use local_providers::phone_simulator::{InboundText, Segments, Text};

/// What the service does about a text.
#[derive(Debug, PartialEq, Eq)]
struct Decision {
    /// The word that the text begins with, if it is a keyword.
    keyword: Option<&'static str>,
    /// What the service answers itself.
    answer: Option<&'static str>,
    opts_out: bool,
    publish: bool,
}

/// Keywords belong to the side that manages opt-outs.
fn decide(found: Option<(&'static str, &'static Keyword)>, self_managed: bool, publish_managed: bool) -> Decision {
    let managed = found.filter(|_| !self_managed).map(|(_, keyword)| keyword);
    Decision {
        keyword: found.map(|(name, _)| name),
        answer: managed.map(|keyword| keyword.message),
        opts_out: managed.is_some_and(|keyword| keyword.action == KeywordAction::OptOut),
        publish: managed.is_none() || publish_managed,
    }
}

pub(super) fn receive(service: &Service, text: &InboundText) {
    let publish_managed = service.simulator.settings().publish_managed_keywords;
    let mut state = service.state.lock();
    let Some(number) = state.numbers.get(&text.to).cloned() else {
        return;
    };
    let decision = decide(keyword::find(&text.body), number.self_managed_opt_outs, publish_managed);
    if decision.opts_out && !text.repeated {
        let list = state.opt_out_lists.entry(number.opt_out_list_name.clone()).or_default();
        list.add(&text.from, true);
    }
    let previous = state.last_sent.get(&(text.to.clone(), text.from.clone())).cloned();
    drop(state);

    if let (Some(body), false) = (decision.answer, text.repeated) {
        service.simulator.phones().deliver(Text {
            provider: PROVIDER,
            from: text.to.clone(),
            to: text.from.clone(),
            segments: Segments::of(body).count,
            body: body.to_owned(),
            message_id: Uuid::new_v4().to_string(),
        });
    }
    if let (Some(topic), true) = (&number.two_way_topic, decision.publish) {
        let keyword = decision
            .keyword
            .map_or_else(|| format!("KEYWORD_{}", service.account), str::to_owned);
        let mut payload = json!({
            "originationNumber": text.from,
            "destinationNumber": text.to,
            "messageKeyword": keyword,
            "messageBody": text.body,
            "inboundMessageId": text.id,
        });
        if let Some(previous) = previous {
            payload["previousPublishedMessageId"] = previous.into();
        }
        // As with AWS, a text whose topic cannot be published to is lost silently.
        let _ = service.topics.publish(topic, &payload.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::test_client::{BUSINESS, EMPLOYEE, TestClient};
    use super::*;
    use axum::http::Method;
    use serde_json::Value;

    #[test]
    fn who_manages_opt_outs_answers_them() {
        for (word, opts_out) in [("STOP", true), ("HELP", false)] {
            let found = keyword::find(word);
            let aws = decide(found, false, false);
            assert_eq!(
                (aws.answer.is_some(), aws.opts_out, aws.publish),
                (true, opts_out, false)
            );
            let ours = decide(found, true, false);
            assert_eq!((ours.answer, ours.opts_out, ours.publish), (None, false, true));
            assert!(decide(found, false, true).publish);
        }
        assert!(decide(None, false, false).publish);
    }

    #[tokio::test]
    async fn a_persons_text_reaches_the_topic_in_the_documented_shape() {
        let mut client = TestClient::new();
        let text =
            json!({ "from": EMPLOYEE, "to": BUSINESS, "body": " xyz123, xyz222,", "inbound_message_id": "in-1" });

        client.control(Method::POST, "/messages", text.clone()).await;
        client.control(Method::POST, "/messages", text).await;

        for _ in 0..2 {
            let payload: Value = serde_json::from_str(&client.two_way.try_recv().unwrap().message).unwrap();
            let expected = json!({
                "originationNumber": EMPLOYEE,
                "destinationNumber": BUSINESS,
                "messageKeyword": "KEYWORD_000000000000",
                "messageBody": " xyz123, xyz222,",
                "inboundMessageId": "in-1",
            });
            assert_eq!(payload, expected);
        }
        assert_eq!(
            client.simulator.phones().replies(None, 0).len(),
            1,
            "the person typed it once"
        );
    }

    #[tokio::test]
    async fn stop_is_answered_by_aws_once_it_manages_opt_outs() {
        let mut client = TestClient::new();
        let numbers = client
            .json("PinpointSMSVoiceV2.DescribePhoneNumbers", json!({}))
            .await
            .json();
        let id = numbers["PhoneNumbers"][0]["PhoneNumberId"].clone();
        let stop = json!({ "from": EMPLOYEE, "to": BUSINESS, "body": "Stop" });
        client.control(Method::POST, "/messages", stop.clone()).await;
        assert!(client.two_way.try_recv().is_ok());
        assert!(client.simulator.phones().received(None, 0).is_empty());

        let update = json!({ "PhoneNumberId": id, "SelfManagedOptOutsEnabled": false });
        client.json("PinpointSMSVoiceV2.UpdatePhoneNumber", update).await;
        client.control(Method::POST, "/messages", stop.clone()).await;

        assert!(client.two_way.try_recv().is_err());
        assert_eq!(client.simulator.phones().received(Some(EMPLOYEE), 0).len(), 1);
        let list = client
            .json(
                "PinpointSMSVoiceV2.DescribeOptedOutNumbers",
                json!({ "OptOutListName": "Default" }),
            )
            .await
            .json();
        assert_eq!(list["OptedOutNumbers"][0]["EndUserOptedOut"], true);

        client
            .control(Method::PUT, "/settings", json!({ "publish_managed_keywords": true }))
            .await;
        client.control(Method::POST, "/messages", stop).await;
        assert!(client.two_way.try_recv().is_ok());
    }
}
