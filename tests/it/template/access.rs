//! Who may do what: Lambda uses each role for its function alone, no role is too wide, and only the messaging service
//! reaches the topics.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::{Document, Function, assert_rule, one_or_many, spelled};

const READ_A_STREAM: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];
const READ_A_QUEUE: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
const WRITE_TO_A_QUEUE: [&str; 1] = ["sqs:SendMessage"];
const WRITE_A_LOG: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

/// Actions on the account as a whole, for which IAM knows no resource to name.
const WITHOUT_RESOURCE: [&str; 1] = ["sms-voice:DescribeAccountAttributes"];

/// What Lambda does with the function's role: reading its stream or queue, keeping its failures, writing its log. Of what
/// the code itself does, only the queue that it may write to, for which the same action is needed.
fn needed(function: &Function<'_>) -> BTreeSet<(String, String)> {
    let mut needed = BTreeSet::new();
    let mut need = |resource: String, actions: &[&str]| {
        needed.extend(actions.iter().map(|action| (resource.clone(), (*action).to_owned())));
    };
    for mapping in function.streams() {
        need(spelled(&mapping["Stream"]), &READ_A_STREAM);
    }
    for queue in function.queues() {
        need(spelled(queue), &READ_A_QUEUE);
    }
    if !function.is_waited_for() {
        need(format!("{}.Arn", function.failure_queue()), &WRITE_TO_A_QUEUE);
    }
    for (_, queue) in function.own_variables().filter(|(name, _)| name.ends_with("_QUEUE")) {
        need(format!("{}.Arn", spelled(queue)), &WRITE_TO_A_QUEUE);
    }
    let log = spelled(&function.properties["LoggingConfig"]["LogGroup"]);
    need(format!("{log}.Arn"), &WRITE_A_LOG);
    needed
}

/// What the function's role allows on streams, queues and logs: resources, and actions on them.
fn allowed(document: &Document, function: &Function<'_>) -> BTreeSet<(String, String)> {
    let mut allowed = BTreeSet::new();
    for statement in statements(document.properties(role(function))) {
        for action in one_or_many(&statement["Action"]) {
            if action.starts_with("sqs:") || action.starts_with("logs:") || READ_A_STREAM.contains(&action.as_str()) {
                let resources = one_or_many(&statement["Resource"]).into_iter();
                allowed.extend(resources.map(|resource| (resource, action.clone())));
            }
        }
    }
    allowed
}

fn role<'a>(function: &Function<'a>) -> &'a str {
    function.properties["Role"]["Fn::GetAtt"][0]
        .as_str()
        .unwrap_or_default()
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten())
}

/// What a function's code calls is compared with its role where it runs, by `roles`.
#[test]
fn lambda_may_use_a_role_for_its_function_alone() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let (needed, allowed) = (needed(&function), allowed(document, &function));
            for (resource, action) in needed.symmetric_difference(&allowed) {
                found.push(format!(
                    "{}: {action} on {resource} is needed and not allowed, or allowed and not needed",
                    function.id
                ));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let failures = "/Resources/InboundSmsRole/Properties/Policies/0/PolicyDocument/Statement/5";
        let another = json!({ "Fn::GetAtt": ["SmsEventsFailureQueue", "Arn"] });
        vec![
            ("another queue", it.with(&format!("{failures}/Resource"), another)),
            (
                "an action too many",
                it.with(&format!("{failures}/Action/-"), "sqs:PurgeQueue".into()),
            ),
            (
                "no permission to write to the failure queue",
                it.with(&format!("{failures}/Action"), json!([])),
            ),
            (
                "a stream without its permission",
                it.without("/Resources/ShiftCampaignsRole/Properties/Policies/0/PolicyDocument/Statement/0/Action"),
            ),
        ]
    });
}

/// Roles have inline statements only, on named resources, and are assumed by Lambda alone; no two functions share one.
#[test]
fn roles_hold_nothing_else() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        let mut owners = BTreeMap::<_, Vec<_>>::new();
        for function in document.functions() {
            owners.entry(role(&function)).or_default().push(function.id);
            if !function.properties["Policies"].is_null() {
                found.push(format!(
                    "{}: its policies are ignored, since it names its role",
                    function.id
                ));
            }
        }
        for (id, role) in document.of_type("AWS::IAM::Role") {
            if owners.remove(id).is_none_or(|functions| functions.len() != 1) {
                found.push(format!("{id} is not the role of exactly one function"));
            }
            if !role["ManagedPolicyArns"].is_null() {
                found.push(format!("{id} has managed policies"));
            }
            let trust = &role["AssumeRolePolicyDocument"]["Statement"];
            let lambda = json!({ "Service": "lambda.amazonaws.com" });
            if trust
                .as_array()
                .is_none_or(|it| it.len() != 1 || it[0]["Principal"] != lambda)
            {
                found.push(format!("{id} may be assumed by others than Lambda"));
            }
            for statement in statements(role) {
                let wide = |text: &String| text == "*" || text.ends_with(":*");
                let actions = one_or_many(&statement["Action"]);
                let is_nameless = actions.iter().all(|action| WITHOUT_RESOURCE.contains(&action.as_str()));
                if actions.iter().any(|action| action.contains('*'))
                    || (one_or_many(&statement["Resource"]).iter().any(wide) && !is_nameless)
                    || !statement["NotAction"].is_null()
                    || !statement["NotResource"].is_null()
                {
                    found.push(format!("{id}: {} is too wide", statement["Sid"]));
                }
            }
        }
        found.extend(owners.keys().map(|role| format!("there is no role {role:?}")));
        found
    };
    assert_rule(rule, |it| {
        let role = "/Resources/InboundSmsRole/Properties";
        let basic = json!(["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]);
        vec![
            ("a managed policy", it.with(&format!("{role}/ManagedPolicyArns"), basic)),
            (
                "all actions",
                it.with(
                    &format!("{role}/Policies/0/PolicyDocument/Statement/0/Action"),
                    "dynamodb:*".into(),
                ),
            ),
            (
                "another trusted service",
                it.with(
                    &format!("{role}/AssumeRolePolicyDocument/Statement/0/Principal"),
                    json!({ "Service": "ec2.amazonaws.com" }),
                ),
            ),
            (
                "a shared role",
                it.with(
                    "/Resources/SmsEventsFunction/Properties/Role",
                    json!({ "Fn::GetAtt": ["InboundSmsRole", "Arn"] }),
                ),
            ),
            (
                "a role that SAM derives",
                it.without("/Resources/SmsEventsFunction/Properties/Role"),
            ),
        ]
    });
}

/// What `Tracing` asks for is granted to all functions at once, and to none without it.
#[test]
fn traces_are_written_only_on_request() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        if *document.at("/Globals/Function/Tracing") != json!({ "Ref": "Tracing" }) {
            found.push("functions are traced whatever the parameter says".to_owned());
        }
        let policies = document.resources().filter(|(_, it)| it["Type"] == "AWS::IAM::Policy");
        let policies: Vec<_> = policies.collect();
        let [(_, policy)] = policies.as_slice() else {
            return vec![format!("{} policies", policies.len())];
        };
        let statement = json!([{
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        }]);
        if policy["Condition"] != "IsTraced" || policy["Properties"]["PolicyDocument"]["Statement"] != statement {
            found.push("the policy grants something else".to_owned());
        }
        let granted: BTreeSet<_> = one_or_many(&policy["Properties"]["Roles"]).into_iter().collect();
        let functions = document.functions();
        let roles: BTreeSet<_> = functions.iter().map(|it| role(it).to_owned()).collect();
        if granted != roles {
            found.push(format!("{granted:?} may write traces and not {roles:?}"));
        }
        found
    };
    assert_rule(rule, |it| {
        let policy = "/Resources/TracingPolicy";
        vec![
            ("always", it.without(&format!("{policy}/Condition"))),
            ("a function less", it.without(&format!("{policy}/Properties/Roles"))),
            ("another policy", it.with("/Resources/Other", it.at(policy).clone())),
            ("always traced", it.with("/Globals/Function/Tracing", "Active".into())),
        ]
    });
}

/// Without its policy a topic refuses the messaging service, whose texts are then lost silently; without the account, anybody's number
/// may publish to it.
#[test]
fn topics_admit_messaging_for_this_account_only() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (topic, _) in document.of_type("AWS::SNS::Topic") {
            let policies: Vec<_> = document
                .of_type("AWS::SNS::TopicPolicy")
                .filter(|(_, policy)| one_or_many(&policy["Topics"]) == [topic])
                .collect();
            let expected = json!([{
                "Effect": "Allow",
                "Principal": { "Service": "sms-voice.amazonaws.com" },
                "Action": "sns:Publish",
                "Resource": { "Ref": topic },
                "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
            }]);
            if policies.len() != 1 || policies[0].1["PolicyDocument"]["Statement"] != expected {
                found.push(format!("{topic} admits others, or not the messaging service"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let statement = "/Resources/TwoWaySmsTopicPolicy/Properties/PolicyDocument/Statement/0";
        vec![
            ("no policy", it.without("/Resources/TwoWaySmsTopicPolicy")),
            ("any account", it.without(&format!("{statement}/Condition"))),
            ("any service", it.with(&format!("{statement}/Principal"), "*".into())),
            (
                "another topic",
                it.with(&format!("{statement}/Resource"), json!({ "Ref": "SmsEventsTopic" })),
            ),
        ]
    });
}

/// The AWS managed key of SNS does not admit the messaging service, and its policy cannot be changed.
#[test]
fn topics_are_encrypted_with_a_key_of_ours() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (topic, properties) in document.of_type("AWS::SNS::Topic") {
            let key = spelled(&properties["KmsMasterKeyId"]);
            let Some(key) = key.strip_suffix(".Arn") else {
                found.push(format!("{topic} has no key of this stack"));
                continue;
            };
            let usable = document.properties(key)["KeyPolicy"]["Statement"]
                .as_array()
                .is_some_and(|statements| {
                    statements.iter().any(|it| {
                        it["Principal"] == json!({ "Service": "sms-voice.amazonaws.com" })
                            && it["Action"] == json!(["kms:Decrypt", "kms:GenerateDataKey*"])
                            && it["Condition"]
                                == json!({ "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } })
                    })
                });
            if !usable {
                found.push(format!("the messaging service cannot use {key}, the key of {topic}"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "no encryption",
                it.without("/Resources/TwoWaySmsTopic/Properties/KmsMasterKeyId"),
            ),
            (
                "the managed key",
                it.with(
                    "/Resources/TwoWaySmsTopic/Properties/KmsMasterKeyId",
                    "alias/aws/sns".into(),
                ),
            ),
            (
                "a key for this account alone",
                it.with(
                    "/Resources/TopicKey/Properties/KeyPolicy/Statement/1/Action",
                    "kms:DescribeKey".into(),
                ),
            ),
        ]
    });
}

/// SNS writes undelivered notifications itself, so the queue must admit it, for that topic.
#[test]
fn failure_queues_of_subscribers_admit_their_topic() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "SNS") {
                let queue = function.failure_queue();
                let expected = json!([{
                    "Effect": "Allow",
                    "Principal": { "Service": "sns.amazonaws.com" },
                    "Action": "sqs:SendMessage",
                    "Resource": { "Fn::GetAtt": [queue, "Arn"] },
                    "Condition": { "ArnEquals": { "aws:SourceArn": event.properties["Topic"] } },
                }]);
                let admitted = document.of_type("AWS::SQS::QueuePolicy").any(|(_, policy)| {
                    one_or_many(&policy["Queues"]) == [queue.as_str()]
                        && policy["PolicyDocument"]["Statement"] == expected
                });
                if !admitted {
                    found.push(format!(
                        "{queue} does not admit {}",
                        spelled(&event.properties["Topic"])
                    ));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let statement = "/Resources/InboundSmsFailureQueuePolicy/Properties/PolicyDocument/Statement/0";
        vec![
            ("no policy", it.without("/Resources/InboundSmsFailureQueuePolicy")),
            ("every topic", it.without(&format!("{statement}/Condition"))),
            (
                "another queue",
                it.with(
                    &format!("{statement}/Resource"),
                    json!({ "Fn::GetAtt": ["SmsEventsFailureQueue", "Arn"] }),
                ),
            ),
        ]
    });
}

/// Gateways have no credentials to sign with; their function lets them in by other means. Everybody else needs the account's own.
#[test]
fn only_gateways_call_without_credentials() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (id, api) in document.of_type("AWS::Serverless::HttpApi") {
            if api["Auth"] != json!({ "EnableIamAuthorizer": true, "DefaultAuthorizer": "AWS_IAM" }) {
                found.push(format!("{id} admits everybody"));
            }
        }
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "HttpApi") {
                let path = spelled(&event.properties["Path"]);
                let expected = if path == "/sms-gateway/{proxy+}" && function.id == "GatewayWebhookFunction" {
                    json!({ "Authorizer": "NONE" })
                } else {
                    Value::Null
                };
                if event.properties["Auth"] != expected || spelled(&event.properties["ApiId"]) != "HttpApi" {
                    found.push(format!("{path} is open to {}", event.properties["Auth"]));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let providers = "/Resources/ApiFunction/Properties/Events/Providers/Properties";
        vec![
            (
                "open by default",
                it.without("/Resources/HttpApi/Properties/Auth/DefaultAuthorizer"),
            ),
            (
                "an open route",
                it.with(&format!("{providers}/Auth"), json!({ "Authorizer": "NONE" })),
            ),
            ("an API of its own", it.without(&format!("{providers}/ApiId"))),
            (
                "gateways that must sign",
                it.without("/Resources/GatewayWebhookFunction/Properties/Events/Gateway/Properties/Auth"),
            ),
        ]
    });
}
