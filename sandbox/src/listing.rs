//! Lists: which rows, in which order, which members of them, which page.

use std::borrow::Borrow;

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::answer::ApiError;
use crate::conditions::{Filter, Order};
use crate::paging::{self, PageRequest};
use crate::records::Document;
use crate::schema::Entity;
use crate::server::Shared;

/// What a list is asked for.
pub(crate) struct ListRequest {
    conditions: Option<String>,
    child_conditions: Option<String>,
    custom_field_conditions: Option<String>,
    order_by: Option<String>,
    fields: Vec<String>,
    page: PageRequest,
}

impl FromRequestParts<Shared> for ListRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let query: Vec<(String, String)> =
            form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        // The router has taken the codebase off `parts.uri`; links need the whole path.
        let asked = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let given = |name| paging::value(&query, name).map(str::to_owned);
        Ok(Self {
            conditions: given("conditions"),
            child_conditions: given("childConditions"),
            custom_field_conditions: given("customFieldConditions"),
            order_by: given("orderBy"),
            fields: given("fields").iter().flat_map(|fields| fields.split(',')).map(trimmed).collect(),
            page: PageRequest::read(&parts.headers, asked.path(), &app.address.to_string(), query)?,
        })
    }
}

impl ListRequest {
    /// Takes conditions and order from the body of a search.
    pub(crate) fn search(&mut self, body: &Document) {
        let given =
            |name: &str| body.get(name).and_then(Value::as_str).map(trimmed).filter(|text| !text.is_empty());
        self.conditions = given("conditions");
        self.child_conditions = given("childconditions");
        self.custom_field_conditions = given("customfieldconditions");
        self.order_by = given("orderBy");
    }

    fn filter(&self, entity: &'static Entity) -> Result<Filter, ApiError> {
        type Read = fn(&'static Entity, &str) -> Result<Filter, ApiError>;
        let parts: [(&Option<String>, Read); 3] = [
            (&self.conditions, Filter::read),
            (&self.child_conditions, Filter::read_child),
            (&self.custom_field_conditions, Filter::read_custom_field),
        ];
        let given = parts.into_iter().filter_map(|(text, read)| Some(read(entity, text.as_deref()?)));
        given.collect::<Result<_, _>>().map(Filter::All)
    }
}

/// The asked page of the rows that fit.
pub(crate) fn answer(
    entity: &'static Entity,
    rows: impl Iterator<Item = impl Borrow<Document>>,
    request: &ListRequest,
) -> Result<Response, ApiError> {
    let filter = request.filter(entity)?;
    let order = request.order_by.as_deref().map(|text| Order::read(entity, text)).transpose()?;
    let mut rows: Vec<_> = rows.filter(|row| filter.fits(row.borrow())).collect();
    if let Some(order) = order.filter(|_| !request.page.is_forward_only()) {
        rows.sort_by(|a, b| order.compare(a.borrow(), b.borrow()));
    }
    let (rows, links) = request.page.cut(rows);
    let body: Vec<Document> = rows.iter().map(|row| selected(row.borrow(), request)).collect();
    let mut response = Json(body).into_response();
    if let Some(links) = links {
        response.headers_mut().insert(header::LINK, links);
    }
    Ok(response)
}

/// How many rows fit.
pub(crate) fn count(
    entity: &'static Entity,
    rows: impl Iterator<Item = impl Borrow<Document>>,
    request: &ListRequest,
) -> Result<Response, ApiError> {
    let filter = request.filter(entity)?;
    let count = rows.filter(|row| filter.fits(row.borrow())).count();
    Ok(Json(json!({ "count": count })).into_response())
}

/// The members that `fields` asks for; all without it. `_info` comes only when it is asked for.
pub(crate) fn selected(record: &Document, request: &ListRequest) -> Document {
    if request.fields.is_empty() {
        return record.clone();
    }
    let mut out = Document::new();
    for path in &request.fields {
        copy(record, path, &mut out);
    }
    out
}

fn copy(from: &Document, path: &str, to: &mut Document) {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some((name, value)) = from.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) else { return };
    match (rest, value) {
        (None, value) => {
            to.insert(name.clone(), value.clone());
        }
        (Some(rest), Value::Object(inner)) => {
            let part = to.entry(name.clone()).or_insert_with(|| Value::Object(Document::new()));
            if let Value::Object(part) = part {
                copy(inner, rest, part);
            }
        }
        (Some(_), _) => {}
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}
