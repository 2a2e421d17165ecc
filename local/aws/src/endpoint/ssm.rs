//! Systems Manager parameters (AWS JSON 1.1).

use axum::http::StatusCode;
use axum::response::Response;
use base64::prelude::{BASE64_STANDARD, Engine};
use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{self, JSON_1_1};
use super::parameter::{Parameter, ParameterKind, Parameters};

/// Characters of a standard parameter's value.
const MAXIMUM_VALUE: usize = 4096;
/// Levels of a parameter's name.
const MAXIMUM_LEVELS: usize = 15;
const MAXIMUM_PAGE: usize = 10;

pub(super) fn answer(parameters: &Parameters, operation: &str, body: &[u8]) -> Response {
    let answered = match operation {
        "PutParameter" => read(body).and_then(|request| put(parameters, request)),
        "GetParameter" => read(body).and_then(|request| get(parameters, &request)),
        "GetParametersByPath" => read(body).and_then(|request| get_by_path(parameters, &request)),
        "DeleteParameter" => read(body).and_then(|request: Named| delete(parameters, &request.name)),
        _ => return answer::unknown_operation(JSON_1_1),
    };
    match answered {
        Ok(body) => answer::json(StatusCode::OK, JSON_1_1, &body),
        Err(failure) => failure.into_response(),
    }
}

#[derive(Debug)]
enum Failure {
    Unreadable(serde_json::Error),
    Refused {
        kind: &'static str,
        message: Option<String>,
    },
}

impl Failure {
    fn bare(kind: &'static str) -> Self {
        Self::Refused { kind, message: None }
    }

    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self::Refused {
            kind,
            message: Some(message.into()),
        }
    }

    fn into_response(self) -> Response {
        match self {
            Self::Unreadable(error) => answer::serialization_error(JSON_1_1, &error),
            Self::Refused { kind, message } => {
                let members = message.map(|text| ("message".to_owned(), Value::from(text)));
                answer::json_error(
                    JSON_1_1,
                    StatusCode::BAD_REQUEST,
                    kind,
                    members.into_iter().collect::<Map<_, _>>(),
                )
            }
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(Failure::Unreadable)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    name: String,
    value: String,
    #[serde(rename = "Type")]
    kind: Option<ParameterKind>,
    #[serde(default)]
    overwrite: bool,
}

fn put(parameters: &Parameters, request: Put) -> Result<Value, Failure> {
    let Put {
        name,
        value,
        kind,
        overwrite,
    } = request;
    check_name(&name)?;
    if value.is_empty() || value.chars().count() > MAXIMUM_VALUE {
        return Err(Failure::new(
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters, and at least one.",
        ));
    }
    let present = parameters.find(&name);
    if present.is_some() && !overwrite {
        return Err(Failure::new(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        ));
    }
    let kind = kind.or(present.map(|present| present.kind)).ok_or_else(|| {
        let message = "A parameter type is required when you create a parameter.";
        Failure::new("ValidationException", message)
    })?;
    let version = parameters.put(&name, &value, kind);
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if name.is_empty() || name.len() > 1011 || !name.chars().all(allowed) {
        return Err(Failure::new(
            "ValidationException",
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of \
             sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
             following 3 symbols .-_",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(Failure::new(
            "ValidationException",
            "Parameter name must be a fully qualified name.",
        ));
    }
    if name.matches('/').count() > MAXIMUM_LEVELS {
        return Err(Failure::new(
            "HierarchyLevelLimitExceededException",
            "A parameter name may have at most fifteen levels.",
        ));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

fn get(parameters: &Parameters, request: &Get) -> Result<Value, Failure> {
    let found = parameters
        .find(&request.name)
        .ok_or(Failure::bare("ParameterNotFound"))?;
    Ok(json!({ "Parameter": describe(parameters, &request.name, &found, request.with_decryption) }))
}

fn describe(parameters: &Parameters, name: &str, parameter: &Parameter, decrypt: bool) -> Value {
    let value = match parameter.kind {
        // AWS answers with the encrypted value; nobody without the key can do more with it than with this.
        ParameterKind::SecureString if !decrypt => format!("AQICAH{:x}", Md5::digest(&parameter.value)),
        _ => parameter.value.clone(),
    };
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "LastModifiedDate": parameter.modified_at.as_millisecond() as f64 / 1000.0,
        "ARN": parameters.arn(name),
        "DataType": "text",
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetByPath {
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    with_decryption: bool,
    max_results: Option<usize>,
    next_token: Option<String>,
}

fn get_by_path(parameters: &Parameters, request: &GetByPath) -> Result<Value, Failure> {
    if !request.path.starts_with('/') {
        return Err(Failure::new(
            "ValidationException",
            "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward \
             slash \"/\".",
        ));
    }
    let size = request.max_results.unwrap_or(MAXIMUM_PAGE);
    if !(1..=MAXIMUM_PAGE).contains(&size) {
        let bound = if size == 0 {
            "greater than or equal to 1".to_owned()
        } else {
            format!("less than or equal to {MAXIMUM_PAGE}")
        };
        return Err(Failure::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must \
                 have value {bound}"
            ),
        ));
    }
    let after = request.next_token.as_deref().map(last_of_page).transpose()?;
    let after = after.as_deref();
    let mut rest = parameters.under(&request.path, request.recursive);
    rest.retain(|(name, _)| after.is_none_or(|after| name.as_str() > after));
    let more = rest.len() > size;
    rest.truncate(size);
    let page: Vec<Value> = rest
        .iter()
        .map(|(name, parameter)| describe(parameters, name, parameter, request.with_decryption))
        .collect();
    let mut answer = json!({ "Parameters": page });
    if let (true, Some((last, _))) = (more, rest.last()) {
        answer["NextToken"] = BASE64_STANDARD.encode(last).into();
    }
    Ok(answer)
}

/// The name of the last parameter of the page before, which is what a token holds.
fn last_of_page(token: &str) -> Result<String, Failure> {
    let decoded = BASE64_STANDARD.decode(token).ok();
    decoded
        .and_then(|name| String::from_utf8(name).ok())
        .filter(|name| name.starts_with('/'))
        .ok_or_else(|| Failure::new("InvalidNextToken", "The specified token is not valid."))
}

fn delete(parameters: &Parameters, name: &str) -> Result<Value, Failure> {
    if parameters.delete(name) {
        Ok(json!({}))
    } else {
        Err(Failure::bare("ParameterNotFound"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_client::{Answered, TestClient};
    use serde_json::{Value, json};

    async fn ask(client: &TestClient, operation: &str, body: Value) -> Answered {
        client.json(&format!("AmazonSSM.{operation}"), body).await
    }

    #[tokio::test]
    async fn a_secret_has_versions_and_is_clear_only_on_request() {
        let client = TestClient::new();
        ask(
            &client,
            "PutParameter",
            json!({ "Name": "/a/key", "Value": "one", "Type": "SecureString" }),
        )
        .await;
        let second = json!({ "Name": "/a/key", "Value": "two", "Overwrite": true });
        assert_eq!(ask(&client, "PutParameter", second).await.json()["Version"], 2);

        let value = |body: Value| {
            let client = &client;
            async move { ask(client, "GetParameter", body).await.json()["Parameter"]["Value"].clone() }
        };
        assert_eq!(value(json!({ "Name": "/a/key", "WithDecryption": true })).await, "two");
        assert_ne!(value(json!({ "Name": "/a/key" })).await, "two");
    }

    #[tokio::test]
    async fn a_path_is_read_page_by_page() {
        let client = TestClient::new();
        for name in ["/a/1", "/a/2", "/a/b/3", "/ab", "plain"] {
            ask(
                &client,
                "PutParameter",
                json!({ "Name": name, "Value": "v", "Type": "String" }),
            )
            .await;
        }
        let names = |body: Value| {
            let client = &client;
            async move {
                let answer = ask(client, "GetParametersByPath", body).await.json();
                let page = answer["Parameters"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["Name"].clone());
                (page.collect::<Vec<_>>(), answer["NextToken"].clone())
            }
        };

        assert_eq!(
            names(json!({ "Path": "/a" })).await,
            (vec![json!("/a/1"), json!("/a/2")], Value::Null)
        );
        let (first, token) = names(json!({ "Path": "/a/", "Recursive": true, "MaxResults": 2 })).await;
        assert_eq!(first.len(), 2);
        let rest = json!({ "Path": "/a/", "Recursive": true, "MaxResults": 2, "NextToken": token });
        assert_eq!(names(rest).await, (vec![json!("/a/b/3")], Value::Null));
    }

    #[tokio::test]
    async fn secrets_of_a_path_are_clear_only_on_request_and_ten_make_a_page() {
        let client = TestClient::new();
        for number in 10..25 {
            let parameter = json!({ "Name": format!("/s/dev/p/{number}"), "Value": "clear", "Type": "SecureString" });
            ask(&client, "PutParameter", parameter).await;
        }
        for decrypt in [true, false] {
            let mut request = json!({ "Path": "/s/dev", "Recursive": true, "WithDecryption": decrypt });
            let mut pages = Vec::new();
            let mut names = Vec::new();
            loop {
                let answer = ask(&client, "GetParametersByPath", request.clone()).await.json();
                let page = answer["Parameters"].as_array().unwrap().clone();
                pages.push(page.len());
                for parameter in page {
                    assert_eq!(parameter["Value"] == "clear", decrypt);
                    assert_eq!(parameter["Type"], "SecureString");
                    names.push(parameter["Name"].as_str().unwrap().to_owned());
                }
                match answer.get("NextToken") {
                    Some(token) => request["NextToken"] = token.clone(),
                    None => break,
                }
            }
            assert_eq!(pages, [10, 5]);
            assert!(
                names
                    .iter()
                    .map(String::as_str)
                    .eq((10..25).map(|it| format!("/s/dev/p/{it}")))
            );
        }
    }

    #[tokio::test]
    async fn errors_are_those_of_the_service() {
        let client = TestClient::new();
        ask(
            &client,
            "PutParameter",
            json!({ "Name": "there", "Value": "v", "Type": "String" }),
        )
        .await;
        for (operation, body, error) in [
            (
                "PutParameter",
                json!({ "Name": "there", "Value": "v", "Type": "String" }),
                "ParameterAlreadyExists",
            ),
            (
                "PutParameter",
                json!({ "Name": "new", "Value": "v" }),
                "ValidationException",
            ),
            (
                "PutParameter",
                json!({ "Name": "a b", "Value": "v", "Type": "String" }),
                "ValidationException",
            ),
            (
                "PutParameter",
                json!({ "Name": "new", "Value": "", "Type": "String" }),
                "ValidationException",
            ),
            ("PutParameter", json!({ "Name": 5 }), "SerializationException"),
            ("GetParameter", json!({ "Name": "missing" }), "ParameterNotFound"),
            ("DeleteParameter", json!({ "Name": "missing" }), "ParameterNotFound"),
            ("GetParametersByPath", json!({ "Path": "a" }), "ValidationException"),
            (
                "GetParametersByPath",
                json!({ "Path": "/a", "MaxResults": 11 }),
                "ValidationException",
            ),
            (
                "GetParametersByPath",
                json!({ "Path": "/a", "MaxResults": 0 }),
                "ValidationException",
            ),
            (
                "GetParametersByPath",
                json!({ "Path": "/a", "NextToken": "x" }),
                "InvalidNextToken",
            ),
        ] {
            let answer = ask(&client, operation, body).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, error),
                "{}",
                answer.text
            );
        }
    }
}
