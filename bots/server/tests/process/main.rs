//! The real program, driven from outside: started, talked to over HTTP, stopped, killed.
//!
//! Every test has a [`home`] of its own and lets the system choose ports, so that all can run at the same time.
//! Tests on PostgreSQL make a database of their own on the server that `TEST_DATABASE_URL` names; without it they
//! say that they were not run. Random choices come from a seed that is printed when a test fails; set `TEST_SEED`
//! to repeat them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a step that cannot do its part fails the test")]

#[path = "../../../../tests/support/contract.rs"]
mod contract;
mod database;
mod home;
mod http;
mod peer;
mod seed;

mod callbacks;
mod commands;
mod delivery;
mod demo;
mod doctor;
mod door;
mod flows;
mod input;
mod keys;
mod kill;
mod lines;
mod logs;
mod models;
mod outage;
mod paging;
mod posting_kill;
mod psa;
mod slack;
mod start;
mod stop;
