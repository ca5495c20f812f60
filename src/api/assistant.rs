//! Questions without a session, and what the library has about some words.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::watch::Receiver;
use tokio::time::{Interval, MissedTickBehavior, interval};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::idempotency::IdempotencyKey;
use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::ai::{Feedback, judge_exchange};
use crate::assistant::{
    Asked, Conversation, Exchange, Found, Growth, Source, ask_in, begin_in, conversation, conversations,
    exchanges, search, stop,
};
use crate::note::{as_typed, to_html};
use crate::session::text::required;
use crate::store::{AnswerId, ConversationId, Page, PageRequest};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// The longest words to search for, in characters.
const LONGEST_SEARCH: usize = 1_000;
/// Between two looks at an answer that another process writes.
const LOOK: Duration = Duration::from_secs(1);
/// The newest exchanges that are followed.
const FOLLOWED: i64 = 10;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(search_library))
        .routes(routes!(begin_conversation, list_conversations))
        .routes(routes!(get_conversation))
        .routes(routes!(ask_in_conversation, list_exchanges))
        .routes(routes!(follow_conversation))
        .routes(routes!(stop_conversation))
        .routes(routes!(judge_conversation_answer, forget_conversation_feedback))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    /// What is looked for, in your words: 1 to 1,000 characters.
    query: String,
}

/// Something of the library that is about the words.
#[derive(Serialize, ToSchema)]
struct Hit {
    #[serde(flatten)]
    source: Source,
    /// Its beginning. Untrusted text.
    excerpt: String,
}

impl From<Found> for Hit {
    fn from(found: Found) -> Self {
        Self { source: found.source, excerpt: found.excerpt }
    }
}

/// What the library has.
#[derive(Serialize, ToSchema)]
struct Hits {
    /// The flows first, the best one first; then resolved sessions. Empty when nothing is honestly about it.
    items: Vec<Hit>,
}

/// Search the team's flows and resolved sessions, notes and all.
#[utoipa::path(get, path = "/search", tag = "assistant", params(SearchQuery),
    responses((status = 200, body = Hits), (status = 422)))]
async fn search_library(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<SearchQuery>,
) -> Answer<Json<Hits>> {
    let words = required("query", &query.query, LONGEST_SEARCH)?;
    let library = search(&engine, caller.team(), &words).await?;
    Ok(Json(Hits { items: library.found.into_iter().map(Hit::from).collect() }))
}

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// What you want to know: 1 to 8,000 characters. `#123` names a ticket. Secrets in it are not kept.
    question: String,
}

/// A question with its answer, as far as that is written.
#[derive(Serialize, ToSchema)]
struct ExchangeView {
    #[serde(flatten)]
    exchange: Exchange,
    /// The answer as safe HTML.
    html: String,
}

impl From<Exchange> for ExchangeView {
    fn from(exchange: Exchange) -> Self {
        let html = to_html(&as_typed(&exchange.text));
        Self { exchange, html }
    }
}

/// Ask something that belongs to no session: a conversation begins. Its answer is written in the background; follow it
/// with `events`.
#[utoipa::path(post, path = "/assistant/conversations", tag = "assistant", request_body = Question,
    params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = Asked)))]
async fn begin_conversation(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    key: IdempotencyKey,
    body: Body<Question>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let asked = begin_in(&engine, &mut tx, &caller, &body.value.question).await?;
    let once = (&engine, &caller);
    key.remember_in(&mut tx, once, &body.fingerprint, StatusCode::CREATED, &asked).await?;
    tx.commit().await.map_err(Error::from)?;
    engine.outbox.ring();
    let place = format!("/api/v1/assistant/conversations/{}", asked.conversation.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(asked)).into_response())
}

/// List your conversations, the newest first.
#[utoipa::path(get, path = "/assistant/conversations", tag = "assistant", params(Paging),
    responses((status = 200, body = Page<Conversation>)))]
async fn list_conversations(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Conversation>>> {
    Ok(Json(conversations(&engine, &caller, paging.page()?).await?))
}

/// Read one of your conversations.
#[utoipa::path(get, path = "/assistant/conversations/{id}", tag = "assistant",
    params(("id" = ConversationId, Path)), responses((status = 200, body = Conversation), (status = 404)))]
async fn get_conversation(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConversationId>,
) -> Answer<Json<Conversation>> {
    Ok(Json(conversation(&engine, &caller, id).await?))
}

/// Ask on in one of your conversations. A question that is still being answered is answered first.
#[utoipa::path(post, path = "/assistant/conversations/{id}/answers", tag = "assistant", request_body = Question,
    params(("id" = ConversationId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Asked), (status = 404)))]
async fn ask_in_conversation(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConversationId>,
    key: IdempotencyKey,
    body: Body<Question>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    caller.must_work()?;
    let thread = conversation(&engine, &caller, id).await?.thread_ref();
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let asked = ask_in(&engine, &mut tx, &caller, thread, &body.value.question).await?;
    let once = (&engine, &caller);
    key.remember_in(&mut tx, once, &body.fingerprint, StatusCode::CREATED, &asked).await?;
    tx.commit().await.map_err(Error::from)?;
    engine.outbox.ring();
    Ok((StatusCode::CREATED, Json(asked)).into_response())
}

/// The questions and answers of one of your conversations. A page is oldest first; the first page holds the newest, each
/// following one those before it.
#[utoipa::path(get, path = "/assistant/conversations/{id}/answers", tag = "assistant",
    params(("id" = ConversationId, Path), Paging), responses((status = 200, body = Page<ExchangeView>), (status = 404)))]
async fn list_exchanges(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConversationId>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<ExchangeView>>> {
    let Page { items, next_cursor } = exchanges(&engine, &caller, id, paging.page()?).await?;
    Ok(Json(Page { items: items.into_iter().map(ExchangeView::from).collect(), next_cursor }))
}

/// Stop the answer that is being written in one of your conversations, and those that wait behind it.
#[utoipa::path(post, path = "/assistant/conversations/{id}/stop", tag = "assistant",
    params(("id" = ConversationId, Path)), responses((status = 204), (status = 404), (status = 409)))]
async fn stop_conversation(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConversationId>,
) -> Answer<StatusCode> {
    stop(&engine, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say whether an answer helped. A second time replaces the first. An answer that no model wrote answers 409.
#[utoipa::path(put, path = "/assistant/conversations/{id}/answers/{answer}/feedback", tag = "assistant",
    request_body = Feedback, params(("id" = ConversationId, Path), ("answer" = AnswerId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
async fn judge_conversation_answer(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, answer)): Path<(ConversationId, AnswerId)>,
    body: Body<Feedback>,
) -> Answer<StatusCode> {
    judge_exchange(&engine, &caller, id, answer, Some(body.value)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what you said of an answer. Doing it twice changes nothing.
#[utoipa::path(delete, path = "/assistant/conversations/{id}/answers/{answer}/feedback", tag = "assistant",
    params(("id" = ConversationId, Path), ("answer" = AnswerId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
async fn forget_conversation_feedback(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, answer)): Path<(ConversationId, AnswerId)>,
) -> Answer<StatusCode> {
    judge_exchange(&engine, &caller, id, answer, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follow the answers that are being written in one of your conversations: `growth` with `{answer_id, html}` while one
/// grows, `answer` with the whole when it begins, changes hands or ends. The stream ends once nothing is being written.
#[utoipa::path(get, path = "/assistant/conversations/{id}/events", tag = "assistant",
    params(("id" = ConversationId, Path)),
    responses((status = 200, content_type = "text/event-stream"), (status = 404)))]
async fn follow_conversation(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConversationId>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    conversation(&engine, &caller, id).await?;
    let growing = engine.growing.follow(id);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let following = Following {
        engine,
        caller,
        id,
        growing,
        looks,
        seen: HashMap::new(),
        ready: VecDeque::new(),
        done: false,
    };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("keep-alive")))
}

/// A reader of one conversation.
struct Following {
    engine: Engine,
    caller: Caller,
    id: ConversationId,
    growing: Receiver<Option<Growth>>,
    looks: Interval,
    /// The answers that were told, as they were told last.
    seen: HashMap<AnswerId, Exchange>,
    ready: VecDeque<Event>,
    done: bool,
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.done {
                return None;
            }
            tokio::select! {
                changed = self.growing.changed() => {
                    let growth = self.growing.borrow_and_update().clone();
                    match (changed, growth) {
                        (Ok(()), Some(growth)) => self.grown(&growth).await,
                        (Ok(()), None) => {}
                        // The engine is gone.
                        (Err(_), _) => self.done = true,
                    }
                }
                _ = self.looks.tick() => self.look().await,
            }
        }
    }

    async fn grown(&mut self, growth: &Growth) {
        if growth.has_ended || !self.seen.contains_key(&growth.answer) {
            return self.look().await;
        }
        if let Some(known) = self.seen.get_mut(&growth.answer) {
            known.text.clone_from(&growth.text);
        }
        let html = to_html(&as_typed(&growth.text));
        self.tell("growth", &serde_json::json!({ "answer_id": growth.answer, "html": html }));
    }

    /// What the database has: the beginning, the end, and what another process writes.
    async fn look(&mut self) {
        let page = PageRequest { after: None, limit: FOLLOWED };
        match exchanges(&self.engine, &self.caller, self.id, page).await {
            Ok(page) => {
                self.done = page.items.iter().all(|exchange| exchange.ended_at.is_some());
                for exchange in page.items {
                    self.compare(exchange);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a conversation cannot be followed");
                self.done = true;
            }
        }
    }

    fn compare(&mut self, exchange: Exchange) {
        // What was told while it grew is ahead of what is kept.
        let is_known = self.seen.get(&exchange.id).is_some_and(|known| {
            *known == exchange || (exchange.ended_at.is_none() && known.text.len() > exchange.text.len())
        });
        if !is_known {
            self.seen.insert(exchange.id, exchange.clone());
            self.tell("answer", &ExchangeView::from(exchange));
        }
    }

    fn tell(&mut self, kind: &str, data: &impl Serialize) {
        match Event::default().event(kind).json_data(data) {
            Ok(event) => self.ready.push_back(event),
            Err(error) => tracing::warn!(%error, "an event cannot be told"),
        }
    }
}
