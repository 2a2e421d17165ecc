//! The use case that launches campaigns, which two functions run, built from their settings.

use std::sync::Arc;

use application::launch_campaign::LaunchCampaign;
use aws_sdk_dynamodb::Client;
use storage::{
    BudgetsTable, CampaignsTable, ContactsTable, DevicesTable, MessagesTable, OrganisationsTable, PaceTable,
    ShiftsTable,
};

use crate::clock::SystemClock;
use crate::organisations::cached_organisations;
use crate::settings::ShiftCampaignsSettings;

pub fn launch_campaign(settings: &ShiftCampaignsSettings, client: &Client) -> LaunchCampaign {
    LaunchCampaign {
        campaigns: Arc::new(CampaignsTable::new(
            client.clone(),
            &settings.campaigns_table,
            &settings.records_table,
        )),
        contacts: Arc::new(ContactsTable::new(client.clone(), &settings.contacts_table)),
        devices: Arc::new(DevicesTable::new(client.clone(), &settings.records_table)),
        organisations: Arc::new(OrganisationsTable::new(client.clone(), &settings.records_table)),
        budgets: Arc::new(BudgetsTable::new(
            client.clone(),
            &settings.messages_table,
            &settings.records_table,
        )),
        outbox: Arc::new(MessagesTable::new(
            client.clone(),
            &settings.messages_table,
            &settings.records_table,
        )),
        pace: Arc::new(PaceTable::new(client.clone(), &settings.records_table)),
        shifts: Arc::new(ShiftsTable::new(
            client.clone(),
            &settings.shifts_table,
            cached_organisations(client, &settings.records_table),
        )),
        clock: Arc::new(SystemClock),
        settings: settings.campaign.clone(),
    }
}
