//! How the app gets into a workspace, keeps its token fresh, and leaves: against a Slack look-alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its part fails")]

mod configured;
mod health;
mod invitation;
mod oauth;
mod revocation;
mod rotation;
mod support;
