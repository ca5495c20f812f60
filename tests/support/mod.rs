//! What tests share: throw-away databases, a team with its people, the API, a chat platform and a ticket system.
//!
//! Start with [`on_both_databases`] and [`World`].

pub(crate) mod api;
pub(crate) mod board;
pub(crate) mod contract;
pub(crate) mod database;
pub(crate) mod platform;
pub(crate) mod pod;
pub(crate) mod psa;
pub(crate) mod world;

pub(crate) use database::{Database, on_both_databases, read};
pub(crate) use world::{World, fix, powershell};
