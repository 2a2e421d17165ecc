//! Launches each campaign row that is inserted into the campaigns table.

use application::launch_campaign::{LaunchCampaign, Launching};
use runtime::aws::warm_up;
use runtime::launch_campaign::launch_campaign;
use runtime::settings::{self, ShiftCampaignsSettings};
use runtime::stream::{BatchResponse, Record};
use runtime::{Deadline, FunctionError, stream, telemetry};
use serde_json::Value;

/// Launches every campaign of a stream event; the answer names the records that are to come again.
///
/// # Errors
///
/// When the event is no stream event.
pub async fn handle(launch: &LaunchCampaign, event: Value, deadline: Deadline) -> Result<BatchResponse, FunctionError> {
    stream::serve_each(event, "campaign not launched", async |record| {
        serve(launch, record, deadline).await
    })
    .await
}

async fn serve(launch: &LaunchCampaign, record: &Record, deadline: Deadline) -> Result<(), FunctionError> {
    if record.event_name != "INSERT" {
        return Ok(());
    }
    let row = runtime::storage::decode_campaign_image(record.new_image.clone())
        .map_err(|error| FunctionError::Event(error.to_string()))?;
    let campaign_id = row.campaign_id.as_str();
    let launching = launch.launch(campaign_id, deadline.0).await?;
    match launching {
        Launching::Rejected { error } => tracing::warn!(campaign.id = campaign_id, error, "campaign rejected"),
        Launching::FannedOut => tracing::info!(campaign.id = campaign_id, "campaign launched"),
        Launching::Unfinished => tracing::info!(campaign.id = campaign_id, "campaign to be continued"),
        Launching::Waiting { until } => tracing::info!(campaign.id = campaign_id, %until, "campaign waits"),
        Launching::NothingToDo => tracing::info!(campaign.id = campaign_id, "nothing to launch"),
    }
    Ok(())
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: ShiftCampaignsSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.campaigns_table, "campaign_id").await;
    let launch = launch_campaign(&settings, &client);
    runtime::run(|event, deadline| handle(&launch, event, deadline)).await
}
