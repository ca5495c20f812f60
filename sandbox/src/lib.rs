//! A stand-in for ConnectWise Manage: a server on loopback that speaks the part of the published REST
//! interface that the product uses, with the rules of the real one, so that the demo and the tests go over
//! real HTTP.
//!
//! What always holds:
//! - it listens on loopback only, and nothing in it comes from a customer;
//! - an answered write is kept: it is in the store file (where there is one) before the answer leaves;
//! - a write happens wholly or not at all, also when the client has gone or the disk is full;
//! - no input, however odd, ends the process: it gets the error body of the real server.
//!
//! Start reading at [`Sandbox`], then `server` for the routes. `watch` is where faults are injected and
//! requests are recorded; `schema` says which members each record has; `logins` knows who signed in, and `screen` is
//! the page that frames the pod beside a ticket.

mod answer;
mod auth;
mod callbacks;
mod catalog;
mod conditions;
mod config;
mod control;
mod dates;
mod demo;
mod devices;
mod error;
mod exchange;
mod faults;
mod hosted;
mod import;
mod journal;
mod listing;
mod logins;
mod notes;
mod paging;
mod patch;
mod records;
mod role;
mod row;
mod schema;
mod screen;
mod seed;
mod server;
mod store;
mod tickets;
mod time_entries;
mod watch;
mod writes;

pub use config::{Credentials, NoteTextRules, SandboxConfig};
pub use demo::demo_tickets;
pub use error::SandboxError;
pub use exchange::{Answer, Exchange, Listener};
pub use import::{CsvError, tickets_from_csv};
pub use seed::{ContactSeed, Level, MemberSeed, Priority, TicketSeed};
pub use server::Sandbox;
