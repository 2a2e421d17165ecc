//! A call back as a `StartOutboundVoiceContact` request.

use aws_sdk_connect::operation::start_outbound_voice_contact::builders::StartOutboundVoiceContactInputBuilder;
use domain::message::Message;
use domain::phone_number::PhoneNumber;

use super::settings::Settings;

/// The contact attribute that tells the agent what the person wrote; the original sample's name for it.
const HELP_REQUEST: &str = "help-request";

pub(super) fn start_outbound_voice_contact(
    message: &Message,
    to: &PhoneNumber,
    settings: &Settings,
) -> StartOutboundVoiceContactInputBuilder {
    let request = StartOutboundVoiceContactInputBuilder::default()
        .destination_phone_number(to.as_str())
        .instance_id(&settings.instance_id)
        .contact_flow_id(&settings.contact_flow_id)
        .set_queue_id(settings.queue_id.clone())
        .set_source_phone_number(settings.source_phone_number.clone())
        .client_token(message.id.as_str());
    if message.body.is_empty() {
        request
    } else {
        request.attributes(HELP_REQUEST, &message.body)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::message::{Cause, Kind};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn carries_the_help_request_and_a_token_derived_from_the_cause() {
        let to = PhoneNumber::parse("+12025550123").unwrap();
        let settings = Settings {
            instance_id: "instance".into(),
            contact_flow_id: "flow".into(),
            queue_id: Some("queue".into()),
            source_phone_number: Some("+12025550188".into()),
        };
        let cause = Cause::CallBack { inbound_id: "in-1" };
        let body = "cannot find shop".to_owned();
        let message = Message::queued(&cause, Kind::CallBack, Some(to.clone()), body, Timestamp::UNIX_EPOCH);
        let request = start_outbound_voice_contact(&message, &to, &settings);
        assert_eq!(request.get_destination_phone_number().as_deref(), Some("+12025550123"));
        assert_eq!(request.get_instance_id().as_deref(), Some("instance"));
        assert_eq!(request.get_contact_flow_id().as_deref(), Some("flow"));
        assert_eq!(request.get_queue_id().as_deref(), Some("queue"));
        assert_eq!(request.get_source_phone_number().as_deref(), Some("+12025550188"));
        assert_eq!(request.get_client_token().as_deref(), Some(cause.message_id().as_str()));
        let attributes = HashMap::from([("help-request".to_owned(), "cannot find shop".to_owned())]);
        assert_eq!(request.get_attributes().as_ref(), Some(&attributes));

        let silent = Message {
            body: String::new(),
            ..message
        };
        assert_eq!(
            start_outbound_voice_contact(&silent, &to, &settings).get_attributes(),
            &None
        );
    }
}
