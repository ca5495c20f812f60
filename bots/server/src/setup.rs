//! Opening what the configuration names, and giving an empty installation its first team.

use anyhow::{Context, Result, bail};
use flowpilot::psa::connection::save_connectwise;
use flowpilot::store::{Db, PageRequest};
use flowpilot::team::{self, Member, MemberStatus, NewMember, Platform, Role, Team};
use flowpilot::{Clock, Engine, escalation};

use crate::config::{Config, MemberConfig, TeamConfig};
use crate::secrets;
use crate::slack::SlackConfig;

/// The name of the connection that comes from the configuration.
pub const CONFIGURED: &str = "Configured";

/// Opens the database, brings its schema up to date, and puts the engine together.
///
/// # Errors
/// What cannot be opened, and why.
pub async fn open(config: &Config) -> Result<Engine> {
    let sealer = secrets::sealer(config)?;
    let db = Db::open(&config.database_url).await.with_context(|| hint(config))?;
    let engine = Engine::new(db, Clock::system(), sealer, &config.engine_options());
    if let Some(url) = &config.public_url {
        engine.set_public_url(url);
    }
    Ok(engine)
}

/// Like [`open`], for commands that work on an installation: in another folder than its own they would otherwise
/// begin a new, empty one and report success.
///
/// # Errors
/// When the SQLite file is not there, besides those of [`open`].
pub async fn open_existing(config: &Config) -> Result<Engine> {
    if let Some(missing) = missing_database(config) {
        bail!("{missing}");
    }
    open(config).await
}

/// What to say when the database is an SQLite file that is not there.
#[must_use]
pub fn missing_database(config: &Config) -> Option<String> {
    let file = crate::lock::sqlite_file(&config.database_url).filter(|file| !file.exists())?;
    let folder =
        std::env::current_dir().map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
    Some(format!(
        "there is no database {}{folder}: run this in the installation's folder, or begin one with `flowpilot serve`",
        file.display()
    ))
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
    let team = match existing_team(engine).await? {
        Some(team) => team,
        None => create(engine, &config.team).await?,
    };
    engine.stock_library(team.id).await?;
    if let Some(connectwise) = &config.connectwise {
        let id = save_connectwise(engine, team.id, CONFIGURED, connectwise).await.context("connectwise")?;
        engine.psa.set_configured(id);
    }
    let channel = match config.slack.as_ref().map(SlackConfig::channel_for_escalations) {
        Some(channel) => channel.map_err(anyhow::Error::msg)?,
        None => None,
    };
    let (db, clock) = (&engine.db, &engine.clock);
    escalation::place::configure(db, clock, team.id, Platform::Slack, channel).await.context("slack")?;
    Ok(team)
}

/// The installation's first team, if it has one yet.
///
/// # Errors
/// The database's.
pub async fn existing_team(engine: &Engine) -> Result<Option<Team>> {
    Ok(team::all_teams(&engine.db).await?.into_iter().next())
}

/// Team and members in one transaction: of two replicas that start at once, one creates and the other finds them.
async fn create(engine: &Engine, config: &TeamConfig) -> Result<Team> {
    let mut tx = engine.db.begin().await?;
    let made =
        team::create_team(&mut tx, &engine.clock, &config.slug, &config.name, config.join_policy).await;
    let team = match made {
        Ok(team) => team,
        Err(flowpilot::Error::Conflict(_)) => {
            drop(tx);
            return existing_team(engine).await?.context("the first team was created and is gone again");
        }
        Err(error) => return Err(error).context("team"),
    };
    let admin = [MemberConfig { name: "Admin".to_owned(), email: None, role: Role::TeamAdmin }];
    let members = if config.members.is_empty() { &admin[..] } else { &config.members };
    for member in members {
        let new = NewMember {
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role,
            status: MemberStatus::Active,
        };
        team::add_member(&mut tx, &engine.clock, team.id, new).await.context("team.members")?;
    }
    tx.commit().await?;
    Ok(team)
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
    let mut fitting = members.into_iter().filter(|m| m.status == MemberStatus::Active && fits(m));
    let found = fitting.next();
    if let (Some(name), Some(first), Some(second)) = (name, &found, fitting.next())
        && first.role.to_string() != name
    {
        let emails =
            [first, &second].map(|m| m.email.clone().unwrap_or_else(|| "no e-mail address".to_owned()));
        bail!("several members are called {name:?} ({}); name one by e-mail address", emails.join(", "));
    }
    found.with_context(|| match name {
        Some(name) => format!(
            "no active member has the name, e-mail address or role {name:?}; there are: {}",
            names.join(", ")
        ),
        None => format!(
            "no active member may administer; name one with --member. There are: {}",
            names.join(", ")
        ),
    })
}
