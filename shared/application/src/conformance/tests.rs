//! The ports in memory conform.

use domain::record_row::RecordRow;

use super::*;
use crate::memory::MemoryStore;

#[async_trait]
impl Bench for MemoryStore {
    fn inbound(&self) -> &dyn InboundTexts {
        self
    }

    fn shifts(&self) -> &dyn Shifts {
        self
    }

    fn contacts(&self) -> &dyn Contacts {
        self
    }

    fn budgets(&self) -> &dyn Budgets {
        self
    }

    fn campaigns(&self) -> &dyn Campaigns {
        self
    }

    fn outbox(&self) -> &dyn Outbox {
        self
    }

    fn organisations(&self) -> &dyn Organisations {
        self
    }

    fn histories(&self) -> &dyn TextHistories {
        self
    }

    fn codes(&self) -> &dyn CodeCounts {
        self
    }

    fn text_parts(&self) -> &dyn TextParts {
        self
    }

    fn pace(&self) -> &dyn Pace {
        self
    }

    fn lines(&self) -> &dyn Lines {
        self
    }

    fn holds(&self) -> &dyn Holds {
        self
    }

    fn health(&self) -> &dyn ProviderHealth {
        self
    }

    fn receipts(&self) -> &dyn Receipts {
        self
    }

    fn devices(&self) -> &dyn Devices {
        self
    }

    fn records(&self) -> &dyn Records {
        self
    }

    fn bookings(&self) -> &dyn Bookings {
        self
    }

    fn people(&self) -> &dyn People {
        self
    }

    fn templates(&self) -> &dyn Templates {
        self
    }

    fn sequences(&self) -> &dyn Sequences {
        self
    }

    fn workshops(&self) -> &dyn Workshops {
        self
    }

    async fn put_bill(&self, row: BillRow) {
        self.put_record(RecordRow::Bill(row));
    }

    async fn put_template(&self, row: TemplateRow) {
        self.put_template(row);
    }

    async fn put_sequence(&self, row: SequenceRow) {
        self.put_sequence(row);
    }

    async fn put_tag(&self, tag: &str, sequence: &str) {
        self.put_tag(tag, sequence);
    }

    async fn put_workshop(&self, row: WorkshopRow) {
        self.put_workshop(row);
    }

    async fn delete_workshop(&self, id: &str) {
        self.delete_workshop(id);
    }

    async fn put_command(&self, workshop: &str, command: SequenceCommand) {
        self.put_command(workshop, command);
    }

    async fn put_registrant(&self, workshop: &str, row: RegistrantRow) {
        self.put_registrant(workshop, row);
    }

    async fn put_shift(&self, row: ShiftRow) {
        self.put_shift(row);
    }

    async fn delete_shift(&self, shift_id: &str) {
        self.delete_shift(shift_id);
    }

    async fn shift(&self, shift_id: &str) -> Option<ShiftRow> {
        self.shift(shift_id)
    }

    async fn put_contact(&self, contact: Contact) {
        self.put_contact(contact);
    }

    async fn delete_contact(&self, phone: &PhoneNumber) {
        self.delete_contact(phone);
    }

    async fn put_unusable_contact(&self, key: &str) {
        self.put_unusable_contact(key);
    }

    async fn contact_error(&self, key: &str) -> Option<String> {
        self.contact_error(key)
    }

    async fn put_campaign(&self, row: CampaignRow) {
        self.put_campaign(row);
    }

    async fn delete_campaign(&self, campaign_id: &str) {
        self.delete_campaign(campaign_id);
    }

    async fn campaign(&self, campaign_id: &str) -> Option<CampaignUpdate> {
        self.campaign(campaign_id)
    }

    async fn put_organisation(&self, organisation: &str, settings: Organisation) {
        self.put_organisation(organisation, settings);
    }

    async fn put_unusable_organisation(&self, organisation: &str) {
        self.put_unusable_organisation(organisation, "texting must be yes or no");
    }

    async fn organisation_error(&self, organisation: &str) -> Option<String> {
        self.organisation_error(organisation)
    }

    async fn attempts(&self, id: &MessageId) -> Vec<Attempt> {
        self.attempts(id)
    }
}

#[tokio::test]
async fn the_memory_store_conforms() {
    let report = suite(async || Arc::new(MemoryStore::default()) as Arc<dyn Bench>).await;
    assert_eq!(report.failures(), [""; 0], "\n{report}");
}
