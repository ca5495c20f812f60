//! The sandbox as clients meet it: over HTTP, with an ordinary HTTP client.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod access;
mod callbacks;
mod catalog;
mod conditions;
mod contract;
mod faults;
mod import;
mod members;
mod notes;
mod paging;
mod patches;
mod store;
mod support;
mod tickets;
