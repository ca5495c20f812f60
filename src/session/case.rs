//! The case file: everything of one session that a note or a card can be made of.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Check, Fact, Session};
use crate::escalation::Escalation;
use crate::fix::{Decision, Outcome, SuggestedFix};
use crate::flow::{Document, FlowLibrary, WalkState};
use crate::note::{Draft, NoteEdit, NoteKind, NoteStatus, Posting, Share};
use crate::psa::TicketContext;
use crate::psa::context::context_within;
use crate::store::{
    FixId, FlowId, GenerationId, MemberId, NoteId, RunId, ScriptTemplateId, SessionId, StepId, TeamId, Tx,
    run,
};
use crate::time_entry::TimeEntry;
use crate::{Error, Result, Timestamp};

/// One walk through a flow.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The flow it began with.
    pub flow_id: FlowId,
    /// That flow's version.
    pub version: i64,
    /// Whether it is still being walked.
    pub walking: bool,
    /// Why this flow was chosen.
    pub reason: String,
    /// The flows that would fit too.
    pub alternatives: Json<Vec<Alternative>>,
}

/// A flow that would fit too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum StepStatus {
    /// Waits for an answer.
    Open,
    /// Answered.
    Answered,
    /// Its answer was taken back.
    Undone,
    /// The session went on without it: another flow, or resolved.
    Left,
}

/// A node of a run, as it was put to the engineer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// The walk it belongs to.
    pub run_id: RunId,
    /// The flow it is in (a sub-flow's steps belong to the same run).
    pub flow_id: FlowId,
    /// That flow's version.
    pub version: i64,
    /// The node.
    pub node: String,
    /// What became of it.
    pub status: StepStatus,
    /// The answer's label, or the value that was recorded.
    pub answer: Option<String>,
    /// Variables and way back, as they were before the answer.
    pub state: Json<WalkState>,
    /// Who answered.
    pub answered_by_name: Option<String>,
    /// When it was put.
    pub created_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

/// A note that a member asked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NoteRequest {
    /// Its id.
    pub id: NoteId,
    /// Which note.
    pub kind: NoteKind,
    /// What became of it.
    pub status: NoteStatus,
    /// Who posted or cancelled it.
    pub decided_by_name: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was posted or cancelled.
    pub decided_at: Option<Timestamp>,
    /// What a member made of its text.
    pub edit: Option<Json<NoteEdit>>,
    /// Who sees it in the ticket besides technicians.
    pub share: Share,
}

/// A script that was filled in for this session. Sensitive values are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Generation {
    /// Its id.
    pub id: GenerationId,
    /// The template it was made from.
    pub template_id: Option<ScriptTemplateId>,
    /// The fix it was made for.
    pub fix_id: Option<FixId>,
    /// The template's title.
    pub title: String,
    /// Who generated it.
    pub created_by: MemberId,
    /// That member's name.
    pub created_by_name: String,
    /// When.
    pub created_at: Timestamp,
    /// When somebody said that it was run.
    pub applied_at: Option<Timestamp>,
}

/// Everything of one session that a note or a card can be made of.
#[derive(Debug, Clone)]
pub struct Case {
    /// The session.
    pub session: Session,
    /// The owner's name.
    pub owner_name: String,
    /// What was confirmed, oldest first.
    pub facts: Vec<Fact>,
    /// The checks, oldest first.
    pub checks: Vec<Check>,
    /// The fixes with their last decision and outcome, oldest first.
    pub fixes: Vec<SuggestedFix>,
    /// The walks, oldest first.
    pub runs: Vec<Run>,
    /// The steps of all walks, oldest first.
    pub steps: Vec<Step>,
    /// Notes asked for, oldest first.
    pub notes: Vec<NoteRequest>,
    /// Notes that a model wrote, and what became of those of this version, oldest first.
    pub drafts: Vec<Draft>,
    /// Deliveries, oldest first.
    pub postings: Vec<Posting>,
    /// Time worked on the ticket, oldest first.
    pub times: Vec<TimeEntry>,
    /// Escalations, oldest first.
    pub escalations: Vec<Escalation>,
    /// Scripts made, oldest first.
    pub generations: Vec<Generation>,
    /// What is around its ticket; `None` before it was read.
    pub around: Option<TicketContext>,
    /// The flows that the steps belong to.
    pub documents: HashMap<(FlowId, i64), Arc<Document>>,
}

/// Loads the rows of one kind that belong to a session.
macro_rules! rows {
    ($tx:expr, $team:expr, $session:expr, $sql:literal) => {
        run!($tx, |c| sqlx::query_as($sql).bind($team).bind($session).fetch_all(c).await)?
    };
}

impl Case {
    /// The case file as it is now.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the team has no such session.
    pub async fn load(engine: &crate::Engine, team: TeamId, id: SessionId) -> Result<Self> {
        let mut tx = engine.db.begin_read().await?;
        let session: Option<Session> = run!(&mut tx, |c| {
            sqlx::query_as(
            "SELECT id, team_id, title, status, status_reason, platform, workspace, thread, connection_id, ticket_id, \
             ticket, owner_id, state_version, created_at, updated_at, closed_at FROM sessions \
             WHERE team_id = $1 AND id = $2"
        )
        .bind(team)
        .bind(id)
        .fetch_optional(c)
        .await
        })?;
        Self::of(&mut tx, &engine.flows, session.ok_or(Error::NotFound("session"))?).await
    }

    /// The rest of a session's case file.
    pub(super) async fn of(tx: &mut Tx, flows: &FlowLibrary, session: Session) -> Result<Self> {
        let (team, id) = (session.team_id, session.id);
        // Whatever is logged from here on, for a request or an item, says which session it is about.
        tracing::Span::current().record("session", tracing::field::display(id));
        let owner_name: String =
            run!(tx, |c| sqlx::query_scalar("SELECT name FROM members WHERE team_id = $1 AND id = $2")
                .bind(team)
                .bind(session.owner_id)
                .fetch_one(c)
                .await)?;
        let facts = rows!(
            tx,
            team,
            id,
            "SELECT f.id, f.text, f.source, f.source_id, f.member_id, \
            m.name AS member_name, f.created_at, f.updated_at FROM facts f JOIN members m ON m.id = f.member_id \
            WHERE f.team_id = $1 AND f.session_id = $2 AND f.removed_at IS NULL ORDER BY f.id"
        );
        let checks = rows!(
            tx,
            team,
            id,
            "SELECT k.id, k.text, k.command, k.status, k.result, k.step_id, k.done_by, \
            m.name AS done_by_name, k.created_at, k.done_at FROM checks k LEFT JOIN members m ON m.id = k.done_by \
            WHERE k.team_id = $1 AND k.session_id = $2 ORDER BY k.id"
        );
        let mut fixes: Vec<SuggestedFix> = rows!(
            tx,
            team,
            id,
            "SELECT id, title, root_cause, rationale, steps, script, \
            template, confidence, confidence_reason, solution, step_id, proposed_by, created_at, applied_at, superseded_at, \
            superseded_by FROM suggested_fixes WHERE team_id = $1 AND session_id = $2 ORDER BY id"
        );
        let decisions: Vec<Decision> = rows!(
            tx,
            team,
            id,
            "SELECT d.id, d.fix_id, d.decision, d.reason, d.member_id, \
            m.name AS member_name, d.created_at FROM decisions d JOIN members m ON m.id = d.member_id \
            WHERE d.team_id = $1 AND d.session_id = $2 ORDER BY d.id"
        );
        let outcomes: Vec<Outcome> = rows!(
            tx,
            team,
            id,
            "SELECT o.id, o.fix_id, o.outcome, o.reason, o.member_id, \
            m.name AS member_name, o.created_at FROM outcomes o JOIN members m ON m.id = o.member_id \
            WHERE o.team_id = $1 AND o.session_id = $2 ORDER BY o.id"
        );
        attach(&mut fixes, decisions, outcomes);
        let runs = rows!(
            tx,
            team,
            id,
            "SELECT id, flow_id, version, status = 'walking' AS walking, reason, alternatives \
            FROM flow_runs \
            WHERE team_id = $1 AND session_id = $2 ORDER BY id"
        );
        let steps: Vec<Step> = rows!(
            tx,
            team,
            id,
            "SELECT s.id, s.run_id, s.flow_id, s.version, s.node, s.status, \
            s.answer, s.state, m.name AS answered_by_name, s.created_at, s.answered_at FROM flow_steps s \
            LEFT JOIN members m ON m.id = s.answered_by WHERE s.team_id = $1 AND s.session_id = $2 ORDER BY s.id"
        );
        let versions: Vec<_> = steps.iter().map(|s| (s.flow_id, s.version)).collect();
        let notes = rows!(
            tx,
            team,
            id,
            "SELECT n.id, n.kind, n.status, m.name AS decided_by_name, n.created_at, \
            n.decided_at, n.edit, n.share FROM notes n LEFT JOIN members m ON m.id = n.decided_by \
            WHERE n.team_id = $1 AND n.session_id = $2 ORDER BY n.id"
        );
        let drafts = run!(tx, |c| {
            sqlx::query_as(
                "SELECT id, kind, state_version, member_id, status, content, call_id, why, ended_at FROM note_drafts \
             WHERE team_id = $1 AND session_id = $2 AND (state_version = $3 OR status = 'written') ORDER BY id",
            )
            .bind(team)
            .bind(id)
            .bind(session.state_version)
            .fetch_all(c)
            .await
        })?;
        let postings = rows!(
            tx,
            team,
            id,
            "SELECT p.id, p.session_id, p.connection_id, p.ticket_id, p.kind, \
            p.state_version, p.marker, p.text, p.status, p.share, p.external_id, p.error, p.deleted_at, p.status_change, \
            p.ticket_status, p.status_error, p.member_id, m.name AS member_name, p.created_at, p.updated_at FROM postings p JOIN members m ON m.id = p.member_id \
            WHERE p.team_id = $1 AND p.session_id = $2 ORDER BY p.id"
        );
        let times = rows!(
            tx,
            team,
            id,
            "SELECT t.id, t.session_id, t.connection_id, t.ticket_id, t.member_id, \
            m.name AS member_name, t.started_at, t.minutes, t.pause_minutes, t.notes, t.status, t.marker, t.external_id, \
            t.error, t.created_at, t.updated_at FROM time_entries t JOIN members m ON m.id = t.member_id \
            WHERE t.team_id = $1 AND t.session_id = $2 ORDER BY t.id"
        );
        let escalations = rows!(
            tx,
            team,
            id,
            "SELECT x.id, x.urgency, x.reason, x.fact_id, x.place, p.name AS posted_by_name, \
            x.posted_at, x.link, x.briefing, t.name AS taken_by_name, x.taken_at, x.ended, e.name AS ended_by_name, \
            x.ended_at FROM escalations x LEFT JOIN members p ON p.id = x.posted_by \
            LEFT JOIN members t ON t.id = x.taken_by LEFT JOIN members e ON e.id = x.ended_by \
            WHERE x.team_id = $1 AND x.session_id = $2 ORDER BY x.id"
        );
        let generations = rows!(
            tx,
            team,
            id,
            "SELECT g.id, g.template_id, g.fix_id, g.title, g.created_by, \
            m.name AS created_by_name, g.created_at, g.applied_at FROM script_generations g \
            JOIN members m ON m.id = g.created_by WHERE g.team_id = $1 AND g.session_id = $2 ORDER BY g.id"
        );
        let around = match (session.connection_id, &session.ticket_id) {
            (Some(connection), Some(ticket)) => context_within(tx, team, connection, ticket).await?,
            _ => None,
        };
        let documents = flows.documents(tx, team, &versions).await?;
        Ok(Self {
            session,
            owner_name,
            facts,
            checks,
            fixes,
            runs,
            steps,
            notes,
            drafts,
            postings,
            times,
            escalations,
            generations,
            around: around.map(|known| known.content),
            documents,
        })
    }

    /// The fix that the session stands at.
    #[must_use]
    pub fn active_fix(&self) -> Option<&SuggestedFix> {
        self.fixes.iter().find(|f| f.is_active())
    }

    /// The step that waits for an answer.
    #[must_use]
    pub fn open_step(&self) -> Option<&Step> {
        self.steps.iter().rfind(|s| s.status == StepStatus::Open)
    }

    /// The walk that is under way.
    #[must_use]
    pub fn walk(&self) -> Option<&Run> {
        self.runs.iter().rfind(|r| r.walking)
    }

    /// The flow that a step belongs to.
    ///
    /// # Errors
    /// [`Error::Internal`] when the version is gone, which nothing deletes.
    pub fn document(&self, flow: FlowId, version: i64) -> Result<&Arc<Document>> {
        self.documents
            .get(&(flow, version))
            .ok_or_else(|| Error::Internal(format!("flow {flow} version {version} is gone")))
    }

    /// The note whose preview is on screen.
    #[must_use]
    pub fn open_note(&self) -> Option<&NoteRequest> {
        self.notes.iter().rfind(|n| n.status == NoteStatus::Open)
    }

    /// The id of whatever a derived fact came from, with words for people.
    #[must_use]
    pub fn step_of(&self, source: Uuid) -> Option<&Step> {
        self.steps.iter().find(|s| s.id.0 == source)
    }
}

fn attach(fixes: &mut [SuggestedFix], decisions: Vec<Decision>, outcomes: Vec<Outcome>) {
    // Oldest first: the last one wins.
    for decision in decisions {
        if let Some(fix) = fixes.iter_mut().find(|f| f.id == decision.fix_id) {
            fix.decision = Some(decision);
        }
    }
    for outcome in outcomes {
        if let Some(fix) = fixes.iter_mut().find(|f| f.id == outcome.fix_id) {
            fix.outcome = Some(outcome);
        }
    }
}
