//! Markdown of tickets and notes, made safe to show.
#![no_main]

use flowpilot::note::to_html;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let html = to_html(text).to_lowercase();
    assert!(!html.contains("<script") && !html.contains("<iframe"), "{html}");
});
