//! Slack's OAuth: from an invitation to a stored installation.
//!
//! `/slack/install?invite=…` sends the browser to Slack with a state that only this server can write and only this
//! browser can use; `/slack/oauth` is where Slack sends it back. The invitation is used up there, so neither a preview
//! of the link nor a change of mind costs it, and a repeated answer finds it gone.

use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use flowpilot::store::random_token;
use flowpilot::team::{self, connect_workspace};
use flowpilot::{Error, Result, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::api::Grant;
use super::invitation::{self, Host};
use super::page::Page;
use super::scopes::{missing, wanted};
use super::{Installations, api, store, workspace};

/// How long a person may take at Slack.
const STATE_LIFETIME: Duration = Duration::from_secs(10 * 60);
const COOKIE: &str = "flowpilot_slack_install";
/// Tells this from everything else that the same keys seal.
const PURPOSE: &str = "slack install";
const BEGIN_AGAIN: &str =
    "Open the invitation's link again and finish within ten minutes, in the same browser.";
const ASK_AGAIN: &str = "Ask for a new link: an admin of the team makes one with flowpilot slack link.";

/// What goes to Slack and comes back.
#[derive(Serialize, Deserialize)]
struct Ticket {
    purpose: String,
    /// The invitation's hash.
    invitation: String,
    /// The hash of the browser's cookie.
    browser: String,
    ends: Timestamp,
}

#[derive(Deserialize)]
struct Invited {
    #[serde(default)]
    invite: String,
}

#[derive(Deserialize)]
struct Returned {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

impl Installations {
    /// The two pages of an installation.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/slack/install", get(install))
            .route("/slack/oauth", get(returned))
            .with_state(self.clone())
    }
}

async fn install(
    State(all): State<Installations>,
    jar: CookieJar,
    Query(invited): Query<Invited>,
) -> Response {
    match all.send_to_slack(&invited.invite).await {
        Ok(Ok((url, cookie))) => (jar.add(cookie), Redirect::to(&url)).into_response(),
        Ok(Err(page)) => page.into_response(),
        Err(error) => Page::of(&error).into_response(),
    }
}

async fn returned(
    State(all): State<Installations>,
    jar: CookieJar,
    Query(returned): Query<Returned>,
) -> Response {
    let browser = jar.get(COOKIE).map(|cookie| cookie.value().to_owned());
    let page = all.conclude(browser.as_deref(), &returned).await.unwrap_or_else(|error| Page::of(&error));
    (jar.remove(Cookie::build(COOKIE).path("/")), page).into_response()
}

impl Installations {
    async fn send_to_slack(&self, invite: &str) -> Result<Result<(String, Cookie<'static>), Page>> {
        let (app, public_url) = (self.app()?, self.public_url()?);
        let invitation = invitation::hash(invite);
        if !invitation::is_open(&self.0.engine, &invitation).await? {
            return Ok(Err(Page::refused(
                "This invitation does not work",
                "It was used, or it is too old.",
                ASK_AGAIN,
            )));
        }
        let browser = random_token();
        let state = self.seal(&Ticket {
            purpose: PURPOSE.to_owned(),
            invitation,
            browser: invitation::hash(browser.expose_secret()),
            ends: self.now().plus(STATE_LIFETIME),
        })?;
        let url = Url::parse_with_params(
            &self.0.options.authorize_url,
            [
                ("client_id", app.client_id.as_str()),
                ("scope", &wanted(self.has_links())),
                ("redirect_uri", &redirect_uri(public_url)),
                ("state", &state),
            ],
        );
        let url = url.map_err(|e| Error::Internal(format!("Slack's address: {e}")))?;
        let cookie = Cookie::build((COOKIE, browser.expose_secret().to_owned()))
            .path("/")
            .http_only(true)
            // Slack sends the browser back from its own site.
            .same_site(SameSite::Lax)
            .secure(public_url.starts_with("https://"));
        Ok(Ok((url.into(), cookie.build())))
    }

    async fn conclude(&self, browser: Option<&str>, returned: &Returned) -> Result<Page> {
        let Some(ticket) = self.open(&returned.state) else {
            return Ok(Page::refused(
                "This page is a step of connecting Slack",
                "Nothing was connected.",
                BEGIN_AGAIN,
            ));
        };
        if browser.is_none_or(|browser| invitation::hash(browser) != ticket.browser) {
            let why = "Nothing was connected: this was begun in another browser, or a newer attempt took its place.";
            return Ok(Page::refused("This is not the browser that began", why, BEGIN_AGAIN));
        }
        if ticket.ends <= self.now() {
            return Ok(Page::refused("This took too long", "Nothing was connected.", BEGIN_AGAIN));
        }
        if returned.error == "access_denied" {
            let next = "If that was a mistake, open the invitation's link again.";
            return Ok(Page::refused("Slack was not connected", "You did not allow it.", next));
        }
        if !returned.error.is_empty() || returned.code.is_empty() {
            let why = format!("Slack says: {}", returned.error);
            return Ok(Page::refused("Slack was not connected", &why, BEGIN_AGAIN));
        }
        let Some(host) = invitation::redeem(&self.0.engine, &ticket.invitation).await? else {
            let why = "Its invitation was used before, or whoever made it is no admin any more.";
            return Ok(Page::refused("This cannot be done again", why, ASK_AGAIN));
        };
        let done = self.connect(host, &returned.code).await;
        if done.as_ref().is_err_and(Error::may_pass) {
            // Nothing happened, so the same person may try again.
            invitation::reopen(&self.0.engine, &ticket.invitation).await?;
        }
        done
    }

    /// Exchanges the code, makes the workspace the team's, and stores the installation.
    async fn connect(&self, host: Host, code: &str) -> Result<Page> {
        let (engine, asked_at) = (&self.0.engine, self.now());
        let grant = self.0.api.exchange(self.app()?, code, &redirect_uri(self.public_url()?)).await?;
        let place = grant.place().filter(|_| !grant.bot_user_id.is_empty());
        let place = place.ok_or_else(|| Error::Upstream {
            service: "Slack",
            detail: "the answer does not say which workspace this is, or names no bot".to_owned(),
        })?;
        let name = place.name.as_deref().unwrap_or(&place.id);
        let (id, db, clock) = (workspace(&place.id), &engine.db, &engine.clock);
        if let Err(error) = connect_workspace(db, clock, &id, host.team_id, name).await {
            return foreign(error, name);
        }
        let new = store::New {
            workspace: &place.id,
            name,
            team: host.team_id,
            member: host.member_id,
            grant: &grant,
            asked_at,
        };
        store::save(engine, &new).await?;
        self.0.remembered.invalidate(&place.id);
        tracing::info!(workspace = %place.id, team = %host.team_id, "the app was installed in a Slack workspace");
        let team = team::team(&engine.db, host.team_id).await?.map(|team| team.name).unwrap_or_default();
        Ok(connected_page(&grant, name, &team, self.has_links()))
    }

    fn seal(&self, ticket: &Ticket) -> Result<String> {
        let text = serde_json::to_string(ticket).map_err(|e| Error::Internal(format!("state: {e}")))?;
        Ok(self.0.engine.sealer.seal(&SecretString::from(text)))
    }

    /// What a state says, if this server wrote it.
    fn open(&self, state: &str) -> Option<Ticket> {
        let text = self.0.engine.sealer.open(state).ok()?;
        let ticket: Ticket = serde_json::from_str(text.expose_secret()).ok()?;
        (ticket.purpose == PURPOSE).then_some(ticket)
    }
}

fn redirect_uri(public_url: &str) -> String {
    format!("{public_url}/slack/oauth")
}

/// A workspace of another team. Its token is not revoked at Slack: it may be the very one that the other team uses.
fn foreign(error: Error, name: &str) -> Result<Page> {
    if !matches!(error, Error::Conflict(_)) {
        return Err(error);
    }
    let title = format!("{name} belongs to another team");
    let next = "Choose another workspace at Slack, with a new link; or ask whoever runs FlowPilot to say whose it is.";
    Ok(Page::refused(
        &title,
        "This Slack workspace is connected to another FlowPilot team. Nothing was changed.",
        next,
    ))
}

fn connected_page(grant: &Grant, name: &str, team: &str, links: bool) -> Page {
    let title = format!("{name} is connected to {team}");
    let missing = missing(api::words(&grant.scope), links);
    let mut page = Page::done(&title)
        .say("In Slack, open a channel, write /invite @FlowPilot, and then @FlowPilot with what the problem is.")
        .say("You can close this page.");
    if !missing.is_empty() {
        page = page
            .say(&format!("Some things will not work, because Slack did not grant: {}.", missing.join(", ")));
    }
    page
}
