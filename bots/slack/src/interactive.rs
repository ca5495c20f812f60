//! Clicks, forms and shortcuts.
//!
//! A click that asks for nothing is stored and acknowledged like words. A button that asks for values first opens a
//! form at once, because what opens one is void after three seconds; the form is then worked while its sender waits,
//! so that what is wrong is said on the field, and what is secret is never stored.

use std::time::Duration;

use flowpilot::error::FieldError;
use flowpilot::store::CardId;
use flowpilot::surface::{Action, Card, CardState, Inbound, What, accept, find_card};
use flowpilot::{Error, Result, copilot, session};
use serde_json::{Value, json};

use crate::events::{Home, author};
use crate::manifest::WORK_THIS;
use crate::modal::{self, FORM, Target};
use crate::render::{ASK, MORE, PRESS};
use crate::wire::{Interaction, InteractionKind, Pressed, channel_and_root, place};
use crate::{Slack, accounts, channel, home, judging};

/// A form is to be answered within three seconds.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// Stores what was done, or does it; answers with what Slack is told besides the acknowledgement.
///
/// # Errors
/// When it could not be stored.
pub(crate) async fn take(slack: &Slack, done: Interaction) -> Result<Option<Value>> {
    let Some(home) = Home::of(slack, done.happened_in()).await? else {
        tracing::warn!("something was clicked in a workspace that is not connected");
        return Ok(None);
    };
    match done.kind {
        InteractionKind::BlockActions => clicked(slack, &home, &done).await.map(|()| None),
        InteractionKind::MessageAction if done.callback_id.as_deref() == Some(WORK_THIS) => {
            work_this(slack, &home, &done).await.map(|()| None)
        }
        InteractionKind::ViewSubmission
            if done.view["callback_id"] == FORM || done.view["callback_id"] == accounts::FORM =>
        {
            Ok(submitted(slack, home, done).await)
        }
        _ => Ok(None),
    }
}

/// A button of a card.
struct Click<'a> {
    card: CardId,
    action: &'a str,
    channel: &'a str,
    root: &'a str,
}

async fn clicked(slack: &Slack, home: &Home, done: &Interaction) -> Result<()> {
    let Some(pressed) = done.actions.first() else { return Ok(()) };
    if pressed.action_id.starts_with(home::OPEN) {
        return Ok(());
    }
    if pressed.action_id == accounts::LINK_PSA {
        accounts::ask(slack, home, done);
        return Ok(());
    }
    if let Some(decision) = accounts::Decision::of(pressed) {
        return accounts::decide(slack, home, done, decision).await;
    }
    if let Some(what) = judging::judged(pressed) {
        return judge(slack, home, done, pressed, what).await;
    }
    let Some(click) = click(done, pressed) else {
        tracing::warn!(action = pressed.action_id, "a button was pressed that is on no card");
        return Ok(());
    };
    let asks = if pressed.action_id.starts_with(ASK) {
        true
    } else if pressed.action_id == MORE {
        asks_for_values(slack, home, &click).await?
    } else if pressed.action_id.starts_with(PRESS) {
        false
    } else {
        return Ok(());
    };
    if asks {
        if let Some(by) = home.installation.clone() {
            let target = Target {
                card: click.card,
                action: click.action.to_owned(),
                channel: click.channel.to_owned(),
                thread: click.root.to_owned(),
                workspace: home.workspace.clone(),
            };
            let trigger = done.trigger_id.clone().unwrap_or_default();
            let slack_too = slack.clone();
            slack.spawn(async move { slack_too.ask(&by, &trigger, &target).await });
        }
        return Ok(());
    }
    let at = pressed.action_ts.as_deref().or(done.trigger_id.as_deref()).unwrap_or_default();
    let inbound = Inbound {
        key: format!("{}/click/{}/{}/{at}", home.workspace, done.user.id, click.card),
        thread: home.thread(place(click.channel, click.root)),
        author: author(&done.user.id, done.user.name()),
        files: Vec::new(),
        what: What::Pressed {
            card: click.card,
            action: click.action.to_owned(),
            fields: std::collections::BTreeMap::new(),
        },
    };
    accept(slack.engine(), &inbound, home.installation.as_deref().map(|by| by.team)).await
}

/// Stores what somebody thinks of an answer. Every press is told, also of the same button again.
async fn judge(slack: &Slack, home: &Home, done: &Interaction, pressed: &Pressed, what: What) -> Result<()> {
    let (Some(channel), Some(root)) = (done.channel(), done.root()) else { return Ok(()) };
    let at = pressed.action_ts.as_deref().or(done.trigger_id.as_deref()).unwrap_or_default();
    let inbound = Inbound {
        key: format!("{}/judge/{}/{}/{at}", home.workspace, done.user.id, pressed.block_id),
        thread: home.thread(place(channel, root)),
        author: author(&done.user.id, done.user.name()),
        files: Vec::new(),
        what,
    };
    accept(slack.engine(), &inbound, home.installation.as_deref().map(|by| by.team)).await
}

fn click<'a>(done: &'a Interaction, pressed: &'a Pressed) -> Option<Click<'a>> {
    let card = pressed.block_id.strip_prefix("card:")?.split(':').next()?.parse().ok()?;
    Some(Click { card, action: pressed.choice()?, channel: done.channel()?, root: done.root()? })
}

/// Whether an action of the menu needs values. Of a card that is not there, or not here, nothing is known: the press
/// itself is refused.
async fn asks_for_values(slack: &Slack, home: &Home, click: &Click<'_>) -> Result<bool> {
    let Some(by) = &home.installation else { return Ok(false) };
    let found = find_card(slack.engine(), by.team, click.card).await?;
    let action = found.as_ref().and_then(|found| found.card.actions.iter().find(|a| a.id == click.action));
    Ok(action.is_some_and(|action| !action.inputs.is_empty()))
}

async fn work_this(slack: &Slack, home: &Home, done: &Interaction) -> Result<()> {
    let Some(message) = &done.message else { return Ok(()) };
    let (Some(channel), Some(root)) = (done.channel(), done.root()) else { return Ok(()) };
    let files = message.posted();
    let text = Some(message.words(home.bot_user.as_deref()));
    let text = text.filter(|text| !text.is_empty() || !files.is_empty());
    let once = done.trigger_id.as_deref().or(done.action_ts.as_deref()).unwrap_or_default();
    let inbound = Inbound {
        key: format!("{}/{channel}/{root}/{WORK_THIS}/{once}", home.workspace),
        thread: home.thread(place(channel, root)),
        author: author(&done.user.id, done.user.name()),
        files,
        what: What::Started {
            connection: None,
            ticket: None,
            text,
            whole_thread: true,
            message: message.ts.clone(),
        },
    };
    accept(slack.engine(), &inbound, home.installation.as_deref().map(|by| by.team)).await
}

/// An action of a card, as long as it can still be used there.
///
/// # Errors
/// What to tell the person.
pub(crate) fn usable<'a>(card: &'a Card, action: &str) -> std::result::Result<&'a Action, String> {
    match &card.state {
        CardState::Decided { choice, by, .. } => Err(format!("Already decided by {by}: {choice}")),
        CardState::Superseded { .. } => Err("This card was superseded; use the newest one.".to_owned()),
        CardState::Open => card
            .actions
            .iter()
            .find(|a| a.id == action)
            .ok_or_else(|| "This button is no longer there; the card has changed.".to_owned()),
    }
}

/// Works a form that was sent; answers within Slack's three seconds, whatever happens.
async fn submitted(slack: &Slack, home: Home, done: Interaction) -> Option<Value> {
    let title = done.view["title"]["text"].as_str().unwrap_or("FlowPilot").to_owned();
    let view = done.view.clone();
    let (sender, answer) = tokio::sync::oneshot::channel();
    let slack_too = slack.clone();
    // In a task of its own: what was begun is finished even if Slack hangs up.
    slack.spawn(async move {
        let worked = if done.view["callback_id"] == accounts::FORM {
            accounts::submitted(&slack_too, &home, &done).await
        } else {
            slack_too.work_form(&home, &done).await
        };
        let late = match sender.send(worked) {
            Ok(()) => return,
            Err(worked) => worked,
        };
        if let (Err(error), Some(by)) = (late, &home.installation)
            && let Some(target) = target(&done.view)
        {
            let thread = place(&target.channel, &target.thread);
            let _ = slack_too.tell(by, &thread, &done.user.id, &error.to_person()).await;
        }
    });
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => Some(refusal(&error, &view, &title)),
        Ok(Err(_)) | Err(_) => Some(update(
            &title,
            "This takes longer than usual. Close this: what comes of it is shown in the thread, or on your Home.",
        )),
    }
}

/// What is wrong with a value is said on its field; what may pass keeps the form open, so that nothing that was typed
/// is lost; the rest takes the form's place.
fn refusal(error: &Error, view: &Value, title: &str) -> Value {
    match error {
        Error::Invalid(rules) => modal::errors(rules, view),
        _ if error.may_pass() || !error.is_for_the_person() => {
            let rule = FieldError { field: "Not done".to_owned(), rule: error.to_person() };
            modal::errors(&[rule], view)
        }
        _ => update(title, &error.to_person()),
    }
}

fn update(title: &str, why: &str) -> Value {
    json!({ "response_action": "update", "view": modal::failed(title, why) })
}

fn target(view: &Value) -> Option<Target> {
    serde_json::from_str(view["private_metadata"].as_str()?).ok()
}

impl Slack {
    /// Opens the form of an action: a view at once, the form as soon as it is known.
    async fn ask(&self, by: &crate::install::Installation, trigger: &str, target: &Target) {
        let opened = self.sender().open_view(by, trigger, &json!(modal::loading("FlowPilot"))).await;
        let (id, hash) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "a form could not be opened");
                return;
            }
        };
        let view = match find_card(self.engine(), by.team, target.card).await {
            Ok(Some(found))
                if channel_and_root(&found.thread.thread) == (&*target.channel, Some(&*target.thread)) =>
            {
                match usable(&found.card, &target.action) {
                    Ok(action) => match channel::filled(self.engine(), by, action).await {
                        Ok(action) => modal::form(&found.card, &action, target),
                        Err(error) => modal::failed("FlowPilot", &error.to_person()),
                    },
                    Err(why) => modal::failed("FlowPilot", &why),
                }
            }
            Ok(_) => modal::failed("FlowPilot", "This card is not known here."),
            Err(error) => modal::failed("FlowPilot", &error.to_person()),
        };
        if let Err(error) = self.sender().update_view(by, &id, &hash, &json!(view)).await {
            tracing::warn!(%error, "a form could not be shown");
        }
    }

    /// Uses the button that a form belongs to. What only its sender is to see goes to them and is kept nowhere.
    async fn work_form(&self, home: &Home, done: &Interaction) -> Result<()> {
        let target = target(&done.view).filter(|target| target.workspace == home.workspace);
        let target = target.ok_or(Error::NotFound("card"))?;
        let thread = home.thread(place(&target.channel, &target.thread));
        let engine = self.engine();
        let person = author(&done.user.id, done.user.name());
        let caller = copilot::caller_of(engine, &thread.workspace(), &person).await?;
        let found = session::by_thread(&engine.db, caller.team(), &thread).await?;
        let session = found.ok_or(Error::NotFound("session"))?.id;
        let fields = modal::fields(&done.view["state"]["values"]);
        let key = format!("slack/{}", done.view["id"].as_str().unwrap_or_default());
        let pressed =
            copilot::press_once(engine, &caller, session, &key, target.card, &target.action, &fields).await;
        let (_, reply) = pressed?;
        if let (Some(text), Some(by)) = (reply.0, home.installation.clone()) {
            let (slack, user) = (self.clone(), done.user.id.clone());
            self.spawn(async move {
                if let Err(error) = slack.tell(&by, &thread.thread, &user, &text).await {
                    tracing::error!(%error, "an answer for one person could not be shown");
                }
            });
        }
        Ok(())
    }
}
