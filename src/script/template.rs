//! Script templates: drafts wait for an admin's word, accepted ones are offered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::generate::{masked, template_text};
use super::schema::{check_schema, empty_schema, is_sensitive, properties};
use crate::fix::{ScriptBody, ScriptLanguage, TemplateOffer};
use crate::session::{SessionTx, text};
use crate::store::{Db, FixId, MemberId, Page, PageRequest, ScriptTemplateId, TeamId, Tx, read, run};
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

/// Whether a template is offered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum TemplateStatus {
    /// Waits to be accepted or rejected.
    Draft,
    /// Offered for fixes with the same script.
    Accepted,
    /// Kept, but not offered.
    Rejected,
}

/// A parametrised script.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct ScriptTemplate {
    /// Its id.
    pub id: ScriptTemplateId,
    /// What it does, in one line.
    pub title: String,
    /// What it is written in.
    pub language: ScriptLanguage,
    /// Its text, with `{{ name }}` where a parameter goes.
    pub body: String,
    /// JSON Schema (draft 2020-12) of an object with its parameters.
    #[schema(value_type = Value)]
    pub parameters: Json<Value>,
    /// Whether it is offered yet.
    pub status: TemplateStatus,
    /// The fix that it was kept from.
    pub source_fix: Option<FixId>,
    /// Who made it.
    pub created_by: MemberId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a template is made of.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// 1..=200 characters.
    pub title: String,
    /// What it is written in.
    pub language: ScriptLanguage,
    /// 1..=20,000 characters.
    pub body: String,
    /// JSON Schema of an object; without it the script has no parameters.
    #[serde(default)]
    #[schema(value_type = Option<Value>)]
    pub parameters: Option<Value>,
}

impl NewTemplate {
    /// The template, checked: schema valid, every `{{ name }}` declared.
    fn checked(self) -> Result<(String, ScriptLanguage, String, Value)> {
        let title = text::required("title", &self.title, 200)?;
        if self.body.trim().is_empty() || self.body.chars().count() > 20_000 {
            return Err(Error::invalid("body", "must be 1 to 20000 characters"));
        }
        let parameters = self.parameters.unwrap_or_else(empty_schema);
        check_schema(&parameters)?;
        super::fill::check_body(&self.body, &parameters)?;
        Ok((title, self.language, self.body, parameters))
    }
}

/// Creates a draft.
///
/// # Errors
/// [`Error::Invalid`] naming the field and the rule; [`Error::Forbidden`] for viewers.
pub async fn create_template(engine: &Engine, caller: &Caller, new: NewTemplate) -> Result<ScriptTemplate> {
    caller.must_work()?;
    let mut tx = engine.db.begin().await?;
    let made = insert(&mut tx, engine, caller, new, None).await?;
    tx.commit().await?;
    Ok(made)
}

pub(super) async fn insert(
    tx: &mut Tx,
    engine: &Engine,
    caller: &Caller,
    new: NewTemplate,
    source_fix: Option<FixId>,
) -> Result<ScriptTemplate> {
    let (title, language, body, parameters) = new.checked()?;
    Ok(run!(tx, |c| {
        sqlx::query_as(
        "INSERT INTO script_templates (id, team_id, title, language, body, parameters, status, fingerprint, source_fix, \
         created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $10) \
         RETURNING id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at"
    )
    .bind(ScriptTemplateId::new(&engine.clock))
    .bind(caller.team())
    .bind(&title)
    .bind(language)
    .bind(&body)
    .bind(Json(&parameters))
    .bind(fingerprint(language, &body))
    .bind(source_fix)
    .bind(caller.member())
    .bind(engine.clock.now())
    .fetch_one(c)
    .await
    })?)
}

/// The template that was kept from a fix.
pub(super) async fn kept_from(tx: &mut Tx, team: TeamId, fix: FixId) -> Result<Option<ScriptTemplate>> {
    Ok(run!(tx, |c| {
        sqlx::query_as(
        "SELECT id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at \
         FROM script_templates WHERE team_id = $1 AND source_fix = $2 ORDER BY id DESC LIMIT 1"
    )
    .bind(team)
    .bind(fix)
    .fetch_optional(c)
    .await
    })?)
}

/// Changes a draft: the template builder's save.
///
/// # Errors
/// [`Error::Conflict`] once it is accepted or rejected; [`Error::NotFound`]; [`Error::Invalid`].
pub async fn update_template(
    engine: &Engine,
    caller: &Caller,
    id: ScriptTemplateId,
    new: NewTemplate,
) -> Result<ScriptTemplate> {
    caller.must_work()?;
    let (title, language, body, parameters) = new.checked()?;
    let mut tx = engine.db.begin().await?;
    let changed: Option<ScriptTemplate> = run!(&mut tx, |c| {
        sqlx::query_as(
        "UPDATE script_templates SET title = $1, language = $2, body = $3, parameters = $4, fingerprint = $5, \
         updated_at = $6 WHERE team_id = $7 AND id = $8 AND status = 'draft' \
         RETURNING id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at"
    )
    .bind(&title)
    .bind(language)
    .bind(&body)
    .bind(Json(&parameters))
    .bind(fingerprint(language, &body))
    .bind(engine.clock.now())
    .bind(caller.team())
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    tx.commit().await?;
    match changed {
        Some(changed) => Ok(changed),
        None => Err(not_a_draft(&engine.db, caller.team(), id).await?),
    }
}

/// Accepts or rejects a draft.
///
/// # Errors
/// [`Error::Forbidden`] unless the caller administers the team; [`Error::Conflict`] when it was decided already;
/// [`Error::NotFound`].
pub async fn decide_template(
    engine: &Engine,
    caller: &Caller,
    id: ScriptTemplateId,
    accept: bool,
) -> Result<ScriptTemplate> {
    caller.must_administer()?;
    let status = if accept { TemplateStatus::Accepted } else { TemplateStatus::Rejected };
    let mut tx = engine.db.begin().await?;
    let changed: Option<ScriptTemplate> = run!(&mut tx, |c| {
        sqlx::query_as(
        "UPDATE script_templates SET status = $1, updated_at = $2 WHERE team_id = $3 AND id = $4 AND status = 'draft' \
         RETURNING id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at"
    )
    .bind(status)
    .bind(engine.clock.now())
    .bind(caller.team())
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    tx.commit().await?;
    match changed {
        Some(changed) => Ok(changed),
        None => Err(not_a_draft(&engine.db, caller.team(), id).await?),
    }
}

async fn not_a_draft(db: &Db, team: TeamId, id: ScriptTemplateId) -> Result<Error> {
    Ok(match template(db, team, id).await? {
        Some(found) => Error::Conflict(format!("this template is {} already", found.status)),
        None => Error::NotFound("script template"),
    })
}

/// One template.
///
/// # Errors
/// The database's.
pub async fn template(db: &Db, team: TeamId, id: ScriptTemplateId) -> Result<Option<ScriptTemplate>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
        "SELECT id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at \
         FROM script_templates WHERE team_id = $1 AND id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// A team's templates of one status, oldest first.
///
/// # Errors
/// The database's.
pub async fn templates(
    db: &Db,
    team: TeamId,
    status: TemplateStatus,
    page: PageRequest,
) -> Result<Page<ScriptTemplate>> {
    let rows: Vec<ScriptTemplate> = read!(db, |c| {
        sqlx::query_as(
        "SELECT id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at \
         FROM script_templates WHERE team_id = $1 AND status = $2 AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4"
    )
    .bind(team)
    .bind(status)
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await
    })?;
    Ok(Page::from_rows(rows, &page, |t| t.id.0))
}

impl SessionTx {
    /// The accepted template that a script matches: the same but for its parameters' values; and the script
    /// without the values that its template calls sensitive.
    pub(crate) async fn template_for(
        &mut self,
        script: &ScriptBody,
    ) -> Result<Option<(TemplateOffer, String)>> {
        let team = self.case.session.team_id;
        let accepted: Vec<ScriptTemplate> = run!(self.unnoted(), |c| {
            sqlx::query_as(
            "SELECT id, title, language, body, parameters, status, source_fix, created_by, created_at, updated_at \
             FROM script_templates WHERE team_id = $1 AND status = 'accepted' ORDER BY id DESC LIMIT 500"
        )
        .bind(team)
        .fetch_all(c)
        .await
        })?;
        Ok(accepted.into_iter().filter(|t| t.language == script.language).find_map(|template| {
            let mut known = super::fill::values_in(&template.body, &template.parameters, &script.body)?;
            let sensitive =
                |name: &str| properties(&template.parameters).any(|(n, p)| n == name && is_sensitive(p));
            let body = if known.keys().any(|name| sensitive(name)) {
                template_text(&template, &masked(&template.parameters, &known))
            } else {
                script.body.clone()
            };
            known.retain(|name, _| !sensitive(name));
            let (template_id, title, parameters) = (template.id, template.title, template.parameters.0);
            Some((TemplateOffer { template_id, title, parameters, known }, body))
        }))
    }
}

/// Names a script regardless of white space.
fn fingerprint(language: ScriptLanguage, body: &str) -> String {
    let words = body.split_whitespace().collect::<Vec<_>>().join(" ");
    Sha256::digest(format!("{language}\n{words}")).iter().map(|b| format!("{b:02x}")).collect()
}
