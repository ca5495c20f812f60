//! Talking to the server: as the console's page does, and as a script does through the API.

use std::time::Duration;

use reqwest::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::home::{Home, Server};

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// JSON where it is, else a string.
    pub(crate) body: Value,
}

impl Answer {
    /// Checks that it is a refusal as every part of the product gives it, and that its text says this.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, says: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["title"].is_string(), "{self:?}");
        let detail = self.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(says), "{detail:?} does not say {says:?}");
    }

    /// Checks that it is a refusal of this field.
    #[track_caller]
    pub(crate) fn blames(&self, field: &str, rule: &str) {
        self.is_problem(422, field);
        let errors = self.body["errors"].as_array().expect("errors");
        let named = errors.iter().find(|e| e["field"] == field);
        let said =
            named.unwrap_or_else(|| panic!("{field} is not named: {errors:?}"))["rule"].as_str().unwrap();
        assert!(said.contains(rule), "{said:?} does not say {rule:?}");
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A client that follows no redirects.
pub(crate) fn client() -> reqwest::Client {
    flowpilot::http::client(Duration::from_secs(30)).unwrap()
}

/// Sends a request and reads the answer.
pub(crate) async fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let kind =
        response.headers().get("content-type").and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, content_type: kind, body })
}

/// Somebody with an access token: a script at the API, or the console's page.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    url: String,
    token: String,
    /// The console's cookie; empty for a script.
    cookie: String,
}

impl Caller {
    /// A script of this member; of the first admin without.
    pub(crate) async fn script(home: &Home, server: &Server, member: Option<&str>) -> Self {
        let mut arguments = vec!["token", "--access-only"];
        arguments.extend(member.into_iter().flat_map(|name| ["--member", name]));
        let token = home.run(&arguments).await;
        assert_eq!(token.code, 0, "{}", token.err);
        Self { http: client(), url: server.url(), token: token.out.trim().to_owned(), cookie: String::new() }
    }

    /// The browser that is given the one-time key, acting as the first member.
    pub(crate) async fn browser(server: &Server) -> Self {
        let (http, url) = (client(), server.url());
        let entered = http.get(format!("{url}/?k={}", server.key())).send().await.unwrap();
        assert_eq!(entered.status(), 303);
        let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut browser = Self { http, url, token: String::new(), cookie };
        let state = browser.get("/console/state").await.ok();
        let token =
            browser.post("/console/tokens", &json!({ "member_id": state["members"][0]["id"] })).await.ok();
        browser.token = token["access_token"].as_str().unwrap().to_owned();
        browser
    }

    /// The same at another address.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A request with everything that proves who asks.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let host = self.url.trim_start_matches("http://");
        let request = self.http.request(method, format!("{}{path}", self.url)).header(HOST, host);
        let request = if self.cookie.is_empty() {
            request
        } else {
            request.header(COOKIE, &self.cookie).header(ORIGIN, &self.url)
        };
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends JSON; an error when there is no answer.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap()
    }

    /// Starts a session through the API; answers with its id.
    pub(crate) async fn session(&self, beginning: &Value) -> String {
        let session = self.post("/api/v1/ai-sessions", beginning).await.ok();
        session["id"].as_str().unwrap().to_owned()
    }

    /// Every item of a paged list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("{path}?limit=200{cursor}")).await.ok();
            items.append(page["items"].as_array_mut().unwrap());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Items that wait and items that are dead, of both queues together.
    pub(crate) async fn queued(&self) -> (u64, u64) {
        let text = self.get("/metrics").await.ok();
        let sum = |name: &str| {
            let lines = text.as_str().unwrap().lines().filter(|line| line.starts_with(name));
            lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64).sum()
        };
        (sum("flowpilot_queue_waiting"), sum("flowpilot_queue_dead"))
    }

    /// Waits until nothing waits in the queues.
    pub(crate) async fn drained(&self, within: Duration) {
        let empty = async {
            while self.queued().await.0 > 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let waited = tokio::time::timeout(within, empty).await;
        assert!(waited.is_ok(), "still queued after {within:?}: {:?}", self.queued().await);
    }

    /// The session of a console thread, once its first event was worked.
    pub(crate) async fn session_of(&self, thread: &str) -> Value {
        let sessions = self.all("/api/v1/ai-sessions").await;
        let found = sessions.into_iter().find(|s| s["thread"] == thread);
        found.unwrap_or_else(|| panic!("thread {thread} has no session"))
    }
}
