//! Launches and continues campaigns, and tidies the shifts on offer; each of its schedules names a part of the sweep.

use application::campaign_sweep::{CampaignSweep, CampaignSweepReport, SweepPart};
use runtime::aws::warm_up;
use runtime::launch_campaign::launch_campaign;
use runtime::settings::{self, ShiftCampaignsSettings};
use runtime::{Deadline, FunctionError, telemetry};
use serde_json::Value;

/// Runs the part of the sweep that the event names, as in `{"sweep": "launches"}`, or all of it where it names none; answers
/// its counts.
///
/// # Errors
///
/// When the event names a part that there is not; otherwise the store's.
pub async fn handle(
    sweep: &CampaignSweep,
    event: &Value,
    deadline: Deadline,
) -> Result<CampaignSweepReport, FunctionError> {
    let Deadline(deadline) = deadline;
    let report = match event.get("sweep") {
        None => sweep.run(deadline).await?,
        Some(named) => sweep.run_part(part(named)?, deadline).await?,
    };
    tracing::info!(?report, "campaigns swept");
    Ok(report)
}

fn part(named: &Value) -> Result<SweepPart, FunctionError> {
    named.as_str().and_then(SweepPart::from_text).ok_or_else(|| {
        let known = SweepPart::ALL.map(SweepPart::as_str).join(", ");
        FunctionError::Event(format!(
            "the event must name a part of the sweep, one of {known}, or none"
        ))
    })
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
    let sweep = CampaignSweep {
        launch: launch_campaign(&settings, &client),
    };
    let sweep = &sweep;
    runtime::run(|event: Value, deadline| async move { handle(sweep, &event, deadline).await }).await
}
