//! The choke point: both profiles, and the lines that programs send.
#![no_main]

use flowpilot::redact::{Profile, redact, redact_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for profile in [Profile::Secrets, Profile::Pii] {
        let once = redact(text, profile);
        assert_eq!(redact(&once.text, profile).text, once.text, "what is redacted stays as it is");
        assert!(once.spans.is_sorted_by(|a, b| a.end <= b.start), "spans are in order");
        let _ = redact_line(text, profile);
    }
});
