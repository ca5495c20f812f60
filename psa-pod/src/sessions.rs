//! What the page does: start a session, and everything that the API does with one.
//!
//! A request for a session goes on to the API's own route, as the member and after a look whether the session is the
//! ticket's. So the pod has no rules of its own about decisions, facts or notes, and what it does shows in the thread
//! as if it had been done there.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use flowpilot::api::Path;
use flowpilot::api::problem::{Answer, not_found};
use flowpilot::copilot::{self, Beginning};
use flowpilot::session::{get, of_ticket};
use flowpilot::store::SessionId;
use flowpilot::surface::ThreadRef;
use flowpilot::team::Platform;
use flowpilot::{Engine, Error};
use tower::ServiceExt as _;

use crate::Pod;
use crate::token::Visitor;

/// What a request keeps on its way to the API.
const KEPT: [HeaderName; 2] = [CONTENT_TYPE, HeaderName::from_static("idempotency-key")];

/// Starts a session about the ticket, here. 409 when there is one that is not over.
pub(crate) async fn start(State(engine): State<Engine>, visitor: Visitor) -> Answer<Response> {
    let Visitor { caller, connection, ticket } = visitor;
    let before = of_ticket(&engine.db, caller.team(), connection, &ticket).await?;
    if before.as_ref().is_some_and(|session| !session.status.is_closed()) {
        let why = "this ticket has a session already: somebody was faster";
        return Err(Error::Conflict(why.to_owned()).into());
    }
    // Named after what it follows: of two who start at the same moment, the second finds the thread taken.
    let follows = before.map_or_else(|| "first".to_owned(), |session| session.id.to_string());
    let thread = ThreadRef {
        platform: Platform::Api,
        workspace: caller.team().to_string(),
        thread: format!("pod/{connection}/{ticket}/{follows}"),
    };
    let beginning = Beginning { connection: Some(connection), ..Beginning::new(thread, Some(ticket), None) };
    copilot::begin(&engine, &caller, beginning).await?;
    Ok(StatusCode::CREATED.into_response())
}

/// Passes a request for the ticket's session on to the API.
pub(crate) async fn forward(
    State(pod): State<Pod>,
    visitor: Visitor,
    Path((_, session, rest)): Path<(String, SessionId, String)>,
    request: Request,
) -> Answer<Response> {
    let steps: Vec<&str> = rest.split('/').collect();
    if !is_offered(request.method(), &steps) {
        return Err(not_found().await);
    }
    let (engine, Visitor { caller, connection, ticket }) = (&pod.0.engine, visitor);
    let found = get(&engine.db, caller.team(), session).await?.filter(|session| {
        session.connection_id == Some(connection) && session.ticket_id.as_deref() == Some(ticket.as_str())
    });
    found.ok_or(Error::NotFound("session"))?;
    let token = engine.tokens.issue(&caller, engine.clock.now())?;
    let request = to_api(request, session, &rest, &token)?;
    // The API's routes answer whatever comes: they cannot fail.
    Ok(pod.0.api.clone().oneshot(request).await.into_response())
}

/// What the page may ask for: what it shows buttons for, and no more than that.
fn is_offered(method: &Method, steps: &[&str]) -> bool {
    let is_plain =
        |step: &&str| !step.is_empty() && step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let post = method == Method::POST;
    steps.iter().all(is_plain)
        && match steps {
            ["facts" | "checks" | "time-entries"]
            | ["checks", _, "result" | "skip"]
            | ["cards", _, "actions"]
            | ["resolution-note" | "escalation-package", "preview" | "post"] => post,
            ["facts", _] => method == Method::PATCH || method == Method::DELETE,
            _ => false,
        }
}

fn to_api(request: Request, session: SessionId, rest: &str, token: &str) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut passed = Request::builder()
        .method(parts.method)
        .uri(format!("/api/v1/ai-sessions/{session}/{rest}{query}"))
        .header(AUTHORIZATION, format!("Bearer {token}"));
    for name in KEPT {
        if let Some(value) = parts.headers.get(&name) {
            passed = passed.header(name, HeaderValue::clone(value));
        }
    }
    passed.body(body).map_err(|error| Error::Internal(format!("a request for the API: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(method: &Method, path: &str) -> bool {
        is_offered(method, &path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn what_the_page_has_buttons_for_is_offered() {
        for path in ["facts", "checks/1f-a/skip", "cards/1f-a/actions", "resolution-note/post"] {
            assert!(offered(&Method::POST, path), "{path}");
        }
        assert!(offered(&Method::PATCH, "facts/1f-a") && offered(&Method::DELETE, "facts/1f-a"));
    }

    #[test]
    fn nothing_else_of_the_api_is() {
        for path in
            ["", "messages", "facts/1f-a", "suggested-fixes", "cards/../actions", "cards//actions", "facts?x"]
        {
            assert!(!offered(&Method::POST, path), "{path}");
        }
        assert!(!offered(&Method::GET, "facts") && !offered(&Method::DELETE, "cards/1f-a/actions"));
    }
}
