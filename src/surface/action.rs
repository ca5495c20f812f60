//! A button of a card, and what it asks before it is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How prominent a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionStyle {
    /// The one thing most people want.
    Primary,
    /// Any other.
    Default,
    /// Loses something.
    Danger,
}

/// What kind of value an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// One line.
    Text,
    /// Several lines.
    Multiline,
    /// One of the options.
    Choice,
    /// One line that is not shown and never stored.
    Secret,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A place on the card's platform where others read: a channel, by the platform's id of it. Filled in by the
    /// platform's adapter; where there are no such places it is not asked.
    Channel,
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// A value asked for before the action is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Input {
    /// Its name in the fields that come back.
    pub name: String,
    /// What is shown.
    pub label: String,
    /// What kind of value.
    pub kind: InputKind,
    /// Whether it may be left empty.
    pub required: bool,
    /// Characters at most.
    pub max_length: u32,
    /// What it begins with.
    pub value: Option<String>,
    /// For a choice: the options.
    pub options: Vec<Choice>,
}

impl Input {
    /// A required input without a first value.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: InputKind, max_length: u32) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            required: true,
            max_length,
            value: None,
            options: Vec::new(),
        }
    }

    /// May be left empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// What is sent when it is pressed; unique within its card.
    pub id: String,
    /// What is shown.
    pub label: String,
    /// How prominent it is.
    pub style: ActionStyle,
    /// A question to answer with yes first, where a click can hurt.
    pub confirm: Option<String>,
    /// Values to ask for first.
    pub inputs: Vec<Input>,
}

impl Action {
    /// A plain button.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            style: ActionStyle::Default,
            confirm: None,
            inputs: Vec::new(),
        }
    }

    /// The prominent button of its card.
    #[must_use]
    pub fn primary(mut self) -> Self {
        self.style = ActionStyle::Primary;
        self
    }

    /// A button that loses something.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.style = ActionStyle::Danger;
        self
    }

    /// Asks this first.
    #[must_use]
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// Asks for this value first.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }
}
