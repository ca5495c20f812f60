//! The check of sentences against facts: the first line is the claim, the others are the facts.
#![no_main]

use flowpilot::note::ground::{check, check_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let claim = lines.next().unwrap_or_default();
    let facts: Vec<&str> = lines.collect();
    let _ = check(claim, &facts);
    let _ = check_line(text);
});
