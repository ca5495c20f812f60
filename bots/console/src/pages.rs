//! The built page, embedded.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use utoipa_axum::router::OpenApiRouter;

use crate::Console;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// Nothing from elsewhere, no inline script or style. A screenshot is fetched with the page's token and shown from
/// memory (`blob:`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> OpenApiRouter<Console> {
    Router::new().route("/", get(index)).route("/assets/{*file}", get(asset)).into()
}

async fn index(headers: HeaderMap) -> Response {
    serve("index.html", "no-cache", &headers)
}

/// The names of assets carry a hash of their content, so they never change.
async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&format!("assets/{file}"), "public, max-age=31536000, immutable", &headers)
}

fn serve(name: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some(file) = Dist::get(name) else {
        return (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "not found").into_response();
    };
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|b| format!("{b:02x}")).collect();
    let tag = format!("\"{hash}\"");
    if headers.get(IF_NONE_MATCH).and_then(|h| h.to_str().ok()) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let kind = file.metadata.mimetype().to_owned();
    (
        [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, cache.to_owned()),
            (ETAG, tag),
            (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        ],
        file.data,
    )
        .into_response()
}
