//! The console's own store: threads and messages.

use axum::Json;
use axum::extract::State;
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::api::{Bearer, Path};
use flowpilot::store::{Db, MemberId, TeamId, Tx};
use flowpilot::{Error, Result, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Console;
use crate::view::{AuthorKind, Message, Row, StoredCard, Thread};

/// Runs a query on whichever database this is.
macro_rules! on_db {
    ($db:expr, |$c:ident| $query:expr) => {
        match $db {
            Db::Sqlite { read: $c, .. } => $query,
            Db::Postgres($c) => $query,
        }
    };
}

/// Runs a query in a transaction.
macro_rules! on_tx {
    ($tx:expr, |$c:ident| $query:expr) => {
        match $tx {
            Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $query
            }
            Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $query
            }
        }
    };
}

pub(crate) fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(messages))
}

/// The console's threads.
#[derive(Serialize, ToSchema)]
struct ThreadList {
    /// The newest 200, newest first.
    items: Vec<Thread>,
}

/// List the threads.
#[utoipa::path(get, path = "/console/threads", tag = "console", operation_id = "list_threads", responses((status = 200, body = ThreadList)))]
async fn list(State(console): State<Console>, Bearer(caller): Bearer) -> Answer<Json<ThreadList>> {
    let items = on_db!(&console.0.engine.db, |c| sqlx::query_as(
        "SELECT t.id, COALESCE(s.title, t.title) AS title, t.ticket_id, s.id AS session_id, s.status AS session_status, \
         t.updated_at FROM console_threads t LEFT JOIN sessions s ON s.platform = 'console' AND s.workspace = $2 \
         AND s.thread = t.thread_key WHERE t.team_id = $1 ORDER BY t.updated_at DESC, t.id LIMIT 200"
    )
    .bind(caller.team())
    .bind(caller.team().to_string())
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    Ok(Json(ThreadList { items }))
}

/// One thread.
pub(crate) async fn thread(db: &Db, team: TeamId, id: Uuid) -> Result<Option<Thread>> {
    Ok(on_db!(db, |c| {
        sqlx::query_as(
        "SELECT t.id, COALESCE(s.title, t.title) AS title, t.ticket_id, s.id AS session_id, s.status AS session_status, \
         t.updated_at FROM console_threads t LEFT JOIN sessions s ON s.platform = 'console' AND s.workspace = $3 \
         AND s.thread = t.thread_key WHERE t.team_id = $1 AND t.id = $2"
    )
    .bind(team)
    .bind(id)
    .bind(team.to_string())
    .fetch_optional(c)
    .await
    })?)
}

/// A thread's messages.
#[derive(Serialize, ToSchema)]
struct MessageList {
    /// The newest 1,000, oldest first.
    items: Vec<Message>,
}

/// The messages of a thread that the caller may see.
#[utoipa::path(get, path = "/console/threads/{id}/messages", tag = "console", operation_id = "list_thread_messages", params(("id" = Uuid, Path)),
    responses((status = 200, body = MessageList), (status = 404, body = Problem)))]
async fn messages(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Path(id): Path<Uuid>,
) -> Answer<Json<MessageList>> {
    let db = &console.0.engine.db;
    thread(db, caller.team(), id).await?.ok_or(Error::NotFound("thread"))?;
    let mut rows: Vec<Row> = on_db!(db, |c| sqlx::query_as(
        "SELECT id, seq, thread_id, author, author_name, private_to, body, card, created_at, edited_at \
         FROM console_messages WHERE team_id = $1 AND thread_id = $2 AND (private_to IS NULL OR private_to = $3) \
         ORDER BY seq DESC LIMIT 1000"
    )
    .bind(caller.team())
    .bind(id)
    .bind(caller.member())
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    rows.reverse();
    Ok(Json(MessageList { items: rows.into_iter().map(Message::from).collect() }))
}

/// Opens a thread; opening it again changes nothing.
pub(crate) async fn open_thread(
    db: &Db,
    team: TeamId,
    id: Uuid,
    title: &str,
    ticket: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |c| sqlx::query(
        "INSERT INTO console_threads (id, team_id, thread_key, title, ticket_id, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (id) DO NOTHING"
    )
    .bind(id)
    .bind(team)
    .bind(id.to_string())
    .bind(title)
    .bind(ticket)
    .bind(now)
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(tx.commit().await?)
}

/// A message to show, new or in place of the one with the same key.
pub(crate) struct Show<'a> {
    pub(crate) team: TeamId,
    pub(crate) thread: Uuid,
    /// The same for every attempt and every edit of one message.
    pub(crate) key: &'a str,
    /// The id that a new message gets.
    pub(crate) id: Uuid,
    pub(crate) author: AuthorKind,
    pub(crate) author_name: &'a str,
    pub(crate) private_to: Option<MemberId>,
    pub(crate) body: Option<&'a str>,
    pub(crate) card: Option<StoredCard>,
    pub(crate) now: Timestamp,
}

/// Stores a message. An edit replaces it; the same content again changes nothing that is seen.
pub(crate) async fn show(db: &Db, message: Show<'_>) -> Result<Row> {
    let card = message.card.map(sqlx::types::Json);
    let mut tx = db.begin().await?;
    let row = on_tx!(&mut tx, |c| {
        sqlx::query_as(
        "INSERT INTO console_messages (id, team_id, thread_id, delivery_key, author, author_name, private_to, body, card, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (delivery_key) DO UPDATE SET \
         card = excluded.card, body = excluded.body, edited_at = excluded.created_at \
         RETURNING id, seq, thread_id, author, author_name, private_to, body, card, created_at, edited_at"
    )
    .bind(message.id)
    .bind(message.team)
    .bind(message.thread)
    .bind(message.key)
    .bind(message.author)
    .bind(message.author_name)
    .bind(message.private_to)
    .bind(message.body)
    .bind(card)
    .bind(message.now)
    .fetch_one(c)
    .await
    })?;
    on_tx!(&mut tx, |c| sqlx::query(
        "UPDATE console_threads SET updated_at = $1 WHERE team_id = $2 AND id = $3"
    )
    .bind(message.now)
    .bind(message.team)
    .bind(message.thread)
    .execute(c)
    .await
    .map(|_| ()))?;
    tx.commit().await?;
    Ok(row)
}

/// The card that a message shows, by its id.
pub(crate) async fn shown_card(
    db: &Db,
    team: TeamId,
    card: flowpilot::store::CardId,
) -> Result<Option<StoredCard>> {
    let found: Option<Option<sqlx::types::Json<StoredCard>>> = on_db!(db, |c| sqlx::query_scalar(
        "SELECT card FROM console_messages WHERE team_id = $1 AND delivery_key = $2"
    )
    .bind(team)
    .bind(format!("card:{card}"))
    .fetch_optional(c)
    .await)?;
    Ok(found.flatten().map(|json| json.0))
}
