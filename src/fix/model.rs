//! A suggested fix and what became of it.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::Timestamp;
use crate::store::{DecisionId, FixId, MemberId, OutcomeId, ScriptTemplateId, StepId};

/// What a script is written in.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ScriptLanguage {
    /// Windows `PowerShell` 5.1 or `PowerShell` 7.
    Powershell,
    /// The Windows command prompt.
    Cmd,
    /// POSIX shell.
    Bash,
}

/// A script as a fix carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScriptBody {
    /// What it is written in.
    pub language: ScriptLanguage,
    /// Its text, at most 20,000 characters.
    pub body: String,
}

/// What a member did with a fix.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DecisionKind {
    /// Use it this once.
    OneOff,
    /// Use it, and keep its script as a draft template.
    DraftTemplate,
    /// Use it, and open its script in the template builder.
    BuildTemplate,
    /// Do not use it.
    Dismissed,
}

impl DecisionKind {
    /// As a person says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::OneOff => "Use once",
            Self::DraftTemplate => "Use and keep a draft template",
            Self::BuildTemplate => "Use and build a template",
            Self::Dismissed => "Dismissed",
        }
    }
}

/// One row of the decision log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Decision {
    /// Its id; notes cite it.
    pub id: DecisionId,
    /// The fix it is about.
    pub fix_id: FixId,
    /// What was decided.
    pub decision: DecisionKind,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// Who decided.
    pub member_id: MemberId,
    /// That member's name.
    pub member_name: String,
    /// When.
    pub created_at: Timestamp,
}

/// How an applied fix ended.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The problem is gone.
    Worked,
    /// The problem is smaller.
    Partly,
    /// The problem is as it was.
    Failed,
    /// Not known yet; the reason says what it waits for.
    Pending,
}

impl OutcomeKind {
    /// As a person says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Worked => "Worked",
            Self::Partly => "Partly worked",
            Self::Failed => "Failed",
            Self::Pending => "Pending",
        }
    }
}

/// One recorded outcome; the newest counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Outcome {
    /// Its id; notes cite it.
    pub id: OutcomeId,
    /// The fix it is about.
    pub fix_id: FixId,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// What it waits for, or what was left.
    pub reason: Option<String>,
    /// Who said so.
    pub member_id: MemberId,
    /// That member's name.
    pub member_name: String,
    /// When.
    pub created_at: Timestamp,
}

/// An accepted template that a fix's script matches, with what is known of its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateOffer {
    /// The template.
    pub template_id: ScriptTemplateId,
    /// Its title.
    pub title: String,
    /// JSON Schema of its parameters.
    pub parameters: serde_json::Value,
    /// The values that the script already has.
    pub known: serde_json::Map<String, serde_json::Value>,
}

/// A proposal to solve the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct SuggestedFix {
    /// Its id.
    pub id: FixId,
    /// What to do, in one line.
    pub title: String,
    /// What is then likely to have been the cause.
    pub root_cause: Option<String>,
    /// Why this fix.
    pub rationale: String,
    /// What to do, step by step.
    #[schema(value_type = Vec<String>)]
    pub steps: Json<Vec<String>>,
    /// A script that does it.
    #[schema(value_type = Option<ScriptBody>)]
    pub script: Option<Json<ScriptBody>>,
    /// The template that the script matches.
    #[schema(value_type = Option<TemplateOffer>)]
    pub template: Option<Json<TemplateOffer>>,
    /// 0..=100.
    pub confidence: i64,
    /// Where the confidence comes from.
    pub confidence_reason: String,
    /// Names the solution over all sessions: flow and node. None for a fix that somebody thought of.
    pub solution: Option<String>,
    /// The flow step that led to it.
    #[serde(skip)]
    pub step_id: Option<StepId>,
    /// The member who proposed it; none for the copilot.
    pub proposed_by: Option<MemberId>,
    /// When it was proposed.
    pub created_at: Timestamp,
    /// When somebody said that it was carried out.
    pub applied_at: Option<Timestamp>,
    /// When it was replaced, dismissed or failed.
    pub superseded_at: Option<Timestamp>,
    /// The fix that replaced it.
    pub superseded_by: Option<FixId>,
    /// The last decision about it.
    #[sqlx(skip)]
    pub decision: Option<Decision>,
    /// The last outcome of it.
    #[sqlx(skip)]
    pub outcome: Option<Outcome>,
}

impl SuggestedFix {
    /// Whether it is the one that the session stands at.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.superseded_at.is_none()
    }

    /// Whether somebody decided to use it.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.decision.as_ref().is_some_and(|d| d.decision != DecisionKind::Dismissed)
    }

    /// Whether it is in use and nobody has said yet how it went.
    #[must_use]
    pub fn awaits_outcome(&self) -> bool {
        self.is_active() && self.is_in_use() && self.outcome.is_none()
    }

    /// Whether its outcome is final.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.outcome.as_ref().is_some_and(|o| o.outcome != OutcomeKind::Pending)
    }
}
