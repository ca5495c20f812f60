//! Resolution note and escalation package: preview, export, post.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Listed, Params, Path};
use crate::Engine;
use crate::ai::{Feedback, of_note};
use crate::note::{self, NoteFormat, NoteKind, NoteQuery, Posted, Posting, Preview, Viewed};
use crate::session::Case;
use crate::store::{SessionId, StateVersion};
use crate::team::Caller;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(preview_resolution_note))
        .routes(routes!(post_resolution_note))
        .routes(routes!(preview_escalation_package))
        .routes(routes!(post_escalation_package))
        .routes(routes!(export_resolution_note))
        .routes(routes!(export_escalation_package))
        .routes(routes!(list_postings))
}

/// Whether the models write.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LookQuery {
    /// `false` shows what is there, without having a model write. `true` by default.
    #[serde(default = "LookQuery::by_default")]
    #[param(default = true)]
    write: bool,
}

impl LookQuery {
    fn by_default() -> bool {
        true
    }
}

/// A note's preview, and what the caller thinks of it.
#[derive(Serialize, ToSchema)]
struct PreviewView {
    #[serde(flatten)]
    preview: Preview,
    /// What the caller thinks of it, where a model wrote it and they have said so.
    feedback: Option<Feedback>,
}

async fn previewed(
    engine: &Engine,
    caller: &Caller,
    kind: NoteKind,
    id: SessionId,
    query: &LookQuery,
) -> Answer<Json<PreviewView>> {
    let preview = match query.write {
        true => note::preview(engine, caller, kind, id).await,
        false => note::glance(engine, caller, kind, id).await,
    }?;
    let feedback = match preview.author {
        Some(_) => of_note(engine, caller, id, kind, preview.state_version).await?,
        None => None,
    };
    Ok(Json(PreviewView { preview, feedback }))
}

/// Preview the resolution note. For an unchanged session it comes from the cache. Where a model writes it, this waits
/// for it, 25 seconds at most.
#[utoipa::path(post, path = "/ai-sessions/{id}/resolution-note/preview", tag = "notes",
    params(("id" = SessionId, Path), LookQuery), responses((status = 200, body = PreviewView)))]
async fn preview_resolution_note(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(query): Params<LookQuery>,
) -> Answer<Json<PreviewView>> {
    previewed(&engine, &caller, NoteKind::Resolution, id, &query).await
}

/// Preview the escalation package. Where a model writes it, this waits for it, 25 seconds at most.
#[utoipa::path(post, path = "/ai-sessions/{id}/escalation-package/preview", tag = "notes",
    params(("id" = SessionId, Path), LookQuery), responses((status = 200, body = PreviewView)))]
async fn preview_escalation_package(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(query): Params<LookQuery>,
) -> Answer<Json<PreviewView>> {
    previewed(&engine, &caller, NoteKind::Escalation, id, &query).await
}

/// Which version of the session the note is to tell of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostRequest {
    /// As in the preview; 409 when the session has moved on.
    state_version: StateVersion,
    /// As in the preview; 409 when the note reads otherwise by now. Without it the text is not compared.
    edition: Option<String>,
}

impl PostRequest {
    fn seen(self) -> Viewed {
        Viewed { version: self.state_version, edition: self.edition }
    }
}

/// Post the resolution note and resolve the session. Repeating it for the same version changes nothing.
#[utoipa::path(post, path = "/ai-sessions/{id}/resolution-note/post", tag = "notes", params(("id" = SessionId, Path)),
    request_body = PostRequest, responses((status = 200, body = Posted)))]
async fn post_resolution_note(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    body: Body<PostRequest>,
) -> Answer<Json<Posted>> {
    Ok(Json(note::post(&engine, &caller, NoteKind::Resolution, id, body.value.seen()).await?))
}

/// Post the escalation package, for technicians only, and escalate the session.
#[utoipa::path(post, path = "/ai-sessions/{id}/escalation-package/post", tag = "notes", params(("id" = SessionId, Path)),
    request_body = PostRequest, responses((status = 200, body = Posted)))]
async fn post_escalation_package(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    body: Body<PostRequest>,
) -> Answer<Json<Posted>> {
    Ok(Json(note::post(&engine, &caller, NoteKind::Escalation, id, body.value.seen()).await?))
}

/// Export the resolution note as Markdown, plain text or HTML.
#[utoipa::path(get, path = "/ai-sessions/{id}/resolution-note", tag = "notes", params(("id" = SessionId, Path), NoteQuery),
    responses((status = 200, content((String = "text/markdown"), (String = "text/plain"), (String = "text/html")))))]
async fn export_resolution_note(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(query): Params<NoteQuery>,
) -> Answer<Response> {
    exported(&engine, &caller, NoteKind::Resolution, id, query.format).await
}

/// Export the escalation package.
#[utoipa::path(get, path = "/ai-sessions/{id}/escalation-package", tag = "notes",
    params(("id" = SessionId, Path), NoteQuery),
    responses((status = 200, content((String = "text/markdown"), (String = "text/plain"), (String = "text/html")))))]
async fn export_escalation_package(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(query): Params<NoteQuery>,
) -> Answer<Response> {
    exported(&engine, &caller, NoteKind::Escalation, id, query.format).await
}

async fn exported(
    engine: &Engine,
    caller: &Caller,
    kind: NoteKind,
    id: SessionId,
    format: NoteFormat,
) -> Answer<Response> {
    let case = Case::load(engine, caller.team(), id).await?;
    let content_type = match format {
        NoteFormat::Markdown => "text/markdown; charset=utf-8",
        NoteFormat::Text => "text/plain; charset=utf-8",
        NoteFormat::Html => "text/html; charset=utf-8",
    };
    Ok(([(header::CONTENT_TYPE, content_type)], note::export(&note::write(kind, &case), format))
        .into_response())
}

/// The deliveries of a session's notes.
#[utoipa::path(get, path = "/ai-sessions/{id}/postings", tag = "notes", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<Posting>)))]
async fn list_postings(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<Posting>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    Ok(Json(Listed { items: case.postings, state_version: case.session.state_version }))
}
