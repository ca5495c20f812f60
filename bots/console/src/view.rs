//! Threads and messages as the page gets them.

use flowpilot::Timestamp;
use flowpilot::note::{NoteKind, as_typed, to_html};
use flowpilot::session::SessionStatus;
use flowpilot::store::{AnswerId, CardId, ConnectionId, MemberId, SessionId};
use flowpilot::surface::{Action, Badge, Card, CardField, CardKind, CardState, InputKind};
use serde::Serialize;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// A thread of the console.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub(crate) struct Thread {
    /// Its id.
    pub(crate) id: Uuid,
    /// The session's title, once there is one.
    pub(crate) title: String,
    /// The ticket that it is about.
    pub(crate) ticket_id: Option<String>,
    /// The connection that has the ticket.
    pub(crate) connection_id: Option<ConnectionId>,
    /// Its session, once the event was worked.
    pub(crate) session_id: Option<SessionId>,
    /// Where the session stands.
    pub(crate) session_status: Option<SessionStatus>,
    /// When something last happened in it.
    pub(crate) updated_at: Timestamp,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub(crate) enum AuthorKind {
    /// A member of the team.
    Member,
    /// The copilot.
    Copilot,
}

/// The author of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuthorView {
    /// What kind of author.
    kind: AuthorKind,
    /// The name to show.
    name: String,
}

/// A card with its text as HTML.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CardView {
    /// Names it for an interaction.
    id: CardId,
    /// What it is about.
    kind: CardKind,
    /// One line, plain text.
    title: String,
    /// Safe HTML.
    body_html: String,
    /// Labels with values.
    fields: Vec<CardField>,
    /// A marked word.
    badge: Option<Badge>,
    /// The buttons.
    actions: Vec<Action>,
    /// Whether it waits for somebody.
    state: CardState,
    /// The whole card as plain text.
    plain: String,
    /// The note that it shows, where a model wrote it.
    feedback_on: Option<NoteKind>,
}

impl CardView {
    fn new(id: CardId, card: Card) -> Self {
        Self {
            id,
            kind: card.kind,
            body_html: to_html(&card.body),
            plain: card.plain(),
            title: card.title,
            fields: card.fields,
            badge: card.badge,
            actions: card.actions.into_iter().map(without_channels).collect(),
            state: card.state,
            feedback_on: card.feedback_on,
        }
    }
}

/// The console has no channels to choose from.
fn without_channels(mut action: Action) -> Action {
    action.inputs.retain(|input| input.kind != InputKind::Channel);
    action
}

/// A message as it is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Its id; an edit keeps it.
    id: Uuid,
    /// Its place in the thread.
    seq: i64,
    /// Its thread.
    pub(crate) thread: Uuid,
    /// Who wrote it.
    author: AuthorView,
    /// Safe HTML, for words.
    html: Option<String>,
    /// For a card.
    card: Option<CardView>,
    /// The answer that it is, where it is one.
    answer: Option<AnswerId>,
    /// Whether only one person sees it.
    private: bool,
    /// When it was written.
    created_at: Timestamp,
    /// When it was last changed.
    edited_at: Option<Timestamp>,
}

/// A message as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    seq: i64,
    thread_id: Uuid,
    delivery_key: String,
    author: AuthorKind,
    author_name: String,
    pub(crate) private_to: Option<MemberId>,
    body: Option<String>,
    card: Option<Json<StoredCard>>,
    created_at: Timestamp,
    edited_at: Option<Timestamp>,
}

impl Row {
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }
}

/// A card as it is stored: with its id.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct StoredCard {
    pub(crate) id: CardId,
    pub(crate) card: Card,
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            thread: row.thread_id,
            author: AuthorView { kind: row.author, name: row.author_name },
            html: row.body.map(|text| match row.author {
                AuthorKind::Copilot => to_html(&as_typed(&text)),
                AuthorKind::Member => words(&text),
            }),
            card: row.card.map(|c| CardView::new(c.0.id, c.0.card)),
            answer: answer_of(&row.delivery_key),
            private: row.private_to.is_some(),
            created_at: row.created_at,
            edited_at: row.edited_at,
        }
    }
}

/// The answer that a message with this key shows.
fn answer_of(key: &str) -> Option<AnswerId> {
    key.strip_prefix("answer:")?.parse().ok()
}

/// What a person typed, as they typed it: no Markdown, line breaks kept.
fn words(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs: Vec<String> =
        escaped.split("\n\n").map(|p| format!("<p>{}</p>", p.replace('\n', "<br>"))).collect();
    paragraphs.join("")
}
