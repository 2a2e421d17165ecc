//! A person's text to one of our numbers: keywords first, then the two-way topic.

use serde_json::json;
use uuid::Uuid;

use super::keyword::{Keyword, KeywordAction};
use super::{PROVIDER, Service, State};
use crate::topic::MessageAttributes;
use local_providers::phone_simulator::{InboundText, Segments, Text};

/// What the service does about a text.
#[derive(Debug, PartialEq, Eq)]
struct Decision {
    /// The keyword that the text begins with.
    keyword: Option<String>,
    /// What the service answers itself.
    answer: Option<String>,
    opts: Option<KeywordAction>,
    publish: bool,
}

/// Opt-out words, opt-in words and `HELP` belong to the side that manages opt-outs; other keywords are always answered.
fn decide(found: Option<(&str, &Keyword)>, self_managed: bool, publish_managed: bool) -> Decision {
    let Some((name, keyword)) = found else {
        return Decision {
            keyword: None,
            answer: None,
            opts: None,
            publish: true,
        };
    };
    let managed = name == "HELP" || keyword.action != KeywordAction::AutomaticResponse;
    let ours = managed && self_managed;
    Decision {
        keyword: Some(name.to_owned()),
        answer: (!ours).then(|| keyword.message.clone()),
        opts: Some(keyword.action).filter(|action| !ours && *action != KeywordAction::AutomaticResponse),
        publish: ours || !managed || publish_managed,
    }
}

pub(super) fn receive(service: &Service, text: &InboundText) {
    let publish_managed = service.simulator.settings().publish_managed_keywords;
    let mut state = service.lock();
    let Some(number) = state.numbers.get(&text.to).cloned() else {
        return;
    };
    let found = state
        .keywords
        .get(&text.to)
        .and_then(|keywords| keywords.find(&text.body));
    let decision = decide(found, number.self_managed_opt_outs, publish_managed);
    if !text.repeated {
        apply(&mut state, &number.opt_out_list_name, text, decision.opts);
    }
    let previous = state.last_sent.get(&(text.to.clone(), text.from.clone())).cloned();
    drop(state);

    if let (Some(body), false) = (decision.answer, text.repeated) {
        service.simulator.phones().deliver(Text {
            provider: PROVIDER,
            from: text.to.clone(),
            to: text.from.clone(),
            segments: Segments::of(&body).count,
            body,
            message_id: Uuid::new_v4().to_string(),
        });
    }
    if let (Some(topic), true) = (number.two_way_topic(), decision.publish) {
        let keyword = decision
            .keyword
            .unwrap_or_else(|| format!("KEYWORD_{}", service.account));
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
        let _ = service
            .topics
            .publish(topic, &payload.to_string(), None, MessageAttributes::new());
    }
}

fn apply(state: &mut State, list: &str, text: &InboundText, opts: Option<KeywordAction>) {
    let list = state.opt_out_lists.entry(list.to_owned()).or_default();
    match opts {
        Some(KeywordAction::OptOut) => list.add(&text.from, true),
        Some(KeywordAction::OptIn) => list.opt_in(&text.from),
        Some(KeywordAction::AutomaticResponse) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::test_client::{BUSINESS, EMPLOYEE, TestClient};
    use super::*;
    use axum::http::Method;
    use serde_json::Value;

    fn keyword(action: KeywordAction) -> Keyword {
        Keyword {
            message: "answer".into(),
            action,
        }
    }

    #[test]
    fn who_manages_opt_outs_answers_them() {
        let stop = keyword(KeywordAction::OptOut);
        let aws = decide(Some(("STOP", &stop)), false, false);
        let ours = decide(Some(("STOP", &stop)), true, false);

        assert_eq!(
            (aws.answer.as_deref(), aws.opts, aws.publish),
            (Some("answer"), Some(KeywordAction::OptOut), false)
        );
        assert_eq!((ours.answer, ours.opts, ours.publish), (None, None, true));
        assert!(decide(Some(("STOP", &stop)), false, true).publish);
    }

    #[test]
    fn help_is_managed_with_the_opt_outs_and_other_keywords_are_answered_and_published() {
        let answer = keyword(KeywordAction::AutomaticResponse);

        assert!(!decide(Some(("HELP", &answer)), false, false).publish);
        assert!(decide(Some(("HELP", &answer)), true, false).answer.is_none());
        for self_managed in [true, false] {
            let other = decide(Some(("JOIN", &answer)), self_managed, false);
            assert!(other.publish && other.answer.is_some());
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
