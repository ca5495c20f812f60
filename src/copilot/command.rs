//! What each command does. Buttons do the same: they call these.

use std::fmt::Write as _;

use super::{Reply, aside, ask, guide, read};
use crate::escalation::Asked;
use crate::fix::{Deciding, DecisionKind, NewFix, OutcomeKind, Record, SuggestedFix, confidence};
use crate::note::{NoteKind, NoteStatus};
use crate::session::{CheckStatus, FactSource, NewFact, Seen, SessionStatus, SessionTx};
use crate::store::{FixId, PageRequest};
use crate::surface::Command;
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Does what a command says. `typed`: the whole words and the platform's id of their message, where it has one.
pub(super) async fn turn(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    command: Command,
    args: &str,
    typed: Option<(&str, &str)>,
) -> Result<(SessionTx, Reply)> {
    match command {
        Command::Flow => return flow(engine, caller, session, args).await,
        Command::Share | Command::Doctor | Command::Link | Command::Unlink => {
            let found = crate::session::get(&engine.db, caller.team(), session.session).await?;
            let found = found.ok_or(Error::NotFound("session"))?;
            let reply = aside::reply(engine, caller, &found, command, args).await?;
            return Ok((engine.change_session(caller, session).await?, reply));
        }
        Command::Ask => return ask::ask(engine, caller, session, args, typed).await,
        Command::Sessions => {
            let listed = ask::sessions(engine, caller).await?;
            return Ok((engine.change_session(caller, session).await?, Reply::private(listed)));
        }
        _ => {}
    }
    let mut tx = engine.change_session(caller, session).await?;
    let reply = perform(&mut tx, command, args, typed).await?;
    Ok((tx, reply))
}

async fn perform(
    tx: &mut SessionTx,
    command: Command,
    args: &str,
    typed: Option<(&str, &str)>,
) -> Result<Reply> {
    if let Some(read) = read::reading(command) {
        return Ok(Reply::private(read(tx.case())));
    }
    match command {
        Command::Start => {
            return Err(Error::Conflict("this thread has a session already; go on in it".to_owned()));
        }
        Command::Resume => return resume(tx).map(|()| Reply::none()),
        Command::Post => return post(tx).await.map(|()| Reply::none()),
        Command::Stop => return ask::stop(tx).await,
        Command::Time => return tx.draft_time().await.map(|_| Reply::none()),
        _ => tx.must_be_open()?,
    }
    match command {
        Command::Fact => {
            // A fact rests on the message it was typed in: deleting that takes it back.
            let source_id = match typed {
                Some((text, message)) => Some(tx.heard(text, Some(message)).await?.0),
                None => None,
            };
            let fact = tx.add_fact(NewFact { source_id, ..NewFact::said(args) }).await?;
            return Ok(Reply::private(format!("Recorded: {}", fact.text)));
        }
        Command::Check => return check(tx, args).await,
        Command::Skip => return skip(tx).await,
        Command::Back => {
            let after = tx.go_back().await?;
            guide::go_on(tx, after).await?;
        }
        Command::Undo => return undo(tx).await,
        Command::Fix => fix(tx, args, None, "").await?,
        Command::Apply => drop(decide(tx, None, DecisionKind::OneOff, "").await?),
        Command::Draft => drop(decide(tx, None, DecisionKind::DraftTemplate, "").await?),
        Command::Build => drop(decide(tx, None, DecisionKind::BuildTemplate, "").await?),
        Command::Dismiss => drop(decide(tx, None, DecisionKind::Dismissed, args).await?),
        Command::Worked => drop(outcome(tx, None, OutcomeKind::Worked, args).await?),
        Command::Partly => drop(outcome(tx, None, OutcomeKind::Partly, args).await?),
        Command::Failed => drop(outcome(tx, None, OutcomeKind::Failed, args).await?),
        Command::Pending => drop(outcome(tx, None, OutcomeKind::Pending, args).await?),
        Command::Script => return super::press::script_typed(tx, args).await,
        Command::Resolve => tx.open_note(NoteKind::Resolution).await?,
        Command::Cancel => cancel(tx).await?,
        Command::Escalate => tx.ask_to_escalate(Asked::because(args)).await?,
        Command::Pause => tx.move_to(SessionStatus::Paused, None)?,
        Command::Waiting => tx.move_to(SessionStatus::Waiting, Some(args))?,
        Command::Abandon => tx.move_to(SessionStatus::Abandoned, Some(args))?,
        Command::Start
        | Command::Help
        | Command::Status
        | Command::Facts
        | Command::CatchUp
        | Command::Ask
        | Command::Stop
        | Command::Sessions
        | Command::Resume
        | Command::Post
        | Command::Time
        | Command::Share
        | Command::Doctor
        | Command::Link
        | Command::Unlink
        | Command::Flow => {}
    }
    Ok(Reply::none())
}

/// Switches to a flow by name, or lists those that fit.
pub(super) async fn flow(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    name: &str,
) -> Result<(SessionTx, Reply)> {
    let name = name.trim();
    let found = if name.is_empty() { None } else { Some(named(engine, caller, name).await?) };
    let problem = crate::session::get(&engine.db, caller.team(), session.session)
        .await?
        .ok_or(Error::NotFound("session"))?
        .title;
    let listed =
        if name.is_empty() { guide::fitting(engine, caller, &[&problem]).await? } else { Vec::new() };
    let library = if name.is_empty() && listed.is_empty() {
        Some(engine.flows.list(&engine.db, caller.team(), PageRequest::first()).await?)
    } else {
        None
    };
    let mut tx = engine.change_session(caller, session).await?;
    tx.must_be_open()?;
    if name.is_empty() {
        let mut text = with_flows("Flows that fit, best first:", &listed);
        if let Some(library) = library {
            text = String::from("No flow fits this problem. The library has:");
            for flow in &library.items {
                let _ = write!(text, "\n- {} (`flow: {}`)", flow.title, flow.slug);
            }
            if library.next_cursor.is_some() {
                text.push_str("\n- and more: `flow: WORDS` finds those that mention them");
            }
        }
        return Ok((tx, Reply::private(text)));
    }
    if let Some(found) = found {
        guide::switch(&mut tx, &found).await?;
    }
    Ok((tx, Reply::none()))
}

/// The flows below a heading, each with the reason why it is there.
pub(super) fn with_flows(heading: &str, flows: &[crate::flow::Match]) -> String {
    let mut text = heading.to_owned();
    for m in flows {
        let _ = write!(text, "\n- {} (`flow: {}`), because {}", m.flow.title, m.flow.slug, m.reason);
    }
    text
}

/// Takes back what was recorded last: an answer, or a fact that somebody said.
async fn undo(tx: &mut SessionTx) -> Result<Reply> {
    let said = tx.case().facts.iter().rfind(|f| f.source == FactSource::Said).cloned();
    let answered = tx.case().steps.iter().filter_map(|s| s.answered_at).max();
    match said {
        Some(fact) if answered.is_none_or(|at| at <= fact.created_at) => {
            tx.remove_fact(fact.id).await?;
            Ok(Reply::private(format!("Taken back: {}", fact.text)))
        }
        _ => {
            let after = tx.go_back().await?;
            guide::go_on(tx, after).await?;
            Ok(Reply::none())
        }
    }
}

/// A flow by its slug, or the one that its name describes.
///
/// # Errors
/// [`Error::Invalid`] when there is none.
pub(super) async fn named(engine: &Engine, caller: &Caller, name: &str) -> Result<crate::flow::Match> {
    let name = name.trim();
    let reason = format!("{} chose it", caller.name());
    let slug = name.to_lowercase().replace(' ', "-");
    if let Some(found) = engine.flows.named(&engine.db, caller.team(), &slug, &reason).await? {
        return Ok(found);
    }
    let fitting = guide::fitting(engine, caller, &[name]).await?;
    let best = fitting.into_iter().next().ok_or_else(|| guide::no_such_flow(name))?;
    Ok(crate::flow::Match { reason, ..best })
}

async fn check(tx: &mut SessionTx, args: &str) -> Result<Reply> {
    let (text, result) = args.split_once("=>").map_or((args, ""), |(text, result)| (text, result));
    check_with(tx, text, result).await?;
    Ok(Reply::private(if result.trim().is_empty() {
        format!("To check: {}. Say `check: {} => RESULT` once you know, or `skip`", text.trim(), text.trim())
    } else {
        format!("Checked: {}", text.trim())
    }))
}

pub(super) async fn check_with(tx: &mut SessionTx, text: &str, result: &str) -> Result<()> {
    let waiting = tx.case().checks.iter().find(|c| {
        c.step_id.is_none() && c.status == CheckStatus::Pending && c.text.eq_ignore_ascii_case(text.trim())
    });
    let id = match waiting.map(|c| c.id) {
        Some(id) => id,
        None => tx.add_check(text, None, None).await?.id,
    };
    if !result.trim().is_empty() {
        tx.record_check(id, result, None).await?;
    }
    Ok(())
}

async fn skip(tx: &mut SessionTx) -> Result<Reply> {
    let waiting = tx.case().checks.iter().find(|c| c.step_id.is_none() && c.status == CheckStatus::Pending);
    let id = waiting
        .map(|c| c.id)
        .ok_or_else(|| Error::Conflict("there is no open check of yours to skip".to_owned()))?;
    let check = tx.skip_check(id).await?;
    Ok(Reply::private(format!("Skipped: {}", check.text)))
}

pub(super) async fn fix(
    tx: &mut SessionTx,
    title: &str,
    root_cause: Option<String>,
    steps: &str,
) -> Result<()> {
    let sure = confidence(crate::fix::DEFAULT_PRIOR, Record::default());
    let rationale = format!("{} suggests it.", tx.caller.name());
    tx.suggest_fix(NewFix {
        title: title.to_owned(),
        root_cause,
        rationale,
        steps: steps.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        script: None,
        confidence: sure,
        solution: None,
        step: None,
        by_member: true,
    })
    .await
    .map(|_| ())
}

fn active(tx: &SessionTx, id: Option<FixId>) -> Result<FixId> {
    let active = id.or_else(|| tx.case().active_fix().map(|f| f.id));
    active.ok_or_else(|| Error::Conflict("no fix is suggested at the moment".to_owned()))
}

/// Decides about a fix (the active one without an id) and says what follows from it.
pub(crate) async fn decide(
    tx: &mut SessionTx,
    id: Option<FixId>,
    kind: DecisionKind,
    reason: &str,
) -> Result<Deciding> {
    let id = active(tx, id)?;
    let done = tx.decide(id, kind, Some(reason)).await?;
    if let Some(template) = &done.template {
        tx.say(super::cards::draft(template, kind == DecisionKind::BuildTemplate)).await?;
    }
    if kind == DecisionKind::Dismissed {
        let after = tx.go_on_after(done.fix.step_id).await?;
        guide::go_on(tx, after).await?;
    }
    Ok(done)
}

/// Records how a fix (the active one without an id) went, and says what follows from it.
pub(crate) async fn outcome(
    tx: &mut SessionTx,
    id: Option<FixId>,
    kind: OutcomeKind,
    reason: &str,
) -> Result<SuggestedFix> {
    let id = active(tx, id)?;
    let fix = tx.record_outcome(id, kind, Some(reason)).await?;
    match kind {
        OutcomeKind::Worked | OutcomeKind::Partly => tx.say(super::cards::ready(kind)).await?,
        OutcomeKind::Failed => {
            let after = tx.go_on_after(fix.step_id).await?;
            guide::go_on(tx, after).await?;
        }
        OutcomeKind::Pending => {}
    }
    Ok(fix)
}

pub(super) async fn post(tx: &mut SessionTx) -> Result<()> {
    let open = tx.case().open_note().map(|n| n.kind);
    let failed =
        tx.case().postings.last().filter(|p| p.status == crate::note::PostingStatus::Failed).map(|p| p.kind);
    let kind = open.or(failed).ok_or_else(|| {
        Error::Conflict("no note is being previewed; `resolve` or `escalate` shows one first".to_owned())
    })?;
    tx.post_note(kind).await.map(|_| ())
}

pub(super) async fn cancel(tx: &mut SessionTx) -> Result<()> {
    let open = tx.case().open_note().map(|n| n.id);
    let id = open.ok_or_else(|| Error::Conflict("no note is being previewed".to_owned()))?;
    tx.close_note(id, NoteStatus::Cancelled).await
}

pub(super) fn resume(tx: &mut SessionTx) -> Result<()> {
    if tx.case().session.status == SessionStatus::Active {
        return Err(Error::Conflict("the session is active already".to_owned()));
    }
    tx.move_to(SessionStatus::Active, None)
}
