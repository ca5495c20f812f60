//! Who calls the API: a bearer token, verified before anything else is read.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::problem::Problem;
use crate::team::Caller;
use crate::{Engine, Error};

/// The caller that the request's bearer token names.
#[derive(Debug, Clone)]
pub struct Bearer(pub Caller);

impl<S> FromRequestParts<S> for Bearer
where
    Engine: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let engine = Engine::from_ref(state);
        let missing =
            || Error::Unauthenticated("send an access token as `Authorization: Bearer …`".to_owned());
        let header = parts.headers.get(AUTHORIZATION).and_then(|h| h.to_str().ok()).ok_or_else(missing)?;
        let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing().into());
        }
        Ok(Self(engine.tokens.verify(token.trim(), engine.clock.now())?))
    }
}
