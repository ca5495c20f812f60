//! Events of a model server's stream, in both protocols.
#![no_main]

use flowpilot::ai::fuzzing::stream;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| stream(text));
