//! A platform-neutral message with buttons.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Action;
use crate::Timestamp;
use crate::note::NoteKind;

/// What a card is about; adapters may choose a layout by it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum CardKind {
    /// The head of the thread: ticket, status, counts.
    Session,
    /// A question of a flow.
    Question,
    /// A diagnostic check.
    Check,
    /// Something to do before going on.
    Instruction,
    /// A suggested fix.
    Fix,
    /// How a fix in use went.
    Outcome,
    /// A note's preview.
    Note,
    /// What is delivered to the ticket: a note, or time.
    Posting,
    /// An escalation.
    Escalation,
    /// A script template or generation.
    Script,
    /// Anything else the copilot says.
    Notice,
}

/// How a badge is meant; its text says the same, so that colour never stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// All well.
    Good,
    /// Look twice.
    Warn,
    /// Not well.
    Bad,
    /// Neither.
    Neutral,
}

/// A short marked word on a card: `82 % confident`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Badge {
    /// The words.
    pub text: String,
    /// How they are meant.
    pub tone: Tone,
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardField {
    /// The label.
    pub label: String,
    /// The value, plain text.
    pub value: String,
}

impl CardField {
    /// A field.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// Whether a card still waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CardState {
    /// Its actions can be used.
    Open,
    /// Somebody chose; the actions are gone.
    Decided {
        /// What was chosen.
        choice: String,
        /// Who chose.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A newer card took its place.
    Superseded {
        /// What took its place, where it has a name.
        by: Option<String>,
    },
}

/// A message with buttons. Rendering it for a platform is a pure function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// What it is about.
    pub kind: CardKind,
    /// One line, plain text.
    pub title: String,
    /// Markdown; may be empty.
    pub body: String,
    /// Labels with values.
    pub fields: Vec<CardField>,
    /// A marked word.
    pub badge: Option<Badge>,
    /// The buttons; empty unless the card is open.
    pub actions: Vec<Action>,
    /// Whether it waits for somebody.
    pub state: CardState,
    /// The note that it shows, where a model wrote it: people can say what they think of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_on: Option<NoteKind>,
}

impl Card {
    /// An open card without fields, badge or buttons.
    pub fn new(kind: CardKind, title: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            body: body.into(),
            fields: Vec::new(),
            badge: None,
            actions: Vec::new(),
            state: CardState::Open,
            feedback_on: None,
        }
    }

    /// With this field.
    #[must_use]
    pub fn field(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push(CardField::new(label, value));
        self
    }

    /// With this badge.
    #[must_use]
    pub fn badge(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.badge = Some(Badge { text: text.into(), tone });
        self
    }

    /// With this button.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// In this state; a card that is not open has no buttons.
    #[must_use]
    pub fn state(mut self, state: CardState) -> Self {
        if state != CardState::Open {
            self.actions.clear();
        }
        self.state = state;
        self
    }

    /// The whole card as plain text, for notifications and screen readers: some read nothing else.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut parts = vec![self.title.clone()];
        parts.extend(self.badge.as_ref().map(|b| b.text.clone()));
        if !self.body.is_empty() {
            parts.push(self.body.clone());
        }
        parts.extend(self.fields.iter().map(|f| format!("{}: {}", f.label, f.value)));
        match &self.state {
            CardState::Open if self.actions.is_empty() => {}
            CardState::Open => {
                let labels: Vec<_> = self.actions.iter().map(|a| a.label.as_str()).collect();
                parts.push(format!("Choices: {}", labels.join(", ")));
            }
            CardState::Decided { choice, by, at } => {
                parts.push(format!("{choice}, by {by}, {}", at.to_text()));
            }
            CardState::Superseded { by: Some(by) } => parts.push(format!("Superseded by: {by}")),
            CardState::Superseded { by: None } => parts.push("Superseded".to_owned()),
        }
        parts.join("\n")
    }
}
