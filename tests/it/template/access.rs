//! Who may do what: each function reaches exactly what it touches, and only the messaging service reaches the topics.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::{Document, Function, assert_rule, one_or_many, spelled};

const READ: &str = "dynamodb:GetItem";
const READ_MANY: &str = "dynamodb:BatchGetItem";
const PUT: &str = "dynamodb:PutItem";
const UPDATE: &str = "dynamodb:UpdateItem";
const DELETE: &str = "dynamodb:DeleteItem";
const QUERY: &str = "dynamodb:Query";
const SCAN: &str = "dynamodb:Scan";

const PHONE_NUMBERS: &str = "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:phone-number/*";
const POOLS: &str = "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:pool/*";
const SENDER_IDS: &str = "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:sender-id/*";
const CONFIGURATION_SET: &str =
    "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:configuration-set/${SmsConfigurationSet}";
const OPT_OUT_LIST: &str =
    "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:opt-out-list/${OptOutListName}";
const CALLS: &str = "arn:${AWS::Partition}:connect:${AWS::Region}:${AWS::AccountId}:instance/${InstanceId}/contact/*";
const PROJECT: &str =
    "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${PinpointProjectId}";
const PROJECT_CAMPAIGNS: &str =
    "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${PinpointProjectId}/campaigns";

const PUSH_PROJECTS: &str = "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/*";
const PARAMETERS: &str =
    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/${Stage}";
const READ_PARAMETERS: &[&str] = &["ssm:GetParametersByPath"];

/// Actions on the account as a whole, for which IAM knows no resource to name.
const WITHOUT_RESOURCE: [&str; 1] = ["sms-voice:DescribeAccountAttributes"];

/// What each function's code calls: the resource, and the actions on it. A transaction needs the actions it is made of.
fn touched(function: &str) -> &'static [(&'static str, &'static [&'static str])] {
    match function {
        "ShiftCampaignsFunction" => &[
            ("CampaignsTable.Arn", &[READ, UPDATE]),
            ("ContactsTable.Arn", &[SCAN, UPDATE]),
            ("MessagesTable.Arn", &[PUT]),
            ("${MessagesTable.Arn}/index/by-campaign", &[QUERY]),
            ("RecordsTable.Arn", &[READ, QUERY, PUT, UPDATE, DELETE]),
            ("ShiftsTable.Arn", &[READ_MANY]),
        ],
        "RecordChangesFunction" => &[
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("MessagesTable.Arn", &[READ, PUT, UPDATE]),
            ("RecordsTable.Arn", &[READ, QUERY, PUT, UPDATE, DELETE]),
            ("ShiftsTable.Arn", &[READ, UPDATE]),
        ],
        "CampaignSweepFunction" => &[
            ("CampaignsTable.Arn", &[READ, SCAN, UPDATE]),
            ("ContactsTable.Arn", &[SCAN, UPDATE]),
            ("MessagesTable.Arn", &[PUT]),
            ("${MessagesTable.Arn}/index/by-campaign", &[QUERY]),
            ("RecordsTable.Arn", &[READ, QUERY, PUT, UPDATE, DELETE]),
            ("${RecordsTable.Arn}/index/due", &[QUERY]),
            ("ShiftsTable.Arn", &[READ_MANY, UPDATE]),
            ("${ShiftsTable.Arn}/index/by-status", &[QUERY]),
        ],
        "InboundSmsFunction" => &[
            ("ContactsTable.Arn", &[READ, READ_MANY, UPDATE]),
            ("MessagesTable.Arn", &[PUT]),
            ("RecordsTable.Arn", &[READ, READ_MANY, QUERY, PUT, UPDATE, DELETE]),
            ("ShiftsTable.Arn", &[READ_MANY, UPDATE]),
            ("${ShiftsTable.Arn}/index/by-status", &[QUERY]),
        ],
        // Only call backs are followed up by another text, only replies opt in again, and only announcements are pushed.
        "InteractiveSenderFunction" => &[
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("MessagesTable.Arn", &[READ, PUT, UPDATE]),
            ("RecordsTable.Arn", &[READ, READ_MANY, QUERY, UPDATE, DELETE]),
            (PHONE_NUMBERS, &["sms-voice:SendTextMessage"]),
            (POOLS, &["sms-voice:SendTextMessage"]),
            (SENDER_IDS, &["sms-voice:SendTextMessage"]),
            (CONFIGURATION_SET, &["sms-voice:SendTextMessage"]),
            (OPT_OUT_LIST, &["sms-voice:DeleteOptedOutNumber"]),
            (CALLS, &["connect:StartOutboundVoiceContact"]),
            (PARAMETERS, READ_PARAMETERS),
        ],
        "BulkSenderFunction" => &[
            ("CampaignsTable.Arn", &[READ, UPDATE]),
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("MessagesTable.Arn", &[READ, PUT, UPDATE]),
            ("${MessagesTable.Arn}/index/due", &[QUERY]),
            ("RecordsTable.Arn", &[READ, READ_MANY, QUERY, UPDATE, DELETE]),
            (PHONE_NUMBERS, &["sms-voice:SendTextMessage"]),
            (POOLS, &["sms-voice:SendTextMessage"]),
            (SENDER_IDS, &["sms-voice:SendTextMessage"]),
            (CONFIGURATION_SET, &["sms-voice:SendTextMessage"]),
            (PROJECT, &["mobiletargeting:CreateCampaign"]),
            (PROJECT_CAMPAIGNS, &["mobiletargeting:CreateCampaign"]),
            (PUSH_PROJECTS, &["mobiletargeting:SendMessages"]),
            (PARAMETERS, READ_PARAMETERS),
        ],
        "OutboxSweepFunction" => &[
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("MessagesTable.Arn", &[READ, PUT, UPDATE]),
            ("${MessagesTable.Arn}/index/due", &[QUERY]),
            ("${MessagesTable.Arn}/index/by-provider-id", &[QUERY]),
            ("RecordsTable.Arn", &[QUERY, PUT, UPDATE, DELETE]),
            ("${RecordsTable.Arn}/index/due", &[QUERY]),
        ],
        "ReminderSweepFunction" => &[
            ("ContactsTable.Arn", &[READ_MANY]),
            ("MessagesTable.Arn", &[READ, PUT]),
            ("RecordsTable.Arn", &[READ, PUT, UPDATE, DELETE]),
            ("${RecordsTable.Arn}/index/due", &[QUERY]),
            ("ShiftsTable.Arn", &[READ]),
        ],
        // Its receipts name the message, so none is looked for by number.
        "SmsEventsFunction" => &[
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("MessagesTable.Arn", &[READ, UPDATE]),
            ("${MessagesTable.Arn}/index/by-provider-id", &[QUERY]),
            ("RecordsTable.Arn", &[UPDATE]),
        ],
        "GatewayWebhookFunction" => &[
            ("ContactsTable.Arn", &[READ, UPDATE]),
            ("InboundTextsQueue.Arn", &["sqs:SendMessage"]),
            ("MessagesTable.Arn", &[READ, UPDATE]),
            ("${MessagesTable.Arn}/index/by-provider-id", &[QUERY]),
            ("RecordsTable.Arn", &[QUERY, PUT, UPDATE]),
            (PARAMETERS, READ_PARAMETERS),
        ],
        // It asks the same providers as the senders for their status, which only one of them answers with an AWS action.
        "ApiFunction" => &[
            ("CampaignsTable.Arn", &[PUT]),
            ("ContactsTable.Arn", &[READ, PUT, UPDATE, DELETE]),
            ("MessagesTable.Arn", &[SCAN, READ, PUT, UPDATE, DELETE]),
            ("${MessagesTable.Arn}/index/by-campaign", &[QUERY]),
            ("RecordsTable.Arn", &[SCAN, READ, QUERY, PUT, UPDATE, DELETE]),
            ("ShiftsTable.Arn", &[SCAN, READ, UPDATE]),
            ("*", &["sms-voice:DescribeAccountAttributes"]),
            (PARAMETERS, READ_PARAMETERS),
        ],
        other => panic!("say here what {other} touches"),
    }
}

/// What Lambda does with the function's role: reading its stream or queue, keeping its failures, writing its log.
fn needed_by_lambda(function: &Function<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut needed = BTreeMap::new();
    for mapping in function.streams() {
        let reading = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
        let reading = reading.map(|action| format!("dynamodb:{action}"));
        needed.insert(spelled(&mapping["Stream"]), BTreeSet::from(reading));
    }
    for queue in function.queues() {
        let reading = ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"];
        needed.insert(spelled(queue), reading.map(|action| format!("sqs:{action}")).into());
    }
    if !function.is_waited_for() {
        needed.insert(
            format!("{}.Arn", function.failure_queue()),
            BTreeSet::from(["sqs:SendMessage".to_owned()]),
        );
    }
    needed.insert(
        format!("{}.Arn", spelled(&function.properties["LoggingConfig"]["LogGroup"])),
        BTreeSet::from(["logs:CreateLogStream".to_owned(), "logs:PutLogEvents".to_owned()]),
    );
    needed
}

/// Resources and the actions that the function's role allows on them.
fn allowed(document: &Document, function: &Function<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut allowed = BTreeMap::<_, BTreeSet<_>>::new();
    for statement in statements(document.properties(role(function))) {
        for resource in one_or_many(&statement["Resource"]) {
            allowed
                .entry(resource)
                .or_default()
                .extend(one_or_many(&statement["Action"]));
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

#[test]
fn a_function_may_do_what_it_does_and_nothing_more() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let mut expected = needed_by_lambda(&function);
            for (resource, actions) in touched(function.id) {
                expected
                    .entry((*resource).to_owned())
                    .or_default()
                    .extend(actions.iter().map(ToString::to_string));
            }
            let allowed = allowed(document, &function);
            for resource in expected.keys().chain(allowed.keys()).collect::<BTreeSet<_>>() {
                if expected.get(resource) != allowed.get(resource) {
                    let (needs, may) = (expected.get(resource), allowed.get(resource));
                    found.push(format!("{} needs {needs:?} on {resource} and may {may:?}", function.id));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let policy = "/Resources/InboundSmsRole/Properties/Policies/0/PolicyDocument/Statement";
        vec![
            (
                "a missing table",
                it.with(
                    &format!("{policy}/0/Resource"),
                    json!({ "Fn::GetAtt": ["MessagesTable", "Arn"] }),
                ),
            ),
            (
                "an action too many",
                it.with(&format!("{policy}/0/Action/-"), "dynamodb:DeleteTable".into()),
            ),
            ("every resource", it.with(&format!("{policy}/0/Resource"), "*".into())),
            (
                "no permission to write to the failure queue",
                it.with(&format!("{policy}/5/Action"), json!(["sqs:ReceiveMessage"])),
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
fn traces_are_written_only_where_they_are_asked_for() {
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
fn topics_admit_the_messaging_service_for_this_account_only() {
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
fn topics_are_encrypted_with_a_key_that_the_messaging_service_may_use() {
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
