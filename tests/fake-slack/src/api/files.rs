//! `files.info`.

use serde_json::json;

use super::{Done, Refusal, Turn};

pub(super) fn info(turn: &mut Turn<'_>) -> Done {
    let id = turn.args.must("file")?;
    let file = turn.world.files.get(id).ok_or_else(|| Refusal::new("file_not_found"))?;
    Ok(json!({ "file": file, "comments": [], "response_metadata": { "next_cursor": "" } }))
}
