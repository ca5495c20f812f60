//! What happens, live: server-sent events, with resumption for a short while.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use flowpilot::api::Bearer;
use flowpilot::session;
use flowpilot::store::MemberId;
use flowpilot::team::Platform;
use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Console;
use crate::threads::thread;
use crate::view::Message;

/// Events kept for browsers that come back.
const KEPT: usize = 1_000;

#[derive(Debug, Clone)]
struct Event {
    number: u64,
    kind: &'static str,
    data: String,
    only_for: Option<MemberId>,
}

/// The console's events, in order.
pub(crate) struct Feed {
    recent: Mutex<Recent>,
    live: broadcast::Sender<Event>,
}

#[derive(Default)]
struct Recent {
    last: u64,
    events: VecDeque<Event>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { recent: Mutex::default(), live: broadcast::channel(KEPT).0 }
    }
}

impl Feed {
    pub(crate) fn message(&self, message: &Message, only_for: Option<MemberId>) {
        let data = serde_json::json!({ "thread": message.thread, "message": message });
        self.send("message", data.to_string(), only_for);
    }

    fn send(&self, kind: &'static str, data: String, only_for: Option<MemberId>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.last += 1;
        let event = Event { number: recent.last, kind, data, only_for };
        recent.events.push_back(event.clone());
        if recent.events.len() > KEPT {
            recent.events.pop_front();
        }
        // Sent under the lock, so that the order is that of the numbers. Nobody listening is no error.
        let _ = self.live.send(event);
    }

    /// What was missed since an event, and what comes; `None` when the gap is longer than we remember.
    fn since(&self, seen: Option<u64>) -> (Option<Vec<Event>>, broadcast::Receiver<Event>) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.live.subscribe();
        let Some(seen) = seen else { return (Some(Vec::new()), receiver) };
        let first = recent.events.front().map_or(recent.last + 1, |e| e.number);
        if seen > recent.last || seen + 1 < first {
            return (None, receiver);
        }
        (Some(recent.events.iter().filter(|e| e.number > seen).cloned().collect()), receiver)
    }
}

pub(crate) fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Live events: `message`, `thread`, `ticket`, `session` (of another platform); `reset` after a gap. Resumes from
/// `Last-Event-ID`.
#[utoipa::path(get, path = "/console/events", tag = "console", operation_id = "follow_console_events",
    responses((status = 200, content_type = "text/event-stream")))]
async fn events(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let seen = headers.get("last-event-id").and_then(|h| h.to_str().ok()).and_then(|h| h.parse().ok());
    let (missed, receiver) = console.0.feed.since(seen);
    let reset = missed.is_none().then(|| SseEvent::default().event("reset").data("{}"));
    let member = caller.member();
    let backlog = stream::iter(
        reset.into_iter().chain(missed.into_iter().flatten().filter_map(move |e| shown(&e, member))),
    );
    let live = stream::unfold(receiver, move |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(event) => match shown(&event, member) {
                    Some(event) => return Some((event, receiver)),
                    None => continue,
                },
                Err(RecvError::Lagged(_)) => {
                    return Some((SseEvent::default().event("reset").data("{}"), receiver));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(backlog.chain(live).map(Ok))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("keep-alive"))
}

fn shown(event: &Event, member: MemberId) -> Option<SseEvent> {
    let visible = event.only_for.is_none_or(|only| only == member);
    visible.then(|| SseEvent::default().id(event.number.to_string()).event(event.kind).data(&event.data))
}

/// Tells the page when a session or its ticket changed, wherever the change came from.
pub(crate) async fn follow(console: Console) {
    let mut changes = console.0.engine.changes();
    loop {
        let change = match changes.recv().await {
            Ok(change) if change.team == console.0.team => change,
            Ok(_) => continue,
            Err(RecvError::Lagged(_)) => {
                console.0.feed.send("reset", "{}".to_owned(), None);
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let (db, team) = (&console.0.engine.db, console.0.team);
        if change.platform != Platform::Console {
            if let Ok(Some(session)) = session::get(db, team, change.session).await {
                console.0.feed.send("session", serde_json::to_string(&session).unwrap_or_default(), None);
            }
        } else if let Ok(id) = change.thread.parse::<Uuid>()
            && let Ok(Some(thread)) = thread(db, team, id).await
        {
            let data = serde_json::to_string(&thread).unwrap_or_default();
            console.0.feed.send("thread", data, None);
        }
        if let Some(ticket) = change.ticket {
            let data = serde_json::json!({ "ticket_id": ticket, "connection_id": change.connection });
            console.0.feed.send("ticket", data.to_string(), None);
        }
    }
}
