//! The answer of the DLT manager: the texts that are registered for an account, by their senders.
//!
//! Only `data`, `templates`, `message_id` and `message` are certain; clients read the others under several names, so
//! each is looked for under all of them. See *Registered templates and wallet* in protocol.md.

use serde_json::{Map, Value};

use crate::contract::{RegisteredTemplate, RegisteredTemplates};
use crate::excerpt::excerpt;
use crate::http::Answer;

const MESSAGE_ID: [&str; 3] = ["message_id", "messageId", "id"];
const DLT_TEMPLATE_ID: [&str; 3] = ["template_id", "dlt_template_id", "content_template_id"];
const NAME: [&str; 3] = ["template_name", "name", "title"];
const CONTENT: [&str; 5] = ["message", "template_body", "content", "template_message", "text"];

/// What says that the list is there or not.
const FLAGS: [&str; 3] = ["success", "status", "return"];

/// Where lists are within lists.
const LISTS: [&str; 3] = ["data", "templates", "senders"];

/// What is registered, or why it is not known, without `hidden` in the words about it.
pub(super) fn of_manager(answer: &Answer, hidden: &[&str]) -> Result<RegisteredTemplates, String> {
    let status = answer.status;
    let Some(body) = answer.json::<Value>() else {
        return Err(format!("HTTP {status} without JSON"));
    };
    let refused = FLAGS.iter().any(|flag| body.get(flag).is_some_and(says_no));
    if refused || !(200..300).contains(&status) {
        let code = body.get("status_code").and_then(text);
        let words = body.get("message").and_then(text).unwrap_or_default();
        let code = code.unwrap_or_else(|| format!("HTTP {status}"));
        return Err(excerpt(format!("{code} {words}").trim(), hidden.iter().copied()));
    }
    let list = match &body {
        Value::Array(_) => Some(&body),
        body => LISTS.iter().find_map(|list| body.get(list)),
    };
    let mut found = RegisteredTemplates::default();
    collect(
        list.ok_or_else(|| format!("HTTP {status} without a list"))?,
        false,
        &mut found,
    );
    Ok(found)
}

/// Looks through senders for their templates; a list may also have the templates themselves.
fn collect(value: &Value, among_templates: bool, found: &mut RegisteredTemplates) {
    match value {
        Value::Array(entries) => {
            for entry in entries {
                collect(entry, among_templates, found);
            }
        }
        Value::Object(entry) => match template(entry) {
            Entry::Template(template) => found.templates.push(template),
            Entry::Unreadable(problem) if among_templates => found.problems.push(problem),
            Entry::Unreadable(_) => {
                let lists = LISTS.iter().filter_map(|name| Some((*name, entry.get(*name)?)));
                for (name, list) in lists {
                    collect(list, name == "templates", found);
                }
            }
        },
        _ if among_templates => found.problems.push("an entry of the list is no template".to_owned()),
        _ => {}
    }
}

enum Entry {
    Template(RegisteredTemplate),
    Unreadable(String),
}

fn template(entry: &Map<String, Value>) -> Entry {
    let first = |names: &[&str]| names.iter().find_map(|name| text(entry.get(*name)?));
    let Some(message_id) = first(&MESSAGE_ID) else {
        return Entry::Unreadable("a template has no message id".to_owned());
    };
    // A text keeps every blank that it is registered with.
    let content = CONTENT.iter().find_map(|name| entry.get(*name)?.as_str());
    let Some(content) = content.filter(|content| !content.trim().is_empty()) else {
        return Entry::Unreadable(format!("template {message_id} has no text"));
    };
    Entry::Template(RegisteredTemplate {
        message_id,
        dlt_template_id: first(&DLT_TEMPLATE_ID),
        name: first(&NAME),
        content: content.to_owned(),
    })
}

fn says_no(flag: &Value) -> bool {
    match flag {
        Value::Bool(yes) => !yes,
        Value::String(text) => matches!(text.trim().to_ascii_lowercase().as_str(), "false" | "error" | "failed"),
        _ => false,
    }
}

/// A text or a number, as a text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(status: u16, body: &str) -> Result<RegisteredTemplates, String> {
        let answer = Answer {
            status,
            retry_after: None,
            body: body.to_owned(),
        };
        of_manager(&answer, &["secret-key"])
    }

    fn registered(message_id: &str, dlt: Option<&str>, name: Option<&str>, content: &str) -> RegisteredTemplate {
        RegisteredTemplate {
            message_id: message_id.into(),
            dlt_template_id: dlt.map(Into::into),
            name: name.map(Into::into),
            content: content.into(),
        }
    }

    #[test]
    fn templates_are_found_with_every_sender_under_any_name() {
        let offer = registered("188950", Some("1107000000000000001"), Some("offer"), "Hi {#var#} ");
        let documented = json!({"success": true, "data": [
            {"sender_id": "FSTSMS", "entity_id": "1101", "templates": [
                {"message_id": "188950", "template_id": "1107000000000000001", "template_name": "offer",
                 "message": "Hi {#var#} ", "category": "Service Implicit"}]},
            {"sender_id": "SHIFTL", "templates": [{"message_id": 188952, "message": "Bye."}]},
            {"sender_id": "EMPTY", "templates": []},
        ]});
        let bye = registered("188952", None, None, "Bye.");
        let otherwise = json!({"return": "true", "message": "ok", "data": [
            {"messageId": 188950, "dlt_template_id": 1_107_000_000_000_000_001_u64, "name": " offer ",
             "template_body": "Hi {#var#} "},
        ]});
        let cases = [
            (documented.to_string(), vec![offer.clone(), bye]),
            (otherwise.to_string(), vec![offer.clone()]),
            (
                json!([{"id": "7", "content": "x"}]).to_string(),
                vec![registered("7", None, None, "x")],
            ),
            (
                json!({"templates": [{"id": "7", "text": "x"}]}).to_string(),
                vec![registered("7", None, None, "x")],
            ),
            (json!({"success": true, "data": []}).to_string(), vec![]),
            (
                json!({"success": true, "data": {"senders": [{"templates": [{"id": 7, "text": "x"}]}]}}).to_string(),
                vec![registered("7", None, None, "x")],
            ),
        ];
        for (body, expected) in cases {
            let found = read(200, &body).unwrap();
            assert_eq!(found.templates, expected, "{body}");
            assert_eq!(found.problems, [""; 0]);
        }
    }

    #[test]
    fn an_entry_that_cannot_be_read_does_not_take_the_others_with_it() {
        let body = json!({"success": true, "data": [{"sender_id": "FSTSMS", "templates": [
            {"message_id": "1", "message": "x"}, {"message": "no id"}, {"message_id": "3", "message": " "},
            {"message_id": "4", "message": 5}, "five", null,
        ]}]});
        let found = read(200, &body.to_string()).unwrap();
        assert_eq!(found.templates, [registered("1", None, None, "x")]);
        assert_eq!(
            found.problems,
            [
                "a template has no message id",
                "template 3 has no text",
                "template 4 has no text",
                "an entry of the list is no template",
                "an entry of the list is no template",
            ]
        );
    }

    #[test]
    fn a_refusal_is_told_without_the_key() {
        let cases = [
            (
                401,
                r#"{"return":false,"status_code":412,"message":"Invalid secret-key"}"#,
                "412 Invalid",
            ),
            (200, r#"{"success":false,"message":"No"}"#, "HTTP 200 No"),
            (200, r#"{"status":"error"}"#, "HTTP 200"),
            (503, r#"{"data":[]}"#, "HTTP 503"),
            (502, "<html>", "HTTP 502 without JSON"),
            (200, r#"{"success":true}"#, "HTTP 200 without a list"),
            (200, "5", "HTTP 200 without a list"),
        ];
        for (status, body, expected) in cases {
            let error = read(status, body).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
