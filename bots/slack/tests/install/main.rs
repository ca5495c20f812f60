//! How the app gets into a workspace, keeps its token fresh, and leaves: against a Slack look-alike.

mod configured;
mod health;
mod invitation;
mod oauth;
mod revocation;
mod rotation;
mod support;
