//! What people type: commands, and secrets in between.
#![no_main]

use flowpilot::redact::secrets;
use flowpilot::surface::{parse_command, suggest_command};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = parse_command(text);
    let _ = suggest_command(text);
    let once = secrets(text);
    assert_eq!(secrets(&once), once, "what is redacted stays as it is");
});
