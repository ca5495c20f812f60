//! What people think of what a model wrote, said by whoever works at the session.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Path};
use crate::Engine;
use crate::ai::{Feedback, judge_message, judge_note};
use crate::note::NoteKind;
use crate::store::{MessageId, SessionId};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(judge_answer, forget_answer_feedback))
        .routes(routes!(judge_resolution_note, forget_resolution_note_feedback))
        .routes(routes!(judge_escalation_package, forget_escalation_package_feedback))
}

/// Say whether an AI model's answer helped. A second time replaces the first; the session does not change.
///
/// A message that no model wrote answers 409.
#[utoipa::path(put, path = "/ai-sessions/{id}/messages/{message}/feedback", tag = "ai", request_body = Feedback,
    params(("id" = SessionId, Path), ("message" = MessageId, Path)), responses((status = 204), (status = 409)))]
async fn judge_answer(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, message)): Path<(SessionId, MessageId)>,
    body: Body<Feedback>,
) -> Answer<StatusCode> {
    judge_message(&engine, &caller, id, message, Some(body.value)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what the caller said of an AI model's answer. Doing it twice changes nothing.
#[utoipa::path(delete, path = "/ai-sessions/{id}/messages/{message}/feedback", tag = "ai",
    params(("id" = SessionId, Path), ("message" = MessageId, Path)), responses((status = 204), (status = 409)))]
async fn forget_answer_feedback(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, message)): Path<(SessionId, MessageId)>,
) -> Answer<StatusCode> {
    judge_message(&engine, &caller, id, message, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say whether the resolution note that an AI model wrote is good. A second time replaces the first.
///
/// Where no model wrote the note of the session as it is now, it answers 409.
#[utoipa::path(put, path = "/ai-sessions/{id}/resolution-note/feedback", tag = "ai", request_body = Feedback,
    params(("id" = SessionId, Path)), responses((status = 204), (status = 409)))]
async fn judge_resolution_note(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    body: Body<Feedback>,
) -> Answer<StatusCode> {
    judge_note(&engine, &caller, id, NoteKind::Resolution, Some(body.value)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what the caller said of an AI model's resolution note. Doing it twice changes nothing.
#[utoipa::path(delete, path = "/ai-sessions/{id}/resolution-note/feedback", tag = "ai",
    params(("id" = SessionId, Path)), responses((status = 204), (status = 409)))]
async fn forget_resolution_note_feedback(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<StatusCode> {
    judge_note(&engine, &caller, id, NoteKind::Resolution, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say whether the escalation package that an AI model wrote is good. A second time replaces the first.
///
/// Where no model wrote the package of the session as it is now, it answers 409.
#[utoipa::path(put, path = "/ai-sessions/{id}/escalation-package/feedback", tag = "ai", request_body = Feedback,
    params(("id" = SessionId, Path)), responses((status = 204), (status = 409)))]
async fn judge_escalation_package(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    body: Body<Feedback>,
) -> Answer<StatusCode> {
    judge_note(&engine, &caller, id, NoteKind::Escalation, Some(body.value)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what the caller said of an AI model's escalation package. Doing it twice changes nothing.
#[utoipa::path(delete, path = "/ai-sessions/{id}/escalation-package/feedback", tag = "ai",
    params(("id" = SessionId, Path)), responses((status = 204), (status = 409)))]
async fn forget_escalation_package_feedback(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<StatusCode> {
    judge_note(&engine, &caller, id, NoteKind::Escalation, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
