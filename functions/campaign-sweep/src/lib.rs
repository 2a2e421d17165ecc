//! Woken every 15 minutes; takes campaigns on and tidies the shifts on offer.

use std::sync::Arc;

use application::campaign_sweep::{CampaignSweep, CampaignSweepReport};
use runtime::aws::warm_up;
use runtime::launch_campaign::launch_campaign;
use runtime::organisations::remembered_organisations;
use runtime::settings::{self, CampaignSweepSettings};
use runtime::storage::ShiftsTable;
use runtime::{Deadline, FunctionError, telemetry};

/// Runs the sweep once; answers its counts.
///
/// # Errors
///
/// The store's.
pub async fn handle(sweep: &CampaignSweep, deadline: Deadline) -> Result<CampaignSweepReport, FunctionError> {
    let report = sweep.run(deadline.0).await?;
    tracing::info!(?report, "campaigns swept");
    Ok(report)
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let CampaignSweepSettings {
        campaigns: settings,
        shifts_table,
    } = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.campaigns_table, "campaign_id").await;
    let launch = launch_campaign(&settings, &client);
    let organisations = remembered_organisations(&client, &settings.records_table);
    let sweep = CampaignSweep {
        launch,
        shifts: Arc::new(ShiftsTable::new(client, &shifts_table, organisations)),
    };
    runtime::run(|_, deadline| handle(&sweep, deadline)).await
}
