//! What a workspace granted, against what the app asks for.

use crate::manifest::SCOPES;

/// What the app asks for, as Slack's address takes it.
pub(crate) fn wanted() -> String {
    SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>().join(",")
}

/// What the app asks for and was not granted.
pub(crate) fn missing<'a>(granted: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let granted: Vec<&str> = granted.into_iter().collect();
    SCOPES.iter().map(|scope| scope.name).filter(|name| !granted.contains(name)).collect()
}

/// What was granted and the app does not ask for.
pub(crate) fn superfluous<'a>(granted: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    granted.into_iter().filter(|name| !SCOPES.iter().any(|scope| scope.name == *name)).collect()
}
