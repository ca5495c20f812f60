//! The console's own store: threads and messages.

use axum::Json;
use axum::extract::State;
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::api::{Bearer, Paging, Params, Path};
use flowpilot::store::{ConnectionId, Db, MemberId, Page, TeamId, Tx, read, run};
use flowpilot::{Error, Result, Timestamp};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Console;
use crate::view::{AuthorKind, Message, Row, StoredCard, Thread};

pub(crate) fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(messages))
}

/// List the threads, the one in which something last happened first.
#[utoipa::path(get, path = "/console/threads", tag = "console", operation_id = "list_threads", params(Paging),
    responses((status = 200, body = Page<Thread>), (status = 422, body = Problem)))]
async fn list(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Thread>>> {
    let page = paging.page()?;
    // A cursor is a thread: where it moved to meanwhile, the page goes on from there.
    let rows: Vec<Thread> = read!(&console.0.engine.db, |c| sqlx::query_as(
        "SELECT t.id, COALESCE(s.title, t.title) AS title, COALESCE(s.ticket_id, t.ticket_id) AS ticket_id, \
         COALESCE(s.connection_id, t.connection_id) AS connection_id, s.id AS session_id, s.status AS session_status, \
         t.updated_at FROM console_threads t LEFT JOIN sessions s ON s.platform = 'console' AND s.workspace = $2 \
         AND s.thread = t.thread_key WHERE t.team_id = $1 AND ($3 IS NULL OR (t.updated_at, t.id) < \
         (SELECT updated_at, id FROM console_threads WHERE team_id = $1 AND id = $3)) \
         ORDER BY t.updated_at DESC, t.id DESC LIMIT $4"
    )
    .bind(caller.team())
    .bind(caller.team().to_string())
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    Ok(Json(Page::from_rows(rows, &page, |thread| thread.id)))
}

/// Read one thread.
#[utoipa::path(get, path = "/console/threads/{id}", tag = "console", operation_id = "get_thread", params(("id" = Uuid, Path)),
    responses((status = 200, body = Thread), (status = 404, body = Problem)))]
async fn one(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Path(id): Path<Uuid>,
) -> Answer<Json<Thread>> {
    let found = thread(&console.0.engine.db, caller.team(), id).await?;
    Ok(Json(found.ok_or(Error::NotFound("thread"))?))
}

/// One thread.
pub(crate) async fn thread(db: &Db, team: TeamId, id: Uuid) -> Result<Option<Thread>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
        "SELECT t.id, COALESCE(s.title, t.title) AS title, COALESCE(s.ticket_id, t.ticket_id) AS ticket_id, \
         COALESCE(s.connection_id, t.connection_id) AS connection_id, s.id AS session_id, s.status AS session_status, \
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

/// The messages of a thread that the caller may see. A page is oldest first; the first page holds the newest, each
/// following one the messages before it.
#[utoipa::path(get, path = "/console/threads/{id}/messages", tag = "console", operation_id = "list_thread_messages",
    params(("id" = Uuid, Path), Paging),
    responses((status = 200, body = Page<Message>), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn messages(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Path(id): Path<Uuid>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Message>>> {
    let db = &console.0.engine.db;
    let page = paging.page()?;
    thread(db, caller.team(), id).await?.ok_or(Error::NotFound("thread"))?;
    let rows: Vec<Row> = read!(db, |c| sqlx::query_as(
        "SELECT id, seq, thread_id, delivery_key, author, author_name, private_to, body, card, created_at, edited_at \
         FROM console_messages WHERE team_id = $1 AND thread_id = $2 AND (private_to IS NULL OR private_to = $3) \
         AND ($4 IS NULL OR seq < (SELECT seq FROM console_messages WHERE team_id = $1 AND thread_id = $2 AND id = $4)) \
         ORDER BY seq DESC LIMIT $5"
    )
    .bind(caller.team())
    .bind(id)
    .bind(caller.member())
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    let mut newest = Page::from_rows(rows, &page, Row::id);
    newest.items.reverse();
    let items = newest.items.into_iter().map(Message::from).collect();
    Ok(Json(Page { items, next_cursor: newest.next_cursor }))
}

/// A thread to open.
pub(crate) struct Open {
    pub(crate) team: TeamId,
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) ticket: Option<String>,
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) now: Timestamp,
}

/// Opens a thread; opening it again changes nothing.
pub(crate) async fn open_in(tx: &mut Tx, thread: Open) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
        "INSERT INTO console_threads (id, team_id, thread_key, title, ticket_id, connection_id, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO NOTHING"
    )
    .bind(thread.id)
    .bind(thread.team)
    .bind(thread.id.to_string())
    .bind(thread.title)
    .bind(thread.ticket)
    .bind(thread.connection)
    .bind(thread.now)
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(())
}

/// A message to show, new or in place of the one with the same key.
pub(crate) struct Show {
    pub(crate) team: TeamId,
    pub(crate) thread: Uuid,
    /// The same for every attempt and every edit of one message.
    pub(crate) key: String,
    /// The id that a new message gets.
    pub(crate) id: Uuid,
    pub(crate) author: AuthorKind,
    pub(crate) author_name: String,
    pub(crate) private_to: Option<MemberId>,
    pub(crate) body: Option<String>,
    pub(crate) card: Option<StoredCard>,
    pub(crate) now: Timestamp,
}

/// Stores a message in a transaction of its own.
pub(crate) async fn show(db: &Db, message: Show) -> Result<Row> {
    let mut tx = db.begin().await?;
    let row = show_in(&mut tx, message).await?;
    tx.commit().await?;
    Ok(row)
}

/// Stores a message. An edit replaces it; the same content again changes nothing that is seen.
pub(crate) async fn show_in(tx: &mut Tx, message: Show) -> Result<Row> {
    let (team, thread, now) = (message.team, message.thread, message.now);
    let row = run!(tx, |c| {
        sqlx::query_as(
        "INSERT INTO console_messages (id, team_id, thread_id, delivery_key, author, author_name, private_to, body, card, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (delivery_key) DO UPDATE SET \
         card = excluded.card, body = excluded.body, edited_at = excluded.created_at \
         RETURNING id, seq, thread_id, delivery_key, author, author_name, private_to, body, card, created_at, edited_at"
    )
    .bind(message.id)
    .bind(team)
    .bind(thread)
    .bind(message.key)
    .bind(message.author)
    .bind(message.author_name)
    .bind(message.private_to)
    .bind(message.body)
    .bind(message.card.map(sqlx::types::Json))
    .bind(now)
    .fetch_one(c)
    .await
    })?;
    run!(tx, |c| sqlx::query("UPDATE console_threads SET updated_at = $1 WHERE team_id = $2 AND id = $3")
        .bind(now)
        .bind(team)
        .bind(thread)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(row)
}

/// The card that a message shows, by its id.
pub(crate) async fn shown_card(
    db: &Db,
    team: TeamId,
    card: flowpilot::store::CardId,
) -> Result<Option<StoredCard>> {
    let found: Option<Option<sqlx::types::Json<StoredCard>>> = read!(db, |c| sqlx::query_scalar(
        "SELECT card FROM console_messages WHERE team_id = $1 AND delivery_key = $2"
    )
    .bind(team)
    .bind(format!("card:{card}"))
    .fetch_optional(c)
    .await)?;
    Ok(found.flatten().map(|json| json.0))
}
