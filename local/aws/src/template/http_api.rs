//! The HTTP API: `AWS::Serverless::HttpApi`, and the events of functions that are its routes.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::intrinsic::Scope;
use super::properties::{self, Flag, Whole};
use super::route_key::RouteKey;
use super::{Account, TemplateError};

/// How long API Gateway waits for a function, unless the event says less.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// An HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApi {
    pub logical_id: String,
    /// What a reference to it stands for.
    pub id: String,
}

/// A route of an HTTP API to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// The API's id.
    pub api: String,
    pub key: RouteKey,
    /// How long API Gateway waits for the answer.
    pub timeout: Duration,
}

// Properties that are named in `read` and not here are errors: they would change what is answered on AWS and nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApiProperties {
    #[serde(rename = "StageName")]
    _stage_name: Option<DefaultStage>,
    #[serde(rename = "Auth")]
    _auth: Option<ApiAuth>,
}

#[derive(Deserialize)]
enum DefaultStage {
    #[serde(rename = "$default")]
    Default,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApiAuth {
    #[serde(rename = "EnableIamAuthorizer")]
    _enable_iam_authorizer: Option<Flag>,
    #[serde(rename = "DefaultAuthorizer")]
    _default_authorizer: Option<Authorizer>,
}

/// Only what lets every caller in on this machine, where nobody has credentials to sign with.
#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Authorizer {
    None,
    AwsIam,
}

pub(super) fn read(scope: &Scope<'_>, logical_id: String, properties: &Value) -> Result<HttpApi, TemplateError> {
    let names = [
        "StageName",
        "Auth",
        "CorsConfiguration",
        "DefinitionBody",
        "DefinitionUri",
        "DisableExecuteApiEndpoint",
        "Domain",
    ];
    let _: ApiProperties = properties::decode(scope, &logical_id, properties, &names)?;
    Ok(HttpApi {
        id: Account::http_api_id(&logical_id),
        logical_id,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RouteProperties {
    // Without it SAM makes an API of its own, which is not emulated.
    api_id: String,
    method: Option<String>,
    path: Option<String>,
    timeout_in_millis: Option<Whole>,
    #[serde(rename = "Auth")]
    _auth: Option<RouteAuth>,
    #[serde(rename = "PayloadFormatVersion")]
    _payload_format_version: Option<PayloadFormat>,
    // Throttling, which nothing here does.
    #[serde(rename = "RouteSettings")]
    _route_settings: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RouteAuth {
    #[serde(rename = "Authorizer")]
    _authorizer: Authorizer,
}

#[derive(Deserialize)]
enum PayloadFormat {
    #[serde(rename = "2.0")]
    Two,
}

impl RouteProperties {
    pub(super) fn into_route(self) -> Result<HttpRoute, String> {
        let key = match (self.method, self.path) {
            (None, None) => RouteKey::Default,
            (method, Some(path)) => RouteKey::parse(method.as_deref().unwrap_or("ANY"), &path)?,
            (Some(_), None) => return Err("Method without Path".to_owned()),
        };
        let timeout = self
            .timeout_in_millis
            .and_then(Whole::limit)
            .map_or(LONGEST_WAIT, Duration::from_millis);
        Ok(HttpRoute {
            api: self.api_id,
            key,
            timeout: timeout.min(LONGEST_WAIT),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Event, Template};
    use super::*;

    const EXAMPLE: &str = "
Resources:
  Api: { Type: AWS::Serverless::HttpApi, Properties: { Auth: { EnableIamAuthorizer: true } } }
  Reports:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/reports/
      Environment: { Variables: { URL: !Sub '${Api.ApiEndpoint}/reports' } }
      Events:
        Any: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/reports/{proxy+}', Method: any, Auth: { Authorizer: NONE } } }
        One: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/reports/{id}', Method: GET, TimeoutInMillis: 5000, Auth: { Authorizer: AWS_IAM } } }
        Rest: { Type: HttpApi, Properties: { ApiId: !Ref Api } }
";

    fn read(text: &str, http_url: &str) -> Result<Template, TemplateError> {
        let account = Account {
            http_url: http_url.to_owned(),
            ..Account::local()
        };
        Template::read(text, account, &BTreeMap::new())
    }

    #[test]
    fn the_events_of_a_function_are_routes_of_the_api_at_its_local_address() {
        let template = read(EXAMPLE, "http://127.0.0.1:9999").unwrap();
        let function = template.function("Reports").unwrap();

        assert_eq!(function.environment["URL"], "http://127.0.0.1:9999/reports");
        assert_eq!(template.http_api.as_ref().unwrap().id, "api");
        let routes: Vec<_> = function
            .events
            .values()
            .map(|event| match event {
                Event::Http(route) => (route.api.as_str(), route.key.to_string(), route.timeout.as_secs()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            routes,
            [
                ("api", "ANY /reports/{proxy+}".to_owned(), 30),
                ("api", "GET /reports/{id}".to_owned(), 5),
                ("api", "$default".to_owned(), 30),
            ]
        );
    }

    #[test]
    fn what_would_be_answered_otherwise_on_aws_is_named() {
        let api = "Properties: { Auth: { EnableIamAuthorizer: true } }";
        for (found, replaced, expected) in [
            (
                api,
                "Properties: { CorsConfiguration: true }",
                "resource Api: unknown field `CorsConfiguration`",
            ),
            (
                api,
                "Properties: { StageName: v1 }",
                "resource Api: unknown variant `v1`",
            ),
            (
                "Authorizer: NONE",
                "Authorizer: Tokens",
                "event Any: unknown variant `Tokens`",
            ),
            (
                "Authorizer: NONE",
                "ApiKeyRequired: true",
                "event Any: unknown field `ApiKeyRequired`",
            ),
            (
                "Method: any",
                "PayloadFormatVersion: '1.0'",
                "event Any: unknown variant `1.0`",
            ),
            ("{ ApiId: !Ref Api }", "{}", "event Rest: missing field `ApiId`"),
            (
                "/reports/{id}",
                "/{id+}/x",
                "event One: {id+} is not at the end of its path",
            ),
            (
                "\n  Reports:",
                "\n  Other: { Type: AWS::Serverless::HttpApi }\n  Reports:",
                "resource Other: a second HTTP API is not emulated",
            ),
        ] {
            let error = read(&EXAMPLE.replace(found, replaced), "http://127.0.0.1:1")
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
