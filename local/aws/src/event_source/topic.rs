//! A topic's subscription of a function: every message is one asynchronous invocation.
//!
//! The event: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>.

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::invoke::Invoke;
use crate::lambda::Functions;
use crate::topic::Notification;

/// Runs until the topic is gone.
pub(super) async fn forward(
    mut notifications: UnboundedReceiver<Notification>,
    function: String,
    functions: Functions,
) {
    while let Some(notification) = notifications.recv().await {
        let event = event(&notification).to_string().into_bytes();
        if let Err(error) = functions.invoke_async(&function, event).await {
            functions.logs().write(
                &function,
                format!("message {} not delivered: {error}", notification.message_id),
            );
        }
    }
}

fn event(notification: &Notification) -> Value {
    let subscription = format!("{}:local", notification.topic_arn);
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "Sns": {
                "Type": "Notification",
                "MessageId": notification.message_id,
                "TopicArn": notification.topic_arn,
                "Subject": null,
                "Message": notification.message,
                "Timestamp": notification.timestamp,
                "SignatureVersion": "1",
                "Signature": "local",
                "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/local.pem",
                "UnsubscribeUrl":
                    format!("https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"),
                "MessageAttributes": {},
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_documented_shape() {
        let event = event(&Notification {
            message_id: "m-1".to_owned(),
            topic_arn: "arn:aws:sns:us-east-1:000000000000:t".to_owned(),
            message: "{}".to_owned(),
            timestamp: "2026-11-20T18:00:00.000Z".to_owned(),
        });

        let record = &event["Records"][0];
        assert_eq!(record["EventSource"], "aws:sns");
        assert_eq!(record["Sns"]["MessageId"], "m-1");
        assert_eq!(record["Sns"]["Message"], "{}");
    }
}
