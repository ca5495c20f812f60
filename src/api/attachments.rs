//! What people posted in a session's thread: the list, and the images that are kept.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Paging, Params, Path};
use crate::attachment::{self, Attachment};
use crate::store::{AttachmentId, Page, SessionId};
use crate::{Engine, Error, session};

/// The browser may keep an image, and asks each time whether it is still there.
const CACHE: &str = "private, no-cache";
/// Whatever is in the file, a browser that opens it runs nothing of it and loads nothing for it.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_attachments)).routes(routes!(get_attachment))
}

/// The files that were posted in the session's thread, oldest first.
#[utoipa::path(get, path = "/ai-sessions/{id}/attachments", tag = "sessions",
    params(("id" = SessionId, Path), Paging), responses((status = 200, body = Page<Attachment>)))]
async fn list_attachments(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Attachment>>> {
    session::get(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("session"))?;
    Ok(Json(attachment::attachments(&engine.db, caller.team(), id, paging.page()?).await?))
}

/// The content of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described")]
struct Image(Vec<u8>);

/// An image that is kept. 404 for a file that is not.
#[utoipa::path(get, path = "/ai-sessions/{id}/attachments/{attachment}", tag = "sessions",
    params(("id" = SessionId, Path), ("attachment" = AttachmentId, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, content((Image = "image/png"), (Image = "image/jpeg"), (Image = "image/gif"),
        (Image = "image/webp"))), (status = 304)))]
async fn get_attachment(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((session, id)): Path<(SessionId, AttachmentId)>,
    headers: HeaderMap,
) -> Answer<Response> {
    const MISSING: Error = Error::NotFound("attachment");
    let (db, team) = (&engine.db, caller.team());
    let kept = attachment::attachment(db, team, session, id).await?.ok_or(MISSING)?;
    let (Some(media_type), Some(sha256)) = (kept.media_type, kept.sha256) else { return Err(MISSING.into()) };
    let tag = format!("\"{sha256}\"");
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok());
    let mut response = if seen.is_some_and(|seen| seen.split(',').any(|one| one.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let content = attachment::content(db, team, session, id).await?.ok_or(MISSING)?;
        // A name of ours: theirs may hold anything, and is in the list.
        let ending = media_type.strip_prefix("image/").unwrap_or_default();
        let disposition = format!("attachment; filename=\"{id}.{ending}\"");
        ([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)], content)
            .into_response()
    };
    let answered = response.headers_mut();
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    answered.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answered.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    Ok(response)
}
