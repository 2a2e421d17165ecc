//! The table of campaigns. A person may type its rows; inserting one launches it.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `campaign_id` | S, key | any name that was not used before |
//! | `shifts` | S | what is announced |
//! | `message` | S | words before the shifts, or instead of them |
//! | `audience` | S with commas, SS or L | groups of the organisation's contacts; absent is all of them; `*`, where `organisation` is absent, the contacts of all organisations |
//! | `scheduled_for` | S | time, by its zone or offset, `zone` or the organisation's clock; absent is now |
//! | `zone` | S | where the clock of `scheduled_for` hangs; absent is the organisation's |
//! | `channel` | S | `sms` or `push`; absent is `sms` |
//! | `organisation` | S | in whose name and to whose contacts it goes; absent is `default` |
//! | `as_far_as_budget` | S or BOOL | `yes` texts as many as the budget is enough for, where it is not enough for all; absent is no |
//! | `send_until` | S | time, as `scheduled_for`; after it nobody is texted. Absent is a day of texting, without quiet hours |
//! | `as_far_as_time` | S or BOOL | `yes` texts as many as there is time for, where there is not enough for all; absent is no |
//! | `status` | S | where it is; written by us. `resumed` or `stopped` may be typed while it is sent or held |
//! | `held_because` | S | why its provider refuses everything, if `status` is `held` |
//! | `expected_done_at` | S | when its last text is due by the provider's rate |
//! | `error` | S | what to change, where `status` is `rejected` |
//! | `segments` | N | message parts of one announcement |
//! | `recipients_counted`, `segments_needed` | N | the number of recipients and the segments they take, if there is a budget or a rate |
//! | `launched_at` | S | when the fan-out began |
//! | `recipients` | N | messages made |
//! | `queued`, `sent`, `delivered`, `failed`, `expired`, `unknown`, `cancelled`, `suppressed` | N | how they stand |
//! | `suppressed_by_reason` | M of N | why those were not sent |
//!
//! Other attributes belong to the table's owner and are left unchanged. How far a fan-out has come and when a
//! campaign is looked at again is kept in [`crate::records`].

use std::collections::BTreeMap;

use application::port::{
    CampaignProgress, CampaignTimer, CampaignUpdate, Campaigns, FanOutBegun, Position, Progress, SegmentPosition,
    StoreError, UntouchedCampaigns,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use domain::campaign::{CampaignRow, CampaignStatus};
use jiff::Timestamp;
use serde_dynamo::Item as StoredItem;

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{NewItem, key, number, text};
use crate::records::{campaign_timer, fan_out};
use crate::request;
use crate::stored_row::UnreadableRow;
use crate::time;
use crate::typed_row::TypedRow;

const KEY: &str = "campaign_id";

/// The port [`Campaigns`] on the tables of campaigns and records.
#[derive(Debug, Clone)]
pub struct CampaignsTable {
    client: Client,
    campaigns: String,
    records: String,
}

impl CampaignsTable {
    pub fn new(client: Client, campaigns: impl Into<String>, records: impl Into<String>) -> Self {
        Self {
            client,
            campaigns: campaigns.into(),
            records: records.into(),
        }
    }
}

#[async_trait]
impl Campaigns for CampaignsTable {
    async fn get(&self, campaign_id: &str) -> Result<Option<CampaignRow>, StoreError> {
        let item = request::get(&self.client, &self.campaigns, key(KEY, campaign_id)).await?;
        Ok(item.map(decode_campaign_image).transpose()?)
    }

    async fn create(&self, row: &CampaignRow) -> Result<bool, StoreError> {
        request::put(&self.client, created(&self.campaigns, row)?).await
    }

    async fn update(&self, campaign_id: &str, update: &CampaignUpdate) -> Result<(), StoreError> {
        let expression = updated(update);
        if expression.changes_nothing() {
            return Ok(());
        }
        let update = expression.into_update(&self.campaigns, key(KEY, campaign_id))?;
        request::update(&self.client, update).await.map(drop)
    }

    async fn turn(
        &self,
        campaign_id: &str,
        from: &str,
        to: CampaignStatus,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut expression = Expression::default();
        expression.require_unchanged("status", Some(text(from)));
        expression.set("status", text(to.as_str()));
        match because {
            Some(because) => expression.set("held_because", text(because)),
            None => expression.remove("held_because"),
        }
        let update = expression.into_update(&self.campaigns, key(KEY, campaign_id))?;
        request::update(&self.client, update).await
    }

    async fn fan_out(&self, campaign_id: &str) -> Result<CampaignProgress, StoreError> {
        fan_out::read(&self.client, &self.records, campaign_id).await
    }

    async fn begin_fan_out(&self, campaign_id: &str, begun: FanOutBegun) -> Result<(), StoreError> {
        let begun = fan_out::begun(&self.records, campaign_id, begun)?;
        request::put(&self.client, begun).await.map(drop)
    }

    async fn save_position(
        &self,
        campaign_id: &str,
        segment: u32,
        position: &SegmentPosition,
    ) -> Result<(), StoreError> {
        let reached = fan_out::reached(&self.records, campaign_id, segment, position)?;
        request::put(&self.client, reached).await.map(drop)
    }

    async fn set_timer(&self, campaign_id: &str, timer: Option<(CampaignTimer, Timestamp)>) -> Result<(), StoreError> {
        match timer {
            Some((timer, at)) => {
                let set = campaign_timer::set(&self.records, campaign_id, timer, at)?;
                request::put(&self.client, set).await.map(drop)
            }
            None => request::delete(&self.client, &self.records, campaign_timer::key(campaign_id)).await,
        }
    }

    async fn take_timer(
        &self,
        campaign_id: &str,
        timer: CampaignTimer,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<bool, StoreError> {
        request::put(
            &self.client,
            campaign_timer::taken(&self.records, campaign_id, timer, now, again)?,
        )
        .await
    }

    async fn due(&self, timer: CampaignTimer, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        campaign_timer::due(&self.client, &self.records, timer, now, limit).await
    }

    async fn untouched(&self, after: Option<&Position>) -> Result<UntouchedCampaigns, StoreError> {
        let page = self
            .client
            .scan()
            .table_name(&self.campaigns)
            .set_exclusive_start_key(after.map(|after| key(KEY, &after.0)))
            .projection_expression("#campaign_id, #status")
            .expression_attribute_names("#campaign_id", KEY)
            .expression_attribute_names("#status", "status")
            .send()
            .await
            .map_err(|error| store_error("Scan", &self.campaigns, &error))?;
        let rows = page.items.unwrap_or_default().into_iter().map(decode_campaign_image);
        // A key that is not text is nothing that could be launched.
        let untouched = rows.flatten().filter(CampaignRow::is_untouched);
        Ok(UntouchedCampaigns {
            ids: untouched.map(|row| row.campaign_id).collect(),
            next: page
                .last_evaluated_key
                .and_then(|mut last| last.remove(KEY)?.as_s().ok().cloned().map(Position)),
        })
    }
}

/// Reads a campaign's row from the table, or its image in an event of the table's stream.
///
/// # Errors
///
/// Where the row has no readable `campaign_id`. [`CampaignRow::malformed`] says what is wrong
/// with other attributes, so that it can be written on the row.
pub fn decode_campaign_image(item: impl Into<StoredItem>) -> Result<CampaignRow, UnreadableRow> {
    let mut row = TypedRow::new(item);
    let campaign_id = row.text(KEY).ok_or_else(|| UnreadableRow {
        row: "campaign".into(),
        attribute: KEY.into(),
    })?;
    Ok(CampaignRow {
        campaign_id,
        shifts: row.text("shifts"),
        message: row.text("message"),
        audience: row.texts("audience"),
        scheduled_for: row.text("scheduled_for"),
        zone: row.text("zone"),
        channel: row.text("channel"),
        organisation: row.text("organisation"),
        as_far_as_budget: row.yes_if_said("as_far_as_budget"),
        send_until: row.text("send_until"),
        as_far_as_time: row.yes_if_said("as_far_as_time"),
        status: row.text("status"),
        malformed: row.into_malformed(),
    })
}

fn created(table: &str, row: &CampaignRow) -> Result<Put, StoreError> {
    let audience = (!row.audience.is_empty()).then(|| row.audience.join(","));
    let yes = |flag: bool| flag.then_some(AttributeValue::Bool(true));
    let item = NewItem::with_key(key(KEY, &row.campaign_id))
        .optional_text("shifts", row.shifts.as_ref())
        .optional_text("message", row.message.as_ref())
        .optional_text("audience", audience)
        .optional_text("scheduled_for", row.scheduled_for.as_ref())
        .optional_text("zone", row.zone.as_ref())
        .optional_text("channel", row.channel.as_ref())
        .optional_text("organisation", row.organisation.as_ref())
        .optional("as_far_as_budget", yes(row.as_far_as_budget))
        .optional_text("send_until", row.send_until.as_ref())
        .optional("as_far_as_time", yes(row.as_far_as_time));
    let mut expression = Expression::default();
    expression.require_absent(KEY);
    expression.into_put(table, item.finish())
}

fn updated(update: &CampaignUpdate) -> Expression {
    let mut expression = Expression::default();
    if let Some(status) = update.status {
        expression.set("status", text(status.as_str()));
    }
    if let Some(error) = &update.error {
        expression.set("error", text(error));
    }
    if let Some(because) = &update.held_because {
        expression.set("held_because", text(because));
    }
    if let Some(segments) = update.segments {
        expression.set("segments", number(segments));
    }
    if let Some(cost) = update.cost {
        expression.set("recipients_counted", number(cost.recipients));
        expression.set("segments_needed", number(cost.segments));
    }
    if let Some(expected_done_at) = update.expected_done_at {
        expression.set("expected_done_at", time::attribute(expected_done_at));
    }
    if let Some(launched_at) = update.launched_at {
        expression.set("launched_at", time::attribute(launched_at));
    }
    if let Some(progress) = &update.progress {
        count(&mut expression, progress);
    }
    expression.require_present(KEY);
    expression
}

fn count(expression: &mut Expression, progress: &Progress) {
    let counts = [
        ("recipients", progress.recipients),
        ("queued", progress.queued),
        ("sent", progress.sent),
        ("delivered", progress.delivered),
        ("failed", progress.failed),
        ("expired", progress.expired),
        ("unknown", progress.unknown),
        ("cancelled", progress.cancelled),
        ("suppressed", progress.suppressed.values().sum()),
    ];
    for (attribute, count) in counts {
        expression.set(attribute, number(count));
    }
    expression.set("suppressed_by_reason", by_reason(&progress.suppressed));
}

fn by_reason(counts: &BTreeMap<String, u64>) -> AttributeValue {
    AttributeValue::M(
        counts
            .iter()
            .map(|(reason, count)| (reason.clone(), number(*count)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> NewItem {
        NewItem::with_key(key(KEY, "c1")).text("shifts", "15/08 5h XYZ1")
    }

    #[test]
    fn two_typed_attributes_make_a_campaign() {
        let expected = CampaignRow {
            campaign_id: "c1".into(),
            shifts: Some("15/08 5h XYZ1".into()),
            ..CampaignRow::default()
        };
        assert_eq!(decode_campaign_image(row().finish()).unwrap(), expected);
    }

    #[test]
    fn an_audience_may_be_typed_in_any_way() {
        for (audience, expected) in [
            (text("night, day"), vec!["night, day"]),
            (AttributeValue::Ss(vec!["night".into()]), vec!["night"]),
            (
                AttributeValue::L(vec![text("night"), text("day")]),
                vec!["night", "day"],
            ),
            (AttributeValue::Null(true), vec![]),
        ] {
            assert_eq!(
                decode_campaign_image(row().set("audience", audience).finish())
                    .unwrap()
                    .audience,
                expected
            );
        }
    }

    #[test]
    fn a_campaign_may_name_its_channel_and_whose_it_is() {
        let typed = row().text("channel", "push").text("organisation", "org-1").finish();
        let expected = CampaignRow {
            channel: Some("push".into()),
            organisation: Some("org-1".into()),
            ..decode_campaign_image(row().finish()).unwrap()
        };
        assert_eq!(decode_campaign_image(typed).unwrap(), expected);
        let malformed = row().set("channel", AttributeValue::L(vec![])).finish();
        assert_eq!(
            decode_campaign_image(malformed).unwrap().malformed.as_deref(),
            Some("channel must be text")
        );
    }

    #[test]
    fn a_campaign_may_go_as_far_as_the_budget() {
        for (value, expected) in [
            (text("yes"), true),
            (AttributeValue::Bool(true), true),
            (text("No"), false),
        ] {
            let typed = row().set("as_far_as_budget", value).finish();
            let campaign = decode_campaign_image(typed).unwrap();
            assert_eq!((campaign.as_far_as_budget, campaign.malformed), (expected, None));
        }
        let unclear = row().text("as_far_as_budget", "perhaps").finish();
        assert_eq!(
            decode_campaign_image(unclear).unwrap().malformed.as_deref(),
            Some("as_far_as_budget must be yes or no, not \"perhaps\"")
        );
        assert!(!decode_campaign_image(row().finish()).unwrap().as_far_as_budget);
    }

    #[test]
    fn a_wrong_type_is_told_and_does_not_fail() {
        let typed = row().set("message", AttributeValue::L(vec![])).finish();
        assert_eq!(
            decode_campaign_image(typed).unwrap().malformed.as_deref(),
            Some("message must be text")
        );
        let nameless = NewItem::default().text("shifts", "secret").finish();
        let error = decode_campaign_image(nameless).unwrap_err().to_string();
        assert_eq!(error, "campaign: attribute campaign_id is missing or cannot be read");
    }

    #[test]
    fn only_what_is_said_is_written() {
        assert!(updated(&CampaignUpdate::default()).changes_nothing());
        let update = CampaignUpdate {
            status: Some(CampaignStatus::Sending),
            ..CampaignUpdate::default()
        };
        let update = updated(&update).into_update("t", key(KEY, "c1")).unwrap();
        assert_eq!(update.update_expression(), "SET #status = :v0");
        assert_eq!(update.condition_expression(), Some("(attribute_exists(#campaign_id))"));
        let suppressed = BTreeMap::from([("opted-out".to_owned(), 2), ("delivery-mode".to_owned(), 3)]);
        let progress = Progress {
            recipients: 5,
            suppressed,
            ..Progress::default()
        };
        let update = updated(&CampaignUpdate {
            progress: Some(progress),
            ..CampaignUpdate::default()
        });
        let update = update.into_update("t", key(KEY, "c1")).unwrap();
        assert!(
            update
                .expression_attribute_values()
                .unwrap()
                .values()
                .any(|value| *value == number(5_u64))
        );
        assert!(update.update_expression().contains("#suppressed_by_reason = "));
    }
}
