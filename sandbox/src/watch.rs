//! The layer around everything that a client can ask: it records each request and lets faults happen.

use std::panic;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::ApiError;
use crate::exchange::{Exchange, copied};
use crate::faults::{Fault, Kind};
use crate::server::{Shared, locked};

/// Largest accepted body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;

/// Records the request, and works on it as the fault that it meets says.
pub(crate) async fn watch(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await;
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let fault = locked(&app.faults).take(method, path);
    let shown = match &body {
        Ok(body) if parts.method != Method::GET => body.as_ref(),
        _ => b"",
    };
    let kind = fault.as_ref().map(|fault| fault.kind);
    let heard = app.listener.as_ref().map(|listener| (listener, asked(&parts, body.as_ref().ok())));
    let number = locked(&app.journal).begin(method, path, parts.uri.query(), shown, kind);

    let answered = match body {
        Ok(body) => meet(fault, Request::from_parts(parts, Body::from(body)), next).await,
        Err(_) => {
            let message = format!("The request body is larger than {LARGEST_BODY} bytes.");
            Some(ApiError::unreadable(StatusCode::PAYLOAD_TOO_LARGE, message).into_response())
        }
    };
    let mut response = match (answered, heard) {
        (answered, None) => answered.unwrap_or_else(|| close_connection()),
        (Some(answered), Some((listener, asked))) => {
            let (answered, answer) = copied(answered).await;
            listener.hear(&Exchange { answer: kind.is_none().then_some(answer), ..asked });
            answered
        }
        (None, Some((listener, asked))) => {
            listener.hear(&asked);
            close_connection()
        }
    };
    locked(&app.journal).finish(number, response.status().as_u16());
    response.headers_mut().insert("x-cw-request-id", HeaderValue::from(number));
    response
}

fn asked(parts: &Parts, body: Option<&Bytes>) -> Exchange {
    Exchange {
        method: parts.method.clone(),
        uri: parts.uri.clone(),
        headers: parts.headers.clone(),
        body: body.cloned().unwrap_or_default(),
        answer: None,
    }
}

/// The answer; `None` if there is to be none.
async fn meet(fault: Option<Fault>, request: Request, next: Next) -> Option<Response> {
    let Some(fault) = fault else { return Some(next.run(request).await) };
    if let Some(answer) = fault.answer() {
        return Some(answer);
    }
    match fault.kind {
        Kind::DropBefore => None,
        Kind::Hang => {
            tokio::time::sleep(fault.delay()).await;
            None
        }
        Kind::Ignore => {
            let (mut parts, _) = request.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            Some(next.run(Request::from_parts(parts, Body::from("[]"))).await)
        }
        Kind::DropAfterSuccess => {
            let response = next.run(request).await;
            (!response.status().is_success()).then_some(response)
        }
        Kind::LateSuccess => {
            // A task of its own: the request is worked on even if the client gives up and this future ends.
            let work = tokio::spawn(async move {
                tokio::time::sleep(fault.delay()).await;
                next.run(request).await
            });
            Some(work.await.unwrap_or_else(|_| ApiError::not_kept().into_response()))
        }
        _ => {
            let response = next.run(request).await;
            tokio::time::sleep(fault.delay()).await;
            Some(response)
        }
    }
}

/// Ends the connection without a byte of an answer. The HTTP library offers no way to do so from a handler,
/// but it runs each connection as a task: unwinding ends the task, and with it the socket. The panic hook
/// is not called, so nothing is printed.
fn close_connection() -> ! {
    panic::resume_unwind(Box::new("the connection was closed on purpose"))
}
