//! A flow file: read, checked, and where it is good written again and read back as the same flow.
#![no_main]

use flowpilot::flow::{check_yaml, parse_yaml, to_yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = check_yaml(text, None);
    if let Ok(document) = parse_yaml(text) {
        let written = to_yaml(&document).expect("what was read can be written");
        assert_eq!(parse_yaml(&written).expect("what was written can be read"), document);
    }
});
