//! What the page shows: one answer with everything, and none while nothing has changed.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flowpilot::api::problem::Answer;
use flowpilot::copilot::source_label;
use flowpilot::fix::SuggestedFix;
use flowpilot::note::{NoteKind, Posting, to_html};
use flowpilot::session::{Case, Check, Fact, Session, of_ticket};
use flowpilot::store::CardId;
use flowpilot::surface::{Card, CardKind, CardState, Shown, cards_of};
use flowpilot::team::{Caller, Platform, Role};
use flowpilot::{Engine, Result};
use serde::Serialize;

use crate::token::Visitor;

/// Who sits before the page.
#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    role: Role,
    /// Whether the buttons are theirs to use.
    may_work: bool,
}

impl Me {
    pub(crate) fn of(caller: &Caller) -> Self {
        Self { name: caller.name().to_owned(), role: caller.role(), may_work: caller.role().may_work() }
    }
}

#[derive(Serialize)]
struct StateView {
    me: Me,
    /// The newest session about the ticket.
    session: Option<SessionView>,
}

#[derive(Serialize)]
struct SessionView {
    #[serde(flatten)]
    session: Session,
    owner_name: String,
    /// The newest suggested fix, with what was decided about it and how it went.
    fix: Option<SuggestedFix>,
    facts: Vec<FactView>,
    checks: Vec<Check>,
    /// The cards that wait for somebody, and the session's own.
    cards: Vec<CardView>,
    /// The note that somebody is looking at before it is posted.
    open_note: Option<NoteKind>,
    /// The newest delivery of a note.
    posting: Option<Posting>,
    /// Where its thread opens; that of a session begun here opens nowhere else.
    link: Option<String>,
}

#[derive(Serialize)]
struct FactView {
    #[serde(flatten)]
    fact: Fact,
    source_label: String,
    /// Whether it can be changed here; a derived one is changed at its source.
    editable: bool,
}

#[derive(Serialize)]
struct CardView {
    id: CardId,
    #[serde(flatten)]
    card: Card,
    /// The body as safe HTML.
    body_html: String,
}

/// The state of the ticket's session. 304 while it is the one that the page has.
pub(crate) async fn read(
    State(engine): State<Engine>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Answer<Response> {
    let Visitor { caller, connection, ticket } = &visitor;
    let session = of_ticket(&engine.db, caller.team(), *connection, ticket).await?;
    let tag = tag(session.as_ref(), caller);
    let seen = headers.get(IF_NONE_MATCH).and_then(|header| header.to_str().ok());
    if seen.is_some_and(|seen| seen.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    let session = match session {
        Some(session) => Some(view(&engine, &session, caller).await?),
        None => None,
    };
    // Of what was read: it may be newer than what was looked at first.
    let tag = self::tag(session.as_ref().map(|view| &view.session), caller);
    Ok(tagged(Json(StateView { me: Me::of(caller), session }).into_response(), &tag))
}

/// Changes whenever the session does, or what the member may do.
fn tag(session: Option<&Session>, caller: &Caller) -> String {
    let role = caller.role();
    match session {
        Some(session) => {
            format!("\"{}.{}.{}.{role}\"", session.id, session.state_version, session.updated_at.0)
        }
        None => format!("\"none.{role}\""),
    }
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

async fn view(engine: &Engine, session: &Session, caller: &Caller) -> Result<SessionView> {
    let case = Case::load(engine, caller.team(), session.id).await?;
    let open_note = case.open_note().map(|note| note.kind);
    let link = engine.link(session.id).filter(|_| session.platform != Platform::Api);
    let shown = cards_of(engine, caller.team(), session.id).await?;
    let Case { session, owner_name, facts, checks, mut fixes, mut postings, .. } = case;
    Ok(SessionView {
        session,
        owner_name,
        fix: fixes.pop(),
        facts: facts.into_iter().map(FactView::from).collect(),
        checks,
        cards: shown.into_iter().filter(|it| is_wanted(&it.card)).map(CardView::from).collect(),
        open_note,
        posting: postings.pop(),
        link,
    })
}

/// What has happened is in the facts, the fix and the posting; a card without buttons only says so again.
fn is_wanted(card: &Card) -> bool {
    card.kind == CardKind::Session || (card.state == CardState::Open && !card.actions.is_empty())
}

impl From<Fact> for FactView {
    fn from(fact: Fact) -> Self {
        Self { source_label: source_label(&fact), editable: !fact.source.is_derived(), fact }
    }
}

impl From<Shown> for CardView {
    fn from(Shown { id, card }: Shown) -> Self {
        Self { id, body_html: to_html(&card.body), card }
    }
}
