//! A deployed stack as CloudFormation describes it: parameters, outputs, resources.

use std::collections::BTreeMap;

use serde_json::Value;

/// A stack of some account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    pub stack: String,
    /// Such as `UPDATE_COMPLETE`.
    pub status: String,
    parameters: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    resources: Vec<DeployedResource>,
}

/// A resource of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedResource {
    pub logical_id: String,
    /// Such as `AWS::Lambda::Function`.
    pub kind: String,
    /// What `!Ref` gives: a function's name, a topic's ARN, a queue's URL.
    pub physical_id: String,
}

impl Deployment {
    /// From the answer of `describe-stacks` for one stack; `None` when it is about none.
    #[must_use]
    pub fn read(stacks: &Value) -> Option<Self> {
        let stack = stacks["Stacks"].get(0)?;
        Some(Self {
            stack: text(&stack["StackName"]),
            status: text(&stack["StackStatus"]),
            parameters: pairs(&stack["Parameters"], "ParameterKey", "ParameterValue"),
            outputs: pairs(&stack["Outputs"], "OutputKey", "OutputValue"),
            resources: Vec::new(),
        })
    }

    /// With the resources of `list-stack-resources`, those that were deleted left out.
    #[must_use]
    pub fn with_resources(mut self, answer: &Value) -> Self {
        self.resources = list(&answer["StackResourceSummaries"])
            .filter(|resource| resource["ResourceStatus"] != "DELETE_COMPLETE")
            .map(|resource| DeployedResource {
                logical_id: text(&resource["LogicalResourceId"]),
                kind: text(&resource["ResourceType"]),
                physical_id: text(&resource["PhysicalResourceId"]),
            })
            .collect();
        self
    }

    /// A parameter's value; empty when the stack has no such parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map(String::as_str).unwrap_or_default()
    }

    #[must_use]
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs.get(name).map(String::as_str)
    }

    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &DeployedResource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&DeployedResource> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    /// The queues that hold what a function gave up.
    pub fn failure_queues(&self) -> impl Iterator<Item = &DeployedResource> {
        self.of_kind("AWS::SQS::Queue")
            .filter(|queue| queue.logical_id.ends_with("FailureQueue"))
    }

    /// The function of this stack that an ARN names, with or without a version.
    #[must_use]
    pub fn function(&self, arn: &str) -> Option<&DeployedResource> {
        let (_, name) = arn.split_once(":function:")?;
        let name = name.split(':').next().unwrap_or(name);
        self.of_kind("AWS::Lambda::Function")
            .find(|function| function.physical_id == name)
    }

    /// Where the stack's parameters are in Parameter Store.
    #[must_use]
    pub fn parameters_path(&self) -> String {
        format!("/{}/{}", self.stack, self.parameter("Stage"))
    }
}

fn pairs(answer: &Value, key: &str, value: &str) -> BTreeMap<String, String> {
    list(answer)
        .map(|pair| (text(&pair[key]), text(&pair[value])))
        .collect()
}

fn list(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.as_array().into_iter().flatten()
}

fn text(answer: &Value) -> String {
    answer.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_and_failure_queues_are_found() {
        let stacks = json!({ "Stacks": [{ "StackName": "s", "Parameters": [{ "ParameterKey": "Stage", "ParameterValue": "dev" }] }] });
        let resource = |id: &str, kind: &str, physical: &str, status: &str| {
            json!({
                "LogicalResourceId": id, "ResourceType": kind, "PhysicalResourceId": physical, "ResourceStatus": status,
            })
        };
        let resources = json!({ "StackResourceSummaries": [
            resource("Sweep", "AWS::Lambda::Function", "s-Sweep-1", "CREATE_COMPLETE"),
            resource("SweepFailureQueue", "AWS::SQS::Queue", "https://q/1", "UPDATE_COMPLETE"),
            resource("OldFailureQueue", "AWS::SQS::Queue", "https://q/2", "DELETE_COMPLETE"),
            resource("Inbox", "AWS::SQS::Queue", "https://q/3", "CREATE_COMPLETE"),
        ] });
        let deployment = Deployment::read(&stacks).unwrap().with_resources(&resources);

        let queues: Vec<_> = deployment
            .failure_queues()
            .map(|queue| queue.physical_id.as_str())
            .collect();
        assert_eq!(queues, ["https://q/1"]);
        for (arn, expected) in [
            ("arn:aws:lambda:us-east-1:1:function:s-Sweep-1", Some("Sweep")),
            ("arn:aws:lambda:us-east-1:1:function:s-Sweep-1:$LATEST", Some("Sweep")),
            ("arn:aws:lambda:us-east-1:1:function:s-Sweep-11", None),
            ("s-Sweep-1", None),
        ] {
            let found = deployment.function(arn).map(|function| function.logical_id.as_str());
            assert_eq!(found, expected, "{arn}");
        }
        assert_eq!(deployment.parameters_path(), "/s/dev");
        assert_eq!(Deployment::read(&json!({ "Stacks": [] })), None);
    }
}
