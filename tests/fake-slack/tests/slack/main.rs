//! What the Slack look-alike promises to those who test with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its part fails")]

mod support;

mod deliveries;
mod faults;
mod files;
mod interactions;
mod limits;
mod messages;
mod modals;
mod oauth;
mod people;
mod reference;
mod sockets;
mod streams;
