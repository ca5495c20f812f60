//! What stands on a person's App Home, read when they open it.

use flowpilot::session::{Session, SessionFilter, SessionStatus, list};
use flowpilot::store::{MemberId, PageRequest, TeamId};
use flowpilot::team::{Platform, Workspace, account};
use flowpilot::{Engine, Result};
use serde_json::json;
use url::Url;

use crate::Slack;
use crate::events::Home as Place;
use crate::home::{Home, HomeFlow, HomeSession, home};
use crate::wire::channel_and_root;

/// Shows the Home of a person who opened it. It is drawn anew each time: a failure is logged, and the next opening
/// mends it.
pub(crate) async fn show(slack: Slack, place: Place, user: String) {
    let Some(by) = place.installation else { return };
    let view = match draw(slack.engine(), by.team, &place.workspace, &user).await {
        Ok(view) => home(&view),
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
        ..Home::default()
    })
}

async fn standing(
    engine: &Engine,
    team: TeamId,
    status: SessionStatus,
    owner: Option<MemberId>,
    workspace: &str,
) -> Result<Vec<HomeSession>> {
    let filter = SessionFilter { status: Some(status), ..SessionFilter::default() };
    let found = list(&engine.db, team, &filter, PageRequest::first()).await?.items;
    let of_owner = |session: &Session| owner.is_none_or(|owner| session.owner_id == owner);
    Ok(found.into_iter().filter(of_owner).map(|session| row(session, workspace)).collect())
}

fn row(session: Session, workspace: &str) -> HomeSession {
    let is_here = session.platform == Platform::Slack && session.workspace == workspace;
    let link = if is_here { permalink(&session.workspace, &session.thread) } else { None };
    HomeSession { title: session.title, ticket: session.ticket_id, status: session.status.to_string(), link }
}

/// Opens the thread in whichever Slack the person uses.
fn permalink(workspace: &str, thread: &str) -> Option<Url> {
    let (channel, root) = channel_and_root(thread);
    let mut link = Url::parse("https://slack.com/app_redirect").ok()?;
    link.query_pairs_mut()
        .append_pair("team", workspace)
        .append_pair("channel", channel)
        .append_pair("message_ts", root?);
    Some(link)
}
