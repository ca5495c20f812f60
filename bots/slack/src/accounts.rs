//! Linking a person's account of the ticket system: a button on their Home, a form with one field, and what is wrong
//! with it said there. What no address proves, an admin confirms on theirs.

use flowpilot::psa::account::{claim_in_words, confirm};
use flowpilot::psa::refusal::refuse;
use flowpilot::store::{ConnectionId, MemberId};
use flowpilot::surface::{Input, InputKind};
use flowpilot::{Result, copilot};
use serde_json::json;

use crate::Slack;
use crate::events::{Home, author};
use crate::modal;
use crate::wire::{Interaction, Pressed};

/// The `action_id` of the button on the Home.
pub(crate) const LINK_PSA: &str = "link_psa";
/// Begins the `action_id` of an admin's button; a member's id and a connection's follow ([`claim_id`]), and the `value` is
/// the ticket system's id.
pub(crate) const CONFIRM_PSA: &str = "confirm_psa:";
/// As [`CONFIRM_PSA`].
pub(crate) const REFUSE_PSA: &str = "refuse_psa:";
/// The `callback_id` of the form.
pub(crate) const FORM: &str = "link_psa";

const FIELD: &str = "identifier";

/// Opens the form: what opens one is void after three seconds, and nothing has to be looked up for it.
pub(crate) fn ask(slack: &Slack, home: &Home, done: &Interaction) {
    let Some(by) = home.installation.clone() else { return };
    let (slack_too, trigger) = (slack.clone(), done.trigger_id.clone().unwrap_or_default());
    slack.spawn(async move {
        let name = Input::new(FIELD, "The name you log in to ConnectWise with", InputKind::Text, 60);
        let why = "Notes that you post then carry your name in the ticket.";
        let form = modal::simple(FORM, "Link ConnectWise", why, &[name]);
        if let Err(error) = slack_too.sender().open_view(&by, &trigger, &json!(form)).await {
            tracing::warn!(%error, "a form could not be opened");
        }
    });
}

/// Works the form, and shows on the Home what came of it.
///
/// # Errors
/// As [`claim_in_words`].
pub(crate) async fn submitted(slack: &Slack, home: &Home, done: &Interaction) -> Result<()> {
    let at = home.thread(String::new()).workspace();
    let person = author(&done.user.id, done.user.name());
    let caller = copilot::caller_of(slack.engine(), &at, &person).await?;
    let fields = modal::fields(&done.view["state"]["values"]);
    claim_in_words(slack.engine(), &caller, fields.get(FIELD).map_or("", String::as_str)).await?;
    slack.spawn(crate::homepage::show(slack.clone(), home.clone(), done.user.id.clone(), None));
    Ok(())
}

/// How the buttons of the Home name what a member said to be in a connection.
pub(crate) fn claim_id(whose: MemberId, connection: ConnectionId) -> String {
    format!("{whose}:{connection}")
}

/// What an admin decided about somebody's account.
pub(crate) struct Decision<'a> {
    whose: MemberId,
    connection: ConnectionId,
    external_id: &'a str,
    is_confirmed: bool,
}

impl<'a> Decision<'a> {
    /// The decision that a button of the Home stands for.
    pub(crate) fn of(pressed: &'a Pressed) -> Option<Self> {
        let id = pressed.action_id.as_str();
        let confirmed = id.strip_prefix(CONFIRM_PSA);
        let (whose, connection) = confirmed.or_else(|| id.strip_prefix(REFUSE_PSA))?.split_once(':')?;
        let (whose, connection) = (whose.parse().ok()?, connection.parse().ok()?);
        Some(Self { whose, connection, external_id: pressed.choice()?, is_confirmed: confirmed.is_some() })
    }
}

/// Does what an admin decided, and shows on the Home what is left, or why it was not done.
///
/// # Errors
/// The database's: nothing was done.
pub(crate) async fn decide(
    slack: &Slack,
    home: &Home,
    done: &Interaction,
    decision: Decision<'_>,
) -> Result<()> {
    let told = match decided(slack, home, done, decision).await {
        Ok(()) => None,
        Err(error) if error.is_for_the_person() => Some(format!("Not done: {}.", error.to_person())),
        Err(error) => return Err(error),
    };
    slack.spawn(crate::homepage::show(slack.clone(), home.clone(), done.user.id.clone(), told));
    Ok(())
}

async fn decided(slack: &Slack, home: &Home, done: &Interaction, decision: Decision<'_>) -> Result<()> {
    let (engine, at) = (slack.engine(), home.thread(String::new()).workspace());
    let caller = copilot::caller_of(engine, &at, &author(&done.user.id, done.user.name())).await?;
    let Decision { whose, connection, external_id, is_confirmed } = decision;
    if is_confirmed {
        confirm(engine, &caller, connection, whose, external_id).await
    } else {
        refuse(engine, &caller, connection, whose, external_id).await
    }
}
