//! How Firebase Cloud Messaging is set up: parameters below `fcm/`.
//!
//! | Parameter | |
//! |---|---|
//! | `service-account` | the key file of a service account, JSON |
//! | `title` | what stands above each notification's text |
//! | `base-url` | `https://fcm.googleapis.com` |

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;

use crate::parameters::Parameters;
use crate::provider::push;

const BASE_URL: &str = "https://fcm.googleapis.com";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// One Firebase project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_id: String,
    /// What stands above each notification's text.
    pub title: String,
    /// Without a slash at its end.
    pub base_url: String,
}

/// In whose name we ask for access tokens.
#[derive(Clone)]
pub struct ServiceAccount {
    pub client_email: String,
    pub private_key_id: Option<String>,
    pub private_key: EncodingKey,
    /// The endpoint that issues access tokens, which is also the audience of the signed requests.
    pub token_uri: String,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("token_uri", &self.token_uri)
            .finish_non_exhaustive()
    }
}

/// The key file, as Google's console hands it out. Everything is optional, so that all that is missing can be told at once.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: Option<String>,
    project_id: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<String>,
    client_email: Option<String>,
    token_uri: Option<String>,
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<(Self, ServiceAccount)> {
        let is_there = !parameters.required("service-account").is_empty();
        let key_file = is_there
            .then(|| parameters.json::<KeyFile>("service-account"))
            .flatten();
        let account = key_file.and_then(|key_file| read(key_file, parameters));
        let title = push::title(parameters);
        let base_url = parameters.url("base-url", Some(BASE_URL));
        let (project_id, account) = account?;
        let settings = Self {
            project_id,
            title,
            base_url,
        };
        Some((settings, account))
    }
}

fn read(key_file: KeyFile, parameters: &mut Parameters<'_>) -> Option<(String, ServiceAccount)> {
    let mut wrong = |what: &str| parameters.problem("service-account", what);
    if key_file.kind.is_some_and(|kind| kind != "service_account") {
        wrong("is the key of something else than a service account: its type must be service_account");
    }
    let project_id = key_file.project_id.filter(|id| is_project_id(id));
    if project_id.is_none() {
        wrong("has no usable project_id");
    }
    let client_email = key_file.client_email.filter(|email| email.contains('@'));
    if client_email.is_none() {
        wrong("has no usable client_email");
    }
    let token_uri = key_file.token_uri.unwrap_or_else(|| TOKEN_URI.to_owned());
    if !["https://", "http://"]
        .iter()
        .any(|scheme| token_uri.starts_with(scheme))
    {
        wrong("has a token_uri that is no address");
    }
    let private_key = key_file.private_key.as_deref().and_then(usable_key);
    if private_key.is_none() {
        wrong(match key_file.private_key {
            Some(_) => "has a broken private_key: it is not an RSA key in PEM form that can sign",
            None => "has no private_key",
        });
    }
    let account = ServiceAccount {
        client_email: client_email?,
        private_key_id: key_file.private_key_id,
        private_key: private_key?,
        token_uri,
    };
    Some((project_id?, account))
}

/// It becomes a part of an address.
fn is_project_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    !text.is_empty() && text.bytes().all(allowed)
}

/// The key, if something can be signed with it: a text may look like a key and be none.
fn usable_key(pem: &str) -> Option<EncodingKey> {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    let can_sign = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &(), &key).is_ok();
    can_sign.then_some(key)
}
