//! The JSON Schema of a script template's parameters.
#![no_main]

use flowpilot::script::check_schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(schema) = serde_json::from_str(text) {
        let _ = check_schema(&schema);
    }
});
