//! Roles: what the inline policies of an `AWS::IAM::Role` allow.
//!
//! Evaluation: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

use std::iter;

use serde::Deserialize;
use serde_json::Value;

use super::TemplateError;
use super::intrinsic::Scope;
use super::properties;

/// A role that functions assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub logical_id: String,
    pub name: String,
    allowed: Vec<Permission>,
    denied: Vec<Permission>,
}

/// An action on a resource, both patterns in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// ARN.
    pub resource: String,
}

/// What a role's policies say to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// No statement is about it.
    NotAllowed,
    /// A statement forbids it, whatever the others say.
    Denied,
}

impl Role {
    #[must_use]
    pub fn decide(&self, action: &str, resource: &str) -> Decision {
        let covered = |by: &[Permission]| by.iter().any(|it| it.covers(action, resource));
        if covered(&self.denied) {
            Decision::Denied
        } else if covered(&self.allowed) {
            Decision::Allowed
        } else {
            Decision::NotAllowed
        }
    }

    /// Everything that is allowed, as the policies write it.
    #[must_use]
    pub fn allowed(&self) -> &[Permission] {
        &self.allowed
    }
}

impl Permission {
    /// Actions are compared without regard to case, as IAM does.
    #[must_use]
    pub fn covers(&self, action: &str, resource: &str) -> bool {
        matches(&self.action, action, |a, b| a.eq_ignore_ascii_case(&b))
            && matches(&self.resource, resource, |a, b| a == b)
    }
}

fn matches(pattern: &str, text: &str, same: impl Fn(u8, u8) -> bool) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // After the last star: where the pattern goes on, and how much of the text the star has taken.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
            }
            Some(&wanted) if wanted == b'?' || same(wanted, text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (p, t) = (after, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|rest| *rest == b'*')
}

// A property that is not listed is an error: it would change who may do what on AWS and nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Properties {
    #[serde(default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Policy {
    #[serde(rename = "PolicyName")]
    _policy_name: String,
    policy_document: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "Version")]
    _version: String,
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany,
    resource: OneOrMany,
}

#[derive(Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<String>),
    One(String),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::Many(all) => all,
            Self::One(one) => vec![one],
        }
    }
}

pub(super) fn read(scope: &Scope<'_>, logical_id: String, properties: &Value) -> Result<Role, TemplateError> {
    let names = ["Policies", "ManagedPolicyArns", "PermissionsBoundary"];
    let decoded: Properties = properties::decode(scope, &logical_id, properties, &names)?;
    let mut role = Role {
        name: scope.physical_name(&logical_id)?,
        logical_id,
        allowed: Vec::new(),
        denied: Vec::new(),
    };
    let documents = decoded.policies.into_iter().map(|policy| policy.policy_document);
    for statement in documents.flat_map(|document| document.statement) {
        match statement.effect {
            Effect::Allow => role.allowed.extend(statement.permissions()),
            Effect::Deny => role.denied.extend(statement.permissions()),
        }
    }
    Ok(role)
}

impl Statement {
    fn permissions(self) -> impl Iterator<Item = Permission> {
        let resources = self.resource.into_vec();
        self.action.into_vec().into_iter().flat_map(move |action| {
            let on = |(action, resource)| Permission { action, resource };
            iter::repeat(action).zip(resources.clone()).map(on)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Account, Template};
    use super::*;

    const EXAMPLE: &str = r#"
Resources:
  Messages: { Type: AWS::DynamoDB::Table, Properties: { TableName: messages, KeySchema: [{ AttributeName: id, KeyType: HASH }], AttributeDefinitions: [{ AttributeName: id, AttributeType: S }] } }
  SenderRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [] }
      Policies:
        - PolicyName: sender
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - { Sid: Messages, Effect: Allow, Action: [dynamodb:GetItem, dynamodb:Batch*], Resource: !GetAtt Messages.Arn }
              - { Effect: Allow, Action: dynamodb:Query, Resource: [!Sub "${Messages.Arn}/index/by-?"] }
              - { Effect: Deny, Action: dynamodb:BatchWriteItem, Resource: "*" }
"#;
    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/messages";

    fn read(text: &str) -> Result<Role, TemplateError> {
        let template = Template::read(text, Account::local(), &BTreeMap::new())?;
        Ok(template.roles.into_iter().next().unwrap())
    }

    #[test]
    fn a_role_allows_what_its_statements_name() {
        let role = read(EXAMPLE).unwrap();
        assert_eq!(
            (role.logical_id.as_str(), role.name.as_str()),
            ("SenderRole", "shiftline-SenderRole")
        );
        assert_eq!(role.allowed().len(), 3);
        for (action, resource, decision) in [
            ("dynamodb:GetItem", TABLE, Decision::Allowed),
            ("DynamoDB:getitem", TABLE, Decision::Allowed),
            ("dynamodb:BatchGetItem", TABLE, Decision::Allowed),
            ("dynamodb:PutItem", TABLE, Decision::NotAllowed),
            ("dynamodb:GetItem", &format!("{TABLE}s"), Decision::NotAllowed),
            ("dynamodb:Query", TABLE, Decision::NotAllowed),
            ("dynamodb:Query", &format!("{TABLE}/index/by-x"), Decision::Allowed),
            ("dynamodb:Query", &format!("{TABLE}/index/by-"), Decision::NotAllowed),
            ("dynamodb:BatchWriteItem", TABLE, Decision::Denied),
        ] {
            assert_eq!(role.decide(action, resource), decision, "{action} on {resource}");
        }
    }

    #[test]
    fn what_would_change_the_decision_and_is_not_emulated_is_named() {
        for (statement, unknown) in [
            ("Effect: Deny, Condition: {}", "Condition"),
            ("Effect: Deny, NotResource: x", "NotResource"),
        ] {
            let error = read(&EXAMPLE.replace("Effect: Deny", statement))
                .unwrap_err()
                .to_string();
            let expected = format!("resource SenderRole: unknown field `{unknown}`");
            assert!(error.starts_with(&expected), "{error}");
        }
        let managed = EXAMPLE.replace("      Policies:", "      ManagedPolicyArns: [x]\n      Policies:");
        let error = read(&managed).unwrap_err().to_string();
        assert!(error.contains("ManagedPolicyArns"), "{error}");
    }

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        let exact = |pattern: &str, text: &str| matches(pattern, text, |a, b| a == b);
        for (pattern, text) in [
            ("*", ""),
            ("*", "a:b/c"),
            ("a*c", "ac"),
            ("a*c", "abcabc"),
            ("*/index/*", "table/t/index/due"),
            ("a?c", "abc"),
            ("a**", "a"),
        ] {
            assert!(exact(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("a*c", "abcd"),
            ("a?c", "ac"),
            ("A", "a"),
            ("a*b*c", "acb"),
        ] {
            assert!(!exact(pattern, text), "{pattern} {text}");
        }
    }
}
