//! Who asks: each function under an access key of its own, held to the role of the template that it runs as.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::template::{Decision, Role, Template};

/// The functions that have a role; clones are the same principals.
///
/// A function whose role SAM derives is none of them and may do everything, as may callers with another key.
#[derive(Clone, Debug, Default)]
pub struct Principals(Arc<Vec<Principal>>);

/// One function as IAM knows it.
#[derive(Debug)]
pub struct Principal {
    /// Logical id, which is also the access key.
    pub function: String,
    name: String,
    role: Role,
    arn: String,
    /// By action and resource: bounded by what the code names, and saves deciding again at every request.
    asked: Mutex<BTreeMap<String, BTreeMap<String, Decision>>>,
}

/// A request that its caller's role does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("User: {principal} is not authorized to perform: {action} on resource: {resource} {reason}")]
pub struct AccessDenied {
    /// ARN of the role's session.
    pub principal: String,
    pub action: String,
    pub resource: String,
    reason: String,
}

impl Principals {
    #[must_use]
    pub fn of(template: &Template) -> Self {
        let with_role = template.functions.iter().filter_map(|function| {
            let role = template.role(function)?.clone();
            let session = format!("assumed-role/{}/{}", role.name, function.name);
            Some(Principal {
                function: function.logical_id.clone(),
                name: function.name.clone(),
                role,
                arn: format!("arn:aws:sts::{}:{session}", template.account.id),
                asked: Mutex::default(),
            })
        });
        Self(Arc::new(with_role.collect()))
    }

    /// The function of this logical id, which is its access key, or of this name.
    #[must_use]
    pub fn find(&self, function: &str) -> Option<&Principal> {
        self.0.iter().find(|it| it.function == function || it.name == function)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Principal> {
        self.0.iter()
    }

    /// Checks what AWS does in a function's name.
    pub(crate) fn check(&self, function: &str, action: &str, resource: &str) -> Result<(), AccessDenied> {
        self.find(function).map_or(Ok(()), |it| it.check(action, resource))
    }
}

impl Principal {
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Actions and resources that were asked for, with what came of it.
    #[must_use]
    pub fn asked(&self) -> Vec<(String, String, Decision)> {
        let asked = self.asked.lock();
        let flat = asked.iter().flat_map(|(action, resources)| {
            let of_action = |(resource, decision): (&String, &Decision)| (action.clone(), resource.clone(), *decision);
            resources.iter().map(of_action)
        });
        flat.collect()
    }

    pub(crate) fn check(&self, action: &str, resource: &str) -> Result<(), AccessDenied> {
        let reason = match self.decide(action, resource) {
            Decision::Allowed => return Ok(()),
            Decision::NotAllowed => format!("because no identity-based policy allows the {action} action"),
            Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        };
        Err(AccessDenied {
            principal: self.arn.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            reason,
        })
    }

    fn decide(&self, action: &str, resource: &str) -> Decision {
        let mut asked = self.asked.lock();
        if let Some(decided) = asked.get(action).and_then(|resources| resources.get(resource)) {
            return *decided;
        }
        let decision = self.role.decide(action, resource);
        asked
            .entry(action.to_owned())
            .or_default()
            .insert(resource.to_owned(), decision);
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Account, DEPLOYED, local_parameters};

    #[test]
    fn a_function_is_held_to_its_role_and_others_are_not() {
        let template = Template::read(DEPLOYED, Account::local(), &local_parameters()).unwrap();
        let principals = Principals::of(&template);
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/shiftline-messages";

        assert_eq!(principals.check("SmsEventsFunction", "dynamodb:GetItem", table), Ok(()));
        let denied = principals
            .check("shiftline-SmsEventsFunction", "dynamodb:Scan", table)
            .unwrap_err();
        assert_eq!(
            denied.to_string(),
            "User: arn:aws:sts::000000000000:assumed-role/shiftline-SmsEventsRole/shiftline-SmsEventsFunction is not \
             authorized to perform: dynamodb:Scan on resource: \
             arn:aws:dynamodb:us-east-1:000000000000:table/shiftline-messages because no identity-based policy allows the \
             dynamodb:Scan action"
        );
        assert_eq!(principals.check("AKIAIOSFODNN7EXAMPLE", "dynamodb:Scan", table), Ok(()));
        let asked = principals.find("SmsEventsFunction").unwrap().asked();
        assert_eq!(
            asked,
            [
                ("dynamodb:GetItem".to_owned(), table.to_owned(), Decision::Allowed),
                ("dynamodb:Scan".to_owned(), table.to_owned(), Decision::NotAllowed),
            ]
        );
    }
}
