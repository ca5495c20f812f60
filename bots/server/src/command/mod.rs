//! One file a command.

pub(crate) mod ai;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod flow;
pub(crate) mod jsonl;
pub(crate) mod keys;
pub(crate) mod manifest;
pub(crate) mod member;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod pod;
pub(crate) mod psa;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod slack;
pub(crate) mod token;
