//! Pages of a list and the `Link` header to the others.
//!
//! Two ways, as on the real server. Numbered pages: `page` from 1, links next, prev, first, last.
//! Forward-only (header `pagination-type: forward-only`): ordered by id, each page begins after the id in
//! `pageId`, and there is only a link to the next one while there is more.

use std::borrow::Borrow;

use axum::http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;

use crate::answer::ApiError;
use crate::records::Document;

const DEFAULT_SIZE: usize = 25;
const LARGEST_SIZE: usize = 1000;

/// Which page is asked for.
#[derive(Debug)]
pub(crate) struct PageRequest {
    size: usize,
    place: Place,
    /// Address of the request without its query, and its query, to build links from.
    base: String,
    query: Vec<(String, String)>,
}

#[derive(Debug)]
enum Place {
    /// Page number, from 1.
    Numbered(usize),
    /// After this id.
    Forward(i32),
}

impl PageRequest {
    pub(crate) fn read(
        headers: &HeaderMap,
        path: &str,
        fallback_host: &str,
        query: Vec<(String, String)>,
    ) -> Result<Self, ApiError> {
        let size = whole_number(&query, "pageSize")?.unwrap_or(DEFAULT_SIZE).min(LARGEST_SIZE);
        let forward = headers
            .get("pagination-type")
            .is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"forward-only"));
        let place = if forward {
            if value(&query, "orderBy").is_some() {
                let message = "orderBy is not supported with forward-only pagination.";
                return Err(ApiError::parameter(message));
            }
            let after = value(&query, "pageId").map_or(Ok(0), str::parse);
            Place::Forward(after.map_err(|_| ApiError::parameter("pageId must be a whole number."))?)
        } else {
            Place::Numbered(whole_number(&query, "page")?.unwrap_or(1))
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(fallback_host);
        let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let scheme = if secure { "https" } else { "http" };
        Ok(Self { size, place, base: format!("{scheme}://{host}{path}"), query })
    }

    /// Whether rows come in the order of their ids.
    pub(crate) fn is_forward_only(&self) -> bool {
        matches!(self.place, Place::Forward(_))
    }

    /// The rows of this page out of all rows in order, and the `Link` header to go with them.
    pub(crate) fn cut<R: Borrow<Document>>(&self, rows: Vec<R>) -> (Vec<R>, Option<HeaderValue>) {
        match self.place {
            Place::Numbered(page) => self.cut_numbered(rows, page),
            Place::Forward(after) => self.cut_forward(rows, after),
        }
    }

    fn cut_numbered<R>(&self, rows: Vec<R>, page: usize) -> (Vec<R>, Option<HeaderValue>) {
        let last = rows.len().div_ceil(self.size).max(1);
        let mut links = Vec::new();
        if page < last {
            links.push(self.link("next", "page", &(page + 1).to_string()));
            links.push(self.link("last", "page", &last.to_string()));
        }
        if page > 1 {
            links.push(self.link("prev", "page", &(page - 1).min(last).to_string()));
            links.push(self.link("first", "page", "1"));
        }
        let skipped = (page - 1).saturating_mul(self.size);
        (rows.into_iter().skip(skipped).take(self.size).collect(), header_of(&links))
    }

    fn cut_forward<R: Borrow<Document>>(&self, rows: Vec<R>, after: i32) -> (Vec<R>, Option<HeaderValue>) {
        let id = |row: &R| row.borrow().get("id").and_then(serde_json::Value::as_i64).unwrap_or(0);
        let mut rows: Vec<_> = rows.into_iter().filter(|row| id(row) > i64::from(after)).collect();
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next = rows.last().filter(|_| more).map(|row| self.link("next", "pageId", &id(row).to_string()));
        (rows, header_of(next.as_slice()))
    }

    /// A link to the same list, conditions included, elsewhere.
    fn link(&self, rel: &str, name: &str, value: &str) -> String {
        let same = self.query.iter().filter(|(key, _)| {
            !["page", "pageId", "pageSize"].iter().any(|paging| paging.eq_ignore_ascii_case(key))
        });
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(same)
            .append_pair("pageSize", &self.size.to_string())
            .append_pair(name, value)
            .finish();
        format!("<{}?{query}>; rel=\"{rel}\"", self.base)
    }
}

/// The value of a query parameter; names are not case-sensitive.
pub(crate) fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

fn whole_number(query: &[(String, String)], name: &str) -> Result<Option<usize>, ApiError> {
    let Some(text) = value(query, name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(ApiError::parameter(format!("{name} must be a whole number of 1 or more."))),
    }
}

fn header_of(links: &[String]) -> Option<HeaderValue> {
    let joined = links.join(", ");
    if joined.is_empty() { None } else { HeaderValue::from_str(&joined).ok() }
}
