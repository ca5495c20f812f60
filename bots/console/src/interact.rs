//! What people do in the console: start, write, click. Each is stored in the inbox before it is acknowledged.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::api::{Bearer, Body, Path};
use flowpilot::queue::Alongside;
use flowpilot::store::{CardId, ConnectionId, TeamId};
use flowpilot::surface::{Inbound, InputKind, ThreadRef, What, accept, accept_with};
use flowpilot::team::{Affiliation, Author, Caller};
use flowpilot::{Error, copilot, redact, session};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::threads::{Open, Show, open_in, show_in, shown_card, thread};
use crate::view::{AuthorKind, Message};
use crate::{Console, workspace};

pub(crate) fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::new().routes(routes!(start)).routes(routes!(write)).routes(routes!(press))
}

/// Work to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartThread {
    /// Chosen by the page; the same for every attempt.
    id: Uuid,
    /// The ticket to work on.
    ticket_id: Option<String>,
    /// The connection that has it; without, the one of the team's that knows its number.
    connection_id: Option<ConnectionId>,
    /// What is wrong.
    text: Option<String>,
}

/// An event that was accepted.
#[derive(Serialize, ToSchema)]
struct Accepted {
    /// As it was given.
    id: Uuid,
    /// Only where the answer cannot wait: what only the caller is told.
    reply: Option<String>,
}

fn accepted(id: Uuid) -> Response {
    (StatusCode::ACCEPTED, Json(Accepted { id, reply: None })).into_response()
}

/// Open a thread and start work in it.
#[utoipa::path(post, path = "/console/threads", tag = "console", operation_id = "start_thread", request_body = StartThread,
    responses((status = 202, body = Accepted), (status = 422, body = Problem)))]
async fn start(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    body: Body<StartThread>,
) -> Answer<Response> {
    let StartThread { id, ticket_id, connection_id, text } = body.value;
    let text = text.map(|t| redact::secrets(t.trim())).filter(|t| !t.is_empty());
    if ticket_id.is_none() && text.is_none() {
        return Err(Error::invalid("text", "is needed: say what is wrong, or choose a ticket").into());
    }
    if connection_id.is_some() && ticket_id.is_none() {
        return Err(Error::invalid("ticket_id", "is needed where a connection is named").into());
    }
    let engine = &console.0.engine;
    if let Some(connection) = connection_id {
        engine.psa.get(engine, caller.team(), connection).await?;
    }
    let title =
        text.clone().or_else(|| ticket_id.as_ref().map(|t| format!("Ticket #{t}"))).unwrap_or_default();
    let open = Open {
        team: caller.team(),
        id,
        title: title.chars().take(200).collect(),
        ticket: ticket_id.clone(),
        connection: connection_id,
        now: engine.clock.now(),
    };
    let said = text.clone().map(|text| written(&console, &caller, id, id, text));
    let what = What::Started {
        connection: connection_id,
        ticket: ticket_id,
        text,
        whole_thread: false,
        message: None,
    };
    store(&console, &caller, &inbound(&caller, id, id, what), Some(open), said).await?;
    Ok(accepted(id))
}

/// Words to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Write {
    /// Chosen by the page; the same for every attempt.
    id: Uuid,
    /// At most 8,000 characters.
    text: String,
}

/// Write in a thread.
#[utoipa::path(post, path = "/console/threads/{id}/messages", tag = "console", operation_id = "write_in_thread", request_body = Write,
    params(("id" = Uuid, Path)), responses((status = 202, body = Accepted), (status = 404, body = Problem)))]
async fn write(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Path(id): Path<Uuid>,
    body: Body<Write>,
) -> Answer<Response> {
    let Write { id: message, text } = body.value;
    let text = redact::secrets(text.trim());
    if text.is_empty() || text.chars().count() > 8_000 {
        return Err(Error::invalid("text", "must be 1 to 8000 characters").into());
    }
    must_have_thread(&console, &caller, id).await?;
    let said = written(&console, &caller, id, message, text.clone());
    let event = inbound(&caller, id, message, What::said(text));
    store(&console, &caller, &event, None, Some(said)).await?;
    Ok(accepted(message))
}

/// A button that was used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Interaction {
    /// Chosen by the page; the same for every attempt.
    id: Uuid,
    /// The card.
    card_id: CardId,
    /// The action.
    action: String,
    /// The values of its inputs.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Use a button. One that takes secrets is answered at once (200, with the reply) and never stored.
#[utoipa::path(post, path = "/console/threads/{id}/interactions", tag = "console", operation_id = "press_in_thread", request_body = Interaction,
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Accepted), (status = 202, body = Accepted), (status = 404, body = Problem)))]
async fn press(
    State(console): State<Console>,
    Bearer(caller): Bearer,
    Path(id): Path<Uuid>,
    body: Body<Interaction>,
) -> Answer<Response> {
    let Interaction { id: event, card_id, action, fields } = body.value;
    let engine = &console.0.engine;
    must_have_thread(&console, &caller, id).await?;
    // A press without values takes no secret: nothing needs to be read before it is stored.
    let secret = if fields.is_empty() {
        must_have_card(&console, &caller, card_id).await?;
        false
    } else {
        let card = shown_card(&engine.db, caller.team(), card_id).await?.ok_or(Error::NotFound("card"))?.card;
        let mut inputs = card.actions.iter().filter(|a| a.id == action).flat_map(|a| &a.inputs);
        inputs.any(|input| input.kind == InputKind::Secret)
    };
    if secret {
        let found = session::by_thread(&engine.db, caller.team(), &place(&caller, id)).await?;
        let session = found.ok_or(Error::NotFound("session"))?.id;
        let key = event.to_string();
        let (_, reply) =
            copilot::press_once(engine, &caller, session, &key, card_id, &action, &fields).await?;
        return Ok(Json(Accepted { id: event, reply: reply.0 }).into_response());
    }
    let what = What::Pressed { card: card_id, action, fields };
    accept(engine, &inbound(&caller, id, event, what), Some(caller.team())).await?;
    Ok(accepted(event))
}

async fn must_have_thread(console: &Console, caller: &Caller, id: Uuid) -> flowpilot::Result<()> {
    let look = async { thread(&console.0.engine.db, caller.team(), id).await.map(|found| found.is_some()) };
    must_have(console, (caller.team(), id), "thread", look).await
}

async fn must_have_card(console: &Console, caller: &Caller, id: CardId) -> flowpilot::Result<()> {
    let look =
        async { shown_card(&console.0.engine.db, caller.team(), id).await.map(|found| found.is_some()) };
    must_have(console, (caller.team(), id.0), "card", look).await
}

/// Looks once: what was there stays there.
async fn must_have(
    console: &Console,
    key: (TeamId, Uuid),
    what: &'static str,
    look: impl Future<Output = flowpilot::Result<bool>>,
) -> flowpilot::Result<()> {
    let known = &console.0.known;
    if known.get(&key).is_none() {
        if !look.await? {
            return Err(Error::NotFound(what));
        }
        known.insert(key, ());
    }
    Ok(())
}

fn place(caller: &Caller, thread: Uuid) -> ThreadRef {
    let workspace = workspace(caller.team());
    ThreadRef { platform: workspace.platform, workspace: workspace.external_id, thread: thread.to_string() }
}

fn inbound(caller: &Caller, thread: Uuid, event: Uuid, what: What) -> Inbound {
    Inbound {
        key: event.to_string(),
        thread: place(caller, thread),
        author: Author {
            external_id: caller.member().to_string(),
            name: caller.name().to_owned(),
            email: None,
            affiliation: Affiliation::Full,
        },
        files: Vec::new(),
        what,
    }
}

/// What a member wrote, as a chat platform shows it before any bot hears of it.
fn written(console: &Console, caller: &Caller, thread: Uuid, id: Uuid, text: String) -> Show {
    Show {
        team: caller.team(),
        thread,
        key: format!("said:{id}"),
        id,
        author: AuthorKind::Member,
        author_name: caller.name().to_owned(),
        private_to: None,
        body: Some(text),
        card: None,
        now: console.0.engine.clock.now(),
    }
}

/// Stores an event with what the thread shows of it, in one transaction, and then shows it.
async fn store(
    console: &Console,
    caller: &Caller,
    event: &Inbound,
    open: Option<Open>,
    said: Option<Show>,
) -> flowpilot::Result<()> {
    let (sender, shown) = oneshot::channel();
    let alongside: Alongside = Box::new(move |tx| {
        Box::pin(async move {
            if let Some(open) = open {
                open_in(tx, open).await?;
            }
            if let Some(said) = said {
                // Nobody waits any more when the browser has gone away.
                let _ = sender.send(show_in(tx, said).await?);
            }
            Ok(())
        })
    });
    accept_with(&console.0.engine, event, Some(caller.team()), alongside).await?;
    if let Ok(row) = shown.await {
        console.0.feed.message(&Message::from(row), None);
    }
    Ok(())
}
