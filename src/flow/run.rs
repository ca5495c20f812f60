//! Walking a flow inside a session: every answer leaves a fact, the end leaves a suggested fix.

use std::sync::Arc;

use sqlx::types::Json;

use super::{
    CheckOutcome, Choice, Document, Match, Node, Return, WalkState, advance, render, render_command,
};
use crate::fix::{Confidence, NewFix, ScriptBody, ScriptLanguage, confidence, record_of};
use crate::session::{Alternative, FactSource, NewFact, Run, SessionTx, Step, StepStatus};
use crate::store::{FlowId, RunId, StepId, run};
use crate::{Error, Result};

/// Sub-flows in sub-flows, at most; flows that only lead to each other would never end.
const DEEPEST: usize = 8;

/// Where a walk stands after a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// A step waits for an answer.
    Step,
    /// A fix is suggested.
    Fix,
    /// The flow has nothing more to offer.
    End,
}

/// A place in a flow.
#[derive(Clone)]
struct Place {
    run: RunId,
    flow: FlowId,
    version: i64,
    node: String,
    state: WalkState,
}

impl SessionTx {
    /// Begins to walk a flow; a walk under way is left where it is, with what it confirmed.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_flow(&mut self, found: &Match, alternatives: Vec<Alternative>) -> Result<After> {
        let Match { flow, document, reason } = found;
        self.leave_flow().await?;
        let walk = Run {
            id: RunId::new(&self.engine.clock),
            flow_id: flow.id,
            version: flow.version,
            walking: true,
            reason: reason.clone(),
            alternatives: Json(alternatives),
        };
        let (team, session, now) = (self.case.session.team_id, self.case.session.id, self.now);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO flow_runs (id, team_id, session_id, flow_id, version, status, reason, alternatives, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'walking', $6, $7, $8)"
        )
        .bind(walk.id)
        .bind(team)
        .bind(session)
        .bind(walk.flow_id)
        .bind(walk.version)
        .bind(&walk.reason)
        .bind(&walk.alternatives)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        let place = Place {
            run: walk.id,
            flow: flow.id,
            version: flow.version,
            node: document.start.clone(),
            state: WalkState { variables: self.known_variables(), returns: Vec::new() },
        };
        self.case.runs.push(walk);
        self.case.documents.insert((flow.id, flow.version), Arc::clone(document));
        self.go_to(place).await
    }

    /// Leaves the walk under way, if there is one.
    pub(crate) async fn leave_flow(&mut self) -> Result<()> {
        self.leave_open_step().await?;
        let Some(place) = self.case.runs.iter().position(|r| r.walking) else { return Ok(()) };
        let (id, now) = (self.case.runs[place].id, self.now);
        run!(self.noted(), |c| sqlx::query(
            "UPDATE flow_runs SET status = 'left', ended_at = $1 WHERE id = $2"
        )
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.case.runs[place].walking = false;
        Ok(())
    }

    /// Answers the step that waits.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the step was answered already, saying by whom; [`Error::Invalid`] for an answer
    /// that the step does not have.
    pub async fn answer(&mut self, step: StepId, choice: &Choice) -> Result<After> {
        let step = self.case.steps.iter().find(|s| s.id == step).ok_or(Error::NotFound("step"))?.clone();
        if step.status != StepStatus::Open {
            return Err(Error::Conflict(match (&step.answer, &step.answered_by_name) {
                (Some(answer), Some(by)) => format!("already answered by {by}: {answer}"),
                _ => "the session has moved on from this step".to_owned(),
            }));
        }
        let document = self.document(step.flow_id, step.version).await?;
        let node = node_of(&document, &step.node)?;
        let mut state = step.state.0.clone();
        let moved = advance(node, choice, &mut state)
            .ok_or_else(|| Error::invalid("answer", "is not one of this step's answers"))?;
        self.finish_step(step.id, StepStatus::Answered, Some(&moved.label)).await?;
        self.confirm(&step, node, &moved.label, moved.fact).await?;
        self.go_to(Place {
            run: step.run_id,
            flow: step.flow_id,
            version: step.version,
            node: moved.next,
            state,
        })
        .await
    }

    /// Takes the last answer back and asks again; what it confirmed is removed.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no answer to take back, or a fix that followed is in use already.
    pub async fn go_back(&mut self) -> Result<After> {
        let walk = self.case.walk().map(|r| r.id);
        let last =
            self.case.steps.iter().rev().find(|s| {
                Some(s.run_id) == walk && s.status == StepStatus::Answered && self.is_answerable(s)
            });
        let step =
            last.cloned().ok_or_else(|| Error::Conflict("there is no answer to take back".to_owned()))?;
        if let Some(fix) = self.case.active_fix().filter(|f| f.is_in_use()) {
            let title = &fix.title;
            return Err(Error::Conflict(format!("the fix \"{title}\" is in use already; dismiss it first")));
        }
        self.supersede_active(None).await?;
        self.leave_open_step().await?;
        self.finish_step(step.id, StepStatus::Undone, step.answer.as_deref()).await?;
        self.reopen_check_of(step.id).await?;
        self.remove_derived_facts(step.id.0).await?;
        let state = step.state.0.clone();
        self.go_to(Place {
            run: step.run_id,
            flow: step.flow_id,
            version: step.version,
            node: step.node,
            state,
        })
        .await
    }

    /// Goes on in the flow after its fix did not help.
    ///
    /// # Errors
    /// The database's.
    pub async fn go_on_after(&mut self, fix_step: Option<StepId>) -> Result<After> {
        let Some(step) = self.case.steps.iter().find(|s| Some(s.id) == fix_step).cloned() else {
            return Ok(After::End);
        };
        if self.case.walk().map(|r| r.id) != Some(step.run_id) {
            return Ok(After::End);
        }
        let document = self.document(step.flow_id, step.version).await?;
        let Node::Solution { if_failed, .. } = node_of(&document, &step.node)? else { return Ok(After::End) };
        let mut state = step.state.0.clone();
        let place = match (if_failed, state.returns.pop()) {
            (Some(node), back) => {
                state.returns.extend(back);
                Place {
                    run: step.run_id,
                    flow: step.flow_id,
                    version: step.version,
                    node: node.clone(),
                    state,
                }
            }
            (None, Some(back)) => {
                Place { run: step.run_id, flow: back.flow, version: back.version, node: back.node, state }
            }
            (None, None) => {
                self.leave_flow().await?;
                return Ok(After::End);
            }
        };
        self.go_to(place).await
    }

    /// Puts a node to the engineer; a link leads on into its flow.
    async fn go_to(&mut self, mut place: Place) -> Result<After> {
        loop {
            let document = self.document(place.flow, place.version).await?;
            match node_of(&document, &place.node)?.clone() {
                Node::Flow { flow, next } => match self.enter(&place, &flow, next).await? {
                    Some(inside) => place = inside,
                    None => return Ok(After::End),
                },
                node @ Node::Solution { .. } => {
                    let step = self.put(&place, StepStatus::Answered).await?;
                    let fix = self.fix_of(&document, &place, &node, step).await?;
                    self.suggest_fix(fix).await?;
                    return Ok(After::Fix);
                }
                Node::Check { text, command, .. } => {
                    let step = self.put(&place, StepStatus::Open).await?;
                    let text = render(&text, &place.state.variables);
                    let command = command
                        .map(|c| render_command(&c, ScriptLanguage::Powershell, &place.state.variables));
                    self.add_check(&text, command.as_deref(), Some(step)).await?;
                    return Ok(After::Step);
                }
                Node::Question { .. } | Node::Instruction { .. } | Node::Escalation { .. } => {
                    self.put(&place, StepStatus::Open).await?;
                    return Ok(After::Step);
                }
            }
        }
    }

    /// The start of a linked flow. A link whose flow is gone is passed over.
    async fn enter(&mut self, from: &Place, slug: &str, next: String) -> Result<Option<Place>> {
        if from.state.returns.len() >= DEEPEST {
            return Ok(None);
        }
        let team = self.case.session.team_id;
        let linked: Option<(FlowId, i64)> = run!(self.unnoted(), |c| sqlx::query_as(
            "SELECT id, version FROM flows WHERE team_id = $1 AND slug = $2 AND archived_at IS NULL"
        )
        .bind(team)
        .bind(slug)
        .fetch_optional(c)
        .await)?;
        let Some((flow, version)) = linked else { return Ok(Some(Place { node: next, ..from.clone() })) };
        let document = self.document(flow, version).await?;
        let mut state = from.state.clone();
        state.returns.push(Return { flow: from.flow, version: from.version, node: next });
        Ok(Some(Place { run: from.run, flow, version, node: document.start.clone(), state }))
    }

    async fn put(&mut self, place: &Place, status: StepStatus) -> Result<StepId> {
        let step = Step {
            id: StepId::new(&self.engine.clock),
            run_id: place.run,
            flow_id: place.flow,
            version: place.version,
            node: place.node.clone(),
            status,
            answer: None,
            state: Json(place.state.clone()),
            answered_by_name: None,
            created_at: self.now,
            answered_at: None,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO flow_steps (id, team_id, session_id, run_id, flow_id, version, node, status, state, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(step.id)
        .bind(team)
        .bind(session)
        .bind(step.run_id)
        .bind(step.flow_id)
        .bind(step.version)
        .bind(&step.node)
        .bind(status)
        .bind(&step.state)
        .bind(step.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        let id = step.id;
        self.case.steps.push(step);
        Ok(id)
    }

    async fn finish_step(&mut self, id: StepId, status: StepStatus, answer: Option<&str>) -> Result<()> {
        let (member, now) = (self.caller.member(), self.now);
        run!(self.noted(), |c| sqlx::query(
            "UPDATE flow_steps SET status = $1, answer = $2, answered_by = $3, answered_at = $4 WHERE id = $5"
        )
        .bind(status)
        .bind(answer)
        .bind(member)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        let name = self.caller.name().to_owned();
        if let Some(step) = self.case.steps.iter_mut().find(|s| s.id == id) {
            (step.status, step.answer) = (status, answer.map(str::to_owned));
            (step.answered_by_name, step.answered_at) = (Some(name), Some(now));
        }
        Ok(())
    }

    async fn leave_open_step(&mut self) -> Result<()> {
        let Some(step) = self.case.open_step().map(|s| s.id) else { return Ok(()) };
        self.finish_step(step, StepStatus::Left, None).await?;
        let waiting =
            self.case.checks.iter().find(|c| c.step_id == Some(step) && c.done_at.is_none()).map(|c| c.id);
        if let Some(check) = waiting {
            self.skip_check(check).await?;
        }
        Ok(())
    }

    /// Records what an answer confirms.
    async fn confirm(&mut self, step: &Step, node: &Node, label: &str, fact: Option<String>) -> Result<()> {
        let check = self.case.checks.iter().find(|c| c.step_id == Some(step.id)).map(|c| c.id);
        if let Some(check) = check {
            return self.record_check(check, label, fact.as_deref()).await.map(|_| ());
        }
        let text = match (fact, node) {
            (Some(fact), _) => fact,
            (None, Node::Question { text, .. }) => {
                let question = render(text, &step.state.variables);
                format!("{} {label}.", question.trim_end_matches('.'))
            }
            (None, _) => return Ok(()),
        };
        self.add_fact(NewFact { text, source: FactSource::Flow, source_id: Some(step.id.0) })
            .await
            .map(|_| ())
    }

    async fn fix_of(
        &mut self,
        document: &Document,
        place: &Place,
        node: &Node,
        step: StepId,
    ) -> Result<NewFix> {
        let Node::Solution { title, root_cause, rationale, steps, script, prior, .. } = node else {
            return Err(Error::Internal("not a solution".to_owned()));
        };
        let fill = |text: &str| render(text, &place.state.variables);
        let solution = format!("{}/{}", document.slug, place.node);
        let team = self.case.session.team_id;
        let record = record_of(self.unnoted(), team, &solution).await?;
        let Confidence { percent, reason } = confidence(prior.unwrap_or(crate::fix::DEFAULT_PRIOR), record);
        Ok(NewFix {
            title: fill(title),
            root_cause: Some(fill(root_cause)),
            rationale: fill(rationale),
            steps: steps.iter().map(|s| fill(s)).collect(),
            script: script.as_ref().map(|s| ScriptBody {
                language: s.language,
                body: render_command(&s.body, s.language, &place.state.variables),
            }),
            confidence: Confidence { percent, reason },
            solution: Some(solution),
            step: Some(step),
            by_member: false,
        })
    }

    /// Whether a step is one that people answer (and not the place of a fix).
    fn is_answerable(&self, step: &Step) -> bool {
        let node = self.case.documents.get(&(step.flow_id, step.version)).and_then(|d| d.node(&step.node));
        matches!(node, Some(Node::Question { .. } | Node::Instruction { .. } | Node::Check { .. }))
    }

    /// What a flow's texts may say of the ticket.
    fn known_variables(&self) -> std::collections::BTreeMap<String, String> {
        let ticket = self.case.session.ticket.as_ref();
        let known = [
            ("ticket", self.case.session.ticket_id.clone()),
            ("company", ticket.and_then(|t| t.company.clone())),
            ("contact", ticket.and_then(|t| t.contact.clone())),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

pub(crate) fn node_of<'a>(document: &'a Document, id: &str) -> Result<&'a Node> {
    document.node(id).ok_or_else(|| Error::Internal(format!("flow {} has no node {id}", document.slug)))
}

/// Whether a check asks for a typed value.
#[must_use]
pub(crate) fn records_value(node: &Node) -> bool {
    matches!(node, Node::Check { outcome: CheckOutcome::Record { .. }, .. })
}
