//! The provider itself: up to fifty texts, one call.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, RefusalKind};

use super::request::{self, Task};
use super::settings::Settings;
use super::{NAME, device, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::http::{Call, HttpClient, Method, form};
use crate::parameters::Parameters;
use crate::provider::surroundings::Surroundings;

/// No document has a limit; a request of so many stays well below any that a small device may have.
const BATCH: usize = 50;

/// Vendor documents and clients write the content type so.
const JSON: &str = "application/json;charset=utf-8";

/// What shares the gateway's rate where the device chooses the port.
const ANY_PORT: &str = "*";

/// The gateway as the parameters describe it.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters, &surroundings.webhook_url);
    let http = surroundings.http.clone();
    Some(Arc::new(Skyline { http, settings }))
}

/// Sends texts through one gateway.
#[derive(Debug, Clone)]
struct Skyline {
    http: HttpClient,
    settings: Settings,
}

impl Skyline {
    /// The credentials are in the address of every call, POST included.
    fn address(&self, page: &str, more: &[(&str, &str)]) -> String {
        let credentials = [
            ("username", self.settings.username.as_str()),
            ("password", self.settings.password.as_str()),
        ];
        let query = form(credentials.iter().chain(more).copied());
        format!("{}/{page}?{query}", self.settings.base_url)
    }

    /// The message as a task, or why it cannot be one.
    fn task<'a>(&self, message: &'a Message) -> Result<Task<'a>, Outcome> {
        let to = self.capabilities().recipient(message)?;
        Ok(Task {
            id: request::task_id(message),
            message,
            to,
            port: request::port(message, &self.settings),
        })
    }

    async fn post(&self, tasks: &[Task<'_>]) -> Vec<Outcome> {
        if tasks.is_empty() {
            return Vec::new();
        }
        let body = request::send_sms(tasks, &self.settings).to_string();
        let call = Call::new(Method::POST, self.address("goip_post_sms.html", &[])).body(JSON, body);
        match self.http.call(call).await {
            Ok(answer) => status::of_sending(&answer, tasks),
            Err(no_answer) => vec![no_answer.outcome(); tasks.len()],
        }
    }
}

#[async_trait]
impl Provider for Skyline {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // The sender is a SIM card, which can only be chosen where their numbers are known.
            sender_override: !self.settings.ports.is_empty(),
            batch: BATCH,
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::Recipient,
                RefusalKind::Content,
                RefusalKind::Configuration,
                RefusalKind::Other,
            ],
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        match self.task(message) {
            Ok(task) => self.post(&[task]).await.pop().unwrap_or_else(unanswered),
            Err(refusal) => refusal,
        }
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        let mut ids = HashSet::with_capacity(messages.len());
        let rows: Vec<Result<Task<'_>, Outcome>> = messages
            .iter()
            .map(|message| {
                let task = self.task(message)?;
                // Answer and reports could not be told apart. The next try takes another id.
                let is_new = ids.insert(task.id);
                is_new
                    .then_some(task)
                    .ok_or_else(|| Outcome::refused_for_now(RefusalKind::Other, "another message has the same task id"))
            })
            .collect();
        let tasks: Vec<Task<'_>> = rows.iter().filter_map(|row| row.as_ref().ok().copied()).collect();
        let mut outcomes = self.post(&tasks).await.into_iter();
        let in_order = rows.into_iter().map(|row| match row {
            Ok(_) => outcomes.next().unwrap_or_else(unanswered),
            Err(refusal) => refusal,
        });
        in_order.collect()
    }

    fn reference(&self, message: &Message) -> Option<String> {
        Some(request::new_task_id(message).to_string())
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        let port = request::port(message, &self.settings);
        Some(port.map_or_else(|| ANY_PORT.to_owned(), |port| port.number.to_string()))
    }

    async fn status(&self) -> ProviderStatus {
        let address = self.address("goip_get_status.html", &[("version", "1.1"), ("all_sims", "1")]);
        device::status(self.http.call(Call::new(Method::GET, address)).await)
    }
}

fn unanswered() -> Outcome {
    Outcome::Unknown {
        detail: "the answer leaves this task out".to_owned(),
    }
}
