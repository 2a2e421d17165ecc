//! Keeps to a provider's rate without waiting for long: what can not go now gets a timer.

use std::time::Duration;

use domain::message::{Lane, Message, Postponement};
use domain::segment;
use jiff::{SignedDuration, Timestamp};
use messaging::{Listed, Provider};

use super::SendMessage;
use crate::port::StoreError;

/// Somebody waits for an interactive text, and the next second is near.
const SHORT_WAIT: SignedDuration = SignedDuration::from_secs(1);

impl SendMessage {
    /// Takes the message's parts out of the provider's rate. `None` when it may go at once, or when to try again.
    pub(super) async fn wait_for_turn(
        &self,
        message: &Message,
        listed: &Listed,
        provider: &dyn Provider,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(rate) = listed.rate else {
            return Ok(None);
        };
        let lane = message.lane();
        let allowance = rate.allowance(lane);
        // A text of more parts than a whole period allows goes alone.
        let parts = segment::count(&message.body).segments.clamp(1, allowance);
        let identity = provider.origination_identity(message).unwrap_or_default();
        let key = format!("{}#{identity}", provider.name());
        let now = self.clock.now();
        if self.pace.take(&key, rate.period_of(now), parts, allowance).await? {
            return Ok(None);
        }
        let next = rate.next_period(now);
        let pause = next.duration_since(now);
        if lane == Lane::Interactive && pause <= SHORT_WAIT {
            tokio::time::sleep(Duration::try_from(pause).unwrap_or_default()).await;
            if self.pace.take(&key, next, parts, allowance).await? {
                return Ok(None);
            }
        }
        if message.reason.as_deref() == Some(Postponement::Pace.as_str()) {
            // It has had its turn and met others in the same period; the end of the line may be hours away by now.
            let later = pause.as_secs_f64() * 2.0 * self.jitter.fraction();
            return Ok(Some(
                next + SignedDuration::try_from_secs_f64(later).unwrap_or_default(),
            ));
        }
        let line = format!("{key}#{}", lane.as_str());
        let turn = self.pace.fall_in(&line, next, rate.time_for(parts, lane)).await?;
        Ok(Some(turn))
    }
}
