//! The flows that every new team begins with.

use rust_embed::RustEmbed;

use super::{Document, Problem, check_yaml};

#[derive(RustEmbed)]
#[folder = "src/flow/starter"]
struct Files;

/// The starter flows, by slug. They are validated by a test, so the error is a bug of ours.
///
/// # Errors
/// The validator's findings, with the file's name.
pub fn starter_flows() -> Result<Vec<Document>, Vec<Problem>> {
    Files::iter()
        .filter_map(|name| Files::get(&name))
        .map(|file| check_yaml(&String::from_utf8_lossy(&file.data), None))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::flow::validate_links;

    #[test]
    fn every_starter_flow_is_valid_and_links_only_to_others() {
        let slugs: BTreeSet<String> =
            Files::iter().filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned)).collect();
        assert!(slugs.len() >= 15, "{slugs:?}");
        for name in Files::iter() {
            let text = String::from_utf8(Files::get(&name).unwrap().data.into_owned()).unwrap();
            let document = check_yaml(&text, Some(&slugs)).unwrap_or_else(|p| panic!("{name}: {p:#?}"));
            assert_eq!(format!("{}.yaml", document.slug), *name);
            assert_eq!(validate_links(&document, &slugs), []);
        }
    }
}
