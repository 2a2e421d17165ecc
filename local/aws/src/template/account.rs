//! The account, region and stack that the names and ARNs of all resources are made of.

/// Where the stack is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    pub region: String,
    /// `AWS::StackName`.
    pub stack: String,
    /// Where the HTTP API is reached, without a slash at its end.
    pub http_url: String,
}

impl Account {
    /// The account that the local stack pretends to be.
    #[must_use]
    pub fn local() -> Self {
        Self {
            id: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            stack: "shiftline".to_owned(),
            http_url: "http://127.0.0.1:8080".to_owned(),
        }
    }

    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.id)
    }

    /// The id of the HTTP API with this logical id: lower-case letters and digits, as AWS makes them.
    pub(super) fn http_api_id(logical_id: &str) -> String {
        logical_id.to_ascii_lowercase()
    }

    pub(super) fn queue_url(&self, name: &str) -> String {
        format!("https://sqs.{}.amazonaws.com/{}/{name}", self.region, self.id)
    }

    pub(super) fn pseudo_parameter(&self, name: &str) -> Option<String> {
        Some(match name {
            "AWS::AccountId" => self.id.clone(),
            "AWS::Region" => self.region.clone(),
            "AWS::StackName" => self.stack.clone(),
            "AWS::StackId" => self.arn("cloudformation", &format!("stack/{}/local", self.stack)),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => return None,
        })
    }
}
