//! FlowPilot in Slack: an adapter that verifies, parses, renders and sends.
//!
//! [`Slack`] is its face: `router` takes what Slack delivers and stores it in the engine's inbox before it is
//! acknowledged, `surface` shows the engine's cards. [`install`] knows the workspaces and their tokens.

mod accounts;
mod adapter;
mod agent;
mod channel;
mod commands;
mod events;
mod files;
mod homepage;
mod http;
mod interactive;
mod judging;
mod live;
mod send;
mod sharing;
mod socket;
mod surface;
mod wire;

pub mod home;
pub mod manifest;
pub mod modal;
pub mod render;
pub mod unfurl;

pub mod health;
pub mod install;

pub use adapter::{Slack, SlackOptions};
