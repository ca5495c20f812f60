//! Channels as places where cards are shown: whether one can be used, what it is called, and what to say where one
//! lets nothing in any more.

use flowpilot::queue::{Closed, Failure};
use flowpilot::surface::{Action, InputKind, ThreadRef};
use flowpilot::team::Platform;
use flowpilot::{Engine, Error, Result, escalation};
use serde_json::Value;

use crate::Slack;
use crate::install::Installation;
use crate::send::{Refusal, SendError};

const INVITE: &str = "invite FlowPilot there: /invite @FlowPilot";

/// What a channel is called that somebody chose for cards.
///
/// # Errors
/// [`Error::Invalid`] where no card can be shown there, saying how to mend it; [`Error::Upstream`].
pub(crate) async fn chosen(slack: &Slack, by: &Installation, id: &str) -> Result<String> {
    let about = match slack.sender().channel(by, id).await {
        Ok(about) => about,
        Err(error) if error.refusal() == Some(Refusal::Place) => {
            return Err(refused(&format!("FlowPilot does not see this channel; {INVITE}")));
        }
        Err(error) => return Err(error.into()),
    };
    let is = |flag: &str| about[flag] == true;
    if is("is_im") || is("is_mpim") {
        Err(refused("is a conversation; choose a channel"))
    } else if is("is_archived") {
        Err(refused("is archived; unarchive the channel, or choose another one"))
    } else if is("is_ext_shared") {
        Err(refused(
            "is shared with another organisation, which would read along; choose a channel of your own",
        ))
    } else if !is("is_member") {
        Err(refused(&format!("FlowPilot is not in this channel; {INVITE}")))
    } else {
        Ok(named(&about).unwrap_or_else(|| id.to_owned()))
    }
}

fn refused(rule: &str) -> Error {
    Error::invalid("place", rule)
}

fn named(about: &Value) -> Option<String> {
    about["name"].as_str().map(|name| format!("#{name}"))
}

/// The failure that a refusal is: of a channel that lets nothing in, with what an admin needs to know.
pub(crate) async fn failure(slack: &Slack, by: &Installation, id: &str, error: SendError) -> Failure {
    let Some((why, cure)) = closes(&error) else { return error.into() };
    let about = slack.sender().channel(by, id).await.ok();
    let name = match about.as_ref().and_then(named) {
        Some(name) => format!("the channel {name}"),
        None => format!("the channel with the id {id}"),
    };
    Failure::Closed(Closed { place: id.to_owned(), name, why: why.to_owned(), cure: cure.to_owned() })
}

/// Why a channel lets nothing in, and what helps, where that is what the refusal says.
fn closes(error: &SendError) -> Option<(&'static str, &'static str)> {
    let SendError::Refused { code, .. } = error else { return None };
    match code.as_str() {
        "is_archived" => Some(("it is archived", "unarchive the channel, or work in another one")),
        "not_in_channel" => Some(("FlowPilot is not in it", INVITE)),
        "channel_not_found" => Some((
            "it was deleted, or FlowPilot was removed from it",
            "invite FlowPilot there again (/invite @FlowPilot), or work in another channel if it is gone",
        )),
        _ => None,
    }
}

/// Lets only those channels pass that no other organisation reads. What cannot be looked at refuses by itself.
///
/// # Errors
/// [`Failure::Closed`] for a shared one; [`Failure::Retry`] when Slack cannot be asked.
pub(crate) async fn is_our_own(slack: &Slack, by: &Installation, id: &str) -> Result<(), Failure> {
    let about = match slack.sender().channel(by, id).await {
        Ok(about) => about,
        Err(error) if error.may_pass() => return Err(error.into()),
        Err(_) => return Ok(()),
    };
    if about["is_ext_shared"] != true {
        return Ok(());
    }
    Err(Failure::Closed(Closed {
        place: id.to_owned(),
        name: format!("the channel {}", named(&about).as_deref().unwrap_or(id)),
        why: "it is shared with another organisation, which would read along".to_owned(),
        cure: "choose a channel of your own".to_owned(),
    }))
}

/// An action whose channels are filled in with where the team's escalations usually go.
///
/// # Errors
/// The database's.
pub(crate) async fn filled(engine: &Engine, by: &Installation, action: &Action) -> Result<Action> {
    let mut action = action.clone();
    for input in action.inputs.iter_mut().filter(|input| input.kind == InputKind::Channel) {
        let workspace =
            ThreadRef { platform: Platform::Slack, workspace: by.workspace.clone(), thread: String::new() };
        let usual = escalation::place::usual(engine, by.team, &workspace).await?;
        input.value = usual.map(|place| place.at.thread).or(input.value.take());
    }
    Ok(action)
}
