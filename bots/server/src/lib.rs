//! The `flowpilot` program: command line, configuration, composition. What it does is in the engine and the
//! adapters; here they are put together.

pub mod app;
mod background;
mod callbacks;
mod cli;
mod command;
pub mod config;
mod health;
mod links;
mod lock;
mod logging;
mod secrets;
pub mod setup;
pub mod slack;

pub use cli::{Cli, run};
