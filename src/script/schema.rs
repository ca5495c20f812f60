//! The JSON Schema of a template's parameters.

use serde_json::{Map, Value, json};

use crate::{Error, Result};

/// The schema of a script without parameters.
pub(super) fn empty_schema() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// Checks that a schema is one, and of the kind that forms can be made of: an object of plain values.
///
/// # Errors
/// [`Error::Invalid`] naming the property and the rule.
pub fn check_schema(schema: &Value) -> Result<()> {
    if schema["type"] != "object" {
        return Err(Error::invalid("parameters.type", "must be \"object\""));
    }
    if !jsonschema::meta::is_valid(schema) {
        return Err(Error::invalid("parameters", "is not a valid JSON Schema"));
    }
    for (name, property) in properties(schema) {
        let field = format!("parameters.properties.{name}");
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(good) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Error::invalid(
                field,
                "must be named with letters, digits and '_', not beginning with a digit",
            ));
        }
        let plain = ["string", "integer", "number", "boolean"];
        if !property["type"].as_str().is_some_and(|t| plain.contains(&t)) {
            return Err(Error::invalid(
                format!("{field}.type"),
                "must be string, integer, number or boolean",
            ));
        }
        if property.get("sensitive").is_some_and(|s| !s.is_boolean()) {
            return Err(Error::invalid(format!("{field}.sensitive"), "must be true or false"));
        }
    }
    Ok(())
}

/// The properties of a schema, in order of name.
pub(crate) fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, property)| (name.as_str(), property))
}

/// Whether a parameter's value must not be stored or shown again.
pub(crate) fn is_sensitive(property: &Value) -> bool {
    property["sensitive"] == true
}

/// Whether a parameter must be given.
pub(crate) fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name))
}

/// Checks values against the schema. No message repeats a value: it may be sensitive.
///
/// # Errors
/// [`Error::Invalid`] with every broken rule, named `parameters.NAME`.
pub(super) fn check_values(schema: &Value, values: &Map<String, Value>) -> Result<()> {
    let validator = jsonschema::validator_for(schema)
        .map_err(|_| Error::Internal("a stored template has no valid schema".to_owned()))?;
    let values = Value::Object(values.clone());
    let errors: Vec<_> = validator
        .iter_errors(&values)
        .map(|error| {
            let path = error.instance_path().to_string().replace('/', ".");
            crate::error::FieldError { field: format!("parameters{path}"), rule: error.masked().to_string() }
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}
