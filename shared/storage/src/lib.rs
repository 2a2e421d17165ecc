//! The ports of `application` on DynamoDB, one file per table, or per port on the table of records; the key
//! layout is a table at the top of each.
//!
//! Rows that a person may type are read leniently (`typed_row`), rows that only we write strictly: as the type that they are
//! attribute by attribute (`as_row`), or one attribute after the other (`stored_row`).
//! Nothing here reads the clock or the environment; the client and the names of the tables come from `runtime`.

mod appointments;
mod as_row;
mod as_text;
mod batch_loader;
mod bills;
mod bookings;
mod budgets;
mod campaigns;
mod code_counts;
mod contact_rows;
mod contacts;
mod contracts;
mod devices;
mod error;
mod expression;
mod facts;
mod gathered_contacts;
mod holds;
mod inbound_texts;
mod item;
mod messages;
mod one_table;
mod organisations;
mod pace;
mod people;
mod provider_health;
mod query;
mod receipts;
mod records;
mod request;
mod sequences;
mod shifts;
mod stored_row;
mod templates;
mod text_histories;
mod text_parts;
mod time;
mod typed_row;
mod workshops;

pub use bookings::BookingsTable;
pub use budgets::BudgetsTable;
pub use campaigns::{CampaignsTable, decode_campaign_image};
pub use code_counts::CodeCountsTable;
pub use contact_rows::{ContactRowsTable, decode_contact_image};
pub use contacts::ContactsTable;
pub use devices::DevicesTable;
pub use facts::FactsTable;
pub use gathered_contacts::GatheredContacts;
pub use holds::HoldsTable;
pub use inbound_texts::{InboundTableNames, InboundTables};
pub use messages::{LinesTable, MessagesTable, decode_message_image};
pub use organisations::OrganisationsTable;
pub use pace::PaceTable;
pub use people::{IsWrittenAs, PeopleTableNames, PeopleTables, RandomDigits};
pub use provider_health::HealthTable;
pub use receipts::ReceiptsTable;
pub use records::records_table::{MisplacedRecord, RecordImage, RecordsTable, decode_record_image};
pub use sequences::SequencesTable;
pub use shifts::{ShiftsTable, decode_shift_change};
pub use stored_row::UnreadableRow;
pub use templates::TemplatesTable;
pub use text_histories::TextHistoriesTable;
pub use text_parts::TextPartsTable;
pub use workshops::WorkshopsTable;
