//! The template language: intrinsic functions, conditions and pseudo parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parameter::text;
use super::{Account, TemplateError};

/// The properties by which the various resources are given their names.
const NAMES: &[&str] = &[
    "TableName",
    "TopicName",
    "QueueName",
    "FunctionName",
    "RoleName",
    "LogGroupName",
    "ConfigurationSetName",
    "Name",
];

/// What a reference may name, and what it stands for.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) account: &'a Account,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) conditions: &'a Map<String, Value>,
    pub(super) resources: &'a Map<String, Value>,
}

impl Scope<'_> {
    /// The value with every intrinsic function applied; `None` is `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|it| self.resolve(it).transpose())
                    .collect::<Result<_, _>>()?;
                Ok(Some(Value::Array(items)))
            }
            Value::Object(entries) => match intrinsic(entries) {
                Some((name, argument)) => self.apply(name, argument),
                None => {
                    let mut resolved = Map::new();
                    for (name, value) in entries {
                        if let Some(value) = self.resolve(value)? {
                            resolved.insert(name.clone(), value);
                        }
                    }
                    Ok(Some(Value::Object(resolved)))
                }
            },
            scalar => Ok(Some(scalar.clone())),
        }
    }

    /// Whether the named condition holds.
    pub(super) fn holds(&self, condition: &str) -> Result<bool, TemplateError> {
        let rule = self
            .conditions
            .get(condition)
            .ok_or_else(|| TemplateError::Reference(format!("condition {condition}")))?;
        self.is_true(rule)
    }

    fn apply(&self, name: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        match name {
            "Ref" => self.reference(self.word(name, argument)?.as_str()),
            "Fn::GetAtt" => self.attribute(argument).map(Some),
            "Fn::Sub" => self.substitute(argument).map(Some),
            "Fn::If" => {
                let [condition, then, otherwise] = arguments(name, argument)?;
                let chosen = if self.holds(&self.word(name, condition)?)? {
                    then
                } else {
                    otherwise
                };
                self.resolve(chosen)
            }
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" | "Condition" => {
                let rule = Value::Object(Map::from_iter([(name.to_owned(), argument.clone())]));
                self.is_true(&rule).map(|it| Some(it.into()))
            }
            other => Err(TemplateError::UnknownIntrinsic(other.to_owned())),
        }
    }

    fn is_true(&self, rule: &Value) -> Result<bool, TemplateError> {
        let (name, argument) = rule
            .as_object()
            .and_then(intrinsic)
            .ok_or_else(|| malformed("Conditions", rule))?;
        let all = || argument.as_array().ok_or_else(|| malformed(name, argument));
        match name {
            "Condition" => self.holds(&self.word(name, argument)?),
            "Fn::Equals" => {
                let [left, right] = arguments(name, argument)?;
                Ok(self.word(name, left)? == self.word(name, right)?)
            }
            "Fn::Not" => {
                let [rule] = arguments(name, argument)?;
                self.is_true(rule).map(|it| !it)
            }
            "Fn::And" => all()?
                .iter()
                .try_fold(true, |so_far, rule| Ok(so_far & self.is_true(rule)?)),
            "Fn::Or" => all()?
                .iter()
                .try_fold(false, |so_far, rule| Ok(so_far | self.is_true(rule)?)),
            _ => Err(malformed("Conditions", rule)),
        }
    }

    pub(super) fn reference(&self, name: &str) -> Result<Option<Value>, TemplateError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self
            .account
            .pseudo_parameter(name)
            .or_else(|| self.parameters.get(name).cloned())
        {
            return Ok(Some(value.into()));
        }
        let name_of = self.physical_name(name)?;
        let reference = match self.kind(name)? {
            "AWS::SNS::Topic" => self.account.arn("sns", &name_of),
            "AWS::SQS::Queue" => self.account.queue_url(&name_of),
            "AWS::Serverless::HttpApi" => Account::http_api_id(name),
            _ => name_of,
        };
        Ok(Some(reference.into()))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, TemplateError> {
        let path = self.words("Fn::GetAtt", argument)?;
        let [resource, attribute] = <[String; 2]>::try_from(path).map_err(|_| malformed("Fn::GetAtt", argument))?;
        let name = self.physical_name(&resource)?;
        let account = self.account;
        let value = match (self.kind(&resource)?, attribute.as_str()) {
            ("AWS::DynamoDB::Table", "Arn") => account.arn("dynamodb", &format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => account.arn("dynamodb", &format!("table/{name}/stream/local")),
            ("AWS::KMS::Key", "Arn") => account.arn("kms", &format!("key/{name}")),
            ("AWS::SNS::Topic", "TopicArn" | "Arn") => account.arn("sns", &name),
            ("AWS::SQS::Queue", "Arn") => account.arn("sqs", &name),
            ("AWS::SQS::Queue", "QueueUrl") => account.queue_url(&name),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                account.arn("lambda", &format!("function:{name}"))
            }
            ("AWS::Serverless::HttpApi", "ApiEndpoint") => account.http_url.clone(),
            ("AWS::Serverless::HttpApi", "ApiId") => Account::http_api_id(&resource),
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{}:role/{name}", account.id),
            ("AWS::Logs::LogGroup", "Arn") => account.arn("logs", &format!("log-group:{name}:*")),
            (_, "TopicName" | "QueueName" | "Name") => name,
            (kind, attribute) => return Err(TemplateError::Reference(format!("{resource}.{attribute} ({kind})"))),
        };
        Ok(value.into())
    }

    /// The name the resource has once deployed: its own, or one made of the stack's name and the logical id.
    pub(super) fn physical_name(&self, logical_id: &str) -> Result<String, TemplateError> {
        let properties = &self.resource(logical_id)?["Properties"];
        let own = NAMES.iter().find_map(|property| properties.get(property));
        match own {
            Some(name) => self.word(logical_id, name),
            None => Ok(format!("{}-{logical_id}", self.account.stack)),
        }
    }

    pub(super) fn kind(&self, logical_id: &str) -> Result<&str, TemplateError> {
        self.resource(logical_id)?["Type"]
            .as_str()
            .ok_or_else(|| TemplateError::Reference(logical_id.to_owned()))
    }

    fn resource(&self, logical_id: &str) -> Result<&Value, TemplateError> {
        self.resources
            .get(logical_id)
            .ok_or_else(|| TemplateError::Reference(logical_id.to_owned()))
    }

    fn substitute(&self, argument: &Value) -> Result<Value, TemplateError> {
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(own)] => (pattern.as_str(), Some(own)),
                _ => return Err(malformed("Fn::Sub", argument)),
            },
            _ => return Err(malformed("Fn::Sub", argument)),
        };
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| malformed("Fn::Sub", argument))?;
            result.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.and_then(|own| own.get(name)) {
                result.push_str(&self.word("Fn::Sub", value)?);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                let value = self.attribute(&vec![resource, attribute].into())?;
                result.push_str(value.as_str().unwrap_or_default());
            } else {
                let value = self.reference(name)?.as_ref().and_then(text);
                result.push_str(&value.ok_or_else(|| malformed("Fn::Sub", argument))?);
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result.into())
    }

    fn present(&self, within: &str, value: &Value) -> Result<Value, TemplateError> {
        self.resolve(value)?.ok_or_else(|| malformed(within, value))
    }

    fn word(&self, within: &str, value: &Value) -> Result<String, TemplateError> {
        text(&self.present(within, value)?).ok_or_else(|| malformed(within, value))
    }

    fn words(&self, within: &str, value: &Value) -> Result<Vec<String>, TemplateError> {
        let list = self.present(within, value)?;
        let list = list.as_array().ok_or_else(|| malformed(within, value))?;
        list.iter()
            .map(|it| text(it).ok_or_else(|| malformed(within, value)))
            .collect()
    }
}

/// A mapping with this one key is a function call, not data.
fn intrinsic(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = entries.iter();
    match (entries.next(), entries.next()) {
        (Some((name, argument)), None) if name == "Ref" || name == "Condition" || name.starts_with("Fn::") => {
            Some((name, argument))
        }
        _ => None,
    }
}

fn arguments<'a, const N: usize>(name: &str, argument: &'a Value) -> Result<&'a [Value; N], TemplateError> {
    let list = argument.as_array().ok_or_else(|| malformed(name, argument))?;
    list.as_slice().try_into().map_err(|_| malformed(name, argument))
}

fn malformed(name: &str, argument: &Value) -> TemplateError {
    TemplateError::Malformed {
        name: name.to_owned(),
        argument: argument.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve(value: Value) -> Result<Option<Value>, TemplateError> {
        let account = Account::local();
        let conditions = json!({
            "Live": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] },
            "Trial": { "Fn::Not": [{ "Condition": "Live" }] },
            "Any": { "Fn::Or": [{ "Condition": "Live" }, { "Condition": "Trial" }] },
            "Both": { "Fn::And": [{ "Condition": "Live" }, { "Condition": "Trial" }] },
        });
        let resources = json!({
            "Shifts": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": { "Fn::Sub": "${AWS::StackName}-shifts" } } },
            "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": "two-way" } },
            "Failures": { "Type": "AWS::SQS::Queue" },
            "Api": { "Type": "AWS::Serverless::HttpApi" },
        });
        let scope = Scope {
            account: &account,
            parameters: BTreeMap::from([("Stage".to_owned(), "prod".to_owned())]),
            conditions: conditions.as_object().unwrap(),
            resources: resources.as_object().unwrap(),
        };
        scope.resolve(&value)
    }

    fn assert_resolves(value: Value, expected: Value) {
        assert_eq!(resolve(value).unwrap(), Some(expected));
    }

    #[test]
    fn references_name_parameters_pseudo_parameters_and_resources() {
        assert_resolves(json!({ "Ref": "Stage" }), json!("prod"));
        assert_resolves(json!({ "Ref": "AWS::Region" }), json!("us-east-1"));
        assert_resolves(json!({ "Ref": "Shifts" }), json!("shiftline-shifts"));
        assert_resolves(
            json!({ "Ref": "Topic" }),
            json!("arn:aws:sns:us-east-1:000000000000:two-way"),
        );
        assert_resolves(
            json!({ "Fn::GetAtt": ["Failures", "Arn"] }),
            json!("arn:aws:sqs:us-east-1:000000000000:shiftline-Failures"),
        );
        assert_resolves(json!({ "Ref": "Api" }), json!("api"));
        assert_resolves(
            json!({ "Fn::GetAtt": ["Api", "ApiEndpoint"] }),
            json!("http://127.0.0.1:8080"),
        );
        assert!(
            matches!(resolve(json!({ "Ref": "Nothing" })), Err(TemplateError::Reference(name)) if name == "Nothing")
        );
    }

    #[test]
    fn substitution_knows_own_names_attributes_and_literals() {
        assert_resolves(
            json!({ "Fn::Sub": "${Stage}:${Shifts.Arn}:${!Kept}" }),
            json!("prod:arn:aws:dynamodb:us-east-1:000000000000:table/shiftline-shifts:${Kept}"),
        );
        assert_resolves(
            json!({ "Fn::Sub": "${Api.ApiEndpoint}/${Stage}" }),
            json!("http://127.0.0.1:8080/prod"),
        );
        assert_resolves(
            json!({ "Fn::Sub": ["${a}-${Stage}", { "a": { "Ref": "Shifts" } }] }),
            json!("shiftline-shifts-prod"),
        );
    }

    #[test]
    fn conditions_choose_and_no_value_removes() {
        assert_resolves(json!({ "Fn::If": ["Trial", "yes", "no"] }), json!("no"));
        assert_resolves(json!({ "Fn::If": ["Any", 1, 2] }), json!(1));
        assert_resolves(json!({ "Fn::If": ["Both", 1, 2] }), json!(2));
        assert_resolves(
            json!({ "Kept": 1, "Gone": { "Fn::If": ["Trial", 1, { "Ref": "AWS::NoValue" }] } }),
            json!({ "Kept": 1 }),
        );
    }

    #[test]
    fn an_unknown_function_is_named() {
        assert!(matches!(
            resolve(json!({ "Fn::ImportValue": "x" })),
            Err(TemplateError::UnknownIntrinsic(name)) if name == "Fn::ImportValue"
        ));
    }
}
