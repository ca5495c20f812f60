//! What stands on a person's App Home, read when they open it.

use flowpilot::psa::account::{WaitingAccount, account as psa_account, waiting};
use flowpilot::psa::connection::connections;
use flowpilot::session::{Session, SessionFilter, SessionStatus, list};
use flowpilot::store::{ConnectionId, MemberId, PageRequest, TeamId};
use flowpilot::team::{Caller, Member, Platform, Workspace, account};
use flowpilot::{Engine, Result};
use serde_json::json;

use crate::Slack;
use crate::accounts::claim_id;
use crate::events::Home as Place;
use crate::home::{Home, HomeClaim, HomeFlow, HomePsa, HomeSession, home};
use crate::sharing::permalink;

/// Shows the Home of a person who opened it, beginning with what they have to be told. It is drawn anew each time: a
/// failure is logged, and the next opening mends it.
pub(crate) async fn show(slack: Slack, place: Place, user: String, told: Option<String>) {
    let Some(by) = place.installation else { return };
    let view = match draw(slack.engine(), by.team, &place.workspace, &user).await {
        Ok(mut view) => {
            view.notes.extend(told);
            home(&view)
        }
        Err(error) => return tracing::warn!(%error, "a Home could not be drawn"),
    };
    if let Err(error) = slack.sender().publish_home(&by, &user, &json!(view)).await {
        tracing::warn!(%error, "a Home could not be shown");
    }
}

async fn draw(engine: &Engine, team: TeamId, workspace: &str, user: &str) -> Result<Home> {
    let at = Workspace { platform: Platform::Slack, external_id: workspace.to_owned() };
    let Some(member) = account(&engine.db, team, &at, user).await? else {
        let hello = "Mention FlowPilot in a channel with the problem, or use /flowpilot. Your sessions then stand here.";
        return Ok(Home { notes: vec![hello.to_owned()], ..Home::default() });
    };
    let flows = engine.flows.list(&engine.db, team, PageRequest::first()).await?.items;
    Ok(Home {
        member: member.name.clone(),
        sessions: standing(engine, team, SessionStatus::Active, Some(member.id), workspace).await?,
        escalations: standing(engine, team, SessionStatus::Escalated, None, workspace).await?,
        flows: flows
            .into_iter()
            .map(|flow| HomeFlow { title: flow.title, summary: String::new(), slug: flow.slug })
            .collect(),
        psa: psa(engine, &member).await?,
        claims: claims(engine, &member).await?,
        ..Home::default()
    })
}

/// How the member stands in the team's ticket system; `None` where there is none that can be used.
async fn psa(engine: &Engine, member: &Member) -> Result<Option<HomePsa>> {
    if !matches!(engine.psa.first(engine, member.team_id).await, Ok(Some(_))) {
        return Ok(None);
    }
    let account = psa_account(&engine.db, member.team_id, member.id).await?;
    Ok(Some(match account {
        None => HomePsa::Unknown,
        Some(account) if account.confirmed_at.is_none() => HomePsa::Waits(account.identifier),
        Some(account) => HomePsa::Linked(account.identifier),
    }))
}

/// What an admin has to confirm.
async fn claims(engine: &Engine, member: &Member) -> Result<Vec<HomeClaim>> {
    if !member.role.may_administer() {
        return Ok(Vec::new());
    }
    let caller = Caller::of(member);
    let mut claims = Vec::new();
    for connection in connections(engine, caller.team()).await? {
        let waiting = waiting(&engine.db, &caller, connection.id, PageRequest::first()).await?.items;
        claims.extend(waiting.into_iter().map(|it| claim(connection.id, it)));
    }
    Ok(claims)
}

fn claim(connection: ConnectionId, waiting: WaitingAccount) -> HomeClaim {
    let WaitingAccount { member_id, member, external_id, identifier, name } = waiting;
    HomeClaim {
        id: claim_id(member_id, connection),
        member,
        external_id,
        account: format!("{identifier} ({name})"),
    }
}

async fn standing(
    engine: &Engine,
    team: TeamId,
    status: SessionStatus,
    owner: Option<MemberId>,
    workspace: &str,
) -> Result<Vec<HomeSession>> {
    let filter = SessionFilter { status: Some(status), owner, ..SessionFilter::default() };
    let found = list(&engine.db, team, &filter, PageRequest::first()).await?.items;
    Ok(found.into_iter().map(|session| row(session, workspace)).collect())
}

fn row(session: Session, workspace: &str) -> HomeSession {
    let is_here = session.platform == Platform::Slack && session.workspace == workspace;
    let link = if is_here { permalink(&session.workspace, &session.thread) } else { None };
    HomeSession { title: session.title, ticket: session.ticket_id, status: session.status.to_string(), link }
}
