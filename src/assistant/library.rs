//! What a team has about a question: its flows, its resolved sessions with their notes, and the tickets that it names.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::source::{Source, SourceKind};
use super::ticket;
use crate::fix::OutcomeKind;
use crate::flow::{Match, Node};
use crate::psa::Ticket;
use crate::session::PastSession;
use crate::store::{Db, SessionId, TeamId, read};
use crate::team::Caller;
use crate::{Engine, Result};

/// Flows of one answer.
const FLOWS: usize = 3;
/// Resolved sessions of one answer.
const SESSIONS: usize = 4;
/// The longest text of one source, in characters.
const LONGEST: usize = 2_500;
/// The longest excerpt, in characters.
const LONGEST_EXCERPT: usize = 240;

/// A source, with what it says.
#[derive(Debug, Clone)]
pub struct Found {
    /// What it is, with its number.
    pub source: Source,
    /// Its beginning, for a reader. Untrusted text.
    pub excerpt: String,
    /// What it says, for a model. Untrusted.
    pub says: Value,
}

/// What the library has about a question.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Numbered from 1, in order.
    pub found: Vec<Found>,
    /// What the question names and nobody could read, a sentence each.
    pub unread: Vec<String>,
}

impl Library {
    /// The sources alone.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        self.found.iter().map(|found| found.source.clone()).collect()
    }

    fn add(
        &mut self,
        kind: SourceKind,
        title: &str,
        reference: String,
        excerpt: &str,
        says: Value,
    ) -> &mut Source {
        let source = Source {
            number: self.found.len() + 1,
            kind,
            title: crate::redact::secrets(title),
            reference,
            ticket_id: None,
            url: None,
        };
        let excerpt = crate::session::text::shorten(&crate::redact::secrets(excerpt), LONGEST_EXCERPT);
        self.found.push(Found { source, excerpt, says });
        let last = self.found.len() - 1;
        &mut self.found[last].source
    }
}

/// What a team has about some words: flows and resolved sessions.
///
/// # Errors
/// The database's.
pub async fn search(engine: &Engine, team: TeamId, words: &str) -> Result<Library> {
    let mut library = Library::default();
    let flows = engine.flows.find(&engine.db, team, words, FLOWS).await?;
    let past = engine.past.similar(&engine.db, team, words, None, SESSIONS).await?;
    add(engine, team, &mut library, &flows, &past).await?;
    Ok(library)
}

/// What a team has about a question. A question that says little by itself is looked up together with the one before.
///
/// # Errors
/// The database's. A ticket system that does not answer is no error: see [`Library::unread`].
pub async fn look_up(
    engine: &Engine,
    caller: &Caller,
    question: &str,
    before: Option<&str>,
) -> Result<Library> {
    let (team, db) = (caller.team(), &engine.db);
    let (tickets, unread) = ticket::named(engine, caller, question).await;
    let mut library = Library { unread, ..Library::default() };
    for ticket in &tickets {
        let description = ticket.description.clone().unwrap_or_default();
        let source =
            library.add(SourceKind::Ticket, &ticket.summary, ticket.id.clone(), &description, told(ticket));
        source.url.clone_from(&ticket.url);
    }
    // What a ticket is about says more than its number.
    let mut words = vec![question.to_owned()];
    words.extend(tickets.iter().map(|ticket| ticket.summary.clone()));
    words.extend(before.map(|before| format!("{before} {question}")));
    let (mut flows, mut past): (Vec<Match>, Vec<PastSession>) = (Vec::new(), Vec::new());
    for words in &words {
        let more = engine.flows.find(db, team, words, FLOWS).await?;
        flows.extend(
            more.into_iter().filter(|m| !flows.iter().any(|f| f.flow.id == m.flow.id)).collect::<Vec<_>>(),
        );
        let more = engine.past.similar(db, team, words, None, SESSIONS).await?;
        past.extend(more.into_iter().filter(|m| !past.iter().any(|p| p.id == m.id)).collect::<Vec<_>>());
    }
    flows.truncate(FLOWS);
    past.truncate(SESSIONS);
    add(engine, team, &mut library, &flows, &past).await?;
    Ok(library)
}

async fn add(
    engine: &Engine,
    team: TeamId,
    library: &mut Library,
    flows: &[Match],
    past: &[PastSession],
) -> Result<()> {
    for found in flows {
        let document = &found.document;
        library.add(
            SourceKind::Flow,
            &document.title,
            document.slug.clone(),
            &document.summary,
            procedure(found),
        );
    }
    let ids: Vec<SessionId> = past.iter().map(|session| session.id).collect();
    let mut notes = notes(&engine.db, team, &ids).await?;
    for session in past {
        let note = notes.remove(&session.id);
        let excerpt =
            session.fixes.last().map(|fix| fix.title.clone()).or_else(|| session.facts.last().cloned());
        let source = library.add(
            SourceKind::Session,
            &session.title,
            session.id.to_string(),
            &excerpt.unwrap_or_default(),
            worked(session, note.as_deref()),
        );
        source.ticket_id.clone_from(&session.ticket_id);
        source.url = engine.link(session.id);
    }
    Ok(())
}

/// The resolution notes that were posted of some sessions.
async fn notes(db: &Db, team: TeamId, ids: &[SessionId]) -> Result<HashMap<SessionId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(SessionId, String)> = read!(db, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT session_id, text FROM postings WHERE kind = 'resolution' AND status = 'posted' AND team_id = ",
        );
        query.push_bind(team).push(" AND session_id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(") ORDER BY id").build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().collect())
}

fn told(ticket: &Ticket) -> Value {
    json!({
        "summary": ticket.summary,
        "description": ticket.description.as_deref().map(cut),
        "status": ticket.status,
        "company": ticket.company,
        "contact": ticket.contact,
    })
}

/// A flow in the order in which it is written.
fn procedure(found: &Match) -> Value {
    let document = &found.document;
    let mut text = String::new();
    for node in document.nodes.values() {
        let _ = match node {
            Node::Solution { title, root_cause, steps, .. } => {
                writeln!(text, "Solution: {title}. Cause: {root_cause} Steps: {}", steps.join("; "))
            }
            Node::Escalation { reason, .. } => writeln!(text, "Escalate: {reason}"),
            Node::Flow { flow, .. } => writeln!(text, "Goes on with the flow {flow}"),
            node => {
                let labels: Vec<&str> = node.answers().iter().map(|answer| answer.label.as_str()).collect();
                let command = node.command().map(|it| format!(" Command: {it}")).unwrap_or_default();
                writeln!(text, "{}{command} {}", node.prompt(), labels.join(" / "))
            }
        };
    }
    json!({ "about": document.summary, "begin_with": format!("flow: {}", document.slug), "procedure": cut(&text) })
}

fn worked(session: &PastSession, note: Option<&str>) -> Value {
    let fixes: Vec<Value> = session
        .fixes
        .iter()
        .map(|fix| {
            json!({ "title": fix.title, "root_cause": fix.root_cause, "outcome": fix.outcome.map(OutcomeKind::label) })
        })
        .collect();
    json!({
        "ticket": session.ticket_id,
        "facts": cut(&session.facts.join("\n")),
        "fixes": fixes,
        "note": note.map(cut),
    })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The answer where nobody writes one: what there is, a line each, with `said` above it.
pub(crate) fn listed(said: &str, library: &Library) -> String {
    let mut text = said.to_owned();
    for sentence in &library.unread {
        let _ = write!(text, " {}", crate::copilot::cards::literal(sentence));
    }
    if library.found.is_empty() {
        text.push_str(
            "\n\nThe library has nothing about it: no flow, no resolved session. Ask in other words, or start a session \
             and work it step by step.",
        );
        return text;
    }
    text.push_str("\n\nThe library has about it:\n");
    for Found { source, excerpt, .. } in &library.found {
        let name = crate::copilot::cards::literal(&source.title);
        let excerpt = crate::copilot::cards::literal(excerpt);
        let dash = if excerpt.is_empty() { "" } else { ": " };
        let _ = write!(text, "\n- {} {name}{dash}{excerpt} [{}]", source.kind.label(), source.number);
    }
    text
}
