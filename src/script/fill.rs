//! Filling a template: values become quoted literals of the script's language.

use std::collections::BTreeSet;

use minijinja::{
    Environment, Error as JinjaError, ErrorKind, Output, State, UndefinedBehavior, Value as JinjaValue,
};
use regex::Regex;
use serde_json::{Map, Value};

use super::schema::properties;
use crate::fix::ScriptLanguage;
use crate::flow::is_single_quote;
use crate::{Error, Result};

/// Steps a template may take; a script is text with holes, not a program.
const FUEL: u64 = 100_000;

/// The script with these values.
///
/// # Errors
/// [`Error::Invalid`] when the body is no template.
pub(super) fn fill(language: ScriptLanguage, body: &str, values: &Map<String, Value>) -> Result<String> {
    let mut environment = environment();
    environment.set_formatter(move |out: &mut Output, _: &mut State, value: &JinjaValue| {
        out.write_str(&literal(language, value)?).map_err(JinjaError::from)
    });
    environment
        .render_str(body, minijinja::value::Serde(values))
        .map_err(|e| Error::invalid("body", format!("cannot be filled: {}", said(&e))))
}

/// Checks that a body is a template and uses only declared parameters.
pub(super) fn check_body(body: &str, schema: &Value) -> Result<()> {
    check_quotes(body)?;
    let environment = environment();
    let template = environment
        .template_from_str(body)
        .map_err(|e| Error::invalid("body", format!("is no template: {}", said(&e))))?;
    let declared: BTreeSet<&str> = properties(schema).map(|(name, _)| name).collect();
    for name in template.undeclared_variables(false) {
        if !declared.contains(name.as_str()) {
            return Err(Error::invalid(
                "body",
                format!("uses {{{{ {name} }}}}, which is not among the parameters"),
            ));
        }
    }
    Ok(())
}

/// A hole becomes a quoted literal, so quotes around it would end the quoting early.
fn check_quotes(body: &str) -> Result<()> {
    let raw = Regex::new(r"(?s)\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}")
        .map_err(|e| Error::Internal(format!("pattern: {e}")))?;
    for line in raw.replace_all(body, "").lines() {
        for (at, _) in line.match_indices("{{") {
            if ['\'', '"'].iter().any(|quote| line[..at].matches(*quote).count() % 2 == 1) {
                let rule = "must not put a parameter inside quotes: it becomes a quoted value by itself";
                return Err(Error::invalid("body", rule));
            }
        }
    }
    Ok(())
}

/// The values in a script that is this template filled in; `None` when it is another script.
pub(super) fn values_in(body: &str, schema: &Value, script: &str) -> Option<Map<String, Value>> {
    let hole = Regex::new(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}").ok()?;
    let (mut pattern, mut names, mut end) = (String::from(r"(?s)\A\s*"), Vec::new(), 0);
    for found in hole.captures_iter(body.trim()) {
        let (whole, name) = (found.get(0)?, found.get(1)?.as_str());
        pattern.push_str(&spaces(&body.trim()[end..whole.start()]));
        pattern.push_str(r#"(?:'([^'\n]*)'|"([^"\n]*)"|([^\s'"]*))"#);
        names.push(name.to_owned());
        end = whole.end();
    }
    pattern.push_str(&spaces(&body.trim()[end..]));
    pattern.push_str(r"\s*\z");
    let found = Regex::new(&pattern).ok()?.captures(script)?;
    let mut values = Map::new();
    for (i, name) in names.iter().enumerate() {
        let text = (1..=3).find_map(|form| found.get(3 * i + form)).map_or("", |m| m.as_str());
        let kind = properties(schema).find(|(n, _)| n == name).and_then(|(_, p)| p["type"].as_str());
        let value = match kind {
            Some("integer" | "number" | "boolean") => serde_json::from_str(text).unwrap_or(Value::Null),
            _ => Value::String(text.to_owned()),
        };
        if !value.is_null() && !crate::redact::is_token(text) && !text.is_empty() {
            values.insert(name.clone(), value);
        }
    }
    Some(values)
}

/// Literal text in which any white space matches any other.
fn spaces(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(regex::escape).collect();
    let lead = if text.starts_with(char::is_whitespace) { r"\s+" } else { "" };
    let tail = if text.ends_with(char::is_whitespace) && !words.is_empty() { r"\s+" } else { "" };
    format!("{lead}{}{tail}", words.join(r"\s+"))
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

/// A value as a literal of the language: text quoted so that nothing in it is code.
fn literal(language: ScriptLanguage, value: &JinjaValue) -> Result<String, JinjaError> {
    if value.is_undefined() || value.is_none() {
        return literal_text(language, "");
    }
    if value.is_number() {
        return Ok(value.to_string());
    }
    if let Ok(flag) = bool::try_from(value.clone()) {
        return Ok(match language {
            ScriptLanguage::Powershell => if flag { "$true" } else { "$false" }.to_owned(),
            ScriptLanguage::Cmd | ScriptLanguage::Bash => flag.to_string(),
        });
    }
    literal_text(language, value.as_str().unwrap_or_default())
}

fn literal_text(language: ScriptLanguage, text: &str) -> Result<String, JinjaError> {
    let refuse = |why: &str| Err(JinjaError::new(ErrorKind::InvalidOperation, why.to_owned()));
    if text.contains(['\n', '\r', '\0']) {
        return refuse("a value must be one line");
    }
    match language {
        // PowerShell takes the typographic quotes for quotes too.
        ScriptLanguage::Powershell => {
            let doubled: String = text
                .chars()
                .flat_map(|c| std::iter::repeat_n(c, if is_single_quote(c) { 2 } else { 1 }))
                .collect();
            Ok(format!("'{doubled}'"))
        }
        ScriptLanguage::Bash => Ok(format!("'{}'", text.replace('\'', r"'\''"))),
        // No quoting of cmd.exe covers these.
        ScriptLanguage::Cmd if text.contains(['"', '%', '!', '^', '&', '|', '<', '>']) => {
            refuse("a value for a cmd script must not contain \" % ! ^ & | < >")
        }
        ScriptLanguage::Cmd => Ok(format!("\"{text}\"")),
    }
}

/// What went wrong, without the values.
fn said(error: &JinjaError) -> String {
    let line = error.line().map(|l| format!(" (line {l})")).unwrap_or_default();
    format!("{}{line}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_value_cannot_become_code() {
        let hostile = values(&json!({ "user": "x'; Remove-Item C:\\ -Recurse; '" }));
        let script =
            fill(ScriptLanguage::Powershell, "Unlock-ADAccount -Identity {{ user }}", &hostile).unwrap();
        assert_eq!(script, "Unlock-ADAccount -Identity 'x''; Remove-Item C:\\ -Recurse; '''");
        let script =
            fill(ScriptLanguage::Bash, "id {{ user }}", &values(&json!({ "user": "a'; rm -rf /" }))).unwrap();
        assert_eq!(script, r"id 'a'\''; rm -rf /'");
        assert!(
            fill(ScriptLanguage::Cmd, "net user {{ user }}", &values(&json!({ "user": "a & del" }))).is_err()
        );
    }

    #[test]
    fn a_script_that_is_a_filled_in_template_gives_its_values_back() {
        let schema = json!({ "type": "object", "properties": { "user": { "type": "string" } } });
        let found = values_in(
            "Unlock-ADAccount -Identity {{ user }}",
            &schema,
            "Unlock-ADAccount  -Identity 'jsmith'\n",
        );
        assert_eq!(found, Some(values(&json!({ "user": "jsmith" }))));
        assert_eq!(values_in("Unlock-ADAccount {{ user }}", &schema, "Restart-Computer"), None);
    }

    #[test]
    fn an_undeclared_parameter_is_named() {
        let schema = json!({ "type": "object", "properties": {} });
        let error = check_body("echo {{ nobody }}", &schema).unwrap_err();
        assert!(error.to_string().contains("nobody"), "{error}");
    }
}
