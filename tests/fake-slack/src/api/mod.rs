//! The Web API: who calls what, with which arguments, and the answer.

mod agents;
mod args;
mod chat;
mod conversations;
mod files;
mod links;
mod oauth;
mod people;
mod reactions;
mod refusal;
mod streams;
mod table;
mod validate;
mod views;

use axum::http::{HeaderMap, Method as Verb, header};
use serde_json::{Value, json};

pub(crate) use args::Args;
pub(crate) use refusal::Refusal;
pub use table::{By, METHODS, Method};
pub(crate) use views::new_view;

use crate::check::Problem;
use crate::world::{Channel, Invalid, Workspace, World};

/// What a method answers: the fields beside `ok`.
pub(crate) type Done = Result<Value, Refusal>;

/// One call on its way through a method.
pub(crate) struct Turn<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) args: Args,
    /// The workspace of the token.
    pub(crate) workspace: Workspace,
    pub(crate) scopes: Vec<String>,
    pub(crate) headers: HeaderMap,
    /// Host and port that this Slack listens on.
    pub(crate) host: &'a str,
    method: &'static str,
    warnings: Vec<&'static str>,
}

/// A call as it came.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) verb: &'a Verb,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Its answer, and what of it is written down.
pub(crate) struct Reply {
    pub(crate) body: Value,
    pub(crate) arguments: Value,
    pub(crate) scopes: Vec<String>,
}

/// Answers a call.
pub(crate) fn answer(world: &mut World, host: &str, request: &Request<'_>) -> Reply {
    let mut reply = Reply { body: Value::Null, arguments: Value::Null, scopes: Vec::new() };
    reply.body = match work(world, host, request, &mut reply) {
        Ok(body) => body,
        Err(refusal) => refusal.body(),
    };
    reply
}

fn work(world: &mut World, host: &str, request: &Request<'_>, reply: &mut Reply) -> Done {
    let method = METHODS.iter().find(|method| method.name == request.method);
    let method = method.ok_or_else(|| Refusal::new("unknown_method"))?;
    if request.verb != Verb::POST && !method.reads {
        return Err(Refusal::new("insecure_request"));
    }
    let args = Args::read(request.query, request.headers, request.body, method.json)?;
    reply.arguments = args.shown();
    let (team, scopes) = authorize(world, method, request.headers)?;
    reply.scopes.clone_from(&scopes);
    let missing: Vec<_> = method.required.iter().copied().filter(|name| !has_any(&args, name)).collect();
    if !missing.is_empty() {
        return Err(Refusal::missing(&missing));
    }
    let workspace = world.workspace(&team);
    let headers = request.headers.clone();
    let mut turn =
        Turn { world, args, workspace, scopes, headers, host, method: method.name, warnings: Vec::new() };
    let mut body = (method.run)(&mut turn)?;
    body["ok"] = true.into();
    if !turn.warnings.is_empty() {
        body["warning"] = turn.warnings.join(",").into();
        body["response_metadata"]["warnings"] = json!(turn.warnings);
    }
    Ok(body)
}

fn has_any(args: &Args, names: &str) -> bool {
    // An empty status clears the one that is shown.
    names.split('|').any(|name| args.has(name) || (name == "status" && args.is_given(name)))
}

/// Whose token it is: the workspace and the scopes.
fn authorize(world: &World, method: &Method, headers: &HeaderMap) -> Result<(String, Vec<String>), Refusal> {
    if method.by == By::Nobody {
        return Ok((world.options.team.clone(), Vec::new()));
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).filter(|token| !token.is_empty());
    let bearer = bearer.ok_or_else(|| Refusal::new("not_authed"))?;
    let token = world.tokens.get(bearer).ok_or_else(|| Refusal::new("invalid_auth"))?;
    if let Some(problem) = token.problem() {
        return Err(Refusal::new(problem));
    }
    if token.app_level != (method.by == By::App) {
        return Err(Refusal::new("not_allowed_token_type"));
    }
    let enough = method.scopes.is_empty()
        || method.scopes.iter().any(|&scope| token.scopes.iter().any(|s| s == scope));
    if !enough {
        let refusal = Refusal::new("missing_scope").with("needed", method.scopes.join(",").into());
        return Err(refusal.with("provided", token.scopes.join(",").into()));
    }
    Ok((token.team.clone(), token.scopes.clone()))
}

impl Turn<'_> {
    /// The channel of an argument; a user's id stands for the direct conversation.
    pub(crate) fn channel(&mut self, argument: &str) -> Result<Channel, Refusal> {
        let mut id = self.args.must(argument)?.to_owned();
        if id.starts_with(['U', 'W']) && self.world.people.contains_key(&id) {
            id = self.world.direct(&self.workspace.team, &id);
        }
        let channel = self.world.channels.get(&id).filter(|channel| self.may_see(channel));
        channel.cloned().ok_or_else(|| Refusal::new("channel_not_found"))
    }

    /// Whether the app can know of the channel: one of its workspace, and not a private one without the bot.
    fn may_see(&self, channel: &Channel) -> bool {
        let open = channel.kind == crate::ChannelKind::Public;
        self.reaches(&channel.team) && (open || channel.members.contains(&self.workspace.bot_user))
    }

    /// Whether the token is good for this workspace: its own, or any of its organisation when it is installed there.
    pub(crate) fn reaches(&self, team: &str) -> bool {
        let same_organisation = || {
            let other = self.world.workspaces.get(team).and_then(|workspace| workspace.enterprise.clone());
            other.is_some() && other == self.workspace.enterprise
        };
        team == self.workspace.team || (self.workspace.org_wide && same_organisation())
    }

    /// Refuses a payload with problems, and writes them down for the test.
    pub(crate) fn refuse(&mut self, problems: Vec<Problem>, payload: Value) -> Result<(), Refusal> {
        if problems.is_empty() {
            return Ok(());
        }
        let refusal = Refusal::problems(&problems);
        self.warnings
            .extend(problems.iter().filter(|problem| !problem.refused()).map(|problem| problem.error));
        self.world.invalid.push(Invalid { method: self.method.to_owned(), problems, payload });
        refusal.map_or(Ok(()), Err)
    }
}
