//! Who is who: `auth.test`, `users.*`, `team.info`.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::world::{Kind, Person};

pub(super) fn auth_test(turn: &mut Turn<'_>) -> Done {
    let workspace = &turn.workspace;
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", workspace.name.to_lowercase()),
        "team": workspace.name,
        "user": "flowpilot",
        "team_id": workspace.team,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.org_wide,
    });
    if let Some(enterprise) = &workspace.enterprise {
        answer["enterprise_id"] = enterprise.as_str().into();
    }
    Ok(answer)
}

pub(super) fn info(turn: &mut Turn<'_>) -> Done {
    let id = turn.args.must("user")?;
    let person = turn.world.people.get(id).filter(|person| visible(turn, person));
    let person = person.ok_or_else(|| Refusal::new("user_not_found"))?;
    Ok(json!({ "user": told(turn, person) }))
}

pub(super) fn by_email(turn: &mut Turn<'_>) -> Done {
    let email = turn.args.must("email")?;
    let is_it = |person: &&Person| {
        let same = person.email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email));
        same && turn.reaches(&person.team) && person.kind != Kind::Deactivated
    };
    let person = turn.world.people.values().find(is_it);
    let person = person.ok_or_else(|| Refusal::new("users_not_found"))?;
    Ok(json!({ "user": told(turn, person) }))
}

pub(super) fn team(turn: &mut Turn<'_>) -> Done {
    let id = turn.args.text("team").unwrap_or(&turn.workspace.team);
    let known = turn.world.workspaces.get(id).filter(|workspace| turn.reaches(&workspace.team));
    let workspace = known.ok_or_else(|| Refusal::new("team_not_found"))?;
    let mut team = json!({
        "id": workspace.team,
        "name": workspace.name,
        "domain": workspace.name.to_lowercase(),
        "email_domain": "",
        "icon": {},
    });
    if let Some(enterprise) = &workspace.enterprise {
        team["enterprise_id"] = enterprise.as_str().into();
    }
    Ok(json!({ "team": team }))
}

/// Strangers are known to the app where they share a channel with it.
fn visible(turn: &Turn<'_>, person: &Person) -> bool {
    turn.reaches(&person.team) || person.kind == Kind::Stranger
}

fn told(turn: &Turn<'_>, person: &Person) -> Value {
    let mut user = person.json(turn.scopes.iter().any(|scope| scope == "users:read.email"));
    let home = turn.world.workspaces.get(&person.team);
    if let Some(enterprise) = home.and_then(|workspace| workspace.enterprise.as_ref()) {
        user["enterprise_user"] = json!({
            "id": person.id,
            "enterprise_id": enterprise,
            "enterprise_name": "Acme Group",
            "is_admin": false,
            "is_owner": false,
            "teams": [person.team],
        });
    }
    user
}
