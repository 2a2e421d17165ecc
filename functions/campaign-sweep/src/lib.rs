//! Woken every 15 minutes; takes campaigns on and tidies the shifts on offer.

use std::sync::Arc;

use application::campaign_sweep::CampaignSweep;
use application::launch_campaign::LaunchCampaign;
use runtime::aws::warm_up;
use runtime::clock::SystemClock;
use runtime::settings::{self, CampaignSweepSettings};
use runtime::{Deadline, FunctionError, telemetry};
use serde::Serialize;

/// The counts that a run answers with.
#[derive(Debug, Serialize)]
pub struct Counts {
    pub launched: u64,
    pub counted: u64,
    pub completed: u64,
    pub rejected: u64,
    pub shifts_rejected: u64,
    pub shifts_closed: u64,
    pub failed: u64,
    pub unfinished: bool,
}

/// Runs the sweep once.
///
/// # Errors
///
/// The store's.
pub async fn handle(sweep: &CampaignSweep, deadline: Deadline) -> Result<Counts, FunctionError> {
    let report = sweep.run(deadline.0).await?;
    tracing::info!(?report, "campaigns swept");
    Ok(Counts {
        launched: report.launched,
        counted: report.counted,
        completed: report.completed,
        rejected: report.rejected,
        shifts_rejected: report.shifts_rejected,
        shifts_closed: report.shifts_closed,
        failed: report.failed,
        unfinished: report.unfinished,
    })
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let CampaignSweepSettings { campaigns: settings, shifts_table } = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.campaigns_table, "campaign_id").await;
    let launch = LaunchCampaign {
        campaigns: Arc::new(runtime::storage::CampaignsTable::new(client.clone(), &settings.campaigns_table, &settings.records_table)),
        contacts: Arc::new(runtime::storage::ContactsTable::new(client.clone(), &settings.contacts_table)),
        outbox: Arc::new(runtime::storage::MessagesTable::new(client.clone(), &settings.messages_table)),
        clock: Arc::new(SystemClock),
        settings: settings.campaign.clone(),
    };
    let sweep = CampaignSweep { launch, shifts: Arc::new(runtime::storage::ShiftsTable::new(client.clone(), &shifts_table)) };
    runtime::run(|_, deadline| handle(&sweep, deadline)).await
}
