//! Who may open the console: a browser on this machine that was given the one-time key.

use std::sync::Mutex;

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flowpilot::Engine;
use flowpilot::api::problem::Problem;
use flowpilot::store::random_token;
use secrecy::{ExposeSecret, SecretString};

use crate::Console;

const COOKIE_NAME: &str = "flowpilot_console";

/// The one-time key and the cookie that it is exchanged for.
pub(crate) struct Keys {
    one_time: Mutex<Option<SecretString>>,
    /// The same for every browser and every start with the same `secret_keys`.
    cookie: String,
}

impl Keys {
    pub(crate) fn new(engine: &Engine) -> Self {
        let cookie = engine.sealer.derive("console cookie").next();
        let cookie =
            cookie.map(|(_, key)| key.iter().map(|b| format!("{b:02x}")).collect()).unwrap_or_default();
        Self { one_time: Mutex::new(Some(random_token())), cookie }
    }

    pub(crate) fn one_time(&self) -> String {
        let key = self.one_time.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        key.as_ref().map(|k| k.expose_secret().to_owned()).unwrap_or_default()
    }

    /// Uses the key up, if it is the one.
    fn redeem(&self, given: &str) -> bool {
        let mut key = self.one_time.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fits = key.as_ref().is_some_and(|k| same(k.expose_secret(), given));
        if fits {
            *key = None;
        }
        fits
    }

    fn is_let_in(&self, headers: &HeaderMap) -> bool {
        let cookies =
            headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
        cookies
            .filter_map(|c| c.trim().split_once('='))
            .any(|(name, value)| name == COOKIE_NAME && same(value, &self.cookie))
    }
}

/// Compares without telling by the time it takes where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (x, y)| differ | (x ^ y)) == 0
}

/// Checks host, origin and cookie of every request before anything else reads it.
pub(crate) async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !console.0.options.hosts.iter().any(|allowed| allowed == host) {
        return refuse(
            StatusCode::FORBIDDEN,
            "the console answers only under the address that the terminal printed",
        );
    }
    let origin = headers.get(ORIGIN).and_then(|h| h.to_str().ok());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if origin.is_some_and(|origin| origin != format!("http://{host}")) || (!is_read && origin.is_none()) {
        return refuse(StatusCode::FORBIDDEN, "this request comes from another page");
    }
    let keys = &console.0.keys;
    if request.uri().path() == "/" {
        let given = request.uri().query().and_then(|q| q.split('&').find_map(|p| p.strip_prefix("k=")));
        if let Some(given) = given
            && (keys.redeem(given) || keys.is_let_in(headers))
        {
            let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", keys.cookie);
            return (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)])
                .into_response();
        }
    }
    // The page itself holds no secret; it says how to get in.
    if request.uri().path().starts_with("/console/") && !keys.is_let_in(headers) {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "open the address that the terminal printed; its key works once",
        );
    }
    next.run(request).await
}

fn refuse(status: StatusCode, detail: &str) -> Response {
    Problem::new(status, detail).into_response()
}
