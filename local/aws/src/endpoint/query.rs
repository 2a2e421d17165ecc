//! The AWS query protocol: a form in, XML out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::answer;

const XML: &str = "text/xml";

/// A service of the protocol, by the namespace of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Namespace(pub(super) &'static str);

/// A request of the protocol.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

pub(super) fn succeeded(namespace: Namespace, action: &str, result: &str) -> Response {
    let id = Uuid::new_v4();
    let Namespace(namespace) = namespace;
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
    );
    answer::bytes(StatusCode::OK, XML, body)
}

pub(super) fn failed(namespace: Namespace, status: StatusCode, code: &str, message: &str) -> Response {
    let id = Uuid::new_v4();
    let Namespace(namespace) = namespace;
    let side = if status.is_server_error() { "Receiver" } else { "Sender" };
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{side}</Type><Code>{code}</Code>\
         <Message>{}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>",
        escape(message)
    );
    answer::bytes(status, XML, body)
}

/// What every service of the protocol answers to an action that it does not know.
pub(super) fn invalid_action(namespace: Namespace, action: &str) -> Response {
    let message = format!("The action {action} is not valid for this web service.");
    failed(namespace, StatusCode::BAD_REQUEST, "InvalidAction", &message)
}

/// `<name>text</name>` for each pair, the text escaped.
pub(super) fn elements<const N: usize>(pairs: [(&str, &str); N]) -> String {
    let mut xml = String::new();
    for (name, text) in pairs {
        // Writing to a string does not fail.
        let _ = write!(xml, "<{name}>{}</{name}>", escape(text));
    }
    xml
}

/// A list as the protocol writes it.
pub(super) fn members(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let members: String = members
        .into_iter()
        .map(|member| format!("<member>{member}</member>"))
        .collect();
    format!("<{name}>{members}</{name}>")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
