//! What operations have in common, added to their description by rule: what can be refused, and how.
//!
//! A handler names its success and what only it refuses. Whatever follows from its shape (a token, a body, an id in
//! its path) is added here, so that no handler can forget it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Completes a description, once it has all its paths.
pub fn complete(description: &mut OpenApi) {
    let mut errors = BTreeMap::from([("Problem".to_owned(), problem("Anything else that went wrong."))]);
    for (path, item) in &mut description.paths.paths {
        for (reads, operation) in operations(item) {
            let writes = !reads && !path.ends_with("/preview");
            let refusals = refusals(path, writes, operation);
            let answers = &mut operation.responses.responses;
            let own: Vec<StatusCode> = answers.keys().filter_map(|status| status.parse().ok()).collect();
            for status in own.into_iter().filter(|status| status.as_u16() >= 400).chain(refusals) {
                let name = name(status);
                answers.insert(status.as_u16().to_string(), Ref::from_response_name(&name).into());
                errors.entry(name).or_insert_with(|| problem(meaning(status)));
            }
            answers.insert("default".to_owned(), Ref::from_response_name("Problem").into());
            answers.iter_mut().for_each(|(status, answer)| say_what_it_means(status, answer));
        }
    }
    description.components.get_or_insert_default().responses.extend(errors);
}

/// The operations of a path, each with whether it only reads.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let writes = [put, post, delete, patch].into_iter().flatten().map(|operation| (false, operation));
    get.iter_mut().map(|operation| (true, operation)).chain(writes)
}

/// Which refusals follow from an operation's shape.
fn refusals(path: &str, writes: bool, operation: &Operation) -> Vec<StatusCode> {
    let mut statuses = Vec::new();
    // `security(())` says that no token is needed; the console wants its cookie all the same, and its own origin.
    let in_console = path.starts_with("/console/");
    if in_console || operation.security.is_none() {
        statuses.push(StatusCode::UNAUTHORIZED);
    }
    if in_console || (writes && operation.security.is_none()) {
        statuses.push(StatusCode::FORBIDDEN);
    }
    if path.contains('{') {
        statuses.push(StatusCode::NOT_FOUND);
    }
    if path.contains("/ai-sessions/{id}") && writes {
        statuses.push(StatusCode::CONFLICT);
    }
    if operation.request_body.is_some() {
        statuses.extend([
            StatusCode::BAD_REQUEST,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ]);
    }
    if parameters(operation).any(|parameter| parameter.parameter_in == ParameterIn::Query) {
        statuses.push(StatusCode::UNPROCESSABLE_ENTITY);
    }
    if parameters(operation).any(|parameter| parameter.name == "Idempotency-Key") {
        statuses.extend([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY]);
    }
    statuses
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// The specification wants a word on every answer.
fn say_what_it_means(status: &str, answer: &mut RefOr<Response>) {
    if let (Ok(status), RefOr::T(answer)) = (status.parse::<StatusCode>(), answer)
        && answer.description.is_empty()
    {
        answer.description = status.canonical_reason().unwrap_or_default().to_owned();
    }
}

/// The status in words, as one: `NotFound`.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

fn problem(meaning: &str) -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(meaning).content("application/problem+json", content).build().into()
}

fn meaning(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "The body is not valid JSON.",
        StatusCode::UNAUTHORIZED => "There is no valid proof of who is calling.",
        StatusCode::FORBIDDEN => "The caller may not do this.",
        StatusCode::NOT_FOUND => "The team has no such thing.",
        StatusCode::CONFLICT => "The state has moved on, or does not allow it.",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is larger than 1 MiB.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The body is not sent as application/json.",
        StatusCode::UNPROCESSABLE_ENTITY => "A field breaks a rule; `errors` names each.",
        StatusCode::BAD_GATEWAY => "The ticket system did not do its part.",
        other => other.canonical_reason().unwrap_or_default(),
    }
}
