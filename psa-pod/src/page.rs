//! The built page, embedded, with the policy of the team that it is for.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use flowpilot::api::Path;
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::psa::connection::frames;
use flowpilot::team::team_called;
use flowpilot::{Engine, Error};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Dist;

/// Nothing from elsewhere, no inline script or style, and HTML only where the page says that it was made safe.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
    trusted-types flowpilot";
/// Where the page is told who may frame it.
const ORIGINS: &str = "{{origins}}";

/// The page of a team. It holds nothing of any ticket: whatever is in the address proves nothing.
pub(crate) async fn index(State(engine): State<Engine>, Path(slug): Path<String>) -> Answer<Response> {
    let team = team_called(&engine.db, &slug).await?.ok_or(Error::NotFound("team"))?;
    let mut origins: Vec<String> =
        frames(&engine, team.id).await?.into_iter().flat_map(|frame| frame.origins).collect();
    origins.sort_unstable();
    origins.dedup();
    let page =
        Dist::get("index.html").ok_or_else(|| Error::Internal("the pod's page is missing".to_owned()))?;
    let page = String::from_utf8_lossy(&page.data).replace(ORIGINS, &origins.join(" "));
    let mut response = Html(page).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy(&origins)?);
    Ok(response)
}

fn policy(origins: &[String]) -> Answer<HeaderValue> {
    let mut policy = format!("{POLICY}; frame-ancestors");
    for origin in origins {
        let _ = write!(policy, " {origin}");
    }
    if origins.is_empty() {
        policy.push_str(" 'none'");
    }
    let value = HeaderValue::try_from(policy);
    value.map_err(|_| Error::Internal("an origin does not fit in a header".to_owned()).into())
}

/// The names of assets carry a hash of their content, so they never change.
pub(crate) async fn asset(Path(file): Path<String>) -> Response {
    let Some(found) = Dist::get(&format!("assets/{file}")) else {
        return Problem::new(StatusCode::NOT_FOUND, "there is no such file; reload the page").into_response();
    };
    let kind = found.metadata.mimetype().to_owned();
    let cache = "public, max-age=31536000, immutable".to_owned();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], found.data).into_response()
}
