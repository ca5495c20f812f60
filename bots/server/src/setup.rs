//! Opening what the configuration names, and giving an empty installation its first team.

use anyhow::{Context, Result};
use flowpilot::psa::connection::save_connectwise;
use flowpilot::store::{Db, PageRequest};
use flowpilot::team::{self, Member, MemberStatus, NewMember, Role, Team};
use flowpilot::{Clock, Engine};

use crate::config::{Config, MemberConfig};
use crate::secrets;

/// The name of the connection that comes from the configuration.
const CONFIGURED: &str = "Configured";

/// Opens the database, brings its schema up to date, and puts the engine together.
///
/// # Errors
/// What cannot be opened, and why.
pub async fn open(config: &Config) -> Result<Engine> {
    let sealer = secrets::sealer(config)?;
    let db = Db::open(&config.database_url).await.with_context(|| hint(config))?;
    Ok(Engine::new(db, Clock::system(), sealer, &config.engine_options()))
}

fn hint(config: &Config) -> String {
    match crate::lock::sqlite_file(&config.database_url) {
        Some(file) => format!("the database {} cannot be used", file.display()),
        None => "the database of database_url cannot be used".to_owned(),
    }
}

/// The first team: the one there is, or a new one from the configuration, with members, flows and connection.
///
/// # Errors
/// The database's, or what is wrong with the configured team.
pub async fn first_team(engine: &Engine, config: &Config) -> Result<Team> {
    let known = team::all_teams(&engine.db).await?.into_iter().next();
    let team = match known {
        Some(team) => team,
        None => {
            let wanted = &config.team;
            team::create_team(&engine.db, &engine.clock, &wanted.slug, &wanted.name, wanted.join_policy).await?
        }
    };
    add_first_members(engine, &team, &config.team.members).await?;
    engine.stock_library(team.id).await?;
    if let Some(connectwise) = &config.connectwise {
        save_connectwise(engine, team.id, CONFIGURED, connectwise).await.context("connectwise")?;
    }
    Ok(team)
}

async fn add_first_members(engine: &Engine, team: &Team, wanted: &[MemberConfig]) -> Result<()> {
    if !team::members(&engine.db, team.id, PageRequest::first()).await?.items.is_empty() {
        return Ok(());
    }
    let admin = [MemberConfig { name: "Admin".to_owned(), email: None, role: Role::TeamAdmin }];
    let wanted = if wanted.is_empty() { &admin } else { wanted };
    let mut tx = engine.db.begin().await?;
    for member in wanted {
        let new = NewMember {
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role,
            status: MemberStatus::Active,
        };
        team::add_member(&mut tx, &engine.clock, team.id, new).await.context("team.members")?;
    }
    Ok(tx.commit().await?)
}

/// A member of the first team, by name, e-mail address or role; without a name, the first admin.
///
/// # Errors
/// When there is none.
pub async fn find_member(engine: &Engine, name: Option<&str>) -> Result<Member> {
    let team = team::all_teams(&engine.db).await?.into_iter().next();
    let team = team.context("there is no team yet: start `flowpilot serve` or `flowpilot demo` once")?;
    let page = PageRequest { after: None, limit: PageRequest::MAX };
    let members = team::members(&engine.db, team.id, page).await?.items;
    let names: Vec<String> = members.iter().map(|m| format!("{} ({})", m.name, m.role)).collect();
    let fits = |m: &Member| match name {
        None => m.role.may_administer(),
        Some(name) => {
            m.name.eq_ignore_ascii_case(name)
                || m.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(name))
                || m.role.to_string() == name
        }
    };
    let found = members.into_iter().find(|m| m.status == MemberStatus::Active && fits(m));
    found.with_context(|| format!("no member is called {name:?}; there are: {}", names.join(", ")))
}
