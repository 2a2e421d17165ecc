//! The allowed dependencies of crates, checked with nothing but Rust; `deny.toml` guards the same layers transitively.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// The functions behind the HTTP API, which route its requests.
const HTTP_FUNCTIONS: [&str; 2] = ["api", "gateway-webhook"];

/// A workspace member: its folder, and what its manifest names.
struct Member {
    name: String,
    is_function: bool,
    dependencies: BTreeSet<String>,
    binaries: Vec<String>,
    has_library: bool,
}

/// Which of our own crates each may name; `None` is all of them.
fn own_crates(member: &Member) -> Option<&'static [&'static str]> {
    match member.name.as_str() {
        "domain" => Some(&[]),
        "messaging" => Some(&["domain"]),
        "application" => Some(&["domain", "messaging"]),
        "storage" => Some(&["domain", "messaging", "application"]),
        "runtime" => Some(&["domain", "messaging", "application", "storage"]),
        "local-providers" => Some(&[]),
        "local-aws" => Some(&["local-providers"]),
        // All of them but those that only tests need.
        "local-stack" | "tests" => None,
        _ if member.is_function => Some(&["domain", "messaging", "application", "runtime"]),
        other => panic!("say here what {other} may depend on"),
    }
}

/// What a crate must not reach for: beginnings of the names of other people's crates.
fn foreign_to(member: &Member) -> &'static [&'static str] {
    match member.name.as_str() {
        "domain" => &[
            "aws", "lambda", "tokio", "async", "futures", "reqwest", "hyper", "axum", "tracing",
        ],
        "application" => &["aws", "lambda", "reqwest", "hyper", "axum", "serde_dynamo"],
        "messaging" => &["aws-sdk-dynamodb", "lambda", "axum", "serde_dynamo"],
        "storage" => &["aws-sdk-connect", "aws-sdk-pinpoint", "lambda", "axum"],
        name if HTTP_FUNCTIONS.contains(&name) => &[
            "aws-sdk",
            "aws-config",
            "reqwest",
            "hyper",
            "lambda_http",
            "serde_dynamo",
        ],
        _ if member.is_function => &[
            "aws-sdk",
            "aws-config",
            "reqwest",
            "hyper",
            "lambda_http",
            "axum",
            "serde_dynamo",
        ],
        _ => &[],
    }
}

fn members() -> Vec<Member> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let metadata: Value = serde_json::from_slice(&output.expect("cargo runs").stdout).expect("cargo answers in JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let member = |package: Value| Member {
        name: text(&package["name"]),
        is_function: text(&package["manifest_path"]).rsplit('/').nth(2) == Some("functions"),
        // What only the tests of a crate need is their own affair.
        dependencies: list(&package["dependencies"])
            .iter()
            .filter(|it| it["kind"] != "dev")
            .map(|it| text(&it["name"]))
            .collect(),
        binaries: list(&package["targets"])
            .iter()
            .filter(|it| it["kind"][0] == "bin")
            .map(|it| text(&it["name"]))
            .collect(),
        has_library: list(&package["targets"]).iter().any(|it| it["kind"][0] == "lib"),
    };
    list(&metadata["packages"]).into_iter().map(member).collect()
}

fn violations(members: &[Member]) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        for dependency in &member.dependencies {
            let is_ours = members.iter().any(|it| it.name == *dependency);
            let is_allowed = own_crates(member).is_none_or(|allowed| allowed.contains(&dependency.as_str()));
            let is_foreign = foreign_to(member)
                .iter()
                .any(|beginning| dependency.starts_with(beginning));
            if (is_ours && !is_allowed) || (!is_ours && is_foreign) {
                found.push(format!("{} must not depend on {dependency}", member.name));
            }
        }
        if member.is_function && (member.binaries != [member.name.as_str()] || !member.has_library) {
            found.push(format!("{} is not a library and one binary of its name", member.name));
        }
    }
    found
}

#[test]
fn crates_depend_only_on_the_layers_below() {
    let members = members();

    assert!(
        members.iter().filter(|it| it.is_function).count() >= 8,
        "the functions were not found"
    );
    assert_eq!(violations(&members), Vec::<String>::new());
}

#[test]
fn a_dependency_across_the_layers_is_found() {
    for (from, to) in [
        ("domain", "tokio"),
        ("application", "storage"),
        ("application", "aws-sdk-dynamodb"),
        ("storage", "runtime"),
        ("runtime", "inbound-sms"),
        ("inbound-sms", "local-stack"),
        ("local-providers", "local-aws"),
        ("local-aws", "runtime"),
        ("inbound-sms", "aws-sdk-dynamodb"),
        ("inbound-sms", "axum"),
        ("api", "lambda_http"),
    ] {
        let mut members = members();
        let member = members.iter_mut().find(|it| it.name == from).unwrap();
        member.dependencies.insert(to.to_owned());

        assert!(
            violations(&members).contains(&format!("{from} must not depend on {to}")),
            "{from} on {to}"
        );
    }
}
