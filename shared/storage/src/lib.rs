//! The ports of `application` on DynamoDB, one file per table, or per port on the table of records; the key
//! layout is a table at the top of each.
//!
//! Rows that a person may type are read leniently (`typed_row`), rows that only we write strictly (`stored_row`).
//! Nothing here reads the clock or the environment; the client and the names of the tables come from `runtime`.

mod campaigns;
mod contacts;
mod devices;
mod error;
mod expression;
mod inbound_texts;
mod item;
mod messages;
mod organisations;
mod pace;
mod provider_health;
mod receipts;
mod records;
mod request;
mod shifts;
mod stored_row;
mod time;
mod typed_row;

pub use campaigns::{CampaignsTable, decode_campaign_image};
pub use contacts::ContactsTable;
pub use devices::DevicesTable;
pub use inbound_texts::{InboundTableNames, InboundTables};
pub use messages::{MessagesTable, decode_message_image};
pub use organisations::OrganisationsTable;
pub use pace::PaceTable;
pub use provider_health::HealthTable;
pub use receipts::ReceiptsTable;
pub use shifts::ShiftsTable;
pub use stored_row::UnreadableRow;
