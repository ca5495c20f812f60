//! The host that hands out files: it wants a token, writes down who asks, and can be told to misbehave.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::FakeSlack;
use crate::server::Shared;
use crate::world::World;

/// Pieces that a file comes in, when it comes in pieces.
const PIECES: usize = 4;

/// How a file is handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Serving {
    /// At once, saying how long it is.
    #[default]
    Usual,
    /// In pieces, with this pause before each, without saying how long it is.
    Pieces(Duration),
    /// With the promise of so many bytes more than there are.
    Promising(usize),
    /// From another address.
    Redirect(String),
    /// Not at all: the sign-in page comes instead.
    SignIn,
}

/// Somebody asked for a file. The token is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCall {
    /// The file's id.
    pub id: String,
    /// Whether a token was shown, whichever.
    pub with_token: bool,
}

impl FakeSlack {
    /// From now on the file is handed out like this.
    pub fn serve_file(&self, file: &str, serving: Serving) {
        self.shared.with(|world| world.servings.insert(file.to_owned(), serving));
    }

    /// Who asked for files so far, in order.
    #[must_use]
    pub fn file_calls(&self) -> Vec<FileCall> {
        self.shared.lock().file_calls.clone()
    }
}

/// Answers who asks for a file.
pub(crate) async fn file(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let answer = shared.with(|world| {
        world.file_calls.push(FileCall { id: id.clone(), with_token: authorization.is_some() });
        let serving = world.servings.get(&id).cloned().unwrap_or_default();
        let content = world.contents.get(&id).cloned();
        may_read(world, authorization.unwrap_or_default()).then_some((serving, content))
    });
    match answer {
        None | Some((Serving::SignIn, _)) => sign_in(),
        Some((Serving::Redirect(to), _)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some((_, None)) => StatusCode::NOT_FOUND.into_response(),
        Some((Serving::Usual, Some((kind, content)))) => {
            ([(header::CONTENT_TYPE, kind)], content).into_response()
        }
        Some((Serving::Pieces(pause), Some((kind, content)))) => {
            ([(header::CONTENT_TYPE, kind)], in_pieces(&content, pause)).into_response()
        }
        Some((Serving::Promising(more), Some((kind, content)))) => {
            let length = (content.len() + more).to_string();
            let body = in_pieces(&content, Duration::ZERO);
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_LENGTH, length)], body).into_response()
        }
    }
}

/// Whether whoever shows this may read files. Slack refuses nobody else outright: it asks them to sign in.
fn may_read(world: &World, authorization: &str) -> bool {
    let token = authorization.strip_prefix("Bearer ").and_then(|token| world.tokens.get(token));
    token.is_some_and(|token| {
        token.problem().is_none() && token.scopes.iter().any(|scope| scope == "files:read")
    })
}

fn sign_in() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>";
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn in_pieces(content: &Bytes, pause: Duration) -> Body {
    let piece = content.len().div_ceil(PIECES).max(1);
    Body::from_stream(stream::unfold(content.clone(), move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let next = left.split_to(piece.min(left.len()));
        Some((Ok::<_, std::convert::Infallible>(next), left))
    }))
}
