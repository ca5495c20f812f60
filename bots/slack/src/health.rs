//! What `flowpilot doctor` says about Slack: each cause told from the others, with its cure.

mod seen;
mod token;
mod workspaces;

use std::time::Duration;

use flowpilot::{Clock, Engine, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

pub use flowpilot::health::{Finding, State};
pub use seen::Health;

use crate::install::scopes::{missing, superfluous};
use crate::install::{API_URL, Api, ApiError, AuthTest, Installation, OAuthApp};
use crate::manifest::unfurl_domain;

/// Slack refuses what is signed more than five minutes apart; we too.
const LARGEST_SKEW: i64 = 240;
const NOTED_SKEW: i64 = 30;

/// What is configured.
#[derive(Debug, Clone)]
pub struct HealthOptions {
    /// Slack's Web API.
    pub api_url: String,
    /// What deliveries are signed with.
    pub signing_secret: Option<SecretString>,
    /// The bot's token.
    pub bot_token: Option<SecretString>,
    /// The app's token, for Socket Mode.
    pub app_token: Option<SecretString>,
    /// The app's client id and secret, to install it in workspaces.
    pub app: Option<OAuthApp>,
    /// The address that Slack reaches this server under.
    pub public_url: Option<String>,
}

impl HealthOptions {
    /// Whether Slack can tell of links to sessions.
    fn has_links(&self) -> bool {
        let url = self.public_url.as_deref().and_then(|url| Url::parse(url).ok());
        url.as_ref().and_then(unfurl_domain).is_some()
    }
}

/// Checks everything about Slack. Without an engine, what is stored is left out.
pub async fn check(options: &HealthOptions, engine: Option<&Engine>) -> Vec<Finding> {
    let api = match Api::new(&options.api_url) {
        Ok(api) => api,
        Err(error) => return vec![Finding::bad("slack", error.to_string())],
    };
    let mut findings = vec![signing_secret(options)];
    findings.extend(bot_token(options, &api).await);
    findings.extend(app_token(options, &api).await);
    findings.push(address(options).await);
    if let Some(engine) = engine {
        findings.push(seen::deliveries(engine, options.app_token.is_some()).await);
        findings.extend(seen::files(engine).await);
        findings.extend(workspaces::check(options, engine, &api).await);
    }
    findings
}

/// Checks the connection of one workspace, as its admins may know of it.
pub async fn check_workspace(options: &HealthOptions, engine: &Engine, by: &Installation) -> Vec<Finding> {
    let api = match Api::new(&options.api_url) {
        Ok(api) => api,
        Err(error) => return vec![Finding::bad("slack", error.to_string())],
    };
    let mut findings = vec![signing_secret(options)];
    findings.extend(workspace(options, &api, by).await);
    findings.extend(app_token(options, &api).await);
    findings.push(address(options).await);
    findings.push(seen::deliveries(engine, options.app_token.is_some()).await);
    findings
}

async fn workspace(options: &HealthOptions, api: &Api, by: &Installation) -> Vec<Finding> {
    const PART: &str = "slack workspace";
    let asked_at = Clock::system().now();
    match api.auth_test(&by.bot_token).await {
        Ok(answer) => {
            let mut findings = vec![Finding::good(PART, format!("{} answers", by.name))];
            findings.extend(answer.scopes.as_deref().map(|granted| scopes(options, granted)));
            findings.extend(answer.date.map(|theirs| clock(asked_at, theirs)));
            findings
        }
        Err(error) => vec![Finding::bad(PART, cure(&error, "the bot's token", &options.api_url))],
    }
}

fn signing_secret(options: &HealthOptions) -> Finding {
    const PART: &str = "slack signing secret";
    const WHERE: &str = "copy it from api.slack.com/apps, your app, Basic Information, Signing Secret";
    let Some(secret) = &options.signing_secret else {
        return match &options.app_token {
            Some(_) => Finding::good(PART, "not needed with Socket Mode"),
            None => Finding::bad(
                PART,
                format!("slack.signing_secret is not set, so nothing from Slack is accepted: {WHERE}"),
            ),
        };
    };
    let secret = secret.expose_secret();
    let is_client_secret =
        options.app.as_ref().is_some_and(|app| app.client_secret.expose_secret() == secret);
    if is_client_secret {
        return Finding::bad(
            PART,
            format!("slack.signing_secret and slack.client_secret are the same; they are two: {WHERE}"),
        );
    }
    if secret.len() != 32 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Finding::bad(PART, format!("slack.signing_secret is not 32 digits of 0-9 and a-f: {WHERE}"));
    }
    Finding::good(PART, "has the right shape")
}

async fn bot_token(options: &HealthOptions, api: &Api) -> Vec<Finding> {
    const PART: &str = "slack bot token";
    let Some(token) = &options.bot_token else {
        return match &options.app {
            Some(_) => Vec::new(),
            None => vec![Finding::bad(
                PART,
                "neither slack.bot_token nor slack.client_id with slack.client_secret is set: set one of them",
            )],
        };
    };
    if let Some(problem) = token::bot_problem(token.expose_secret()) {
        return vec![Finding::bad(PART, problem)];
    }
    let asked_at = Clock::system().now();
    match api.auth_test(token).await {
        Ok(answer) => {
            let mut findings = vec![whose(PART, token, &answer)];
            findings.extend(answer.scopes.as_deref().map(|granted| scopes(options, granted)));
            findings.extend(answer.date.map(|theirs| clock(asked_at, theirs)));
            findings
        }
        Err(error) => vec![Finding::bad(PART, cure(&error, "slack.bot_token", &options.api_url))],
    }
}

fn whose(part: &'static str, token: &SecretString, answer: &AuthTest) -> Finding {
    if answer.bot_id.is_none() {
        return Finding::warn(
            part,
            format!(
                "Slack names no bot for it in {}; take the Bot User OAuth Token of OAuth & Permissions",
                answer.team
            ),
        );
    }
    if token::ends(token.expose_secret()) {
        let cure = "connect the workspace with `flowpilot slack link` instead, or switch token rotation off in the app";
        return Finding::warn(
            part,
            format!("works in {}, but ends within twelve hours: {cure}", answer.team),
        );
    }
    Finding::good(part, format!("works in {} ({})", answer.team, answer.workspace()))
}

/// What Slack's refusal of a token means, and what to do.
fn cure(error: &ApiError, setting: &str, api_url: &str) -> String {
    match error {
        ApiError::Refused(reason) => {
            let means = match reason.as_str() {
                "invalid_auth" | "not_authed" => "Slack does not know this token; copy it again",
                "account_inactive" | "token_revoked" => {
                    "the app was removed from the workspace, or the token revoked; install the app again"
                }
                "token_expired" => "the token has ended; connect the workspace with `flowpilot slack link`",
                "org_login_required" | "ekm_access_denied" => "the workspace's admins have closed it to apps",
                "missing_scope" => "the token lacks a permission; install the app again",
                _ => "see this word in Slack's documentation of auth.test",
            };
            format!("{setting}: Slack answers {reason}: {means}")
        }
        ApiError::RateLimited(_) => format!("{error}; run this again after that"),
        ApiError::Unreachable(_) | ApiError::Unreadable(_) => {
            format!("{error}. Check that this machine may reach {api_url} (slack.api_url)")
        }
    }
}

fn scopes(options: &HealthOptions, granted: &[String]) -> Finding {
    const PART: &str = "slack scopes";
    let granted = || granted.iter().map(String::as_str);
    let (missing, superfluous) = (missing(granted(), options.has_links()), superfluous(granted()));
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Finding::bad(
            PART,
            format!(
                "missing: {missing}. Add them in OAuth & Permissions (or the manifest), and reinstall the app"
            ),
        );
    }
    if !superfluous.is_empty() {
        return Finding::warn(
            PART,
            format!("not needed: {}. Remove what nothing else uses", superfluous.join(", ")),
        );
    }
    Finding::good(PART, "all that are needed, and no more")
}

fn clock(ours: Timestamp, theirs: Timestamp) -> Finding {
    const PART: &str = "slack clock";
    let off = ours.as_secs() - theirs.as_secs();
    let text = format!(
        "this machine's clock is {} s {} Slack's",
        off.abs(),
        if off < 0 { "behind" } else { "ahead of" }
    );
    if off.abs() <= NOTED_SKEW {
        return Finding::good(PART, format!("within {NOTED_SKEW} s of Slack's"));
    }
    if off.abs() <= LARGEST_SKEW {
        return Finding::warn(PART, format!("{text}; switch on time synchronisation (NTP)"));
    }
    Finding::bad(PART, format!("{text}, and what is signed five minutes apart is refused; switch on NTP"))
}

async fn app_token(options: &HealthOptions, api: &Api) -> Option<Finding> {
    const PART: &str = "slack app token";
    let token = options.app_token.as_ref()?;
    if let Some(problem) = token::app_problem(token.expose_secret()) {
        return Some(Finding::bad(PART, problem));
    }
    Some(match api.connections_open(token).await {
        Ok(()) => Finding::good(PART, "Socket Mode can be used"),
        Err(ApiError::Refused(reason)) if reason == "missing_scope" => Finding::bad(
            PART,
            "slack.app_token lacks connections:write; make a new one in Basic Information, App-Level Tokens",
        ),
        Err(error) => Finding::bad(PART, cure(&error, "slack.app_token", &options.api_url)),
    })
}

async fn address(options: &HealthOptions) -> Finding {
    const PART: &str = "slack address";
    let Some(given) = options.public_url.as_deref().map(|url| url.trim_end_matches('/')) else {
        return match &options.app_token {
            Some(_) => Finding::good(PART, "not needed with Socket Mode"),
            None => Finding::bad(
                PART,
                "public_url is not set, so Slack has no address to send to: set it, or slack.app_token for Socket Mode",
            ),
        };
    };
    let Ok(url) = Url::parse(given) else {
        return Finding::bad(
            PART,
            format!("public_url = {given:?} is no address; write it as https://flowpilot.example.com"),
        );
    };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => true,
    };
    // With another API than Slack's, what sends to us may be on this machine too.
    let is_slack = options.api_url == API_URL;
    if is_slack && options.app_token.is_none() && (is_here || url.scheme() != "https") {
        let cure = "Slack sends only to https:// at an address that the internet reaches; use such a one, or Socket Mode";
        return Finding::bad(PART, format!("public_url is {given}: {cure}"));
    }
    if options.app_token.is_some() {
        return Finding::good(PART, "events come by Socket Mode");
    }
    knock(given).await
}

/// Sends what Slack would, without a signature: FlowPilot must be what refuses it.
async fn knock(public_url: &str) -> Finding {
    const PART: &str = "slack address";
    let url = format!("{public_url}/slack/events");
    let Ok(client) = flowpilot::http::client(Duration::from_secs(10)) else {
        return Finding::bad(PART, "no HTTP client could be made");
    };
    match client.post(&url).header("content-type", "application/json").body("{}").send().await {
        Ok(answer) => match answer.status().as_u16() {
            401 => Finding::good(PART, format!("{url} is reached, and refuses what is not signed")),
            403 => Finding::bad(
                PART,
                format!("{url} answers 403: a firewall in front refuses it; let Slack's requests through"),
            ),
            404 => Finding::bad(
                PART,
                format!(
                    "{url} answers 404: the proxy in front does not pass /slack on, or the server runs without [slack]"
                ),
            ),
            status => Finding::bad(PART, format!("{url} answers {status}; check the proxy in front")),
        },
        Err(_) => Finding::warn(
            PART,
            format!(
                "{url} cannot be reached from here; check that the server runs, and the name and certificate"
            ),
        ),
    }
}
