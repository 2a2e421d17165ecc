//! YAML with the template language's short tags, as JSON in which every intrinsic function has its long form.

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value};

use super::TemplateError;

/// `!Ref x` becomes `{"Ref": "x"}`, `!GetAtt a.b` becomes `{"Fn::GetAtt": ["a", "b"]}`, any other tag `{"Fn::<tag>": …}`.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    let documents = YamlOwned::load_from_str(text).map_err(|error| TemplateError::Syntax(error.to_string()))?;
    let [document] = <[YamlOwned; 1]>::try_from(documents)
        .map_err(|documents| TemplateError::Syntax(format!("{} documents instead of one", documents.len())))?;
    value(document)
}

fn value(node: YamlOwned) -> Result<Value, TemplateError> {
    match node {
        YamlOwned::Value(scalar) => Ok(self::scalar(scalar)),
        YamlOwned::Sequence(items) => items.into_iter().map(value).collect::<Result<_, _>>().map(Value::Array),
        YamlOwned::Mapping(entries) => entries
            .into_iter()
            .map(|(name, node)| Ok((key(name)?, value(node)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        YamlOwned::Tagged(tag, node) => Ok(intrinsic(&tag.suffix, value(*node)?)),
        YamlOwned::Representation(..) | YamlOwned::Alias(_) | YamlOwned::BadValue => Err(TemplateError::Syntax(
            "anchors and undecodable values are not read".to_owned(),
        )),
    }
}

fn scalar(scalar: ScalarOwned) -> Value {
    match scalar {
        ScalarOwned::Null => Value::Null,
        ScalarOwned::Boolean(it) => it.into(),
        ScalarOwned::Integer(it) => it.into(),
        ScalarOwned::FloatingPoint(it) => it.into_inner().into(),
        ScalarOwned::String(it) => it.into(),
    }
}

fn key(node: YamlOwned) -> Result<String, TemplateError> {
    match value(node)? {
        Value::String(name) => Ok(name),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(it) => Ok(it.to_string()),
        other => Err(TemplateError::Syntax(format!("{other} is no key"))),
    }
}

fn intrinsic(tag: &str, argument: Value) -> Value {
    let (name, argument) = match (tag, argument) {
        ("Ref" | "Condition", argument) => (tag.to_owned(), argument),
        ("GetAtt", Value::String(path)) => match path.split_once('.') {
            Some((resource, attribute)) => ("Fn::GetAtt".to_owned(), Value::from(vec![resource, attribute])),
            None => ("Fn::GetAtt".to_owned(), Value::String(path)),
        },
        (tag, argument) => (format!("Fn::{tag}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_tags_become_long_forms() {
        let text = "
            a: !Ref Table
            b: !GetAtt Table.StreamArn
            c: !Sub '${AWS::StackName}-x'
            d: !If [Live, !Ref One, !Ref 'AWS::NoValue']
            e: !Equals [!Ref Stage, prod]
            f: { Fn::Not: [ !Condition Live ] }
        ";
        assert_eq!(
            parse(text).unwrap(),
            json!({
                "a": { "Ref": "Table" },
                "b": { "Fn::GetAtt": ["Table", "StreamArn"] },
                "c": { "Fn::Sub": "${AWS::StackName}-x" },
                "d": { "Fn::If": ["Live", { "Ref": "One" }, { "Ref": "AWS::NoValue" }] },
                "e": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] },
                "f": { "Fn::Not": [{ "Condition": "Live" }] },
            })
        );
    }

    #[test]
    fn broken_yaml_is_a_syntax_error() {
        assert!(matches!(parse("a: [1, 2"), Err(TemplateError::Syntax(_))));
    }
}
