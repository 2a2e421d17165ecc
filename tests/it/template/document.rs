//! The template as plain data, and rules tried on it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

/// The template with every short tag in its long form: `!Ref x` is `{"Ref": "x"}`.
#[derive(Clone)]
pub(crate) struct Document(Value);

/// Read once: it takes longer than most of what is looked up in it.
static DEPLOYED: LazyLock<Document> = LazyLock::new(|| {
    let documents = YamlOwned::load_from_str(include_str!("../../../template.yaml")).expect("template.yaml is YAML");
    Document(documents.into_iter().next().map_or(Value::Null, plain))
});

/// A deployed function.
pub(crate) struct Function<'a> {
    pub(crate) id: &'a str,
    pub(crate) properties: &'a Value,
}

/// An event source of a function.
pub(crate) struct Event<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) properties: &'a Value,
}

impl Document {
    /// A copy of the deployed template.
    pub(crate) fn deployed() -> Self {
        DEPLOYED.clone()
    }

    /// A copy with `value` at the JSON pointer `path`, whose parent must exist.
    pub(crate) fn with(&self, path: &str, value: Value) -> Self {
        let mut copy = self.clone();
        let (parent, name) = path.rsplit_once('/').expect("a JSON pointer");
        match copy
            .0
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("the template has no {parent}"))
        {
            Value::Array(items) => match name.parse::<usize>() {
                Ok(index) => items[index] = value,
                Err(_) => items.push(value),
            },
            parent => parent[name] = value,
        }
        copy
    }

    /// A copy without what is at the JSON pointer `path`.
    pub(crate) fn without(&self, path: &str) -> Self {
        let mut copy = self.clone();
        let (parent, name) = path.rsplit_once('/').expect("a JSON pointer");
        let parent = copy.0.pointer_mut(parent).and_then(Value::as_object_mut);
        assert!(
            parent.is_some_and(|parent| parent.remove(name).is_some()),
            "the template has no {path}"
        );
        copy
    }

    pub(crate) fn at(&self, path: &str) -> &Value {
        self.0.pointer(path).unwrap_or(&Value::Null)
    }

    /// Logical ids and whole definitions, in the order of their names.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.at("/Resources"))
    }

    /// Logical ids and properties of one type's resources.
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources()
            .filter(move |(_, it)| it["Type"] == kind)
            .map(|(id, it)| (id, &it["Properties"]))
    }

    pub(crate) fn properties(&self, id: &str) -> &Value {
        &self.at("/Resources")[id]["Properties"]
    }

    /// The variables that every function is given.
    pub(crate) fn shared_variables(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.at("/Globals/Function/Environment/Variables"))
    }

    /// The variables of one function, with those of every function.
    pub(crate) fn variables<'a>(&'a self, function: &Function<'a>) -> BTreeMap<&'a str, &'a Value> {
        self.shared_variables().chain(function.own_variables()).collect()
    }

    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        self.of_type("AWS::Serverless::Function")
            .map(|(id, properties)| Function { id, properties })
            .collect()
    }
}

impl<'a> Function<'a> {
    /// The variables that it has besides those of every function.
    pub(crate) fn own_variables(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        entries(&self.properties["Environment"]["Variables"])
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = Event<'a>> {
        entries(&self.properties["Events"]).map(|(id, event)| Event {
            id,
            kind: event["Type"].as_str().unwrap_or_default(),
            properties: &event["Properties"],
        })
    }

    /// The mappings of the streams that wake it.
    pub(crate) fn streams(&self) -> impl Iterator<Item = &'a Value> {
        self.events()
            .filter(|event| event.kind == "DynamoDB")
            .map(|event| event.properties)
    }

    /// The queues that wake it.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &'a Value> {
        self.events()
            .filter(|event| event.kind == "SQS")
            .map(|event| &event.properties["Queue"])
    }

    /// Whether it is invoked without anybody waiting for its answer, so that Lambda itself retries and gives up.
    pub(crate) fn is_asynchronous(&self) -> bool {
        self.events().any(|event| matches!(event.kind, "SNS" | "ScheduleV2"))
    }

    /// Whether somebody waits for its answer and comes again by himself, so that Lambda has nothing to keep.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.events().all(|event| event.kind == "HttpApi")
    }

    /// Seconds.
    pub(crate) fn time_out(&self) -> u64 {
        self.properties["Timeout"].as_u64().expect("a time-out")
    }

    /// The logical id of the queue that keeps what it could not serve.
    pub(crate) fn failure_queue(&self) -> String {
        self.id.replace("Function", "FailureQueue")
    }
}

/// How the template's author would say a value: `!Ref X` is `X`, `!GetAtt X.Arn` is `X.Arn`, `!Sub text` is the text.
pub(crate) fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(entries) => match entries.iter().next() {
            Some((name, Value::Array(path))) if name == "Fn::GetAtt" => {
                path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")
            }
            Some((name, argument)) if name == "Ref" || name == "Fn::Sub" => spelled(argument),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// A single value or a list of them, as policies allow both.
pub(crate) fn one_or_many(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(spelled).collect(),
        Value::Null => Vec::new(),
        one => vec![spelled(one)],
    }
}

pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

/// Asserts that `rule` has nothing to say about the deployed template, and something about each broken copy of it.
pub(crate) fn assert_rule(
    rule: impl Fn(&Document) -> Vec<String>,
    broken: impl FnOnce(&Document) -> Vec<(&'static str, Document)>,
) {
    let deployed = Document::deployed();
    assert_eq!(rule(&deployed), Vec::<String>::new(), "found in template.yaml");
    for (what, document) in broken(&deployed) {
        assert_ne!(rule(&document), Vec::<String>::new(), "not found: {what}");
    }
}

fn plain(node: YamlOwned) -> Value {
    match node {
        YamlOwned::Value(ScalarOwned::String(it)) => it.into(),
        YamlOwned::Value(ScalarOwned::Integer(it)) => it.into(),
        YamlOwned::Value(ScalarOwned::Boolean(it)) => it.into(),
        YamlOwned::Value(ScalarOwned::FloatingPoint(it)) => it.into_inner().into(),
        YamlOwned::Sequence(items) => items.into_iter().map(plain).collect(),
        YamlOwned::Mapping(entries) => entries
            .into_iter()
            .map(|(name, node)| (spelled(&plain(name)), plain(node)))
            .collect::<Map<_, _>>()
            .into(),
        YamlOwned::Tagged(tag, node) => match (tag.suffix.as_str(), plain(*node)) {
            ("Ref", argument) => json!({ "Ref": argument }),
            ("GetAtt", Value::String(path)) => json!({ "Fn::GetAtt": path.split('.').collect::<Vec<_>>() }),
            (name, argument) => Value::Object(Map::from_iter([(format!("Fn::{name}"), argument)])),
        },
        YamlOwned::Value(ScalarOwned::Null)
        | YamlOwned::Representation(..)
        | YamlOwned::Alias(_)
        | YamlOwned::BadValue => Value::Null,
    }
}
