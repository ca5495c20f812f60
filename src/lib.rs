#![doc = include_str!("../docs/ENGINE.md")]

pub mod ai;
pub mod api;
pub mod assistant;
pub mod attachment;
pub mod clock;
pub mod copilot;
pub mod engine;
pub mod error;
pub mod escalation;
pub mod fix;
pub mod flow;
pub mod health;
pub mod http;
pub mod meaning;
pub mod note;
pub mod psa;
pub mod queue;
pub mod redact;
pub mod script;
pub mod search;
pub mod session;
pub mod store;
pub mod surface;
pub mod team;
pub mod time_entry;

pub use clock::{Clock, Timestamp};
pub use engine::Engine;
pub use error::{Error, Result};
