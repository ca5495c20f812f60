//! The workspaces where the app was installed by OAuth.

use flowpilot::Engine;

use super::{Finding, HealthOptions, cure};
use crate::install::scopes::missing;
use crate::install::{Api, Standing, standings, stored_token};

const PART: &str = "slack workspace";
/// So many are tried; more would only take long.
const TRIED: usize = 20;

/// One finding a workspace; or how to connect the first.
pub(super) async fn check(options: &HealthOptions, engine: &Engine, api: &Api) -> Vec<Finding> {
    let standings = match standings(engine).await {
        Ok(standings) => standings,
        Err(error) => return vec![Finding::bad(PART, error.to_string())],
    };
    if standings.is_empty() && options.bot_token.is_none() && options.app.is_some() {
        return vec![Finding::warn(
            PART,
            "none is connected yet; make a link with `flowpilot slack link`, and open it",
        )];
    }
    let mut findings = Vec::new();
    for (n, standing) in standings.iter().enumerate() {
        let known = known(options, engine, standing);
        findings.push(match known {
            Some(finding) => finding,
            None if n < TRIED => tried(options, engine, api, standing).await,
            None => Finding::good(PART, format!("{}: not tried, there are many", standing.name)),
        });
    }
    findings
}

/// What the database knows by itself.
fn known(options: &HealthOptions, engine: &Engine, standing: &Standing) -> Option<Finding> {
    let name = &standing.name;
    if let Some(at) = standing.revoked_at {
        let cure = "`flowpilot slack link` connects it again";
        return Some(Finding::warn(PART, format!("{name}: the app was removed at {}; {cure}", at.to_text())));
    }
    if standing.refresh_refused_at.is_some() {
        let cure = "connect it again with `flowpilot slack link`";
        return Some(Finding::bad(PART, format!("{name}: Slack takes its refresh token no more; {cure}")));
    }
    if standing.expires_at.is_some_and(|ends| ends <= engine.clock.now()) {
        let cure = "it is refreshed when the server runs; if it does, see its log";
        return Some(Finding::warn(PART, format!("{name}: its token has ended; {cure}")));
    }
    let missing = missing(standing.scopes.split(','), options.has_links());
    if missing.is_empty() {
        return None;
    }
    let cure = "add them to the app, and connect it again with `flowpilot slack link`";
    Some(Finding::bad(PART, format!("{name}: it did not grant {}; {cure}", missing.join(", "))))
}

async fn tried(options: &HealthOptions, engine: &Engine, api: &Api, standing: &Standing) -> Finding {
    let name = &standing.name;
    match stored_token(engine, &standing.workspace).await {
        Ok(Some(token)) => match api.auth_test(&token).await {
            Ok(_) => Finding::good(PART, format!("{name} ({}) answers", standing.workspace)),
            Err(error) => Finding::bad(PART, cure(&error, name, &options.api_url)),
        },
        Ok(None) => Finding::warn(PART, format!("{name}: the app was removed just now")),
        Err(error) => Finding::bad(PART, format!("{name}: {error}")),
    }
}
