//! An event as it waits in the inbox, and the cursor of a list.
#![no_main]

use flowpilot::store::PageRequest;
use flowpilot::surface::Inbound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(event) = serde_json::from_str::<Inbound>(text) {
        let written = serde_json::to_string(&event).expect("what was read can be written");
        serde_json::from_str::<Inbound>(&written).expect("what was written can be read");
    }
    let _ = PageRequest::parse(Some(text), None);
});
