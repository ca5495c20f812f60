//! Generating a script from its template.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::fill::fill;
use super::schema::{check_values, is_sensitive, properties};
use super::template::template;
use super::{ScriptTemplate, TemplateStatus};
use crate::redact::MASK;
use crate::session::{Generation, Seen, SessionTx};
use crate::store::{GenerationId, ScriptTemplateId, SessionId, StateVersion, run};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// What to generate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateScript {
    /// The template.
    pub template_id: ScriptTemplateId,
    /// Its parameters' values.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Map<String, Value>,
    /// The session that it is for.
    #[serde(default)]
    pub session_id: Option<SessionId>,
    /// Refuse when that session is not at this version any more.
    #[serde(default)]
    pub state_version: Option<StateVersion>,
}

/// A filled-in script. The only place where sensitive values appear.
#[derive(Debug, Serialize, ToSchema)]
pub struct Generated {
    /// Names the generation, to say later that it was run. None outside a session.
    pub id: Option<GenerationId>,
    /// The template's title.
    pub title: String,
    /// The script, ready to run.
    pub script: String,
    /// The session's version after it, where it is for one.
    pub state_version: Option<StateVersion>,
}

/// Fills in a template; for a session, remembers that it was done.
///
/// # Errors
/// [`Error::Invalid`] naming each parameter and its rule, [`Error::NotFound`], [`Error::Forbidden`] for viewers,
/// [`Error::Conflict`] for a rejected template.
pub async fn generate(engine: &Engine, caller: &Caller, wanted: GenerateScript) -> Result<Generated> {
    caller.must_work()?;
    let found = template(&engine.db, caller.team(), wanted.template_id).await?;
    let template = found.ok_or(Error::NotFound("script template"))?;
    let Some(session) = wanted.session_id else {
        let script = filled(&template, &wanted.parameters)?;
        return Ok(Generated { id: None, title: template.title, script, state_version: None });
    };
    let mut tx = engine.change_session(caller, session.seen_at(wanted.state_version)).await?;
    tx.must_be_open()?;
    let (id, script) = tx.generate_script(&template, &wanted.parameters).await?;
    let session = tx.commit(None).await?;
    Ok(Generated { id: Some(id), title: template.title, script, state_version: Some(session.state_version) })
}

/// Says that a generated script was run.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for viewers.
pub async fn mark_applied(
    engine: &Engine,
    caller: &Caller,
    session: impl Into<Seen>,
    id: GenerationId,
) -> Result<Generation> {
    let mut tx = engine.change_session(caller, session).await?;
    let generation = tx.script_was_run(id).await?;
    tx.commit(None).await?;
    Ok(generation)
}

fn filled(template: &ScriptTemplate, values: &Map<String, Value>) -> Result<String> {
    if template.status == TemplateStatus::Rejected {
        return Err(Error::Conflict("this template was rejected; it is not used any more".to_owned()));
    }
    let mut all = defaults(&template.parameters);
    all.extend(values.clone());
    check_values(&template.parameters, &all)?;
    fill(template.language, &template.body, &all)
}

fn defaults(schema: &Value) -> Map<String, Value> {
    properties(schema)
        .filter_map(|(name, property)| Some((name.to_owned(), property.get("default")?.clone())))
        .collect()
}

pub(super) fn masked(schema: &Value, values: &Map<String, Value>) -> Map<String, Value> {
    let sensitive = |name: &str| properties(schema).any(|(n, property)| n == name && is_sensitive(property));
    values
        .iter()
        .map(|(name, value)| {
            let shown = match value {
                _ if sensitive(name) => Value::String(MASK.to_owned()),
                Value::String(text) => Value::String(crate::redact::secrets(text)),
                other => other.clone(),
            };
            (name.clone(), shown)
        })
        .collect()
}

impl SessionTx {
    /// Fills in a template for this session. What is stored is masked; the answer is not.
    ///
    /// # Errors
    /// As [`generate`].
    pub async fn generate_script(
        &mut self,
        template: &ScriptTemplate,
        values: &Map<String, Value>,
    ) -> Result<(GenerationId, String)> {
        let script = filled(template, values)?;
        let mut shown = defaults(&template.parameters);
        shown.extend(masked(&template.parameters, values));
        let stored = template_text(template, &shown);
        let generation = Generation {
            id: GenerationId::new(&self.engine.clock),
            template_id: Some(template.id),
            fix_id: self.case.active_fix().map(|f| f.id),
            title: template.title.clone(),
            created_by: self.caller.member(),
            created_by_name: self.caller.name().to_owned(),
            created_at: self.now,
            applied_at: None,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO script_generations (id, team_id, session_id, template_id, fix_id, title, body, parameters, \
             created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(generation.id)
        .bind(team)
        .bind(session)
        .bind(generation.template_id)
        .bind(generation.fix_id)
        .bind(&generation.title)
        .bind(&stored)
        .bind(Json(&shown))
        .bind(generation.created_by)
        .bind(generation.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        let id = generation.id;
        self.case.generations.push(generation);
        Ok((id, script))
    }

    /// Stamps a generated script as run: somebody said so.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn script_was_run(&mut self, id: GenerationId) -> Result<Generation> {
        let place = self
            .case
            .generations
            .iter()
            .position(|g| g.id == id)
            .ok_or(Error::NotFound("script generation"))?;
        if self.case.generations[place].applied_at.is_none() {
            let (now, member) = (self.now, self.caller.member());
            run!(self.noted(), |c| sqlx::query(
                "UPDATE script_generations SET applied_at = $1, applied_by = $2 WHERE id = $3"
            )
            .bind(now)
            .bind(member)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
            self.case.generations[place].applied_at = Some(now);
        }
        Ok(self.case.generations[place].clone())
    }
}

/// The masked script, as it is stored. A value that a mask does not fit (a number) stands as text.
pub(super) fn template_text(template: &ScriptTemplate, shown: &Map<String, Value>) -> String {
    fill(template.language, &template.body, shown).unwrap_or_else(|_| template.body.clone())
}
