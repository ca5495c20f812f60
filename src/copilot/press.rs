//! Buttons: what each action of each card does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Reply, command, guide, proposed};
use crate::escalation::Asked;
use crate::flow::Choice;
use crate::script::{NewTemplate, decide_template, is_sensitive, properties, template, update_template};
use crate::session::{NewFact, Once, Seen, Session, SessionStatus, SessionTx};
use crate::store::{
    CardId, EscalationId, FixId, GenerationId, MessageId, NoteId, ScriptTemplateId, StepId, TimeEntryId, run,
};
use crate::surface::{Card, CardKind, CardState};
use crate::team::Caller;
use crate::time_entry::TimeChange;
use crate::{Engine, Error, Result};

type Fields = BTreeMap<String, String>;

#[derive(sqlx::FromRow)]
struct Pressed {
    kind: CardKind,
    subject: Uuid,
    content: Json<Card>,
    revision: i64,
}

/// Uses a button of a card, as its thread would.
///
/// # Errors
/// [`Error::NotFound`] for an unknown card; [`Error::Conflict`] for a button that the card no longer has, saying
/// who decided; otherwise as the action has them.
pub async fn press(
    engine: &Engine,
    caller: &Caller,
    session: impl Into<Seen>,
    card: CardId,
    action: &str,
    fields: &Fields,
) -> Result<(Session, Reply)> {
    let (tx, reply) = turn(engine, caller, session.into(), card, action, fields).await?;
    Ok((tx.commit(None).await?, reply))
}

/// As [`press`], once for each `key` of this caller: for a button whose answer is not stored and cannot be given
/// again, because it holds a secret.
///
/// # Errors
/// As [`press`]; [`Error::Conflict`] for a key that was used.
pub async fn press_once(
    engine: &Engine,
    caller: &Caller,
    session: impl Into<Seen>,
    key: &str,
    card: CardId,
    action: &str,
    fields: &Fields,
) -> Result<(Session, Reply)> {
    let (mut tx, reply) = turn(engine, caller, session.into(), card, action, fields).await?;
    // The answer is not kept: it may hold a secret.
    let once = Once { key, fingerprint: "press", status: 200, answer: "" };
    tx.once(
        &once,
        "this was done already, and its answer is shown once only; press the button again for another",
    )
    .await?;
    Ok((tx.commit(None).await?, reply))
}

pub(super) async fn turn(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    card: CardId,
    action: &str,
    fields: &Fields,
) -> Result<(SessionTx, Reply)> {
    // Switching flows looks into the library, which is done before the session is locked.
    let flow = match action.strip_prefix("flow") {
        Some(slug) => Some(
            command::named(engine, caller, slug.strip_prefix(':').unwrap_or(field(fields, "flow"))).await?,
        ),
        None => None,
    };
    // So is asking the platform about a channel.
    let asked = match action {
        "escalate" => Some(Asked::in_form(engine, caller, session.session, fields).await?),
        _ => None,
    };
    if let Some(id) = action.strip_prefix("template_") {
        usable(&load(&mut engine.change_session(caller, session).await?, card).await?.content, action)?;
        on_template(engine, caller, id, fields).await?;
    }
    let mut tx = engine.change_session(caller, session).await?;
    let pressed = load(&mut tx, card).await?;
    usable(&pressed.content, action)?;
    if let Some(flow) = flow {
        tx.must_be_open()?;
        guide::switch(&mut tx, &flow).await?;
        if pressed.kind == CardKind::Notice {
            use_up(&mut tx, card, &pressed, action).await?;
        }
        return Ok((tx, Reply::none()));
    }
    if let Some(asked) = asked {
        tx.must_be_open()?;
        tx.ask_to_escalate(asked).await?;
        if pressed.kind == CardKind::Notice {
            use_up(&mut tx, card, &pressed, action).await?;
        }
        return Ok((tx, Reply::none()));
    }
    let reply = on_card(&mut tx, card, &pressed, action, fields).await?;
    Ok((tx, reply))
}

async fn load(tx: &mut SessionTx, card: CardId) -> Result<Pressed> {
    let session = tx.case().session.id;
    let found = run!(tx.unnoted(), |c| sqlx::query_as(
        "SELECT kind, subject, content, revision FROM cards WHERE id = $1 AND session_id = $2"
    )
    .bind(card)
    .bind(session)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound("card"))
}

/// Refuses a button that is gone: of two people who click at once, the second is told who was first.
fn usable(card: &Card, action: &str) -> Result<()> {
    match &card.state {
        CardState::Open if card.actions.iter().any(|a| a.id == action) => Ok(()),
        CardState::Open => Err(Error::invalid("action", "is not one of this card's buttons")),
        CardState::Decided { choice, by, .. } => {
            Err(Error::Conflict(format!("already decided by {by}: {choice}")))
        }
        CardState::Superseded { by: Some(by) } => {
            Err(Error::Conflict(format!("this card was superseded by: {by}")))
        }
        CardState::Superseded { by: None } => {
            Err(Error::Conflict("this card was superseded; use the newest one".to_owned()))
        }
    }
}

async fn on_card(
    tx: &mut SessionTx,
    id: CardId,
    card: &Pressed,
    action: &str,
    fields: &Fields,
) -> Result<Reply> {
    if tx.case().session.status.is_closed()
        && !action.starts_with("time_")
        && !matches!(action, "resume" | "retry" | "retry_status" | "keep_script" | "ran" | "leave")
    {
        tx.must_be_open()?;
    }
    match card.kind {
        CardKind::Question | CardKind::Check | CardKind::Instruction => {
            on_step(tx, StepId(card.subject), action, fields).await
        }
        CardKind::Fix => on_fix(tx, FixId(card.subject), action, fields).await,
        CardKind::Outcome => on_outcome(tx, FixId(card.subject), action, fields).await,
        CardKind::Note => on_note(tx, NoteId(card.subject), action, fields).await,
        CardKind::Script => {
            tx.script_was_run(GenerationId(card.subject)).await?;
            Ok(Reply::none())
        }
        CardKind::Notice => on_notice(tx, id, card, action, fields).await,
        CardKind::Escalation if action == "take" => {
            tx.take_escalation(EscalationId(card.subject)).await?;
            Ok(Reply::none())
        }
        CardKind::Posting if action.starts_with("time_") => {
            on_time(tx, TimeEntryId(card.subject), action, fields).await
        }
        CardKind::Session | CardKind::Escalation | CardKind::Posting => on_session(tx, action, fields).await,
    }
}

async fn on_step(tx: &mut SessionTx, step: StepId, action: &str, fields: &Fields) -> Result<Reply> {
    let choice = match action.split_once(':') {
        Some(("answer", place)) => Choice::Answer(place.parse().map_err(|_| not_a_button())?),
        None if action == "done" => Choice::Done,
        None if action == "value" => Choice::Value(field(fields, "value").trim().to_owned()),
        None if action == "back" => {
            let after = tx.go_back().await?;
            guide::go_on(tx, after).await?;
            return Ok(Reply::none());
        }
        _ => return Err(not_a_button()),
    };
    if matches!(&choice, Choice::Value(value) if value.is_empty()) {
        return Err(Error::invalid("value", "must not be empty"));
    }
    let after = tx.answer(step, &choice).await?;
    guide::go_on(tx, after).await?;
    Ok(Reply::none())
}

async fn on_fix(tx: &mut SessionTx, fix: FixId, action: &str, fields: &Fields) -> Result<Reply> {
    if action == "script" {
        return script_from_form(tx, fix, fields).await;
    }
    let kind = action.parse().map_err(|_| not_a_button())?;
    command::decide(tx, Some(fix), kind, field(fields, "reason")).await?;
    Ok(Reply::none())
}

async fn on_outcome(tx: &mut SessionTx, fix: FixId, action: &str, fields: &Fields) -> Result<Reply> {
    let kind = action.parse().map_err(|_| not_a_button())?;
    command::outcome(tx, Some(fix), kind, field(fields, "reason")).await?;
    Ok(Reply::none())
}

async fn on_note(tx: &mut SessionTx, note: NoteId, action: &str, fields: &Fields) -> Result<Reply> {
    match action {
        "post" => command::post(tx).await?,
        "edit" => tx.edit_note(note, fields).await?,
        "plain" => {
            let kind = tx.case().open_note().filter(|open| open.id == note).map(|open| open.kind);
            tx.decline_draft(kind.ok_or_else(not_a_button)?).await?;
        }
        "share" => tx.share_note(note, field(fields, "share")).await?,
        "cancel" => tx.close_note(note, crate::note::NoteStatus::Cancelled).await?,
        _ => return Err(not_a_button()),
    }
    Ok(Reply::none())
}

async fn on_time(tx: &mut SessionTx, id: TimeEntryId, action: &str, fields: &Fields) -> Result<Reply> {
    match action {
        "time_post" => drop(tx.post_time(id).await?),
        "time_drop" => drop(tx.drop_time(id).await?),
        "time_edit" => {
            let minutes = fields.get("minutes").map(|text| text.trim().parse());
            let change = TimeChange {
                started_at: fields.get("started_at").cloned(),
                minutes: minutes.transpose().map_err(|_| Error::invalid("minutes", "must be a number"))?,
                notes: fields.get("notes").cloned(),
            };
            tx.change_time(id, &change).await?;
        }
        _ => return Err(not_a_button()),
    }
    Ok(Reply::none())
}

/// The buttons that change the session as a whole, on whichever card they stand.
async fn on_session(tx: &mut SessionTx, action: &str, fields: &Fields) -> Result<Reply> {
    match action {
        "fact" => drop(tx.add_fact(NewFact::said(field(fields, "text"))).await?),
        "check" => command::check_with(tx, field(fields, "text"), field(fields, "result")).await?,
        "fix" => {
            let cause = Some(field(fields, "root_cause").to_owned()).filter(|c| !c.is_empty());
            command::fix(tx, field(fields, "title"), cause, field(fields, "steps")).await?;
        }
        "resolve" => tx.open_note(crate::note::NoteKind::Resolution).await?,
        "pause" => tx.move_to(SessionStatus::Paused, None)?,
        "waiting" => tx.move_to(SessionStatus::Waiting, Some(field(fields, "reason")))?,
        "abandon" => tx.move_to(SessionStatus::Abandoned, Some(field(fields, "reason")))?,
        "resume" => command::resume(tx)?,
        "retry" => command::post(tx).await?,
        "retry_status" => tx.retry_status_change().await?,
        "back" => {
            let after = tx.go_back().await?;
            guide::go_on(tx, after).await?;
        }
        "keep_script" => {
            let worked = tx.case().fixes.iter().rfind(|f| f.script.is_some() && f.has_ended()).map(|f| f.id);
            let fix = worked.ok_or_else(not_a_button)?;
            let draft = tx.keep_script_that_worked(fix).await?;
            tx.say(super::cards::draft(&draft, false)).await?;
        }
        _ => return Err(not_a_button()),
    }
    Ok(Reply::none())
}

/// A notice's buttons are used once: it then says who used which. What a model proposed is confirmed one by one.
async fn on_notice(
    tx: &mut SessionTx,
    id: CardId,
    card: &Pressed,
    action: &str,
    fields: &Fields,
) -> Result<Reply> {
    if proposed::is_confirmation(action) {
        if let Some(left) = proposed::confirm(tx, &card.content, action).await? {
            tx.redraw_card(id, card.revision + 1, left).await?;
            return Ok(Reply::none());
        }
    } else if let Some(message) = action.strip_prefix("keep:") {
        let message: MessageId = message.parse().map_err(|_| not_a_button())?;
        let text = said_before(tx, message).await?;
        tx.add_fact(NewFact { source_id: Some(message.0), ..NewFact::said(text) }).await?;
    } else if action != "leave" && !action.starts_with("template_") {
        on_session(tx, action, fields).await?;
    }
    use_up(tx, id, card, action).await?;
    Ok(Reply::none())
}

async fn use_up(tx: &mut SessionTx, id: CardId, card: &Pressed, action: &str) -> Result<()> {
    let label = card.content.actions.iter().find(|a| a.id == action).map_or(action, |a| a.label.as_str());
    let state = CardState::Decided { choice: label.to_owned(), by: tx.caller.name().to_owned(), at: tx.now };
    tx.redraw_card(id, card.revision + 1, card.content.0.clone().state(state)).await
}

async fn said_before(tx: &mut SessionTx, message: MessageId) -> Result<String> {
    let session = tx.case().session.id;
    let found: Option<String> = run!(tx.unnoted(), |c| sqlx::query_scalar(
        "SELECT text FROM messages WHERE id = $1 AND session_id = $2 AND removed_at IS NULL"
    )
    .bind(message)
    .bind(session)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound("message"))
}

/// `accept:ID`, `reject:ID`, `save:ID` of a draft template.
async fn on_template(engine: &Engine, caller: &Caller, action: &str, fields: &Fields) -> Result<()> {
    let (verb, id) = action.split_once(':').ok_or_else(not_a_button)?;
    let id: ScriptTemplateId = id.parse().map_err(|_| not_a_button())?;
    match verb {
        "accept" => decide_template(engine, caller, id, true).await.map(|_| ()),
        "reject" => decide_template(engine, caller, id, false).await.map(|_| ()),
        "save" => {
            let draft =
                template(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("script template"))?;
            let parameters = serde_json::from_str(field(fields, "parameters"))
                .map_err(|e| Error::invalid("parameters", format!("is not JSON: {e}")))?;
            let new = NewTemplate {
                title: field(fields, "title").to_owned(),
                language: draft.language,
                body: field(fields, "body").to_owned(),
                parameters: Some(parameters),
            };
            update_template(engine, caller, id, new).await.map(|_| ())
        }
        _ => Err(not_a_button()),
    }
}

async fn script_from_form(tx: &mut SessionTx, fix: FixId, fields: &Fields) -> Result<Reply> {
    let offer = tx.case().fixes.iter().find(|f| f.id == fix).and_then(|f| f.template.clone());
    let offer = offer.ok_or_else(|| Error::Conflict("this fix matches no template".to_owned()))?;
    let mut values = offer.known.clone();
    for (name, property) in properties(&offer.parameters) {
        let Some(text) = fields.get(name).filter(|t| !t.is_empty()) else { continue };
        values.insert(name.to_owned(), typed(property, text));
    }
    generate(tx, offer.template_id, &values).await
}

/// `/script name=value …` for the active fix's template.
pub(super) async fn script_typed(tx: &mut SessionTx, args: &str) -> Result<Reply> {
    let fix = tx.case().active_fix().map(|f| f.id);
    let fix = fix.ok_or_else(|| Error::Conflict("no fix is suggested at the moment".to_owned()))?;
    let offer = tx.case().active_fix().and_then(|f| f.template.clone());
    let secret =
        offer.iter().flat_map(|o| properties(&o.parameters)).find(|(_, property)| is_sensitive(property));
    if let Some((name, _)) = secret {
        let rule =
            format!("{name} is secret, and what is typed here is kept: use the button on the fix's card");
        return Err(Error::invalid("script", rule));
    }
    let mut fields = Fields::new();
    for word in args.split_whitespace() {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| Error::invalid("script", "takes NAME=VALUE, separated by spaces"))?;
        fields.insert(name.to_owned(), value.to_owned());
    }
    script_from_form(tx, fix, &fields).await
}

async fn generate(tx: &mut SessionTx, id: ScriptTemplateId, values: &Map<String, Value>) -> Result<Reply> {
    let (engine, team) = (tx.engine.clone(), tx.caller.team());
    let found = template(&engine.db, team, id).await?.ok_or(Error::NotFound("script template"))?;
    let (_, script) = tx.generate_script(&found, values).await?;
    Ok(Reply::private(format!(
        "{}\n\n```\n{script}\n```\nOnly you see this. Say \"I ran it\" on its card once you did.",
        found.title
    )))
}

/// A typed value as its parameter's type; one that does not fit stays text, and the schema says so.
fn typed(property: &Value, text: &str) -> Value {
    match property["type"].as_str() {
        Some("integer" | "number" | "boolean") => {
            serde_json::from_str(text.trim()).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

fn not_a_button() -> Error {
    Error::invalid("action", "is not one of this card's buttons")
}
