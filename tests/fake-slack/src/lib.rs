//! A Slack look-alike on loopback, for tests: a Web API that refuses what Slack refuses, people who write and click,
//! signed deliveries, Socket Mode, and faults on request.
//!
//! Start one with [`FakeSlack::start`], give its [`url`](FakeSlack::url) to the app, tell it where the app listens
//! with [`connect`](FakeSlack::connect), and let people do things:
//!
//! ```no_run
//! # async fn example() {
//! use flowpilot_fake_slack::{FakeSlack, Options};
//!
//! let slack = FakeSlack::start(Options::default()).await;
//! // … the app starts here, with `slack.url()`, and listens on `address` …
//! # let address = "http://127.0.0.1:8080";
//! slack.connect(address);
//! let ada = slack.member("Ada Lovelace");
//! let help = slack.channel("help", &[&ada]);
//! let said = slack.mention(&ada, &help, "start #4711 printer offline").await;
//! said.assert_acked();
//! let card = slack.wait_for_button(&help, said.ts(), "Yes").await;
//! slack.click(&ada, &card, "Yes").await.assert_acked();
//! slack.assert_all_valid();
//! # }
//! ```
//!
//! [`check_message`] and [`check_view`] say what is wrong with a payload, without any server.

mod api;
mod check;
mod clock;
mod faults;
mod file_host;
mod hook;
mod journal;
mod look;
mod options;
mod populate;
mod send;
mod server;
mod wait;
mod world;

pub use api::{By, METHODS, Method};
pub use check::{
    ALL_TEXT, BLOCKS, MARKDOWN, METADATA, MISSING_TEXT, Problem, TEXT, check_blocks, check_message,
    check_view,
};
pub use faults::Fault;
pub use file_host::{FileCall, Serving};
pub use journal::{Answer, Call, Delivery};
pub use options::Options;
pub use send::{How, Said, Signature, signature};
pub use server::FakeSlack;
pub use world::{
    Channel, ChannelKind, Control, Invalid, Kind, Message, Person, Status, Stream, View, Workspace,
};
