//! A model's answer with its blocks, cut into pieces at each `|`.
#![no_main]

use flowpilot::ai::fuzzing::marker;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| marker(&text.split('|').collect::<Vec<_>>()));
