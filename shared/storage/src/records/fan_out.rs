//! The progress of a campaign's fan-out.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `launched_at` | S | on `fan-out`: when it began |
//! | `ends_at` | S | on `fan-out`: after that nobody is texted any more |
//! | `segment` | N | on `fan-out#<segment>`: which part of the audience |
//! | `after` | S | the last contact that has a message; absent at the start |
//! | `done` | BOOL | whether the whole segment has |

use application::port::{CampaignProgress, FanOutBegun, Position, SegmentPosition, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put};

use super::{campaign, has_sort_key, rows};
use crate::expression::Expression;
use crate::item::{Item, NewItem};
use crate::query;
use crate::stored_row::{StoredRow, UnreadableRow};

const SORT_KEY: &str = "fan-out";

/// Notes the beginning, if it was not noted before.
pub(crate) fn begun(table: &str, campaign_id: &str, begun: FanOutBegun) -> Result<Put, StoreError> {
    let item = NewItem::with_key(super::key(campaign(campaign_id), SORT_KEY))
        .time("launched_at", begun.at)
        .time("ends_at", begun.ends_at);
    let mut expression = Expression::default();
    expression.require_absent("pk");
    expression.into_put(table, item.finish())
}

pub(crate) fn reached(
    table: &str,
    campaign_id: &str,
    segment: u32,
    position: &SegmentPosition,
) -> Result<Put, StoreError> {
    let item = NewItem::with_key(super::key(campaign(campaign_id), format!("{SORT_KEY}#{segment}")))
        .number("segment", segment)
        .optional_text("after", position.after.as_ref().map(|after| &after.0))
        .set("done", AttributeValue::Bool(position.done));
    Expression::default().into_put(table, item.finish())
}

pub(crate) async fn read(client: &Client, table: &str, campaign_id: &str) -> Result<CampaignProgress, StoreError> {
    let mut progress = CampaignProgress::default();
    let parts = rows(client, table, campaign(campaign_id), SORT_KEY);
    query::all(parts, |item| add(&mut progress, campaign_id, item)).await?;
    Ok(progress)
}

fn add(progress: &mut CampaignProgress, campaign_id: &str, item: Item) -> Result<(), UnreadableRow> {
    let is_beginning = has_sort_key(&item, SORT_KEY);
    let mut row = StoredRow::new(format!("fan-out of campaign {campaign_id}"), item);
    if is_beginning {
        progress.begun = Some(FanOutBegun {
            at: row.required("launched_at")?,
            ends_at: row.required("ends_at")?,
        });
    } else {
        let position = SegmentPosition {
            after: row.optional("after")?.map(Position),
            done: row.flag("done")?,
        };
        progress.segments.insert(row.number("segment")?, position);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn positions_read_back() {
        let beginning = FanOutBegun {
            at: Timestamp::from_second(1).unwrap(),
            ends_at: Timestamp::from_second(100).unwrap(),
        };
        let half_way = SegmentPosition {
            after: Some(Position("+12025550101".into())),
            done: false,
        };
        let done = SegmentPosition {
            after: None,
            done: true,
        };
        let mut progress = CampaignProgress::default();
        for put in [
            begun("t", "c1", beginning),
            reached("t", "c1", 0, &half_way),
            reached("t", "c1", 7, &done),
        ] {
            add(&mut progress, "c1", put.unwrap().item().clone()).unwrap();
        }
        let expected = CampaignProgress {
            begun: Some(beginning),
            segments: [(0, half_way), (7, done)].into(),
        };
        assert_eq!(progress, expected);
    }
}
