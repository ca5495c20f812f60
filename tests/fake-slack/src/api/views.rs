//! Modals and Home tabs: `views.open`, `push`, `update`, `publish`.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::check::check_view;
use crate::clock;
use crate::world::{Trigger, View, World};

/// Views of one stack.
const STACK: usize = 3;

pub(super) fn open(turn: &mut Turn<'_>) -> Done {
    let trigger = exchange(turn)?;
    let body = body(turn, "modal")?;
    let view = new_view(turn.world, &trigger.user, &trigger.team, body, None);
    turn.world.modals.insert(trigger.user, vec![view.clone()]);
    Ok(shown(turn, &view))
}

pub(super) fn push(turn: &mut Turn<'_>) -> Done {
    let trigger = exchange(turn)?;
    let body = body(turn, "modal")?;
    let stack = turn.world.modals.get(&trigger.user).cloned().unwrap_or_default();
    let within = |view: &View| Some(&view.id) == trigger.view.as_ref();
    if !stack.iter().any(within) {
        return Err(Refusal::new("not_found"));
    }
    if stack.len() >= STACK {
        return Err(Refusal::new("push_limit_reached"));
    }
    let view = new_view(turn.world, &trigger.user, &trigger.team, body, stack.last());
    turn.world.modals.entry(trigger.user).or_default().push(view.clone());
    Ok(shown(turn, &view))
}

pub(super) fn update(turn: &mut Turn<'_>) -> Done {
    if !turn.args.has("view_id") && !turn.args.has("external_id") {
        return Err(Refusal::invalid("either `view_id` or `external_id` is required"));
    }
    let body = body(turn, "modal")?;
    let id = turn.args.text("view_id").unwrap_or_default().to_owned();
    let external = turn.args.text("external_id").unwrap_or_default().to_owned();
    let hash = turn.args.text("hash").map(str::to_owned);
    let fresh = turn.world.id("hash.");
    let is_it = |view: &&mut View| {
        view.id == id || (!external.is_empty() && view.body["external_id"] == external.as_str())
    };
    let view = turn.world.modals.values_mut().flatten().find(is_it);
    let view = view.ok_or_else(|| Refusal::new("not_found"))?;
    if hash.is_some_and(|hash| hash != view.hash) {
        return Err(Refusal::new("hash_conflict"));
    }
    view.body = body;
    view.hash = fresh;
    view.updates += 1;
    view.errors.clear();
    let view = view.clone();
    Ok(shown(turn, &view))
}

pub(super) fn publish(turn: &mut Turn<'_>) -> Done {
    let user = turn.args.must("user_id")?.to_owned();
    if !turn.world.people.contains_key(&user) {
        return Err(Refusal::invalid("invalid `user_id`"));
    }
    let body = body(turn, "home")?;
    let old = turn.world.homes.get(&user).cloned();
    let hash = turn.args.text("hash");
    if let (Some(old), Some(hash)) = (&old, hash)
        && old.hash != hash
    {
        return Err(Refusal::new("hash_conflict"));
    }
    let team = turn.workspace.team.clone();
    let mut view = new_view(turn.world, &user, &team, body, None);
    if let Some(old) = old {
        view.updates = old.updates + 1;
        view.id.clone_from(&old.id);
        view.root = old.id;
    }
    turn.world.homes.insert(user, view.clone());
    Ok(shown(turn, &view))
}

/// Exchanges the call's `trigger_id`; it works once and for a short time.
fn exchange(turn: &mut Turn<'_>) -> Result<Trigger, Refusal> {
    let id = turn.args.text("trigger_id").or_else(|| turn.args.text("interactivity_pointer"));
    let Some(id) = id.map(str::to_owned) else { return Err(Refusal::missing(&["trigger_id"])) };
    let trigger = turn.world.triggers.get_mut(&id).ok_or_else(|| Refusal::new("invalid_trigger_id"))?;
    if clock::now() > trigger.until {
        return Err(Refusal::new("expired_trigger_id"));
    }
    if std::mem::replace(&mut trigger.used, true) {
        return Err(Refusal::new("exchanged_trigger_id"));
    }
    Ok(trigger.clone())
}

/// The view among the arguments, if it is of this type and Slack takes it.
fn body(turn: &mut Turn<'_>, kind: &str) -> Result<Value, Refusal> {
    let view = turn.args.json("view", "invalid_arguments")?.unwrap_or_default();
    turn.refuse(check_view(&view), view.clone())?;
    if view["type"] == kind { Ok(view) } else { Err(Refusal::invalid(&format!("view must be a {kind}"))) }
}

/// A view for somebody, on top of another or alone.
pub(crate) fn new_view(world: &mut World, user: &str, team: &str, body: Value, below: Option<&View>) -> View {
    let id = world.id("V");
    View {
        root: below.map_or_else(|| id.clone(), |below| below.root.clone()),
        previous: below.map(|below| below.id.clone()),
        user: user.to_owned(),
        team: team.to_owned(),
        body,
        hash: world.id("hash."),
        errors: Default::default(),
        updates: 0,
        id,
    }
}

fn shown(turn: &Turn<'_>, view: &View) -> Value {
    json!({ "view": view.json(&turn.world.options.app_id, &turn.workspace.bot_id) })
}
