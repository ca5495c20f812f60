//! Requests and answers against the published interface description of ConnectWise Manage, which is not part of this
//! repository: `FLOWPILOT_CONTRACTS` names a folder that has `connectwise/manage-subset.openapi.json`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use flowpilot_sandbox::{Exchange, Listener};
use jsonschema::Validator;
use serde_json::{Value, json};

const BASE: &str = "/v4_6_release/apis/3.0";
/// How the validator says that a member is missing.
const REQUIRED: &str = "is a required property";

static AT_HAND: LazyLock<Option<Contract>> = LazyLock::new(Contract::read);

/// The description.
struct Contract {
    document: Value,
    /// By the place of the schema in the document.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Checks what a sandbox is asked and answers; what does not fit fails the test that ends.
#[derive(Default)]
pub(crate) struct Checked(Arc<Mutex<Vec<String>>>);

impl Checked {
    /// For the sandbox's configuration; nothing where the description is not at hand.
    pub(crate) fn listener(&self) -> Option<Listener> {
        let contract = AT_HAND.as_ref()?;
        let found = Arc::clone(&self.0);
        Some(Listener::new(move |exchange| {
            found.lock().unwrap_or_else(PoisonError::into_inner).extend(contract.faults(exchange));
        }))
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        let found = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if !std::thread::panicking() {
            assert!(found.is_empty(), "against the published interface: {found:#?}");
        }
    }
}

impl Contract {
    /// For the tests of this check: a description with one call.
    #[cfg(test)]
    fn of(document: Value) -> Self {
        Self { document, validators: Mutex::default() }
    }

    fn read() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("FLOWPILOT_CONTRACTS")?);
        let text = std::fs::read_to_string(folder.join("connectwise/manage-subset.openapi.json"));
        let text = text.unwrap_or_else(|error| panic!("the description: {error}"));
        let mut document =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("the description: {error}"));
        to_json_schema(&mut document);
        Some(Self { document, validators: Mutex::default() })
    }

    /// What of an exchange is not as described.
    fn faults(&self, exchange: &Exchange) -> Vec<String> {
        let asked = format!("{} {}", exchange.method, exchange.uri.path());
        let method = exchange.method.as_str().to_lowercase();
        // It stands in the guide to callbacks and not in the description.
        if exchange.uri.path().ends_with("/system/callbackkey/index.rails") {
            return Vec::new();
        }
        let Some(template) = self.template(exchange.uri.path(), &method) else {
            return vec![format!("{asked}: there is no such call")];
        };
        let operation = &self.document["paths"][template][&method];
        let mut faults = parameters(operation, exchange);
        let place = format!("/paths/{}/{method}", template.replace('~', "~0").replace('/', "~1"));
        // An empty record finds out whether one may write, without writing.
        if let Some(body) = json_of(&exchange.body).filter(|body| *body != json!({}))
            && operation.get("requestBody").is_some()
        {
            faults.extend(self.misfits(&format!("{place}/requestBody"), &body));
            faults.extend(self.unknown_members(&operation["requestBody"], &body));
        }
        if let Some(answer) = &exchange.answer {
            let described = &operation["responses"];
            let status = answer.status.to_string();
            let which = if described.get(&status).is_some() { &status } else { "default" };
            match (described.get(which), json_of(&answer.body)) {
                (None, _) => faults.push(format!("answered with {status}, which is not described")),
                // The real server answers `null` for a company that it does not know.
                (Some(_), None | Some(Value::Null)) => {}
                (Some(_), Some(body)) => {
                    let misfits = self.misfits(&format!("{place}/responses/{which}"), &body);
                    // Who asks for some fields only gets no others.
                    let is_part = exchange.uri.query().is_some_and(|query| query.contains("fields="));
                    faults.extend(misfits.into_iter().filter(|it| !(is_part && it.ends_with(REQUIRED))));
                }
            }
        }
        faults.into_iter().map(|fault| format!("{asked}: {fault}")).collect()
    }

    /// The described path that this is, those with fewer placeholders first.
    fn template(&self, path: &str, method: &str) -> Option<&str> {
        let path = match path.split_once("/apis/3.0") {
            Some((_, rest)) => format!("{BASE}{rest}"),
            None => path.to_owned(),
        };
        let parts: Vec<&str> = path.split('/').collect();
        let is_it = |template: &str| {
            let described: Vec<&str> = template.split('/').collect();
            described.len() == parts.len()
                && described.iter().zip(&parts).all(|(one, other)| one.starts_with('{') || one == other)
        };
        let paths = self.document["paths"].as_object()?;
        let with_method =
            paths.iter().filter(|(template, calls)| is_it(template) && calls.get(method).is_some());
        with_method
            .map(|(template, _)| template.as_str())
            .min_by_key(|template| template.matches('{').count())
    }

    /// Where JSON does not fit the schema of a body.
    fn misfits(&self, place: &str, body: &Value) -> Vec<String> {
        let Some(validator) = self.validator(place) else { return Vec::new() };
        validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
    }

    fn validator(&self, place: &str) -> Option<Arc<Validator>> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(place) {
            return Some(Arc::clone(known));
        }
        let content = self.document.pointer(&format!("{place}/content"))?.as_object()?;
        let mut schema = content.values().next()?["schema"].clone();
        schema["components"] = self.document["components"].clone();
        let options = jsonschema::options().should_validate_formats(true);
        let validator = Arc::new(options.build(&schema).unwrap_or_else(|error| panic!("{place}: {error}")));
        validators.insert(place.to_owned(), Arc::clone(&validator));
        Some(validator)
    }

    /// Members that the described record does not have: the real server ignores them, so that they are mistakes of ours.
    fn unknown_members(&self, body_of: &Value, body: &Value) -> Vec<String> {
        let schema = &body_of["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        let schema = reference.and_then(|it| self.document.pointer(it)).unwrap_or(schema);
        let (Some(known), Some(members)) = (schema["properties"].as_object(), body.as_object()) else {
            return Vec::new();
        };
        members
            .keys()
            .filter(|name| !known.contains_key(*name))
            .map(|name| format!("no member {name:?}"))
            .collect()
    }
}

/// Query parameters that are not described, and required ones that are missing.
fn parameters(operation: &Value, exchange: &Exchange) -> Vec<String> {
    let described: Vec<(&str, &str, bool)> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            (
                it["in"].as_str().unwrap_or(""),
                it["name"].as_str().unwrap_or(""),
                it["required"] == json!(true),
            )
        })
        .collect();
    let query: Vec<String> = url::form_urlencoded::parse(exchange.uri.query().unwrap_or("").as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    let mut faults = Vec::new();
    for name in &query {
        if !described.iter().any(|(place, known, _)| *place == "query" && known.eq_ignore_ascii_case(name)) {
            faults.push(format!("no query parameter {name:?}"));
        }
    }
    for (place, name, _) in described.iter().filter(|(_, _, required)| *required) {
        let is_there = match *place {
            "query" => query.iter().any(|given| given.eq_ignore_ascii_case(name)),
            "header" => exchange.headers.contains_key(*name),
            _ => true,
        };
        if !is_there {
            faults.push(format!("{place} parameter {name:?} is missing"));
        }
    }
    faults
}

fn json_of(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// OpenAPI 3.0 in the words of JSON Schema: `nullable` becomes one more type.
fn to_json_schema(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if members.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(kind) = members.get("type").cloned() {
                    members.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(words)) = members.get_mut("enum") {
                    words.push(Value::Null);
                }
            }
            members.values_mut().for_each(to_json_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method, Uri};
    use flowpilot_sandbox::Answer;

    use super::*;

    fn faults(uri: &str, body: &Value, answer: &Value) -> Vec<String> {
        let media = json!({ "application/json": { "schema": {
            "type": "object", "properties": { "text": { "type": "string" } }
        } } });
        let call = json!({
            "parameters": [{ "in": "query", "name": "page" }],
            "requestBody": { "content": media },
            "responses": { "201": { "content": media } },
        });
        let contract =
            Contract::of(json!({ "paths": { (format!("{BASE}/notes/{{id}}")): { "post": call } } }));
        let bytes = |value: &Value| Bytes::from(value.to_string());
        let answer = Answer { status: 201, headers: HeaderMap::new(), body: bytes(answer) };
        let uri = Uri::try_from(uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
        let (method, headers) = (Method::POST, HeaderMap::new());
        contract.faults(&Exchange { method, uri, headers, body: bytes(body), answer: Some(answer) })
    }

    #[test]
    fn what_is_not_described_is_found() {
        let right = json!({ "text": "x" });
        let path = "/v2026_1/apis/3.0/notes/7?page=1";
        assert_eq!(faults(path, &right, &right), Vec::<String>::new());
        for (uri, body, answer) in [
            ("/v2026_1/apis/3.0/notes", &right, &right),
            ("/v2026_1/apis/3.0/notes/7?pages=1", &right, &right),
            (path, &json!({ "text": 1 }), &right),
            (path, &json!({ "txt": "x" }), &right),
            (path, &right, &json!({ "text": 1 })),
        ] {
            assert_eq!(faults(uri, body, answer).len(), 1, "{uri} {body} {answer}");
        }
    }
}
