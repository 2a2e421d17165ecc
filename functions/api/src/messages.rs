//! `POST /v2/messages` sends a notice to one person, or an announcement to a group:
//!
//! ```json
//! {"type": "bill-issued", "to": "9911 2233", "language": "mn", "organisation": "building-7", "idempotency_key": "bill-7-issued",
//!  "variables": {"bill": "B-7", "amount": "125000", "currency": "MNT", "due_on": "2027-03-28"}}
//! ```
//!
//! `language` and `organisation` may be left out. The number may be written in any form of the organisation's country.
//! An organisation that does not exist is refused. The answer is `202` and `{"message_id","segments","language"}`, with a
//! `note` where the language asked for has no catalogue. A key that comes again answers the same id, and nothing is sent again.
//!
//! One-time codes to one number have a limit, which is answered `429` with `Retry-After`; they are not sent to premium,
//! shared-cost or unknown numbers (`422`).
//!
//! An `announcement` may name a `group` instead of `to`, as a campaign's audience does; it becomes a campaign, and the
//! answer has a `campaign_id` instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use application::notify::{GroupRequest, Notified, Notify, NotifyError, Request as PersonRequest};
use axum::extract::State;
use axum::http::StatusCode;
use domain::language::Language;
use domain::notice::{FieldError, Notice};
use domain::numbering::{self, Country};
use domain::organisation::{UnknownOrganisation, named};
use domain::phone_number::PhoneNumber;
use runtime::http::{Answer, HttpError, JsonBody, Problem, RequestBody, json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Api;

const LONGEST_KEY: usize = 200;

#[derive(Serialize)]
struct Accepted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<&'a str>,
    segments: u32,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl<'a> Accepted<'a> {
    fn of<Id>(notified: &Notified<Id>, asked: &'a Asked) -> Self {
        let language = notified.language.tag();
        let note = asked.without_catalogue.as_ref().map(|tag| {
            let known = Language::ALL.map(Language::tag).join(", ");
            format!("language \"{tag}\" has no catalogue (there are {known}); {language} is used instead")
        });
        Self {
            message_id: None,
            campaign_id: None,
            segments: notified.segments,
            language,
            note,
        }
    }
}

/// Read one by one, so that all that is wrong can be told at once.
#[derive(Deserialize)]
pub(crate) struct Fields(Map<String, Value>);

impl RequestBody for Fields {
    const EXPECTED: &'static str = "The body must be an object in JSON.";
}

pub(crate) async fn create(State(api): State<Arc<Api>>, JsonBody(Fields(fields)): JsonBody<Fields>) -> Answer {
    let notify = &api.notify;
    let declined = |error| declined(notify, error);
    let mut reader = Reader::new(fields);
    let organisation = reader.optional("organisation");
    let name = named(organisation.as_deref());
    if notify.organisations.get(name).await?.is_none() {
        return Err(declined(UnknownOrganisation::new(name).into()));
    }
    // Numbers without a country code are read as on the rows of the organisation.
    let named = notify.organisations.country(name).await?;
    let country = named.and_then(|named| named.parse().ok()).or(api.country);
    let asked = reader
        .finish(organisation, country)
        .map_err(|errors| refused(StatusCode::BAD_REQUEST, errors))?;
    match &asked.what {
        What::Person(request) => {
            let notified = notify.tell(request).await.map_err(declined)?;
            let accepted = Accepted {
                message_id: Some(notified.id.as_str()),
                ..Accepted::of(&notified, &asked)
            };
            Ok(json(StatusCode::ACCEPTED, &accepted))
        }
        What::Group(request) => {
            let notified = notify.announce(request).await.map_err(declined)?;
            let accepted = Accepted {
                campaign_id: Some(&notified.id),
                ..Accepted::of(&notified, &asked)
            };
            Ok(json(StatusCode::ACCEPTED, &accepted))
        }
    }
}

/// Errors that the caller can fix are answered; others are retried.
fn declined(notify: &Notify, error: NotifyError) -> HttpError {
    match error {
        NotifyError::Number => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into(),
        NotifyError::TooManyCodes { until, .. } => {
            Problem::too_many(error.to_string(), until.duration_since(notify.clock.now())).into()
        }
        NotifyError::Organisation(error) => {
            let error = FieldError::new("organisation", error);
            refused(StatusCode::UNPROCESSABLE_ENTITY, vec![error]).into()
        }
        NotifyError::Campaign(error) => {
            let error = FieldError::new("variables.text", error);
            refused(StatusCode::BAD_REQUEST, vec![error]).into()
        }
        NotifyError::Store(error) => error.into(),
    }
}

fn refused(status: StatusCode, errors: Vec<FieldError>) -> Problem {
    Problem::new(status, "Some fields cannot be used; nothing was stored.").with_fields(errors)
}

/// What a usable request asks for.
struct Asked {
    what: What,
    /// The language that was asked for and that we do not have.
    without_catalogue: Option<String>,
}

enum What {
    Person(PersonRequest),
    Group(GroupRequest),
}

/// Takes the body apart, field by field, and collects what is wrong with it.
struct Reader {
    fields: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Reader {
    fn new(fields: Map<String, Value>) -> Self {
        Self {
            fields,
            errors: Vec::new(),
        }
    }

    fn complain(&mut self, field: &str, problem: impl ToString) {
        self.errors.push(FieldError::new(field, problem));
    }

    fn optional(&mut self, field: &str) -> Option<String> {
        match self.fields.remove(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.complain(field, "must be text");
                None
            }
        }
    }

    fn required(&mut self, field: &str) -> Option<String> {
        let complaints = self.errors.len();
        let text = self.optional(field);
        if text.is_none() && self.errors.len() == complaints {
            self.complain(field, "is missing");
        }
        text
    }

    fn finish(mut self, organisation: Option<String>, country: Option<Country>) -> Result<Asked, Vec<FieldError>> {
        let notice = self.notice();
        let is_announcement = matches!(notice, Some(Notice::Announcement { .. }));
        let group = self.optional("group");
        let to = match &group {
            None => self.recipient(country),
            Some(_) => None,
        };
        if group.is_some() && notice.is_some() && !is_announcement {
            self.complain("group", "can only be told an announcement; name one person in to");
        }
        if group.is_some() && self.fields.remove("to").is_some() {
            self.complain("to", "cannot be named beside group");
        }
        let key = self.key();
        let (language, without_catalogue) = self.language();
        let unknown: Vec<String> = self.fields.keys().cloned().collect();
        for field in unknown {
            self.complain(&field, "is no field of this request");
        }
        let what = match (notice, group, to, key) {
            (Some(Notice::Announcement { text }), Some(group), _, Some(key)) => What::Group(GroupRequest {
                text,
                group,
                organisation,
                key,
            }),
            (Some(notice), None, Some(to), Some(key)) => What::Person(PersonRequest {
                notice,
                to,
                language,
                organisation,
                key,
            }),
            _ => return Err(self.errors),
        };
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        Ok(Asked {
            what,
            without_catalogue,
        })
    }

    fn notice(&mut self) -> Option<Notice> {
        let kind = self.required("type");
        let variables = self.variables()?;
        match Notice::from_variables(&kind?, &variables) {
            Ok(notice) => Some(notice),
            Err(errors) => {
                self.errors.extend(errors);
                None
            }
        }
    }

    fn variables(&mut self) -> Option<BTreeMap<String, String>> {
        let fields = match self.fields.remove("variables") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.complain("variables", "must be an object of texts");
                return None;
            }
        };
        let mut variables = BTreeMap::new();
        let complaints = self.errors.len();
        for (name, value) in fields {
            match value {
                Value::Null => None,
                Value::String(text) => variables.insert(name, text),
                Value::Number(number) => variables.insert(name, number.to_string()),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    self.complain(&format!("variables.{name}"), "must be text");
                    None
                }
            };
        }
        (self.errors.len() == complaints).then_some(variables)
    }

    /// In any form in which somebody in the organisation's country would write it.
    fn recipient(&mut self, country: Option<Country>) -> Option<PhoneNumber> {
        let text = self.required("to")?;
        match numbering::normalise(&text, country) {
            Ok(number) => Some(number),
            Err(problem) => {
                self.complain("to", problem);
                None
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        let key = self.required("idempotency_key")?;
        if key.chars().count() > LONGEST_KEY {
            self.complain("idempotency_key", format!("must have at most {LONGEST_KEY} characters"));
            return None;
        }
        Some(key)
    }

    /// The language, or the tag of one that has no catalogue.
    fn language(&mut self) -> (Option<Language>, Option<String>) {
        match self.optional("language") {
            None => (None, None),
            Some(tag) => match Language::from_tag(&tag) {
                Some(language) => (Some(language), None),
                None => (None, Some(tag)),
            },
        }
    }
}
