//! `Idempotency-Key`: a write that is repeated with the same key is not done again, it is answered again.
//!
//! The answer is stored in the same transaction as the write, so there is no moment at which one exists without
//! the other. Keys are the caller's own and are kept for a day.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::{Answer, Problem};
use crate::session::{Once, SessionTx};
use crate::store::{Tx, read};
use crate::team::Caller;
use crate::{Engine, Error, Result};

const AT_WORK: &str = "the same request is being worked on; send it again for its answer";

/// The request's key, if it has one.
#[derive(Debug, Clone)]
pub(super) struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|k| (1..=200).contains(&k.len()));
        let key = key
            .ok_or_else(|| Error::invalid("Idempotency-Key", "must be 1 to 200 visible ASCII characters"))?;
        Ok(Self(Some(key.to_owned())))
    }
}

impl IdempotencyKey {
    /// The answer that was given to this key before.
    pub(super) async fn known(
        &self,
        engine: &Engine,
        caller: &Caller,
        fingerprint: &str,
    ) -> Answer<Option<Response>> {
        let Some(key) = &self.0 else { return Ok(None) };
        let known: Option<(String, i64, String)> = read!(&engine.db, |c| sqlx::query_as(
            "SELECT request_hash, status, body FROM idempotency_keys WHERE team_id = $1 AND member_id = $2 AND key = $3"
        )
        .bind(caller.team())
        .bind(caller.member())
        .bind(key)
        .fetch_optional(c)
        .await)
        .map_err(Error::from)?;
        match known {
            None => Ok(None),
            Some((hash, status, body)) if hash == fingerprint => {
                let status =
                    u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or_default();
                let mut response = (status, body).into_response();
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
                Ok(Some(response))
            }
            Some(_) => {
                Err(Error::invalid("Idempotency-Key", "was used for another request; use a new key").into())
            }
        }
    }

    /// Stores the answer with the write itself.
    pub(super) async fn remember(
        &self,
        tx: &mut SessionTx,
        fingerprint: &str,
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        let body = stored(answer)?;
        tx.once(&Once { key, fingerprint, status: status.as_u16(), answer: &body }, AT_WORK).await
    }

    /// As [`Self::remember`], for a write that is no session's.
    pub(super) async fn remember_in(
        &self,
        tx: &mut Tx,
        (engine, caller): (&Engine, &Caller),
        fingerprint: &str,
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        let body = stored(answer)?;
        let once = Once { key, fingerprint, status: status.as_u16(), answer: &body };
        once.remember(tx, caller, engine.clock.now(), AT_WORK).await
    }
}

fn stored(answer: &impl Serialize) -> Result<String> {
    serde_json::to_string(answer).map_err(|e| Error::Internal(format!("answer: {e}")))
}
