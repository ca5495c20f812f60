//! A CSV file of tickets.
#![no_main]

use flowpilot_sandbox::tickets_from_csv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = tickets_from_csv(bytes);
});
