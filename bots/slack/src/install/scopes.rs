//! What a workspace granted, against what the app asks for.

use crate::manifest::{SCOPES, scopes};

/// What the app asks for, as Slack's address takes it. `links`: whether there are links to sessions.
pub(crate) fn wanted(links: bool) -> String {
    scopes(links).map(|scope| scope.name).collect::<Vec<_>>().join(",")
}

/// What the app asks for and was not granted.
pub(crate) fn missing<'a>(granted: impl IntoIterator<Item = &'a str>, links: bool) -> Vec<&'static str> {
    let granted: Vec<&str> = granted.into_iter().collect();
    scopes(links).map(|scope| scope.name).filter(|name| !granted.contains(name)).collect()
}

/// What was granted and the app never asks for.
pub(crate) fn superfluous<'a>(granted: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    granted.into_iter().filter(|name| !SCOPES.iter().any(|scope| scope.name == *name)).collect()
}
