//! The template's parameters: defaults, overrides, allowed values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::TemplateError;

/// Every parameter's value. An override of a parameter that the template does not declare is a mistake worth an error.
pub(super) fn resolve(
    declarations: &Map<String, Value>,
    overrides: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    if let Some(unknown) = overrides.keys().find(|name| !declarations.contains_key(*name)) {
        return Err(TemplateError::UnknownParameter(unknown.clone()));
    }
    declarations
        .iter()
        .map(|(name, declaration)| {
            let value = match overrides.get(name) {
                Some(value) => value.clone(),
                None => text(&declaration["Default"]).ok_or_else(|| TemplateError::MissingParameter(name.clone()))?,
            };
            let allowed = declaration["AllowedValues"].as_array();
            match allowed {
                Some(allowed) if !allowed.iter().any(|it| text(it).as_deref() == Some(&value)) => {
                    Err(TemplateError::ForbiddenParameter {
                        name: name.clone(),
                        value,
                    })
                }
                _ => Ok((name.clone(), value)),
            }
        })
        .collect()
}

/// A scalar as AWS passes it on: everything is a string.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve_with(overrides: &[(&str, &str)]) -> Result<BTreeMap<String, String>, TemplateError> {
        let declarations = json!({
            "Stage": { "Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"] },
            "Days": { "Type": "Number", "Default": 30 },
            "Number": { "Type": "String" },
        });
        let overrides = overrides
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        resolve(declarations.as_object().unwrap(), &overrides)
    }

    #[test]
    fn overrides_win_over_defaults() {
        let values = resolve_with(&[("Number", "+1"), ("Stage", "prod")]).unwrap();

        assert_eq!(
            (&*values["Number"], &*values["Stage"], &*values["Days"]),
            ("+1", "prod", "30")
        );
    }

    #[test]
    fn missing_unknown_and_forbidden_values_are_named() {
        assert!(matches!(resolve_with(&[]), Err(TemplateError::MissingParameter(name)) if name == "Number"));
        assert!(matches!(resolve_with(&[("Typo", "x")]), Err(TemplateError::UnknownParameter(name)) if name == "Typo"));
        assert!(matches!(
            resolve_with(&[("Number", "+1"), ("Stage", "test")]),
            Err(TemplateError::ForbiddenParameter { name, .. }) if name == "Stage"
        ));
    }
}
