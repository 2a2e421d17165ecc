//! A campaign as a `CreateCampaign` request.

use aws_sdk_pinpoint::operation::create_campaign::builders::CreateCampaignInputBuilder;
use aws_sdk_pinpoint::types::{
    CampaignSmsMessage, Frequency, MessageConfiguration, MessageType, Schedule, WriteCampaignRequest,
};
use domain::message::Message;

use super::settings::Settings;

/// The name is the campaign's id, so that a person finds it in the console; the description is our message's.
pub(super) fn create_campaign(message: &Message, settings: &Settings) -> CreateCampaignInputBuilder {
    let sms = CampaignSmsMessage::builder()
        .body(&message.body)
        .message_type(MessageType::Transactional)
        .set_origination_number(message.from.clone())
        .build();
    let at_once = Schedule::builder()
        .frequency(Frequency::Once)
        .start_time("IMMEDIATE")
        .is_local_time(false)
        .timezone("UTC")
        .build();
    let campaign = WriteCampaignRequest::builder()
        .name(message.campaign_id.as_deref().unwrap_or(message.id.as_str()))
        .description(message.id.as_str())
        .segment_id(&settings.segment_id)
        .message_configuration(MessageConfiguration::builder().sms_message(sms).build())
        .schedule(at_once)
        .build();
    CreateCampaignInputBuilder::default()
        .application_id(&settings.project_id)
        .write_campaign_request(campaign)
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn texts_the_segment_at_once_from_our_number() {
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
        let settings = Settings {
            project_id: "project".into(),
            segment_id: "segment".into(),
        };
        let request = create_campaign(&message, &settings);
        assert_eq!(request.get_application_id().as_deref(), Some("project"));
        let campaign = request.get_write_campaign_request().clone().unwrap();
        assert_eq!(campaign.name(), Some("c1"));
        assert_eq!(campaign.description(), Some(cause.message_id().as_str()));
        assert_eq!(campaign.segment_id(), Some("segment"));
        let sms = campaign
            .message_configuration()
            .and_then(MessageConfiguration::sms_message)
            .unwrap();
        assert_eq!(
            (sms.body(), sms.origination_number()),
            (Some("Shifts!"), Some("+12025550100"))
        );
        assert_eq!(sms.message_type(), Some(&MessageType::Transactional));
        let schedule = campaign.schedule().unwrap();
        assert_eq!(
            (schedule.frequency(), schedule.start_time()),
            (Some(&Frequency::Once), Some("IMMEDIATE"))
        );
    }
}
