//! What people do, and how the app hears of it.

mod click;
mod command;
mod deliver;
mod envelope;
mod fields;
mod home;
mod how;
mod installation;
mod modal;
mod said;
mod shortcut;
mod sign;
mod socket;

pub(crate) use deliver::echo;
pub use how::{How, Signature};
pub use said::Said;
pub use sign::signature;
pub(crate) use socket::{Sockets, link};
