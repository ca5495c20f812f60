//! What the fuzz targets reach of the parsers of a model's answer. It is there only while fuzzing.

use super::marker::{Splitter, without_tags};
use super::provider::{ANTHROPIC_VERSION, Anthropic, Decoder, OpenAi, Wire};

/// An answer in pieces: how it is cut changes nothing, and no tag is ever shown.
///
/// # Panics
/// When that does not hold.
pub fn marker(pieces: &[&str]) {
    const CODE: &str = "c0de";
    let mut splitter = Splitter::new(CODE);
    let mut shown: String = pieces.iter().map(|piece| splitter.push(piece)).collect();
    let (rest, found) = splitter.finish();
    shown.push_str(&rest);
    let mut at_once = Splitter::new(CODE);
    let mut whole = at_once.push(&pieces.concat());
    let (rest, found_at_once) = at_once.finish();
    whole.push_str(&rest);
    assert_eq!((shown, found), (whole.clone(), found_at_once), "how it is cut changes nothing");
    assert!(!whole.to_lowercase().contains("[suggest_fix]"), "no tag is shown");
    let _ = without_tags(&whole);
}

/// Events of a stream, a line each, as both protocols read them; and the text as an answer in one piece.
pub fn stream(text: &str) {
    let wires: [Box<dyn Wire>; 2] = [
        Box::new(Anthropic::new("http://127.0.0.1:1", None, ANTHROPIC_VERSION)),
        Box::new(OpenAi::new("http://127.0.0.1:1/v1", None)),
    ];
    for wire in wires {
        let (mut decoder, mut events) = (wire.decoder(), Vec::new());
        for line in text.lines() {
            if decoder.read(line, &mut events).is_err() {
                break;
            }
        }
        let _ = wire.decoder().whole(text, &mut events);
    }
}
