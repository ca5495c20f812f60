//! Tokens: `oauth.v2.access` and the ticket of a Socket Mode connection.

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::clock;
use crate::world::{Standing, Token, Workspace, World};

pub(super) fn open_connection(turn: &mut Turn<'_>) -> Done {
    let ticket = turn.world.id("ticket-");
    turn.world.tickets.insert(ticket.clone());
    Ok(json!({ "url": format!("ws://{}/link/?ticket={ticket}&app_id=fake", turn.host) }))
}

pub(super) fn access(turn: &mut Turn<'_>) -> Done {
    client(turn)?;
    match turn.args.text("grant_type") {
        None | Some("authorization_code") => exchange_code(turn),
        Some("refresh_token") => refresh(turn),
        Some(_) => Err(Refusal::new("invalid_grant_type")),
    }
}

/// Checks the client: HTTP Basic, or the two arguments.
fn client(turn: &Turn<'_>) -> Result<(), Refusal> {
    let (id, secret) = basic(&turn.headers).unwrap_or_else(|| {
        let text = |name: &str| turn.args.text(name).unwrap_or_default().to_owned();
        (text("client_id"), text("client_secret"))
    });
    let options = &turn.world.options;
    if id != options.client_id {
        return Err(Refusal::new("invalid_client_id"));
    }
    if secret == options.client_secret { Ok(()) } else { Err(Refusal::new("bad_client_secret")) }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    use base64::Engine;

    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let plain = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn exchange_code(turn: &mut Turn<'_>) -> Done {
    let code = turn.args.text("code").unwrap_or_default();
    // A code works once, whatever comes of it.
    let code = turn.world.codes.remove(code).ok_or_else(|| Refusal::new("invalid_code"))?;
    if code.redirect_uri.as_deref() != turn.args.text("redirect_uri") {
        return Err(Refusal::new("bad_redirect_uri"));
    }
    let workspace = turn.world.workspace(&code.team);
    let granted = grant(turn.world, &workspace);
    Ok(told(turn.world, &workspace, granted, Some(&code.user)))
}

fn refresh(turn: &mut Turn<'_>) -> Done {
    let token = turn.args.text("refresh_token").unwrap_or_default();
    // A refresh token works once.
    let old = turn.world.refresh.remove(token).ok_or_else(|| Refusal::new("invalid_refresh_token"))?;
    let token = turn.world.tokens.get(&old).cloned().ok_or_else(|| Refusal::new("invalid_refresh_token"))?;
    if token.standing != Standing::Good {
        return Err(Refusal::new("invalid_refresh_token"));
    }
    let workspace = turn.world.workspace(&token.team);
    let granted = grant(turn.world, &workspace);
    Ok(told(turn.world, &workspace, granted, None))
}

/// A new token of the bot, and its refresh token if tokens expire.
fn grant(world: &mut World, workspace: &Workspace) -> (String, Option<String>) {
    let options = world.options.clone();
    let kind = if options.rotation { "xoxe.xoxb-" } else { "xoxb-" };
    let access = world.id(kind);
    let token = Token {
        team: workspace.team.clone(),
        app_level: false,
        scopes: options.scopes,
        standing: Standing::Good,
        expires: options.rotation.then(|| clock::seconds() + options.token_seconds),
    };
    world.tokens.insert(access.clone(), token);
    let refresh = options.rotation.then(|| world.id("xoxe-"));
    if let Some(refresh) = &refresh {
        world.refresh.insert(refresh.clone(), access.clone());
    }
    (access, refresh)
}

fn told(
    world: &World,
    workspace: &Workspace,
    granted: (String, Option<String>),
    user: Option<&str>,
) -> Value {
    let (access, refresh) = granted;
    let enterprise = workspace.enterprise.as_ref().map(|id| json!({ "id": id, "name": "Acme Group" }));
    let team = (!workspace.org_wide).then(|| json!({ "id": workspace.team, "name": workspace.name }));
    let mut answer = json!({
        "access_token": access,
        "token_type": "bot",
        "scope": world.options.scopes.join(","),
        "bot_user_id": workspace.bot_user,
        "app_id": world.options.app_id,
        "team": team,
        "enterprise": enterprise,
        "is_enterprise_install": workspace.org_wide,
    });
    if let Some(user) = user {
        answer["authed_user"] = json!({ "id": user });
    }
    if let Some(refresh) = refresh {
        answer["refresh_token"] = refresh.into();
        answer["expires_in"] = world.options.token_seconds.into();
    }
    answer
}
