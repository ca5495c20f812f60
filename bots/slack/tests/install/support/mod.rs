//! What the tests of installing share.

#[path = "../../../../../tests/support/database.rs"]
pub(crate) mod database;
mod world;

pub(crate) use database::{Database, every_text, on_both_databases, read};
pub(crate) use world::{Browser, World, open};
