//! A push as it is asked for: which fields there are, and what they may hold.

use serde_json::{Map, Value};

use super::failure::Failure;

/// The members of a request and of its message, in both ways to write them.
const REQUEST: [&str; 3] = ["message", "validate_only", "validateOnly"];
const MESSAGE: [&str; 7] = [
    "name",
    "data",
    "notification",
    "android",
    "webpush",
    "apns",
    "fcm_options",
];
/// The fields that name the target; exactly one must be set.
const TARGETS: [&str; 4] = ["token", "topic", "condition", "fid"];
/// Bytes without the target.
const LONGEST: usize = 4096;
const LONGEST_FOR_A_TOPIC: usize = 2048;
/// Seconds: four weeks.
const LONGEST_TTL: f64 = 2_419_200.0;

/// A push that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Push {
    /// `None` for other targets, such as a topic.
    pub(super) token: Option<String>,
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    pub(super) validate_only: bool,
}

impl Push {
    pub(super) fn read(request: &[u8]) -> Result<Self, Failure> {
        let request: Value = serde_json::from_slice(request)
            .map_err(|error| Failure::invalid(format!("Invalid JSON payload received. {error}")))?;
        let request = object(&request, "")?;
        known(request, "", &[&REQUEST])?;
        let message = object(request.get("message").unwrap_or(&Value::Null), "message")?;
        known(message, "message", &[&MESSAGE, &["fcmOptions"], &TARGETS])?;
        let token = target(message)?;
        check_data(message)?;
        check_platforms(message)?;
        let content: Map<String, Value> = message
            .iter()
            .filter(|(name, _)| !TARGETS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let longest = if message.contains_key("topic") {
            LONGEST_FOR_A_TOPIC
        } else {
            LONGEST
        };
        if Value::Object(content).to_string().len() > longest {
            return Err(Failure::invalid("Android message is too big"));
        }
        let notification = &message.get("notification").cloned().unwrap_or_default();
        let text = |name: &str| notification[name].as_str().map(ToOwned::to_owned);
        let validate_only = request.get("validate_only").or_else(|| request.get("validateOnly"));
        Ok(Self {
            token,
            title: text("title"),
            body: text("body"),
            validate_only: validate_only.is_some_and(|only| *only == true),
        })
    }
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>, Failure> {
    value.as_object().ok_or_else(|| match name {
        "" => Failure::invalid("Invalid JSON payload received."),
        name => Failure::invalid_field(name, format!("Invalid value at '{name}', it must be an object")),
    })
}

fn known(object: &Map<String, Value>, place: &str, names: &[&[&str]]) -> Result<(), Failure> {
    let unknown = object.keys().find(|key| !names.concat().contains(&key.as_str()));
    let Some(name) = unknown else {
        return Ok(());
    };
    let place_in_words = if place.is_empty() {
        String::new()
    } else {
        format!(" at '{place}'")
    };
    Err(Failure::invalid_field(
        place,
        format!("Invalid JSON payload received. Unknown name \"{name}\"{place_in_words}: Cannot find field."),
    ))
}

fn target(message: &Map<String, Value>) -> Result<Option<String>, Failure> {
    let targets: Vec<_> = TARGETS.iter().filter(|name| message.contains_key(**name)).collect();
    match targets.as_slice() {
        [] => Err(Failure::invalid("Recipient of the message is not set.")),
        [name] => match message[**name].as_str() {
            Some("") | None => Err(Failure::invalid_field(
                format!("message.{name}"),
                "Recipient of the message is not set.",
            )),
            Some(target) => Ok((**name == "token").then(|| target.to_owned())),
        },
        [_, second, ..] => Err(Failure::invalid_field(
            "message",
            format!("Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '{second}'"),
        )),
    }
}

fn check_data(message: &Map<String, Value>) -> Result<(), Failure> {
    let Some(data) = message.get("data") else {
        return Ok(());
    };
    for (place, (key, value)) in object(data, "message.data")?.iter().enumerate() {
        let reserved = matches!(key.as_str(), "from" | "message_type")
            || key.starts_with("google.")
            || key.starts_with("gcm.notification.");
        if reserved {
            return Err(Failure::invalid_field(
                "message.data",
                format!("Invalid data payload key: {key}"),
            ));
        }
        if !value.is_string() {
            let field = format!("message.data[{place}].value");
            let words = format!("Invalid value at '{field}' (TYPE_STRING), {value}");
            return Err(Failure::invalid_field(field, words));
        }
    }
    Ok(())
}

fn check_platforms(message: &Map<String, Value>) -> Result<(), Failure> {
    let part = |name: &str| message.get(name).cloned().unwrap_or_default();
    if let Some(ttl) = part("android").get("ttl") {
        let seconds = ttl
            .as_str()
            .and_then(|ttl| ttl.strip_suffix('s'))
            .and_then(|ttl| ttl.parse::<f64>().ok());
        if !seconds.is_some_and(|seconds| (0.0..=LONGEST_TTL).contains(&seconds)) {
            let words =
                format!("Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), {ttl}");
            return Err(Failure::invalid_field("message.android.ttl", words));
        }
    }
    if let Some(priority) = part("android").get("priority")
        && !["normal", "high", "NORMAL", "HIGH"]
            .iter()
            .any(|known| priority == known)
    {
        let words = format!("Invalid value at 'message.android.priority', {priority}");
        return Err(Failure::invalid_field("message.android.priority", words));
    }
    for section in ["apns", "webpush"] {
        let headers = part(section).get("headers").cloned().unwrap_or_default();
        if let Some((name, value)) = headers
            .as_object()
            .and_then(|all| all.iter().find(|(_, value)| !value.is_string()))
        {
            let field = format!("message.{section}.headers");
            let words = format!("Invalid value at '{field}[{name}]' (TYPE_STRING), {value}");
            return Err(Failure::invalid_field(field, words));
        }
    }
    let link = part("webpush")["fcm_options"]["link"].clone();
    if link.as_str().is_some_and(|link| !link.starts_with("https://")) {
        let field = "message.webpush.fcm_options.link";
        return Err(Failure::invalid_field(field, "The link must be a URL with https"));
    }
    Ok(())
}
