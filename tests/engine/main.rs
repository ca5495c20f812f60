//! What the engine promises, driven from outside. Each promise is kept on SQLite and on PostgreSQL.
//!
//! The PostgreSQL half needs a server: `TEST_DATABASE_URL=postgres://…` names one on which schemas may be made.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its part fails")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod answers;
mod assistant;
mod attachments;
mod bad_input;
mod checks;
mod confidence;
mod connections;
mod decisions;
mod description;
mod draft_cards;
mod drafts;
mod edits;
mod elsewhere;
mod escalations;
mod evidence;
mod facts;
mod feedback;
mod fixes;
mod flows;
mod grounding;
mod handover;
mod idempotency;
mod injection;
mod isolation;
mod joining;
mod links;
mod meaning;
mod models;
mod notes;
mod outcomes;
mod past;
mod places;
mod plans;
mod pod;
mod posting;
mod posting_faults;
mod previews;
mod properties;
mod queues;
mod redaction;
mod roles;
mod roster;
mod routes;
mod schema;
mod scripts;
mod sensitive;
mod sessions;
mod several_systems;
mod spend;
mod templates;
mod threads;
mod ticket_status;
mod time_entries;
mod tokens;
mod versions;
mod watching;
mod words;

/// A flow with a recorded value, a question, a check, fixes, a link to [`RESTART`] and an escalation.
const NO_SOUND: &str = include_str!("flows/no-sound.yaml");
/// The flow that it links to.
const RESTART: &str = include_str!("flows/restart-pc.yaml");
