//! The errors of `CreateCampaign`, and what each says of the campaign.
//!
//! See *Errors* and *End of support* in `protocol.md`.

use aws_sdk_pinpoint::error::SdkError;
use aws_sdk_pinpoint::operation::create_campaign::CreateCampaignError;

use crate::contract::Outcome;
use crate::provider::aws;

/// What became of a campaign that was not created for certain.
pub(super) fn of_creating(error: &SdkError<CreateCampaignError>) -> Outcome {
    aws::outcome(error, |_| None, |exception, _| aws::pinpoint_error(exception))
}
