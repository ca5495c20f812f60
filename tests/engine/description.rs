//! The description of the HTTP interface is one that a client can be made from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One operation of the description.
struct Operation {
    method: String,
    path: String,
    value: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn parameters(&self, place: &str) -> BTreeSet<&str> {
        let all = self.value["parameters"].as_array().into_iter().flatten();
        all.filter(|it| it["in"] == place).map(|it| it["name"].as_str().unwrap()).collect()
    }

    fn answers(&self, status: &str) -> bool {
        self.value["responses"].get(status).is_some()
    }

    fn needs_token(&self) -> bool {
        self.value.get("security").is_none()
    }
}

fn description() -> Value {
    serde_json::to_value(flowpilot_server::app::description()).unwrap()
}

fn operations() -> Vec<Operation> {
    let (description, mut operations) = (description(), Vec::new());
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, value) in item.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.clone());
            let mut value = value.clone();
            value["responses"].as_object_mut().unwrap().values_mut().for_each(|it| resolve(it, &description));
            operations.push(Operation { method, path, value });
        }
    }
    assert!(operations.len() > 50, "only {} operations", operations.len());
    operations
}

/// Puts what a reference leads to in its place.
fn resolve(value: &mut Value, description: &Value) {
    if let Some(place) = value["$ref"].as_str() {
        *value = description.pointer(place.trim_start_matches('#')).unwrap().clone();
    }
}

/// The names of the operations that are not as they should be.
fn without(is_right: impl Fn(&Operation) -> bool) -> Vec<String> {
    operations().iter().filter(|operation| !is_right(operation)).map(Operation::name).collect()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let (description, mut found) = (description(), Vec::new());
    references(&description, &mut found);
    assert!(found.len() > 100, "only {} references", found.len());
    found.retain(|it| description.pointer(it.trim_start_matches('#')).is_none());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let mut by_name = BTreeMap::<String, Vec<String>>::new();
    for operation in operations() {
        let name = operation.value["operationId"].as_str().unwrap().to_owned();
        by_name.entry(name).or_default().push(operation.name());
    }
    by_name.retain(|name, operations| operations.len() > 1 || !name.contains('_'));
    assert!(by_name.is_empty(), "{by_name:#?}");
}

#[test]
fn parameters_are_where_the_path_says_and_nowhere_else() {
    let wrong = without(|operation| {
        let in_braces = operation.path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
        let all = operation.value["parameters"].as_array().into_iter().flatten();
        let is_required = |it: &Value| it["required"] == true;
        operation.parameters("path") == in_braces.collect()
            && all.clone().all(|it| ["path", "query", "header"].contains(&it["in"].as_str().unwrap()))
            && all.clone().filter(|it| it["in"] == "path").all(is_required)
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
    let list = operations().into_iter().find(|it| it.name() == "GET /api/v1/ai-sessions").unwrap();
    let filters = ["cursor", "limit", "not_platform", "platform", "status", "ticket_id"];
    assert_eq!(list.parameters("query"), BTreeSet::from(filters));
    assert!(list.value["parameters"].as_array().unwrap().iter().all(|it| it["required"] == false));
}

#[test]
fn every_error_is_a_problem() {
    let wrong = without(|operation| {
        let answers = operation.value["responses"].as_object().unwrap();
        let errors = answers.iter().filter(|(status, _)| !status.starts_with(['2', '3']));
        errors.clone().any(|(status, _)| status == "default")
            && errors.map(|(_, answer)| answer["content"].as_object().unwrap()).all(|forms| {
                forms.keys().eq(["application/problem+json"])
                    && forms["application/problem+json"]["schema"]["$ref"] == "#/components/schemas/Problem"
            })
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_answer_says_what_it_means() {
    let wrong = without(|operation| {
        let answers = operation.value["responses"].as_object().unwrap().values();
        answers.clone().all(|answer| answer["description"].as_str().is_some_and(|text| !text.is_empty()))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_follows_from_the_shape_of_an_operation_is_said() {
    let wrong = without(|operation| {
        let changes = operation.method != "GET" && !operation.path.ends_with("/preview");
        let has = |statuses: &[&str]| statuses.iter().all(|status| operation.answers(status));
        (!operation.needs_token() || has(&["401"]))
            && (!operation.needs_token() || !changes || has(&["403"]))
            && (operation.value.get("requestBody").is_none() || has(&["400", "413", "415", "422"]))
            && (operation.parameters("query").is_empty() || has(&["422"]))
            && (operation.parameters("path").is_empty() || has(&["404"]))
            && (!operation.path.contains("/ai-sessions/{id}") || !changes || has(&["409"]))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_proof_that_operations_want_is_described() {
    let description = description();
    for way in description["security"].as_array().unwrap() {
        for name in way.as_object().unwrap().keys() {
            assert_eq!(description["components"]["securitySchemes"][name]["scheme"], "bearer");
        }
    }
}
